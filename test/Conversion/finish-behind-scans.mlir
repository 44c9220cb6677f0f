// RUN: gradopt-opt %s --gradopt-finish-behind-scans | FileCheck %s

#id = affine_map<(b, n) -> (b, n)>
#col = affine_map<(b, n) -> (n)>
#line = affine_map<(n) -> (n)>
#none = affine_map<(n) -> ()>
#zero = affine_map<() -> ()>

// The sum over columns stays with the state; its columns are kept, and what
// makes a number of them goes behind the scan, in the order of time.

// CHECK-DAG: #[[LINES:.+]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[LINE:.+]] = affine_map<(d0, d1) -> (d0)>
// CHECK-LABEL: func.func @norms
func.func @norms(%T: index, %x: tensor<?x32x256xf32>, %h0: tensor<32x256xf32>) -> (tensor<32x256xf32>, tensor<?xf32>) {
  %c0 = arith.constant 0.0 : f64
  // CHECK: %[[R:.+]]:2 = gradopt.scan
  // CHECK-SAME: outputs(reverse tensor<?x256xf64>)
  // CHECK: %[[P:.+]] = linalg.generic {{.*}} iterator_types = ["reduction", "parallel"]} ins(%{{.+}} : tensor<32x256xf32>)
  // CHECK-NOT: linalg.generic
  // CHECK: gradopt.yield %{{.+}}, %[[P]] : tensor<32x256xf32>, tensor<256xf64>
  // CHECK: }
  // CHECK: %[[S:.+]] = linalg.generic {indexing_maps = [#[[LINES]], #[[LINE]]], iterator_types = ["parallel", "reduction"]} ins(%[[R]]#1 : tensor<?x256xf64>)
  // CHECK: arith.addf
  // CHECK: %[[N:.+]] = linalg.generic {{.*}} iterator_types = ["parallel"]} ins(%[[S]] : tensor<?xf64>)
  // CHECK: math.sqrt
  // CHECK: arith.truncf
  // CHECK: return %[[R]]#0, %[[N]]
  %h, %norms = gradopt.scan (%s) to %T carries(%c = %h0 : tensor<32x256xf32>)
      inputs(%xt = reverse %x : tensor<?x32x256xf32>) outputs(reverse tensor<?xf32>) {
    %next = arith.addf %c, %xt : tensor<32x256xf32>
    %e = tensor.empty() : tensor<256xf64>
    %z = linalg.fill ins(%c0 : f64) outs(%e : tensor<256xf64>) -> tensor<256xf64>
    %p = linalg.generic {indexing_maps = [#id, #col], iterator_types = ["reduction", "parallel"]}
        ins(%next : tensor<32x256xf32>) outs(%z : tensor<256xf64>) {
    ^bb0(%a: f32, %o: f64):
      %w = arith.extf %a : f32 to f64
      %q = arith.mulf %w, %w : f64
      %n = arith.addf %o, %q : f64
      linalg.yield %n : f64
    } -> tensor<256xf64>
    %e0 = tensor.empty() : tensor<f64>
    %z0 = linalg.fill ins(%c0 : f64) outs(%e0 : tensor<f64>) -> tensor<f64>
    %t = linalg.generic {indexing_maps = [#line, #none], iterator_types = ["reduction"]}
        ins(%p : tensor<256xf64>) outs(%z0 : tensor<f64>) {
    ^bb0(%a: f64, %o: f64):
      %n = arith.addf %o, %a : f64
      linalg.yield %n : f64
    } -> tensor<f64>
    %e1 = tensor.empty() : tensor<f32>
    %norm = linalg.generic {indexing_maps = [#zero, #zero], iterator_types = []}
        ins(%t : tensor<f64>) outs(%e1 : tensor<f32>) {
    ^bb0(%a: f64, %o: f32):
      %r = math.sqrt %a : f64
      %f = arith.truncf %r : f64 to f32
      linalg.yield %f : f32
    } -> tensor<f32>
    gradopt.yield %next, %norm : tensor<32x256xf32>, tensor<f32>
  }
  return %h, %norms : tensor<32x256xf32>, tensor<?xf32>
}

// A state of few elements is kept as a whole; a dynamic one is not.

// CHECK-LABEL: func.func @small
func.func @small(%T: index, %B: index, %h0: tensor<1x64xf32>, %d0: tensor<?x64xf32>) -> (tensor<?xf64>, tensor<?xf64>) {
  // CHECK: gradopt.scan
  // CHECK-NOT: ins(%{{.+}} : tensor<1x64xf32>) outs(%{{.+}} : tensor<f64>)
  // CHECK: ins(%{{.+}} : tensor<?x64xf32>) outs(%{{.+}} : tensor<f64>)
  // CHECK: gradopt.yield
  // CHECK: iterator_types = ["parallel", "reduction", "reduction"]} ins(%{{.+}} : tensor<?x1x64xf32>)
  %c0 = arith.constant 0.0 : f64
  %h, %d, %n, %m = gradopt.scan (%s) to %T carries(%c = %h0 : tensor<1x64xf32>, %e = %d0 : tensor<?x64xf32>) outputs(tensor<?xf64>, tensor<?xf64>) {
    %next = arith.addf %c, %c : tensor<1x64xf32>
    %other = arith.addf %e, %e : tensor<?x64xf32>
    %e0 = tensor.empty() : tensor<f64>
    %z0 = linalg.fill ins(%c0 : f64) outs(%e0 : tensor<f64>) -> tensor<f64>
    %t = linalg.generic {indexing_maps = [#id, affine_map<(b, n) -> ()>], iterator_types = ["reduction", "reduction"]}
        ins(%next : tensor<1x64xf32>) outs(%z0 : tensor<f64>) {
    ^bb0(%a: f32, %o: f64):
      %w = arith.extf %a : f32 to f64
      %q = arith.addf %o, %w : f64
      linalg.yield %q : f64
    } -> tensor<f64>
    %u = linalg.generic {indexing_maps = [#id, affine_map<(b, n) -> ()>], iterator_types = ["reduction", "reduction"]}
        ins(%other : tensor<?x64xf32>) outs(%z0 : tensor<f64>) {
    ^bb0(%a: f32, %o: f64):
      %w = arith.extf %a : f32 to f64
      %q = arith.addf %o, %w : f64
      linalg.yield %q : f64
    } -> tensor<f64>
    gradopt.yield %next, %other, %t, %u : tensor<1x64xf32>, tensor<?x64xf32>, tensor<f64>, tensor<f64>
  }
  return %n, %m : tensor<?xf64>, tensor<?xf64>
}

// What a carry follows from stays.

// CHECK-LABEL: func.func @carried
// CHECK: gradopt.scan
// CHECK: linalg.generic
// CHECK: gradopt.yield
// CHECK-NOT: linalg.generic
// CHECK: return
func.func @carried(%T: index, %h0: tensor<f64>, %v: tensor<8xf64>) -> (tensor<f64>, tensor<?xf64>) {
  %h, %n = gradopt.scan (%s) to %T carries(%c = %h0 : tensor<f64>) outputs(tensor<?xf64>) {
    %t = linalg.generic {indexing_maps = [#line, #none], iterator_types = ["reduction"]}
        ins(%v : tensor<8xf64>) outs(%c : tensor<f64>) {
    ^bb0(%a: f64, %o: f64):
      %s1 = arith.addf %o, %a : f64
      linalg.yield %s1 : f64
    } -> tensor<f64>
    gradopt.yield %t, %t : tensor<f64>, tensor<f64>
  }
  return %h, %n : tensor<f64>, tensor<?xf64>
}
