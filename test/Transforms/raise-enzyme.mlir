// Forward and reverse in the form in which Enzyme-MLIR (0.0.200) prints an
// scf.for with caches: what the forward loop caches goes into a tensor at its
// counter; the reverse loop has a counter of its own that goes down from the
// last index, and sums up gradients in iter_args.
//
// RUN: gradopt-opt %s --gradopt-raise-loops --canonicalize --cse | FileCheck %s --implicit-check-not=scf.
// RUN: gradopt-opt %s --gradopt-fuse-recurrent-backward | FileCheck %s --check-prefix=FUSED --implicit-check-not="scf.{{for|while}}" --implicit-check-not="linalg.{{matmul|contract}}"
// RUN: gradopt-opt %s --gradopt-fuse-recurrent-backward --gradopt-count-work -o /dev/null | FileCheck %s --check-prefix=WORK

// CHECK-LABEL: func.func @rnn
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<10x2x3xf32>, %[[H0:[a-z0-9]+]]: tensor<2x3xf32>, %[[W:[a-z0-9]+]]: tensor<3x3xf32>, %[[DH:[a-z0-9]+]]: tensor<2x3xf32>
// CHECK: %[[F:.*]]:3 = gradopt.scan (%{{.*}}) to %{{.*}} carries(%[[H:[a-z0-9]+]] = %[[H0]] : tensor<2x3xf32>)
// CHECK-SAME: inputs(%{{[a-z0-9]+}} = %[[X]] : tensor<10x2x3xf32>)
// CHECK-SAME: outputs(tensor<10x2x3xf32>, tensor<10x2x3xf32>)
// CHECK: gradopt.yield %[[N:.*]], %[[H]], %[[N]]
// The counter is the step's, and the rows that are added to are all zero.
// CHECK: %[[B:.*]]:3 = gradopt.scan
// CHECK-SAME: carries(%{{[a-z0-9]+}} = %[[DH]] : tensor<2x3xf32>, %{{[a-z0-9]+}} = %{{[a-z0-9_]+}} : tensor<3x3xf32>)
// CHECK-SAME: inputs(%[[T:[a-z0-9]+]] = reverse %[[F]]#2 : tensor<10x2x3xf32>, %[[P:[a-z0-9]+]] = reverse %[[F]]#1 : tensor<10x2x3xf32>)
// CHECK-SAME: outputs(reverse tensor<10x2x3xf32>)
// CHECK-NOT: tensor.
// CHECK: return %[[B]]#2, %[[B]]#0, %[[B]]#1
// The gradient of the weights is one contraction behind the scan.
// FUSED: gradopt.scan
// FUSED: linalg.matmul {{.*}} -> tensor<2x3xf32>
// FUSED: gradopt.yield
// FUSED: gradopt.scan
// FUSED-COUNT-1: linalg.generic
// FUSED-NOT: linalg.generic
// FUSED: linalg.contract {{.*}} -> tensor<2x3xf32>
// FUSED: gradopt.yield
// FUSED: linalg.contract {{.*}} -> tensor<3x3xf32>
// FUSED: return

// How many contractions, the fourth column, stand outside of the loops and in
// them; and all there are.
// WORK-LABEL: @rnn
// WORK: loops{{$}}
// WORK: (body) - 1 1
// WORK-NEXT: (scan) forward 10 1
// WORK-NEXT: (scan) forward 10 1
// WORK-NEXT: contractions{{$}}
// WORK: (scan) forward 2 x 3 x (3) 10
// WORK-NEXT: (scan) forward 2 x 3 x (3) 10
// WORK-NEXT: (body) - (10) x (2) x 3 x 3 1 360 36{{$}}
// WORK-NOT: {{.}}

func.func @rnn(%arg0: tensor<10x2x3xf32>, %arg1: tensor<2x3xf32>, %arg2: tensor<3x3xf32>, %arg3: tensor<2x3xf32>) -> (tensor<10x2x3xf32>, tensor<2x3xf32>, tensor<3x3xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c9 = arith.constant 9 : index
  %c10 = arith.constant 10 : index
  %cst = arith.constant dense<0.000000e+00> : tensor<2x3xf32>
  %cst_0 = arith.constant dense<0.000000e+00> : tensor<3x3xf32>
  %cst_1 = arith.constant dense<0.000000e+00> : tensor<10x2x3xf32>
  %cst_2 = arith.constant dense<1.000000e+00> : tensor<2x3xf32>
  %0 = tensor.empty() : tensor<10x2x3xf32>
  %1 = tensor.empty() : tensor<10x2x3xf32>
  %2:3 = scf.for %arg4 = %c0 to %c10 step %c1 iter_args(%arg5 = %arg1, %arg6 = %0, %arg7 = %1) -> (tensor<2x3xf32>, tensor<10x2x3xf32>, tensor<10x2x3xf32>) {
    %inserted_slice = tensor.insert_slice %arg5 into %arg6[%arg4, 0, 0] [1, 2, 3] [1, 1, 1] : tensor<2x3xf32> into tensor<10x2x3xf32>
    %extracted_slice = tensor.extract_slice %arg0[%arg4, 0, 0] [1, 2, 3] [1, 1, 1] : tensor<10x2x3xf32> to tensor<2x3xf32>
    %4 = linalg.matmul ins(%arg5, %arg2 : tensor<2x3xf32>, tensor<3x3xf32>) outs(%extracted_slice : tensor<2x3xf32>) -> tensor<2x3xf32>
    %5 = math.tanh %4 : tensor<2x3xf32>
    %inserted_slice_3 = tensor.insert_slice %5 into %arg7[%arg4, 0, 0] [1, 2, 3] [1, 1, 1] : tensor<2x3xf32> into tensor<10x2x3xf32>
    scf.yield %5, %inserted_slice, %inserted_slice_3 : tensor<2x3xf32>, tensor<10x2x3xf32>, tensor<10x2x3xf32>
  }
  %3:4 = scf.for %arg4 = %c0 to %c10 step %c1 iter_args(%arg5 = %arg3, %arg6 = %cst_1, %arg7 = %cst_0, %arg8 = %c9) -> (tensor<2x3xf32>, tensor<10x2x3xf32>, tensor<3x3xf32>, index) {
    %extracted_slice = tensor.extract_slice %2#2[%arg8, 0, 0] [1, 2, 3] [1, 1, 1] : tensor<10x2x3xf32> to tensor<2x3xf32>
    %4 = arith.mulf %extracted_slice, %extracted_slice : tensor<2x3xf32>
    %5 = arith.subf %cst_2, %4 : tensor<2x3xf32>
    %6 = arith.mulf %arg5, %5 : tensor<2x3xf32>
    %extracted_slice_3 = tensor.extract_slice %arg6[%arg8, 0, 0] [1, 2, 3] [1, 1, 1] : tensor<10x2x3xf32> to tensor<2x3xf32>
    %7 = arith.addf %extracted_slice_3, %6 : tensor<2x3xf32>
    %inserted_slice = tensor.insert_slice %7 into %arg6[%arg8, 0, 0] [1, 2, 3] [1, 1, 1] : tensor<2x3xf32> into tensor<10x2x3xf32>
    %extracted_slice_4 = tensor.extract_slice %2#1[%arg8, 0, 0] [1, 2, 3] [1, 1, 1] : tensor<10x2x3xf32> to tensor<2x3xf32>
    %8 = linalg.contract indexing_maps = [affine_map<(b, i, j) -> (b, i)>, affine_map<(b, i, j) -> (b, j)>, affine_map<(b, i, j) -> (i, j)>] ins(%extracted_slice_4, %6 : tensor<2x3xf32>, tensor<2x3xf32>) outs(%cst_0 : tensor<3x3xf32>) -> tensor<3x3xf32>
    %9 = arith.addf %arg7, %8 : tensor<3x3xf32>
    %10 = linalg.contract indexing_maps = [affine_map<(b, i, j) -> (b, j)>, affine_map<(b, i, j) -> (i, j)>, affine_map<(b, i, j) -> (b, i)>] ins(%6, %arg2 : tensor<2x3xf32>, tensor<3x3xf32>) outs(%cst : tensor<2x3xf32>) -> tensor<2x3xf32>
    %11 = arith.subi %arg8, %c1 : index
    scf.yield %10, %inserted_slice, %9, %11 : tensor<2x3xf32>, tensor<10x2x3xf32>, tensor<3x3xf32>, index
  }
  return %3#1, %3#0, %3#2 : tensor<10x2x3xf32>, tensor<2x3xf32>, tensor<3x3xf32>
}
