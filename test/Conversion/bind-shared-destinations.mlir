// RUN: gradopt-opt %s --gradopt-bind-step-to-arena=function=step --split-input-file | FileCheck %s

// Bufferization makes a stored tensor in its place from the first tensor of its
// chain of destinations on. What something else reads too is not made there.

#id = affine_map<(d0) -> (d0)>

// CHECK-LABEL: func.func private @step.body
// A sum that starts from the zeros that are stored as well.
// CHECK: %[[ZERO:.+]] = linalg.fill
// CHECK: %[[EMPTY:.+]] = tensor.empty() : tensor<4xf32>
// CHECK: %[[OWN:.+]] = linalg.fill ins(%{{.+}} : f32) outs(%[[EMPTY]] : tensor<4xf32>)
// CHECK: %[[SUM:.+]] = linalg.generic
// CHECK-SAME: outs(%[[OWN]] : tensor<4xf32>)
// CHECK: bufferization.materialize_in_destination %[[ZERO]]
// CHECK: bufferization.materialize_in_destination %[[SUM]]
func.func @step(%x: tensor<?x4xf32> {gradopt.input = "x"})
    -> (tensor<4xf32> {gradopt.output = "zero"}, tensor<4xf32> {gradopt.output = "sum"}) {
  %c = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4xf32>
  %zero = linalg.fill ins(%c : f32) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  %sum = linalg.generic {
      indexing_maps = [affine_map<(t, i) -> (t, i)>, affine_map<(t, i) -> (i)>],
      iterator_types = ["reduction", "parallel"]}
      ins(%x : tensor<?x4xf32>) outs(%zero : tensor<4xf32>) {
  ^bb0(%xe: f32, %o: f32):
    %a = arith.addf %o, %xe : f32
    linalg.yield %a : f32
  } -> tensor<4xf32>
  return %zero, %sum : tensor<4xf32>, tensor<4xf32>
}

// -----

#id = affine_map<(d0) -> (d0)>

// CHECK-LABEL: func.func private @step.body
// The first result is overwritten by the second, which does not read it, and is
// added to by the third.
// CHECK: %[[A:.+]] = linalg.generic
// CHECK: %[[EMPTY:.+]] = tensor.empty(%{{.+}}) : tensor<?xf32>
// CHECK: %[[B:.+]] = linalg.generic
// CHECK-SAME: ins(%[[A]]
// CHECK-SAME: outs(%[[EMPTY]]
// CHECK: %[[COPY:.+]] = bufferization.alloc_tensor() copy(%[[A]]) : tensor<?xf32>
// CHECK: %[[C:.+]] = linalg.generic
// CHECK-SAME: outs(%[[COPY]]
// CHECK: bufferization.materialize_in_destination %[[A]]
// CHECK: bufferization.materialize_in_destination %[[B]]
// CHECK: bufferization.materialize_in_destination %[[C]]
func.func @step(%x: tensor<?xf32> {gradopt.input = "x"})
    -> (tensor<?xf32> {gradopt.output = "a"}, tensor<?xf32> {gradopt.output = "b"},
        tensor<?xf32> {gradopt.output = "c"}) {
  %0 = arith.constant 0 : index
  %n = tensor.dim %x, %0 : tensor<?xf32>
  %e = tensor.empty(%n) : tensor<?xf32>
  %a = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : tensor<?xf32>) outs(%e : tensor<?xf32>) {
  ^bb0(%xe: f32, %o: f32):
    %r = math.tanh %xe : f32
    linalg.yield %r : f32
  } -> tensor<?xf32>
  %b = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%a : tensor<?xf32>) outs(%a : tensor<?xf32>) {
  ^bb0(%ae: f32, %o: f32):
    %r = math.exp %ae : f32
    linalg.yield %r : f32
  } -> tensor<?xf32>
  %c = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : tensor<?xf32>) outs(%a : tensor<?xf32>) {
  ^bb0(%xe: f32, %o: f32):
    %r = arith.addf %o, %xe : f32
    linalg.yield %r : f32
  } -> tensor<?xf32>
  return %a, %b, %c : tensor<?xf32>, tensor<?xf32>, tensor<?xf32>
}
