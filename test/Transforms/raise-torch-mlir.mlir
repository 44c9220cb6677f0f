// An LSTM in the form in which torch-mlir (20250422, with llvm/torch-mlir#4150)
// prints onnx.LSTM with dynamic time after its pipeline to linalg on tensors:
// sizes as i64, indices through index -> i64 -> index, negative indices turned
// around and clamped, weights sliced and transposed in the loop.
//
// RUN: gradopt-opt %s --gradopt-raise-loops --canonicalize --cse | FileCheck %s --implicit-check-not=scf.
// RUN: gradopt-opt %s --gradopt-fuse-recurrent-backward | FileCheck %s --check-prefix=FUSED --implicit-check-not="scf.{{for|while}}" --implicit-check-not="linalg.{{matmul|contract}}"
// RUN: gradopt-opt %s --gradopt-fuse-recurrent-backward --gradopt-count-work -o /dev/null | FileCheck %s --check-prefix=WORK
// RUN: gradopt-opt %s --gradopt-raise-loops --remark-format=emitRemark --remarks-filter="gradopt-raise-loops" 2>&1 | FileCheck %s --check-prefix=REMARK

// REMARK: remark: [Passed] raised | Category:gradopt-raise-loops | Function=lstm | Reason="'scf.for' became a scan; carries: 2, inputs: 1, outputs: 1, histories: 0"

// CHECK-LABEL: func.func @lstm
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<?x?x5xf32>
// The transposes are outside.
// CHECK-COUNT-8: linalg.transpose
// CHECK-NOT: linalg.transpose
// CHECK: %[[T:.*]] = tensor.dim %[[X]], %{{.*}}
// CHECK: %[[R:.*]]:3 = gradopt.scan (%{{.*}}) to %[[T]]
// CHECK-SAME: carries(%[[H:[a-z0-9]+]] = %{{[a-z0-9_]+}} : tensor<2x3xf32>, %[[C:[a-z0-9]+]] = %{{[a-z0-9_]+}} : tensor<2x3xf32>)
// CHECK-SAME: inputs(%[[X_T:[a-z0-9]+]] = %[[X]] : tensor<?x?x5xf32>)
// CHECK-SAME: outputs(tensor<?x?x3xf32>)
// CHECK-NOT: arith.select
// CHECK-NOT: tensor.extract_slice
// CHECK-COUNT-8: linalg.matmul
// CHECK-NOT: linalg.matmul
// CHECK: %[[HD:.*]] = tensor.cast %[[HN:.*]] : tensor<2x3xf32> to tensor<?x3xf32>
// CHECK: gradopt.yield %[[HN]], %{{.*}}, %[[HD]] : tensor<2x3xf32>, tensor<2x3xf32>, tensor<?x3xf32>
// CHECK: return %[[R]]#2

// One matmul for each gate becomes one for all: of the whole input in front of
// the scan, of the state in it.
// FUSED: linalg.contract {{.*}} -> tensor<?x2x12xf32>
// FUSED: gradopt.scan
// FUSED: linalg.contract {{.*}} -> tensor<2x12xf32>
// FUSED-COUNT-1: linalg.generic
// FUSED-NOT: linalg.generic
// FUSED: gradopt.yield

// How many contractions, the fourth column, stand outside of the loops and in
// them; and all there are.
// WORK-LABEL: @lstm
// WORK: loops{{$}}
// WORK: (body) - 1 1
// WORK-NEXT: (scan) forward n0 1
// WORK-NEXT: contractions{{$}}
// WORK: (body) - n0 x 2 x 12 x (5) 1
// WORK-NEXT: (scan) forward 2 x 12 x (3) n0 144*n0 96*n0{{$}}
// WORK-NOT: {{.}}

#map = affine_map<(d0, d1) -> (d0, d1)>
#map1 = affine_map<(d0, d1) -> (d1)>
module {
  func.func @lstm(%arg0: tensor<?x?x5xf32>, %arg1: tensor<1x12x5xf32>, %arg2: tensor<1x12x3xf32>, %arg3: tensor<1x24xf32>, %arg4: tensor<1x2x3xf32>, %arg5: tensor<1x2x3xf32>) -> (tensor<?x?x3xf32>, tensor<1x2x3xf32>, tensor<1x2x3xf32>) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c0_i64 = arith.constant 0 : i64
    %cst = arith.constant 0.000000e+00 : f32
    %cst_0 = arith.constant 1.000000e+00 : f32
    %dim = tensor.dim %arg0, %c0 : tensor<?x?x5xf32>
    %0 = arith.index_cast %dim : index to i64
    %dim_1 = tensor.dim %arg0, %c1 : tensor<?x?x5xf32>
    %1 = arith.index_cast %dim_1 : index to i64
    %extracted_slice = tensor.extract_slice %arg1[0, 0, 0] [1, 12, 5] [1, 1, 1] : tensor<1x12x5xf32> to tensor<12x5xf32>
    %extracted_slice_2 = tensor.extract_slice %arg2[0, 0, 0] [1, 12, 3] [1, 1, 1] : tensor<1x12x3xf32> to tensor<12x3xf32>
    %collapsed = tensor.collapse_shape %arg3 [[0, 1]] : tensor<1x24xf32> into tensor<24xf32>
    %collapsed_3 = tensor.collapse_shape %arg4 [[0, 1], [2]] : tensor<1x2x3xf32> into tensor<2x3xf32>
    %collapsed_4 = tensor.collapse_shape %arg5 [[0, 1], [2]] : tensor<1x2x3xf32> into tensor<2x3xf32>
    %2 = arith.index_cast %0 : i64 to index
    %3 = arith.index_cast %1 : i64 to index
    %4 = tensor.empty(%2, %3) : tensor<?x?x3xf32>
    %5 = linalg.fill ins(%cst : f32) outs(%4 : tensor<?x?x3xf32>) -> tensor<?x?x3xf32>
    %6:3 = scf.for %arg6 = %c0 to %2 step %c1 iter_args(%arg7 = %5, %arg8 = %collapsed_3, %arg9 = %collapsed_4) -> (tensor<?x?x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>) {
      %7 = arith.index_cast %arg6 : index to i64
      %8 = arith.cmpi slt, %7, %c0_i64 : i64
      %9 = arith.extui %8 : i1 to i64
      %10 = arith.muli %9, %0 : i64
      %11 = arith.addi %7, %10 : i64
      %12 = arith.addi %11, %0 : i64
      %13 = arith.cmpi sge, %11, %c0_i64 : i64
      %14 = arith.select %13, %11, %12 : i64
      %15 = arith.cmpi slt, %14, %c0_i64 : i64
      %16 = arith.select %15, %c0_i64, %14 : i64
      %17 = arith.cmpi sgt, %16, %0 : i64
      %18 = arith.select %17, %0, %16 : i64
      %19 = arith.index_cast %18 : i64 to index
      %extracted_slice_5 = tensor.extract_slice %arg0[%19, 0, 0] [1, %dim_1, 5] [1, 1, 1] : tensor<?x?x5xf32> to tensor<1x?x5xf32>
      %collapsed_6 = tensor.collapse_shape %extracted_slice_5 [[0, 1], [2]] : tensor<1x?x5xf32> into tensor<?x5xf32>
      %cast = tensor.cast %collapsed_6 : tensor<?x5xf32> to tensor<2x5xf32>
      %20 = tensor.empty() : tensor<2x3xf32>
      %21 = linalg.fill ins(%cst : f32) outs(%20 : tensor<2x3xf32>) -> tensor<2x3xf32>
      %22 = tensor.empty() : tensor<5x3xf32>
      %23 = tensor.empty() : tensor<3x3xf32>
      // i, o, f, c
      %w_i = tensor.extract_slice %extracted_slice[0, 0] [3, 5] [1, 1] : tensor<12x5xf32> to tensor<3x5xf32>
      %w_o = tensor.extract_slice %extracted_slice[3, 0] [3, 5] [1, 1] : tensor<12x5xf32> to tensor<3x5xf32>
      %w_f = tensor.extract_slice %extracted_slice[6, 0] [3, 5] [1, 1] : tensor<12x5xf32> to tensor<3x5xf32>
      %w_c = tensor.extract_slice %extracted_slice[9, 0] [3, 5] [1, 1] : tensor<12x5xf32> to tensor<3x5xf32>
      %r_i = tensor.extract_slice %extracted_slice_2[0, 0] [3, 3] [1, 1] : tensor<12x3xf32> to tensor<3x3xf32>
      %r_o = tensor.extract_slice %extracted_slice_2[3, 0] [3, 3] [1, 1] : tensor<12x3xf32> to tensor<3x3xf32>
      %r_f = tensor.extract_slice %extracted_slice_2[6, 0] [3, 3] [1, 1] : tensor<12x3xf32> to tensor<3x3xf32>
      %r_c = tensor.extract_slice %extracted_slice_2[9, 0] [3, 3] [1, 1] : tensor<12x3xf32> to tensor<3x3xf32>
      %b_i = tensor.extract_slice %collapsed[0] [3] [1] : tensor<24xf32> to tensor<3xf32>
      %b_o = tensor.extract_slice %collapsed[3] [3] [1] : tensor<24xf32> to tensor<3xf32>
      %b_f = tensor.extract_slice %collapsed[6] [3] [1] : tensor<24xf32> to tensor<3xf32>
      %b_c = tensor.extract_slice %collapsed[9] [3] [1] : tensor<24xf32> to tensor<3xf32>
      %t_i = linalg.transpose ins(%w_i : tensor<3x5xf32>) outs(%22 : tensor<5x3xf32>) permutation = [1, 0]
      %x_i = linalg.matmul ins(%cast, %t_i : tensor<2x5xf32>, tensor<5x3xf32>) outs(%21 : tensor<2x3xf32>) -> tensor<2x3xf32>
      %s_i = linalg.transpose ins(%r_i : tensor<3x3xf32>) outs(%23 : tensor<3x3xf32>) permutation = [1, 0]
      %h_i = linalg.matmul ins(%arg8, %s_i : tensor<2x3xf32>, tensor<3x3xf32>) outs(%21 : tensor<2x3xf32>) -> tensor<2x3xf32>
      %t_o = linalg.transpose ins(%w_o : tensor<3x5xf32>) outs(%22 : tensor<5x3xf32>) permutation = [1, 0]
      %x_o = linalg.matmul ins(%cast, %t_o : tensor<2x5xf32>, tensor<5x3xf32>) outs(%21 : tensor<2x3xf32>) -> tensor<2x3xf32>
      %s_o = linalg.transpose ins(%r_o : tensor<3x3xf32>) outs(%23 : tensor<3x3xf32>) permutation = [1, 0]
      %h_o = linalg.matmul ins(%arg8, %s_o : tensor<2x3xf32>, tensor<3x3xf32>) outs(%21 : tensor<2x3xf32>) -> tensor<2x3xf32>
      %t_f = linalg.transpose ins(%w_f : tensor<3x5xf32>) outs(%22 : tensor<5x3xf32>) permutation = [1, 0]
      %x_f = linalg.matmul ins(%cast, %t_f : tensor<2x5xf32>, tensor<5x3xf32>) outs(%21 : tensor<2x3xf32>) -> tensor<2x3xf32>
      %s_f = linalg.transpose ins(%r_f : tensor<3x3xf32>) outs(%23 : tensor<3x3xf32>) permutation = [1, 0]
      %h_f = linalg.matmul ins(%arg8, %s_f : tensor<2x3xf32>, tensor<3x3xf32>) outs(%21 : tensor<2x3xf32>) -> tensor<2x3xf32>
      %t_c = linalg.transpose ins(%w_c : tensor<3x5xf32>) outs(%22 : tensor<5x3xf32>) permutation = [1, 0]
      %x_c = linalg.matmul ins(%cast, %t_c : tensor<2x5xf32>, tensor<5x3xf32>) outs(%21 : tensor<2x3xf32>) -> tensor<2x3xf32>
      %s_c = linalg.transpose ins(%r_c : tensor<3x3xf32>) outs(%23 : tensor<3x3xf32>) permutation = [1, 0]
      %h_c = linalg.matmul ins(%arg8, %s_c : tensor<2x3xf32>, tensor<3x3xf32>) outs(%21 : tensor<2x3xf32>) -> tensor<2x3xf32>
      %i = linalg.generic {indexing_maps = [#map, #map, #map1, #map], iterator_types = ["parallel", "parallel"]} ins(%x_i, %h_i, %b_i : tensor<2x3xf32>, tensor<2x3xf32>, tensor<3xf32>) outs(%20 : tensor<2x3xf32>) {
      ^bb0(%in: f32, %in_7: f32, %in_8: f32, %out: f32):
        %40 = arith.addf %in, %in_7 : f32
        %41 = arith.addf %40, %in_8 : f32
        %42 = arith.negf %41 : f32
        %43 = math.exp %42 : f32
        %44 = arith.addf %43, %cst_0 : f32
        %45 = arith.divf %cst_0, %44 : f32
        linalg.yield %45 : f32
      } -> tensor<2x3xf32>
      %o = linalg.generic {indexing_maps = [#map, #map, #map1, #map], iterator_types = ["parallel", "parallel"]} ins(%x_o, %h_o, %b_o : tensor<2x3xf32>, tensor<2x3xf32>, tensor<3xf32>) outs(%20 : tensor<2x3xf32>) {
      ^bb0(%in: f32, %in_7: f32, %in_8: f32, %out: f32):
        %40 = arith.addf %in, %in_7 : f32
        %41 = arith.addf %40, %in_8 : f32
        %42 = arith.negf %41 : f32
        %43 = math.exp %42 : f32
        %44 = arith.addf %43, %cst_0 : f32
        %45 = arith.divf %cst_0, %44 : f32
        linalg.yield %45 : f32
      } -> tensor<2x3xf32>
      %f = linalg.generic {indexing_maps = [#map, #map, #map1, #map], iterator_types = ["parallel", "parallel"]} ins(%x_f, %h_f, %b_f : tensor<2x3xf32>, tensor<2x3xf32>, tensor<3xf32>) outs(%20 : tensor<2x3xf32>) {
      ^bb0(%in: f32, %in_7: f32, %in_8: f32, %out: f32):
        %40 = arith.addf %in, %in_7 : f32
        %41 = arith.addf %40, %in_8 : f32
        %42 = arith.negf %41 : f32
        %43 = math.exp %42 : f32
        %44 = arith.addf %43, %cst_0 : f32
        %45 = arith.divf %cst_0, %44 : f32
        linalg.yield %45 : f32
      } -> tensor<2x3xf32>
      %g = linalg.generic {indexing_maps = [#map, #map, #map1, #map], iterator_types = ["parallel", "parallel"]} ins(%x_c, %h_c, %b_c : tensor<2x3xf32>, tensor<2x3xf32>, tensor<3xf32>) outs(%20 : tensor<2x3xf32>) {
      ^bb0(%in: f32, %in_7: f32, %in_8: f32, %out: f32):
        %40 = arith.addf %in, %in_7 : f32
        %41 = arith.addf %40, %in_8 : f32
        %42 = math.tanh %41 : f32
        linalg.yield %42 : f32
      } -> tensor<2x3xf32>
      %24 = linalg.generic {indexing_maps = [#map, #map, #map, #map, #map], iterator_types = ["parallel", "parallel"]} ins(%f, %arg9, %i, %g : tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>) outs(%20 : tensor<2x3xf32>) {
      ^bb0(%in: f32, %in_7: f32, %in_8: f32, %in_9: f32, %out: f32):
        %40 = arith.mulf %in, %in_7 : f32
        %41 = arith.mulf %in_8, %in_9 : f32
        %42 = arith.addf %40, %41 : f32
        linalg.yield %42 : f32
      } -> tensor<2x3xf32>
      %25 = linalg.generic {indexing_maps = [#map, #map, #map], iterator_types = ["parallel", "parallel"]} ins(%o, %24 : tensor<2x3xf32>, tensor<2x3xf32>) outs(%20 : tensor<2x3xf32>) {
      ^bb0(%in: f32, %in_7: f32, %out: f32):
        %40 = math.tanh %in_7 : f32
        %41 = arith.mulf %in, %40 : f32
        linalg.yield %41 : f32
      } -> tensor<2x3xf32>
      %expanded_9 = tensor.expand_shape %25 [[0, 1], [2]] output_shape [1, 2, 3] : tensor<2x3xf32> into tensor<1x2x3xf32>
      %cast_10 = tensor.cast %expanded_9 : tensor<1x2x3xf32> to tensor<1x?x3xf32>
      %dim_11 = tensor.dim %arg7, %c0 : tensor<?x?x3xf32>
      %26 = arith.index_cast %dim_11 : index to i64
      %27 = arith.addi %7, %26 : i64
      %28 = arith.cmpi sge, %7, %c0_i64 : i64
      %29 = arith.select %28, %7, %27 : i64
      %30 = arith.cmpi slt, %29, %c0_i64 : i64
      %31 = arith.select %30, %c0_i64, %29 : i64
      %32 = arith.cmpi sgt, %31, %26 : i64
      %33 = arith.select %32, %26, %31 : i64
      %34 = arith.index_cast %33 : i64 to index
      %inserted_slice = tensor.insert_slice %cast_10 into %arg7[%34, 0, 0] [1, %dim_1, 3] [1, 1, 1] : tensor<1x?x3xf32> into tensor<?x?x3xf32>
      scf.yield %inserted_slice, %25, %24 : tensor<?x?x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>
    }
    %expanded = tensor.expand_shape %6#1 [[0, 1], [2]] output_shape [1, 2, 3] : tensor<2x3xf32> into tensor<1x2x3xf32>
    %expanded_12 = tensor.expand_shape %6#2 [[0, 1], [2]] output_shape [1, 2, 3] : tensor<2x3xf32> into tensor<1x2x3xf32>
    return %6#0, %expanded, %expanded_12 : tensor<?x?x3xf32>, tensor<1x2x3xf32>, tensor<1x2x3xf32>
  }
}
