// RUN: gradopt-opt %s --gradopt-raise-loops --split-input-file | FileCheck %s --implicit-check-not="scf.{{for|while|if}}"
// What comes out stays valid when constants are folded.
// RUN: gradopt-opt %s --gradopt-raise-loops --canonicalize --split-input-file -o /dev/null

// No iteration.
// CHECK-LABEL: func.func @none
// CHECK: %[[N:.*]] = arith.constant 0 : index
// CHECK: %[[R:.*]]:2 = gradopt.scan (%{{.*}}) to
// CHECK-SAME: inputs(%{{.*}} : tensor<0x2xf32>) outputs(tensor<0x2xf32>)
// CHECK: return %[[R]]#0, %[[R]]#1
func.func @none(%x: tensor<0x2xf32>, %h0: tensor<2xf32>) -> (tensor<2xf32>, tensor<0x2xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %e = tensor.empty() : tensor<0x2xf32>
  %r:2 = scf.for %t = %c0 to %c0 step %c1 iter_args(%h = %h0, %y = %e) -> (tensor<2xf32>, tensor<0x2xf32>) {
    %x_t = tensor.extract_slice %x[%t, 0] [1, 2] [1, 1] : tensor<0x2xf32> to tensor<2xf32>
    %h1 = arith.addf %h, %x_t : tensor<2xf32>
    %y1 = tensor.insert_slice %h1 into %y[%t, 0] [1, 2] [1, 1] : tensor<2xf32> into tensor<0x2xf32>
    scf.yield %h1, %y1 : tensor<2xf32>, tensor<0x2xf32>
  }
  return %r#0, %r#1 : tensor<2xf32>, tensor<0x2xf32>
}

// -----

// No iteration, and none of the rows is there that it would take.
// CHECK-LABEL: func.func @none_outside
// CHECK: tensor.extract_slice %{{.*}}[%{{.*}}, 0] [0, 2] [1, 1]
// CHECK: tensor.empty() : tensor<2xf32>
// CHECK: gradopt.scan
// CHECK: tensor.insert_slice %{{.*}} into %{{.*}}[%{{.*}}, 0] [0, 2] [1, 1]
func.func @none_outside(%x: tensor<1x2xf32>, %h0: tensor<2xf32>) -> (tensor<2xf32>, tensor<1x2xf32>) {
  %c1 = arith.constant 1 : index
  %c5 = arith.constant 5 : index
  %r:2 = scf.for %t = %c5 to %c1 step %c1 iter_args(%h = %h0, %y = %x) -> (tensor<2xf32>, tensor<1x2xf32>) {
    %x_t = tensor.extract_slice %x[%t, 0] [1, 2] [1, 1] : tensor<1x2xf32> to tensor<2xf32>
    %b = arith.subi %t, %c1 : index
    %p = tensor.extract_slice %y[%b, 0] [1, 2] [1, 1] : tensor<1x2xf32> to tensor<2xf32>
    %h1 = arith.addf %h, %p : tensor<2xf32>
    %y1 = tensor.insert_slice %x_t into %y[%t, 0] [1, 2] [1, 1] : tensor<2xf32> into tensor<1x2xf32>
    scf.yield %h1, %y1 : tensor<2xf32>, tensor<1x2xf32>
  }
  return %r#0, %r#1 : tensor<2xf32>, tensor<1x2xf32>
}

// -----

// One row, whose size 1 is computed.
// CHECK-LABEL: func.func @computed_one
// CHECK: gradopt.scan
// CHECK-SAME: inputs(%[[X_T:.*]] = %{{.*}} : tensor<?x2xf32>) outputs(tensor<?x2xf32>)
// CHECK: tensor.expand_shape %[[X_T]] {{\[\[}}0, 1]] output_shape [1, 2]
// CHECK: math.tanh %{{.*}} : tensor<?x2xf32>
// CHECK: gradopt.yield %{{.*}} : tensor<2xf32>
func.func @computed_one(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %T = tensor.dim %x, %c0 : tensor<?x2xf32>
  %r = scf.for %t = %c0 to %T step %c1 iter_args(%y = %x) -> tensor<?x2xf32> {
    %t1 = arith.addi %t, %c1 : index
    %n = arith.subi %t1, %t : index
    %x_t = tensor.extract_slice %x[%t, 0] [%n, 2] [1, 1] : tensor<?x2xf32> to tensor<?x2xf32>
    %h1 = math.tanh %x_t : tensor<?x2xf32>
    %y1 = tensor.insert_slice %h1 into %y[%t, 0] [%n, 2] [1, 1] : tensor<?x2xf32> into tensor<?x2xf32>
    scf.yield %y1 : tensor<?x2xf32>
  }
  return %r : tensor<?x2xf32>
}

// -----

// Nothing is carried.
// CHECK-LABEL: func.func @no_results
// CHECK: gradopt.scan (%{{.*}}) to %{{.*}} inputs(%[[X_T:.*]] = %{{.*}} : tensor<4x2xf32>) {
// CHECK-NEXT: func.call @use(%[[X_T]])
// CHECK-NEXT: gradopt.yield
func.func private @use(tensor<2xf32>)
func.func @no_results(%x: tensor<4x2xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  scf.for %t = %c0 to %c4 step %c1 {
    %x_t = tensor.extract_slice %x[%t, 0] [1, 2] [1, 1] : tensor<4x2xf32> to tensor<2xf32>
    func.call @use(%x_t) : (tensor<2xf32>) -> ()
  }
  return
}

// -----

// A sequence that is made in the loop from what is constant there, and carried.
// CHECK-LABEL: func.func @transposed_inside
// CHECK: %[[XT:.*]] = linalg.transpose
// CHECK: gradopt.scan
// CHECK-SAME: carries(%{{[a-z0-9]+}} = %{{[a-z0-9]+}} : tensor<2xf32>) inputs(%{{[a-z0-9]+}} = %[[XT]] : tensor<8x2xf32>)
func.func @transposed_inside(%x: tensor<2x8xf32>, %h0: tensor<2xf32>) -> tensor<2xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %r:2 = scf.for %t = %c0 to %c8 step %c1 iter_args(%h = %h0, %w = %x) -> (tensor<2xf32>, tensor<2x8xf32>) {
    %e = tensor.empty() : tensor<8x2xf32>
    %xt = linalg.transpose ins(%w : tensor<2x8xf32>) outs(%e : tensor<8x2xf32>) permutation = [1, 0]
    %x_t = tensor.extract_slice %xt[%t, 0] [1, 2] [1, 1] : tensor<8x2xf32> to tensor<2xf32>
    %h1 = arith.addf %h, %x_t : tensor<2xf32>
    scf.yield %h1, %w : tensor<2xf32>, tensor<2x8xf32>
  }
  return %r#0 : tensor<2xf32>
}

// -----

// Elements of a row, in an op of the body.
// CHECK-LABEL: func.func @gathered
// CHECK: gradopt.scan
// CHECK-SAME: inputs(%[[X_T:[a-z0-9]+]] = %{{[a-z0-9]+}} : tensor<8x4xf32>)
// CHECK: linalg.generic
// CHECK: tensor.extract %[[X_T]][%{{.*}}] : tensor<4xf32>
func.func @gathered(%x: tensor<8x4xf32>, %h0: tensor<2xf32>, %ix: tensor<2xindex>) -> tensor<2xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %r = scf.for %t = %c0 to %c8 step %c1 iter_args(%h = %h0) -> tensor<2xf32> {
    %h1 = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]} ins(%ix : tensor<2xindex>) outs(%h : tensor<2xf32>) {
    ^bb0(%i: index, %o: f32):
      %v = tensor.extract %x[%t, %i] : tensor<8x4xf32>
      %s = arith.addf %v, %o : f32
      linalg.yield %s : f32
    } -> tensor<2xf32>
    scf.yield %h1 : tensor<2xf32>
  }
  return %r : tensor<2xf32>
}

// -----

// Each row becomes the one behind it, which is not written yet.
// CHECK-LABEL: func.func @ahead
// CHECK-SAME: %[[Y:[a-z0-9]+]]: tensor<5x2xf32>
// CHECK: %[[REST:.*]] = tensor.extract_slice %[[Y]][1, 0] [4, 2] [1, 1]
// CHECK: %[[R:.*]] = gradopt.scan
// CHECK-SAME: inputs(%[[Y_T:[a-z0-9]+]] = %[[REST]] : tensor<4x2xf32>)
// CHECK-NEXT: gradopt.yield %[[Y_T]]
// CHECK: tensor.insert_slice %[[R]] into %[[Y]][0, 0] [4, 2] [1, 1]
func.func @ahead(%y0: tensor<5x2xf32>) -> tensor<5x2xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %r = scf.for %t = %c0 to %c4 step %c1 iter_args(%y = %y0) -> tensor<5x2xf32> {
    %n = arith.addi %t, %c1 : index
    %v = tensor.extract_slice %y[%n, 0] [1, 2] [1, 1] : tensor<5x2xf32> to tensor<2xf32>
    %y1 = tensor.insert_slice %v into %y[%t, 0] [1, 2] [1, 1] : tensor<2xf32> into tensor<5x2xf32>
    scf.yield %y1 : tensor<5x2xf32>
  }
  return %r : tensor<5x2xf32>
}
