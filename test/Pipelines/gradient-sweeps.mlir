// What is watched of gradients and updated values is summed up where it was made:
// no other op goes through a gradient than the contraction, the sum behind it in
// the same thread, and the update, and no other one through an updated value.
//
// RUN: gradopt-opt %s --gradopt-training-step --gradopt-fuse-recurrent-backward --gradopt-lower-cpu --mlir-disable-threading --mlir-print-ir-after=gradopt-insert-barriers -o %t 2>&1 | FileCheck %s

#target = #dlti.target_system_spec<"CPU" = #dlti.target_device_spec<"max_vector_op_width" = 256 : i64, "vector_registers" = 16 : i64, "L1_cache_size_in_bytes" = 32768 : i64, "L2_cache_size_in_bytes" = 524288 : i64>>

// Forward: the sums of squares of the states, in the tiles of the step's work.
// CHECK-LABEL: func.func private @step.body
// CHECK: scf.for
// CHECK: linalg.matmul {gradopt.kernel = #gradopt.kernel<split = 1, period = 128, [[TILE:grain = 16]]
// CHECK-NOT: gradopt.barrier
// CHECK: linalg.generic {{.*}} iterator_types = ["reduction", "parallel"]} {{.*}}[[TILE]]
// CHECK-NOT: gradopt.barrier
// CHECK: linalg.generic {{.*}} iterator_types = ["reduction", "parallel"]} {{.*}}[[TILE]]
// CHECK-NOT: iterator_types = ["reduction"]
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "reduction"]} ins(%{{.*}} : memref<9x128xf64>)
// Backward.
// CHECK: scf.for
// CHECK: linalg.generic {{.*}} iterator_types = ["reduction", "parallel"]} {{.*}}[[TILE]]
// CHECK-NOT: gradopt.barrier
// CHECK: linalg.generic {{.*}} iterator_types = ["reduction", "parallel"]} {{.*}}[[TILE]]
// CHECK-NOT: iterator_types = ["reduction"]
// CHECK: linalg.contract
//
// Gradients.
// CHECK: linalg.fill {gradopt.kernel = #gradopt.kernel<split = 1, grain = 16>} {{.*}} outs(%[[G1:[^ ]+]] : memref<40x512xf32>)
// CHECK-NEXT: linalg.contract {{.*}} {gradopt.kernel = #gradopt.kernel<split = 2, grain = 16>} {{.*}} outs(%[[G1]] :
// CHECK-NOT: gradopt.barrier
// CHECK: linalg.generic {{.*}} ins(%[[G1]] : memref<40x512xf32>) outs(%{{.*}} : memref<512xf64>, memref<512xi32>) attrs = {gradopt.kernel = #gradopt.kernel<split = 1, grain = 16, rows =
// CHECK-NOT: ins(%[[G1]]
// CHECK: linalg.contract {{.*}} {gradopt.kernel = #gradopt.kernel<split = 2, grain = 16>} {{.*}} outs(%[[G2:[^ ]+]] :
// CHECK-NOT: gradopt.barrier
// CHECK: linalg.generic {{.*}} ins(%[[G2]] : memref<128x512xf32>) outs(%{{.*}} : memref<512xf64>, memref<512xi32>)
// CHECK-NOT: ins(%[[G1]]
// CHECK-NOT: ins(%[[G2]]
//
// Updates.
// CHECK: linalg.generic {{.*}} ins(%[[G1]], {{.*}} outs(%{{[^ ]+}}, %[[NEW1:[^ ]+]] : {{.*}} {gradopt.kernel = #gradopt.kernel<split = 1, grain = 16, [[ROWS:rows = [0-9]+]]
// CHECK-NOT: gradopt.barrier
// CHECK: linalg.generic {{.*}} ins(%[[NEW1]] : memref<40x512xf32>) outs(%{{.*}} : memref<512xi32>) attrs = {gradopt.kernel = #gradopt.kernel<split = 1, grain = 16, [[ROWS]]
// CHECK: linalg.generic {{.*}} ins(%[[G2]], {{.*}} outs(%{{[^ ]+}}, %[[NEW2:[^ ]+]] :
// CHECK-NOT: gradopt.barrier
// CHECK: linalg.generic {{.*}} ins(%[[NEW2]] : memref<128x512xf32>) outs(%{{.*}} : memref<512xi32>)
// CHECK-NOT: ins(%[[G1]]
// CHECK-NOT: ins(%[[G2]]
// CHECK-NOT: ins(%[[NEW1]]
// CHECK-NOT: ins(%[[NEW2]]
module attributes {dlti.target_system_spec = #target} {
func.func @loss(%x: tensor<9x9x40xf32> {gradopt.input = "x"}, %target: tensor<9x9x128xf32> {gradopt.input = "target"},
    %w: tensor<40x512xf32> {gradopt.param = #gradopt.param<"w", init = uniform(-0.06, 0.06)>},
    %u: tensor<128x512xf32> {gradopt.param = #gradopt.param<"u", init = uniform(-0.06, 0.06)>}) -> (tensor<f32> {gradopt.loss}) {
  %y, %h, %c = gradopt.lstm "l0" %x : tensor<9x9x40xf32> weights(%w, %u : tensor<40x512xf32>, tensor<128x512xf32>)
      -> tensor<9x9x128xf32>, tensor<9x128xf32>, tensor<9x128xf32>
  %loss = gradopt.mean_squared_error %y, %target : tensor<9x9x128xf32>, tensor<9x9x128xf32> -> tensor<f32>
  return %loss : tensor<f32>
}
gradopt.recipe @train { model = @loss, result = @step, optimizer = #gradopt.sgd<learning_rate = 1.0e-2>,
  clip = [#gradopt.clip<global_norm, threshold = 1.0>], monitor = #gradopt.monitor<norms, through_time>, on_nonfinite = skip }
}
