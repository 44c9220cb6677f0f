// RUN: gradopt-opt %s --gradopt-merge-contractions --split-input-file | FileCheck %s
// RUN: gradopt-opt %s --gradopt-merge-contractions --gradopt-merge-contractions --split-input-file | FileCheck %s

// Contractions that share an operand: the weights are stacked in front of the
// scan, once, and what they start from is the input that is there already.

// CHECK-LABEL: func @gates
// CHECK:       %[[E:.*]] = tensor.empty() : tensor<4x7xf32>
// CHECK-NEXT:  %[[U0:.*]] = tensor.insert_slice %{{.*}} into %[[E]][0, 0] [4, 3] [1, 1]
// CHECK-NEXT:  %[[U:.*]] = tensor.insert_slice %{{.*}} into %[[U0]][0, 3] [4, 4] [1, 1]
// CHECK:       gradopt.scan {{.*}} carries(%[[H:[^ ]*]] = {{.*}} inputs(%[[X:[^ ]*]] = %arg0 : tensor<?x?x7xf32>)
// CHECK-NOT:     insert_slice
// CHECK:         %[[C:.*]] = linalg.contract {{.*}} ins(%[[H]], %[[U]] : tensor<?x4xf32>, tensor<4x7xf32>) outs(%[[X]] : tensor<?x7xf32>)
// CHECK-NOT:     linalg.contract
// CHECK-NOT:     linalg.matmul
// CHECK:         %[[A:.*]] = tensor.extract_slice %[[C]][0, 0] [%{{.*}}, 3] [1, 1]
// CHECK:         %[[B:.*]] = tensor.extract_slice %[[C]][0, 3] [%{{.*}}, 4] [1, 1]
// CHECK:         gradopt.yield %[[B]], %[[A]]
func.func @gates(%x: tensor<?x?x7xf32>, %h0: tensor<?x4xf32>, %u0: tensor<4x3xf32>, %u1: tensor<4x4xf32>) -> (tensor<?x4xf32>, tensor<?x?x3xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %T = tensor.dim %x, %c0 : tensor<?x?x7xf32>
  %B = tensor.dim %x, %c1 : tensor<?x?x7xf32>
  %x0 = tensor.extract_slice %x[0, 0, 0] [%T, %B, 3] [1, 1, 1] : tensor<?x?x7xf32> to tensor<?x?x3xf32>
  %x1 = tensor.extract_slice %x[0, 0, 3] [%T, %B, 4] [1, 1, 1] : tensor<?x?x7xf32> to tensor<?x?x4xf32>
  %r:2 = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<?x4xf32>)
      inputs(%a0 = %x0 : tensor<?x?x3xf32>, %a1 = %x1 : tensor<?x?x4xf32>) outputs(tensor<?x?x3xf32>) {
    %g0 = linalg.matmul ins(%h, %u0 : tensor<?x4xf32>, tensor<4x3xf32>) outs(%a0 : tensor<?x3xf32>) -> tensor<?x3xf32>
    %g1 = linalg.matmul ins(%h, %u1 : tensor<?x4xf32>, tensor<4x4xf32>) outs(%a1 : tensor<?x4xf32>) -> tensor<?x4xf32>
    gradopt.yield %g1, %g0 : tensor<?x4xf32>, tensor<?x3xf32>
  }
  return %r#0, %r#1 : tensor<?x4xf32>, tensor<?x?x3xf32>
}

// -----

// A sum of contractions is one over the joined dimension: the gradients of the
// gates are written into slices of one tensor. What is added to it is what it
// starts from.

// CHECK-DAG: #[[$W:.*]] = affine_map<(d0, d1, d2) -> (d1, d2)>
// CHECK-DAG: #[[$G:.*]] = affine_map<(d0, d1, d2) -> (d0, d2)>
// CHECK-DAG: #[[$O:.*]] = affine_map<(d0, d1, d2) -> (d0, d1)>
// CHECK-LABEL: func @joined
// CHECK:         %[[U0:.*]] = tensor.insert_slice %{{.*}} into %{{.*}}[0, 0] [4, 3] [1, 1]
// CHECK-NEXT:    %[[U:.*]] = tensor.insert_slice %{{.*}} into %[[U0]][0, 3] [4, 5] [1, 1]
// CHECK:         gradopt.scan
// CHECK:           %[[D0:.*]] = math.tanh
// CHECK:           %[[D1:.*]] = math.sin
// CHECK:           %[[G0:.*]] = tensor.insert_slice %[[D0]] into %{{.*}}[0, 0] [2, 3] [1, 1]
// CHECK-NEXT:      %[[G1:.*]] = tensor.insert_slice %[[D1]] into %[[G0]][0, 3] [2, 5] [1, 1]
// CHECK:           %[[DH:.*]] = math.exp
// CHECK:           %[[C:.*]] = linalg.contract indexing_maps = [#[[$W]], #[[$G]], #[[$O]]] ins(%[[U]], %[[G1]] : tensor<4x8xf64>, tensor<2x8xf64>) outs(%[[DH]] : tensor<2x4xf64>)
// CHECK-NEXT:      gradopt.yield %[[C]]
func.func @joined(%T: index, %x0: tensor<?x2x3xf64>, %x1: tensor<?x2x5xf64>, %h0: tensor<2x4xf64>, %u0: tensor<4x3xf64>, %u1: tensor<4x5xf64>) -> tensor<2x4xf64> {
  %zero = arith.constant 0.0 : f64
  %e = tensor.empty() : tensor<2x4xf64>
  %z = linalg.fill ins(%zero : f64) outs(%e : tensor<2x4xf64>) -> tensor<2x4xf64>
  %r = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<2x4xf64>)
      inputs(%a0 = reverse %x0 : tensor<?x2x3xf64>, %a1 = reverse %x1 : tensor<?x2x5xf64>) {
    %d0 = math.tanh %a0 : tensor<2x3xf64>
    %c0 = linalg.generic {indexing_maps = [affine_map<(b, k, n) -> (k, n)>, affine_map<(b, k, n) -> (b, n)>, affine_map<(b, k, n) -> (b, k)>],
                         iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%u0, %d0 : tensor<4x3xf64>, tensor<2x3xf64>) outs(%z : tensor<2x4xf64>) {
    ^bb0(%p: f64, %q: f64, %o: f64):
      %m = arith.mulf %q, %p : f64
      %n = arith.addf %o, %m : f64
      linalg.yield %n : f64
    } -> tensor<2x4xf64>
    %d1 = math.sin %a1 : tensor<2x5xf64>
    // The operands in the other order.
    %c1 = linalg.contract indexing_maps = [affine_map<(b, n, k) -> (b, n)>, affine_map<(b, n, k) -> (k, n)>, affine_map<(b, n, k) -> (b, k)>]
        ins(%d1, %u1 : tensor<2x5xf64>, tensor<4x5xf64>) outs(%z : tensor<2x4xf64>) -> tensor<2x4xf64>
    %s0 = arith.addf %c0, %c1 : tensor<2x4xf64>
    %dh = math.exp %h : tensor<2x4xf64>
    %s1 = linalg.add ins(%dh, %s0 : tensor<2x4xf64>, tensor<2x4xf64>) outs(%s0 : tensor<2x4xf64>) -> tensor<2x4xf64>
    gradopt.yield %s1 : tensor<2x4xf64>
  }
  return %r : tensor<2x4xf64>
}

// -----

// The gradients of weights: what one scan computes becomes one output of it,
// and the histories are not touched.

// CHECK-LABEL: func @outputs
// CHECK:         %[[R:[^:]*]]:{{.*}} = gradopt.scan {{.*}} outputs(reverse tensor<?x?x8xf32>)
// CHECK:           %[[D0:.*]] = math.tanh
// CHECK:           %[[D1:.*]] = math.sin
// CHECK:           %[[G0:.*]] = tensor.insert_slice %[[D0]] into %{{.*}}[0, 0] [%{{.*}}, 3] [1, 1]
// CHECK-NEXT:      %[[G1:.*]] = tensor.insert_slice %[[D1]] into %[[G0]][0, 3] [%{{.*}}, 5] [1, 1]
// CHECK:           gradopt.yield %{{.*}}, %[[G1]]
// CHECK:         }
// CHECK:         %[[C:.*]] = linalg.contract {{.*}} ins(%arg3, %[[R]]#1 : tensor<?x?x4xf32>, tensor<?x?x8xf32>) outs(%{{.*}} : tensor<4x8xf32>)
// CHECK-NOT:     linalg.contract
// CHECK:         %[[S0:.*]] = tensor.extract_slice %[[C]][0, 0] [4, 3] [1, 1]
// CHECK:         %[[S1:.*]] = tensor.extract_slice %[[C]][0, 3] [4, 5] [1, 1]
// CHECK:         return %[[S0]], %[[S1]]
func.func @outputs(%T: index, %x0: tensor<?x?x3xf32>, %x1: tensor<?x?x5xf32>, %hs: tensor<?x?x4xf32>, %h0: tensor<?x3xf32>) -> (tensor<4x3xf32>, tensor<4x5xf32>) {
  %zero = arith.constant 0.0 : f32
  %r:3 = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<?x3xf32>)
      inputs(%a0 = reverse %x0 : tensor<?x?x3xf32>, %a1 = reverse %x1 : tensor<?x?x5xf32>)
      outputs(reverse tensor<?x?x3xf32>, reverse tensor<?x?x5xf32>) {
    %s0 = arith.mulf %a0, %h : tensor<?x3xf32>
    %d0 = math.tanh %s0 : tensor<?x3xf32>
    %d1 = math.sin %a1 : tensor<?x5xf32>
    gradopt.yield %d0, %d0, %d1 : tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x5xf32>
  }
  %e0 = tensor.empty() : tensor<4x3xf32>
  %z0 = linalg.fill ins(%zero : f32) outs(%e0 : tensor<4x3xf32>) -> tensor<4x3xf32>
  %e1 = tensor.empty() : tensor<4x5xf32>
  %z1 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<4x5xf32>) -> tensor<4x5xf32>
  %w0 = linalg.contract indexing_maps = [affine_map<(t, b, h, g) -> (t, b, h)>, affine_map<(t, b, h, g) -> (t, b, g)>, affine_map<(t, b, h, g) -> (h, g)>]
      ins(%hs, %r#1 : tensor<?x?x4xf32>, tensor<?x?x3xf32>) outs(%z0 : tensor<4x3xf32>) -> tensor<4x3xf32>
  %w1 = linalg.contract indexing_maps = [affine_map<(t, b, h, g) -> (t, b, h)>, affine_map<(t, b, h, g) -> (t, b, g)>, affine_map<(t, b, h, g) -> (h, g)>]
      ins(%hs, %r#2 : tensor<?x?x4xf32>, tensor<?x?x5xf32>) outs(%z1 : tensor<4x5xf32>) -> tensor<4x5xf32>
  return %w0, %w1 : tensor<4x3xf32>, tensor<4x5xf32>
}
