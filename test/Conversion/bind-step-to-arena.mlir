// RUN: gradopt-opt %s --split-input-file --gradopt-bind-step-to-arena=function=step | FileCheck %s

// Arguments, results and records become places in the arena; the guard becomes
// its new values and a flag.

// CHECK-LABEL: func.func private @step.body(
// CHECK-SAME: %[[ARENA:[a-z0-9]+]]: memref<?xi8>, %[[T:[a-z0-9]+]]: index, %[[B:[a-z0-9]+]]: index, %[[MAX_T:[a-z0-9]+]]: index, %[[MAX_B:[a-z0-9]+]]: index, %[[SLOT:[a-z0-9]+]]: index, %{{[a-z0-9]+}}: index, %{{[a-z0-9]+}}: index, %{{[a-z0-9]+}}: !llvm.ptr)
// Places are laid out for the capacities, and each is of the size of the call.
// CHECK: arith.muli %{{.*}}, %[[MAX_T]]
// CHECK: arith.muli %{{.*}}, %[[MAX_B]]
// CHECK: %[[FIRST:.*]] = arith.cmpi eq, %[[SLOT]], %{{.*}} : index
// CHECK: %[[W_NOW:.*]] = arith.select %[[FIRST]], %[[W_0:.*]], %[[W_1:.*]] : index
// CHECK: %[[W_NEXT:.*]] = arith.select %[[FIRST]], %[[W_1]], %[[W_0]] : index
// CHECK: %[[H_NOW:.*]] = arith.select %[[FIRST]]
// CHECK: %[[H_NEXT:.*]] = arith.select %[[FIRST]]
// CHECK: %[[X_PLACE:.*]] = memref.view %[[ARENA]][%{{.*}}][%[[T]], %[[B]]] : memref<?xi8> to memref<?x?xf32>
// CHECK: bufferization.to_tensor %[[X_PLACE]] restrict : memref<?x?xf32> to tensor<?x?xf32>
// CHECK: %[[W_PLACE:.*]] = memref.view %[[ARENA]][%[[W_NOW]]][] : memref<?xi8> to memref<2xf32>
// CHECK: %[[W:.*]] = bufferization.to_tensor %[[W_PLACE]] restrict
// CHECK: %[[H_PLACE:.*]] = memref.view %[[ARENA]][%[[H_NOW]]][%[[B]]] : memref<?xi8> to memref<?x2xf32>
// CHECK: %[[H:.*]] = bufferization.to_tensor %[[H_PLACE]] restrict
// CHECK: %[[W1:.*]] = arith.addf %[[W]], %[[W]]
// CHECK: %[[H1:.*]] = arith.negf %[[H]]
// CHECK: %[[OK:.*]] = gradopt.check_finite
// CHECK-NOT: gradopt.guard
// CHECK-NOT: gradopt.record
// CHECK: %[[LOSS_OUT:.*]] = memref.view %[[ARENA]][%{{.*}}][] : memref<?xi8> to memref<f32>
// CHECK: bufferization.materialize_in_destination %{{.*}} in restrict writable %[[LOSS_OUT]]
// CHECK: %[[W_OUT:.*]] = memref.view %[[ARENA]][%[[W_NEXT]]][]
// CHECK: bufferization.materialize_in_destination %[[W1]] in restrict writable %[[W_OUT]]
// CHECK: %[[H_OUT:.*]] = memref.view %[[ARENA]][%[[H_NEXT]]][%[[B]]]
// CHECK: bufferization.materialize_in_destination %[[H1]] in restrict writable %[[H_OUT]]
// A record of one value for each row of the batch.
// CHECK: %[[ROWS:.*]] = memref.view %[[ARENA]][%{{.*}}][%[[B]]] : memref<?xi8> to memref<?xf32>
// CHECK: bufferization.materialize_in_destination %{{.*}} in restrict writable %[[ROWS]]
// The header: the interface's version and the flag.
// CHECK: %[[HEADER:.*]] = memref.view %[[ARENA]][%{{.*}}][] : memref<?xi8> to memref<2xi32>
// CHECK: %[[FLAG:.*]] = arith.extui %[[OK]] : i1 to i32
// CHECK: memref.store %{{.*}}, %[[HEADER]]
// CHECK: memref.store %[[FLAG]], %[[HEADER]]
// CHECK-NEXT: return

// CHECK: llvm.mlir.global external constant @step_manifest("GRADOPT\00
// CHECK-SAME: learning_rate\00{{.*}}rows\00") {{.*}}alignment = 8

// Threads but the first return at once.
// CHECK-LABEL: func.func @step(
// CHECK-SAME: %[[CONTEXT:[a-z0-9]+]]: !llvm.ptr, %[[THREAD:[a-z0-9]+]]: i32, %{{[a-z0-9]+}}: i32)
// CHECK: %[[IS_FIRST:.*]] = arith.cmpi eq, %[[THREAD]], %{{.*}} : i32
// CHECK-NEXT: scf.if %[[IS_FIRST]] {
// CHECK: call @step.body
// CHECK-NEXT: }
// CHECK-NEXT: return

// CHECK-LABEL: func.func @step_commit(
// CHECK-SAME: %[[CONTEXT:[a-z0-9]+]]: !llvm.ptr)
// CHECK: %[[SLOT_FIELD:.*]] = llvm.getelementptr %[[CONTEXT]][4]
// CHECK: %[[OLD:.*]] = llvm.load %[[SLOT_FIELD]] : !llvm.ptr -> i32
// CHECK: %[[NEW:.*]] = llvm.xor %[[OLD]], %{{.*}}
// CHECK-NEXT: llvm.store %[[NEW]], %[[SLOT_FIELD]]
// CHECK-NEXT: return

// Nothing but the step is called from outside.
// CHECK: func.func private @other

// CHECK-NOT: gradopt.recipe
func.func @step(
    %x: tensor<?x?xf32> {gradopt.input = "x"},
    %w: tensor<2xf32> {gradopt.param = #gradopt.param<"w", init = normal(0.0, 1.0)>},
    %h: tensor<?x2xf32> {gradopt.state = "h"},
    %rate: tensor<f32> {gradopt.hyper = "learning_rate", gradopt.init = 0.5 : f64})
    -> (tensor<f32> {gradopt.loss},
        tensor<2xf32> {gradopt.param = #gradopt.param<"w", init = normal(0.0, 1.0)>},
        tensor<?x2xf32> {gradopt.state = "h"}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %B = tensor.dim %x, %c1 : tensor<?x?xf32>
  %empty = tensor.empty(%B) : tensor<?xf32>
  %rows = linalg.fill ins(%zero : f32) outs(%empty : tensor<?xf32>) -> tensor<?xf32>
  gradopt.record "rows", %rows : tensor<?xf32>
  %r:2 = gradopt.guard(%w, %h : tensor<2xf32>, tensor<?x2xf32>) {
    %w1 = arith.addf %w, %w : tensor<2xf32>
    %h1 = arith.negf %h : tensor<?x2xf32>
    %ok = gradopt.check_finite %w1, %h1 : tensor<2xf32>, tensor<?x2xf32>
    gradopt.yield %ok, %w1, %h1 : i1, tensor<2xf32>, tensor<?x2xf32>
  }
  return %rate, %r#0, %r#1 : tensor<f32>, tensor<2xf32>, tensor<?x2xf32>
}

func.func @other() {
  return
}

gradopt.recipe @train { model = @other, result = @step }

// -----

// Two guards are good together or not at all; without one a step always is.

// CHECK-LABEL: func.func private @step.body(
// CHECK: %[[OK_A:.*]] = gradopt.check_finite
// CHECK: %[[OK_B:.*]] = gradopt.check_finite
// CHECK: %[[OK:.*]] = arith.andi %[[OK_A]], %[[OK_B]] : i1
// CHECK: arith.extui %[[OK]]
func.func @step(
    %a: tensor<2xf32> {gradopt.param = #gradopt.param<"a">},
    %b: tensor<2xf32> {gradopt.param = #gradopt.param<"b">})
    -> (tensor<2xf32> {gradopt.param = #gradopt.param<"a">},
        tensor<2xf32> {gradopt.param = #gradopt.param<"b">}) {
  %ra = gradopt.guard(%a : tensor<2xf32>) {
    %ok = gradopt.check_finite %a : tensor<2xf32>
    gradopt.yield %ok, %a : i1, tensor<2xf32>
  }
  %rb = gradopt.guard(%b : tensor<2xf32>) {
    %ok = gradopt.check_finite %b : tensor<2xf32>
    gradopt.yield %ok, %b : i1, tensor<2xf32>
  }
  return %ra, %rb : tensor<2xf32>, tensor<2xf32>
}

// -----

// CHECK-LABEL: func.func private @step.body(
// CHECK: %[[TRUE:.*]] = arith.constant true
// CHECK: arith.extui %[[TRUE]]
func.func @step() {
  return
}

// -----

// Sizes are followed through casts, reshapes, loops and what takes its size from
// a destination; a recorded value's size needs no attribute.

// CHECK-LABEL: func.func private @step.body(
// CHECK-SAME: %[[ARENA:[a-z0-9]+]]: memref<?xi8>, %[[T:[a-z0-9]+]]: index, %[[B:[a-z0-9]+]]: index,
// CHECK: memref.view %[[ARENA]][%{{.*}}][%[[T]], %[[B]]] : memref<?xi8> to memref<?x?x3xf32>
// CHECK: bufferization.materialize_in_destination
// CHECK: memref.view %[[ARENA]][%{{.*}}][%[[B]]] : memref<?xi8> to memref<?xf32>
// CHECK: bufferization.materialize_in_destination
// CHECK: memref.view %[[ARENA]][%{{.*}}][%[[T]]] : memref<?xi8> to memref<?xf32>
// CHECK: bufferization.materialize_in_destination
func.func @step(
    %x: tensor<?x?x3xf32> {gradopt.input = "x"},
    %last: tensor<?xf32> {gradopt.input = "last", gradopt.dims = "B"})
    -> (tensor<?x?x3xf32> {gradopt.output = "y"},
        tensor<?xf32> {gradopt.output = "sums", gradopt.dims = "B"}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %T = tensor.dim %x, %c0 : tensor<?x?x3xf32>
  %B = tensor.dim %x, %c1 : tensor<?x?x3xf32>
  %flat = tensor.collapse_shape %x [[0], [1, 2]] : tensor<?x?x3xf32> into tensor<?x?xf32>
  %y = tensor.expand_shape %flat [[0], [1, 2]] output_shape [%T, %B, 3]
      : tensor<?x?xf32> into tensor<?x?x3xf32>
  %sums = scf.for %t = %c0 to %T step %c1 iter_args(%sum = %last) -> (tensor<?xf32>) {
    %next = linalg.add ins(%sum, %last : tensor<?xf32>, tensor<?xf32>) outs(%sum : tensor<?xf32>) -> tensor<?xf32>
    scf.yield %next : tensor<?xf32>
  }
  %row = tensor.extract_slice %x[0, 0, 0] [%T, 1, 1] [1, 1, 1]
      : tensor<?x?x3xf32> to tensor<?xf32>
  gradopt.record "row", %row : tensor<?xf32>
  return %y, %sums : tensor<?x?x3xf32>, tensor<?xf32>
}

// -----

// Scalar functions may be called.

// CHECK-LABEL: func.func private @step.body(
// CHECK: call @scale(%{{.*}}) : (f32) -> f32
func.func private @scale(f32) -> f32
func.func @step(%x: tensor<f32> {gradopt.input = "x"}) -> (tensor<f32> {gradopt.loss}) {
  %0 = tensor.extract %x[] : tensor<f32>
  %1 = call @scale(%0) : (f32) -> f32
  %2 = tensor.from_elements %1 : tensor<f32>
  return %2 : tensor<f32>
}
