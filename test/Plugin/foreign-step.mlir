// RUN: mlir-opt %s --load-dialect-plugin=%{plugin} --load-pass-plugin=%{plugin} \
// RUN:   --pass-pipeline='builtin.module(gradopt-insert-gradient-clipping{kind=global_norm threshold=1.0},gradopt-insert-norm-monitors{norms=true},gradopt-insert-finite-checks{on-nonfinite=skip})' \
// RUN:   | FileCheck %s

// A training step that another compiler made: linear regression in plain linalg,
// with its gradients and its SGD. The stock mlir-opt makes it safe. All that
// gradopt asks for are names: `gradopt.gradient` on the gradients and
// `gradopt.param` on the parameters and their next values.

#matrix = affine_map<(b, i, o) -> (b, i)>
#weight = affine_map<(b, i, o) -> (i, o)>
#output = affine_map<(b, i, o) -> (b, o)>
#elements = affine_map<(b, o) -> (b, o)>
#columns = affine_map<(b, o) -> (o)>
#nothing = affine_map<(b, o) -> ()>
#w = affine_map<(i, o) -> (i, o)>
#b = affine_map<(o) -> (o)>

// CHECK-LABEL: func.func @step
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<?x3xf32> {gradopt.dims = "B", gradopt.input = "x"}
// CHECK-SAME: %[[W:[a-z0-9]+]]: tensor<3x2xf32> {gradopt.param = #gradopt.param<"linear.weight"
// CHECK-SAME: %[[B:[a-z0-9]+]]: tensor<2xf32> {gradopt.param = #gradopt.param<"linear.bias">}
// CHECK-SAME: attributes {gradopt.on_nonfinite = #gradopt.policy<skip>}
func.func @step(
    %x: tensor<?x3xf32> {gradopt.input = "x", gradopt.dims = "B"},
    %y: tensor<?x2xf32> {gradopt.input = "y", gradopt.dims = "B"},
    %w: tensor<3x2xf32> {gradopt.param = #gradopt.param<"linear.weight", init = xavier>},
    %b: tensor<2xf32> {gradopt.param = #gradopt.param<"linear.bias">})
    -> (tensor<f32> {gradopt.loss},
        tensor<3x2xf32> {gradopt.param = #gradopt.param<"linear.weight", init = xavier>},
        tensor<2xf32> {gradopt.param = #gradopt.param<"linear.bias">}) {
  // CHECK-DAG: %[[THRESHOLD:.*]] = arith.constant dense<1.000000e+00> : tensor<f32>
  %zero = arith.constant 0.0 : f32
  %half = arith.constant 0.5 : f32
  %rate = arith.constant 0.01 : f32
  %c0 = arith.constant 0 : index
  %B = tensor.dim %x, %c0 : tensor<?x3xf32>

  // e = x w + b - y, loss = sum(e e) / 2
  %e_empty = tensor.empty(%B) : tensor<?x2xf32>
  %bias = linalg.generic {indexing_maps = [#columns, #elements, #elements],
                          iterator_types = ["parallel", "parallel"]}
      ins(%b, %y : tensor<2xf32>, tensor<?x2xf32>) outs(%e_empty : tensor<?x2xf32>) {
  ^bb0(%b_o: f32, %y_bo: f32, %out: f32):
    %0 = arith.subf %b_o, %y_bo : f32
    linalg.yield %0 : f32
  } -> tensor<?x2xf32>
  %e = linalg.generic {indexing_maps = [#matrix, #weight, #output],
                       iterator_types = ["parallel", "reduction", "parallel"]}
      ins(%x, %w : tensor<?x3xf32>, tensor<3x2xf32>) outs(%bias : tensor<?x2xf32>) {
  ^bb0(%x_bi: f32, %w_io: f32, %sum: f32):
    %0 = arith.mulf %x_bi, %w_io : f32
    %1 = arith.addf %sum, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<?x2xf32>
  %scalar_empty = tensor.empty() : tensor<f32>
  %scalar = linalg.fill ins(%zero : f32) outs(%scalar_empty : tensor<f32>) -> tensor<f32>
  // CHECK: %[[LOSS:.*]] = linalg.generic {{.*}}iterator_types = ["reduction", "reduction"]
  %loss = linalg.generic {indexing_maps = [#elements, #nothing],
                          iterator_types = ["reduction", "reduction"]}
      ins(%e : tensor<?x2xf32>) outs(%scalar : tensor<f32>) {
  ^bb0(%e_bo: f32, %sum: f32):
    %0 = arith.mulf %e_bo, %e_bo : f32
    %1 = arith.mulf %0, %half : f32
    %2 = arith.addf %sum, %1 : f32
    linalg.yield %2 : f32
  } -> tensor<f32>

  // dw = x^T e, db = the sum of e over the batch
  %dw_empty = tensor.empty() : tensor<3x2xf32>
  %dw_zero = linalg.fill ins(%zero : f32) outs(%dw_empty : tensor<3x2xf32>) -> tensor<3x2xf32>
  %dw_raw = linalg.generic {indexing_maps = [#matrix, #output, #weight],
                            iterator_types = ["reduction", "parallel", "parallel"]}
      ins(%x, %e : tensor<?x3xf32>, tensor<?x2xf32>) outs(%dw_zero : tensor<3x2xf32>) {
  ^bb0(%x_bi: f32, %e_bo: f32, %sum: f32):
    %0 = arith.mulf %x_bi, %e_bo : f32
    %1 = arith.addf %sum, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<3x2xf32>
  // CHECK: %[[DW:.*]] = gradopt.gradient %{{.*}} of "linear.weight"
  // CHECK: gradopt.record "gradient/linear.weight/norm"
  %dw = gradopt.gradient %dw_raw of "linear.weight" : tensor<3x2xf32>
  %db_empty = tensor.empty() : tensor<2xf32>
  %db_zero = linalg.fill ins(%zero : f32) outs(%db_empty : tensor<2xf32>) -> tensor<2xf32>
  %db_raw = linalg.generic {indexing_maps = [#elements, #columns],
                            iterator_types = ["reduction", "parallel"]}
      ins(%e : tensor<?x2xf32>) outs(%db_zero : tensor<2xf32>) {
  ^bb0(%e_bo: f32, %sum: f32):
    %0 = arith.addf %sum, %e_bo : f32
    linalg.yield %0 : f32
  } -> tensor<2xf32>
  // CHECK: %[[DB:.*]] = gradopt.gradient %{{.*}} of "linear.bias"
  // CHECK: gradopt.record "gradient/linear.bias/norm"
  %db = gradopt.gradient %db_raw of "linear.bias" : tensor<2xf32>

  // The updates go by the clipped gradients.
  // CHECK: %[[C:.*]]:2, %{{.*}} = gradopt.clip_by_global_norm l2 %[[DW]], %[[DB]] to %[[THRESHOLD]]
  // CHECK: %[[W1:.*]] = linalg.generic
  // CHECK-SAME: ins(%[[C]]#0 : tensor<3x2xf32>) outs(%[[W]] : tensor<3x2xf32>)
  %w1 = linalg.generic {indexing_maps = [#w, #w], iterator_types = ["parallel", "parallel"]}
      ins(%dw : tensor<3x2xf32>) outs(%w : tensor<3x2xf32>) {
  ^bb0(%g: f32, %old: f32):
    %0 = arith.mulf %rate, %g : f32
    %1 = arith.subf %old, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<3x2xf32>
  // CHECK: %[[B1:.*]] = linalg.generic
  // CHECK-SAME: ins(%[[C]]#1 : tensor<2xf32>) outs(%[[B]] : tensor<2xf32>)
  %b1 = linalg.generic {indexing_maps = [#b, #b], iterator_types = ["parallel"]}
      ins(%db : tensor<2xf32>) outs(%b : tensor<2xf32>) {
  ^bb0(%g: f32, %old: f32):
    %0 = arith.mulf %rate, %g : f32
    %1 = arith.subf %old, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2xf32>

  // CHECK: %[[N:.*]] = gradopt.norm l2 %[[DW]], %[[DB]]
  // CHECK: gradopt.record "gradient/global/norm", %[[N]]
  // CHECK: gradopt.count_nonfinite %[[LOSS]]
  // CHECK: gradopt.record "loss/nonfinite"
  // CHECK: gradopt.count_nonfinite %[[DW]]
  // CHECK: gradopt.record "gradient/linear.weight/nonfinite"
  // CHECK: gradopt.count_nonfinite %[[DB]]
  // CHECK: gradopt.record "gradient/linear.bias/nonfinite"
  // CHECK: gradopt.count_nonfinite %[[W1]]
  // CHECK: gradopt.record "update/linear.weight/nonfinite"
  // CHECK: gradopt.count_nonfinite %[[B1]]
  // CHECK: gradopt.record "update/linear.bias/nonfinite"
  // CHECK: %[[OK:.*]] = arith.cmpi eq
  // CHECK: %[[R:.*]]:2 = gradopt.guard(%[[W]], %[[B]] :
  // CHECK-NEXT: gradopt.yield %[[OK]], %[[W1]], %[[B1]]
  // CHECK: return %[[LOSS]], %[[R]]#0, %[[R]]#1
  return %loss, %w1, %b1 : tensor<f32>, tensor<3x2xf32>, tensor<2xf32>
}
