// Optimizers against the formulas of UpdateOps.td, computed in double precision.
//
// RUN: cat %S/Inputs/expect.mlir %s | sed -e 's/FLOAT/f32/g; s/EPSILON/1.0e-6/g' > %t.f32.mlir
// RUN: gradopt-opt %t.f32.mlir --convert-gradopt-to-linalg --one-shot-bufferize=bufferize-function-boundaries %{lower-to-llvm} | mlir-runner -e main -entry-point-result=void %{runner-libs} | FileCheck %s
// RUN: cat %S/Inputs/expect.mlir %s | sed -e 's/FLOAT/f64/g; s/EPSILON/1.0e-13/g' > %t.f64.mlir
// RUN: gradopt-opt %t.f64.mlir --convert-gradopt-to-linalg --one-shot-bufferize=bufferize-function-boundaries %{lower-to-llvm} | mlir-runner -e main -entry-point-result=void %{runner-libs} | FileCheck %s

func.func private @expect_all(%got: tensor<2xFLOAT>, %want: tensor<2xFLOAT>, %row: index, %f0: index) -> index {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %g0 = tensor.extract %got[%c0] : tensor<2xFLOAT>
  %w0 = tensor.extract %want[%c0] : tensor<2xFLOAT>
  %g1 = tensor.extract %got[%c1] : tensor<2xFLOAT>
  %w1 = tensor.extract %want[%c1] : tensor<2xFLOAT>
  %f1 = call @expect(%g0, %w0, %row, %f0) : (FLOAT, FLOAT, index, index) -> index
  %f2 = call @expect(%g1, %w1, %row, %f1) : (FLOAT, FLOAT, index, index) -> index
  return %f2 : index
}

func.func private @adam(%p: tensor<2xFLOAT>, %g: tensor<2xFLOAT>, %m: tensor<2xFLOAT>, %v: tensor<2xFLOAT>,
                        %n: tensor<i64>, %lr: tensor<FLOAT>) -> (tensor<2xFLOAT>, tensor<2xFLOAT>, tensor<2xFLOAT>) {
  %r:3 = gradopt.adam %p, %g, %m, %v step %n rate %lr
      {beta1 = 0.9 : f64, beta2 = 0.999 : f64, epsilon = 1.0e-8 : f64}
      : tensor<2xFLOAT>, tensor<FLOAT>
  return %r#0, %r#1, %r#2 : tensor<2xFLOAT>, tensor<2xFLOAT>, tensor<2xFLOAT>
}

func.func private @sgd(%p: tensor<2xFLOAT>, %g: tensor<2xFLOAT>, %lr: tensor<FLOAT>) -> tensor<2xFLOAT> {
  %r = gradopt.sgd %p, %g rate %lr : tensor<2xFLOAT>, tensor<FLOAT>
  return %r : tensor<2xFLOAT>
}

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %p = arith.constant dense<[0.5, -1.0]> : tensor<2xFLOAT>
  %g = arith.constant dense<[2.0, -1.0e-3]> : tensor<2xFLOAT>
  %lr = arith.constant dense<0.125> : tensor<FLOAT>

  %sgd = call @sgd(%p, %g, %lr) : (tensor<2xFLOAT>, tensor<2xFLOAT>, tensor<FLOAT>) -> tensor<2xFLOAT>
  %sgd_want = arith.constant dense<[0.25, -0.999875]> : tensor<2xFLOAT>
  %f0 = call @expect_all(%sgd, %sgd_want, %c0, %c0) : (tensor<2xFLOAT>, tensor<2xFLOAT>, index, index) -> index

  // The first update.
  %n1 = arith.constant dense<1> : tensor<i64>
  %zero = arith.constant dense<0.0> : tensor<2xFLOAT>
  %a:3 = call @adam(%p, %g, %zero, %zero, %n1, %lr) : (tensor<2xFLOAT>, tensor<2xFLOAT>, tensor<2xFLOAT>, tensor<2xFLOAT>, tensor<i64>, tensor<FLOAT>) -> (tensor<2xFLOAT>, tensor<2xFLOAT>, tensor<2xFLOAT>)
  %a_p = arith.constant dense<[0.375000000625, -0.8750012499875002]> : tensor<2xFLOAT>
  %a_m = arith.constant dense<[0.19999999999999996, -9.999999999999998e-05]> : tensor<2xFLOAT>
  %a_v = arith.constant dense<[0.0040000000000000036, 1.000000000000001e-09]> : tensor<2xFLOAT>
  %f1 = call @expect_all(%a#0, %a_p, %c1, %f0) : (tensor<2xFLOAT>, tensor<2xFLOAT>, index, index) -> index
  %f2 = call @expect_all(%a#1, %a_m, %c1, %f1) : (tensor<2xFLOAT>, tensor<2xFLOAT>, index, index) -> index
  %f3 = call @expect_all(%a#2, %a_v, %c1, %f2) : (tensor<2xFLOAT>, tensor<2xFLOAT>, index, index) -> index

  // The thousandth, from other moments.
  %n2 = arith.constant dense<1000> : tensor<i64>
  %m = arith.constant dense<[-0.25, 1.5]> : tensor<2xFLOAT>
  %v = arith.constant dense<[0.5, 2.0]> : tensor<2xFLOAT>
  %b:3 = call @adam(%p, %g, %m, %v, %n2, %lr) : (tensor<2xFLOAT>, tensor<2xFLOAT>, tensor<2xFLOAT>, tensor<2xFLOAT>, tensor<i64>, tensor<FLOAT>) -> (tensor<2xFLOAT>, tensor<2xFLOAT>, tensor<2xFLOAT>)
  %b_p = arith.constant dense<[0.503501978226327, -1.0949242179903846]> : tensor<2xFLOAT>
  %b_m = arith.constant dense<[-0.02500000000000005, 1.3499]> : tensor<2xFLOAT>
  %b_v = arith.constant dense<[0.5035000000000001, 1.998000001]> : tensor<2xFLOAT>
  %f4 = call @expect_all(%b#0, %b_p, %c2, %f3) : (tensor<2xFLOAT>, tensor<2xFLOAT>, index, index) -> index
  %f5 = call @expect_all(%b#1, %b_m, %c2, %f4) : (tensor<2xFLOAT>, tensor<2xFLOAT>, index, index) -> index
  %f6 = call @expect_all(%b#2, %b_v, %c2, %f5) : (tensor<2xFLOAT>, tensor<2xFLOAT>, index, index) -> index

  // CHECK: {{^}}0{{$}}
  vector.print %f6 : index
  return
}
