// RUN: gradopt-opt %s --gradopt-simplify-slices --canonicalize --cse | FileCheck %s

// Gates that are computed together and then taken apart. The batch is the size
// of three things.

// CHECK-LABEL: func @gates
// CHECK:         gradopt.scan
// CHECK:           %[[Z:.*]] = linalg.matmul
// CHECK-DAG:       %[[R:.*]] = tensor.extract_slice %[[Z]][0, 0] [%{{.*}}, 3]
// CHECK-DAG:       %[[U:.*]] = tensor.extract_slice %[[Z]][0, 3] [%{{.*}}, 3]
// CHECK-DAG:       math.tanh %[[R]] : tensor<?x3xf32>
// CHECK-DAG:       math.tanh %[[U]] : tensor<?x3xf32>
// CHECK:           gradopt.yield
func.func @gates(%x: tensor<?x?x6xf32>, %h0: tensor<?x3xf32>, %w: tensor<3x6xf32>) -> tensor<?x3xf32> {
  %c0 = arith.constant 0 : index
  %T = tensor.dim %x, %c0 : tensor<?x?x6xf32>
  %B = tensor.dim %h0, %c0 : tensor<?x3xf32>
  %h = gradopt.scan (%s) to %T carries(%hp = %h0 : tensor<?x3xf32>) inputs(%xt = %x : tensor<?x?x6xf32>) {
    %z = linalg.matmul ins(%hp, %w : tensor<?x3xf32>, tensor<3x6xf32>) outs(%xt : tensor<?x6xf32>) -> tensor<?x6xf32>
    %g = math.tanh %z : tensor<?x6xf32>
    %r = tensor.extract_slice %g[0, 0] [%B, 3] [1, 1] : tensor<?x6xf32> to tensor<?x3xf32>
    %u = tensor.extract_slice %g[0, 3] [%B, 3] [1, 1] : tensor<?x6xf32> to tensor<?x3xf32>
    %p = arith.mulf %r, %u : tensor<?x3xf32>
    gradopt.yield %p : tensor<?x3xf32>
  }
  return %h : tensor<?x3xf32>
}

// The whole is kept for later steps, too.
// CHECK-LABEL: func @tape
// CHECK-DAG:     %[[R:.*]] = math.tanh %{{.*}} : tensor<2x3xf32>
// CHECK-DAG:     %[[U:.*]] = math.tanh %{{.*}} : tensor<2x4xf32>
// CHECK-DAG:     %[[E:.*]] = tensor.empty() : tensor<2x7xf32>
// CHECK:         %[[I0:.*]] = tensor.insert_slice %[[R]] into %[[E]][0, 0] [2, 3]
// CHECK-NEXT:    %[[I1:.*]] = tensor.insert_slice %[[U]] into %[[I0]][0, 3] [2, 4]
// CHECK:         return %[[I1]], %[[R]], %[[U]]
func.func @tape(%z: tensor<2x7xf32>) -> (tensor<2x7xf32>, tensor<2x3xf32>, tensor<2x4xf32>) {
  %g = math.tanh %z : tensor<2x7xf32>
  %r = tensor.extract_slice %g[0, 0] [2, 3] [1, 1] : tensor<2x7xf32> to tensor<2x3xf32>
  %u = tensor.extract_slice %g[0, 3] [2, 4] [1, 1] : tensor<2x7xf32> to tensor<2x4xf32>
  return %g, %r, %u : tensor<2x7xf32>, tensor<2x3xf32>, tensor<2x4xf32>
}

// CHECK-LABEL: func @tape_not_covered
// CHECK:         math.tanh %{{.*}} : tensor<2x7xf32>
// CHECK-NOT:     math.tanh
func.func @tape_not_covered(%z: tensor<2x7xf32>) -> (tensor<2x7xf32>, tensor<2x3xf32>) {
  %g = math.tanh %z : tensor<2x7xf32>
  %r = tensor.extract_slice %g[0, 0] [2, 3] [1, 1] : tensor<2x7xf32> to tensor<2x3xf32>
  return %g, %r : tensor<2x7xf32>, tensor<2x3xf32>
}

// CHECK-LABEL: func @overlap
// CHECK:         math.tanh %{{.*}} : tensor<2x7xf32>
// CHECK-NOT:     math.tanh
func.func @overlap(%z: tensor<2x7xf32>) -> (tensor<2x4xf32>, tensor<2x4xf32>) {
  %g = math.tanh %z : tensor<2x7xf32>
  %r = tensor.extract_slice %g[0, 0] [2, 4] [1, 1] : tensor<2x7xf32> to tensor<2x4xf32>
  %u = tensor.extract_slice %g[0, 3] [2, 4] [1, 1] : tensor<2x7xf32> to tensor<2x4xf32>
  return %r, %u : tensor<2x4xf32>, tensor<2x4xf32>
}

// Cuts across rows and columns.
// CHECK-LABEL: func @two_dims
// CHECK:         math.tanh %{{.*}} : tensor<4x6xf32>
// CHECK-NOT:     math.tanh
func.func @two_dims(%z: tensor<4x6xf32>) -> (tensor<2x6xf32>, tensor<4x3xf32>) {
  %g = math.tanh %z : tensor<4x6xf32>
  %r = tensor.extract_slice %g[0, 0] [2, 6] [1, 1] : tensor<4x6xf32> to tensor<2x6xf32>
  %u = tensor.extract_slice %g[0, 3] [4, 3] [1, 1] : tensor<4x6xf32> to tensor<4x3xf32>
  return %r, %u : tensor<2x6xf32>, tensor<4x3xf32>
}

// A contraction can start from what is added to it: the sum stays whole.
// CHECK-LABEL: func @sum_with_contraction
// CHECK:         linalg.matmul
// CHECK:         arith.addf %{{.*}} : tensor<2x6xf32>
// CHECK:         math.tanh %{{.*}} : tensor<2x3xf32>
func.func @sum_with_contraction(%h: tensor<2x3xf32>, %w: tensor<3x6xf32>, %v: tensor<2x6xf32>) -> (tensor<2x3xf32>, tensor<2x3xf32>) {
  %z = arith.constant dense<0.0> : tensor<2x6xf32>
  %m = linalg.matmul ins(%h, %w : tensor<2x3xf32>, tensor<3x6xf32>) outs(%z : tensor<2x6xf32>) -> tensor<2x6xf32>
  %a = arith.addf %m, %v : tensor<2x6xf32>
  %g = math.tanh %a : tensor<2x6xf32>
  %r = tensor.extract_slice %g[0, 0] [2, 3] [1, 1] : tensor<2x6xf32> to tensor<2x3xf32>
  %u = tensor.extract_slice %g[0, 3] [2, 3] [1, 1] : tensor<2x6xf32> to tensor<2x3xf32>
  return %r, %u : tensor<2x3xf32>, tensor<2x3xf32>
}

// What is put together is taken apart at once; a row is sliced, too, and a
// number is not.
// CHECK-LABEL: func @operand
// CHECK-SAME:    (%[[A:.*]]: tensor<?x2xf32>, %[[B:.*]]: tensor<?x3xf32>, %[[ROW:.*]]: tensor<5xf32>
// CHECK-DAG:     tensor.extract_slice %[[ROW]][0] [2]
// CHECK-DAG:     tensor.extract_slice %[[ROW]][2] [3]
// CHECK-DAG:     linalg.generic {{.*}} ins(%[[A]], %{{.*}}, %{{.*}} : tensor<?x2xf32>, tensor<2xf32>, f32)
// CHECK-DAG:     linalg.generic {{.*}} ins(%[[B]], %{{.*}}, %{{.*}} : tensor<?x3xf32>, tensor<3xf32>, f32)
// CHECK-DAG:     tensor.empty(%{{.*}}) : tensor<?x5xf32>
// CHECK:         %[[I:.*]] = tensor.insert_slice
// CHECK:         %[[J:.*]] = tensor.insert_slice %{{.*}} into %[[I]]
// CHECK:         return %[[J]]
func.func @operand(%a: tensor<?x2xf32>, %b: tensor<?x3xf32>, %row: tensor<5xf32>, %k: f32) -> tensor<?x5xf32> {
  %c0 = arith.constant 0 : index
  %d = tensor.dim %a, %c0 : tensor<?x2xf32>
  %e = tensor.empty(%d) : tensor<?x5xf32>
  %0 = tensor.insert_slice %a into %e[0, 0] [%d, 2] [1, 1] : tensor<?x2xf32> into tensor<?x5xf32>
  %1 = tensor.insert_slice %b into %0[0, 2] [%d, 3] [1, 1] : tensor<?x3xf32> into tensor<?x5xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>, affine_map<(i, j) -> ()>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]} ins(%1, %row, %k : tensor<?x5xf32>, tensor<5xf32>, f32) outs(%e : tensor<?x5xf32>) {
  ^bb0(%p: f32, %q: f32, %c: f32, %out: f32):
    %2 = arith.mulf %p, %q : f32
    %3 = arith.mulf %2, %c : f32
    linalg.yield %3 : f32
  } -> tensor<?x5xf32>
  return %r : tensor<?x5xf32>
}

// The position in the whole is needed.
// CHECK-LABEL: func @index
// CHECK:         linalg.index
// CHECK:         tensor.extract_slice
func.func @index(%z: tensor<6xindex>) -> (tensor<3xindex>) {
  %r = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%z : tensor<6xindex>) outs(%z : tensor<6xindex>) {
  ^bb0(%p: index, %out: index):
    %i = linalg.index 0 : index
    %0 = arith.addi %p, %i : index
    linalg.yield %0 : index
  } -> tensor<6xindex>
  %u = tensor.extract_slice %r[3] [3] [1] : tensor<6xindex> to tensor<3xindex>
  return %u : tensor<3xindex>
}

// The tensors are transposed, and the init is read.
// CHECK-LABEL: func @transposed
// CHECK-SAME:    (%[[X:.*]]: tensor<4x2xf32>, %[[Y:.*]]: tensor<2x4xf32>)
// CHECK-DAG:     tensor.extract_slice %[[X]][0, 0] [3, 2]
// CHECK-DAG:     tensor.extract_slice %[[X]][3, 0] [1, 2]
// CHECK-DAG:     tensor.extract_slice %[[Y]][0, 0] [2, 3]
// CHECK-DAG:     tensor.extract_slice %[[Y]][0, 3] [2, 1]
// CHECK-DAG:     linalg.generic {{.*}} outs(%{{.*}} : tensor<2x3xf32>)
// CHECK-DAG:     linalg.generic {{.*}} outs(%{{.*}} : tensor<2x1xf32>)
func.func @transposed(%x: tensor<4x2xf32>, %y: tensor<2x4xf32>) -> (tensor<2x3xf32>, tensor<2x1xf32>) {
  %g = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j, i)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<4x2xf32>) outs(%y : tensor<2x4xf32>) {
  ^bb0(%p: f32, %out: f32):
    %0 = arith.mulf %p, %out : f32
    linalg.yield %0 : f32
  } -> tensor<2x4xf32>
  %r = tensor.extract_slice %g[0, 0] [2, 3] [1, 1] : tensor<2x4xf32> to tensor<2x3xf32>
  %u = tensor.extract_slice %g[0, 3] [2, 1] [1, 1] : tensor<2x4xf32> to tensor<2x1xf32>
  return %r, %u : tensor<2x3xf32>, tensor<2x1xf32>
}

// CHECK-LABEL: func @constant_time
// CHECK:         linalg.fill {{.*}} outs(%{{.*}} : tensor<2x3xf32>)
func.func @constant_time(%v: f32) -> tensor<2x3xf32> {
  %e = tensor.empty() : tensor<2x6xf32>
  %f = linalg.fill ins(%v : f32) outs(%e : tensor<2x6xf32>) -> tensor<2x6xf32>
  %r = tensor.extract_slice %f[0, 0] [2, 3] [1, 1] : tensor<2x6xf32> to tensor<2x3xf32>
  return %r : tensor<2x3xf32>
}

// Each row is a use of its own: there are as many pieces as there are uses.
// CHECK-LABEL: func @rows
// CHECK:         math.tanh %{{.*}} : tensor<4x6xf32>
func.func @rows(%z: tensor<4x6xf32>) -> (tensor<6xf32>, tensor<6xf32>) {
  %g = math.tanh %z : tensor<4x6xf32>
  %r = tensor.extract_slice %g[0, 0] [1, 6] [1, 1] : tensor<4x6xf32> to tensor<6xf32>
  %u = tensor.extract_slice %g[1, 0] [1, 6] [1, 1] : tensor<4x6xf32> to tensor<6xf32>
  return %r, %u : tensor<6xf32>, tensor<6xf32>
}

// A sum over time leaves its loop as a whole; a state that is used does not.
// CHECK-LABEL: func @accumulated
// CHECK:         gradopt.scan
// CHECK-SAME:      carries(%{{[^,]*}}, %[[H:[a-z0-9]*]] = %
// CHECK-COUNT-2:   tensor.insert_slice
// CHECK:           arith.addf %{{.*}} : tensor<2x6xf32>
// CHECK:           %[[N:.*]] = arith.addf {{.*}} : tensor<2x6xf32>
// CHECK:           tensor.extract_slice %[[H]]
// CHECK:           gradopt.yield %[[N]],
func.func @accumulated(%a: tensor<5x2x3xf32>, %acc0: tensor<2x6xf32>) -> (tensor<2x6xf32>, tensor<2x6xf32>) {
  %T = arith.constant 5 : index
  %r:2 = gradopt.scan (%s) to %T carries(%acc = %acc0 : tensor<2x6xf32>, %h = %acc0 : tensor<2x6xf32>) inputs(%p = %a : tensor<5x2x3xf32>) {
    %e = tensor.empty() : tensor<2x6xf32>
    %0 = tensor.insert_slice %p into %e[0, 0] [2, 3] [1, 1] : tensor<2x3xf32> into tensor<2x6xf32>
    %1 = tensor.insert_slice %p into %0[0, 3] [2, 3] [1, 1] : tensor<2x3xf32> into tensor<2x6xf32>
    %2 = arith.addf %acc, %1 : tensor<2x6xf32>
    %next = arith.addf %2, %1 : tensor<2x6xf32>
    %3 = arith.mulf %h, %h : tensor<2x6xf32>
    %h1 = arith.addf %3, %1 : tensor<2x6xf32>
    gradopt.yield %next, %h1 : tensor<2x6xf32>, tensor<2x6xf32>
  }
  return %r#0, %r#1 : tensor<2x6xf32>, tensor<2x6xf32>
}
