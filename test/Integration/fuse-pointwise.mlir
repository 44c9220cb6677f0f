// The same values, and the same bits, with and without the fusion.

// DEFINE: %{passes} =
// DEFINE: %{run} = gradopt-opt %s %{passes} --convert-elementwise-to-linalg \
// DEFINE:     --one-shot-bufferize="bufferize-function-boundaries" \
// DEFINE:     --canonicalize %{lower-to-llvm} \
// DEFINE:     | mlir-runner -e main --entry-point-result=void %{runner-libs}

// RUN: %{run} | FileCheck %s
// REDEFINE: %{passes} = --gradopt-simplify-slices
// RUN: %{run} | FileCheck %s
// REDEFINE: %{passes} = --gradopt-fuse-pointwise
// RUN: %{run} | FileCheck %s
// REDEFINE: %{passes} = --gradopt-simplify-slices --gradopt-fuse-pointwise --canonicalize --cse
// RUN: %{run} | FileCheck %s
// REDEFINE: %{passes} = --convert-elementwise-to-linalg --gradopt-fuse-pointwise --gradopt-simplify-slices --gradopt-fuse-pointwise
// RUN: %{run} | FileCheck %s

func.func private @printMemrefI64(tensor<*xi64>) attributes {llvm.emit_c_interface}

func.func private @print(%x: tensor<?x?xf32>) {
  // The bits, so that NaN is seen, too.
  %i = arith.bitcast %x : tensor<?x?xf32> to tensor<?x?xi32>
  %w = arith.extsi %i : tensor<?x?xi32> to tensor<?x?xi64>
  %u = tensor.cast %w : tensor<?x?xi64> to tensor<*xi64>
  call @printMemrefI64(%u) : (tensor<*xi64>) -> ()
  return
}

// A cell with gates in one tensor, a mask of rows that are at their end, what
// ends it put together again, and a backward step in small.
func.func private @cell(%T: index, %x: tensor<?x?x4xf32>, %h0: tensor<?x2xf32>, %w: tensor<2x4xf32>, %n: tensor<?xi32>)
    -> (tensor<?x2xf32>, tensor<?x?x4xf32>, tensor<?x?x4xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %B = tensor.dim %h0, %c0 : tensor<?x2xf32>
  %r:3 = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<?x2xf32>) inputs(%xt = %x : tensor<?x?x4xf32>)
      outputs(tensor<?x?x4xf32>, tensor<?x?x4xf32>) {
    %z = linalg.matmul ins(%h, %w : tensor<?x2xf32>, tensor<2x4xf32>) outs(%xt : tensor<?x4xf32>) -> tensor<?x4xf32>
    %g = arith.mulf %z, %z : tensor<?x4xf32>
    %i = tensor.extract_slice %g[0, 0] [%B, 2] [1, 1] : tensor<?x4xf32> to tensor<?x2xf32>
    %f = tensor.extract_slice %g[0, 2] [%B, 2] [1, 1] : tensor<?x4xf32> to tensor<?x2xf32>
    %s32 = arith.index_cast %s : index to i32
    %eb = tensor.empty(%B) : tensor<?xi1>
    %on = linalg.generic {indexing_maps = [affine_map<(b) -> (b)>, affine_map<(b) -> (b)>], iterator_types = ["parallel"]}
        ins(%n : tensor<?xi32>) outs(%eb : tensor<?xi1>) {
    ^bb0(%len: i32, %out: i1):
      %0 = arith.cmpi slt, %s32, %len : i32
      linalg.yield %0 : i1
    } -> tensor<?xi1>
    %a = arith.mulf %f, %h : tensor<?x2xf32>
    %b = arith.addf %a, %i : tensor<?x2xf32>
    %h1 = linalg.generic {indexing_maps = [affine_map<(b, j) -> (b)>, affine_map<(b, j) -> (b, j)>, affine_map<(b, j) -> (b, j)>, affine_map<(b, j) -> (b, j)>],
        iterator_types = ["parallel", "parallel"]} ins(%on, %b, %h : tensor<?xi1>, tensor<?x2xf32>, tensor<?x2xf32>) outs(%h : tensor<?x2xf32>) {
    ^bb0(%c: i1, %new: f32, %old: f32, %out: f32):
      %0 = arith.select %c, %new, %old : f32
      linalg.yield %0 : f32
    } -> tensor<?x2xf32>
    // Derivatives of the two slices.
    %e = tensor.empty(%B) : tensor<?x4xf32>
    %zeros = linalg.fill ins(%zero : f32) outs(%e : tensor<?x4xf32>) -> tensor<?x4xf32>
    %di = arith.subf %h, %i : tensor<?x2xf32>
    %df = arith.mulf %di, %h1 : tensor<?x2xf32>
    %pi = tensor.insert_slice %di into %zeros[0, 0] [%B, 2] [1, 1] : tensor<?x2xf32> into tensor<?x4xf32>
    %pf = tensor.insert_slice %df into %zeros[0, 2] [%B, 2] [1, 1] : tensor<?x2xf32> into tensor<?x4xf32>
    %dg = arith.addf %pi, %pf : tensor<?x4xf32>
    %dz = arith.mulf %dg, %z : tensor<?x4xf32>
    gradopt.yield %h1, %g, %dz : tensor<?x2xf32>, tensor<?x4xf32>, tensor<?x4xf32>
  }
  return %r#0, %r#1, %r#2 : tensor<?x2xf32>, tensor<?x?x4xf32>, tensor<?x?x4xf32>
}

func.func private @run(%x: tensor<?x?x4xf32>, %h0: tensor<?x2xf32>, %n: tensor<?xi32>) {
  %c0 = arith.constant 0 : index
  %w = arith.constant dense<[[1.0, 2.0, 0.5, 1.0], [0.0, 1.0, 1.0, 2.0]]> : tensor<2x4xf32>
  %T = tensor.dim %x, %c0 : tensor<?x?x4xf32>
  %r:3 = call @cell(%T, %x, %h0, %w, %n) : (index, tensor<?x?x4xf32>, tensor<?x2xf32>, tensor<2x4xf32>, tensor<?xi32>)
      -> (tensor<?x2xf32>, tensor<?x?x4xf32>, tensor<?x?x4xf32>)
  %h = tensor.cast %r#0 : tensor<?x2xf32> to tensor<?x?xf32>
  call @print(%h) : (tensor<?x?xf32>) -> ()
  %g = tensor.collapse_shape %r#1 [[0, 1], [2]] : tensor<?x?x4xf32> into tensor<?x4xf32>
  %gd = tensor.cast %g : tensor<?x4xf32> to tensor<?x?xf32>
  call @print(%gd) : (tensor<?x?xf32>) -> ()
  %d = tensor.collapse_shape %r#2 [[0, 1], [2]] : tensor<?x?x4xf32> into tensor<?x4xf32>
  %dd = tensor.cast %d : tensor<?x4xf32> to tensor<?x?xf32>
  call @print(%dd) : (tensor<?x?xf32>) -> ()
  return
}

func.func @main() {
  // The second row ends after one step: [1, 54]. What follows is NaN, and does
  // not reach its state.
  // CHECK:      sizes = [2, 2]
  // CHECK-NEXT: {{\[\[}}1184630074,   1212660112],
  // CHECK-NEXT: [1065353216,   1113063424]]
  // CHECK:      sizes = [4, 4]
  // CHECK-NEXT: {{\[\[}}1065353216,   1098907648,   1094975488,   1098907648],
  // CHECK-NEXT: [1065353216,   1082130432,   1082130432,   1103626240],
  // CHECK-NEXT: [1128992768,   1163740160,   1153072256,   1170490496],
  // CHECK-NEXT: [2143289344,   2143289344,   2143289344,   2143289344]]
  // CHECK:      sizes = [4, 4]
  // CHECK-NEXT: {{\[\[}}0,   -1032847360,   0,   -990904320],
  // CHECK-NEXT: [-1082130432,   -1065353216,   -1073741824,   -1006174208],
  // CHECK-NEXT: [-987165376,   -934553288,   -854875705,   -783035445],
  // CHECK-NEXT: [2143289344,   2143289344,   2143289344,   2143289344]]
  %x = arith.constant dense<[[[0.0, 1.0, 2.0, 1.0], [1.0, 0.0, 0.0, 1.0]],
                             [[1.0, 1.0, 0.0, 2.0], [0x7FC00000, 0x7FC00000, 0x7FC00000, 0x7FC00000]]]> : tensor<2x2x4xf32>
  %h = arith.constant dense<[[1.0, 1.0], [0.0, 2.0]]> : tensor<2x2xf32>
  %n = arith.constant dense<[2, 1]> : tensor<2xi32>
  %xd = tensor.cast %x : tensor<2x2x4xf32> to tensor<?x?x4xf32>
  %hd = tensor.cast %h : tensor<2x2xf32> to tensor<?x2xf32>
  %nd = tensor.cast %n : tensor<2xi32> to tensor<?xi32>
  call @run(%xd, %hd, %nd) : (tensor<?x?x4xf32>, tensor<?x2xf32>, tensor<?xi32>) -> ()

  // One step.
  // CHECK:      sizes = [2, 2]
  // CHECK-NEXT: {{\[\[}}1096024064,   1107296256],
  // CHECK-NEXT: [1065353216,   1113063424]]
  // CHECK:      sizes = [2, 4]
  // CHECK-NEXT: {{\[\[}}1065353216,   1098907648,   1094975488,   1098907648],
  // CHECK-NEXT: [1065353216,   1082130432,   1082130432,   1103626240]]
  // CHECK:      sizes = [2, 4]
  // CHECK-NEXT: {{\[\[}}0,   -1032847360,   0,   -990904320],
  // CHECK-NEXT: [-1082130432,   -1065353216,   -1073741824,   -1006174208]]
  %x1 = tensor.extract_slice %x[0, 0, 0] [1, 2, 4] [1, 1, 1] : tensor<2x2x4xf32> to tensor<1x2x4xf32>
  %x1d = tensor.cast %x1 : tensor<1x2x4xf32> to tensor<?x?x4xf32>
  call @run(%x1d, %hd, %nd) : (tensor<?x?x4xf32>, tensor<?x2xf32>, tensor<?xi32>) -> ()

  // No step, and no row.
  // CHECK:      sizes = [2, 2]
  // CHECK-NEXT: {{\[\[}}1065353216,   1065353216],
  // CHECK-NEXT: [0,   1073741824]]
  // CHECK:      sizes = [0, 4]
  // CHECK:      sizes = [0, 4]
  // CHECK:      sizes = [0, 2]
  // CHECK:      sizes = [0, 4]
  // CHECK:      sizes = [0, 4]
  %x0 = tensor.empty() : tensor<0x2x4xf32>
  %x0d = tensor.cast %x0 : tensor<0x2x4xf32> to tensor<?x?x4xf32>
  call @run(%x0d, %hd, %nd) : (tensor<?x?x4xf32>, tensor<?x2xf32>, tensor<?xi32>) -> ()
  %y0 = tensor.empty() : tensor<2x0x4xf32>
  %y0d = tensor.cast %y0 : tensor<2x0x4xf32> to tensor<?x?x4xf32>
  %h0 = tensor.empty() : tensor<0x2xf32>
  %h0d = tensor.cast %h0 : tensor<0x2xf32> to tensor<?x2xf32>
  %n0 = tensor.empty() : tensor<0xi32>
  %n0d = tensor.cast %n0 : tensor<0xi32> to tensor<?xi32>
  call @run(%y0d, %h0d, %n0d) : (tensor<?x?x4xf32>, tensor<?x2xf32>, tensor<?xi32>) -> ()
  return
}
