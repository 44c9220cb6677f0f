// RUN: gradopt-opt %s --gradopt-checkpoint-scan --canonicalize --cse --split-input-file | FileCheck %s
// RUN: gradopt-opt %s --gradopt-checkpoint-scan=every=1 --canonicalize --cse --split-input-file | FileCheck %s --check-prefix=ONE
// RUN: gradopt-opt %s --gradopt-checkpoint-scan=every=10 --canonicalize --cse --split-input-file | FileCheck %s --check-prefix=TEN

// Ten steps are three segments of three, and one that remains. In segments of
// one, none remains; one segment of ten is what there is already.

// CHECK-LABEL: func @static
// CHECK: %[[F:.*]]:2 = gradopt.scan (%{{.*}}) to %[[N:.*]] carries({{.*}}) inputs({{.*}}tensor<3x3x2xf32>) outputs(tensor<3x2xf32>) {
// CHECK:   gradopt.scan (%{{.*}}) to %[[N]]
// CHECK: gradopt.scan (%{{.*}}) to %c1
// CHECK: gradopt.scan (%{{.*}}) to %c1

// ONE-LABEL: func @static
// ONE: gradopt.scan (%{{.*}}) to %c10 carries({{.*}}) inputs({{.*}}tensor<10x1x2xf32>) outputs(tensor<10x2xf32>) {
// ONE:   gradopt.scan (%{{.*}}) to %c1
// ONE: gradopt.scan (%{{.*}}) to %c10
// ONE:   gradopt.scan (%{{.*}}) to %c1 {{.*}} outputs(tensor<1x2xf32>) {
// ONE:   gradopt.scan (%{{.*}}) to %c1
// ONE-NOT: gradopt.scan

// TEN-LABEL: func @static
// TEN: gradopt.scan (%{{.*}}) to %c10 carries({{.*}}) inputs({{.*}}tensor<10x2xf32>) outputs(tensor<10x2xf32>) {
// TEN: gradopt.scan (%{{.*}}) to %c10
// TEN-NOT: gradopt.scan
func.func @static(%x: tensor<10x2xf32>, %h0: tensor<2xf32>, %g0: tensor<2xf32>) -> tensor<2xf32> {
  %T = arith.constant 10 : index
  %h, %tape = gradopt.scan (%s) to %T carries(%hc = %h0 : tensor<2xf32>) inputs(%x_t = %x : tensor<10x2xf32>) outputs(tensor<10x2xf32>) {
    %z = arith.addf %hc, %x_t : tensor<2xf32>
    gradopt.yield %z, %z : tensor<2xf32>, tensor<2xf32>
  }
  %g = gradopt.scan (%s) to %T carries(%gc = %g0 : tensor<2xf32>) inputs(%y = reverse %tape : tensor<10x2xf32>) {
    %d = arith.mulf %gc, %y : tensor<2xf32>
    gradopt.yield %d : tensor<2xf32>
  }
  return %g : tensor<2xf32>
}

// -----

// The root is computed when the step runs; it is one without steps. There are
// two segments more than it at most: what says so bounds the memory.

// CHECK-LABEL: func @dynamic
// CHECK: %[[T:.*]] = tensor.dim
// CHECK: %[[I:.*]] = arith.index_cast %[[T]] : index to i64
// CHECK: %[[F:.*]] = arith.sitofp %[[I]] : i64 to f64
// CHECK: %[[SQRT:.*]] = math.sqrt %[[F]] : f64
// CHECK: %[[WHOLE:.*]] = arith.fptosi %[[SQRT]] : f64 to i64
// CHECK: %[[ROOT:.*]] = arith.index_cast %[[WHOLE]] : i64 to index
// CHECK: %[[K:.*]] = arith.maxsi %[[ROOT]], %c1
// CHECK: %[[MOST:.*]] = arith.addi %[[K]], %c2
// CHECK: %[[QUOTIENT:.*]] = arith.floordivsi %[[T]], %[[K]]
// CHECK: %[[N:.*]] = affine.min #{{.*}}()[%[[QUOTIENT]], %[[MOST]]]
// CHECK: %[[PRODUCT:.*]] = arith.muli %[[N]], %[[K]]
// CHECK: %[[NK:.*]] = affine.min #{{.*}}()[%[[PRODUCT]], %[[T]]]
// CHECK: %[[R:.*]] = affine.min #{{.*}}()[%[[T]], %[[NK]], %[[K]]]
// CHECK: gradopt.scan (%{{.*}}) to %[[N]]
// CHECK:   gradopt.scan (%{{.*}}) to %[[K]]
// CHECK: gradopt.scan (%{{.*}}) to %[[R]]
// CHECK: gradopt.scan (%{{.*}}) to %[[R]]
// CHECK: gradopt.scan (%{{.*}}) to %[[N]]
// CHECK:   gradopt.scan (%{{.*}}) to %[[K]]
// CHECK:   gradopt.scan (%{{.*}}) to %[[K]]

// TEN-LABEL: func @dynamic

// Segments of one step are all that there is.
// ONE-LABEL: func @dynamic
// ONE: %[[T:.*]] = tensor.dim
// ONE: gradopt.scan (%{{.*}}) to %[[T]] {{.*}} outputs(tensor<?x2xf32>) {
// ONE:   gradopt.scan (%{{.*}}) to %c1
// ONE: gradopt.scan (%{{.*}}) to %[[T]]
// ONE:   gradopt.scan (%{{.*}}) to %c1 {{.*}} outputs(tensor<1x2xf32>) {
// ONE:   gradopt.scan (%{{.*}}) to %c1
// ONE-NOT: gradopt.scan
func.func @dynamic(%x: tensor<?x2xf32>, %h0: tensor<2xf32>, %g0: tensor<2xf32>) -> tensor<2xf32> {
  %c0 = arith.constant 0 : index
  %T = tensor.dim %x, %c0 : tensor<?x2xf32>
  %h, %tape = gradopt.scan (%s) to %T carries(%hc = %h0 : tensor<2xf32>) inputs(%x_t = %x : tensor<?x2xf32>) outputs(tensor<?x2xf32>) {
    %z = arith.addf %hc, %x_t : tensor<2xf32>
    gradopt.yield %z, %z : tensor<2xf32>, tensor<2xf32>
  }
  %g = gradopt.scan (%s) to %T carries(%gc = %g0 : tensor<2xf32>) inputs(%y = reverse %tape : tensor<?x2xf32>) {
    %d = arith.mulf %gc, %y : tensor<2xf32>
    gradopt.yield %d : tensor<2xf32>
  }
  return %g : tensor<2xf32>
}
