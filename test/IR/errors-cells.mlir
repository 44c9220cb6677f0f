// RUN: gradopt-opt %s -split-input-file -verify-diagnostics

func.func @f(%x: tensor<2x3xf32>, %h0: tensor<2x5xf32>, %w_ih: tensor<3x5xf32>, %w_hh: tensor<5x5xf32>) {
  // expected-error @below {{'gradopt.rnn' op x must have three dimensions T × B × I with a static I, got 'tensor<2x3xf32>'}}
  %y, %h_n = gradopt.rnn tanh %x : tensor<2x3xf32> init(%h0 : tensor<2x5xf32>) weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) -> tensor<4x2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x?xf32>, %h0: tensor<2x5xf32>, %w_ih: tensor<3x5xf32>, %w_hh: tensor<5x5xf32>) {
  // expected-error @below {{'gradopt.rnn' op x must have three dimensions T × B × I with a static I, got 'tensor<4x2x?xf32>'}}
  %y, %h_n = gradopt.rnn tanh %x : tensor<4x2x?xf32> init(%h0 : tensor<2x5xf32>) weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) -> tensor<4x2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %h0: tensor<2x?xf32>, %w_ih: tensor<3x5xf32>, %w_hh: tensor<5x5xf32>) {
  // expected-error @below {{'gradopt.rnn' op h0 must be 'tensor<2x5xf32>' (B × H with the B of x), got 'tensor<2x?xf32>'}}
  %y, %h_n = gradopt.rnn tanh %x : tensor<4x2x3xf32> init(%h0 : tensor<2x?xf32>) weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) -> tensor<4x2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %h0: tensor<1x2x5xf32>, %w_ih: tensor<3x5xf32>, %w_hh: tensor<5x5xf32>) {
  // expected-error @below {{'gradopt.rnn' op h0 must be 'tensor<2x5xf32>' (B × H with the B of x), got 'tensor<1x2x5xf32>'}}
  %y, %h_n = gradopt.rnn tanh %x : tensor<4x2x3xf32> init(%h0 : tensor<1x2x5xf32>) weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) -> tensor<4x2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %h0: tensor<3x5xf32>, %w_ih: tensor<3x5xf32>, %w_hh: tensor<5x5xf32>) {
  // expected-error @below {{'gradopt.rnn' op h0 must be 'tensor<2x5xf32>' (B × H with the B of x), got 'tensor<3x5xf32>'}}
  %y, %h_n = gradopt.rnn tanh %x : tensor<4x2x3xf32> init(%h0 : tensor<3x5xf32>) weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) -> tensor<4x2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x?x3xf32>, %h0: tensor<2x5xf32>, %w_ih: tensor<3x5xf32>, %w_hh: tensor<5x5xf32>) {
  // expected-error @below {{'gradopt.rnn' op h0 must be 'tensor<?x5xf32>' (B × H with the B of x), got 'tensor<2x5xf32>'}}
  %y, %h_n = gradopt.rnn tanh %x : tensor<4x?x3xf32> init(%h0 : tensor<2x5xf32>) weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) -> tensor<4x2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %h0: tensor<2x5xf32>, %w_ih: tensor<5x3xf32>, %w_hh: tensor<5x5xf32>) {
  // expected-error @below {{'gradopt.rnn' op w_ih must be 'tensor<3x5xf32>' (I × H), got 'tensor<5x3xf32>'}}
  %y, %h_n = gradopt.rnn tanh %x : tensor<4x2x3xf32> init(%h0 : tensor<2x5xf32>) weights(%w_ih, %w_hh : tensor<5x3xf32>, tensor<5x5xf32>) -> tensor<4x2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %h0: tensor<2x5xf32>, %w_ih: tensor<3x5xf32>, %w_hh: tensor<5x6xf32>) {
  // expected-error @below {{'gradopt.rnn' op w_hh must be H × H with static sizes above 0, got 'tensor<5x6xf32>'}}
  %y, %h_n = gradopt.rnn tanh %x : tensor<4x2x3xf32> init(%h0 : tensor<2x5xf32>) weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x6xf32>) -> tensor<4x2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %h0: tensor<2x5xf32>, %w_ih: tensor<3x5xf32>, %w_hh: tensor<5x5xf32>, %b: tensor<4xf32>) {
  // expected-error @below {{'gradopt.rnn' op bias_ih must be 'tensor<5xf32>' (H), got 'tensor<4xf32>'}}
  %y, %h_n = gradopt.rnn tanh %x : tensor<4x2x3xf32> init(%h0 : tensor<2x5xf32>) weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) bias_ih(%b : tensor<4xf32>) -> tensor<4x2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %h0: tensor<2x5xf32>, %w_ih: tensor<3x5xf32>, %w_hh: tensor<5x5xf32>, %b: tensor<1x5xf32>) {
  // expected-error @below {{'gradopt.rnn' op bias_hh must be 'tensor<5xf32>' (H), got 'tensor<1x5xf32>'}}
  %y, %h_n = gradopt.rnn tanh %x : tensor<4x2x3xf32> init(%h0 : tensor<2x5xf32>) weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) bias_hh(%b : tensor<1x5xf32>) -> tensor<4x2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %h0: tensor<2x5xf32>, %w_ih: tensor<3x5xf32>, %w_hh: tensor<5x5xf32>) {
  // expected-error @below {{'gradopt.rnn' op y must be 'tensor<4x2x5xf32>' (T × B × H), got 'tensor<?x2x5xf32>'}}
  %y, %h_n = gradopt.rnn tanh %x : tensor<4x2x3xf32> init(%h0 : tensor<2x5xf32>) weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) -> tensor<?x2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %h0: tensor<2x5xf32>, %w_ih: tensor<3x5xf32>, %w_hh: tensor<5x5xf32>) {
  // expected-error @below {{'gradopt.rnn' op h_n must be 'tensor<2x5xf32>' (B × H with the B of x), got 'tensor<2x6xf32>'}}
  %y, %h_n = gradopt.rnn tanh %x : tensor<4x2x3xf32> init(%h0 : tensor<2x5xf32>) weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) -> tensor<4x2x5xf32>, tensor<2x6xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3x1xf32>, %h0: tensor<2x5xf32>, %c0: tensor<2x5xf32>, %w_ih: tensor<3x20xf32>, %w_hh: tensor<5x20xf32>) {
  // expected-error @below {{'gradopt.lstm' op x must have three dimensions T × B × I with a static I, got 'tensor<4x2x3x1xf32>'}}
  %y, %h_n, %c_n = gradopt.lstm %x : tensor<4x2x3x1xf32> init(%h0, %c0 : tensor<2x5xf32>, tensor<2x5xf32>) weights(%w_ih, %w_hh : tensor<3x20xf32>, tensor<5x20xf32>) -> tensor<4x2x5xf32>, tensor<2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %h0: tensor<2x5xf32>, %c0: tensor<2x5xf32>, %w_ih: tensor<3x5xf32>, %w_hh: tensor<5x20xf32>) {
  // expected-error @below {{'gradopt.lstm' op w_ih must be 'tensor<3x20xf32>' (I × 4H), got 'tensor<3x5xf32>'}}
  %y, %h_n, %c_n = gradopt.lstm %x : tensor<4x2x3xf32> init(%h0, %c0 : tensor<2x5xf32>, tensor<2x5xf32>) weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x20xf32>) -> tensor<4x2x5xf32>, tensor<2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %h0: tensor<2x5xf32>, %c0: tensor<2x5xf32>, %w_ih: tensor<3x20xf32>, %w_hh: tensor<20x5xf32>) {
  // expected-error @below {{'gradopt.lstm' op w_hh must be H × 4H with static sizes above 0, got 'tensor<20x5xf32>'}}
  %y, %h_n, %c_n = gradopt.lstm %x : tensor<4x2x3xf32> init(%h0, %c0 : tensor<2x5xf32>, tensor<2x5xf32>) weights(%w_ih, %w_hh : tensor<3x20xf32>, tensor<20x5xf32>) -> tensor<4x2x5xf32>, tensor<2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %h0: tensor<2x5xf32>, %c0: tensor<2x5xf32>, %w_ih: tensor<3x20xf32>, %w_hh: tensor<5x20xf32>, %b: tensor<5xf32>) {
  // expected-error @below {{'gradopt.lstm' op bias_ih must be 'tensor<20xf32>' (4H), got 'tensor<5xf32>'}}
  %y, %h_n, %c_n = gradopt.lstm %x : tensor<4x2x3xf32> init(%h0, %c0 : tensor<2x5xf32>, tensor<2x5xf32>) weights(%w_ih, %w_hh : tensor<3x20xf32>, tensor<5x20xf32>) bias_ih(%b : tensor<5xf32>) -> tensor<4x2x5xf32>, tensor<2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %h0: tensor<2x5xf32>, %c0: tensor<2x5xf32>, %w_ih: tensor<3x20xf32>, %w_hh: tensor<5x20xf32>, %b: tensor<40xf32>) {
  // expected-error @below {{'gradopt.lstm' op bias_hh must be 'tensor<20xf32>' (4H), got 'tensor<40xf32>'}}
  %y, %h_n, %c_n = gradopt.lstm %x : tensor<4x2x3xf32> init(%h0, %c0 : tensor<2x5xf32>, tensor<2x5xf32>) weights(%w_ih, %w_hh : tensor<3x20xf32>, tensor<5x20xf32>) bias_hh(%b : tensor<40xf32>) -> tensor<4x2x5xf32>, tensor<2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %h0: tensor<2x5xf32>, %c0: tensor<3x5xf32>, %w_ih: tensor<3x20xf32>, %w_hh: tensor<5x20xf32>) {
  // expected-error @below {{'gradopt.lstm' op c0 must be 'tensor<2x5xf32>' (B × H with the B of x), got 'tensor<3x5xf32>'}}
  %y, %h_n, %c_n = gradopt.lstm %x : tensor<4x2x3xf32> init(%h0, %c0 : tensor<2x5xf32>, tensor<3x5xf32>) weights(%w_ih, %w_hh : tensor<3x20xf32>, tensor<5x20xf32>) -> tensor<4x2x5xf32>, tensor<2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %h0: tensor<2x5xf32>, %c0: tensor<2x5xf64>, %w_ih: tensor<3x20xf32>, %w_hh: tensor<5x20xf32>) {
  // expected-error @below {{'gradopt.lstm' op c0 must be 'tensor<2x5xf32>' (B × H with the B of x), got 'tensor<2x5xf64>'}}
  %y, %h_n, %c_n = gradopt.lstm %x : tensor<4x2x3xf32> init(%h0, %c0 : tensor<2x5xf32>, tensor<2x5xf64>) weights(%w_ih, %w_hh : tensor<3x20xf32>, tensor<5x20xf32>) -> tensor<4x2x5xf32>, tensor<2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %h0: tensor<2x5xf32>, %c0: tensor<2x5xf32>, %w_ih: tensor<3x20xf32>, %w_hh: tensor<5x20xf32>) {
  // expected-error @below {{'gradopt.lstm' op h_n must be 'tensor<2x5xf32>' (B × H with the B of x), got 'tensor<5x2xf32>'}}
  %y, %h_n, %c_n = gradopt.lstm %x : tensor<4x2x3xf32> init(%h0, %c0 : tensor<2x5xf32>, tensor<2x5xf32>) weights(%w_ih, %w_hh : tensor<3x20xf32>, tensor<5x20xf32>) -> tensor<4x2x5xf32>, tensor<5x2xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %h0: tensor<2x5xf32>, %c0: tensor<2x5xf32>, %w_ih: tensor<3x20xf32>, %w_hh: tensor<5x20xf32>) {
  // expected-error @below {{'gradopt.lstm' op c_n must be 'tensor<2x5xf32>' (B × H with the B of x), got 'tensor<5x2xf32>'}}
  %y, %h_n, %c_n = gradopt.lstm %x : tensor<4x2x3xf32> init(%h0, %c0 : tensor<2x5xf32>, tensor<2x5xf32>) weights(%w_ih, %w_hh : tensor<3x20xf32>, tensor<5x20xf32>) -> tensor<4x2x5xf32>, tensor<2x5xf32>, tensor<5x2xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %w_ih: tensor<3x5xf32>, %w_hh: tensor<?x5xf32>) {
  // expected-error @below {{'gradopt.rnn' op w_hh must be H × H with static sizes above 0, got 'tensor<?x5xf32>'}}
  %0:2 = gradopt.rnn tanh %x : tensor<4x2x3xf32> weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<?x5xf32>) -> tensor<4x2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %w_ih: tensor<3x5xf32>, %w_hh: tensor<5xf32>) {
  // expected-error @below {{'gradopt.rnn' op w_hh must be H × H with static sizes above 0, got 'tensor<5xf32>'}}
  %0:2 = gradopt.rnn tanh %x : tensor<4x2x3xf32> weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5xf32>) -> tensor<4x2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %w_ih: tensor<3x5xf32>, %w_hh: tensor<5x5xf64>) {
  // expected-error @below {{'gradopt.rnn' op w_hh must be 'tensor<5x5xf32>' (H × H), got 'tensor<5x5xf64>'}}
  %0:2 = gradopt.rnn tanh %x : tensor<4x2x3xf32> weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf64>) -> tensor<4x2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %w_ih: tensor<3x20xf32>, %w_hh: tensor<2x20xf32>) {
  // expected-error @below {{'gradopt.lstm' op w_hh must be H × 4H with static sizes above 0, got 'tensor<2x20xf32>'}}
  %0:3 = gradopt.lstm "l" %x : tensor<4x2x3xf32> weights(%w_ih, %w_hh : tensor<3x20xf32>, tensor<2x20xf32>) -> tensor<4x2x5xf32>, tensor<2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %w_ih: tensor<3x15xf32>, %w_hh: tensor<5x20xf32>) {
  // expected-error @below {{'gradopt.gru' op w_hh must be H × 3H with static sizes above 0, got 'tensor<5x20xf32>'}}
  %0:2 = gradopt.gru %x : tensor<4x2x3xf32> weights(%w_ih, %w_hh : tensor<3x15xf32>, tensor<5x20xf32>) -> tensor<4x2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %w_ih: tensor<3x20xf32>, %w_hh: tensor<5x15xf32>) {
  // expected-error @below {{'gradopt.gru' op w_ih must be 'tensor<3x15xf32>' (I × 3H), got 'tensor<3x20xf32>'}}
  %0:2 = gradopt.gru linear_before_reset %x : tensor<4x2x3xf32> weights(%w_ih, %w_hh : tensor<3x20xf32>, tensor<5x15xf32>) -> tensor<4x2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x0x3xf32>, %w_ih: tensor<3x5xf32>, %w_hh: tensor<5x5xf32>) {
  // expected-error @below {{'gradopt.rnn' op x must have at least one batch row where their number is static, got 'tensor<4x0x3xf32>'}}
  %0:2 = gradopt.rnn tanh %x : tensor<4x0x3xf32> weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) -> tensor<4x0x5xf32>, tensor<0x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2x3xf32>, %w_ih: tensor<3x0xf32>, %w_hh: tensor<0x0xf32>) {
  // expected-error @below {{'gradopt.gru' op w_hh must be H × 3H with static sizes above 0, got 'tensor<0x0xf32>'}}
  %0:2 = gradopt.gru %x : tensor<4x2x3xf32> weights(%w_ih, %w_hh : tensor<3x0xf32>, tensor<0x0xf32>) -> tensor<4x2x0xf32>, tensor<2x0xf32>
  return
}
