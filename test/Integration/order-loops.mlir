// The three contractions of a layer give the same with loops in either order:
// odd sizes, dynamic batch, no rows.
//
// RUN: gradopt-opt %s --convert-elementwise-to-linalg --one-shot-bufferize=bufferize-function-boundaries %{lower-to-llvm} | mlir-runner -e main -entry-point-result=void %{runner-libs} | FileCheck %s
// RUN: gradopt-opt %s --convert-elementwise-to-linalg --gradopt-order-loops --one-shot-bufferize=bufferize-function-boundaries %{lower-to-llvm} | mlir-runner -e main -entry-point-result=void %{runner-libs} | FileCheck %s

func.func private @printMemrefF32(tensor<*xf32>)

func.func private @forward(%x: tensor<?x2xf32>, %w: tensor<2x3xf32>, %b: tensor<?x3xf32>, %n: index) -> tensor<?x3xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty(%n) : tensor<?x3xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<?x3xf32>) -> tensor<?x3xf32>
  %g = linalg.matmul ins(%x, %w : tensor<?x2xf32>, tensor<2x3xf32>) outs(%z : tensor<?x3xf32>) -> tensor<?x3xf32>
  %r = arith.addf %g, %b : tensor<?x3xf32>
  return %r : tensor<?x3xf32>
}

func.func private @input_gradient(%g: tensor<?x3xf32>, %w: tensor<2x3xf32>, %n: index) -> tensor<?x2xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty(%n) : tensor<?x2xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<?x2xf32>) -> tensor<?x2xf32>
  %d = linalg.generic {indexing_maps = [affine_map<(b, k, n) -> (b, n)>, affine_map<(b, k, n) -> (k, n)>, affine_map<(b, k, n) -> (b, k)>],
                       iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%g, %w : tensor<?x3xf32>, tensor<2x3xf32>) outs(%z : tensor<?x2xf32>) {
  ^bb0(%x: f32, %y: f32, %o: f32):
    %p = arith.mulf %x, %y : f32
    %q = arith.addf %o, %p : f32
    linalg.yield %q : f32
  } -> tensor<?x2xf32>
  return %d : tensor<?x2xf32>
}

func.func private @weight_gradient(%x: tensor<?x2xf32>, %g: tensor<?x3xf32>) -> tensor<2x3xf32> {
  %z = arith.constant dense<0.0> : tensor<2x3xf32>
  %d = linalg.generic {indexing_maps = [affine_map<(b, k, n) -> (b, k)>, affine_map<(b, k, n) -> (b, n)>, affine_map<(b, k, n) -> (k, n)>],
                       iterator_types = ["reduction", "parallel", "parallel"]}
      ins(%x, %g : tensor<?x2xf32>, tensor<?x3xf32>) outs(%z : tensor<2x3xf32>) {
  ^bb0(%a: f32, %y: f32, %o: f32):
    %p = arith.mulf %a, %y : f32
    %q = arith.addf %o, %p : f32
    linalg.yield %q : f32
  } -> tensor<2x3xf32>
  return %d : tensor<2x3xf32>
}

func.func private @layer(%x: tensor<?x2xf32>, %b: tensor<?x3xf32>) {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x2xf32>
  %w = arith.constant dense<[[1.0, 2.0, 3.0], [-4.0, 5.0, 6.0]]> : tensor<2x3xf32>
  %y = call @forward(%x, %w, %b, %n) : (tensor<?x2xf32>, tensor<2x3xf32>, tensor<?x3xf32>, index) -> tensor<?x3xf32>
  %dx = call @input_gradient(%y, %w, %n) : (tensor<?x3xf32>, tensor<2x3xf32>, index) -> tensor<?x2xf32>
  %dw = call @weight_gradient(%x, %y) : (tensor<?x2xf32>, tensor<?x3xf32>) -> tensor<2x3xf32>
  %v0 = tensor.cast %y : tensor<?x3xf32> to tensor<*xf32>
  %v1 = tensor.cast %dx : tensor<?x2xf32> to tensor<*xf32>
  %v2 = tensor.cast %dw : tensor<2x3xf32> to tensor<*xf32>
  call @printMemrefF32(%v0) : (tensor<*xf32>) -> ()
  call @printMemrefF32(%v1) : (tensor<*xf32>) -> ()
  call @printMemrefF32(%v2) : (tensor<*xf32>) -> ()
  return
}

func.func @main() {
  %c0 = arith.constant 0 : index
  %x = arith.constant dense<[[1.0, 2.0], [3.0, -1.0], [0.0, 1.0]]> : tensor<3x2xf32>
  %b = arith.constant dense<[[1.0, 1.0, 1.0], [2.0, 2.0, 2.0], [0.0, 0.0, 0.0]]> : tensor<3x3xf32>
  %x3 = tensor.cast %x : tensor<3x2xf32> to tensor<?x2xf32>
  %b3 = tensor.cast %b : tensor<3x3xf32> to tensor<?x3xf32>
  // CHECK: {{\[\[}}-6, 13, 16]
  // CHECK-NEXT: {{\[}}9, 3, 5]
  // CHECK-NEXT: {{\[}}-4, 5, 6]
  // CHECK: {{\[\[}}68, 185]
  // CHECK-NEXT: {{\[}}30, 9]
  // CHECK-NEXT: {{\[}}24, 77]
  // CHECK: {{\[\[}}21, 22, 31]
  // CHECK-NEXT: {{\[}}-25, 28, 33]
  call @layer(%x3, %b3) : (tensor<?x2xf32>, tensor<?x3xf32>) -> ()
  %x0 = tensor.empty(%c0) : tensor<?x2xf32>
  %b0 = tensor.empty(%c0) : tensor<?x3xf32>
  // CHECK: sizes = [0, 3]
  // CHECK: sizes = [0, 2]
  // CHECK: sizes = [2, 3]
  // CHECK: {{\[}}0, 0, 0]
  // CHECK-NEXT: {{\[}}0, 0, 0]
  call @layer(%x0, %b0) : (tensor<?x2xf32>, tensor<?x3xf32>) -> ()
  return
}
