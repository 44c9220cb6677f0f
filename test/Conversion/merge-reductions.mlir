// RUN: gradopt-opt %s --gradopt-merge-reductions | FileCheck %s

#id = affine_map<(r, n) -> (r, n)>
#t = affine_map<(r, n) -> (n, r)>
#col = affine_map<(r, n) -> (n)>
#row = affine_map<(r, n) -> (r)>

// A sum of squares and a count, with what stands between them; other inputs of
// one of them come along.

// CHECK-DAG: #[[ID:.+]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[COL:.+]] = affine_map<(d0, d1) -> (d1)>
// CHECK-LABEL: func.func @columns
// CHECK-SAME:    %[[X:[^:, ]+]]: tensor<?x8xf32>, %[[W:[^:, ]+]]: tensor<8xf32>
func.func @columns(%x: tensor<?x8xf32>, %w: tensor<8xf32>, %f: tensor<8xf64>) -> (f64, tensor<8xi64>) {
  %c0 = arith.constant 0 : index
  %n = arith.constant 0 : i64
  // CHECK-NOT: linalg.generic
  // CHECK: %[[N:.+]] = linalg.fill ins(%{{.+}} : i64)
  // CHECK: %[[R:.+]]:2 = linalg.generic {indexing_maps = [#[[ID]], #[[COL]], #[[COL]], #[[COL]]], iterator_types = ["reduction", "parallel"]}
  // CHECK-SAME: ins(%[[X]], %[[W]] : tensor<?x8xf32>, tensor<8xf32>) outs(%{{.+}}, %[[N]] : tensor<8xf64>, tensor<8xi64>)
  // CHECK-NEXT: ^{{.+}}(%[[A:.+]]: f32, %[[B:.+]]: f32, %[[O:.+]]: f64, %[[M:.+]]: i64):
  // CHECK-NEXT: %[[WIDE:.+]] = arith.extf %[[A]]
  // CHECK-NEXT: %[[SQUARE:.+]] = arith.mulf %[[WIDE]], %[[WIDE]]
  // CHECK-NEXT: %[[SUM:.+]] = arith.addf %[[O]], %[[SQUARE]]
  // CHECK-NEXT: %[[LESS:.+]] = arith.cmpf olt, %[[A]], %[[B]]
  // CHECK-NEXT: %[[ONE:.+]] = arith.extui %[[LESS]]
  // CHECK-NEXT: %[[COUNT:.+]] = arith.addi %[[M]], %[[ONE]]
  // CHECK-NEXT: linalg.yield %[[SUM]], %[[COUNT]]
  %0 = linalg.generic {indexing_maps = [#id, #col], iterator_types = ["reduction", "parallel"]}
      ins(%x : tensor<?x8xf32>) outs(%f : tensor<8xf64>) {
  ^bb0(%a: f32, %o: f64):
    %b = arith.extf %a : f32 to f64
    %s = arith.mulf %b, %b : f64
    %p = arith.addf %o, %s : f64
    linalg.yield %p : f64
  } -> tensor<8xf64>
  // CHECK: %[[E:.+]] = tensor.extract %[[R]]#0
  %e = tensor.extract %0[%c0] : tensor<8xf64>
  %m = tensor.empty() : tensor<8xi64>
  %z = linalg.fill ins(%n : i64) outs(%m : tensor<8xi64>) -> tensor<8xi64>
  %1 = linalg.generic {indexing_maps = [#col, #id, #col], iterator_types = ["reduction", "parallel"]}
      ins(%w, %x : tensor<8xf32>, tensor<?x8xf32>) outs(%z : tensor<8xi64>) {
  ^bb0(%a: f32, %b: f32, %o: i64):
    %l = arith.cmpf olt, %b, %a : f32
    %u = arith.extui %l : i1 to i64
    %p = arith.addi %o, %u : i64
    linalg.yield %p : i64
  } -> tensor<8xi64>
  // CHECK: return %[[E]], %[[R]]#1
  return %e, %1 : f64, tensor<8xi64>
}

// Three become one.

// CHECK-LABEL: func.func @three
// CHECK:         %[[R:.+]]:3 = linalg.generic
// CHECK-NOT:     linalg.generic
// CHECK:         return %[[R]]#0, %[[R]]#1, %[[R]]#2
func.func @three(%x: tensor<4x8xf32>, %f: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) {
  %0 = linalg.generic {indexing_maps = [#id, #col], iterator_types = ["reduction", "parallel"]} ins(%x : tensor<4x8xf32>) outs(%f : tensor<8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %p = arith.addf %o, %a : f32
    linalg.yield %p : f32
  } -> tensor<8xf32>
  %1 = linalg.generic {indexing_maps = [#id, #col], iterator_types = ["reduction", "parallel"]} ins(%x : tensor<4x8xf32>) outs(%f : tensor<8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %p = arith.mulf %o, %a : f32
    linalg.yield %p : f32
  } -> tensor<8xf32>
  %2 = linalg.generic {indexing_maps = [#id, #col], iterator_types = ["reduction", "parallel"]} ins(%x : tensor<4x8xf32>) outs(%f : tensor<8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %p = arith.maximumf %o, %a : f32
    linalg.yield %p : f32
  } -> tensor<8xf32>
  return %0, %1, %2 : tensor<8xf32>, tensor<8xf32>, tensor<8xf32>
}

// Two that are the same, but for the fills that they start from, are one; one
// that starts from another value is not the same.

// CHECK-LABEL: func.func @same
// CHECK:         %[[R:.+]]:2 = linalg.generic
// CHECK-NOT:     linalg.generic
// CHECK:         return %[[R]]#0, %[[R]]#0, %[[R]]#1
func.func @same(%x: tensor<?x?xf32>, %m: index, %n: index) -> (tensor<?xf32>, tensor<?xf32>, tensor<?xf32>) {
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %e = tensor.empty(%m) : tensor<?xf32>
  %f = tensor.empty(%n) : tensor<?xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<?xf32>) -> tensor<?xf32>
  %y = linalg.fill ins(%zero : f32) outs(%f : tensor<?xf32>) -> tensor<?xf32>
  %w = linalg.fill ins(%one : f32) outs(%f : tensor<?xf32>) -> tensor<?xf32>
  %0 = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]} ins(%x : tensor<?x?xf32>) outs(%z : tensor<?xf32>) {
  ^bb0(%a: f32, %o: f32):
    %p = arith.addf %o, %a : f32
    linalg.yield %p : f32
  } -> tensor<?xf32>
  %1 = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]} ins(%x : tensor<?x?xf32>) outs(%y : tensor<?xf32>) {
  ^bb0(%a: f32, %o: f32):
    %p = arith.addf %o, %a : f32
    linalg.yield %p : f32
  } -> tensor<?xf32>
  %2 = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]} ins(%x : tensor<?x?xf32>) outs(%w : tensor<?xf32>) {
  ^bb0(%a: f32, %o: f32):
    %p = arith.addf %o, %a : f32
    linalg.yield %p : f32
  } -> tensor<?xf32>
  return %0, %1, %2 : tensor<?xf32>, tensor<?xf32>, tensor<?xf32>
}

// Left alone: one that starts from the other; other parallel loops; another way
// to read.

// CHECK-LABEL: func.func @stay
// CHECK-COUNT-4: linalg.generic
// CHECK:         return
func.func @stay(%x: tensor<8x8xf32>, %f: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) {
  %c0 = arith.constant 0 : index
  %0 = linalg.generic {indexing_maps = [#id, #col], iterator_types = ["reduction", "parallel"]} ins(%x : tensor<8x8xf32>) outs(%f : tensor<8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %p = arith.addf %o, %a : f32
    linalg.yield %p : f32
  } -> tensor<8xf32>
  %1 = linalg.generic {indexing_maps = [#id, #col], iterator_types = ["reduction", "parallel"]} ins(%x : tensor<8x8xf32>) outs(%0 : tensor<8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %p = arith.mulf %o, %a : f32
    linalg.yield %p : f32
  } -> tensor<8xf32>
  %2 = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]} ins(%x : tensor<8x8xf32>) outs(%f : tensor<8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %p = arith.addf %o, %a : f32
    linalg.yield %p : f32
  } -> tensor<8xf32>
  %3 = linalg.generic {indexing_maps = [#t, #col], iterator_types = ["reduction", "parallel"]} ins(%x : tensor<8x8xf32>) outs(%f : tensor<8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %p = arith.addf %o, %a : f32
    linalg.yield %p : f32
  } -> tensor<8xf32>
  return %0, %1, %2, %3 : tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>
}

// Each effect waits for those in front of it: the second op needs what is read
// behind a place to which the first one's result is written.

// CHECK-LABEL: func.func @effects
// CHECK-COUNT-2: linalg.generic
// CHECK:         return
func.func @effects(%x: tensor<8x8xf32>, %f: tensor<8xf32>, %m: memref<f32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %c0 = arith.constant 0 : index
  %0 = linalg.generic {indexing_maps = [#id, #col], iterator_types = ["reduction", "parallel"]} ins(%x : tensor<8x8xf32>) outs(%f : tensor<8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %p = arith.addf %o, %a : f32
    linalg.yield %p : f32
  } -> tensor<8xf32>
  %e = tensor.extract %0[%c0] : tensor<8xf32>
  memref.store %e, %m[] : memref<f32>
  %l = memref.load %m[] : memref<f32>
  %z = linalg.fill ins(%l : f32) outs(%f : tensor<8xf32>) -> tensor<8xf32>
  %1 = linalg.generic {indexing_maps = [#id, #col], iterator_types = ["reduction", "parallel"]} ins(%x : tensor<8x8xf32>) outs(%z : tensor<8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %p = arith.mulf %o, %a : f32
    linalg.yield %p : f32
  } -> tensor<8xf32>
  return %0, %1 : tensor<8xf32>, tensor<8xf32>
}

// Sums of columns go right behind the op whose result they read, with what they
// start from; a sum of few elements stays.

// CHECK-LABEL: func.func @behind
// CHECK: %[[E1:.+]] = linalg.exp
// CHECK: %[[Z:.+]] = linalg.fill
// CHECK: %[[S:.+]] = linalg.generic {{.*}} ins(%[[E1]] : tensor<4x8xf32>) outs(%[[Z]] : tensor<8xf32>)
// CHECK: %[[E2:.+]] = linalg.exp
// CHECK: linalg.generic {{.*}} iterator_types = ["reduction"]}
func.func @behind(%x: tensor<4x8xf32>, %y: tensor<4x8xf32>, %init: tensor<f32>) -> (tensor<4x8xf32>, tensor<f32>) {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x8xf32>
  %first = linalg.exp ins(%x : tensor<4x8xf32>) outs(%e : tensor<4x8xf32>) -> tensor<4x8xf32>
  %second = linalg.exp ins(%y : tensor<4x8xf32>) outs(%e : tensor<4x8xf32>) -> tensor<4x8xf32>
  %l = tensor.empty() : tensor<8xf32>
  %z = linalg.fill ins(%zero : f32) outs(%l : tensor<8xf32>) -> tensor<8xf32>
  %s = linalg.generic {indexing_maps = [#id, #col], iterator_types = ["reduction", "parallel"]}
      ins(%first : tensor<4x8xf32>) outs(%z : tensor<8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %m = arith.maximumf %a, %zero : f32
    %r = arith.addf %o, %m : f32
    linalg.yield %r : f32
  } -> tensor<8xf32>
  %t = linalg.generic {indexing_maps = [affine_map<(n) -> (n)>, affine_map<(n) -> ()>], iterator_types = ["reduction"]}
      ins(%s : tensor<8xf32>) outs(%init : tensor<f32>) {
  ^bb0(%a: f32, %o: f32):
    %r = arith.addf %o, %a : f32
    linalg.yield %r : f32
  } -> tensor<f32>
  return %second, %t : tensor<4x8xf32>, tensor<f32>
}
