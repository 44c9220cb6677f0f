// RUN: gradopt-opt %s -split-input-file -verify-diagnostics

func.func @f(%t: tensor<?x4xf32>, %i: tensor<2xi32>) {
  // expected-error @below {{'gradopt.embedding' op table must be a table with two static dimensions (entries × row), got 'tensor<?x4xf32>'}}
  %0 = gradopt.embedding %t, %i : tensor<?x4xf32>, tensor<2xi32> -> tensor<2x4xf32>
  return
}

// -----

func.func @f(%t: tensor<4xf32>, %i: tensor<2xi32>) {
  // expected-error @below {{'gradopt.embedding' op table must be a table with two static dimensions (entries × row), got 'tensor<4xf32>'}}
  %0 = gradopt.embedding %t, %i : tensor<4xf32>, tensor<2xi32> -> tensor<2x4xf32>
  return
}

// -----

func.func @f(%t: tensor<5x4xf32>, %i: tensor<?xi32>) {
  // expected-error @below {{'gradopt.embedding' op result must be 'tensor<?x4xf32>' (indices × row of table), got 'tensor<2x4xf32>'}}
  %0 = gradopt.embedding %t, %i : tensor<5x4xf32>, tensor<?xi32> -> tensor<2x4xf32>
  return
}

// -----

func.func @f(%t: tensor<5x4xf32>, %i: tensor<2xi32>) {
  // expected-error @below {{'gradopt.embedding' op result must be 'tensor<2x4xf32>' (indices × row of table), got 'tensor<2x4xf64>'}}
  %0 = gradopt.embedding %t, %i : tensor<5x4xf32>, tensor<2xi32> -> tensor<2x4xf64>
  return
}

// -----

func.func @f(%u: tensor<2x4xf32>, %i: tensor<2xi32>) {
  // expected-error @below {{'gradopt.scatter_add' op result must be a table with two static dimensions (entries × row), got 'tensor<5x?xf32>'}}
  %0 = gradopt.scatter_add %u, %i : tensor<2x4xf32>, tensor<2xi32> -> tensor<5x?xf32>
  return
}

// -----

func.func @f(%u: tensor<3x4xf32>, %i: tensor<2xi32>) {
  // expected-error @below {{'gradopt.scatter_add' op updates must be 'tensor<2x4xf32>' (indices × row of result), got 'tensor<3x4xf32>'}}
  %0 = gradopt.scatter_add %u, %i : tensor<3x4xf32>, tensor<2xi32> -> tensor<5x4xf32>
  return
}

// -----

func.func @f(%l: tensor<f32>, %t: tensor<i32>) {
  // expected-error @below {{'gradopt.cross_entropy' op logits must have a last dimension for the classes}}
  %0 = gradopt.cross_entropy %l, %t : tensor<f32>, tensor<i32> -> tensor<f32>
  return
}

// -----

func.func @f(%l: tensor<2x?xf32>, %t: tensor<2xi32>) {
  // expected-error @below {{'gradopt.cross_entropy' op the number of classes (last dimension of logits) must be static and not 0, got 'tensor<2x?xf32>'}}
  %0 = gradopt.cross_entropy %l, %t : tensor<2x?xf32>, tensor<2xi32> -> tensor<f32>
  return
}

// -----

func.func @f(%l: tensor<2x0xf32>, %t: tensor<2xi32>) {
  // expected-error @below {{'gradopt.cross_entropy' op the number of classes (last dimension of logits) must be static and not 0, got 'tensor<2x0xf32>'}}
  %0 = gradopt.cross_entropy %l, %t : tensor<2x0xf32>, tensor<2xi32> -> tensor<f32>
  return
}

// -----

func.func @f(%l: tensor<2x5xf32>, %t: tensor<3xi32>) {
  // expected-error @below {{'gradopt.cross_entropy' op targets must be 'tensor<2xi32>' (logits without the classes), got 'tensor<3xi32>'}}
  %0 = gradopt.cross_entropy %l, %t : tensor<2x5xf32>, tensor<3xi32> -> tensor<f32>
  return
}

// -----

func.func @f(%l: tensor<2x5xf32>, %t: tensor<2xi32>) {
  // expected-error @below {{'gradopt.cross_entropy' op loss must be 'tensor<f32>' (a scalar of the operand's element type), got 'tensor<f64>'}}
  %0 = gradopt.cross_entropy %l, %t : tensor<2x5xf32>, tensor<2xi32> -> tensor<f64>
  return
}

// -----

func.func @f(%p: tensor<?x5xf32>, %t: tensor<2x5xf32>) {
  // expected-error @below {{'gradopt.mean_squared_error' op target must be 'tensor<?x5xf32>' (as the prediction), got 'tensor<2x5xf32>'}}
  %0 = gradopt.mean_squared_error %p, %t : tensor<?x5xf32>, tensor<2x5xf32> -> tensor<f32>
  return
}

// -----

func.func @f(%p: tensor<5xf64>) {
  // expected-error @below {{'gradopt.mean_squared_error' op loss must be 'tensor<f64>' (a scalar of the operand's element type), got 'tensor<f32>'}}
  %0 = gradopt.mean_squared_error %p, %p : tensor<5xf64>, tensor<5xf64> -> tensor<f32>
  return
}

// -----

func.func @f(%g: tensor<5xf64>) {
  // expected-error @below {{'gradopt.gradient' op of must name what this is the gradient of}}
  %0 = gradopt.gradient %g of "" : tensor<5xf64>
  return
}

// -----

func.func @f(%g: tensor<5xf64>) {
  // expected-error @below {{'gradopt.gradient' op group must not be empty: leave it out}}
  %0 = gradopt.gradient %g of "w" group "" : tensor<5xf64>
  return
}

// -----

func.func @f(%g: tensor<5xf32>) {
  %t = arith.constant dense<-1.0> : tensor<f32>
  // expected-error @below {{'gradopt.clip_by_value' op threshold must be a number that is not negative, got the constant -1.000000e+00}}
  %0 = gradopt.clip_by_value %g to %t : tensor<5xf32>, tensor<f32>
  return
}

// -----

func.func @f(%g: tensor<5xf32>) {
  %t = arith.constant dense<-1.0> : tensor<f32>
  // expected-error @below {{'gradopt.clip_by_norm' op threshold must be a number that is not negative, got the constant -1.000000e+00}}
  %0, %n = gradopt.clip_by_norm l2 %g to %t : tensor<5xf32>, tensor<f32> -> tensor<f32>
  return
}

// -----

func.func @f(%g: tensor<5xf32>) {
  %t = arith.constant dense<-1.0> : tensor<f32>
  // expected-error @below {{'gradopt.clip_by_global_norm' op threshold must be a number that is not negative, got the constant -1.000000e+00}}
  %0, %n = gradopt.clip_by_global_norm l2 %g to %t : tensor<5xf32> to tensor<f32>
  return
}

// -----

func.func @f(%g: tensor<5xf32>) {
  %t = arith.constant dense<0x7FC00000> : tensor<f32>
  // expected-error @below {{'gradopt.clip_by_value' op threshold must be a number that is not negative, got the constant nan}}
  %0 = gradopt.clip_by_value %g to %t : tensor<5xf32>, tensor<f32>
  return
}

// -----

func.func @f(%g: tensor<5xf32>) {
  %t = arith.constant dense<0x7FC00000> : tensor<f32>
  // expected-error @below {{'gradopt.clip_by_norm' op threshold must be a number that is not negative, got the constant nan}}
  %0, %n = gradopt.clip_by_norm l2 %g to %t : tensor<5xf32>, tensor<f32> -> tensor<f32>
  return
}

// -----

func.func @f(%g: tensor<5xf32>) {
  %t = arith.constant dense<0x7FC00000> : tensor<f32>
  // expected-error @below {{'gradopt.clip_by_global_norm' op threshold must be a number that is not negative, got the constant nan}}
  %0, %n = gradopt.clip_by_global_norm l2 %g to %t : tensor<5xf32> to tensor<f32>
  return
}

// -----

func.func @f(%t: tensor<f32>) {
  // expected-error @below {{'gradopt.clip_by_global_norm' op needs at least one tensor}}
  %n = "gradopt.clip_by_global_norm"(%t) <{p = #gradopt<norm_kind l2>}> : (tensor<f32>) -> tensor<f32>
  return
}

// -----

func.func @f(%g: tensor<5xf32>, %h: tensor<5xf64>, %t: tensor<f32>) {
  // expected-error @below {{'gradopt.clip_by_global_norm' op tensors must have one element type, but #0 has 'f32' and #1 has 'f64'}}
  %0:2, %n = gradopt.clip_by_global_norm l2 %g, %h to %t : tensor<5xf32>, tensor<5xf64> to tensor<f32>
  return
}

// -----

func.func @f(%g: tensor<5xf32>, %h: tensor<5xf64>) {
  // expected-error @below {{'gradopt.norm' op tensors must have one element type, but #0 has 'f32' and #2 has 'f64'}}
  %0 = gradopt.norm l2 %g, %g, %h : tensor<5xf32>, tensor<5xf32>, tensor<5xf64> -> tensor<f32>
  return
}

// -----

func.func @f() {
  // expected-error @below {{'gradopt.norm' op needs at least one tensor}}
  %0 = "gradopt.norm"() <{p = #gradopt<norm_kind l2>}> : () -> tensor<f32>
  return
}

// -----

func.func @f() {
  // expected-error @below {{'gradopt.count_nonfinite' op needs at least one tensor}}
  %0 = "gradopt.count_nonfinite"() : () -> tensor<i64>
  return
}

// -----

func.func @f() {
  // expected-error @below {{'gradopt.check_finite' op needs at least one tensor}}
  %0 = "gradopt.check_finite"() : () -> i1
  return
}

// -----

func.func @f(%v: tensor<f32>) {
  // expected-error @below {{'gradopt.record' op needs a name by which the runtime finds the value}}
  gradopt.record "", %v : tensor<f32>
  return
}

// -----

func.func @f(%v: tensor<2x3xf32>) {
  // expected-error @below {{'gradopt.record' op value must have at most one dimension, got 'tensor<2x3xf32>'}}
  gradopt.record "a/b/c", %v : tensor<2x3xf32>
  return
}

// -----

func.func @f(%n: index, %h: tensor<f32>) -> tensor<f32> {
  %0 = gradopt.scan (%s) to %n carries(%c = %h : tensor<f32>) {
    // expected-error @below {{'gradopt.record' op must stand in a function's body: make what is watched for every time step an output of its scan, and record that}}
    gradopt.record "a/b/c", %c : tensor<f32>
    gradopt.yield %c : tensor<f32>
  }
  return %0 : tensor<f32>
}

// -----

func.func @f(%p: tensor<5xf32>, %g: tensor<5xf32>, %n: tensor<i64>) {
  %lr = arith.constant dense<-0.1> : tensor<f32>
  // expected-error @below {{'gradopt.sgd' op learning rate must be a finite number that is not negative, got the constant}}
  %0 = gradopt.sgd %p, %g rate %lr : tensor<5xf32>, tensor<f32>
  return
}

// -----

func.func @f(%p: tensor<5xf32>, %g: tensor<5xf32>, %n: tensor<i64>) {
  %lr = arith.constant dense<0x7F800000> : tensor<f32>
  // expected-error @below {{'gradopt.sgd' op learning rate must be a finite number that is not negative, got the constant}}
  %0 = gradopt.sgd %p, %g rate %lr : tensor<5xf32>, tensor<f32>
  return
}

// -----

func.func @f(%p: tensor<5xf32>, %g: tensor<5xf32>, %n: tensor<i64>) {
  %lr = arith.constant dense<-0.1> : tensor<f32>
  // expected-error @below {{'gradopt.adam' op learning rate must be a finite number that is not negative, got the constant}}
  %0:3 = gradopt.adam %p, %g, %p, %p step %n rate %lr {beta1 = 0.9 : f64, beta2 = 0.9 : f64, epsilon = 1.0 : f64} : tensor<5xf32>, tensor<f32>
  return
}

// -----

func.func @f(%p: tensor<5xf32>, %g: tensor<5xf32>, %n: tensor<i64>) {
  %lr = arith.constant dense<0x7F800000> : tensor<f32>
  // expected-error @below {{'gradopt.adam' op learning rate must be a finite number that is not negative, got the constant}}
  %0:3 = gradopt.adam %p, %g, %p, %p step %n rate %lr {beta1 = 0.9 : f64, beta2 = 0.9 : f64, epsilon = 1.0 : f64} : tensor<5xf32>, tensor<f32>
  return
}

// -----

func.func @f(%p: tensor<5xf32>, %n: tensor<i64>, %lr: tensor<f32>) {
  // expected-error @below {{'gradopt.adam' op beta1 must be at least 0 and less than 1, got 1.000000e+00}}
  %0:3 = gradopt.adam %p, %p, %p, %p step %n rate %lr {beta1 = 1.0 : f64, beta2 = 0.9 : f64, epsilon = 1.0 : f64} : tensor<5xf32>, tensor<f32>
  return
}

// -----

func.func @f(%p: tensor<5xf32>, %n: tensor<i64>, %lr: tensor<f32>) {
  // expected-error @below {{'gradopt.adam' op beta2 must be at least 0 and less than 1, got -1.000000e-01}}
  %0:3 = gradopt.adam %p, %p, %p, %p step %n rate %lr {beta1 = 0.9 : f64, beta2 = -0.1 : f64, epsilon = 1.0 : f64} : tensor<5xf32>, tensor<f32>
  return
}

// -----

func.func @f(%p: tensor<5xf32>, %n: tensor<i64>, %lr: tensor<f32>) {
  // expected-error @below {{'gradopt.adam' op epsilon must be a finite number greater than 0, got 0.000000e+00}}
  %0:3 = gradopt.adam %p, %p, %p, %p step %n rate %lr {beta1 = 0.9 : f64, beta2 = 0.9 : f64, epsilon = 0.0 : f64} : tensor<5xf32>, tensor<f32>
  return
}

// -----

func.func @f(%v: tensor<f32>, %b: i1) {
  // expected-note @below {{the first is here}}
  gradopt.record "a/b/c", %v : tensor<f32>
  cf.br ^next
^next:
  gradopt.record "a/b/d", %v : tensor<f32>
  // expected-error @below {{'gradopt.record' op named "a/b/c" stands twice in one function}}
  gradopt.record "a/b/c", %v : tensor<f32>
  return
}

// -----

func.func @reserved_gradient(%g: tensor<2xf32>) -> tensor<2xf32> {
  // expected-error @below {{'gradopt.gradient' op 'global' is the name of all gradients together in the record; give it another one}}
  %0 = gradopt.gradient %g of "w" group "global" : tensor<2xf32>
  return %0 : tensor<2xf32>
}
