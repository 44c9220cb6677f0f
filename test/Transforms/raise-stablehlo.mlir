// lax.scan and the scan of its backward pass, in the form in which StableHLO 1.8
// (from JAX 0.4) becomes linalg: a counter in a tensor<i32>, whose arithmetic is
// linalg.generic on tensors of rank 0, negative indices turned around, starts of
// slices clamped.
//
// RUN: gradopt-opt %s --gradopt-raise-loops --canonicalize --cse | FileCheck %s --implicit-check-not=scf.
// RUN: gradopt-opt %s --gradopt-fuse-recurrent-backward | FileCheck %s --check-prefix=FUSED --implicit-check-not="scf.{{for|while}}" --implicit-check-not="linalg.{{matmul|contract}}"
// RUN: gradopt-opt %s --gradopt-fuse-recurrent-backward --gradopt-count-work -o /dev/null | FileCheck %s --check-prefix=WORK

// CHECK-LABEL: func.func @forward
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<9x2x3xf32>, %[[H0:[a-z0-9]+]]: tensor<2x3xf32>, %[[W:[a-z0-9]+]]: tensor<3x3xf32>
// CHECK: %[[T:.*]] = arith.constant 9 : index
// CHECK: %[[R:.*]]:2 = gradopt.scan (%{{.*}}) to %[[T]]
// CHECK-SAME: carries(%[[H:[a-z0-9]+]] = %[[H0]] : tensor<2x3xf32>)
// CHECK-SAME: inputs(%[[X_T:[a-z0-9]+]] = %[[X]] : tensor<9x2x3xf32>)
// CHECK-SAME: outputs(tensor<9x2x3xf32>)
// CHECK-NOT: arith.
// CHECK-NOT: tensor.
// CHECK: linalg.matmul ins(%[[H]], %[[W]]
// CHECK: gradopt.yield %[[N:.*]], %[[N]]
// CHECK: return %[[R]]#0, %[[R]]#1

// FUSED-LABEL: func.func @forward
// FUSED: gradopt.scan
// FUSED: linalg.matmul {{.*}} -> tensor<2x3xf32>
// FUSED-COUNT-1: linalg.generic
// FUSED-NOT: linalg.generic
// FUSED: gradopt.yield
// The gradient of the weights is one contraction behind the scan.
// FUSED-LABEL: func.func @backward
// FUSED: gradopt.scan
// FUSED-COUNT-1: linalg.generic
// FUSED-NOT: linalg.generic
// FUSED: linalg.matmul {{.*}} -> tensor<2x3xf32>
// FUSED: gradopt.yield
// FUSED: linalg.contract {{.*}} -> tensor<3x3xf32>
// FUSED: return

// How many contractions, the fourth column, stand outside of the loops and in
// them; and all there are.
// WORK-LABEL: @forward
// WORK: loops{{$}}
// WORK: (body) - 1 0
// WORK-NEXT: (scan) forward 9 1
// WORK-NEXT: contractions{{$}}
// WORK: (scan) forward 2 x 3 x (3) 9
// WORK-LABEL: @backward
// WORK: loops{{$}}
// WORK: (body) - 1 1
// WORK-NEXT: (scan) forward 9 1
// WORK-NEXT: contractions{{$}}
// WORK: (scan) forward 2 x 3 x (3) 9
// WORK-NEXT: (body) - (9) x (2) x 3 x 3 1 324 36{{$}}
// WORK-NOT: {{.}}

#map = affine_map<() -> ()>
#map1 = affine_map<(d0, d1) -> (d0, d1)>
module @jit_f {
  func.func @forward(%arg0: tensor<9x2x3xf32>, %arg1: tensor<2x3xf32>, %arg2: tensor<3x3xf32>) -> (tensor<2x3xf32>, tensor<9x2x3xf32>) {
    %cst = arith.constant 0.000000e+00 : f32
    %cst_0 = arith.constant dense<9> : tensor<i32>
    %cst_1 = arith.constant dense<1> : tensor<i32>
    %cst_2 = arith.constant dense<0> : tensor<i32>
    %c0 = arith.constant 0 : index
    %c8 = arith.constant 8 : index
    %0 = tensor.empty() : tensor<9x2x3xf32>
    %1 = linalg.fill ins(%cst : f32) outs(%0 : tensor<9x2x3xf32>) -> tensor<9x2x3xf32>
    %2:5 = scf.while (%arg3 = %arg0, %arg4 = %arg2, %arg5 = %cst_2, %arg6 = %arg1, %arg7 = %1) : (tensor<9x2x3xf32>, tensor<3x3xf32>, tensor<i32>, tensor<2x3xf32>, tensor<9x2x3xf32>) -> (tensor<9x2x3xf32>, tensor<3x3xf32>, tensor<i32>, tensor<2x3xf32>, tensor<9x2x3xf32>) {
      %3 = tensor.empty() : tensor<i1>
      %4 = linalg.generic {indexing_maps = [#map, #map, #map], iterator_types = []} ins(%arg5, %cst_0 : tensor<i32>, tensor<i32>) outs(%3 : tensor<i1>) {
      ^bb0(%in: i32, %in_3: i32, %out: i1):
        %5 = arith.cmpi slt, %in, %in_3 : i32
        linalg.yield %5 : i1
      } -> tensor<i1>
      %extracted = tensor.extract %4[] : tensor<i1>
      scf.condition(%extracted) %arg3, %arg4, %arg5, %arg6, %arg7 : tensor<9x2x3xf32>, tensor<3x3xf32>, tensor<i32>, tensor<2x3xf32>, tensor<9x2x3xf32>
    } do {
    ^bb0(%arg3: tensor<9x2x3xf32>, %arg4: tensor<3x3xf32>, %arg5: tensor<i32>, %arg6: tensor<2x3xf32>, %arg7: tensor<9x2x3xf32>):
      %3 = tensor.empty() : tensor<i1>
      %4 = linalg.generic {indexing_maps = [#map, #map, #map], iterator_types = []} ins(%arg5, %cst_2 : tensor<i32>, tensor<i32>) outs(%3 : tensor<i1>) {
      ^bb0(%in: i32, %in_3: i32, %out: i1):
        %20 = arith.cmpi slt, %in, %in_3 : i32
        linalg.yield %20 : i1
      } -> tensor<i1>
      %5 = tensor.empty() : tensor<i32>
      %6 = linalg.generic {indexing_maps = [#map, #map, #map], iterator_types = []} ins(%arg5, %cst_0 : tensor<i32>, tensor<i32>) outs(%5 : tensor<i32>) {
      ^bb0(%in: i32, %in_3: i32, %out: i32):
        %20 = arith.addi %in, %in_3 : i32
        linalg.yield %20 : i32
      } -> tensor<i32>
      %7 = linalg.generic {indexing_maps = [#map, #map, #map, #map], iterator_types = []} ins(%4, %6, %arg5 : tensor<i1>, tensor<i32>, tensor<i32>) outs(%5 : tensor<i32>) {
      ^bb0(%in: i1, %in_3: i32, %in_4: i32, %out: i32):
        %20 = arith.select %in, %in_3, %in_4 : i32
        linalg.yield %20 : i32
      } -> tensor<i32>
      %extracted = tensor.extract %7[] : tensor<i32>
      %8 = arith.index_cast %extracted : i32 to index
      %9 = arith.maxsi %8, %c0 : index
      %10 = arith.minsi %9, %c8 : index
      %extracted_slice = tensor.extract_slice %arg3[%10, 0, 0] [1, 2, 3] [1, 1, 1] : tensor<9x2x3xf32> to tensor<1x2x3xf32>
      %collapsed = tensor.collapse_shape %extracted_slice [[0, 1], [2]] : tensor<1x2x3xf32> into tensor<2x3xf32>
      %11 = tensor.empty() : tensor<2x3xf32>
      %12 = linalg.fill ins(%cst : f32) outs(%11 : tensor<2x3xf32>) -> tensor<2x3xf32>
      %13 = linalg.matmul ins(%arg6, %arg4 : tensor<2x3xf32>, tensor<3x3xf32>) outs(%12 : tensor<2x3xf32>) -> tensor<2x3xf32>
      %14 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%collapsed, %13 : tensor<2x3xf32>, tensor<2x3xf32>) outs(%11 : tensor<2x3xf32>) {
      ^bb0(%in: f32, %in_3: f32, %out: f32):
        %20 = arith.addf %in, %in_3 : f32
        linalg.yield %20 : f32
      } -> tensor<2x3xf32>
      %15 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%14 : tensor<2x3xf32>) outs(%11 : tensor<2x3xf32>) {
      ^bb0(%in: f32, %out: f32):
        %20 = math.tanh %in : f32
        linalg.yield %20 : f32
      } -> tensor<2x3xf32>
      %expanded = tensor.expand_shape %15 [[0, 1], [2]] output_shape [1, 2, 3] : tensor<2x3xf32> into tensor<1x2x3xf32>
      %inserted_slice = tensor.insert_slice %expanded into %arg7[%10, 0, 0] [1, 2, 3] [1, 1, 1] : tensor<1x2x3xf32> into tensor<9x2x3xf32>
      %16 = linalg.generic {indexing_maps = [#map, #map, #map], iterator_types = []} ins(%arg5, %cst_1 : tensor<i32>, tensor<i32>) outs(%5 : tensor<i32>) {
      ^bb0(%in: i32, %in_3: i32, %out: i32):
        %20 = arith.addi %in, %in_3 : i32
        linalg.yield %20 : i32
      } -> tensor<i32>
      scf.yield %arg3, %arg4, %16, %15, %inserted_slice : tensor<9x2x3xf32>, tensor<3x3xf32>, tensor<i32>, tensor<2x3xf32>, tensor<9x2x3xf32>
    }
    return %2#3, %2#4 : tensor<2x3xf32>, tensor<9x2x3xf32>
  }

  // JAX counts on in the backward pass and takes row 9 - i - 1. It sums up the
  // gradient of the weights in the loop.
  // CHECK-LABEL: func.func @backward
  // CHECK-SAME: %[[DY:[a-z0-9]+]]: tensor<9x2x3xf32>, %[[Y:[a-z0-9]+]]: tensor<9x2x3xf32>
  // CHECK: %[[R:.*]]:2 = gradopt.scan
  // CHECK-SAME: carries(%{{.*}} : tensor<2x3xf32>, %{{.*}} : tensor<3x3xf32>)
  // CHECK-SAME: inputs(%{{[a-z0-9]+}} = reverse %[[DY]] : tensor<9x2x3xf32>, %{{[a-z0-9]+}} = reverse %[[Y]] : tensor<9x2x3xf32>)
  // CHECK-NOT: arith.{{cmpi|select|index_cast}}
  // CHECK: gradopt.yield
  // CHECK: return %[[R]]#1
  func.func @backward(%arg0: tensor<9x2x3xf32>, %arg1: tensor<9x2x3xf32>, %arg2: tensor<3x3xf32>) -> tensor<3x3xf32> {
    %cst = arith.constant 0.000000e+00 : f32
    %cst_0 = arith.constant dense<9> : tensor<i32>
    %cst_1 = arith.constant dense<1> : tensor<i32>
    %cst_2 = arith.constant dense<0> : tensor<i32>
    %c0 = arith.constant 0 : index
    %c8 = arith.constant 8 : index
    %0 = tensor.empty() : tensor<2x3xf32>
    %1 = linalg.fill ins(%cst : f32) outs(%0 : tensor<2x3xf32>) -> tensor<2x3xf32>
    %2 = tensor.empty() : tensor<3x3xf32>
    %3 = linalg.fill ins(%cst : f32) outs(%2 : tensor<3x3xf32>) -> tensor<3x3xf32>
    %4:3 = scf.while (%arg3 = %cst_2, %arg4 = %1, %arg5 = %3) : (tensor<i32>, tensor<2x3xf32>, tensor<3x3xf32>) -> (tensor<i32>, tensor<2x3xf32>, tensor<3x3xf32>) {
      %5 = arith.cmpi slt, %arg3, %cst_0 : tensor<i32>
      %extracted = tensor.extract %5[] : tensor<i1>
      scf.condition(%extracted) %arg3, %arg4, %arg5 : tensor<i32>, tensor<2x3xf32>, tensor<3x3xf32>
    } do {
    ^bb0(%arg3: tensor<i32>, %arg4: tensor<2x3xf32>, %arg5: tensor<3x3xf32>):
      %5 = arith.subi %cst_0, %arg3 : tensor<i32>
      %6 = arith.subi %5, %cst_1 : tensor<i32>
      %7 = arith.cmpi slt, %6, %cst_2 : tensor<i32>
      %8 = arith.addi %6, %cst_0 : tensor<i32>
      %9 = arith.select %7, %8, %6 : tensor<i1>, tensor<i32>
      %extracted = tensor.extract %9[] : tensor<i32>
      %10 = arith.index_cast %extracted : i32 to index
      %11 = arith.maxsi %10, %c0 : index
      %12 = arith.minsi %11, %c8 : index
      %extracted_slice = tensor.extract_slice %arg0[%12, 0, 0] [1, 2, 3] [1, 1, 1] : tensor<9x2x3xf32> to tensor<1x2x3xf32>
      %collapsed = tensor.collapse_shape %extracted_slice [[0, 1], [2]] : tensor<1x2x3xf32> into tensor<2x3xf32>
      %extracted_slice_3 = tensor.extract_slice %arg1[%12, 0, 0] [1, 2, 3] [1, 1, 1] : tensor<9x2x3xf32> to tensor<1x2x3xf32>
      %collapsed_4 = tensor.collapse_shape %extracted_slice_3 [[0, 1], [2]] : tensor<1x2x3xf32> into tensor<2x3xf32>
      %13 = arith.addf %arg4, %collapsed : tensor<2x3xf32>
      %14 = arith.mulf %13, %collapsed_4 : tensor<2x3xf32>
      %20 = linalg.contract indexing_maps = [affine_map<(b, i, j) -> (b, i)>, affine_map<(b, i, j) -> (b, j)>, affine_map<(b, i, j) -> (i, j)>] ins(%collapsed_4, %14 : tensor<2x3xf32>, tensor<2x3xf32>) outs(%3 : tensor<3x3xf32>) -> tensor<3x3xf32>
      %15 = arith.addf %arg5, %20 : tensor<3x3xf32>
      %16 = linalg.matmul ins(%14, %arg2 : tensor<2x3xf32>, tensor<3x3xf32>) outs(%1 : tensor<2x3xf32>) -> tensor<2x3xf32>
      %17 = arith.addi %arg3, %cst_1 : tensor<i32>
      scf.yield %17, %16, %15 : tensor<i32>, tensor<2x3xf32>, tensor<3x3xf32>
    }
    return %4#2 : tensor<3x3xf32>
  }
}
