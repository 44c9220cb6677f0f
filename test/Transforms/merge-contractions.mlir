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

// -----

// Without a stack of what they start from there is a zero one, and the sums
// come behind.

// CHECK-LABEL: func @inits
// CHECK:         gradopt.scan {{.*}} inputs(%[[X0:[^ ]*]] = %arg0 : tensor<?x2x3xf32>, %[[X1:[^ ]*]] = reverse %arg1
// CHECK:           %[[Z:.*]] = linalg.fill {{.*}} -> tensor<2x6xf32>
// CHECK:           %[[C:.*]] = linalg.contract {{.*}} outs(%[[Z]] : tensor<2x6xf32>)
// CHECK:           %[[S0:.*]] = tensor.extract_slice %[[C]][0, 0] [2, 3] [1, 1]
// CHECK:           %[[S1:.*]] = tensor.extract_slice %[[C]][0, 3] [2, 3] [1, 1]
// CHECK:           %[[A0:.*]] = linalg.add ins(%[[S0]], %[[X0]] :
// CHECK:           %[[A1:.*]] = linalg.add ins(%[[S1]], %[[X1]] :
// CHECK:           arith.subf %[[A0]], %[[A1]]
func.func @inits(%x0: tensor<?x2x3xf32>, %x1: tensor<?x2x3xf32>, %T: index, %h0: tensor<2x3xf32>, %u0: tensor<3x3xf32>, %u1: tensor<3x3xf32>) -> tensor<2x3xf32> {
  %r = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<2x3xf32>)
      inputs(%a0 = %x0 : tensor<?x2x3xf32>, %a1 = reverse %x1 : tensor<?x2x3xf32>) {
    %g0 = linalg.matmul ins(%h, %u0 : tensor<2x3xf32>, tensor<3x3xf32>) outs(%a0 : tensor<2x3xf32>) -> tensor<2x3xf32>
    %g1 = linalg.matmul ins(%h, %u1 : tensor<2x3xf32>, tensor<3x3xf32>) outs(%a1 : tensor<2x3xf32>) -> tensor<2x3xf32>
    %d = arith.subf %g0, %g1 : tensor<2x3xf32>
    gradopt.yield %d : tensor<2x3xf32>
  }
  return %r : tensor<2x3xf32>
}

// -----

// Sequences that are computed are written into slices of one.

// CHECK-LABEL: func @inputs
// CHECK:         %[[P0:.*]] = math.tanh
// CHECK:         %[[P1:.*]] = math.sin
// CHECK:         %[[S0:.*]] = tensor.insert_slice %[[P0]] into %{{.*}}[0, 0, 0] [%{{.*}}, 2, 3] [1, 1, 1]
// CHECK-NEXT:    %[[S1:.*]] = tensor.insert_slice %[[P1]] into %[[S0]][0, 0, 3] [%{{.*}}, 2, 3] [1, 1, 1]
// CHECK:         gradopt.scan {{.*}} inputs(%[[X:[^ ]*]] = %[[S1]] : tensor<?x2x6xf32>)
// CHECK:           linalg.contract {{.*}} outs(%[[X]] : tensor<2x6xf32>)
// CHECK-NOT:       linalg.contract
func.func @inputs(%x0: tensor<?x2x3xf32>, %x1: tensor<?x2x3xf32>, %T: index, %h0: tensor<2x3xf32>, %u0: tensor<3x3xf32>, %u1: tensor<3x3xf32>) -> tensor<2x3xf32> {
  %p0 = math.tanh %x0 : tensor<?x2x3xf32>
  %p1 = math.sin %x1 : tensor<?x2x3xf32>
  %r = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<2x3xf32>)
      inputs(%a0 = %p0 : tensor<?x2x3xf32>, %a1 = %p1 : tensor<?x2x3xf32>) {
    %g0 = linalg.matmul ins(%h, %u0 : tensor<2x3xf32>, tensor<3x3xf32>) outs(%a0 : tensor<2x3xf32>) -> tensor<2x3xf32>
    %g1 = linalg.matmul ins(%h, %u1 : tensor<2x3xf32>, tensor<3x3xf32>) outs(%a1 : tensor<2x3xf32>) -> tensor<2x3xf32>
    %d = arith.subf %g0, %g1 : tensor<2x3xf32>
    gradopt.yield %d : tensor<2x3xf32>
  }
  return %r : tensor<2x3xf32>
}

// -----

// Sums over time that stay in the loop are one carry.

// CHECK-LABEL: func @carries
// CHECK:         %[[Z:.*]] = linalg.fill {{.*}} -> tensor<4x8xf32>
// CHECK:         %[[R:.*]]:2 = gradopt.scan {{.*}} carries(%[[H:[^ ]*]] = %{{.*}} : tensor<2x4xf32>, %[[S:[^ ]*]] = %[[Z]] : tensor<4x8xf32>)
// CHECK:           %[[C:.*]] = linalg.contract {{.*}} outs(%[[S]] : tensor<4x8xf32>)
// CHECK-NOT:       linalg.contract
// CHECK:           gradopt.yield %{{.*}}, %[[C]]
// CHECK:         %[[S0:.*]] = tensor.extract_slice %[[R]]#1[0, 0] [4, 3] [1, 1]
// CHECK:         %[[S1:.*]] = tensor.extract_slice %[[R]]#1[0, 3] [4, 5] [1, 1]
// CHECK:         return %[[R]]#0, %[[S0]], %[[S1]]
func.func @carries(%x0: tensor<?x2x3xf32>, %x1: tensor<?x2x5xf32>, %T: index, %h0: tensor<2x4xf32>) -> (tensor<2x4xf32>, tensor<4x3xf32>, tensor<4x5xf32>) {
  %zero = arith.constant 0.0 : f32
  %e0 = tensor.empty() : tensor<4x3xf32>
  %z0 = linalg.fill ins(%zero : f32) outs(%e0 : tensor<4x3xf32>) -> tensor<4x3xf32>
  %e1 = tensor.empty() : tensor<4x5xf32>
  %z1 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<4x5xf32>) -> tensor<4x5xf32>
  %r:3 = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<2x4xf32>, %s0 = %z0 : tensor<4x3xf32>, %s1 = %z1 : tensor<4x5xf32>)
      inputs(%a0 = %x0 : tensor<?x2x3xf32>, %a1 = %x1 : tensor<?x2x5xf32>) {
    %h1 = math.tanh %h : tensor<2x4xf32>
    %d0 = math.tanh %a0 : tensor<2x3xf32>
    %d1 = math.tanh %a1 : tensor<2x5xf32>
    %c0 = linalg.contract indexing_maps = [affine_map<(b, h, g) -> (b, h)>, affine_map<(b, h, g) -> (b, g)>, affine_map<(b, h, g) -> (h, g)>]
        ins(%h, %d0 : tensor<2x4xf32>, tensor<2x3xf32>) outs(%z0 : tensor<4x3xf32>) -> tensor<4x3xf32>
    %n0 = arith.addf %s0, %c0 : tensor<4x3xf32>
    %c1 = linalg.contract indexing_maps = [affine_map<(b, h, g) -> (b, h)>, affine_map<(b, h, g) -> (b, g)>, affine_map<(b, h, g) -> (h, g)>]
        ins(%h, %d1 : tensor<2x4xf32>, tensor<2x5xf32>) outs(%s1 : tensor<4x5xf32>) -> tensor<4x5xf32>
    gradopt.yield %h1, %n0, %c1 : tensor<2x4xf32>, tensor<4x3xf32>, tensor<4x5xf32>
  }
  return %r#0, %r#1, %r#2 : tensor<2x4xf32>, tensor<4x3xf32>, tensor<4x5xf32>
}

// -----

// Slices of one weight, in any order: the weight itself. With a batch
// dimension and transposed results; what needs the first result and stands
// between the two moves behind them.

// CHECK-LABEL: func @slices
// CHECK:         %[[C:.*]] = linalg.contract {{.*}} ins(%arg1, %arg0 : tensor<5x6x4xf32>, tensor<5x2x4xf32>) outs(%{{.*}} : tensor<5x6x2xf32>)
// CHECK-NOT:     linalg.contract
// CHECK:         %[[S0:.*]] = tensor.extract_slice %[[C]][0, 0, 0] [5, 2, 2] [1, 1, 1]
// CHECK:         %[[S1:.*]] = tensor.extract_slice %[[C]][0, 2, 0] [5, 4, 2] [1, 1, 1]
// CHECK:         %[[M:.*]] = math.tanh %[[S1]]
// CHECK:         return %[[S1]], %[[S0]], %[[M]]
func.func @slices(%x: tensor<5x2x4xf32>, %w: tensor<5x6x4xf32>) -> (tensor<5x4x2xf32>, tensor<5x2x2xf32>, tensor<5x4x2xf32>) {
  %z1 = arith.constant dense<0.0> : tensor<5x4x2xf32>
  %z0 = arith.constant dense<0.0> : tensor<5x2x2xf32>
  %w1 = tensor.extract_slice %w[0, 2, 0] [5, 4, 4] [1, 1, 1] : tensor<5x6x4xf32> to tensor<5x4x4xf32>
  %w0 = tensor.extract_slice %w[0, 0, 0] [5, 2, 4] [1, 1, 1] : tensor<5x6x4xf32> to tensor<5x2x4xf32>
  %c1 = linalg.contract indexing_maps = [affine_map<(z, b, n, k) -> (z, n, k)>, affine_map<(z, b, n, k) -> (z, b, k)>, affine_map<(z, b, n, k) -> (z, n, b)>]
      ins(%w1, %x : tensor<5x4x4xf32>, tensor<5x2x4xf32>) outs(%z1 : tensor<5x4x2xf32>) -> tensor<5x4x2xf32>
  %m = math.tanh %c1 : tensor<5x4x2xf32>
  %c0 = linalg.contract indexing_maps = [affine_map<(z, k, b, n) -> (z, b, k)>, affine_map<(z, k, b, n) -> (z, n, k)>, affine_map<(z, k, b, n) -> (z, n, b)>]
      ins(%x, %w0 : tensor<5x2x4xf32>, tensor<5x2x4xf32>) outs(%z0 : tensor<5x2x2xf32>) -> tensor<5x2x2xf32>
  return %c1, %c0, %m : tensor<5x4x2xf32>, tensor<5x2x2xf32>, tensor<5x4x2xf32>
}

// -----

// Both products of each gate: the first ones are one, and so are the second
// ones, which start from it.

// CHECK-LABEL: func @two_products
// CHECK:         gradopt.scan
// CHECK:           %[[C0:.*]] = linalg.contract {{.*}} outs(%{{.*}} : tensor<2x6xf32>)
// CHECK:           %[[C1:.*]] = linalg.contract {{.*}} outs(%[[C0]] : tensor<2x6xf32>)
// CHECK-NOT:       linalg.contract
// CHECK-NOT:       arith.addf
// CHECK:           gradopt.yield
func.func @two_products(%T: index, %h0: tensor<2x3xf32>, %u0: tensor<3x3xf32>, %u1: tensor<3x3xf32>, %w0: tensor<3x3xf32>, %w1: tensor<3x3xf32>) -> tensor<2x3xf32> {
  %z = arith.constant dense<0.0> : tensor<2x3xf32>
  %r:2 = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<2x3xf32>, %c = %h0 : tensor<2x3xf32>) {
    %g0 = linalg.matmul ins(%h, %u0 : tensor<2x3xf32>, tensor<3x3xf32>) outs(%z : tensor<2x3xf32>) -> tensor<2x3xf32>
    %k0 = linalg.matmul ins(%c, %w0 : tensor<2x3xf32>, tensor<3x3xf32>) outs(%z : tensor<2x3xf32>) -> tensor<2x3xf32>
    %s0 = arith.addf %k0, %g0 : tensor<2x3xf32>
    %g1 = linalg.matmul ins(%h, %u1 : tensor<2x3xf32>, tensor<3x3xf32>) outs(%z : tensor<2x3xf32>) -> tensor<2x3xf32>
    %k1 = linalg.matmul ins(%c, %w1 : tensor<2x3xf32>, tensor<3x3xf32>) outs(%z : tensor<2x3xf32>) -> tensor<2x3xf32>
    %s1 = arith.addf %g1, %k1 : tensor<2x3xf32>
    gradopt.yield %s0, %s1 : tensor<2x3xf32>, tensor<2x3xf32>
  }
  return %r#0 : tensor<2x3xf32>
}

// -----

// In a scan in a scan in a branch: what is constant in both is stacked in front
// of both.

// CHECK-LABEL: func @nested
// CHECK:         %[[U:.*]] = tensor.insert_slice %{{.*}} into %{{.*}}[0, 3] [3, 3] [1, 1]
// CHECK:         scf.if
// CHECK:           gradopt.scan
// CHECK-NOT:         insert_slice
// CHECK:             gradopt.scan {{.*}} carries(%[[H:[^ ]*]] =
// CHECK:               linalg.contract {{.*}} ins(%[[H]], %[[U]] :
// CHECK-NOT:           linalg.contract
func.func @nested(%p: i1, %n: index, %h0: tensor<1x3xf32>, %u0: tensor<3x3xf32>, %u1: tensor<3x3xf32>) -> tensor<1x3xf32> {
  %c1 = arith.constant 1 : index
  %r = scf.if %p -> tensor<1x3xf32> {
    %r0 = gradopt.scan (%s) to %c1 carries(%k = %h0 : tensor<1x3xf32>) {
      %r1 = gradopt.scan (%q) to %n carries(%h = %k : tensor<1x3xf32>) {
        %z = arith.constant dense<0.0> : tensor<1x3xf32>
        %g0 = linalg.matmul ins(%h, %u0 : tensor<1x3xf32>, tensor<3x3xf32>) outs(%z : tensor<1x3xf32>) -> tensor<1x3xf32>
        %g1 = linalg.matmul ins(%h, %u1 : tensor<1x3xf32>, tensor<3x3xf32>) outs(%z : tensor<1x3xf32>) -> tensor<1x3xf32>
        %m = arith.mulf %g0, %g1 : tensor<1x3xf32>
        gradopt.yield %m : tensor<1x3xf32>
      }
      gradopt.yield %r1 : tensor<1x3xf32>
    }
    scf.yield %r0 : tensor<1x3xf32>
  } else {
    scf.yield %h0 : tensor<1x3xf32>
  }
  return %r : tensor<1x3xf32>
}

// -----

// A contraction that something else uses does not start from what it is added
// to there.

// CHECK-LABEL: func @used_twice
// CHECK:         %[[C:.*]] = linalg.matmul
// CHECK:         %[[S:.*]] = arith.addf %[[C]], %arg2
// CHECK:         %[[D:.*]] = linalg.matmul {{.*}} outs(%arg2 :
// CHECK:         return %[[C]], %[[S]], %[[D]]
func.func @used_twice(%a: tensor<2x3xf32>, %b: tensor<3x3xf32>, %v: tensor<2x3xf32>, %d: tensor<2x3xf32>, %f: tensor<3x3xf32>) -> (tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>) {
  %z = arith.constant dense<0.0> : tensor<2x3xf32>
  %c = linalg.matmul ins(%a, %b : tensor<2x3xf32>, tensor<3x3xf32>) outs(%z : tensor<2x3xf32>) -> tensor<2x3xf32>
  %s = arith.addf %c, %v : tensor<2x3xf32>
  %e = linalg.matmul ins(%d, %f : tensor<2x3xf32>, tensor<3x3xf32>) outs(%z : tensor<2x3xf32>) -> tensor<2x3xf32>
  %t = arith.addf %v, %e : tensor<2x3xf32>
  return %c, %s, %t : tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>
}

// -----

// Where elementwise work goes on behind a sum, the contraction starts from what
// is there, and what is left is added behind.

// CHECK-LABEL: func @behind
// CHECK:         gradopt.scan {{.*}} inputs(%[[X:[^ ]*]] =
// CHECK-NEXT:      %[[C:.*]] = linalg.matmul {{.*}} outs(%[[X]] :
// CHECK-NEXT:      %[[S:.*]] = linalg.add ins(%[[C]], %arg3 :
// CHECK-NEXT:      math.tanh %[[S]]
func.func @behind(%x: tensor<?x2x3xf32>, %T: index, %h0: tensor<2x3xf32>, %b: tensor<2x3xf32>, %u: tensor<3x3xf32>) -> (tensor<2x3xf32>, tensor<?x2x3xf32>) {
  %z = arith.constant dense<0.0> : tensor<2x3xf32>
  %r:2 = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<2x3xf32>) inputs(%a = %x : tensor<?x2x3xf32>) outputs(tensor<?x2x3xf32>) {
    %v = arith.addf %b, %a : tensor<2x3xf32>
    %g = linalg.matmul ins(%h, %u : tensor<2x3xf32>, tensor<3x3xf32>) outs(%z : tensor<2x3xf32>) -> tensor<2x3xf32>
    %w = arith.addf %v, %g : tensor<2x3xf32>
    %t = math.tanh %w : tensor<2x3xf32>
    gradopt.yield %t, %w : tensor<2x3xf32>, tensor<2x3xf32>
  }
  return %r#0, %r#1 : tensor<2x3xf32>, tensor<?x2x3xf32>
}
