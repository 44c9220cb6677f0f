// RUN: gradopt-opt %s -split-input-file \
// RUN:     --one-shot-bufferize="bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map" \
// RUN:     --canonicalize --cse | FileCheck %s

#id = affine_map<(d0) -> (d0)>

// The next carry is written into the row after this step's, and no copy is made;
// the output, the same value in reverse, is copied into its row.
// CHECK-LABEL: @history(
// CHECK-SAME:    %[[T:.*]]: index, %[[X:.*]]: memref<?x?xf32>, %[[H0:.*]]: memref<?xf32>
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[C1:.*]] = arith.constant 1 : index
// CHECK-DAG:     %[[T1:.*]] = arith.addi %[[T]], %[[C1]]
// CHECK-DAG:     %[[B:.*]] = memref.dim %[[H0]], %[[C0]]
// CHECK-DAG:     %[[HS:.*]] = memref.alloc(%[[T1]], %[[B]])
// CHECK-DAG:     %[[Y:.*]] = memref.alloc(%[[T]], %[[B]])
// CHECK:         %[[FIRST:.*]] = memref.subview %[[HS]][0, 0] [1, %[[B]]] [1, 1]
// CHECK:         memref.copy %[[H0]], %[[FIRST]]
// CHECK:         scf.for %[[S:.*]] = %[[C0]] to %[[T]] step %[[C1]] {
// CHECK-NOT:       memref.alloc
// CHECK-DAG:       %[[NEXT:.*]] = arith.addi %[[S]], %[[C1]]
// CHECK-DAG:       %[[AFTER:.*]] = memref.subview %[[HS]][%[[NEXT]], 0]
// CHECK-DAG:       %[[BEFORE:.*]] = memref.subview %[[HS]][%[[S]], 0]
// CHECK-DAG:       %[[LAST:.*]] = arith.subi %[[T]], %[[C1]]
// CHECK-DAG:       %[[REVERSE:.*]] = arith.subi %[[LAST]], %[[S]]
// CHECK-DAG:       %[[Y_T:.*]] = memref.subview %[[Y]][%[[REVERSE]], 0]
// CHECK-DAG:       %[[X_T:.*]] = memref.subview %[[X]][%[[REVERSE]], 0]
// CHECK:           linalg.generic {{.*}} ins(%[[BEFORE]], %[[X_T]] : {{.*}}) outs(%[[AFTER]] :
// CHECK:           memref.copy %[[AFTER]], %[[Y_T]]
// CHECK-NOT:       memref.copy
// CHECK:         }
// CHECK:         return %[[Y]], %[[HS]]
func.func @history(%T: index, %x: tensor<?x?xf32>, %h0: tensor<?xf32>) -> (tensor<?x?xf32>, tensor<?x?xf32>) {
  %c0 = arith.constant 0 : index
  %r:3 = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<?xf32>)
      inputs(%x_t = reverse %x : tensor<?x?xf32>)
      outputs(reverse tensor<?x?xf32>) histories(0 : tensor<?x?xf32>) {
    %b = tensor.dim %h, %c0 : tensor<?xf32>
    %e = tensor.empty(%b) : tensor<?xf32>
    %next = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
        ins(%h, %x_t : tensor<?xf32>, tensor<?xf32>) outs(%e : tensor<?xf32>) {
    ^bb0(%a: f32, %c: f32, %out: f32):
      %sum = arith.addf %a, %c : f32
      linalg.yield %sum : f32
    } -> tensor<?xf32>
    gradopt.yield %next, %next : tensor<?xf32>, tensor<?xf32>
  }
  return %r#1, %r#2 : tensor<?x?xf32>, tensor<?x?xf32>
}

// -----

#id = affine_map<(d0) -> (d0)>

// A reverse history: the first value is in its last row.
// CHECK-LABEL: @reverse_history(
// CHECK-SAME:    %[[T:.*]]: index, %[[H0:.*]]: memref<2xf32>
// CHECK:         %[[HS:.*]] = memref.alloc(%{{.*}}) {{.*}} : memref<?x2xf32>
// CHECK:         %[[FIRST:.*]] = memref.subview %[[HS]][%[[T]], 0]
// CHECK:         memref.copy %[[H0]], %[[FIRST]]
// CHECK:         scf.for %[[S:.*]] =
// CHECK-DAG:       %[[NEXT:.*]] = arith.addi %[[S]]
// CHECK-DAG:       %[[TO:.*]] = arith.subi %[[T]], %[[NEXT]]
// CHECK-DAG:       %[[AFTER:.*]] = memref.subview %[[HS]][%[[TO]], 0]
// CHECK-DAG:       %[[FROM:.*]] = arith.subi %[[T]], %[[S]]
// CHECK-DAG:       %[[BEFORE:.*]] = memref.subview %[[HS]][%[[FROM]], 0]
// CHECK:           linalg.generic {{.*}} ins(%[[BEFORE]] : {{.*}}) outs(%[[AFTER]] :
// CHECK-NOT:       memref.copy
// CHECK:         }
func.func @reverse_history(%T: index, %h0: tensor<2xf32>) -> tensor<?x2xf32> {
  %r:2 = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<2xf32>)
      histories(reverse 0 : tensor<?x2xf32>) {
    %e = tensor.empty() : tensor<2xf32>
    %next = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
        ins(%h : tensor<2xf32>) outs(%e : tensor<2xf32>) {
    ^bb0(%a: f32, %out: f32):
      %sum = arith.addf %a, %a : f32
      linalg.yield %sum : f32
    } -> tensor<2xf32>
    gradopt.yield %next : tensor<2xf32>
  }
  return %r#1 : tensor<?x2xf32>
}

// -----

#id = affine_map<(d0) -> (d0)>

// An accumulator has one buffer. There is no copy in the loop.
// CHECK-LABEL: @accumulator(
// CHECK-SAME:    %[[X:.*]]: memref<4x2xf32>, %[[W0:.*]]: memref<2xf32>
// CHECK:         %[[W:.*]] = memref.alloc() {{.*}} : memref<2xf32>
// CHECK:         memref.copy %[[W0]], %[[W]]
// CHECK:         scf.for %[[S:.*]] =
// CHECK-NEXT:      %[[X_T:.*]] = memref.subview %[[X]][%[[S]], 0]
// CHECK-NEXT:      linalg.generic {{.*}} ins(%[[X_T]] : {{.*}}) outs(%[[W]] :
// CHECK-NOT:       memref.copy
// CHECK:         return %[[W]]
func.func @accumulator(%x: tensor<4x2xf32>, %w0: tensor<2xf32>) -> tensor<2xf32> {
  %T = arith.constant 4 : index
  %r = gradopt.scan (%s) to %T carries(%w = %w0 : tensor<2xf32>) inputs(%x_t = %x : tensor<4x2xf32>) {
    %next = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
        ins(%x_t : tensor<2xf32>) outs(%w : tensor<2xf32>) {
    ^bb0(%a: f32, %out: f32):
      %add = arith.addf %out, %a : f32
      linalg.yield %add : f32
    } -> tensor<2xf32>
    gradopt.yield %next : tensor<2xf32>
  }
  return %r : tensor<2xf32>
}

// -----

#id = affine_map<(d0) -> (d0)>

// A carry that is made anew has two slots; what goes out is made in its row.
// CHECK-LABEL: @slots(
// CHECK-SAME:    %[[T:.*]]: index, %[[H0:.*]]: memref<2xf32>
// CHECK-DAG:     %[[C2:.*]] = arith.constant 2 : index
// CHECK-DAG:     %[[H:.*]] = memref.alloc() {{.*}} : memref<2x2xf32>
// CHECK-DAG:     %[[Y:.*]] = memref.alloc(%[[T]]) {{.*}} : memref<?x2xf32>
// CHECK:         scf.for %[[S:.*]] =
// CHECK-DAG:       %[[NEXT:.*]] = arith.addi %[[S]],
// CHECK-DAG:       %[[TO:.*]] = arith.remui %[[NEXT]], %[[C2]]
// CHECK-DAG:       %[[AFTER:.*]] = memref.subview %[[H]][%[[TO]], 0]
// CHECK-DAG:       %[[Y_T:.*]] = memref.subview %[[Y]][%[[S]], 0]
// CHECK-DAG:       %[[FROM:.*]] = arith.remui %[[S]], %[[C2]]
// CHECK-DAG:       %[[BEFORE:.*]] = memref.subview %[[H]][%[[FROM]], 0]
// CHECK-NOT:       memref.copy
// CHECK:           linalg.generic {{.*}} ins(%[[BEFORE]] : {{.*}}) outs(%[[AFTER]], %[[Y_T]] :
// CHECK-NOT:       memref.copy
// CHECK:         }
// CHECK:         %[[PARITY:.*]] = arith.remui %[[T]], %[[C2]]
// CHECK:         memref.subview %[[H]][%[[PARITY]], 0]
func.func @slots(%T: index, %h0: tensor<2xf32>) -> (tensor<2xf32>, tensor<?x2xf32>) {
  %r:2 = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<2xf32>) outputs(tensor<?x2xf32>) {
    %e = tensor.empty() : tensor<2xf32>
    %f = tensor.empty() : tensor<2xf32>
    %next:2 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
        ins(%h : tensor<2xf32>) outs(%e, %f : tensor<2xf32>, tensor<2xf32>) {
    ^bb0(%a: f32, %out0: f32, %out1: f32):
      %sum = arith.addf %a, %a : f32
      %product = arith.mulf %a, %a : f32
      linalg.yield %sum, %product : f32, f32
    } -> (tensor<2xf32>, tensor<2xf32>)
    gradopt.yield %next#0, %next#1 : tensor<2xf32>, tensor<2xf32>
  }
  return %r#0, %r#1 : tensor<2xf32>, tensor<?x2xf32>
}

// -----

// Scalars are carried by the loop itself; a scan of nothing else becomes one too.
// CHECK-LABEL: @scalars(
// CHECK:         %[[R:.*]]:2 = scf.for {{.*}} iter_args(%[[A:.*]] = %{{.*}}, %[[B:.*]] = %{{.*}}) -> (i64, f32) {
// CHECK:           scf.yield %{{.*}}, %{{.*}} : i64, f32
// CHECK:         return %[[R]]#0, %[[R]]#1
func.func @scalars(%T: index, %n0: i64, %f0: f32) -> (i64, f32) {
  %r:2 = gradopt.scan (%s) to %T carries(%n = %n0 : i64, %f = %f0 : f32) {
    %n1 = arith.addi %n, %n : i64
    %f1 = arith.addf %f, %f : f32
    gradopt.yield %n1, %f1 : i64, f32
  }
  return %r#0, %r#1 : i64, f32
}

// -----

// Sizes of outputs that come from outside through the ops of the body.
// CHECK-LABEL: @nested(
// CHECK-SAME:    %[[T:[^:]*]]: index, %[[U:[^:]*]]: index, %[[X:[^:]*]]: memref<?x?x?xf32>
// CHECK-DAG:     %[[N:.*]] = memref.dim %[[X]], %c2
// CHECK-DAG:     memref.alloc(%[[T]], %[[U]], %[[N]])
// CHECK-NOT:     memref.alloc
// CHECK:         scf.for
// CHECK:           scf.for
// CHECK-NOT:         memref.copy
// CHECK:             linalg.exp
// CHECK-NOT:         memref.copy
// CHECK:           }
func.func @nested(%T: index, %U: index, %x: tensor<?x?x?xf32>) -> tensor<?x?x?xf32> {
  %c0 = arith.constant 0 : index
  %r = gradopt.scan (%s) to %T inputs(%row = %x : tensor<?x?x?xf32>) outputs(tensor<?x?x?xf32>) {
    %i = gradopt.scan (%p) to %U inputs(%e = reverse %row : tensor<?x?xf32>) outputs(reverse tensor<?x?xf32>) {
      %n = tensor.dim %e, %c0 : tensor<?xf32>
      %f = tensor.empty(%n) : tensor<?xf32>
      %d = linalg.exp ins(%e : tensor<?xf32>) outs(%f : tensor<?xf32>) -> tensor<?xf32>
      gradopt.yield %d : tensor<?xf32>
    }
    gradopt.yield %i : tensor<?x?xf32>
  }
  return %r : tensor<?x?x?xf32>
}

// -----

// CHECK-LABEL: @reshapes(
// CHECK-SAME:    %[[T:[^:]*]]: index, %[[X:[^:]*]]: memref<?x?x6xf32>
// CHECK-DAG:     %[[C6:.*]] = arith.constant 6 : index
// CHECK-DAG:     %[[B:.*]] = memref.dim %[[X]], %c1
// CHECK-DAG:     %[[B6:.*]] = arith.muli %[[B]], %[[C6]]
// CHECK-DAG:     memref.alloc(%[[T]], %[[B]]) {{.*}} : memref<?x?x2x3xf32>
// CHECK-DAG:     memref.alloc(%[[T]], %[[B6]]) {{.*}} : memref<?x?xf32>
// CHECK:         scf.for
func.func @reshapes(%T: index, %x: tensor<?x?x6xf32>) -> (tensor<?x?x2x3xf32>, tensor<?x?xf32>) {
  %c0 = arith.constant 0 : index
  %r:2 = gradopt.scan (%s) to %T inputs(%x_t = %x : tensor<?x?x6xf32>)
      outputs(tensor<?x?x2x3xf32>, tensor<?x?xf32>) {
    %n = tensor.dim %x_t, %c0 : tensor<?x6xf32>
    %e = tensor.expand_shape %x_t [[0], [1, 2]] output_shape [%n, 2, 3] : tensor<?x6xf32> into tensor<?x2x3xf32>
    %c = tensor.collapse_shape %x_t [[0, 1]] : tensor<?x6xf32> into tensor<?xf32>
    gradopt.yield %e, %c : tensor<?x2x3xf32>, tensor<?xf32>
  }
  return %r#0, %r#1 : tensor<?x?x2x3xf32>, tensor<?x?xf32>
}

// -----

// CHECK-LABEL: @pad(
// CHECK-SAME:    %[[T:[^:]*]]: index, %[[X:[^:]*]]: memref<?x?xf32>
// CHECK:         %[[B:.*]] = memref.dim %[[X]], %c1
// CHECK:         %[[B3:.*]] = affine.apply #{{.*}}()[%[[B]]]
// CHECK:         memref.alloc(%[[T]], %[[B3]])
// CHECK:         scf.for
func.func @pad(%T: index, %x: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %zero = arith.constant 0.0 : f32
  %r = gradopt.scan (%s) to %T inputs(%x_t = %x : tensor<?x?xf32>) outputs(tensor<?x?xf32>) {
    %p = tensor.pad %x_t low[1] high[2] {
    ^bb0(%i: index):
      tensor.yield %zero : f32
    } : tensor<?xf32> to tensor<?xf32>
    gradopt.yield %p : tensor<?xf32>
  }
  return %r : tensor<?x?xf32>
}
