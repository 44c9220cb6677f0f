// RUN: gradopt-opt %s --split-input-file --verify-diagnostics --gradopt-insert-gradient-clipping

// expected-note@below {{the step is here}}
func.func @step(%d: tensor<2xf32>) -> tensor<2xf32> {
  return %d : tensor<2xf32>
}
func.func @loss(%w: tensor<2xf32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
  %loss = gradopt.mean_squared_error %w, %w : tensor<2xf32>, tensor<2xf32> -> tensor<f32>
  return %loss : tensor<f32>
}
// expected-error@below {{a clip at time_step acts on a model before it is differentiated, but there is a step already: run 'gradopt-insert-gradient-clipping' before gradopt-differentiate, and behind it once more for clips of gradients}}
gradopt.recipe @train { model = @loss, result = @step, clip = [#gradopt.clip<norm, threshold = 1.0, at = time_step>] }

// -----

// A model that marks its gradients is a step.
// expected-note@below {{the step is here}}
func.func @loss(%w: tensor<2xf32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<2xf32>, tensor<f32> {gradopt.loss}) {
  %g = gradopt.gradient %w of "w" : tensor<2xf32>
  %loss = gradopt.mean_squared_error %w, %w : tensor<2xf32>, tensor<2xf32> -> tensor<f32>
  return %g, %loss : tensor<2xf32>, tensor<f32>
}
// expected-error@below {{a clip at gate acts on a model before it is differentiated, but there is a step already}}
gradopt.recipe @train { model = @loss, clip = [#gradopt.clip<value, threshold = 1.0, at = gate>] }

// -----

// expected-error@below {{'loss' has no state to clip at chunk: it has no recurrent layer and no gradopt.scan with a carry of f32 or f64; if they are in a function that it calls, run gradopt-prepare-model first}}
func.func @loss(%w: tensor<2xf32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
  %n = arith.constant 3 : index
  %i = gradopt.scan (%s) to %n carries(%i = %n : index) {
    gradopt.yield %i : index
  }
  %loss = gradopt.mean_squared_error %w, %w : tensor<2xf32>, tensor<2xf32> -> tensor<f32>
  return %loss : tensor<f32>
}
gradopt.recipe @train { model = @loss, clip = [#gradopt.clip<norm, threshold = 1.0, at = chunk, every = 2>] }

// -----

// expected-error@below {{'loss' has no gates to clip at: no op in a gradopt.scan has an origin with a gate; use a layer that has gates, such as gradopt.lstm, or give the ops of your gates the location loc(fused<#gradopt.origin<gate = "NAME">>[…])}}
func.func @loss(%x: tensor<?x?x3xf32> {gradopt.input = "x"}, %w_ih: tensor<3x2xf32> {gradopt.param = #gradopt.param<"w_ih">},
                %w_hh: tensor<2x2xf32> {gradopt.param = #gradopt.param<"w_hh">}, %target: tensor<?x2xf32> {gradopt.input = "target", gradopt.dims = "B"})
    -> (tensor<f32> {gradopt.loss}) {
  %y, %h = gradopt.rnn tanh "rnn" %x : tensor<?x?x3xf32> weights(%w_ih, %w_hh : tensor<3x2xf32>, tensor<2x2xf32>)
      -> tensor<?x?x2xf32>, tensor<?x2xf32>
  %loss = gradopt.mean_squared_error %h, %target : tensor<?x2xf32>, tensor<?x2xf32> -> tensor<f32>
  return %loss : tensor<f32>
}
gradopt.recipe @train { model = @loss, clip = [#gradopt.clip<norm, threshold = 1.0, at = gate>] }

// -----

func.func @loss(%w: tensor<2xf32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
  %v = arith.constant 1.0 : f32
  %n = arith.constant 3 : index
  // expected-error@below {{carry 'carry0' has type 'f32'; a clip at every time step acts on tensors: make it a 'tensor<f32>'}}
  %i = gradopt.scan (%s) to %n carries(%level = %v : f32) {
    gradopt.yield %level : f32
  }
  %loss = gradopt.mean_squared_error %w, %w : tensor<2xf32>, tensor<2xf32> -> tensor<f32>
  return %loss : tensor<f32>
}
gradopt.recipe @train { model = @loss, clip = [#gradopt.clip<norm, threshold = 1.0, at = time_step>] }

// -----

func.func @loss(%w: tensor<2xf32> {gradopt.param = #gradopt.param<"w">}, %x: tensor<?x2xf32> {gradopt.input = "x"}) -> (tensor<f32> {gradopt.loss}) {
  %n = arith.constant 3 : index
  // expected-error@below {{has sequences in both directions, so that its steps belong to no chunk of time; split it or clip at time_step}}
  %h = gradopt.scan (%s) to %n carries(%h = %w : tensor<2xf32>) inputs(%x_t = %x : tensor<?x2xf32>, %y_t = reverse %x : tensor<?x2xf32>) {
    %h1 = arith.addf %x_t, %y_t : tensor<2xf32>
    gradopt.yield %h1 : tensor<2xf32>
  }
  %loss = gradopt.mean_squared_error %h, %w : tensor<2xf32>, tensor<2xf32> -> tensor<f32>
  return %loss : tensor<f32>
}
gradopt.recipe @train { model = @loss, clip = [#gradopt.clip<norm, threshold = 1.0, at = chunk, every = 2>] }

// -----

// expected-error@below {{cannot add the threshold of a clip as an argument to 'loss' because other code may call it; call it only once all training passes have run}}
func.func @loss(%w: tensor<2xf32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
  %n = arith.constant 3 : index
  %h = gradopt.scan (%s) to %n carries(%h = %w : tensor<2xf32>) {
    gradopt.yield %h : tensor<2xf32>
  }
  %loss = gradopt.mean_squared_error %h, %w : tensor<2xf32>, tensor<2xf32> -> tensor<f32>
  return %loss : tensor<f32>
}
func.func @caller(%w: tensor<2xf32>) -> tensor<f32> {
  // expected-note@below {{it is used here}}
  %loss = call @loss(%w) : (tensor<2xf32>) -> tensor<f32>
  return %loss : tensor<f32>
}
gradopt.recipe @train { model = @loss, clip = [#gradopt.clip<norm, threshold = 1.0, at = time_step>] }

// -----

// The clip of a group that has no gradient in a step that was marked by hand.
// expected-error@below {{the clip of group "w" finds no gradient whose name matches "w"; mark the gradients of its parameters by 'gradopt.gradient'}}
module {
  func.func @loss(%w: tensor<2xf32> {gradopt.param = #gradopt.param<"w">}) {
    return
  }
  func.func @other(%d: tensor<2xf32>) -> tensor<2xf32> {
    %g = gradopt.gradient %d of "v" : tensor<2xf32>
    return %g : tensor<2xf32>
  }
  gradopt.recipe @train {
    model = @loss,
    groups = [#gradopt.group<name = "w", match = "w", clip = <norm, threshold = 1.0>>]
  }
}
