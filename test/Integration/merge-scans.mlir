// Scans that became one give what they gave apart: in both directions, with
// histories, of dependent layers, for several steps, one and none.
//
// RUN: gradopt-opt %s --one-shot-bufferize=bufferize-function-boundaries --canonicalize %{lower-to-llvm} | mlir-runner -e main -entry-point-result=void %{runner-libs} | FileCheck %s
// RUN: gradopt-opt %s --gradopt-merge-scans --one-shot-bufferize=bufferize-function-boundaries --canonicalize %{lower-to-llvm} | mlir-runner -e main -entry-point-result=void %{runner-libs} | FileCheck %s
// RUN: gradopt-opt %s --gradopt-merge-scans=dependent --canonicalize --one-shot-bufferize=bufferize-function-boundaries --canonicalize %{lower-to-llvm} | mlir-runner -e main -entry-point-result=void %{runner-libs} | FileCheck %s

// The three scans are two, and one where dependent ones are merged too.
// RUN: gradopt-opt %s --gradopt-merge-scans | FileCheck %s --check-prefix=MERGED
// RUN: gradopt-opt %s --gradopt-merge-scans=dependent | FileCheck %s --check-prefix=ONE
// MERGED-LABEL:   func private @layers
// MERGED-COUNT-2: gradopt.scan
// MERGED-NOT:     gradopt.scan
// MERGED:         func @main
// ONE-LABEL:      func private @layers
// ONE:            gradopt.scan
// ONE-NOT:        gradopt.scan
// ONE:            func @main

func.func private @printMemrefF32(tensor<*xf32>)

func.func private @print1(%v: tensor<?xf32>) {
  %u = tensor.cast %v : tensor<?xf32> to tensor<*xf32>
  call @printMemrefF32(%u) : (tensor<*xf32>) -> ()
  return
}

func.func private @print2(%v: tensor<?x?xf32>) {
  %u = tensor.cast %v : tensor<?x?xf32> to tensor<*xf32>
  call @printMemrefF32(%u) : (tensor<*xf32>) -> ()
  return
}

#id = affine_map<(d0) -> (d0)>

/// h' = 2 h + x forward, k' = k - x in reverse, and m' = m + h' behind the
/// first.
func.func private @layers(%x: tensor<?x?xf32>, %h0: tensor<?xf32>)
    -> (tensor<?x?xf32>, tensor<?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>) {
  %c0 = arith.constant 0 : index
  %T = tensor.dim %x, %c0 : tensor<?x?xf32>
  %n = tensor.dim %h0, %c0 : tensor<?xf32>
  %a:3 = gradopt.scan "a" (%s) to %T carries(%h = %h0 : tensor<?xf32>) inputs(%x_t = %x : tensor<?x?xf32>)
      outputs(tensor<?x?xf32>) histories(0 : tensor<?x?xf32>) {
    %e = tensor.empty(%n) : tensor<?xf32>
    %0 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
        ins(%h, %x_t : tensor<?xf32>, tensor<?xf32>) outs(%e : tensor<?xf32>) {
    ^bb0(%p: f32, %q: f32, %out: f32):
      %double = arith.addf %p, %p : f32
      %sum = arith.addf %double, %q : f32
      linalg.yield %sum : f32
    } -> tensor<?xf32>
    gradopt.yield %0, %0 : tensor<?xf32>, tensor<?xf32>
  }
  %b:3 = gradopt.scan "b" (%s) to %T carries(%k = %h0 : tensor<?xf32>) inputs(%x_t = reverse %x : tensor<?x?xf32>)
      outputs(reverse tensor<?x?xf32>) histories(reverse 0 : tensor<?x?xf32>) {
    %e = tensor.empty(%n) : tensor<?xf32>
    %0 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
        ins(%k, %x_t : tensor<?xf32>, tensor<?xf32>) outs(%e : tensor<?xf32>) {
    ^bb0(%p: f32, %q: f32, %out: f32):
      %difference = arith.subf %p, %q : f32
      linalg.yield %difference : f32
    } -> tensor<?xf32>
    gradopt.yield %0, %0 : tensor<?xf32>, tensor<?xf32>
  }
  %c:2 = gradopt.scan "c" (%s) to %T carries(%m = %h0 : tensor<?xf32>) inputs(%h_t = %a#1 : tensor<?x?xf32>)
      outputs(tensor<?x?xf32>) {
    %e = tensor.empty(%n) : tensor<?xf32>
    %0 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
        ins(%m, %h_t : tensor<?xf32>, tensor<?xf32>) outs(%e : tensor<?xf32>) {
    ^bb0(%p: f32, %q: f32, %out: f32):
      %sum = arith.addf %p, %q : f32
      linalg.yield %sum : f32
    } -> tensor<?xf32>
    gradopt.yield %0, %m : tensor<?xf32>, tensor<?xf32>
  }
  return %a#2, %b#0, %b#1, %b#2, %c#1 : tensor<?x?xf32>, tensor<?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>
}

func.func private @show(%x: tensor<?x?xf32>, %h0: tensor<?xf32>) {
  %r:5 = call @layers(%x, %h0) : (tensor<?x?xf32>, tensor<?xf32>) -> (tensor<?x?xf32>, tensor<?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>)
  call @print2(%r#0) : (tensor<?x?xf32>) -> ()
  call @print1(%r#1) : (tensor<?xf32>) -> ()
  call @print2(%r#2) : (tensor<?x?xf32>) -> ()
  call @print2(%r#3) : (tensor<?x?xf32>) -> ()
  call @print2(%r#4) : (tensor<?x?xf32>) -> ()
  return
}

func.func @main() {
  %h = arith.constant dense<[1.0, 10.0]> : tensor<2xf32>
  %h0 = tensor.cast %h : tensor<2xf32> to tensor<?xf32>
  // CHECK:      sizes = [4, 2]
  // CHECK-NEXT: {{\[\[}}1, 10],
  // CHECK-NEXT: [3, 30],
  // CHECK-NEXT: [8, 80],
  // CHECK-NEXT: [19, 190]]
  // CHECK:      sizes = [2]
  // CHECK-NEXT: [-5, -50]
  // CHECK:      sizes = [3, 2]
  // CHECK-NEXT: {{\[\[}}-5, -50],
  // CHECK-NEXT: [-4, -40],
  // CHECK-NEXT: [-2, -20]]
  // CHECK:      sizes = [4, 2]
  // CHECK-NEXT: {{\[\[}}-5, -50],
  // CHECK-NEXT: [-4, -40],
  // CHECK-NEXT: [-2, -20],
  // CHECK-NEXT: [1, 10]]
  // CHECK:      sizes = [3, 2]
  // CHECK-NEXT: {{\[\[}}1, 10],
  // CHECK-NEXT: [4, 40],
  // CHECK-NEXT: [12, 120]]
  %three = arith.constant dense<[[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]]> : tensor<3x2xf32>
  %x3 = tensor.cast %three : tensor<3x2xf32> to tensor<?x?xf32>
  call @show(%x3, %h0) : (tensor<?x?xf32>, tensor<?xf32>) -> ()
  // CHECK:      sizes = [2, 2]
  // CHECK-NEXT: {{\[\[}}1, 10],
  // CHECK-NEXT: [7, 70]]
  // CHECK:      sizes = [2]
  // CHECK-NEXT: [-4, -40]
  // CHECK:      sizes = [1, 2]
  // CHECK-NEXT: {{\[\[}}-4, -40]]
  // CHECK:      sizes = [2, 2]
  // CHECK-NEXT: {{\[\[}}-4, -40],
  // CHECK-NEXT: [1, 10]]
  // CHECK:      sizes = [1, 2]
  // CHECK-NEXT: {{\[\[}}1, 10]]
  %one = arith.constant dense<[[5.0, 50.0]]> : tensor<1x2xf32>
  %x1 = tensor.cast %one : tensor<1x2xf32> to tensor<?x?xf32>
  call @show(%x1, %h0) : (tensor<?x?xf32>, tensor<?xf32>) -> ()
  // CHECK:      sizes = [1, 2]
  // CHECK-NEXT: {{\[\[}}1, 10]]
  // CHECK:      sizes = [2]
  // CHECK-NEXT: [1, 10]
  // CHECK:      sizes = [0, 2]
  // CHECK:      sizes = [1, 2]
  // CHECK-NEXT: {{\[\[}}1, 10]]
  // CHECK:      sizes = [0, 2]
  %e = tensor.empty() : tensor<0x2xf32>
  %x0 = tensor.cast %e : tensor<0x2xf32> to tensor<?x?xf32>
  call @show(%x0, %h0) : (tensor<?x?xf32>, tensor<?xf32>) -> ()
  return
}
