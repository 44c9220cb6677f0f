// RUN: gradopt-opt %s --gradopt-split-reductions | FileCheck %s

#id1 = affine_map<(d0) -> (d0)>
#id2 = affine_map<(d0, d1) -> (d0, d1)>
#id3 = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#no1 = affine_map<(d0) -> ()>
#no2 = affine_map<(d0, d1) -> ()>
#no3 = affine_map<(d0, d1, d2) -> ()>
#first2 = affine_map<(d0, d1) -> (d0)>
#last2 = affine_map<(d0, d1) -> (d1)>

// CHECK-DAG: #[[ID1:.+]] = affine_map<(d0) -> (d0)>
// CHECK-DAG: #[[NO1:.+]] = affine_map<(d0) -> ()>
// CHECK-DAG: #[[ID2:.+]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[FIRST2:.+]] = affine_map<(d0, d1) -> (d0)>
// CHECK-DAG: #[[LAST2:.+]] = affine_map<(d0, d1) -> (d1)>
// CHECK-DAG: #[[ID3:.+]] = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
// CHECK-DAG: #[[LAST3:.+]] = affine_map<(d0, d1, d2) -> (d2)>

// The squares are summed in columns, and these from the init on.

// CHECK-LABEL: func.func @squares
// CHECK-SAME:    %[[X:[^:, ]+]]: tensor<?x?x12xf32>, %[[INIT:[^:, ]+]]: tensor<f64>
func.func @squares(%x: tensor<?x?x12xf32>, %init: tensor<f64>) -> tensor<f64> {
  // CHECK: %[[ZERO:.+]] = arith.constant 0.000000e+00 : f64
  // CHECK: %[[ZEROS:.+]] = linalg.fill ins(%[[ZERO]] : f64) outs(%{{.+}} : tensor<12xf64>)
  // CHECK: %[[P:.+]] = linalg.generic {indexing_maps = [#[[ID3]], #[[LAST3]]], iterator_types = ["reduction", "reduction", "parallel"]}
  // CHECK-SAME: ins(%[[X]] : tensor<?x?x12xf32>) outs(%[[ZEROS]] : tensor<12xf64>)
  // CHECK: %[[W:.+]] = arith.extf
  // CHECK: %[[S:.+]] = arith.mulf %[[W]], %[[W]]
  // CHECK: arith.addf %{{.+}}, %[[S]]
  // CHECK: %[[R:.+]] = linalg.generic {indexing_maps = [#[[ID1]], #[[NO1]]], iterator_types = ["reduction"]}
  // CHECK-SAME: ins(%[[P]] : tensor<12xf64>) outs(%[[INIT]] : tensor<f64>)
  // CHECK: ^{{.+}}(%[[IN:.+]]: f64, %[[OUT:.+]]: f64):
  // CHECK: arith.addf %[[OUT]], %[[IN]]
  // CHECK: return %[[R]]
  %0 = linalg.generic {indexing_maps = [#id3, #no3], iterator_types = ["reduction", "reduction", "reduction"]}
      ins(%x : tensor<?x?x12xf32>) outs(%init : tensor<f64>) {
  ^bb0(%a: f32, %o: f64):
    %w = arith.extf %a : f32 to f64
    %s = arith.mulf %w, %w : f64
    %t = arith.addf %o, %s : f64
    linalg.yield %t : f64
  } -> tensor<f64>
  return %0 : tensor<f64>
}

// A vector is seen as rows: the most columns that divide it, 50 of 4100. One of
// no such rows stays, and so does one of few elements.

// CHECK-LABEL: func.func @vectors
// CHECK-SAME:    %[[X:[^:, ]+]]: tensor<4100xf32>
func.func @vectors(%x: tensor<4100xf32>, %p: tensor<4099xf32>, %few: tensor<4032xf32>, %init: tensor<f32>) -> (tensor<f32>, tensor<f32>, tensor<f32>) {
  // CHECK: %[[E:.+]] = tensor.expand_shape %[[X]] {{.*}} output_shape [82, 50]
  // CHECK: linalg.fill {{.*}} outs(%{{.+}} : tensor<50xf32>)
  // CHECK: linalg.generic {indexing_maps = [#[[ID2]], #[[LAST2]]], iterator_types = ["reduction", "parallel"]}
  // CHECK-SAME: ins(%[[E]] : tensor<82x50xf32>)
  // CHECK: linalg.generic {{.*}} ins(%{{.+}} : tensor<50xf32>) outs(%{{.+}} : tensor<f32>)
  // CHECK: arith.maximumf
  %0 = linalg.generic {indexing_maps = [#id1, #no1], iterator_types = ["reduction"]}
      ins(%x : tensor<4100xf32>) outs(%init : tensor<f32>) {
  ^bb0(%a: f32, %o: f32):
    %m = math.absf %a : f32
    %t = arith.maximumf %o, %m : f32
    linalg.yield %t : f32
  } -> tensor<f32>
  // CHECK: linalg.generic {{.*}} ins(%{{.+}} : tensor<4099xf32>) outs(%{{.+}} : tensor<f32>)
  %1 = linalg.generic {indexing_maps = [#id1, #no1], iterator_types = ["reduction"]}
      ins(%p : tensor<4099xf32>) outs(%init : tensor<f32>) {
  ^bb0(%a: f32, %o: f32):
    %t = arith.maximumf %o, %a : f32
    linalg.yield %t : f32
  } -> tensor<f32>
  // CHECK: linalg.generic {{.*}} ins(%{{.+}} : tensor<4032xf32>) outs(%{{.+}} : tensor<f32>)
  %2 = linalg.generic {indexing_maps = [#id1, #no1], iterator_types = ["reduction"]}
      ins(%few : tensor<4032xf32>) outs(%init : tensor<f32>) {
  ^bb0(%a: f32, %o: f32):
    %t = arith.maximumf %o, %a : f32
    linalg.yield %t : f32
  } -> tensor<f32>
  return %0, %1, %2 : tensor<f32>, tensor<f32>, tensor<f32>
}

// A few results, each of its own columns; positions keep their loops.

// CHECK-LABEL: func.func @few_results
func.func @few_results(%x: tensor<?x3x16xf32>, %init: tensor<3xi64>) -> tensor<3xi64> {
  // CHECK: linalg.generic {{.*}} iterator_types = ["reduction", "parallel", "parallel"]} ins(%{{.+}} : tensor<?x3x16xf32>) outs(%{{.+}} : tensor<3x16xi64>)
  // CHECK: linalg.index 2
  // CHECK: linalg.generic {indexing_maps = [#[[ID2]], #[[FIRST2]]], iterator_types = ["parallel", "reduction"]} ins(%{{.+}} : tensor<3x16xi64>) outs(%{{.+}} : tensor<3xi64>)
  // CHECK: arith.ori
  %0 = linalg.generic {indexing_maps = [#id3, affine_map<(d0, d1, d2) -> (d1)>], iterator_types = ["reduction", "parallel", "reduction"]}
      ins(%x : tensor<?x3x16xf32>) outs(%init : tensor<3xi64>) {
  ^bb0(%a: f32, %o: i64):
    %i = linalg.index 2 : index
    %j = arith.index_cast %i : index to i64
    %t = arith.ori %j, %o : i64
    linalg.yield %t : i64
  } -> tensor<3xi64>
  return %0 : tensor<3xi64>
}

// Left alone: columns that are parallel already, dynamic or few; many results; a
// single row; a body that uses the sum in another way, or does not combine.

// CHECK-LABEL: func.func @stay
// CHECK-NOT:     linalg.fill
// CHECK-NOT:     expand_shape
// CHECK:         return
func.func @stay(%x: tensor<?x16xf32>, %d: tensor<?x?xf32>, %n: tensor<?x4xf32>, %m: tensor<64x16xf32>, %row: tensor<1x16xf32>, %v: tensor<16xf32>, %r: tensor<64xf32>, %s: tensor<f32>)
    -> (tensor<16xf32>, tensor<f32>, tensor<f32>, tensor<64xf32>, tensor<f32>, tensor<f32>, tensor<f32>) {
  %0 = linalg.generic {indexing_maps = [#id2, #last2], iterator_types = ["reduction", "parallel"]}
      ins(%x : tensor<?x16xf32>) outs(%v : tensor<16xf32>) {
  ^bb0(%a: f32, %o: f32):
    %t = arith.addf %o, %a : f32
    linalg.yield %t : f32
  } -> tensor<16xf32>
  %1 = linalg.generic {indexing_maps = [#id2, #no2], iterator_types = ["reduction", "reduction"]}
      ins(%d : tensor<?x?xf32>) outs(%s : tensor<f32>) {
  ^bb0(%a: f32, %o: f32):
    %t = arith.addf %o, %a : f32
    linalg.yield %t : f32
  } -> tensor<f32>
  %2 = linalg.generic {indexing_maps = [#id2, #no2], iterator_types = ["reduction", "reduction"]}
      ins(%n : tensor<?x4xf32>) outs(%s : tensor<f32>) {
  ^bb0(%a: f32, %o: f32):
    %t = arith.addf %o, %a : f32
    linalg.yield %t : f32
  } -> tensor<f32>
  %3 = linalg.generic {indexing_maps = [#id2, #first2], iterator_types = ["parallel", "reduction"]}
      ins(%m : tensor<64x16xf32>) outs(%r : tensor<64xf32>) {
  ^bb0(%a: f32, %o: f32):
    %t = arith.addf %o, %a : f32
    linalg.yield %t : f32
  } -> tensor<64xf32>
  %4 = linalg.generic {indexing_maps = [#id2, #no2], iterator_types = ["reduction", "reduction"]}
      ins(%row : tensor<1x16xf32>) outs(%s : tensor<f32>) {
  ^bb0(%a: f32, %o: f32):
    %t = arith.addf %o, %a : f32
    linalg.yield %t : f32
  } -> tensor<f32>
  %5 = linalg.generic {indexing_maps = [#id2, #no2], iterator_types = ["reduction", "reduction"]}
      ins(%x : tensor<?x16xf32>) outs(%s : tensor<f32>) {
  ^bb0(%a: f32, %o: f32):
    %p = arith.mulf %o, %a : f32
    %t = arith.addf %o, %p : f32
    linalg.yield %t : f32
  } -> tensor<f32>
  %6 = linalg.generic {indexing_maps = [#id2, #no2], iterator_types = ["reduction", "reduction"]}
      ins(%x : tensor<?x16xf32>) outs(%s : tensor<f32>) {
  ^bb0(%a: f32, %o: f32):
    %t = arith.subf %o, %a : f32
    linalg.yield %t : f32
  } -> tensor<f32>
  return %0, %1, %2, %3, %4, %5, %6 : tensor<16xf32>, tensor<f32>, tensor<f32>, tensor<64xf32>, tensor<f32>, tensor<f32>, tensor<f32>
}
