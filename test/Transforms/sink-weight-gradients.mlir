// RUN: gradopt-opt %s --gradopt-sink-weight-gradients --split-input-file | FileCheck %s
// RUN: gradopt-opt %s --gradopt-sink-weight-gradients --canonicalize --cse --gradopt-sink-weight-gradients --split-input-file | FileCheck %s --check-prefix=TWICE
// TWICE-COUNT-2: gradopt.scan
// TWICE-NOT: gradopt.scan

// A weight's rank-B updates, a bias and a weight for each element: the carries
// leave the scan. The product reads an input and the history of the state as
// they are, and time is one more loop that is summed over.

#id = affine_map<(d0, d1) -> (d0, d1)>
#col = affine_map<(d0, d1) -> (d1)>
#lhs = affine_map<(d0, d1, d2) -> (d0, d1)>
#rhs = affine_map<(d0, d1, d2) -> (d0, d2)>
#res = affine_map<(d0, d1, d2) -> (d1, d2)>

// CHECK-DAG: #[[$LHS:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>
// CHECK-DAG: #[[$RHS:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d3)>
// CHECK-DAG: #[[$RES:.*]] = affine_map<(d0, d1, d2, d3) -> (d2, d3)>
// CHECK-DAG: #[[$ALL:.*]] = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
// CHECK-DAG: #[[$COL:.*]] = affine_map<(d0, d1, d2) -> (d2)>

// CHECK-LABEL: func.func @kinds
// CHECK-SAME:    %[[X:[^:]*]]: tensor<?x?x2xf32>, %[[H0:[^:]*]]: tensor<?x3xf32>, %[[W:[^:]*]]: tensor<3x3xf32>, %[[DW:[^:]*]]: tensor<2x3xf32>
// CHECK:         %[[R:.*]]:2 = gradopt.scan "s" (%{{.*}}) to %[[T:[^ ]*]] carries(%[[H:.*]] = %[[H0]] : tensor<?x3xf32>) histories(0 : tensor<?x?x3xf32>)
// CHECK-NEXT:      linalg.matmul
// CHECK-NEXT:      math.tanh
// CHECK-NEXT:      gradopt.yield
// CHECK:         %[[AFTER:.*]] = tensor.extract_slice %[[R]]#1[1, 0, 0] [%[[T]],
// CHECK:         linalg.contract indexing_maps = [#[[$LHS]], #[[$RHS]], #[[$RES]]] ins(%[[X]], %[[AFTER]] : {{.*}}) outs(%[[DW]] : tensor<2x3xf32>)
// CHECK:         linalg.generic {indexing_maps = [#[[$ALL]], #[[$COL]]], iterator_types = ["reduction", "reduction", "parallel"]} ins(%[[AFTER]] :
// CHECK:         %[[BEFORE:.*]] = tensor.extract_slice %[[R]]#1[0, 0, 0] [%[[T]],
// CHECK:         linalg.generic {indexing_maps = [#[[$ALL]], #[[$ALL]], #[[$COL]]], iterator_types = ["reduction", "reduction", "parallel"]} ins(%[[BEFORE]], %[[AFTER]] :
func.func @kinds(%x: tensor<?x?x2xf32>, %h0: tensor<?x3xf32>, %w: tensor<3x3xf32>, %dw0: tensor<2x3xf32>)
    -> (tensor<2x3xf32>, tensor<3xf32>, tensor<3xf32>) {
  %c0 = arith.constant 0 : index
  %T = tensor.dim %x, %c0 : tensor<?x?x2xf32>
  %zero3 = arith.constant dense<0.0> : tensor<3xf32>
  %zero23 = arith.constant dense<0.0> : tensor<2x3xf32>
  %h, %dw, %db, %dp = gradopt.scan "s" (%s) to %T
      carries(%h = %h0 : tensor<?x3xf32>, %dw = %dw0 : tensor<2x3xf32>, %db = %zero3 : tensor<3xf32>, %dp = %zero3 : tensor<3xf32>)
      inputs(%x_t = %x : tensor<?x?x2xf32>) {
    %m = linalg.matmul ins(%h, %w : tensor<?x3xf32>, tensor<3x3xf32>) outs(%h : tensor<?x3xf32>) -> tensor<?x3xf32>
    %h1 = math.tanh %m : tensor<?x3xf32>
    %u = linalg.contract indexing_maps = [#lhs, #rhs, #res] ins(%x_t, %h1 : tensor<?x2xf32>, tensor<?x3xf32>)
        outs(%zero23 : tensor<2x3xf32>) -> tensor<2x3xf32>
    %dw1 = arith.addf %dw, %u : tensor<2x3xf32>
    %db1 = linalg.generic {indexing_maps = [#id, #col], iterator_types = ["reduction", "parallel"]}
        ins(%h1 : tensor<?x3xf32>) outs(%db : tensor<3xf32>) {
    ^bb0(%a: f32, %o: f32):
      %1 = arith.addf %o, %a : f32
      linalg.yield %1 : f32
    } -> tensor<3xf32>
    %p = linalg.generic {indexing_maps = [#id, #id, #col], iterator_types = ["reduction", "parallel"]}
        ins(%h, %h1 : tensor<?x3xf32>, tensor<?x3xf32>) outs(%zero3 : tensor<3xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %1 = arith.mulf %a, %b : f32
      %2 = arith.addf %o, %1 : f32
      linalg.yield %2 : f32
    } -> tensor<3xf32>
    %dp1 = arith.addf %p, %dp : tensor<3xf32>
    gradopt.yield %h1, %dw1, %db1, %dp1 : tensor<?x3xf32>, tensor<2x3xf32>, tensor<3xf32>, tensor<3xf32>
  }
  return %dw, %db, %dp : tensor<2x3xf32>, tensor<3xf32>, tensor<3xf32>
}

// -----

// One summand of two carries is summed once, and a slice of it is one of the
// sum.

// CHECK-LABEL: func.func @shared
// CHECK:         %[[R:.*]]:2 = gradopt.scan {{.*}} outputs(reverse tensor<5x4xf32>)
// CHECK:         %[[SUM:.*]] = linalg.generic {{.*}} iterator_types = ["reduction", "parallel"]} ins(%[[R]]#1 :
// CHECK-NOT:     linalg.generic
// CHECK:         %[[PART:.*]] = tensor.extract_slice %[[SUM]][1] [2] [1]
// CHECK:         return %[[R]]#0, %[[SUM]], %[[SUM]], %[[PART]]
func.func @shared(%x: tensor<5x4xf32>, %h0: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<2xf32>) {
  %c5 = arith.constant 5 : index
  %zero = arith.constant dense<0.0> : tensor<4xf32>
  %zero2 = arith.constant dense<0.0> : tensor<2xf32>
  %r:4 = gradopt.scan (%s) to %c5
      carries(%h = %h0 : tensor<4xf32>, %a = %zero : tensor<4xf32>, %b = %zero : tensor<4xf32>, %c = %zero2 : tensor<2xf32>)
      inputs(%x_t = reverse %x : tensor<5x4xf32>) {
    %h1 = arith.mulf %h, %x_t : tensor<4xf32>
    %e = math.exp %h1 : tensor<4xf32>
    %a1 = arith.addf %a, %e : tensor<4xf32>
    %b1 = arith.addf %e, %b : tensor<4xf32>
    %part = tensor.extract_slice %e[1] [2] [1] : tensor<4xf32> to tensor<2xf32>
    %c1 = arith.addf %c, %part : tensor<2xf32>
    gradopt.yield %h1, %a1, %b1, %c1 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<2xf32>
  }
  return %r#0, %r#1, %r#2, %r#3 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<2xf32>
}
