// RUN: gradopt-opt %s | gradopt-opt | FileCheck %s
// RUN: gradopt-opt %s --mlir-print-op-generic | gradopt-opt | FileCheck %s
// RUN: gradopt-opt %s --emit-bytecode | gradopt-opt | FileCheck %s

// CHECK-LABEL: func @model
func.func @model(%table: tensor<5x4xf32>, %tokens: tensor<?x?xi32>, %one: tensor<i64>, %rows: tensor<?x?x4xf32>,
                 %logits: tensor<?x?x5xf64>, %targets: tensor<?x?xi64>, %y: tensor<?x1xf32>) {
  // CHECK: gradopt.embedding %{{.*}}, %{{.*}} : tensor<5x4xf32>, tensor<?x?xi32> -> tensor<?x?x4xf32>
  %0 = gradopt.embedding %table, %tokens : tensor<5x4xf32>, tensor<?x?xi32> -> tensor<?x?x4xf32>
  // CHECK: gradopt.embedding %{{.*}}, %{{.*}} : tensor<5x4xf32>, tensor<i64> -> tensor<4xf32>
  %1 = gradopt.embedding %table, %one : tensor<5x4xf32>, tensor<i64> -> tensor<4xf32>
  // CHECK: gradopt.scatter_add %{{.*}}, %{{.*}} : tensor<?x?x4xf32>, tensor<?x?xi32> -> tensor<5x4xf32>
  %2 = gradopt.scatter_add %rows, %tokens : tensor<?x?x4xf32>, tensor<?x?xi32> -> tensor<5x4xf32>
  // CHECK: gradopt.cross_entropy %{{.*}}, %{{.*}} : tensor<?x?x5xf64>, tensor<?x?xi64> -> tensor<f64>
  %3 = gradopt.cross_entropy %logits, %targets : tensor<?x?x5xf64>, tensor<?x?xi64> -> tensor<f64>
  // CHECK: gradopt.mean_squared_error %{{.*}}, %{{.*}} : tensor<?x1xf32>, tensor<?x1xf32> -> tensor<f32>
  %4 = gradopt.mean_squared_error %y, %y : tensor<?x1xf32>, tensor<?x1xf32> -> tensor<f32>
  return
}

// CHECK-LABEL: func @gradients
func.func @gradients(%g: tensor<3x4xf32>, %h: tensor<?xf32>, %t: tensor<f32>, %u: tensor<f64>) {
  // CHECK: gradopt.gradient %{{.*}} of "w_hh" group "rnn" : tensor<3x4xf32>
  %0 = gradopt.gradient %g of "w_hh" group "rnn" : tensor<3x4xf32>
  // CHECK: gradopt.gradient %{{.*}} of "b" : tensor<?xf32>
  %1 = gradopt.gradient %h of "b" : tensor<?xf32>
  // CHECK: gradopt.clip_by_value %{{.*}} to %{{.*}} : tensor<3x4xf32>, tensor<f64>
  %2 = gradopt.clip_by_value %g to %u : tensor<3x4xf32>, tensor<f64>
  // CHECK: %{{.*}}, %{{.*}} = gradopt.clip_by_norm l1 %{{.*}} to %{{.*}} : tensor<?xf32>, tensor<f32>
  %3, %n = gradopt.clip_by_norm l1 %h to %t : tensor<?xf32>, tensor<f32> -> tensor<f32>
  // CHECK: %{{.*}}:2, %{{.*}} = gradopt.clip_by_global_norm linf %{{.*}}, %{{.*}} to %{{.*}} : tensor<3x4xf32>, tensor<?xf32> to tensor<f32>
  %4:2, %m = gradopt.clip_by_global_norm linf %g, %h to %t : tensor<3x4xf32>, tensor<?xf32> to tensor<f32>
  return
}

// CHECK-LABEL: func @constant_thresholds
func.func @constant_thresholds(%g: tensor<3xf32>) {
  %zero = arith.constant dense<0.0> : tensor<f32>
  %minus_zero = arith.constant dense<-0.0> : tensor<f32>
  %infinity = arith.constant dense<0x7F800000> : tensor<f32>
  // CHECK-COUNT-3: gradopt.clip_by_value
  %0 = gradopt.clip_by_value %g to %zero : tensor<3xf32>, tensor<f32>
  %1 = gradopt.clip_by_value %g to %minus_zero : tensor<3xf32>, tensor<f32>
  %2 = gradopt.clip_by_value %g to %infinity : tensor<3xf32>, tensor<f32>
  return
}

// CHECK-LABEL: func @observations
func.func @observations(%g: tensor<3x4xf32>, %h: tensor<?xf32>) {
  // CHECK: gradopt.norm l2 %{{.*}}, %{{.*}} : tensor<3x4xf32>, tensor<?xf32> -> tensor<f64>
  %0 = gradopt.norm l2 %g, %h : tensor<3x4xf32>, tensor<?xf32> -> tensor<f64>
  // CHECK: %[[N:.*]] = gradopt.count_nonfinite %{{.*}}, %{{.*}} : tensor<3x4xf32>, tensor<?xf32>
  %1 = gradopt.count_nonfinite %g, %h : tensor<3x4xf32>, tensor<?xf32>
  // CHECK: gradopt.count_overflow %{{.*}}, %{{.*}} beyond 2.500000e-01 : tensor<3x4xf32>, tensor<?xf32>
  %n = gradopt.count_overflow %g, %h beyond 0.25 : tensor<3x4xf32>, tensor<?xf32>
  // CHECK: gradopt.check_finite %{{.*}} : tensor<3x4xf32>
  %2 = gradopt.check_finite %g : tensor<3x4xf32>
  // CHECK: gradopt.record "gradient/w/nonfinite", %[[N]] : tensor<i64>
  gradopt.record "gradient/w/nonfinite", %1 : tensor<i64>
  // CHECK: gradopt.record "through_time/rnn/h/norm", %{{.*}} : tensor<?xf32>
  gradopt.record "through_time/rnn/h/norm", %h : tensor<?xf32>
  return
}

// What nobody looks at is removed, but not what is recorded.
// RUN: gradopt-opt %s --cse --canonicalize | FileCheck %s --check-prefix=PURE
// PURE-LABEL: func @model
// PURE-NOT:     gradopt.
// PURE-LABEL: func @observations
// PURE-NOT:     gradopt.norm
// PURE-COUNT-2: gradopt.record
// PURE-LABEL: func @updates

// CHECK-LABEL: func @updates
func.func @updates(%p: tensor<3x4xf32>, %g: tensor<3x4xf32>, %m: tensor<3x4xf32>, %n: tensor<i64>,
                   %lr: tensor<f32>) -> (tensor<3x4xf32>, tensor<3x4xf32>) {
  // CHECK: gradopt.sgd %{{.*}}, %{{.*}} rate %{{.*}} : tensor<3x4xf32>, tensor<f32>
  %0 = gradopt.sgd %p, %g rate %lr : tensor<3x4xf32>, tensor<f32>
  // CHECK: gradopt.adam %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} step %{{.*}} rate %{{.*}} {beta1 = 9.000000e-01 : f64, beta2 = {{.*}} : f64, epsilon = {{.*}} : f64} : tensor<3x4xf32>, tensor<f32>
  %1:3 = gradopt.adam %p, %g, %m, %m step %n rate %lr {beta1 = 0.9 : f64, beta2 = 0.999 : f64, epsilon = 1.0e-8 : f64}
      : tensor<3x4xf32>, tensor<f32>
  return %0, %1#2 : tensor<3x4xf32>, tensor<3x4xf32>
}

// The sizes of what an embedding gives are those of its operands.
// RUN: gradopt-opt %s --resolve-ranked-shaped-type-result-dims --canonicalize | FileCheck %s --check-prefix=SHAPE
// SHAPE-LABEL: func @embedding_sizes
// SHAPE-SAME:  %{{.*}}: tensor<5x4xf32>, %[[I:.*]]: tensor<3x?xi32>
// SHAPE:       %[[D:.*]] = tensor.dim %[[I]], %{{.*}} : tensor<3x?xi32>
// SHAPE-NEXT:  return %[[D]]
func.func @embedding_sizes(%table: tensor<5x4xf32>, %tokens: tensor<3x?xi32>) -> index {
  %0 = gradopt.embedding %table, %tokens : tensor<5x4xf32>, tensor<3x?xi32> -> tensor<3x?x4xf32>
  %c1 = arith.constant 1 : index
  %d = tensor.dim %0, %c1 : tensor<3x?x4xf32>
  return %d : index
}
