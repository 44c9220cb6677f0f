// RUN: gradopt-opt %s -split-input-file -verify-diagnostics

// Directions, lengths, initial states, peepholes, projection and zoneout.
func.func @f(%x: tensor<4x2x3xf32>, %w_ih: tensor<3x5000000000000000000xf32>, %w_hh: tensor<5000000000000000000x5000000000000000000xf32>) {
  // expected-error @below {{'gradopt.rnn' op w_hh is too large: 'tensor<5000000000000000000x5000000000000000000xf32>'}}
  %0:3 = gradopt.rnn tanh %x : tensor<4x2x3xf32> weights(%w_ih, %w_hh : tensor<3x5000000000000000000xf32>, tensor<5000000000000000000x5000000000000000000xf32>) reverse_weights(%w_ih, %w_hh : tensor<3x5000000000000000000xf32>, tensor<5000000000000000000x5000000000000000000xf32>) -> tensor<4x2x5000000000000000000xf32>, tensor<2x5000000000000000000xf32>, tensor<2x5000000000000000000xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %h0: tensor<2x5xf32>, %w_ih: tensor<3x5xf32>, %w_hh: tensor<5x5xf32>) {
  // expected-error @below {{'gradopt.rnn' op has reverse_weights and is marked reverse; a bidirectional layer has no mark}}
  %0:3 = gradopt.rnn tanh reverse "r" %x : tensor<4x2x3xf32> weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) reverse_weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) -> tensor<4x2x10xf32>, tensor<2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %h0: tensor<2x5xf32>, %w_ih: tensor<3x5xf32>, %w_hh: tensor<5x5xf32>) {
  // expected-error @below {{'gradopt.rnn' op is bidirectional and needs the final states of its reverse direction as results}}
  %0:2 = gradopt.rnn tanh "r" %x : tensor<4x2x3xf32> weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) reverse_weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) -> tensor<4x2x10xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %h0: tensor<2x5xf32>, %w_ih: tensor<3x5xf32>, %w_hh: tensor<5x5xf32>) {
  // expected-error @below {{'gradopt.rnn' op has final states of a reverse direction, but no reverse_weights}}
  %0:3 = gradopt.rnn tanh "r" %x : tensor<4x2x3xf32> weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) -> tensor<4x2x5xf32>, tensor<2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %h0: tensor<2x5xf32>, %w_ih: tensor<3x5xf32>, %w_hh: tensor<5x5xf32>) {
  // expected-error @below {{'gradopt.rnn' op y must be 'tensor<4x2x10xf32>' (T × B × 2H), got 'tensor<4x2x5xf32>'}}
  %0:3 = gradopt.rnn tanh "r" %x : tensor<4x2x3xf32> weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) reverse_weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) -> tensor<4x2x5xf32>, tensor<2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %h0: tensor<2x5xf32>, %w_ih: tensor<3x5xf32>, %w_hh: tensor<5x5xf32>) {
  // expected-error @below {{'gradopt.rnn' op reverse_h_n must be 'tensor<2x5xf32>' (B × H with the B of x), got 'tensor<2x10xf32>'}}
  %0:3 = gradopt.rnn tanh "r" %x : tensor<4x2x3xf32> weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) reverse_weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) -> tensor<4x2x10xf32>, tensor<2x5xf32>, tensor<2x10xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %h0: tensor<2x5xf32>, %w_ih: tensor<3x5xf32>, %w_hh: tensor<5x5xf32>) {
  // expected-error @below {{'gradopt.rnn' op has an initial state for a reverse direction, but no reverse_weights}}
  %0:2 = gradopt.rnn tanh "r" %x : tensor<4x2x3xf32> weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) reverse_init(%h0 : tensor<2x5xf32>) -> tensor<4x2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %h0: tensor<2x5xf32>, %w_ih: tensor<3x5xf32>, %w_hh: tensor<5x5xf32>, %b: tensor<5xf32>) {
  // expected-error @below {{'gradopt.rnn' op has bias_ih for a reverse direction, but no reverse_weights}}
  %0:2 = gradopt.rnn tanh "r" %x : tensor<4x2x3xf32> weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) reverse_bias_ih(%b : tensor<5xf32>) -> tensor<4x2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %h0: tensor<2x5xf32>, %w_ih: tensor<3x5xf32>, %w_hh: tensor<5x5xf32>, %b: tensor<5xf32>) {
  // expected-error @below {{'gradopt.rnn' op has bias_hh for a reverse direction, but no reverse_weights}}
  %0:2 = gradopt.rnn tanh "r" %x : tensor<4x2x3xf32> weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) bias_hh(%b : tensor<5xf32>) reverse_bias_hh(%b : tensor<5xf32>) -> tensor<4x2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %h0: tensor<2x5xf32>, %w_ih: tensor<3x5xf32>, %w_hh: tensor<5x5xf32>, %b: tensor<5xf32>) {
  // expected-error @below {{'gradopt.rnn' op is bidirectional and has bias_ih in the forward direction only; give it in both or in none}}
  %0:3 = gradopt.rnn tanh "r" %x : tensor<4x2x3xf32> weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) bias_ih(%b : tensor<5xf32>) reverse_weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) -> tensor<4x2x10xf32>, tensor<2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %h0: tensor<2x5xf32>, %w_ih: tensor<3x5xf32>, %w_hh: tensor<5x5xf32>, %b: tensor<5xf32>) {
  // expected-error @below {{'gradopt.rnn' op is bidirectional and has bias_hh in the reverse direction only; give it in both or in none}}
  %0:3 = gradopt.rnn tanh "r" %x : tensor<4x2x3xf32> weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) reverse_weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) reverse_bias_hh(%b : tensor<5xf32>) -> tensor<4x2x10xf32>, tensor<2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %h0: tensor<2x5xf32>, %w_ih: tensor<3x5xf32>, %w_hh: tensor<5x5xf32>, %v: tensor<4x5xf32>) {
  // expected-error @below {{'gradopt.rnn' op reverse_w_ih must be 'tensor<3x5xf32>' (I × H), got 'tensor<4x5xf32>'}}
  %0:3 = gradopt.rnn tanh "r" %x : tensor<4x2x3xf32> weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) reverse_weights(%v, %w_hh : tensor<4x5xf32>, tensor<5x5xf32>) -> tensor<4x2x10xf32>, tensor<2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %h0: tensor<2x5xf32>, %w_ih: tensor<3x5xf32>, %w_hh: tensor<5x5xf32>, %v: tensor<6x6xf32>) {
  // expected-error @below {{'gradopt.rnn' op reverse_w_hh must be 'tensor<5x5xf32>' (H × H), got 'tensor<6x6xf32>'}}
  %0:3 = gradopt.rnn tanh "r" %x : tensor<4x2x3xf32> weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) reverse_weights(%w_ih, %v : tensor<3x5xf32>, tensor<6x6xf32>) -> tensor<4x2x10xf32>, tensor<2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %h0: tensor<2x5xf32>, %w_ih: tensor<3x5xf32>, %w_hh: tensor<5x5xf32>, %b: tensor<5xf32>, %c: tensor<6xf32>) {
  // expected-error @below {{'gradopt.rnn' op reverse_bias_ih must be 'tensor<5xf32>' (H), got 'tensor<6xf32>'}}
  %0:3 = gradopt.rnn tanh "r" %x : tensor<4x2x3xf32> weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) bias_ih(%b : tensor<5xf32>) reverse_weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) reverse_bias_ih(%c : tensor<6xf32>) -> tensor<4x2x10xf32>, tensor<2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %h0: tensor<2x5xf32>, %w_ih: tensor<3x5xf32>, %w_hh: tensor<5x5xf32>, %v: tensor<3x5xf32>) {
  // expected-error @below {{'gradopt.rnn' op reverse_h0 must be 'tensor<2x5xf32>' (B × H with the B of x), got 'tensor<3x5xf32>'}}
  %0:3 = gradopt.rnn tanh "r" %x : tensor<4x2x3xf32> weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) reverse_init(%v : tensor<3x5xf32>) reverse_weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) -> tensor<4x2x10xf32>, tensor<2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %h0: tensor<2x5xf32>, %w_ih: tensor<3x5xf32>, %w_hh: tensor<5x5xf32>, %n: tensor<3xi32>) {
  // expected-error @below {{'gradopt.rnn' op lengths must be 'tensor<2xi32>' (B, the time steps of each batch row), got 'tensor<3xi32>'}}
  %0:2 = gradopt.rnn tanh "r" %x : tensor<4x2x3xf32> lengths(%n : tensor<3xi32>) weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) -> tensor<4x2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %h0: tensor<2x5xf32>, %w_ih: tensor<3x5xf32>, %w_hh: tensor<5x5xf32>, %n: tensor<2x1xi64>) {
  // expected-error @below {{'gradopt.rnn' op lengths must be 'tensor<2xi64>' (B, the time steps of each batch row), got 'tensor<2x1xi64>'}}
  %0:2 = gradopt.rnn tanh "r" %x : tensor<4x2x3xf32> lengths(%n : tensor<2x1xi64>) weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) -> tensor<4x2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %h0: tensor<2x5xf32>, %w_ih: tensor<3x5xf32>, %w_hh: tensor<5x5xf32>, %n: tensor<?xi32>) {
  // expected-error @below {{'gradopt.rnn' op lengths must be 'tensor<2xi32>' (B, the time steps of each batch row), got 'tensor<?xi32>'}}
  %0:2 = gradopt.rnn tanh "r" %x : tensor<4x2x3xf32> lengths(%n : tensor<?xi32>) weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) -> tensor<4x2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %h0: tensor<2x5xf32>, %w_ih: tensor<3x5xf32>, %w_hh: tensor<5x5xf32>, %key: tensor<2xi64>, %step: tensor<i64>) {
  // expected-error @below {{'gradopt.rnn' op zoneout needs one rate for each state (h), got 2}}
  %0:2 = gradopt.rnn tanh "r" %x : tensor<4x2x3xf32> weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) zoneout [0.1, 0.1] key(%key, %step) -> tensor<4x2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %h0: tensor<2x5xf32>, %w_ih: tensor<3x5xf32>, %w_hh: tensor<5x5xf32>, %key: tensor<2xi64>, %step: tensor<i64>) {
  // expected-error @below {{'gradopt.rnn' op a zoneout rate must be at least 0 and less than 1, got 1.000000e+00}}
  %0:2 = gradopt.rnn tanh "r" %x : tensor<4x2x3xf32> weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) zoneout [1.0] key(%key, %step) -> tensor<4x2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %h0: tensor<2x5xf32>, %w_ih: tensor<3x5xf32>, %w_hh: tensor<5x5xf32>, %key: tensor<2xi64>, %step: tensor<i64>) {
  // expected-error @below {{'gradopt.rnn' op a zoneout rate must be at least 0 and less than 1, got -5.000000e-01}}
  %0:2 = gradopt.rnn tanh "r" %x : tensor<4x2x3xf32> weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) zoneout [-0.5] key(%key, %step) -> tensor<4x2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %h0: tensor<2x5xf32>, %w_ih: tensor<3x5xf32>, %w_hh: tensor<5x5xf32>, %key: tensor<2xi64>, %step: tensor<i64>) {
  // expected-error @below {{'gradopt.rnn' op a zoneout rate must be at least 0 and less than 1, got nan}}
  %0:2 = gradopt.rnn tanh "r" %x : tensor<4x2x3xf32> weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) zoneout [0x7FF8000000000000] key(%key, %step) -> tensor<4x2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %h0: tensor<2x5xf32>, %w_ih: tensor<3x5xf32>, %w_hh: tensor<5x5xf32>, %key: tensor<2xi64>, %step: tensor<i64>) {
  // expected-error @below {{'gradopt.rnn' op zoneout needs a name of the layer: which elements are kept follows from it}}
  %0:2 = gradopt.rnn tanh  %x : tensor<4x2x3xf32> weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) zoneout [0.1] key(%key, %step) -> tensor<4x2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %h0: tensor<2x5xf32>, %w_ih: tensor<3x5xf32>, %w_hh: tensor<5x5xf32>, %key: tensor<2xi64>, %step: tensor<i64>) {
  // expected-error @below {{'gradopt.rnn' op has a key for zoneout, but no rates}}
  %0:2 = gradopt.rnn tanh "r" %x : tensor<4x2x3xf32> weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) zoneout [] key(%key, %step) -> tensor<4x2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %w_ih: tensor<3x20xf32>, %w_hh: tensor<5x20xf32>, %p: tensor<5xf32>) {
  // expected-error @below {{'gradopt.lstm' op peepholes must be three, of the gates i, f and o, got 2}}
  %0:3 = gradopt.lstm "l" %x : tensor<4x2x3xf32> weights(%w_ih, %w_hh : tensor<3x20xf32>, tensor<5x20xf32>) peepholes(%p, %p : tensor<5xf32>, tensor<5xf32>) -> tensor<4x2x5xf32>, tensor<2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %w_ih: tensor<3x20xf32>, %w_hh: tensor<5x20xf32>, %p: tensor<5xf32>, %q: tensor<20xf32>) {
  // expected-error @below {{'gradopt.lstm' op peephole_f must be 'tensor<5xf32>' (H), got 'tensor<20xf32>'}}
  %0:3 = gradopt.lstm "l" %x : tensor<4x2x3xf32> weights(%w_ih, %w_hh : tensor<3x20xf32>, tensor<5x20xf32>) peepholes(%p, %q, %p : tensor<5xf32>, tensor<20xf32>, tensor<5xf32>) -> tensor<4x2x5xf32>, tensor<2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %w_ih: tensor<3x20xf32>, %w_hh: tensor<5x20xf32>, %p: tensor<5xf32>) {
  // expected-error @below {{'gradopt.lstm' op is bidirectional and has peepholes in the forward direction only; give it in both or in none}}
  %0:5 = gradopt.lstm "l" %x : tensor<4x2x3xf32> weights(%w_ih, %w_hh : tensor<3x20xf32>, tensor<5x20xf32>) peepholes(%p, %p, %p : tensor<5xf32>, tensor<5xf32>, tensor<5xf32>) reverse_weights(%w_ih, %w_hh : tensor<3x20xf32>, tensor<5x20xf32>) -> tensor<4x2x10xf32>, tensor<2x5xf32>, tensor<2x5xf32>, tensor<2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %w_ih: tensor<3x20xf32>, %w_hh: tensor<5x20xf32>, %p: tensor<5xf32>) {
  // expected-error @below {{'gradopt.lstm' op reverse_peepholes must be three, of the gates i, f and o, got 1}}
  %0:5 = gradopt.lstm "l" %x : tensor<4x2x3xf32> weights(%w_ih, %w_hh : tensor<3x20xf32>, tensor<5x20xf32>) peepholes(%p, %p, %p : tensor<5xf32>, tensor<5xf32>, tensor<5xf32>) reverse_weights(%w_ih, %w_hh : tensor<3x20xf32>, tensor<5x20xf32>) reverse_peepholes(%p : tensor<5xf32>) -> tensor<4x2x10xf32>, tensor<2x5xf32>, tensor<2x5xf32>, tensor<2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %w_ih: tensor<3x20xf32>, %w_hh: tensor<5x20xf32>, %p: tensor<5xf32>) {
  // expected-error @below {{'gradopt.lstm' op has peepholes for a reverse direction, but no reverse_weights}}
  %0:3 = gradopt.lstm "l" %x : tensor<4x2x3xf32> weights(%w_ih, %w_hh : tensor<3x20xf32>, tensor<5x20xf32>) reverse_peepholes(%p : tensor<5xf32>) -> tensor<4x2x5xf32>, tensor<2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %w_ih: tensor<3x20xf32>, %w_hh: tensor<2x20xf32>, %v: tensor<2x5xf32>) {
  // expected-error @below {{'gradopt.lstm' op projection must be 'tensor<5x2xf32>' (H × P), got 'tensor<2x5xf32>'}}
  %0:3 = gradopt.lstm "l" %x : tensor<4x2x3xf32> weights(%w_ih, %w_hh : tensor<3x20xf32>, tensor<2x20xf32>) projection(%v : tensor<2x5xf32>) -> tensor<4x2x5xf32>, tensor<2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %w_ih: tensor<3x20xf32>, %w_hh: tensor<5x20xf32>, %v: tensor<5x2xf32>, %w: tensor<2x21xf32>) {
  // expected-error @below {{'gradopt.lstm' op w_hh must be P × 4H with static sizes above 0, got 'tensor<2x21xf32>'}}
  %0:3 = gradopt.lstm "l" %x : tensor<4x2x3xf32> weights(%w_ih, %w : tensor<3x20xf32>, tensor<2x21xf32>) projection(%v : tensor<5x2xf32>) -> tensor<4x2x5xf32>, tensor<2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %w_ih: tensor<3x20xf32>, %w_hh: tensor<2x20xf32>, %v: tensor<5x2xf32>) {
  // expected-error @below {{'gradopt.lstm' op h_n must be 'tensor<2x2xf32>' (B × P with the B of x), got 'tensor<2x5xf32>'}}
  %0:3 = gradopt.lstm "l" %x : tensor<4x2x3xf32> weights(%w_ih, %w_hh : tensor<3x20xf32>, tensor<2x20xf32>) projection(%v : tensor<5x2xf32>) -> tensor<4x2x2xf32>, tensor<2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %w_ih: tensor<3x20xf32>, %w_hh: tensor<2x20xf32>, %v: tensor<5x2xf32>) {
  // expected-error @below {{'gradopt.lstm' op y must be 'tensor<4x2x2xf32>' (T × B × P), got 'tensor<4x2x5xf32>'}}
  %0:3 = gradopt.lstm "l" %x : tensor<4x2x3xf32> weights(%w_ih, %w_hh : tensor<3x20xf32>, tensor<2x20xf32>) projection(%v : tensor<5x2xf32>) -> tensor<4x2x5xf32>, tensor<2x2xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %w_ih: tensor<3x20xf32>, %w_hh: tensor<2x20xf32>, %v: tensor<5x2xf32>) {
  // expected-error @below {{'gradopt.lstm' op is bidirectional and has projection in the forward direction only; give it in both or in none}}
  %0:5 = gradopt.lstm "l" %x : tensor<4x2x3xf32> weights(%w_ih, %w_hh : tensor<3x20xf32>, tensor<2x20xf32>) projection(%v : tensor<5x2xf32>) reverse_weights(%w_ih, %w_hh : tensor<3x20xf32>, tensor<2x20xf32>) -> tensor<4x2x4xf32>, tensor<2x2xf32>, tensor<2x5xf32>, tensor<2x2xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %w_ih: tensor<3x20xf32>, %w_hh: tensor<5x20xf32>, %v: tensor<5x5xf32>) {
  // expected-error @below {{'gradopt.lstm' op has projection for a reverse direction, but no reverse_weights}}
  %0:3 = gradopt.lstm "l" %x : tensor<4x2x3xf32> weights(%w_ih, %w_hh : tensor<3x20xf32>, tensor<5x20xf32>) reverse_projection(%v : tensor<5x5xf32>) -> tensor<4x2x5xf32>, tensor<2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %w_ih: tensor<3x20xf32>, %w_hh: tensor<5x20xf32>, %v: tensor<2x5xf32>) {
  // expected-error @below {{'gradopt.lstm' op has an initial state for a reverse direction, but no reverse_weights}}
  %0:3 = gradopt.lstm "l" %x : tensor<4x2x3xf32> weights(%w_ih, %w_hh : tensor<3x20xf32>, tensor<5x20xf32>) reverse_init(%v, %v : tensor<2x5xf32>, tensor<2x5xf32>) -> tensor<4x2x5xf32>, tensor<2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %w_ih: tensor<3x20xf32>, %w_hh: tensor<5x20xf32>, %h: tensor<2x5xf32>, %c: tensor<2x6xf32>) {
  // expected-error @below {{'gradopt.lstm' op reverse_c0 must be 'tensor<2x5xf32>' (B × H with the B of x), got 'tensor<2x6xf32>'}}
  %0:5 = gradopt.lstm "l" %x : tensor<4x2x3xf32> weights(%w_ih, %w_hh : tensor<3x20xf32>, tensor<5x20xf32>) reverse_init(%h, %c : tensor<2x5xf32>, tensor<2x6xf32>) reverse_weights(%w_ih, %w_hh : tensor<3x20xf32>, tensor<5x20xf32>) -> tensor<4x2x10xf32>, tensor<2x5xf32>, tensor<2x5xf32>, tensor<2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %w_ih: tensor<3x20xf32>, %w_hh: tensor<5x20xf32>, %key: tensor<2xi64>, %step: tensor<i64>) {
  // expected-error @below {{'gradopt.lstm' op zoneout needs one rate for each state (h, c), got 1}}
  %0:3 = gradopt.lstm "l" %x : tensor<4x2x3xf32> weights(%w_ih, %w_hh : tensor<3x20xf32>, tensor<5x20xf32>) zoneout [0.1] key(%key, %step) -> tensor<4x2x5xf32>, tensor<2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %w_ih: tensor<3x20xf32>, %w_hh: tensor<5x20xf32>, %key: tensor<2xi64>, %step: tensor<i64>) {
  // expected-error @below {{'gradopt.lstm' op a zoneout rate must be at least 0 and less than 1, got 1.500000e+00}}
  %0:3 = gradopt.lstm "l" %x : tensor<4x2x3xf32> weights(%w_ih, %w_hh : tensor<3x20xf32>, tensor<5x20xf32>) zoneout [0.1, 1.5] key(%key, %step) -> tensor<4x2x5xf32>, tensor<2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %w_ih: tensor<3x15xf32>, %w_hh: tensor<5x15xf32>, %b: tensor<15xf32>) {
  // expected-error @below {{'gradopt.gru' op is bidirectional and has bias_ih in the forward direction only; give it in both or in none}}
  %0:3 = gradopt.gru linear_before_reset %x : tensor<4x2x3xf32> weights(%w_ih, %w_hh : tensor<3x15xf32>, tensor<5x15xf32>) bias_ih(%b : tensor<15xf32>) reverse_weights(%w_ih, %w_hh : tensor<3x15xf32>, tensor<5x15xf32>) -> tensor<4x2x10xf32>, tensor<2x5xf32>, tensor<2x5xf32>
  return
}

// -----

// What the short form cannot say.
func.func @f(%x: tensor<4x2x3xf32>, %h0: tensor<2x5xf32>, %w_ih: tensor<3x20xf32>, %w_hh: tensor<5x20xf32>) {
  // expected-error @below {{'gradopt.lstm' op has an initial state h without c; give all initial states of a direction or none}}
  %0:3 = "gradopt.lstm"(%x, %h0, %w_ih, %w_hh) {operandSegmentSizes = array<i32: 1, 0, 1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 1, 1, 0, 0>} : (tensor<4x2x3xf32>, tensor<2x5xf32>, tensor<3x20xf32>, tensor<5x20xf32>) -> (tensor<4x2x5xf32>, tensor<2x5xf32>, tensor<2x5xf32>)
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %h0: tensor<2x5xf32>, %w_ih: tensor<3x20xf32>, %w_hh: tensor<5x20xf32>) {
  // expected-error @below {{'gradopt.lstm' op has an initial state c without h; give all initial states of a direction or none}}
  %0:3 = "gradopt.lstm"(%x, %h0, %w_ih, %w_hh) {operandSegmentSizes = array<i32: 1, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 1, 1, 0, 0>} : (tensor<4x2x3xf32>, tensor<2x5xf32>, tensor<3x20xf32>, tensor<5x20xf32>) -> (tensor<4x2x5xf32>, tensor<2x5xf32>, tensor<2x5xf32>)
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %w_ih: tensor<3x5xf32>, %w_hh: tensor<5x5xf32>) {
  // expected-error @below {{'gradopt.rnn' op reverse_weights needs both w_ih and w_hh}}
  %0:3 = "gradopt.rnn"(%x, %w_ih, %w_hh, %w_ih) {operandSegmentSizes = array<i32: 1, 0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0>} : (tensor<4x2x3xf32>, tensor<3x5xf32>, tensor<5x5xf32>, tensor<3x5xf32>) -> (tensor<4x2x10xf32>, tensor<2x5xf32>, tensor<2x5xf32>)
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %w_ih: tensor<3x5xf32>, %w_hh: tensor<5x5xf32>) {
  // expected-error @below {{'gradopt.rnn' op reverse_weights needs both w_ih and w_hh}}
  %0:3 = "gradopt.rnn"(%x, %w_ih, %w_hh, %w_hh) {operandSegmentSizes = array<i32: 1, 0, 0, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0>} : (tensor<4x2x3xf32>, tensor<3x5xf32>, tensor<5x5xf32>, tensor<5x5xf32>) -> (tensor<4x2x10xf32>, tensor<2x5xf32>, tensor<2x5xf32>)
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %w_ih: tensor<3x20xf32>, %w_hh: tensor<5x20xf32>) {
  // expected-error @below {{'gradopt.lstm' op is bidirectional and needs the final states of its reverse direction as results}}
  %0:4 = "gradopt.lstm"(%x, %w_ih, %w_hh, %w_ih, %w_hh) {operandSegmentSizes = array<i32: 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 1, 1, 1, 0>} : (tensor<4x2x3xf32>, tensor<3x20xf32>, tensor<5x20xf32>, tensor<3x20xf32>, tensor<5x20xf32>) -> (tensor<4x2x10xf32>, tensor<2x5xf32>, tensor<2x5xf32>, tensor<2x5xf32>)
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %w_ih: tensor<3x5xf32>, %w_hh: tensor<5x5xf32>) {
  // expected-error @below {{'gradopt.rnn' op zoneout needs key(%key, %step)}}
  %0:2 = "gradopt.rnn"(%x, %w_ih, %w_hh) {name = "r", operandSegmentSizes = array<i32: 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0>, zoneout = array<f64: 1.000000e-01>} : (tensor<4x2x3xf32>, tensor<3x5xf32>, tensor<5x5xf32>) -> (tensor<4x2x5xf32>, tensor<2x5xf32>)
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %w_ih: tensor<3x5xf32>, %w_hh: tensor<5x5xf32>, %key: tensor<3xi64>, %step: tensor<i64>) {
  // expected-error @below {{'gradopt.rnn' op the key of zoneout must be 'tensor<2xi64>' (a key of random numbers), got 'tensor<3xi64>'}}
  %0:2 = "gradopt.rnn"(%x, %w_ih, %w_hh, %key, %step) {name = "r", operandSegmentSizes = array<i32: 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1>, zoneout = array<f64: 1.000000e-01>} : (tensor<4x2x3xf32>, tensor<3x5xf32>, tensor<5x5xf32>, tensor<3xi64>, tensor<i64>) -> (tensor<4x2x5xf32>, tensor<2x5xf32>)
  return
}
