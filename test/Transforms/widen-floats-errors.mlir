// RUN: gradopt-opt %s --gradopt-widen-floats -split-input-file -verify-diagnostics

func.func @bits(%x: f32) -> i32 {
  // expected-error @+1 {{'arith.bitcast' op reads or makes the bits of an f32, which do not mean the same as those of an f64; widen before such casts are made}}
  %0 = arith.bitcast %x : f32 to i32
  return %0 : i32
}

// -----

func.func @complex() -> tensor<1xcomplex<f32>> {
  // expected-error @+1 {{'arith.constant' op has a constant that cannot be widened to f64, because its values are not here or not real numbers; write it as 'dense<...>' of f32: its type is 'tensor<1xcomplex<f32>>'}}
  %0 = arith.constant dense<[(1.0, 2.0)]> : tensor<1xcomplex<f32>>
  return %0 : tensor<1xcomplex<f32>>
}
