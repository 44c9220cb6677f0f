// RUN: gradopt-opt %s -split-input-file -verify-diagnostics

// Constants of optimizers.

func.func @momentum(%p: tensor<5xf32>, %n: tensor<i64>) {
  %lr = arith.constant dense<-0.1> : tensor<f32>
  // expected-error @below {{'gradopt.momentum' op learning rate must be a finite number that is not negative, got the constant}}
  %0:2 = gradopt.momentum %p, %p, %p rate %lr {momentum = 0.9 : f64} : tensor<5xf32>, tensor<f32>
  return
}

// -----

func.func @adamw(%p: tensor<5xf32>, %n: tensor<i64>) {
  %lr = arith.constant dense<-0.1> : tensor<f32>
  // expected-error @below {{'gradopt.adamw' op learning rate must be a finite number that is not negative, got the constant}}
  %0:3 = gradopt.adamw %p, %p, %p, %p step %n rate %lr {beta1 = 0.9 : f64, beta2 = 0.9 : f64, epsilon = 1.0 : f64, weight_decay = 0.1 : f64} : tensor<5xf32>, tensor<f32>
  return
}

// -----

func.func @rmsprop(%p: tensor<5xf32>, %n: tensor<i64>) {
  %lr = arith.constant dense<-0.1> : tensor<f32>
  // expected-error @below {{'gradopt.rmsprop' op learning rate must be a finite number that is not negative, got the constant}}
  %0:2 = gradopt.rmsprop %p, %p, %p rate %lr {alpha = 0.9 : f64, epsilon = 1.0 : f64} : tensor<5xf32>, tensor<f32>
  return
}

// -----

func.func @momentum(%p: tensor<5xf32>, %n: tensor<i64>) {
  %lr = arith.constant dense<0.1> : tensor<f32>
  // expected-error @below {{'gradopt.momentum' op momentum must be at least 0.000000e+00 and less than 1.000000e+00, got 1.000000e+00}}
  %0:2 = gradopt.momentum %p, %p, %p rate %lr {momentum = 1.0 : f64} : tensor<5xf32>, tensor<f32>
  return
}

// -----

func.func @momentum(%p: tensor<5xf32>, %n: tensor<i64>) {
  %lr = arith.constant dense<0.1> : tensor<f32>
  // expected-error @below {{'gradopt.momentum' op momentum must be a finite number (f64), got 0x7FF8000000000000 : f64}}
  %0:2 = gradopt.momentum %p, %p, %p rate %lr {momentum = 0x7FF8000000000000 : f64} : tensor<5xf32>, tensor<f32>
  return
}

// -----

func.func @adamw(%p: tensor<5xf32>, %n: tensor<i64>) {
  %lr = arith.constant dense<0.1> : tensor<f32>
  // expected-error @below {{'gradopt.adamw' op beta1 must be at least 0 and less than 1, got -1.000000e-01}}
  %0:3 = gradopt.adamw %p, %p, %p, %p step %n rate %lr {beta1 = -0.1 : f64, beta2 = 0.9 : f64, epsilon = 1.0 : f64, weight_decay = 0.1 : f64} : tensor<5xf32>, tensor<f32>
  return
}

// -----

func.func @adamw(%p: tensor<5xf32>, %n: tensor<i64>) {
  %lr = arith.constant dense<0.1> : tensor<f32>
  // expected-error @below {{'gradopt.adamw' op epsilon must be a finite number greater than 0, got 0.000000e+00}}
  %0:3 = gradopt.adamw %p, %p, %p, %p step %n rate %lr {beta1 = 0.9 : f64, beta2 = 0.9 : f64, epsilon = 0.0 : f64, weight_decay = 0.1 : f64} : tensor<5xf32>, tensor<f32>
  return
}

// -----

func.func @adamw(%p: tensor<5xf32>, %n: tensor<i64>) {
  %lr = arith.constant dense<0.1> : tensor<f32>
  // expected-error @below {{'gradopt.adamw' op weight_decay must not be negative, got -1.000000e+00}}
  %0:3 = gradopt.adamw %p, %p, %p, %p step %n rate %lr {beta1 = 0.9 : f64, beta2 = 0.9 : f64, epsilon = 1.0 : f64, weight_decay = -1.0 : f64} : tensor<5xf32>, tensor<f32>
  return
}

// -----

func.func @rmsprop(%p: tensor<5xf32>, %n: tensor<i64>) {
  %lr = arith.constant dense<0.1> : tensor<f32>
  // expected-error @below {{'gradopt.rmsprop' op alpha must be at least 0.000000e+00 and less than 1.000000e+00, got 1.500000e+00}}
  %0:2 = gradopt.rmsprop %p, %p, %p rate %lr {alpha = 1.5 : f64, epsilon = 1.0 : f64} : tensor<5xf32>, tensor<f32>
  return
}

// -----

func.func @rmsprop(%p: tensor<5xf32>, %n: tensor<i64>) {
  %lr = arith.constant dense<0.1> : tensor<f32>
  // expected-error @below {{'gradopt.rmsprop' op epsilon must be a finite number greater than 0, got}}
  %0:2 = gradopt.rmsprop %p, %p, %p rate %lr {alpha = 0.9 : f64, epsilon = 0x7FF0000000000000 : f64} : tensor<5xf32>, tensor<f32>
  return
}
