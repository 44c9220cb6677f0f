// RUN: gradopt-opt %s -split-input-file -verify-diagnostics -allow-unregistered-dialect

func.func @no_rows(%g: tensor<f32>, %t: tensor<f32>) {
  // expected-error @below {{'gradopt.clip_by_norm' op has no rows to clip: value is a scalar}}
  %0, %n = gradopt.clip_by_norm l2 rows %g to %t : tensor<f32>, tensor<f32> -> tensor<f32>
  return
}

// -----

func.func @norm_of_rows(%g: tensor<3x4xf32>, %t: tensor<f32>) {
  // expected-error @below {{'gradopt.clip_by_norm' op norm must be 'tensor<3xf32>' (value without its last dimension), got 'tensor<4xf32>'}}
  %0, %n = gradopt.clip_by_norm l2 rows %g to %t : tensor<3x4xf32>, tensor<f32> -> tensor<4xf32>
  return
}

// -----

func.func @norm_of_all(%g: tensor<3x4xf32>, %t: tensor<f64>) {
  // expected-error @below {{'gradopt.clip_by_norm' op norm must be 'tensor<f64>' (a scalar), got 'tensor<f32>'}}
  %0, %n = gradopt.clip_by_norm l2 %g to %t : tensor<3x4xf32>, tensor<f64> -> tensor<f32>
  return
}

// -----

func.func @whole_value(%g: tensor<3xf32>, %t: tensor<f32>) {
  // expected-error @below {{'gradopt.clip_cotangent' op by value looks at no norm: leave out whole}}
  %0 = gradopt.clip_cotangent value whole %g to %t : tensor<3xf32>, tensor<f32>
  return
}

// -----

func.func @scalar_rows(%g: tensor<f32>, %t: tensor<f32>) {
  // expected-error @below {{'gradopt.clip_cotangent' op has no rows to clip: value is a scalar; write whole}}
  %0 = gradopt.clip_cotangent l2 %g to %t : tensor<f32>, tensor<f32>
  return
}

// -----

func.func @negative(%g: tensor<5xf32>) {
  %t = arith.constant dense<-1.0> : tensor<f32>
  // expected-error @below {{'gradopt.clip_cotangent' op threshold must be a number that is not negative, got the constant -1.000000e+00}}
  %0 = gradopt.clip_cotangent l2 %g to %t : tensor<5xf32>, tensor<f32>
  return
}

// -----

// expected-error @below {{unknown placement 'everywhere': write gradient, time_step, chunk or gate}}
"test.op"() {a = #gradopt.clip<norm, threshold = 1.0, at = everywhere>} : () -> ()

// -----

// expected-error @below {{a clip at time_step is by value or by norm, got global_norm}}
"test.op"() {a = #gradopt.clip<global_norm, threshold = 1.0, at = time_step>} : () -> ()

// -----

// expected-error @below {{every = N, the time steps of a chunk, goes with at = chunk and is at least 1, got every = 0 at chunk}}
"test.op"() {a = #gradopt.clip<norm, threshold = 1.0, at = chunk>} : () -> ()

// -----

// expected-error @below {{every = N, the time steps of a chunk, goes with at = chunk and is at least 1, got every = -2 at chunk}}
"test.op"() {a = #gradopt.clip<norm, threshold = 1.0, at = chunk, every = -2>} : () -> ()

// -----

// expected-error @below {{every = N, the time steps of a chunk, goes with at = chunk and is at least 1, got every = 4 at time_step}}
"test.op"() {a = #gradopt.clip<norm, threshold = 1.0, at = time_step, every = 4>} : () -> ()
