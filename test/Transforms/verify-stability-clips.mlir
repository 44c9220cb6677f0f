// RUN: gradopt-opt %s --split-input-file --gradopt-verify-stability --verify-diagnostics

// Every path from a gradient to an update goes through its clip. The guards of
// these steps are as they should be.

// A clip that stands before the update and has nothing to do with it.

func.func @unrelated(%w: tensor<4xf32> {gradopt.param = #gradopt.param<"w">},
                     %dw: tensor<4xf32>, %other: tensor<4xf32>,
                     %t: tensor<f32>, %rate: tensor<f32>)
    -> (tensor<4xf32> {gradopt.param = #gradopt.param<"w">},
        tensor<4xf32> {gradopt.output = "o"}) {
  // expected-note@+1 {{the gradient before its clip}}
  %g = gradopt.gradient %dw of "w" : tensor<4xf32>
  // expected-note@+1 {{this clip takes other values}}
  %c, %n = gradopt.clip_by_norm l2 %other to %t : tensor<4xf32>, tensor<f32> -> tensor<f32>
  // expected-error@+1 {{the update of 'w' goes by a gradient that does not pass a clip on every path; use the clipped gradient alone, or let gradopt-insert-gradient-clipping insert the clip}}
  %w1 = gradopt.sgd %w, %g rate %rate : tensor<4xf32>, tensor<f32>
  %ok = gradopt.check_finite %g, %w1 : tensor<4xf32>, tensor<4xf32>
  %r = gradopt.guard(%w : tensor<4xf32>) {
    gradopt.yield %ok, %w1 : i1, tensor<4xf32>
  }
  return %r, %c : tensor<4xf32>, tensor<4xf32>
}

// -----

// The update goes by what the clip of something else has made.

func.func @wired_wrongly(%w: tensor<4xf32> {gradopt.param = #gradopt.param<"w">},
                         %b: tensor<4xf32> {gradopt.param = #gradopt.param<"b">},
                         %dw: tensor<4xf32>, %db: tensor<4xf32>,
                         %t: tensor<f32>, %rate: tensor<f32>)
    -> (tensor<4xf32> {gradopt.param = #gradopt.param<"w">},
        tensor<4xf32> {gradopt.param = #gradopt.param<"b">}) {
  // expected-note@+1 {{the gradient}}
  %gw = gradopt.gradient %dw of "w" : tensor<4xf32>
  %gb = gradopt.gradient %db of "b" : tensor<4xf32>
  %cw = gradopt.clip_by_value %gw to %t : tensor<4xf32>, tensor<f32>
  // expected-note@+1 {{it goes by what this clip takes}}
  %cb = gradopt.clip_by_value %gb to %t : tensor<4xf32>, tensor<f32>
  // expected-error@+1 {{the update of 'w' does not go by the gradient that is marked as that of 'w'; use what this gradient's clip gives}}
  %w1 = gradopt.sgd %w, %cb rate %rate : tensor<4xf32>, tensor<f32>
  %b1 = gradopt.sgd %b, %cb rate %rate : tensor<4xf32>, tensor<f32>
  %ok = gradopt.check_finite %gw, %gb, %w1, %b1 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
  %r:2 = gradopt.guard(%w, %b : tensor<4xf32>, tensor<4xf32>) {
    gradopt.yield %ok, %w1, %b1 : i1, tensor<4xf32>, tensor<4xf32>
  }
  return %r#0, %r#1 : tensor<4xf32>, tensor<4xf32>
}

// -----

// The result of the clip is not used, by an update op and by other ops alike.

func.func @unused(%w: tensor<4xf32> {gradopt.param = #gradopt.param<"w">},
                  %b: tensor<4xf32> {gradopt.param = #gradopt.param<"b">},
                  %dw: tensor<4xf32>, %db: tensor<4xf32>,
                  %t: tensor<f32>, %rate: tensor<f32>)
    -> (tensor<4xf32> {gradopt.param = #gradopt.param<"w">},
        tensor<4xf32> {gradopt.param = #gradopt.param<"b">}) {
  // expected-note@+1 {{the gradient before its clip}}
  %gw = gradopt.gradient %dw of "w" : tensor<4xf32>
  // expected-note@+1 {{the gradient before its clip}}
  %gb = gradopt.gradient %db of "b" : tensor<4xf32>
  // expected-note@+1 {{this clip takes it, but the path leads around the clip}}
  %c:2, %n = gradopt.clip_by_global_norm l2 %gw, %gb to %t : tensor<4xf32>, tensor<4xf32> to tensor<f32>
  // expected-error@+1 {{the update of 'w' goes by a gradient that does not pass a clip on every path}}
  %w1 = gradopt.sgd %w, %gw rate %rate : tensor<4xf32>, tensor<f32>
  // expected-error@+1 {{the next value of 'b' goes by a gradient that does not pass a clip on every path}}
  %b1 = arith.subf %b, %gb : tensor<4xf32>
  %ok = gradopt.check_finite %gw, %gb, %w1, %b1 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
  %r:2 = gradopt.guard(%w, %b : tensor<4xf32>, tensor<4xf32>) {
    gradopt.yield %ok, %w1, %b1 : i1, tensor<4xf32>, tensor<4xf32>
  }
  return %r#0, %r#1 : tensor<4xf32>, tensor<4xf32>
}

// -----

// Past the marker, with the value that is marked.

func.func @past_marker(%w: tensor<4xf32> {gradopt.param = #gradopt.param<"w">},
                       %dw: tensor<4xf32>, %t: tensor<f32>, %rate: tensor<f32>)
    -> (tensor<4xf32> {gradopt.param = #gradopt.param<"w">}) {
  // expected-note@+1 {{the gradient before its clip}}
  %d = arith.addf %dw, %dw : tensor<4xf32>
  %g = gradopt.gradient %d of "w" : tensor<4xf32>
  // expected-note@+1 {{this clip takes other values}}
  %c = gradopt.clip_by_value %g to %t : tensor<4xf32>, tensor<f32>
  // expected-error@+1 {{the update of 'w' goes by a gradient that does not pass a clip on every path}}
  %w1 = gradopt.sgd %w, %d rate %rate : tensor<4xf32>, tensor<f32>
  %ok = gradopt.check_finite %g, %w1 : tensor<4xf32>, tensor<4xf32>
  %r = gradopt.guard(%w : tensor<4xf32>) {
    gradopt.yield %ok, %w1 : i1, tensor<4xf32>
  }
  return %r : tensor<4xf32>
}

// -----

// Only one branch clips; and a sum of the clipped gradient and the gradient.

func.func @some_paths(%w: tensor<4xf32> {gradopt.param = #gradopt.param<"w">},
                      %b: tensor<4xf32> {gradopt.param = #gradopt.param<"b">},
                      %dw: tensor<4xf32>, %db: tensor<4xf32>, %big: i1,
                      %t: tensor<f32>, %rate: tensor<f32>)
    -> (tensor<4xf32> {gradopt.param = #gradopt.param<"w">},
        tensor<4xf32> {gradopt.param = #gradopt.param<"b">}) {
  %gw = gradopt.gradient %dw of "w" : tensor<4xf32>
  %gb = gradopt.gradient %db of "b" : tensor<4xf32>
  // expected-note@+1 {{the gradient before its clip}}
  %c = scf.if %big -> (tensor<4xf32>) {
    // expected-note@+1 {{this clip takes other values}}
    %clipped = gradopt.clip_by_value %gw to %t : tensor<4xf32>, tensor<f32>
    scf.yield %clipped : tensor<4xf32>
  } else {
    scf.yield %gw : tensor<4xf32>
  }
  // expected-error@+1 {{the update of 'w' goes by a gradient that does not pass a clip on every path}}
  %w1 = gradopt.sgd %w, %c rate %rate : tensor<4xf32>, tensor<f32>
  // expected-note@+1 {{this clip takes other values}}
  %cb = gradopt.clip_by_value %gb to %t : tensor<4xf32>, tensor<f32>
  // expected-note@+1 {{the gradient before its clip}}
  %both = arith.addf %cb, %gb : tensor<4xf32>
  // expected-error@+1 {{the update of 'b' goes by a gradient that does not pass a clip on every path}}
  %b1 = gradopt.sgd %b, %both rate %rate : tensor<4xf32>, tensor<f32>
  %ok = gradopt.check_finite %gw, %gb, %c, %both, %w1, %b1 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
  %r:2 = gradopt.guard(%w, %b : tensor<4xf32>, tensor<4xf32>) {
    gradopt.yield %ok, %w1, %b1 : i1, tensor<4xf32>, tensor<4xf32>
  }
  return %r#0, %r#1 : tensor<4xf32>, tensor<4xf32>
}

// -----

// Without markers: the unclipped part is known only by where it comes from, and
// a select between clipped and unclipped by what the clip takes.

func.func @unmarked(%w: tensor<4xf32> {gradopt.param = #gradopt.param<"w">},
                    %b: tensor<4xf32> {gradopt.param = #gradopt.param<"b">},
                    %x: tensor<4xf32> {gradopt.input = "x", gradopt.dims = ""}, %dw: tensor<4xf32>,
                    %db: tensor<4xf32>, %big: i1, %t: tensor<f32>, %rate: tensor<f32>)
    -> (tensor<4xf32> {gradopt.param = #gradopt.param<"w">},
        tensor<4xf32> {gradopt.param = #gradopt.param<"b">}) {
  // expected-note@+1 {{this clip takes other values}}
  %cw = gradopt.clip_by_value %dw to %t : tensor<4xf32>, tensor<f32>
  // expected-note@+1 {{the gradient before its clip}}
  %more = arith.addf %cw, %x : tensor<4xf32>
  // expected-error@+1 {{the update of 'w' goes by a gradient that does not pass a clip on every path}}
  %w1 = gradopt.sgd %w, %more rate %rate : tensor<4xf32>, tensor<f32>
  // expected-note@+1 {{this clip takes other values}}
  %cb = gradopt.clip_by_value %db to %t : tensor<4xf32>, tensor<f32>
  // expected-note@+1 {{the gradient before its clip}}
  %some = arith.select %big, %cb, %db : tensor<4xf32>
  // expected-error@+1 {{the update of 'b' goes by a gradient that does not pass a clip on every path}}
  %b1 = gradopt.sgd %b, %some rate %rate : tensor<4xf32>, tensor<f32>
  %ok = gradopt.check_finite %more, %some, %w1, %b1 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
  %r:2 = gradopt.guard(%w, %b : tensor<4xf32>, tensor<4xf32>) {
    gradopt.yield %ok, %w1, %b1 : i1, tensor<4xf32>, tensor<4xf32>
  }
  return %r#0, %r#1 : tensor<4xf32>, tensor<4xf32>
}

// -----

// The second of two clips is not used.

func.func @second(%w: tensor<4xf32> {gradopt.param = #gradopt.param<"w">},
                  %dw: tensor<4xf32>, %t: tensor<f32>, %rate: tensor<f32>)
    -> (tensor<4xf32> {gradopt.param = #gradopt.param<"w">}) {
  %g = gradopt.gradient %dw of "w" : tensor<4xf32>
  // expected-note@+2 {{the gradient before its clip}}
  // expected-note@+1 {{this clip takes other values}}
  %c = gradopt.clip_by_value %g to %t : tensor<4xf32>, tensor<f32>
  // expected-note@+1 {{this clip takes it, but the path leads around the clip}}
  %c2, %n = gradopt.clip_by_norm l2 %c to %t : tensor<4xf32>, tensor<f32> -> tensor<f32>
  // expected-error@+1 {{the update of 'w' goes by a gradient that does not pass a clip on every path}}
  %w1 = gradopt.sgd %w, %c rate %rate : tensor<4xf32>, tensor<f32>
  %ok = gradopt.check_finite %g, %w1 : tensor<4xf32>, tensor<4xf32>
  %r = gradopt.guard(%w : tensor<4xf32>) {
    gradopt.yield %ok, %w1 : i1, tensor<4xf32>
  }
  return %r : tensor<4xf32>
}

// -----

// A threshold that is an argument says that a clip was asked for, though
// nothing is clipped. What is returned is what others update by.

func.func @lost(%w: tensor<4xf32> {gradopt.param = #gradopt.param<"w">},
                %dw: tensor<4xf32>,
                %t: tensor<f32> {gradopt.hyper = "clip.norm_2.threshold", gradopt.init = 1.0 : f64})
    -> (tensor<4xf32> {gradopt.grad = "w"}) {
  // expected-note@+1 {{the gradient before its clip}}
  %g = gradopt.gradient %dw of "w" : tensor<4xf32>
  // expected-error@+1 {{the returned gradient of 'w' goes by a gradient that does not pass a clip on every path}}
  return %g : tensor<4xf32>
}

// -----

// The threshold's name says that the norm is that of all gradients.

func.func @partial_norm(%w: tensor<4xf32> {gradopt.param = #gradopt.param<"w">},
                        %b: tensor<4xf32> {gradopt.param = #gradopt.param<"b">},
                        %dw: tensor<4xf32>, %db: tensor<4xf32>,
                        %t: tensor<f32> {gradopt.hyper = "clip.global_norm.threshold", gradopt.init = 1.0 : f64},
                        %rate: tensor<f32>)
    -> (tensor<4xf32> {gradopt.param = #gradopt.param<"w">},
        tensor<4xf32> {gradopt.param = #gradopt.param<"b">}) {
  %gw = gradopt.gradient %dw of "w" : tensor<4xf32>
  // expected-note@+1 {{the gradient}}
  %gb = gradopt.gradient %db of "b" : tensor<4xf32>
  // expected-note@+1 {{the clip by the global norm}}
  %cw, %n = gradopt.clip_by_global_norm l2 %gw to %t : tensor<4xf32> to tensor<f32>
  %cb = gradopt.clip_by_value %gb to %t : tensor<4xf32>, tensor<f32>
  %w1 = gradopt.sgd %w, %cw rate %rate : tensor<4xf32>, tensor<f32>
  // expected-error@+1 {{the gradient of 'b' is missing from the global norm, which is that of all gradients: a gradient that has exploded would not scale the others; let the clip take it, too}}
  %b1 = gradopt.sgd %b, %cb rate %rate : tensor<4xf32>, tensor<f32>
  %ok = gradopt.check_finite %gw, %gb, %w1, %b1 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
  %r:2 = gradopt.guard(%w, %b : tensor<4xf32>, tensor<4xf32>) {
    gradopt.yield %ok, %w1, %b1 : i1, tensor<4xf32>, tensor<4xf32>
  }
  return %r#0, %r#1 : tensor<4xf32>, tensor<4xf32>
}

// -----

// A joint norm that leaves out one gradient, which nothing clips.

func.func @missing(%w: tensor<4xf32> {gradopt.param = #gradopt.param<"w">},
                   %b: tensor<4xf32> {gradopt.param = #gradopt.param<"b">},
                   %dw: tensor<4xf32>, %db: tensor<4xf32>,
                   %t: tensor<f32>, %rate: tensor<f32>)
    -> (tensor<4xf32> {gradopt.param = #gradopt.param<"w">},
        tensor<4xf32> {gradopt.param = #gradopt.param<"b">}) {
  %gw = gradopt.gradient %dw of "w" : tensor<4xf32>
  // expected-note@+1 {{the gradient before its clip}}
  %gb = gradopt.gradient %db of "b" : tensor<4xf32>
  // expected-note@+1 {{this clip takes other values}}
  %cw, %n = gradopt.clip_by_global_norm l2 %gw to %t : tensor<4xf32> to tensor<f32>
  %w1 = gradopt.sgd %w, %cw rate %rate : tensor<4xf32>, tensor<f32>
  // expected-error@+1 {{the update of 'b' goes by a gradient that does not pass a clip on every path}}
  %b1 = gradopt.sgd %b, %gb rate %rate : tensor<4xf32>, tensor<f32>
  %ok = gradopt.check_finite %gw, %gb, %w1, %b1 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
  %r:2 = gradopt.guard(%w, %b : tensor<4xf32>, tensor<4xf32>) {
    gradopt.yield %ok, %w1, %b1 : i1, tensor<4xf32>, tensor<4xf32>
  }
  return %r#0, %r#1 : tensor<4xf32>, tensor<4xf32>
}

// -----

// In a loop over time: the carried derivative goes past the clip.

func.func @time_steps(%w: tensor<4xf32> {gradopt.param = #gradopt.param<"w">},
                      %dys: tensor<?x4xf32>, %steps: index, %rate: tensor<f32>,
                      %t: tensor<f32> {gradopt.hyper = "clip.time_step.norm.threshold", gradopt.init = 1.0 : f64})
    -> (tensor<4xf32> {gradopt.param = #gradopt.param<"w">}) {
  %zero = arith.constant dense<0.0> : tensor<4xf32>
  %dh_0, %dw = gradopt.scan "rnn" (%s) to %steps
      carries(%dh1 = %zero : tensor<4xf32>, %sum = %zero : tensor<4xf32>)
      inputs(%dy = reverse %dys : tensor<?x4xf32>) {
    %total = arith.addf %dy, %dh1 : tensor<4xf32>
    // expected-note@+1 {{the derivative}}
    %g = gradopt.gradient %total of "h" group "rnn" : tensor<4xf32>
    // expected-note@+1 {{its clip}}
    %c, %n = gradopt.clip_by_norm l2 rows %g to %t : tensor<4xf32>, tensor<f32> -> tensor<f32>
    // expected-error@+1 {{the loss's derivative with respect to state 'h' goes past its clip here, which acts at every time step; use the clipped derivative}}
    %dh = arith.mulf %g, %w : tensor<4xf32>
    %p = arith.mulf %c, %w : tensor<4xf32>
    // expected-error@+1 {{the loss's derivative with respect to state 'h' goes past its clip here}}
    %q = arith.addf %p, %total : tensor<4xf32>
    %next = arith.addf %sum, %q : tensor<4xf32>
    gradopt.yield %dh, %next : tensor<4xf32>, tensor<4xf32>
  }
  %gw = gradopt.gradient %dw of "w" : tensor<4xf32>
  %w1 = gradopt.sgd %w, %gw rate %rate : tensor<4xf32>, tensor<f32>
  %ok = gradopt.check_finite %gw, %w1 : tensor<4xf32>, tensor<4xf32>
  %r = gradopt.guard(%w : tensor<4xf32>) {
    gradopt.yield %ok, %w1 : i1, tensor<4xf32>
  }
  return %r : tensor<4xf32>
}

// -----

// A clip of every time step is none of the sum over time, where that is to be
// clipped, too.

func.func @not_the_sum(%w: tensor<4xf32> {gradopt.param = #gradopt.param<"w">},
                       %dys: tensor<?x4xf32>, %steps: index, %rate: tensor<f32>,
                       %t: tensor<f32> {gradopt.hyper = "clip.value.threshold", gradopt.init = 1.0 : f64})
    -> (tensor<4xf32> {gradopt.param = #gradopt.param<"w">}) {
  %zero = arith.constant dense<0.0> : tensor<4xf32>
  // expected-note@+1 {{the gradient before its clip}}
  %dw = gradopt.scan (%s) to %steps carries(%sum = %zero : tensor<4xf32>)
      inputs(%dy = reverse %dys : tensor<?x4xf32>) {
    %c = gradopt.clip_by_value %dy to %t : tensor<4xf32>, tensor<f32>
    %next = arith.addf %sum, %c : tensor<4xf32>
    gradopt.yield %next : tensor<4xf32>
  }
  // expected-error@+1 {{the update of 'w' goes by a gradient that does not pass a clip on every path}}
  %w1 = gradopt.sgd %w, %dw rate %rate : tensor<4xf32>, tensor<f32>
  %ok = gradopt.check_finite %dw, %w1 : tensor<4xf32>, tensor<4xf32>
  %r = gradopt.guard(%w : tensor<4xf32>) {
    gradopt.yield %ok, %w1 : i1, tensor<4xf32>
  }
  return %r : tensor<4xf32>
}
