// RUN: gradopt-opt %s --one-shot-bufferize="bufferize-function-boundaries" \
// RUN:     --canonicalize %{lower-to-llvm} \
// RUN: | mlir-runner -e main --entry-point-result=void %{runner-libs} \
// RUN: | FileCheck %s

// The same after all that upstream passes may do to a scan, and with buffers
// that are freed.
// RUN: gradopt-opt %s --loop-invariant-code-motion --cse --sccp --canonicalize \
// RUN:     --remove-dead-values \
// RUN:     --one-shot-bufferize="bufferize-function-boundaries" \
// RUN:     --buffer-deallocation-pipeline --convert-bufferization-to-memref \
// RUN:     --canonicalize %{lower-to-llvm} \
// RUN: | mlir-runner -e main --entry-point-result=void %{runner-libs} \
// RUN: | FileCheck %s

// The analysis in another order puts other values in place.
// RUN: gradopt-opt %s \
// RUN:     --one-shot-bufferize="bufferize-function-boundaries analysis-heuristic=fuzzer analysis-fuzzer-seed=7" \
// RUN:     --canonicalize %{lower-to-llvm} \
// RUN: | mlir-runner -e main --entry-point-result=void %{runner-libs} \
// RUN: | FileCheck %s

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

/// h' = 2 h + x, all ways at once: what goes in and comes out forward and in
/// reverse, both histories of the one carry.
func.func private @directions(%T: index, %x: tensor<?x?xf32>, %h0: tensor<?xf32>)
    -> (tensor<?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>) {
  %c0 = arith.constant 0 : index
  %r:5 = gradopt.scan (%s) to %T
      carries(%h = %h0 : tensor<?xf32>)
      inputs(%x_t = %x : tensor<?x?xf32>, %x_r = reverse %x : tensor<?x?xf32>)
      outputs(tensor<?x?xf32>, reverse tensor<?x?xf32>)
      histories(0 : tensor<?x?xf32>, reverse 0 : tensor<?x?xf32>) {
    %b = tensor.dim %h, %c0 : tensor<?xf32>
    %e = tensor.empty(%b) : tensor<?xf32>
    %next = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
        ins(%h, %x_t : tensor<?xf32>, tensor<?xf32>) outs(%e : tensor<?xf32>) {
    ^bb0(%a: f32, %c: f32, %out: f32):
      %double = arith.addf %a, %a : f32
      %sum = arith.addf %double, %c : f32
      linalg.yield %sum : f32
    } -> tensor<?xf32>
    gradopt.yield %next, %x_r, %next : tensor<?xf32>, tensor<?xf32>, tensor<?xf32>
  }
  return %r#0, %r#1, %r#2, %r#3, %r#4 : tensor<?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>
}

/// Carries that change places, and the sum of what one of them was.
func.func private @swap(%T: index, %a0: tensor<?xf32>, %b0: tensor<?xf32>)
    -> (tensor<?xf32>, tensor<?xf32>, tensor<?x?xf32>) {
  %r:3 = gradopt.scan (%s) to %T
      carries(%a = %a0 : tensor<?xf32>, %b = %b0 : tensor<?xf32>)
      outputs(tensor<?x?xf32>) {
    gradopt.yield %b, %a, %a : tensor<?xf32>, tensor<?xf32>, tensor<?xf32>
  }
  return %r#0, %r#1, %r#2 : tensor<?xf32>, tensor<?xf32>, tensor<?x?xf32>
}

/// An accumulator whose value before the step goes out twice, once as another
/// carry.
func.func private @accumulate(%x: tensor<4x2xf32>)
    -> (tensor<2xf32>, tensor<2xf32>, tensor<4x2xf32>, tensor<4x2xf32>) {
  %T = arith.constant 4 : index
  %zero = arith.constant dense<0.0> : tensor<2xf32>
  %r:4 = gradopt.scan (%s) to %T
      carries(%sum = %zero : tensor<2xf32>, %last = %zero : tensor<2xf32>)
      inputs(%x_t = %x : tensor<4x2xf32>)
      outputs(tensor<4x2xf32>, tensor<4x2xf32>) {
    %next = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
        ins(%x_t : tensor<2xf32>) outs(%sum : tensor<2xf32>) {
    ^bb0(%a: f32, %out: f32):
      %add = arith.addf %out, %a : f32
      linalg.yield %add : f32
    } -> tensor<2xf32>
    gradopt.yield %next, %sum, %sum, %next : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
  }
  return %r#0, %r#1, %r#2, %r#3 : tensor<2xf32>, tensor<2xf32>, tensor<4x2xf32>, tensor<4x2xf32>
}

/// Writes to what is an input, to what is captured and to a carry with a
/// history: none of them may change.
func.func private @writes(%x: tensor<3x2xf32>, %w: tensor<2xf32>)
    -> (tensor<2xf32>, tensor<3x2xf32>, tensor<3x2xf32>, tensor<4x2xf32>, tensor<2xf32>) {
  %T = arith.constant 3 : index
  %ten = arith.constant 10.0 : f32
  %r:4 = gradopt.scan (%s) to %T
      carries(%h = %w : tensor<2xf32>) inputs(%x_t = %x : tensor<3x2xf32>)
      outputs(tensor<3x2xf32>, tensor<3x2xf32>)
      histories(0 : tensor<4x2xf32>) {
    %0 = linalg.generic {indexing_maps = [#id], iterator_types = ["parallel"]}
        outs(%w : tensor<2xf32>) {
    ^bb0(%out: f32):
      %add = arith.addf %out, %ten : f32
      linalg.yield %add : f32
    } -> tensor<2xf32>
    %1 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
        ins(%0 : tensor<2xf32>) outs(%x_t : tensor<2xf32>) {
    ^bb0(%a: f32, %out: f32):
      %add = arith.addf %out, %a : f32
      linalg.yield %add : f32
    } -> tensor<2xf32>
    %2 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
        ins(%x_t : tensor<2xf32>) outs(%h : tensor<2xf32>) {
    ^bb0(%a: f32, %out: f32):
      %add = arith.addf %out, %a : f32
      linalg.yield %add : f32
    } -> tensor<2xf32>
    gradopt.yield %2, %0, %1 : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
  }
  // The last carry is a row of the history: this must not write there.
  %last = linalg.fill ins(%ten : f32) outs(%r#0 : tensor<2xf32>) -> tensor<2xf32>
  return %last, %r#1, %r#2, %r#3, %w : tensor<2xf32>, tensor<3x2xf32>, tensor<3x2xf32>, tensor<4x2xf32>, tensor<2xf32>
}

/// A scan in a scan: running sums of each row, and of all of it. The inner one
/// gives the rows; the outer carry goes through it as a carry and as a capture.
func.func private @nested(%x: tensor<2x3x1xf32>) -> (tensor<1xf32>, tensor<2x3x1xf32>) {
  %two = arith.constant 2 : index
  %three = arith.constant 3 : index
  %zero = arith.constant dense<0.0> : tensor<1xf32>
  %r:2 = gradopt.scan (%s) to %two
      carries(%all = %zero : tensor<1xf32>) inputs(%row = %x : tensor<2x3x1xf32>)
      outputs(tensor<2x3x1xf32>) {
    %i:2 = gradopt.scan (%p) to %three
        carries(%sum = %all : tensor<1xf32>) inputs(%e = reverse %row : tensor<3x1xf32>)
        outputs(reverse tensor<3x1xf32>) {
      %next = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
          ins(%e : tensor<1xf32>) outs(%sum : tensor<1xf32>) {
      ^bb0(%a: f32, %out: f32):
        %add = arith.addf %out, %a : f32
        linalg.yield %add : f32
      } -> tensor<1xf32>
      %d0 = tensor.empty() : tensor<1xf32>
      %difference = linalg.sub ins(%next, %all : tensor<1xf32>, tensor<1xf32>) outs(%d0 : tensor<1xf32>) -> tensor<1xf32>
      gradopt.yield %next, %difference : tensor<1xf32>, tensor<1xf32>
    }
    gradopt.yield %i#0, %i#1 : tensor<1xf32>, tensor<3x1xf32>
  }
  return %r#0, %r#1 : tensor<1xf32>, tensor<2x3x1xf32>
}

/// Writes to a captured value that nothing else reads: each step begins with the
/// same. The carry is filled row by row in place; the input is captured as well.
func.func private @captured(%x: tensor<3x2xf32>)
    -> (tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32>) {
  %T = arith.constant 3 : index
  %one = arith.constant 1.0 : f32
  %e = tensor.empty() : tensor<2xf32>
  %c = linalg.fill ins(%one : f32) outs(%e : tensor<2xf32>) -> tensor<2xf32>
  %e3 = tensor.empty() : tensor<3x2xf32>
  %rows = linalg.fill ins(%one : f32) outs(%e3 : tensor<3x2xf32>) -> tensor<3x2xf32>
  %copy = linalg.add ins(%x, %rows : tensor<3x2xf32>, tensor<3x2xf32>) outs(%e3 : tensor<3x2xf32>) -> tensor<3x2xf32>
  %r:3 = gradopt.scan (%s) to %T
      carries(%h = %rows : tensor<3x2xf32>) inputs(%x_t = %copy : tensor<3x2xf32>)
      outputs(tensor<3x2xf32>, tensor<3x2xf32>) {
    %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
        ins(%x_t : tensor<2xf32>) outs(%c : tensor<2xf32>) {
    ^bb0(%a: f32, %out: f32):
      %add = arith.addf %out, %a : f32
      linalg.yield %add : f32
    } -> tensor<2xf32>
    %h1 = tensor.insert_slice %0 into %h[%s, 0] [1, 2] [1, 1] : tensor<2xf32> into tensor<3x2xf32>
    // This writes where the next step would read its slice.
    %zero = arith.constant 0.0 : f32
    %z = linalg.fill ins(%zero : f32) outs(%copy : tensor<3x2xf32>) -> tensor<3x2xf32>
    %z_t = tensor.extract_slice %z[%s, 0] [1, 2] [1, 1] : tensor<3x2xf32> to tensor<2xf32>
    gradopt.yield %h1, %0, %z_t : tensor<3x2xf32>, tensor<2xf32>, tensor<2xf32>
  }
  return %r#0, %r#1, %r#2 : tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32>
}

/// Carries that are no tensors, and the step index.
func.func private @scalars(%T: index) -> (tensor<?xf32>, f32) {
  %zero = arith.constant 0 : i64
  %one = arith.constant 1.0 : f32
  %r:3 = gradopt.scan (%s) to %T carries(%n = %zero : i64, %f = %one : f32)
      outputs(tensor<?xf32>) {
    %i = arith.index_cast %s : index to i64
    %n1 = arith.addi %n, %i : i64
    %v = arith.sitofp %n1 : i64 to f32
    %t = tensor.from_elements %v : tensor<f32>
    %f1 = arith.addf %f, %f : f32
    gradopt.yield %n1, %f1, %t : i64, f32, tensor<f32>
  }
  return %r#2, %r#1 : tensor<?xf32>, f32
}

func.func @main() {
  %x = arith.constant dense<[[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]]> : tensor<3x2xf32>
  %h = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %g = arith.constant dense<[5.0, 6.0]> : tensor<2xf32>
  %xd = tensor.cast %x : tensor<3x2xf32> to tensor<?x?xf32>
  %hd = tensor.cast %h : tensor<2xf32> to tensor<?xf32>
  %gd = tensor.cast %g : tensor<2xf32> to tensor<?xf32>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  // CHECK: sizes = [2]
  // CHECK-NEXT: [19, 126]
  // CHECK: sizes = [3, 2]
  // CHECK-NEXT: {{\[\[}}3, 30],
  // CHECK-NEXT: [2, 20],
  // CHECK-NEXT: [1, 10]]
  // CHECK: sizes = [3, 2]
  // CHECK-NEXT: {{\[\[}}19, 126],
  // CHECK-NEXT: [8, 48],
  // CHECK-NEXT: [3, 14]]
  // CHECK: sizes = [4, 2]
  // CHECK-NEXT: {{\[\[}}1, 2],
  // CHECK-NEXT: [3, 14],
  // CHECK-NEXT: [8, 48],
  // CHECK-NEXT: [19, 126]]
  // CHECK: sizes = [4, 2]
  // CHECK-NEXT: {{\[\[}}19, 126],
  // CHECK-NEXT: [8, 48],
  // CHECK-NEXT: [3, 14],
  // CHECK-NEXT: [1, 2]]
  %d:5 = call @directions(%c3, %xd, %hd) : (index, tensor<?x?xf32>, tensor<?xf32>)
      -> (tensor<?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>)
  call @print1(%d#0) : (tensor<?xf32>) -> ()
  call @print2(%d#1) : (tensor<?x?xf32>) -> ()
  call @print2(%d#2) : (tensor<?x?xf32>) -> ()
  call @print2(%d#3) : (tensor<?x?xf32>) -> ()
  call @print2(%d#4) : (tensor<?x?xf32>) -> ()

  // No steps.
  // CHECK: sizes = [2]
  // CHECK-NEXT: [1, 2]
  // CHECK: sizes = [0, 2]
  // CHECK: sizes = [0, 2]
  // CHECK: sizes = [1, 2]
  // CHECK-NEXT: {{\[\[}}1, 2]]
  // CHECK: sizes = [1, 2]
  // CHECK-NEXT: {{\[\[}}1, 2]]
  %xe = tensor.extract_slice %xd[0, 0] [%c0, 2] [1, 1] : tensor<?x?xf32> to tensor<?x2xf32>
  %xed = tensor.cast %xe : tensor<?x2xf32> to tensor<?x?xf32>
  %e:5 = call @directions(%c0, %xed, %hd) : (index, tensor<?x?xf32>, tensor<?xf32>)
      -> (tensor<?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>)
  call @print1(%e#0) : (tensor<?xf32>) -> ()
  call @print2(%e#1) : (tensor<?x?xf32>) -> ()
  call @print2(%e#2) : (tensor<?x?xf32>) -> ()
  call @print2(%e#3) : (tensor<?x?xf32>) -> ()
  call @print2(%e#4) : (tensor<?x?xf32>) -> ()

  // An even and an odd number of steps, and none.
  // CHECK: sizes = [2]
  // CHECK-NEXT: [1, 2]
  // CHECK: sizes = [2]
  // CHECK-NEXT: [5, 6]
  %s2:3 = call @swap(%c2, %hd, %gd) : (index, tensor<?xf32>, tensor<?xf32>) -> (tensor<?xf32>, tensor<?xf32>, tensor<?x?xf32>)
  call @print1(%s2#0) : (tensor<?xf32>) -> ()
  call @print1(%s2#1) : (tensor<?xf32>) -> ()
  // CHECK: sizes = [2]
  // CHECK-NEXT: [5, 6]
  // CHECK: sizes = [2]
  // CHECK-NEXT: [1, 2]
  // CHECK: sizes = [3, 2]
  // CHECK-NEXT: {{\[\[}}1, 2],
  // CHECK-NEXT: [5, 6],
  // CHECK-NEXT: [1, 2]]
  %s3:3 = call @swap(%c3, %hd, %gd) : (index, tensor<?xf32>, tensor<?xf32>) -> (tensor<?xf32>, tensor<?xf32>, tensor<?x?xf32>)
  call @print1(%s3#0) : (tensor<?xf32>) -> ()
  call @print1(%s3#1) : (tensor<?xf32>) -> ()
  call @print2(%s3#2) : (tensor<?x?xf32>) -> ()
  // CHECK: sizes = [2]
  // CHECK-NEXT: [1, 2]
  // CHECK: sizes = [2]
  // CHECK-NEXT: [5, 6]
  %s0:3 = call @swap(%c0, %hd, %gd) : (index, tensor<?xf32>, tensor<?xf32>) -> (tensor<?xf32>, tensor<?xf32>, tensor<?x?xf32>)
  call @print1(%s0#0) : (tensor<?xf32>) -> ()
  call @print1(%s0#1) : (tensor<?xf32>) -> ()

  // CHECK: sizes = [2]
  // CHECK-NEXT: [15, 1111]
  // CHECK: sizes = [2]
  // CHECK-NEXT: [7, 111]
  // CHECK: sizes = [4, 2]
  // CHECK-NEXT: {{\[\[}}0, 0],
  // CHECK-NEXT: [1, 1],
  // CHECK-NEXT: [3, 11],
  // CHECK-NEXT: [7, 111]]
  // CHECK: sizes = [4, 2]
  // CHECK-NEXT: {{\[\[}}1, 1],
  // CHECK-NEXT: [3, 11],
  // CHECK-NEXT: [7, 111],
  // CHECK-NEXT: [15, 1111]]
  %y = arith.constant dense<[[1.0, 1.0], [2.0, 10.0], [4.0, 100.0], [8.0, 1000.0]]> : tensor<4x2xf32>
  %a:4 = call @accumulate(%y) : (tensor<4x2xf32>) -> (tensor<2xf32>, tensor<2xf32>, tensor<4x2xf32>, tensor<4x2xf32>)
  %a0 = tensor.cast %a#0 : tensor<2xf32> to tensor<?xf32>
  %a1 = tensor.cast %a#1 : tensor<2xf32> to tensor<?xf32>
  %a2 = tensor.cast %a#2 : tensor<4x2xf32> to tensor<?x?xf32>
  %a3 = tensor.cast %a#3 : tensor<4x2xf32> to tensor<?x?xf32>
  call @print1(%a0) : (tensor<?xf32>) -> ()
  call @print1(%a1) : (tensor<?xf32>) -> ()
  call @print2(%a2) : (tensor<?x?xf32>) -> ()
  call @print2(%a3) : (tensor<?x?xf32>) -> ()

  // CHECK: sizes = [2]
  // CHECK-NEXT: [10, 10]
  // CHECK: sizes = [3, 2]
  // CHECK-NEXT: {{\[\[}}11, 12],
  // CHECK-NEXT: [11, 12],
  // CHECK-NEXT: [11, 12]]
  // CHECK: sizes = [3, 2]
  // CHECK-NEXT: {{\[\[}}12, 22],
  // CHECK-NEXT: [13, 32],
  // CHECK-NEXT: [14, 42]]
  // CHECK: sizes = [4, 2]
  // CHECK-NEXT: {{\[\[}}1, 2],
  // CHECK-NEXT: [2, 12],
  // CHECK-NEXT: [4, 32],
  // CHECK-NEXT: [7, 62]]
  // CHECK: sizes = [2]
  // CHECK-NEXT: [1, 2]
  %w:5 = call @writes(%x, %h) : (tensor<3x2xf32>, tensor<2xf32>) -> (tensor<2xf32>, tensor<3x2xf32>, tensor<3x2xf32>, tensor<4x2xf32>, tensor<2xf32>)
  %w0 = tensor.cast %w#0 : tensor<2xf32> to tensor<?xf32>
  %w1 = tensor.cast %w#1 : tensor<3x2xf32> to tensor<?x?xf32>
  %w2 = tensor.cast %w#2 : tensor<3x2xf32> to tensor<?x?xf32>
  %w3 = tensor.cast %w#3 : tensor<4x2xf32> to tensor<?x?xf32>
  %w4 = tensor.cast %w#4 : tensor<2xf32> to tensor<?xf32>
  call @print1(%w0) : (tensor<?xf32>) -> ()
  call @print2(%w1) : (tensor<?x?xf32>) -> ()
  call @print2(%w2) : (tensor<?x?xf32>) -> ()
  call @print2(%w3) : (tensor<?x?xf32>) -> ()
  call @print1(%w4) : (tensor<?xf32>) -> ()

  // CHECK: sizes = [1]
  // CHECK-NEXT: [66]
  // CHECK: sizes = [2, 3]
  // CHECK-NEXT: {{\[\[}}6, 5, 3],
  // CHECK-NEXT: [60, 50, 30]]
  %z = arith.constant dense<[[[1.0], [2.0], [3.0]], [[10.0], [20.0], [30.0]]]> : tensor<2x3x1xf32>
  %n:2 = call @nested(%z) : (tensor<2x3x1xf32>) -> (tensor<1xf32>, tensor<2x3x1xf32>)
  %n0 = tensor.cast %n#0 : tensor<1xf32> to tensor<?xf32>
  %n1f = tensor.collapse_shape %n#1 [[0], [1, 2]] : tensor<2x3x1xf32> into tensor<2x3xf32>
  %n1 = tensor.cast %n1f : tensor<2x3xf32> to tensor<?x?xf32>
  call @print1(%n0) : (tensor<?xf32>) -> ()
  call @print2(%n1) : (tensor<?x?xf32>) -> ()

  // CHECK: sizes = [3, 2]
  // CHECK-NEXT: {{\[\[}}3, 12],
  // CHECK-NEXT: [4, 22],
  // CHECK-NEXT: [5, 32]]
  // CHECK: sizes = [3, 2]
  // CHECK-NEXT: {{\[\[}}3, 12],
  // CHECK-NEXT: [4, 22],
  // CHECK-NEXT: [5, 32]]
  // CHECK: sizes = [3, 2]
  // CHECK-NEXT: {{\[\[}}0, 0],
  // CHECK-NEXT: [0, 0],
  // CHECK-NEXT: [0, 0]]
  %k:3 = call @captured(%x) : (tensor<3x2xf32>) -> (tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32>)
  %k0 = tensor.cast %k#0 : tensor<3x2xf32> to tensor<?x?xf32>
  %k1 = tensor.cast %k#1 : tensor<3x2xf32> to tensor<?x?xf32>
  %k2 = tensor.cast %k#2 : tensor<3x2xf32> to tensor<?x?xf32>
  call @print2(%k0) : (tensor<?x?xf32>) -> ()
  call @print2(%k1) : (tensor<?x?xf32>) -> ()
  call @print2(%k2) : (tensor<?x?xf32>) -> ()

  // CHECK: sizes = [5]
  // CHECK-NEXT: [0, 1, 3, 6, 10]
  // CHECK: sizes = [1]
  // CHECK-NEXT: [32]
  %c5 = arith.constant 5 : index
  %q:2 = call @scalars(%c5) : (index) -> (tensor<?xf32>, f32)
  %q1s = tensor.from_elements %q#1 : tensor<1xf32>
  %q1 = tensor.cast %q1s : tensor<1xf32> to tensor<?xf32>
  call @print1(%q#0) : (tensor<?xf32>) -> ()
  call @print1(%q1) : (tensor<?xf32>) -> ()
  return
}
