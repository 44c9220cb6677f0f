// RUN: gradopt-opt %s --split-input-file --gradopt-differentiate=model=loss --canonicalize --cse | FileCheck %s

// The tanh inside of a sigmoid follows from its result: neither the operand is read again nor a tanh computed.

// CHECK-LABEL: func.func @loss_step(
// CHECK:      %[[Y:.+]] = linalg.generic
// CHECK:        math.tanh
// CHECK:      %[[DY:.+]] = linalg.generic {{.*}}ins(%cst{{.*}} : tensor<f32>)
// CHECK:      linalg.generic {{.*}}ins(%[[DY]], %[[Y]] : tensor<4xf32>, tensor<4xf32>)
// CHECK-NEXT: ^bb0(%{{.+}}: f32, %[[R:.+]]: f32, %{{.+}}: f32):
// CHECK-NOT:    math.tanh
// CHECK:        %[[D:.+]] = arith.subf %[[R]], %cst{{.*}} : f32
// CHECK:        arith.mulf %[[D]], %cst{{.*}} : f32
// CHECK:      return
func.func @loss(%w: tensor<4xf32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
  %e = tensor.empty() : tensor<4xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%w : tensor<4xf32>) outs(%e : tensor<4xf32>) {
  ^bb0(%x: f32, %o: f32):
    %half = arith.constant 0.5 : f32
    %a = arith.mulf %x, %half : f32
    %t = math.tanh %a : f32
    %b = arith.mulf %half, %t : f32
    %s = arith.addf %half, %b : f32
    linalg.yield %s : f32
  } -> tensor<4xf32>
  %z = arith.constant dense<0.0> : tensor<f32>
  %l = linalg.reduce { arith.addf } ins(%y : tensor<4xf32>) outs(%z : tensor<f32>) dimensions = [0]
  return %l : tensor<f32>
}

// -----

// 1/3 is not exact, so that tanh is computed again.

// CHECK-LABEL: func.func @loss_step(
// CHECK:      linalg.generic
// CHECK:        math.tanh
// CHECK:      linalg.reduce
// CHECK:        math.tanh
// CHECK:      return
func.func @loss(%w: tensor<4xf32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
  %e = tensor.empty() : tensor<4xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%w : tensor<4xf32>) outs(%e : tensor<4xf32>) {
  ^bb0(%x: f32, %o: f32):
    %three = arith.constant 3.0 : f32
    %t = math.tanh %x : f32
    %s = arith.mulf %three, %t : f32
    linalg.yield %s : f32
  } -> tensor<4xf32>
  %z = arith.constant dense<0.0> : tensor<f32>
  %l = linalg.reduce { arith.addf } ins(%y : tensor<4xf32>) outs(%z : tensor<f32>) dimensions = [0]
  return %l : tensor<f32>
}
