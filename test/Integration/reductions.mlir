// Reductions that were split and merged give what they gave: the sums are of
// small integers, so that no order of them rounds.

// DEFINE: %{passes} =
// DEFINE: %{run} = gradopt-opt %s %{passes} --one-shot-bufferize="bufferize-function-boundaries" \
// DEFINE:     --canonicalize %{lower-to-llvm} \
// DEFINE:     | mlir-runner -e main --entry-point-result=void %{runner-libs}

// RUN: %{run} | FileCheck %s
// REDEFINE: %{passes} = --gradopt-split-reductions
// RUN: %{run} | FileCheck %s
// REDEFINE: %{passes} = --gradopt-split-reductions --cse --gradopt-merge-reductions
// RUN: %{run} | FileCheck %s
// REDEFINE: %{passes} = --gradopt-split-reductions --cse --gradopt-merge-reductions --cse --gradopt-separate-inits
// RUN: %{run} | FileCheck %s

#id1 = affine_map<(d0) -> (d0)>
#no1 = affine_map<(d0) -> ()>
#id2 = affine_map<(d0, d1) -> (d0, d1)>
#no2 = affine_map<(d0, d1) -> ()>

func.func private @printMemrefF64(tensor<*xf64>) attributes {llvm.emit_c_interface}

/// i mod 7 of f32, in a tensor of so many rows.
func.func private @make(%rows: index) -> tensor<?x12xf32> {
  %c12 = arith.constant 12 : index
  %c7 = arith.constant 7 : index
  %x = tensor.generate %rows {
  ^bb0(%i: index, %j: index):
    %k = arith.muli %i, %c12 : index
    %l = arith.addi %k, %j : index
    %m = arith.remui %l, %c7 : index
    %n = arith.index_cast %m : index to i32
    %f = arith.sitofp %n : i32 to f32
    tensor.yield %f : f32
  } : tensor<?x12xf32>
  return %x : tensor<?x12xf32>
}

/// The sum of squares from 1000 on, the largest element, and the number of
/// threes, of rows and of them as one vector.
func.func private @reduce(%x: tensor<?x12xf32>, %v: tensor<4104xf32>) -> tensor<6xf64> {
  %thousand = arith.constant 1000.0 : f64
  %low = arith.constant 0xFF800000 : f32
  %three = arith.constant 3.0 : f32
  %c0 = arith.constant 0 : i64
  %e64 = tensor.empty() : tensor<f64>
  %e32 = tensor.empty() : tensor<f32>
  %ei = tensor.empty() : tensor<i64>
  %i0 = linalg.fill ins(%thousand : f64) outs(%e64 : tensor<f64>) -> tensor<f64>
  %i1 = linalg.fill ins(%low : f32) outs(%e32 : tensor<f32>) -> tensor<f32>
  %i2 = linalg.fill ins(%c0 : i64) outs(%ei : tensor<i64>) -> tensor<i64>
  %0 = linalg.generic {indexing_maps = [#id2, #no2], iterator_types = ["reduction", "reduction"]} ins(%x : tensor<?x12xf32>) outs(%i0 : tensor<f64>) {
  ^bb0(%a: f32, %o: f64):
    %w = arith.extf %a : f32 to f64
    %s = arith.mulf %w, %w : f64
    %t = arith.addf %o, %s : f64
    linalg.yield %t : f64
  } -> tensor<f64>
  %1 = linalg.generic {indexing_maps = [#id2, #no2], iterator_types = ["reduction", "reduction"]} ins(%x : tensor<?x12xf32>) outs(%i1 : tensor<f32>) {
  ^bb0(%a: f32, %o: f32):
    %t = arith.maximumf %o, %a : f32
    linalg.yield %t : f32
  } -> tensor<f32>
  %2 = linalg.generic {indexing_maps = [#id2, #no2], iterator_types = ["reduction", "reduction"]} ins(%x : tensor<?x12xf32>) outs(%i2 : tensor<i64>) {
  ^bb0(%a: f32, %o: i64):
    %is = arith.cmpf oeq, %a, %three : f32
    %u = arith.extui %is : i1 to i64
    %t = arith.addi %o, %u : i64
    linalg.yield %t : i64
  } -> tensor<i64>
  %3 = linalg.generic {indexing_maps = [#id1, #no1], iterator_types = ["reduction"]} ins(%v : tensor<4104xf32>) outs(%i0 : tensor<f64>) {
  ^bb0(%a: f32, %o: f64):
    %w = arith.extf %a : f32 to f64
    %s = arith.mulf %w, %w : f64
    %t = arith.addf %o, %s : f64
    linalg.yield %t : f64
  } -> tensor<f64>
  %4 = linalg.generic {indexing_maps = [#id1, #no1], iterator_types = ["reduction"]} ins(%v : tensor<4104xf32>) outs(%i1 : tensor<f32>) {
  ^bb0(%a: f32, %o: f32):
    %t = arith.maximumf %o, %a : f32
    linalg.yield %t : f32
  } -> tensor<f32>
  %5 = linalg.generic {indexing_maps = [#id1, #no1], iterator_types = ["reduction"]} ins(%v : tensor<4104xf32>) outs(%i2 : tensor<i64>) {
  ^bb0(%a: f32, %o: i64):
    %is = arith.cmpf oeq, %a, %three : f32
    %u = arith.extui %is : i1 to i64
    %t = arith.addi %o, %u : i64
    linalg.yield %t : i64
  } -> tensor<i64>
  %x0 = tensor.extract %0[] : tensor<f64>
  %x1 = tensor.extract %1[] : tensor<f32>
  %w1 = arith.extf %x1 : f32 to f64
  %x2 = tensor.extract %2[] : tensor<i64>
  %w2 = arith.sitofp %x2 : i64 to f64
  %x3 = tensor.extract %3[] : tensor<f64>
  %x4 = tensor.extract %4[] : tensor<f32>
  %w4 = arith.extf %x4 : f32 to f64
  %x5 = tensor.extract %5[] : tensor<i64>
  %w5 = arith.sitofp %x5 : i64 to f64
  %r = tensor.from_elements %x0, %w1, %w2, %x3, %w4, %w5 : tensor<6xf64>
  return %r : tensor<6xf64>
}

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c342 = arith.constant 342 : index
  %all = call @make(%c342) : (index) -> tensor<?x12xf32>
  %whole = tensor.cast %all : tensor<?x12xf32> to tensor<342x12xf32>
  %v = tensor.collapse_shape %whole [[0, 1]] : tensor<342x12xf32> into tensor<4104xf32>
  // 586 sevens are 4102 elements, then 0 and 1.
  // CHECK: [54327, 6, 586, 54327, 6, 586]
  %0 = call @reduce(%all, %v) : (tensor<?x12xf32>, tensor<4104xf32>) -> tensor<6xf64>
  %u0 = tensor.cast %0 : tensor<6xf64> to tensor<*xf64>
  call @printMemrefF64(%u0) : (tensor<*xf64>) -> ()
  // One row: 0 to 6, 0 to 4.
  // CHECK: [1121, 6, 2, 54327, 6, 586]
  %one = call @make(%c1) : (index) -> tensor<?x12xf32>
  %1 = call @reduce(%one, %v) : (tensor<?x12xf32>, tensor<4104xf32>) -> tensor<6xf64>
  %u1 = tensor.cast %1 : tensor<6xf64> to tensor<*xf64>
  call @printMemrefF64(%u1) : (tensor<*xf64>) -> ()
  // None.
  // CHECK: [1000, -inf, 0, 54327, 6, 586]
  %none = call @make(%c0) : (index) -> tensor<?x12xf32>
  %2 = call @reduce(%none, %v) : (tensor<?x12xf32>, tensor<4104xf32>) -> tensor<6xf64>
  %u2 = tensor.cast %2 : tensor<6xf64> to tensor<*xf64>
  call @printMemrefF64(%u2) : (tensor<*xf64>) -> ()
  return
}
