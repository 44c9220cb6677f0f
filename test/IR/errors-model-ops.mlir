// RUN: gradopt-opt %s -split-input-file -verify-diagnostics

func.func @rate(%x: tensor<?xf32>, %key: tensor<2xi64>, %n: tensor<i64>) {
  // expected-error @+1 {{'gradopt.dropout' op rate must be at least 0.000000e+00 and less than 1.000000e+00, got 1.000000e+00}}
  %0 = gradopt.dropout %x rate 1.0 id 0 key(%key, %n) : tensor<?xf32>
  return
}

// -----

func.func @nan(%x: tensor<?xf32>, %key: tensor<2xi64>, %n: tensor<i64>) {
  // expected-error @+1 {{'gradopt.dropout' op rate must be a finite number (f64), got 0x7FF8000000000000 : f64}}
  %0 = gradopt.dropout %x rate 0x7FF8000000000000 id 0 key(%key, %n) : tensor<?xf32>
  return
}

// -----

func.func @negative(%x: tensor<?xf32>, %key: tensor<2xi64>, %n: tensor<i64>) {
  // expected-error @+1 {{'gradopt.zoneout' op rate must be at least 0.000000e+00 and less than 1.000000e+00, got -5.000000e-01}}
  %0 = gradopt.zoneout %x, %x rate -0.5 id 0 key(%key, %n) : tensor<?xf32>
  return
}

// -----

func.func @id(%x: tensor<?xf32>, %key: tensor<2xi64>, %n: tensor<i64>) {
  // expected-error @+1 {{'gradopt.zoneout' op id must not be negative, got -1}}
  %0 = gradopt.zoneout %x, %x rate 0.5 id -1 key(%key, %n) : tensor<?xf32>
  return
}

// -----

func.func @lengths_of_batch(%x: tensor<?x3x5xf32>, %t: tensor<?x3xi32>, %l: tensor<4xi32>) {
  // expected-error @+1 {{'gradopt.cross_entropy' op lengths must be 'tensor<3xi32>' (one for each batch row), got 'tensor<4xi32>'}}
  %0 = gradopt.cross_entropy %x, %t lengths(%l : tensor<4xi32>) : tensor<?x3x5xf32>, tensor<?x3xi32> -> tensor<f32>
  return
}

// -----

func.func @lengths_without_batch(%x: tensor<?x5xf32>, %t: tensor<?xi32>, %l: tensor<?xi32>) {
  // expected-error @+1 {{'gradopt.cross_entropy' op with lengths needs time and batch as the first two dimensions, got positions of shape 'tensor<?xi32>'}}
  %0 = gradopt.cross_entropy %x, %t lengths(%l : tensor<?xi32>) : tensor<?x5xf32>, tensor<?xi32> -> tensor<f32>
  return
}

// -----

func.func @lengths_of_error(%x: tensor<?x?x5xf32>, %l: tensor<?x?xi32>) {
  // expected-error @+1 {{'gradopt.mean_squared_error' op lengths must be 'tensor<?xi32>' (one for each batch row), got 'tensor<?x?xi32>'}}
  %0 = gradopt.mean_squared_error %x, %x lengths(%l : tensor<?x?xi32>) : tensor<?x?x5xf32>, tensor<?x?x5xf32> -> tensor<f32>
  return
}
