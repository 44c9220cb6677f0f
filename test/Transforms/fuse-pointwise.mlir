// RUN: gradopt-opt %s --gradopt-fuse-pointwise --canonicalize --cse | FileCheck %s
// RUN: gradopt-opt %s --gradopt-fuse-pointwise --canonicalize --cse --gradopt-fuse-pointwise | FileCheck %s

// A cell with two gates, which upstream fusion leaves as four ops.

// CHECK-LABEL: func @two_gates
// CHECK:         gradopt.scan
// CHECK:           %[[Z:.*]] = linalg.matmul
// CHECK-DAG:       %[[F:.*]] = tensor.extract_slice %[[Z]][0, 0]
// CHECK-DAG:       %[[G:.*]] = tensor.extract_slice %[[Z]][0, 3]
// CHECK:           %[[R:.*]]:3 = linalg.generic
// CHECK-SAME:        ins(%[[F]], %[[G]], %{{.*}} : tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>)
// CHECK:             %[[TF:.*]] = math.tanh
// CHECK:             %[[TG:.*]] = math.tanh
// CHECK:             arith.mulf
// CHECK:             %[[S:.*]] = arith.addf
// CHECK:             linalg.yield %[[TF]], %[[TG]], %[[S]]
// CHECK-NOT:       linalg.generic
// CHECK:           gradopt.yield %[[R]]#2, %[[R]]#0, %[[R]]#1
func.func @two_gates(%x: tensor<?x?x6xf32>, %h0: tensor<?x3xf32>, %w: tensor<3x6xf32>) -> (tensor<?x3xf32>, tensor<?x?x3xf32>, tensor<?x?x3xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %T = tensor.dim %x, %c0 : tensor<?x?x6xf32>
  %B = tensor.dim %x, %c1 : tensor<?x?x6xf32>
  %h:3 = gradopt.scan (%s) to %T carries(%hp = %h0 : tensor<?x3xf32>) inputs(%xt = %x : tensor<?x?x6xf32>)
      outputs(tensor<?x?x3xf32>, tensor<?x?x3xf32>) {
    %z = linalg.matmul ins(%hp, %w : tensor<?x3xf32>, tensor<3x6xf32>) outs(%xt : tensor<?x6xf32>) -> tensor<?x6xf32>
    %f = tensor.extract_slice %z[0, 0] [%B, 3] [1, 1] : tensor<?x6xf32> to tensor<?x3xf32>
    %tf = math.tanh %f : tensor<?x3xf32>
    %g = tensor.extract_slice %z[0, 3] [%B, 3] [1, 1] : tensor<?x6xf32> to tensor<?x3xf32>
    %tg = math.tanh %g : tensor<?x3xf32>
    %m = arith.mulf %tf, %hp : tensor<?x3xf32>
    %h1 = arith.addf %m, %tg : tensor<?x3xf32>
    gradopt.yield %h1, %tf, %tg : tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>
  }
  return %h#0, %h#1, %h#2 : tensor<?x3xf32>, tensor<?x?x3xf32>, tensor<?x?x3xf32>
}

// All kinds of elementwise ops, constants and fills.
// CHECK-LABEL: func @kinds
// CHECK-NOT:     linalg.fill
// CHECK:         %[[R:.*]] = linalg.generic {{.*}} ins(%{{.*}}, %{{.*}} : tensor<3xf32>, tensor<2x3xf32>)
// CHECK-NOT:     linalg.{{[^y]}}
// CHECK:         linalg.yield
// CHECK-NEXT:    }
// CHECK-NEXT:    return %[[R]]
func.func @kinds(%x: tensor<2x3xf32>, %row: tensor<3xf32>) -> tensor<2x3xf32> {
  %e = tensor.empty() : tensor<2x3xf32>
  %two = arith.constant 2.0 : f32
  %three = arith.constant dense<3.0> : tensor<2x3xf32>
  %twos = linalg.fill ins(%two : f32) outs(%e : tensor<2x3xf32>) -> tensor<2x3xf32>
  %b = linalg.broadcast ins(%row : tensor<3xf32>) outs(%e : tensor<2x3xf32>) dimensions = [0]
  %0 = linalg.mul ins(%x, %twos : tensor<2x3xf32>, tensor<2x3xf32>) outs(%e : tensor<2x3xf32>) -> tensor<2x3xf32>
  %1 = arith.addf %0, %three : tensor<2x3xf32>
  %2 = linalg.map { math.exp } ins(%1 : tensor<2x3xf32>) outs(%e : tensor<2x3xf32>)
  %3 = arith.addf %2, %b : tensor<2x3xf32>
  return %3 : tensor<2x3xf32>
}

// No third op may stand in a circle: an elementwise op behind a contraction
// stays behind it.
// CHECK-LABEL: func @contraction
// CHECK:         %[[A:.*]] = linalg.generic
// CHECK:           math.tanh
// CHECK:         %[[M:.*]] = linalg.matmul ins(%[[A]]
// CHECK:         linalg.generic {{.*}} ins(%[[A]], %[[M]] :
// CHECK-NOT:     linalg.generic
func.func @contraction(%x: tensor<3x3xf32>, %w: tensor<3x3xf32>, %init: tensor<3x3xf32>) -> tensor<3x3xf32> {
  %a = math.tanh %x : tensor<3x3xf32>
  %m = linalg.matmul ins(%a, %w : tensor<3x3xf32>, tensor<3x3xf32>) outs(%init : tensor<3x3xf32>) -> tensor<3x3xf32>
  %b = arith.addf %a, %m : tensor<3x3xf32>
  return %b : tensor<3x3xf32>
}

// A contraction of the first result moves behind, one that the second needs
// moves in front.
// CHECK-LABEL: func @moved
// CHECK-SAME:    (%[[X:.*]]: tensor<3x3xf32>, %[[W:.*]]: tensor<3x3xf32>, %[[INIT:.*]]: tensor<3x3xf32>)
// CHECK:         %[[N:.*]] = linalg.matmul ins(%[[X]], %[[W]]
// CHECK:         %[[R:.*]]:2 = linalg.generic {{.*}} ins(%[[X]], %[[N]] :
// CHECK:         %[[M:.*]] = linalg.matmul ins(%[[R]]#0, %[[W]]
// CHECK:         return %[[M]], %[[R]]#1
func.func @moved(%x: tensor<3x3xf32>, %w: tensor<3x3xf32>, %init: tensor<3x3xf32>) -> (tensor<3x3xf32>, tensor<3x3xf32>) {
  %a = math.tanh %x : tensor<3x3xf32>
  %m = linalg.matmul ins(%a, %w : tensor<3x3xf32>, tensor<3x3xf32>) outs(%init : tensor<3x3xf32>) -> tensor<3x3xf32>
  %n = linalg.matmul ins(%x, %w : tensor<3x3xf32>, tensor<3x3xf32>) outs(%init : tensor<3x3xf32>) -> tensor<3x3xf32>
  %b = arith.mulf %a, %n : tensor<3x3xf32>
  return %m, %b : tensor<3x3xf32>, tensor<3x3xf32>
}

// A reduction is no part of it, nor is a contraction.
// CHECK-LABEL: func @reduction
// CHECK:         linalg.generic {{.*}} iterator_types = ["parallel", "parallel"]
// CHECK:           math.tanh
// CHECK:         linalg.generic {{.*}} iterator_types = ["reduction", "parallel"]
// CHECK-NOT:       math.tanh
func.func @reduction(%x: tensor<2x3xf32>, %init: tensor<3xf32>) -> tensor<3xf32> {
  %a = math.tanh %x : tensor<2x3xf32>
  %b = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>], iterator_types = ["reduction", "parallel"]}
      ins(%a : tensor<2x3xf32>) outs(%init : tensor<3xf32>) {
  ^bb0(%v: f32, %out: f32):
    %0 = arith.addf %out, %v : f32
    linalg.yield %0 : f32
  } -> tensor<3xf32>
  return %b : tensor<3xf32>
}

// Siblings read one tensor. What has nothing in common stays apart.
// CHECK-LABEL: func @siblings
// CHECK-SAME:    (%[[X:.*]]: tensor<2x3xf32>, %[[Y:.*]]: tensor<2x3xf32>)
// CHECK-DAG:     %[[R:.*]]:2 = linalg.generic {{.*}} ins(%[[X]] : tensor<2x3xf32>)
// CHECK-DAG:     %[[S:.*]] = linalg.generic {{.*}} ins(%[[Y]] : tensor<2x3xf32>)
// CHECK:         return %[[R]]#0, %[[S]], %[[R]]#1
func.func @siblings(%x: tensor<2x3xf32>, %y: tensor<2x3xf32>) -> (tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>) {
  %a = math.tanh %x : tensor<2x3xf32>
  %b = math.exp %y : tensor<2x3xf32>
  %c = math.sin %x : tensor<2x3xf32>
  return %a, %b, %c : tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>
}

// They are pieces of what one contraction reads.
// CHECK-LABEL: func @one_consumer
// CHECK:         %[[R:.*]]:2 = linalg.generic
// CHECK-NOT:     linalg.generic
// CHECK:         tensor.insert_slice %[[R]]#0
// CHECK:         tensor.insert_slice %[[R]]#1
// CHECK:         linalg.matmul
func.func @one_consumer(%x: tensor<2x3xf32>, %y: tensor<2x3xf32>, %w: tensor<6x2xf32>, %init: tensor<2x2xf32>) -> tensor<2x2xf32> {
  %a = math.tanh %x : tensor<2x3xf32>
  %b = math.exp %y : tensor<2x3xf32>
  %e = tensor.empty() : tensor<2x6xf32>
  %0 = tensor.insert_slice %a into %e[0, 0] [2, 3] [1, 1] : tensor<2x3xf32> into tensor<2x6xf32>
  %1 = tensor.insert_slice %b into %0[0, 3] [2, 3] [1, 1] : tensor<2x3xf32> into tensor<2x6xf32>
  %m = linalg.matmul ins(%1, %w : tensor<2x6xf32>, tensor<6x2xf32>) outs(%init : tensor<2x2xf32>) -> tensor<2x2xf32>
  return %m : tensor<2x2xf32>
}

// What several compute is computed once, and operands are read once.
// CHECK-LABEL: func @same_work
// CHECK-SAME:    (%[[X:.*]]: tensor<2xf64>)
// CHECK:         %[[R:.*]]:2 = linalg.generic {{.*}} ins(%[[X]] : tensor<2xf64>)
// CHECK:           math.tanh
// CHECK-NOT:       math.tanh
// CHECK:         return
func.func @same_work(%x: tensor<2xf64>) -> (tensor<2xf64>, tensor<2xf64>) {
  %a = math.tanh %x : tensor<2xf64>
  %b = arith.addf %a, %x : tensor<2xf64>
  %c = math.tanh %x : tensor<2xf64>
  %d = arith.mulf %c, %x : tensor<2xf64>
  return %b, %d : tensor<2xf64>, tensor<2xf64>
}

// Other element types, and no dimension.
// CHECK-LABEL: func @types
// CHECK:         linalg.generic
// CHECK-NOT:     linalg.generic
// CHECK:         -> (tensor<i1>, tensor<i32>, tensor<f64>)
func.func @types(%x: tensor<f64>, %y: tensor<f64>, %n: tensor<i32>) -> (tensor<i1>, tensor<i32>, tensor<f64>) {
  %a = arith.cmpf olt, %x, %y : tensor<f64>
  %m = arith.addi %n, %n : tensor<i32>
  %b = arith.select %a, %m, %n : tensor<i1>, tensor<i32>
  %c = arith.sitofp %b : tensor<i32> to tensor<f64>
  return %a, %b, %c : tensor<i1>, tensor<i32>, tensor<f64>
}

// A choice by a scalar of the step, which stands in front of the one op.
// CHECK-LABEL: func @scalar_condition
// CHECK:         gradopt.scan
// CHECK:           %[[C:.*]] = arith.cmpi slt
// CHECK:           linalg.generic
// CHECK:             math.tanh
// CHECK:             arith.select %[[C]]
// CHECK-NOT:       linalg.generic
func.func @scalar_condition(%T: index, %n: index, %h0: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %h = gradopt.scan (%s) to %T carries(%hp = %h0 : tensor<?x3xf32>) {
    %a = math.tanh %hp : tensor<?x3xf32>
    %c = arith.cmpi slt, %s, %n : index
    %b = arith.select %c, %a, %hp : tensor<?x3xf32>
    gradopt.yield %b : tensor<?x3xf32>
  }
  return %h : tensor<?x3xf32>
}

// A producer in another order of loops.
// CHECK-LABEL: func @transposed
// CHECK:         %[[R:.*]]:2 = linalg.generic
// CHECK-NOT:     linalg.generic
// CHECK:         return %[[R]]#0, %[[R]]#1 : tensor<2x3xf32>, tensor<3x2xf32>
func.func @transposed(%x: tensor<2x3xf32>, %y: tensor<3x2xf32>) -> (tensor<2x3xf32>, tensor<3x2xf32>) {
  %a = math.tanh %x : tensor<2x3xf32>
  %e = tensor.empty() : tensor<3x2xf32>
  %t = linalg.transpose ins(%a : tensor<2x3xf32>) outs(%e : tensor<3x2xf32>) permutation = [1, 0]
  %b = arith.addf %t, %y : tensor<3x2xf32>
  return %a, %b : tensor<2x3xf32>, tensor<3x2xf32>
}

// Element (i, j) needs (i, j) and (j, i): these are not one iteration space.
// CHECK-LABEL: func @own_transpose
// CHECK:         linalg.generic
// CHECK:           math.tanh
// CHECK:         linalg.generic
// CHECK-NOT:       math.tanh
// CHECK:           arith.addf
func.func @own_transpose(%x: tensor<3x3xf32>) -> tensor<3x3xf32> {
  %a = math.tanh %x : tensor<3x3xf32>
  %b = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j, i)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]} ins(%a, %a : tensor<3x3xf32>, tensor<3x3xf32>) outs(%x : tensor<3x3xf32>) {
  ^bb0(%p: f32, %q: f32, %out: f32):
    %0 = arith.addf %p, %q : f32
    linalg.yield %0 : f32
  } -> tensor<3x3xf32>
  return %b : tensor<3x3xf32>
}

// What is read from an init, of a member and of something else; the position.
// CHECK-LABEL: func @inits
// CHECK-SAME:    (%[[X:.*]]: tensor<2x3xf32>, %[[Y:.*]]: tensor<2x3xf32>)
// CHECK:         linalg.generic {{.*}} ins(%[[X]] : tensor<2x3xf32>) outs(%[[Y]] : tensor<2x3xf32>)
// CHECK:         ^bb0(%[[A:.*]]: f32, %[[O:.*]]: f32):
// CHECK:           %[[T:.*]] = math.tanh %[[A]]
// CHECK:           linalg.index 1
// CHECK:           %[[S:.*]] = arith.addf %[[T]], %
// CHECK:           arith.mulf %[[S]], %[[O]]
// CHECK-NOT:     linalg.generic
func.func @inits(%x: tensor<2x3xf32>, %y: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %a = math.tanh %x : tensor<2x3xf32>
  %b = linalg.generic {indexing_maps = [affine_map<(i, j) -> (j, i)>], iterator_types = ["parallel", "parallel"]} outs(%a : tensor<2x3xf32>) {
  ^bb0(%out: f32):
    %i = linalg.index 0 : index
    %0 = arith.index_cast %i : index to i32
    %1 = arith.sitofp %0 : i32 to f32
    %2 = arith.addf %out, %1 : f32
    linalg.yield %2 : f32
  } -> tensor<2x3xf32>
  %c = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%b : tensor<2x3xf32>) outs(%y : tensor<2x3xf32>) {
  ^bb0(%p: f32, %out: f32):
    %0 = arith.mulf %p, %out : f32
    linalg.yield %0 : f32
  } -> tensor<2x3xf32>
  return %c : tensor<2x3xf32>
}
