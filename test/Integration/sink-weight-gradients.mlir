// Sums over time are the same in the scan and behind it. All numbers are small
// integers, so that the order of a sum does not show.

// RUN: gradopt-opt %s --convert-gradopt-to-linalg --convert-elementwise-to-linalg \
// RUN:     --one-shot-bufferize="bufferize-function-boundaries" \
// RUN:     --canonicalize %{lower-to-llvm} \
// RUN: | mlir-runner -e main --entry-point-result=void %{runner-libs} \
// RUN: | FileCheck %s --match-full-lines
// RUN: gradopt-opt %s --gradopt-sink-weight-gradients \
// RUN:     --convert-gradopt-to-linalg --convert-elementwise-to-linalg \
// RUN:     --one-shot-bufferize="bufferize-function-boundaries" \
// RUN:     --canonicalize %{lower-to-llvm} \
// RUN: | mlir-runner -e main --entry-point-result=void %{runner-libs} \
// RUN: | FileCheck %s --match-full-lines
// RUN: gradopt-opt %s --gradopt-sink-weight-gradients="chunk=2" \
// RUN:     --convert-gradopt-to-linalg --convert-elementwise-to-linalg \
// RUN:     --one-shot-bufferize="bufferize-function-boundaries" \
// RUN:     --canonicalize %{lower-to-llvm} \
// RUN: | mlir-runner -e main --entry-point-result=void %{runner-libs} \
// RUN: | FileCheck %s --match-full-lines
// RUN: gradopt-opt %s --canonicalize --convert-elementwise-to-linalg --cse \
// RUN:     --gradopt-sink-weight-gradients --canonicalize --cse \
// RUN:     --convert-gradopt-to-linalg --convert-elementwise-to-linalg \
// RUN:     --one-shot-bufferize="bufferize-function-boundaries" \
// RUN:     --canonicalize %{lower-to-llvm} \
// RUN: | mlir-runner -e main --entry-point-result=void %{runner-libs} \
// RUN: | FileCheck %s --match-full-lines

// Of the carries only the recurrent ones and counts stay.
// RUN: gradopt-opt %s --gradopt-sink-weight-gradients | FileCheck %s --check-prefix=SCAN
// SCAN-LABEL: func.func private @sums
// SCAN:         gradopt.scan "s" {{.*}} carries(%{{[^,]*}} = %{{[^,]*}} : tensor<?x2xf32>) inputs
// SCAN-LABEL: func.func private @nested
// SCAN:         gradopt.scan "outer" {{.*}} to %{{[^ ]*}} inputs
// SCAN:           gradopt.scan "inner" {{.*}} to %{{[^ ]*}} inputs

func.func private @printMemrefF32(tensor<*xf32>)
func.func private @printF32(f32)
func.func private @printI64(i64)
func.func private @printNewline()

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

#id1 = affine_map<(d0) -> (d0)>
#id2 = affine_map<(d0, d1) -> (d0, d1)>
#col = affine_map<(d0, d1) -> (d1)>
#row = affine_map<(d0, d1) -> (d0)>
#none = affine_map<(d0, d1) -> ()>
#lhs = affine_map<(d0, d1, d2) -> (d0, d1)>
#rhs = affine_map<(d0, d1, d2) -> (d0, d2)>
#res = affine_map<(d0, d1, d2) -> (d1, d2)>

/// A scan in reverse that reads one input in each direction: h = x - h, and
/// sums of what its steps have.
func.func private @sums(%x: tensor<?x?x2xf32>, %tokens: tensor<?x?xi32>, %h0: tensor<?x2xf32>,
                        %w: tensor<2x3xf32>) -> (tensor<?x2xf32>, tensor<2x2xf32>, tensor<2x5xf32>, tensor<2xf32>,
                                                 tensor<4x2xf32>, f32, i64, tensor<3xf32>, tensor<?x2xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %T = tensor.dim %x, %c0 : tensor<?x?x2xf32>
  %B = tensor.dim %x, %c1 : tensor<?x?x2xf32>
  %zero22 = arith.constant dense<0.0> : tensor<2x2xf32>
  %zero25 = arith.constant dense<0.0> : tensor<2x5xf32>
  %zero2 = arith.constant dense<0.0> : tensor<2xf32>
  %zero23 = arith.constant dense<0.0> : tensor<2x3xf32>
  %one2 = arith.constant dense<1.0> : tensor<2xf32>
  %zero3 = arith.constant dense<0.0> : tensor<3xf32>
  %zero42 = arith.constant dense<0.0> : tensor<4x2xf32>
  %n0 = arith.constant 5 : i64
  %ten = arith.constant 10.0 : f32
  %e = tensor.empty(%B) : tensor<?x2xf32>
  %e3 = tensor.empty(%B) : tensor<?x3xf32>
  %zeroB3 = linalg.fill ins(%zero : f32) outs(%e3 : tensor<?x3xf32>) -> tensor<?x3xf32>
  %zeroB2 = linalg.fill ins(%zero : f32) outs(%e : tensor<?x2xf32>) -> tensor<?x2xf32>
  %h, %gram, %pads, %diag, %table, %loss, %n, %weighted, %pooled = gradopt.scan "s" (%s) to %T
      carries(%h = %h0 : tensor<?x2xf32>, %gram = %zero22 : tensor<2x2xf32>, %pads = %zero25 : tensor<2x5xf32>,
              %diag = %one2 : tensor<2xf32>, %table = %zero42 : tensor<4x2xf32>, %loss = %ten : f32, %n = %n0 : i64,
              %weighted = %zero3 : tensor<3xf32>, %pooled = %zeroB2 : tensor<?x2xf32>)
      inputs(%x_t = reverse %x : tensor<?x?x2xf32>, %x_f = %x : tensor<?x?x2xf32>, %i_t = reverse %tokens : tensor<?x?xi32>) {
    %h1 = arith.subf %x_t, %h : tensor<?x2xf32>

    // Products with the carry before the step and with an input that goes
    // through time the other way, the second into the init of the op.
    %p = linalg.contract indexing_maps = [#lhs, #rhs, #res] ins(%h, %x_t : tensor<?x2xf32>, tensor<?x2xf32>)
        outs(%zero22 : tensor<2x2xf32>) -> tensor<2x2xf32>
    %g = arith.addf %gram, %p : tensor<2x2xf32>
    %gram1 = linalg.generic {indexing_maps = [#lhs, #rhs, #res], iterator_types = ["reduction", "parallel", "parallel"]}
        ins(%h1, %x_f : tensor<?x2xf32>, tensor<?x2xf32>) outs(%g : tensor<2x2xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %1 = arith.mulf %a, %b : f32
      %2 = arith.addf %o, %1 : f32
      linalg.yield %2 : f32
    } -> tensor<2x2xf32>

    // Columns of a wider weight.
    %q = linalg.contract indexing_maps = [#lhs, #rhs, #res] ins(%h, %h1 : tensor<?x2xf32>, tensor<?x2xf32>)
        outs(%zero22 : tensor<2x2xf32>) -> tensor<2x2xf32>
    %i1 = tensor.insert_slice %p into %zero25[0, 0] [2, 2] [1, 1] : tensor<2x2xf32> into tensor<2x5xf32>
    %i2 = tensor.insert_slice %q into %zero25[0, 3] [2, 2] [1, 1] : tensor<2x2xf32> into tensor<2x5xf32>
    %i3 = arith.addf %i1, %i2 : tensor<2x5xf32>
    %pads1 = arith.addf %i3, %pads : tensor<2x5xf32>

    // A weight for each element.
    %d = linalg.generic {indexing_maps = [#id2, #id2, #col], iterator_types = ["reduction", "parallel"]}
        ins(%h, %h1 : tensor<?x2xf32>, tensor<?x2xf32>) outs(%zero2 : tensor<2xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %1 = arith.mulf %a, %b : f32
      %2 = arith.addf %o, %1 : f32
      linalg.yield %2 : f32
    } -> tensor<2xf32>
    %diag1 = arith.addf %diag, %d : tensor<2xf32>

    %r = gradopt.scatter_add %h1, %i_t : tensor<?x2xf32>, tensor<?xi32> -> tensor<4x2xf32>
    %table1 = arith.addf %table, %r : tensor<4x2xf32>

    %f = tensor.extract %d[%c1] : tensor<2xf32>
    %loss1 = arith.addf %f, %loss : f32
    %f2 = arith.fptosi %f : f32 to i64
    %n1 = arith.addi %n, %f2 : i64

    // The step and the element count, a scalar of the step is captured.
    %m = linalg.matmul ins(%h1, %w : tensor<?x2xf32>, tensor<2x3xf32>) outs(%zeroB3 : tensor<?x3xf32>) -> tensor<?x3xf32>
    %weighted1 = linalg.generic {indexing_maps = [#id2, #col], iterator_types = ["reduction", "parallel"]}
        ins(%m : tensor<?x3xf32>) outs(%weighted : tensor<3xf32>) {
    ^bb0(%a: f32, %o: f32):
      %j = linalg.index 1 : index
      %k = arith.addi %j, %s : index
      %k1 = arith.index_cast %k : index to i64
      %k2 = arith.sitofp %k1 : i64 to f32
      %1 = arith.mulf %a, %k2 : f32
      %2 = arith.addf %1, %f : f32
      %3 = arith.addf %2, %o : f32
      linalg.yield %3 : f32
    } -> tensor<3xf32>

    // An input is there for all steps already.
    %pooled1 = arith.addf %pooled, %x_f : tensor<?x2xf32>
    gradopt.yield %h1, %gram1, %pads1, %diag1, %table1, %loss1, %n1, %weighted1, %pooled1 : tensor<?x2xf32>, tensor<2x2xf32>,
        tensor<2x5xf32>, tensor<2xf32>, tensor<4x2xf32>, f32, i64, tensor<3xf32>, tensor<?x2xf32>
  }
  return %h, %gram, %pads, %diag, %table, %loss, %n, %weighted, %pooled : tensor<?x2xf32>, tensor<2x2xf32>, tensor<2x5xf32>,
      tensor<2xf32>, tensor<4x2xf32>, f32, i64, tensor<3xf32>, tensor<?x2xf32>
}

/// The sum of outer products over two loops.
func.func private @nested(%x: tensor<?x?x2xf32>, %y: tensor<?x?x2xf32>, %w0: tensor<2x2xf32>) -> tensor<2x2xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %T = tensor.dim %x, %c0 : tensor<?x?x2xf32>
  %K = tensor.dim %x, %c1 : tensor<?x?x2xf32>
  %w = gradopt.scan "outer" (%s) to %T carries(%w = %w0 : tensor<2x2xf32>)
      inputs(%x_t = %x : tensor<?x?x2xf32>, %y_t = reverse %y : tensor<?x?x2xf32>) {
    %zero = arith.constant dense<0.0> : tensor<2x2xf32>
    %v = gradopt.scan "inner" (%k) to %K carries(%v = %zero : tensor<2x2xf32>)
        inputs(%x_k = reverse %x_t : tensor<?x2xf32>, %y_k = reverse %y_t : tensor<?x2xf32>) {
      %a = arith.addf %x_k, %y_k : tensor<2xf32>
      %p = linalg.generic {indexing_maps = [#row, #col, #id2], iterator_types = ["parallel", "parallel"]}
          ins(%a, %y_k : tensor<2xf32>, tensor<2xf32>) outs(%zero : tensor<2x2xf32>) {
      ^bb0(%b: f32, %c: f32, %o: f32):
        %1 = arith.mulf %b, %c : f32
        linalg.yield %1 : f32
      } -> tensor<2x2xf32>
      %v1 = arith.addf %v, %p : tensor<2x2xf32>
      gradopt.yield %v1 : tensor<2x2xf32>
    }
    %w1 = arith.addf %w, %v : tensor<2x2xf32>
    gradopt.yield %w1 : tensor<2x2xf32>
  }
  return %w : tensor<2x2xf32>
}

/// Element [t, b, i] is t + 2 b - i.
func.func private @fill(%T: index, %B: index) -> tensor<?x?x2xf32> {
  %v = tensor.generate %T, %B {
  ^bb0(%t: index, %b: index, %i: index):
    %0 = arith.addi %b, %b : index
    %1 = arith.addi %0, %t : index
    %2 = arith.subi %1, %i : index
    %3 = arith.index_cast %2 : index to i64
    %4 = arith.sitofp %3 : i64 to f32
    tensor.yield %4 : f32
  } : tensor<?x?x2xf32>
  return %v : tensor<?x?x2xf32>
}

func.func private @run(%T: index, %B: index) {
  %x = call @fill(%T, %B) : (index, index) -> tensor<?x?x2xf32>
  %tokens = tensor.generate %T, %B {
  ^bb0(%t: index, %b: index):
    %0 = arith.muli %t, %b : index
    %1 = arith.index_cast %0 : index to i32
    tensor.yield %1 : i32
  } : tensor<?x?xi32>
  %one = arith.constant 1.0 : f32
  %e = tensor.empty(%B) : tensor<?x2xf32>
  %h0 = linalg.fill ins(%one : f32) outs(%e : tensor<?x2xf32>) -> tensor<?x2xf32>
  %w = arith.constant dense<[[1.0, 0.0, 2.0], [0.0, 1.0, -1.0]]> : tensor<2x3xf32>
  %r:9 = call @sums(%x, %tokens, %h0, %w) : (tensor<?x?x2xf32>, tensor<?x?xi32>, tensor<?x2xf32>, tensor<2x3xf32>)
      -> (tensor<?x2xf32>, tensor<2x2xf32>, tensor<2x5xf32>, tensor<2xf32>, tensor<4x2xf32>, f32, i64, tensor<3xf32>, tensor<?x2xf32>)
  %0 = tensor.cast %r#0 : tensor<?x2xf32> to tensor<?x?xf32>
  call @print2(%0) : (tensor<?x?xf32>) -> ()
  %1 = tensor.cast %r#1 : tensor<2x2xf32> to tensor<?x?xf32>
  call @print2(%1) : (tensor<?x?xf32>) -> ()
  %2 = tensor.cast %r#2 : tensor<2x5xf32> to tensor<?x?xf32>
  call @print2(%2) : (tensor<?x?xf32>) -> ()
  %3 = tensor.cast %r#3 : tensor<2xf32> to tensor<?xf32>
  call @print1(%3) : (tensor<?xf32>) -> ()
  %4 = tensor.cast %r#4 : tensor<4x2xf32> to tensor<?x?xf32>
  call @print2(%4) : (tensor<?x?xf32>) -> ()
  call @printF32(%r#5) : (f32) -> ()
  call @printNewline() : () -> ()
  call @printI64(%r#6) : (i64) -> ()
  call @printNewline() : () -> ()
  %7 = tensor.cast %r#7 : tensor<3xf32> to tensor<?xf32>
  call @print1(%7) : (tensor<?xf32>) -> ()
  %8 = tensor.cast %r#8 : tensor<?x2xf32> to tensor<?x?xf32>
  call @print2(%8) : (tensor<?x?xf32>) -> ()
  %init = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %9 = call @nested(%x, %x, %init) : (tensor<?x?x2xf32>, tensor<?x?x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
  %10 = tensor.cast %9 : tensor<2x2xf32> to tensor<?x?xf32>
  call @print2(%10) : (tensor<?x?xf32>) -> ()
  return
}

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c7 = arith.constant 7 : index
  call @run(%c3, %c3) : (index, index) -> ()
  call @run(%c0, %c1) : (index, index) -> ()
  call @run(%c1, %c3) : (index, index) -> ()
  call @run(%c7, %c1) : (index, index) -> ()
  return
}

// The results of @sums in order, then that of @nested.
// T = 3, B = 3.
// CHECK: {{\[\[}}0, -1],
// CHECK-NEXT: [2, 1],
// CHECK-NEXT: [4, 3]]
// CHECK: {{\[\[}}105, 78],
// CHECK-NEXT: [78, 60]]
// CHECK: {{\[\[}}47, 35, 0, 9, 6],
// CHECK-NEXT: [38, 29, 0, 9, 6]]
// CHECK: [10, 7]
// CHECK: {{\[\[}}7, 3],
// CHECK-NEXT: [0, 0],
// CHECK-NEXT: [3, 2],
// CHECK-NEXT: [0, 0]]
// CHECK: 16
// CHECK: 11
// CHECK: [30, 33, 78]
// CHECK: {{\[\[}}3, 0],
// CHECK-NEXT: [9, 6],
// CHECK-NEXT: [15, 12]]
// CHECK: {{\[\[}}211, 158],
// CHECK-NEXT: [159, 124]]
// T = 0, B = 1.
// CHECK: {{\[\[}}1, 1]]
// CHECK: {{\[\[}}0, 0],
// CHECK-NEXT: [0, 0]]
// CHECK: {{\[\[}}0, 0, 0, 0, 0],
// CHECK-NEXT: [0, 0, 0, 0, 0]]
// CHECK: [1, 1]
// CHECK: {{\[\[}}0, 0],
// CHECK-NEXT: [0, 0],
// CHECK-NEXT: [0, 0],
// CHECK-NEXT: [0, 0]]
// CHECK: 10
// CHECK: 5
// CHECK: [0, 0, 0]
// CHECK: {{\[\[}}0, 0]]
// CHECK: {{\[\[}}1, 2],
// CHECK-NEXT: [3, 4]]
// T = 1, B = 3.
// CHECK: {{\[\[}}-1, -2],
// CHECK-NEXT: [1, 0],
// CHECK-NEXT: [3, 2]]
// CHECK: {{\[\[}}20, 14],
// CHECK-NEXT: [14, 11]]
// CHECK: {{\[\[}}6, 3, 0, 3, 0],
// CHECK-NEXT: [6, 3, 0, 3, 0]]
// CHECK: [4, 1]
// CHECK: {{\[\[}}3, 0],
// CHECK-NEXT: [0, 0],
// CHECK-NEXT: [0, 0],
// CHECK-NEXT: [0, 0]]
// CHECK: 10
// CHECK: 5
// CHECK: [0, 0, 12]
// CHECK: {{\[\[}}0, -1],
// CHECK-NEXT: [2, 1],
// CHECK-NEXT: [4, 3]]
// CHECK: {{\[\[}}41, 30],
// CHECK-NEXT: [31, 26]]
// T = 7, B = 1.
// CHECK: {{\[\[}}2, 1]]
// CHECK: {{\[\[}}63, 42],
// CHECK-NEXT: [42, 28]]
// CHECK: {{\[\[}}44, 34, 0, -12, -10],
// CHECK-NEXT: [35, 28, 0, -9, -7]]
// CHECK: [-11, -6]
// CHECK: {{\[\[}}11, 7],
// CHECK-NEXT: [0, 0],
// CHECK-NEXT: [0, 0],
// CHECK-NEXT: [0, 0]]
// CHECK: 3
// CHECK: -2
// CHECK: [12, 7, 54]
// CHECK: {{\[\[}}21, 14]]
// CHECK: {{\[\[}}127, 86],
// CHECK-NEXT: [87, 60]]
