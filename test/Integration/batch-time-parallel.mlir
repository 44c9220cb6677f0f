// What a scan gives is the same when ops have left it: each body is
// run as it is written and with the pass.

// DEFINE: %{run} = --convert-gradopt-to-linalg --convert-elementwise-to-linalg --canonicalize \
// DEFINE:   --one-shot-bufferize="bufferize-function-boundaries" \
// DEFINE:   --canonicalize %{lower-to-llvm}

// RUN: gradopt-opt %s %{run} \
// RUN:   | mlir-runner -e main --entry-point-result=void %{runner-libs} \
// RUN:   | sed "s/.*sizes/sizes/; s/ strides.*//" > %t.step
// RUN: gradopt-opt %s --gradopt-batch-time-parallel %{run} \
// RUN:   | mlir-runner -e main --entry-point-result=void %{runner-libs} \
// RUN:   | sed "s/.*sizes/sizes/; s/ strides.*//" > %t.batch
// RUN: diff %t.step %t.batch
// RUN: FileCheck %s < %t.step

// That the pass has something to do in each of them.
// RUN: gradopt-opt %s --gradopt-batch-time-parallel --remark-format=emitRemark \
// RUN:   --remarks-filter-passed="gradopt-batch-time-parallel" 2>&1 \
// RUN:   | FileCheck %s --check-prefix=MOVED
// MOVED-DAG: [Passed]{{.*}}Function=layer 
// MOVED-DAG: [Passed]{{.*}}Function=layer_reverse 
// MOVED-DAG: [Passed]{{.*}}Function=old_carry 
// MOVED-DAG: [Passed]{{.*}}Function=norm 
// MOVED-DAG: [Passed]{{.*}}Function=scalars 
// MOVED-DAG: [Passed]{{.*}}Function=moves 
// MOVED-DAG: [Passed]{{.*}}Function=nested 

#id = affine_map<(b, h) -> (b, h)>
#rows = affine_map<(b, h) -> (b)>
#columns = affine_map<(b, h) -> (h)>
#all = affine_map<(t, b, h) -> (t, b, h)>

func.func private @printMemrefF32(tensor<*xf32>)

func.func private @print2(%v: tensor<?x4xf32>) {
  %u = tensor.cast %v : tensor<?x4xf32> to tensor<*xf32>
  call @printMemrefF32(%u) : (tensor<*xf32>) -> ()
  return
}

func.func private @print3(%v: tensor<?x?x4xf32>) {
  %c0 = arith.constant 0 : index
  %T = tensor.dim %v, %c0 : tensor<?x?x4xf32>
  %some = arith.cmpi ne, %T, %c0 : index
  // Of no elements the printer prints what lies there.
  scf.if %some {
    %u = tensor.cast %v : tensor<?x?x4xf32> to tensor<*xf32>
    func.call @printMemrefF32(%u) : (tensor<*xf32>) -> ()
  }
  return
}

/// A recurrence with its input's contraction before it and a projection behind.
func.func private @layer(%x: tensor<?x?x3xf32>, %h0: tensor<?x4xf32>, %w: tensor<3x4xf32>, %u: tensor<4x4xf32>, %tokens: tensor<?x?xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %i0 = arith.constant 0 : i32
  %T = tensor.dim %x, %c0 : tensor<?x?x3xf32>
  %B = tensor.dim %h0, %c0 : tensor<?x4xf32>
  %e4 = tensor.empty(%B) : tensor<?x4xf32>
  %e3 = tensor.empty(%B) : tensor<?x3xf32>
  %eb = tensor.empty(%B) : tensor<?xf32>
  %zero4 = linalg.fill ins(%zero : f32) outs(%e4 : tensor<?x4xf32>) -> tensor<?x4xf32>
  %zerob = linalg.fill ins(%zero : f32) outs(%eb : tensor<?xf32>) -> tensor<?xf32>
  %r:3 = gradopt.scan "layer" (%s) to %T
      carries(%h = %h0 : tensor<?x4xf32>)
      inputs(%x_t = %x : tensor<?x?x3xf32>, %n_t = %tokens : tensor<?x?xi32>)
      outputs(tensor<?x?x4xf32>, tensor<?x?x4xf32>) {
    %a = linalg.matmul ins(%x_t, %w : tensor<?x3xf32>, tensor<3x4xf32>) outs(%zero4 : tensor<?x4xf32>) -> tensor<?x4xf32>
    %r = linalg.matmul ins(%h, %u : tensor<?x4xf32>, tensor<4x4xf32>) outs(%a : tensor<?x4xf32>) -> tensor<?x4xf32>
    %h1 = math.tanh %r : tensor<?x4xf32>
    %p = linalg.matmul ins(%h1, %u : tensor<?x4xf32>, tensor<4x4xf32>) outs(%zero4 : tensor<?x4xf32>) -> tensor<?x4xf32>
    %q = math.exp %p : tensor<?x4xf32>
    gradopt.yield %h1, %q, %q : tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>
  }
  call @print2(%r#0) : (tensor<?x4xf32>) -> ()
  call @print3(%r#1) : (tensor<?x?x4xf32>) -> ()
  call @print3(%r#2) : (tensor<?x?x4xf32>) -> ()
  return
}

/// A recurrence with its input's contraction before it and a projection behind, in reverse.
func.func private @layer_reverse(%x: tensor<?x?x3xf32>, %h0: tensor<?x4xf32>, %w: tensor<3x4xf32>, %u: tensor<4x4xf32>, %tokens: tensor<?x?xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %i0 = arith.constant 0 : i32
  %T = tensor.dim %x, %c0 : tensor<?x?x3xf32>
  %B = tensor.dim %h0, %c0 : tensor<?x4xf32>
  %e4 = tensor.empty(%B) : tensor<?x4xf32>
  %e3 = tensor.empty(%B) : tensor<?x3xf32>
  %eb = tensor.empty(%B) : tensor<?xf32>
  %zero4 = linalg.fill ins(%zero : f32) outs(%e4 : tensor<?x4xf32>) -> tensor<?x4xf32>
  %zerob = linalg.fill ins(%zero : f32) outs(%eb : tensor<?xf32>) -> tensor<?xf32>
  %r:3 = gradopt.scan "layer_reverse" (%s) to %T
      carries(%h = %h0 : tensor<?x4xf32>)
      inputs(%x_t = reverse %x : tensor<?x?x3xf32>, %n_t = reverse %tokens : tensor<?x?xi32>)
      outputs(reverse tensor<?x?x4xf32>, reverse tensor<?x?x4xf32>) {
    %a = linalg.matmul ins(%x_t, %w : tensor<?x3xf32>, tensor<3x4xf32>) outs(%zero4 : tensor<?x4xf32>) -> tensor<?x4xf32>
    %r = linalg.matmul ins(%h, %u : tensor<?x4xf32>, tensor<4x4xf32>) outs(%a : tensor<?x4xf32>) -> tensor<?x4xf32>
    %h1 = math.tanh %r : tensor<?x4xf32>
    %p = linalg.matmul ins(%h1, %u : tensor<?x4xf32>, tensor<4x4xf32>) outs(%zero4 : tensor<?x4xf32>) -> tensor<?x4xf32>
    %q = math.exp %p : tensor<?x4xf32>
    gradopt.yield %h1, %q, %q : tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>
  }
  call @print2(%r#0) : (tensor<?x4xf32>) -> ()
  call @print3(%r#1) : (tensor<?x?x4xf32>) -> ()
  call @print3(%r#2) : (tensor<?x?x4xf32>) -> ()
  return
}

/// The carry before the step, a slice of it, and what is the next value of two carries.
func.func private @old_carry(%x: tensor<?x?x3xf32>, %h0: tensor<?x4xf32>, %w: tensor<3x4xf32>, %u: tensor<4x4xf32>, %tokens: tensor<?x?xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %i0 = arith.constant 0 : i32
  %T = tensor.dim %x, %c0 : tensor<?x?x3xf32>
  %B = tensor.dim %h0, %c0 : tensor<?x4xf32>
  %e4 = tensor.empty(%B) : tensor<?x4xf32>
  %e3 = tensor.empty(%B) : tensor<?x3xf32>
  %eb = tensor.empty(%B) : tensor<?xf32>
  %zero4 = linalg.fill ins(%zero : f32) outs(%e4 : tensor<?x4xf32>) -> tensor<?x4xf32>
  %zerob = linalg.fill ins(%zero : f32) outs(%eb : tensor<?xf32>) -> tensor<?xf32>
  %r:5 = gradopt.scan "old_carry" (%s) to %T
      carries(%h = %h0 : tensor<?x4xf32>, %g = %zero4 : tensor<?x4xf32>)
      inputs(%x_t = %x : tensor<?x?x3xf32>, %n_t = %tokens : tensor<?x?xi32>)
      outputs(reverse tensor<?x?x4xf32>, tensor<?x?x4xf32>, tensor<?x?x4xf32>) {
    %a = linalg.matmul ins(%x_t, %w : tensor<?x3xf32>, tensor<3x4xf32>) outs(%zero4 : tensor<?x4xf32>) -> tensor<?x4xf32>
    %r = linalg.matmul ins(%h, %u : tensor<?x4xf32>, tensor<4x4xf32>) outs(%a : tensor<?x4xf32>) -> tensor<?x4xf32>
    %h1 = math.tanh %r : tensor<?x4xf32>
    %p = linalg.matmul ins(%h, %u : tensor<?x4xf32>, tensor<4x4xf32>) outs(%zero4 : tensor<?x4xf32>) -> tensor<?x4xf32>
    %hs = tensor.extract_slice %h[0, 1] [%B, 3] [1, 1] : tensor<?x4xf32> to tensor<?x3xf32>
    %q = linalg.matmul ins(%hs, %w : tensor<?x3xf32>, tensor<3x4xf32>) outs(%zero4 : tensor<?x4xf32>) -> tensor<?x4xf32>
    %o = linalg.matmul ins(%g, %u : tensor<?x4xf32>, tensor<4x4xf32>) outs(%zero4 : tensor<?x4xf32>) -> tensor<?x4xf32>
    gradopt.yield %h1, %h1, %o, %p, %q : tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>
  }
  call @print2(%r#0) : (tensor<?x4xf32>) -> ()
  call @print3(%r#2) : (tensor<?x?x4xf32>) -> ()
  call @print3(%r#3) : (tensor<?x?x4xf32>) -> ()
  call @print3(%r#4) : (tensor<?x?x4xf32>) -> ()
  return
}

/// Inputs are normalized before they are used; the step index masks some of them.
func.func private @norm(%x: tensor<?x?x3xf32>, %h0: tensor<?x4xf32>, %w: tensor<3x4xf32>, %u: tensor<4x4xf32>, %tokens: tensor<?x?xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %i0 = arith.constant 0 : i32
  %T = tensor.dim %x, %c0 : tensor<?x?x3xf32>
  %B = tensor.dim %h0, %c0 : tensor<?x4xf32>
  %e4 = tensor.empty(%B) : tensor<?x4xf32>
  %e3 = tensor.empty(%B) : tensor<?x3xf32>
  %eb = tensor.empty(%B) : tensor<?xf32>
  %zero4 = linalg.fill ins(%zero : f32) outs(%e4 : tensor<?x4xf32>) -> tensor<?x4xf32>
  %zerob = linalg.fill ins(%zero : f32) outs(%eb : tensor<?xf32>) -> tensor<?xf32>
  %r:2 = gradopt.scan "norm" (%s) to %T
      carries(%h = %h0 : tensor<?x4xf32>)
      inputs(%x_t = reverse %x : tensor<?x?x3xf32>, %n_t = reverse %tokens : tensor<?x?xi32>)
      outputs(tensor<?x?x4xf32>) {
    %sum = linalg.generic {indexing_maps = [#id, #rows], iterator_types = ["parallel", "reduction"]}
        ins(%x_t : tensor<?x3xf32>) outs(%zerob : tensor<?xf32>) {
    ^bb0(%v: f32, %o: f32):
      %v1 = arith.addf %o, %v : f32
      linalg.yield %v1 : f32
    } -> tensor<?xf32>
    %c = linalg.generic {indexing_maps = [#id, #rows, #rows, #id], iterator_types = ["parallel", "parallel"]}
        ins(%x_t, %sum, %n_t : tensor<?x3xf32>, tensor<?xf32>, tensor<?xi32>) outs(%x_t : tensor<?x3xf32>) {
    ^bb0(%v: f32, %m: f32, %n: i32, %o: f32):
      %s32 = arith.index_cast %s : index to i32
      %on = arith.cmpi sle, %s32, %n : i32
      %v1 = arith.subf %v, %m : f32
      %v2 = arith.select %on, %v1, %zero : f32
      linalg.yield %v2 : f32
    } -> tensor<?x3xf32>
    %a = linalg.matmul ins(%c, %w : tensor<?x3xf32>, tensor<3x4xf32>) outs(%zero4 : tensor<?x4xf32>) -> tensor<?x4xf32>
    %odd = arith.cmpi ne, %s, %c1 : index
    %a1 = arith.select %odd, %a, %zero4 : tensor<?x4xf32>
    %h1 = arith.addf %h, %a1 : tensor<?x4xf32>
    %h2 = math.tanh %h1 : tensor<?x4xf32>
    gradopt.yield %h2, %h1 : tensor<?x4xf32>, tensor<?x4xf32>
  }
  call @print2(%r#0) : (tensor<?x4xf32>) -> ()
  call @print3(%r#1) : (tensor<?x?x4xf32>) -> ()
  return
}

/// Scalar carries, one of them integer, and scalars that are read from a slice.
func.func private @scalars(%x: tensor<?x?x3xf32>, %h0: tensor<?x4xf32>, %w: tensor<3x4xf32>, %u: tensor<4x4xf32>, %tokens: tensor<?x?xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %i0 = arith.constant 0 : i32
  %T = tensor.dim %x, %c0 : tensor<?x?x3xf32>
  %B = tensor.dim %h0, %c0 : tensor<?x4xf32>
  %e4 = tensor.empty(%B) : tensor<?x4xf32>
  %e3 = tensor.empty(%B) : tensor<?x3xf32>
  %eb = tensor.empty(%B) : tensor<?xf32>
  %zero4 = linalg.fill ins(%zero : f32) outs(%e4 : tensor<?x4xf32>) -> tensor<?x4xf32>
  %zerob = linalg.fill ins(%zero : f32) outs(%eb : tensor<?xf32>) -> tensor<?xf32>
  %r:5 = gradopt.scan "scalars" (%s) to %T
      carries(%h = %h0 : tensor<?x4xf32>, %i = %i0 : i32, %g = %one : f32)
      inputs(%x_t = %x : tensor<?x?x3xf32>, %n_t = %tokens : tensor<?x?xi32>)
      outputs(reverse tensor<?x?x4xf32>, tensor<?x?x4xf32>) {
    %i1 = arith.constant 3 : i32
    %k = arith.addi %i, %i1 : i32
    %half = arith.constant 0.5 : f32
    %g1 = arith.mulf %g, %half : f32
    %x00 = tensor.extract %x_t[%c0, %c1] : tensor<?x3xf32>
    %full = linalg.fill ins(%x00 : f32) outs(%e4 : tensor<?x4xf32>) -> tensor<?x4xf32>
    %a = linalg.matmul ins(%x_t, %w : tensor<?x3xf32>, tensor<3x4xf32>) outs(%full : tensor<?x4xf32>) -> tensor<?x4xf32>
    %r = linalg.matmul ins(%h, %u : tensor<?x4xf32>, tensor<4x4xf32>) outs(%a : tensor<?x4xf32>) -> tensor<?x4xf32>
    %h1 = math.tanh %r : tensor<?x4xf32>
    %p = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
        ins(%h1 : tensor<?x4xf32>) outs(%e4 : tensor<?x4xf32>) {
    ^bb0(%v: f32, %o: f32):
      %kf = arith.sitofp %k : i32 to f32
      %v1 = arith.mulf %v, %g : f32
      %v2 = arith.addf %v1, %kf : f32
      linalg.yield %v2 : f32
    } -> tensor<?x4xf32>
    %gs = tensor.splat %g[%B] : tensor<?x4xf32>
    %q = linalg.matmul ins(%p, %u : tensor<?x4xf32>, tensor<4x4xf32>) outs(%gs : tensor<?x4xf32>) -> tensor<?x4xf32>
    %c7 = arith.constant 7 : i32
    %i2 = arith.cmpi slt, %k, %c7 : i32
    %q1 = arith.select %i2, %q, %zero4 : tensor<?x4xf32>
    gradopt.yield %h1, %k, %g1, %q1, %h1 : tensor<?x4xf32>, i32, f32, tensor<?x4xf32>, tensor<?x4xf32>
  }
  call @print2(%r#0) : (tensor<?x4xf32>) -> ()
  call @print3(%r#3) : (tensor<?x?x4xf32>) -> ()
  call @print3(%r#4) : (tensor<?x?x4xf32>) -> ()
  return
}

/// Slices, reshapes, pads and gathers of inputs, and operands that are constant in time.
func.func private @moves(%x: tensor<?x?x3xf32>, %h0: tensor<?x4xf32>, %w: tensor<3x4xf32>, %u: tensor<4x4xf32>, %tokens: tensor<?x?xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %i0 = arith.constant 0 : i32
  %T = tensor.dim %x, %c0 : tensor<?x?x3xf32>
  %B = tensor.dim %h0, %c0 : tensor<?x4xf32>
  %e4 = tensor.empty(%B) : tensor<?x4xf32>
  %e3 = tensor.empty(%B) : tensor<?x3xf32>
  %eb = tensor.empty(%B) : tensor<?xf32>
  %zero4 = linalg.fill ins(%zero : f32) outs(%e4 : tensor<?x4xf32>) -> tensor<?x4xf32>
  %zerob = linalg.fill ins(%zero : f32) outs(%eb : tensor<?xf32>) -> tensor<?xf32>
  %r:2 = gradopt.scan "moves" (%s) to %T
      carries(%h = %h0 : tensor<?x4xf32>)
      inputs(%x_t = %x : tensor<?x?x3xf32>, %n_t = %tokens : tensor<?x?xi32>)
      outputs(tensor<?x?x4xf32>) {
    %p = tensor.pad %x_t low[0, 0] high[0, 1] {
    ^bb0(%i: index, %j: index):
      tensor.yield %one : f32
    } : tensor<?x3xf32> to tensor<?x4xf32>
    %xs = tensor.extract_slice %p[0, 1] [%B, 2] [1, 1] : tensor<?x4xf32> to tensor<?x2xf32>
    %xi = tensor.insert_slice %xs into %zero4[0, 2] [%B, 2] [1, 1] : tensor<?x2xf32> into tensor<?x4xf32>
    %n = tensor.dim %x_t, %c0 : tensor<?x3xf32>
    %x4 = tensor.expand_shape %xi [[0], [1, 2]] output_shape [%n, 2, 2] : tensor<?x4xf32> into tensor<?x2x2xf32>
    %x5 = tensor.collapse_shape %x4 [[0], [1, 2]] : tensor<?x2x2xf32> into tensor<?x4xf32>
    %w4 = arith.addf %x5, %h0 : tensor<?x4xf32>
    %row = gradopt.embedding %u, %n_t : tensor<4x4xf32>, tensor<?xi32> -> tensor<?x4xf32>
    %w5 = arith.mulf %w4, %row : tensor<?x4xf32>
    %a = linalg.matmul ins(%w5, %u : tensor<?x4xf32>, tensor<4x4xf32>) outs(%h0 : tensor<?x4xf32>) -> tensor<?x4xf32>
    %r = linalg.matmul ins(%h, %u : tensor<?x4xf32>, tensor<4x4xf32>) outs(%a : tensor<?x4xf32>) -> tensor<?x4xf32>
    %h1 = math.tanh %r : tensor<?x4xf32>
    %m = gradopt.gradient %h1 of "h" : tensor<?x4xf32>
    %q = linalg.matmul ins(%m, %u : tensor<?x4xf32>, tensor<4x4xf32>) outs(%h0 : tensor<?x4xf32>) -> tensor<?x4xf32>
    gradopt.yield %h1, %q : tensor<?x4xf32>, tensor<?x4xf32>
  }
  call @print2(%r#0) : (tensor<?x4xf32>) -> ()
  call @print3(%r#1) : (tensor<?x?x4xf32>) -> ()
  return
}

/// An inner scan stays; what it needs from the outer one's inputs leaves both.
func.func private @nested(%x: tensor<?x?x3xf32>, %h0: tensor<?x4xf32>, %w: tensor<3x4xf32>, %u: tensor<4x4xf32>, %tokens: tensor<?x?xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %i0 = arith.constant 0 : i32
  %c2 = arith.constant 2 : index
  %T = tensor.dim %x, %c0 : tensor<?x?x3xf32>
  %B = tensor.dim %h0, %c0 : tensor<?x4xf32>
  %e4 = tensor.empty(%B) : tensor<?x4xf32>
  %e3 = tensor.empty(%B) : tensor<?x3xf32>
  %eb = tensor.empty(%B) : tensor<?xf32>
  %zero4 = linalg.fill ins(%zero : f32) outs(%e4 : tensor<?x4xf32>) -> tensor<?x4xf32>
  %zerob = linalg.fill ins(%zero : f32) outs(%eb : tensor<?xf32>) -> tensor<?xf32>
  %r:2 = gradopt.scan "nested" (%s) to %T
      carries(%h = %h0 : tensor<?x4xf32>)
      inputs(%x_t = %x : tensor<?x?x3xf32>, %n_t = %tokens : tensor<?x?xi32>)
      outputs(tensor<?x?x4xf32>) {
    %a = linalg.matmul ins(%x_t, %w : tensor<?x3xf32>, tensor<3x4xf32>) outs(%zero4 : tensor<?x4xf32>) -> tensor<?x4xf32>
    %k = gradopt.scan (%p) to %c2 carries(%k = %h : tensor<?x4xf32>) {
      %b = linalg.matmul ins(%k, %u : tensor<?x4xf32>, tensor<4x4xf32>) outs(%a : tensor<?x4xf32>) -> tensor<?x4xf32>
      %c = linalg.matmul ins(%a, %u : tensor<?x4xf32>, tensor<4x4xf32>) outs(%zero4 : tensor<?x4xf32>) -> tensor<?x4xf32>
      %d = arith.addf %b, %c : tensor<?x4xf32>
      %k1 = math.tanh %d : tensor<?x4xf32>
      gradopt.yield %k1 : tensor<?x4xf32>
    }
    %q = linalg.matmul ins(%k, %u : tensor<?x4xf32>, tensor<4x4xf32>) outs(%zero4 : tensor<?x4xf32>) -> tensor<?x4xf32>
    gradopt.yield %k, %q : tensor<?x4xf32>, tensor<?x4xf32>
  }
  call @print2(%r#0) : (tensor<?x4xf32>) -> ()
  call @print3(%r#1) : (tensor<?x?x4xf32>) -> ()
  return
}

/// Numbers that all differ.
func.func private @numbers(%T: index, %B: index, %N: index) -> tensor<?x?x?xf32> {
  %e = tensor.empty(%T, %B, %N) : tensor<?x?x?xf32>
  %r = linalg.generic {indexing_maps = [#all], iterator_types = ["parallel", "parallel", "parallel"]}
      outs(%e : tensor<?x?x?xf32>) {
  ^bb0(%o: f32):
    %seven = arith.constant 7 : index
    %three = arith.constant 3 : index
    %t = linalg.index 0 : index
    %b = linalg.index 1 : index
    %n = linalg.index 2 : index
    %t7 = arith.muli %t, %seven : index
    %b3 = arith.muli %b, %three : index
    %i0 = arith.addi %t7, %b3 : index
    %i1 = arith.addi %i0, %n : index
    %i2 = arith.index_cast %i1 : index to i32
    %f = arith.sitofp %i2 : i32 to f32
    %v = math.sin %f : f32
    linalg.yield %v : f32
  } -> tensor<?x?x?xf32>
  return %r : tensor<?x?x?xf32>
}

func.func private @all(%T: index, %B: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c4 = arith.constant 4 : index
  %x0 = call @numbers(%T, %B, %c3) : (index, index, index) -> tensor<?x?x?xf32>
  %x = tensor.cast %x0 : tensor<?x?x?xf32> to tensor<?x?x3xf32>
  %h0 = call @numbers(%c1, %B, %c4) : (index, index, index) -> tensor<?x?x?xf32>
  %h1 = tensor.extract_slice %h0[0, 0, 0] [1, %B, 4] [1, 1, 1] : tensor<?x?x?xf32> to tensor<?x4xf32>
  %w0 = call @numbers(%c1, %c3, %c4) : (index, index, index) -> tensor<?x?x?xf32>
  %w = tensor.extract_slice %w0[0, 0, 0] [1, 3, 4] [1, 1, 1] : tensor<?x?x?xf32> to tensor<3x4xf32>
  %u0 = call @numbers(%c1, %c4, %c4) : (index, index, index) -> tensor<?x?x?xf32>
  %u = tensor.extract_slice %u0[0, 0, 0] [1, 4, 4] [1, 1, 1] : tensor<?x?x?xf32> to tensor<4x4xf32>
  %e = tensor.empty(%T, %B) : tensor<?x?xi32>
  %tokens = linalg.generic {indexing_maps = [#id], iterator_types = ["parallel", "parallel"]} outs(%e : tensor<?x?xi32>) {
  ^bb0(%o: i32):
    %t = linalg.index 0 : index
    %b = linalg.index 1 : index
    %i = arith.addi %t, %b : index
    %r = arith.remui %i, %c4 : index
    %v = arith.index_cast %r : index to i32
    linalg.yield %v : i32
  } -> tensor<?x?xi32>
  call @layer(%x, %h1, %w, %u, %tokens) : (tensor<?x?x3xf32>, tensor<?x4xf32>, tensor<3x4xf32>, tensor<4x4xf32>, tensor<?x?xi32>) -> ()
  call @layer_reverse(%x, %h1, %w, %u, %tokens) : (tensor<?x?x3xf32>, tensor<?x4xf32>, tensor<3x4xf32>, tensor<4x4xf32>, tensor<?x?xi32>) -> ()
  call @old_carry(%x, %h1, %w, %u, %tokens) : (tensor<?x?x3xf32>, tensor<?x4xf32>, tensor<3x4xf32>, tensor<4x4xf32>, tensor<?x?xi32>) -> ()
  call @norm(%x, %h1, %w, %u, %tokens) : (tensor<?x?x3xf32>, tensor<?x4xf32>, tensor<3x4xf32>, tensor<4x4xf32>, tensor<?x?xi32>) -> ()
  call @scalars(%x, %h1, %w, %u, %tokens) : (tensor<?x?x3xf32>, tensor<?x4xf32>, tensor<3x4xf32>, tensor<4x4xf32>, tensor<?x?xi32>) -> ()
  call @moves(%x, %h1, %w, %u, %tokens) : (tensor<?x?x3xf32>, tensor<?x4xf32>, tensor<3x4xf32>, tensor<4x4xf32>, tensor<?x?xi32>) -> ()
  call @nested(%x, %h1, %w, %u, %tokens) : (tensor<?x?x3xf32>, tensor<?x4xf32>, tensor<3x4xf32>, tensor<4x4xf32>, tensor<?x?xi32>) -> ()
  return
}

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c5 = arith.constant 5 : index
  // CHECK: sizes = [2, 4]
  // CHECK-NOT: sizes = [0
  call @all(%c0, %c2) : (index, index) -> ()
  // CHECK: sizes = [1, 4]
  // CHECK: sizes = [1, 1, 4]
  call @all(%c1, %c1) : (index, index) -> ()
  // CHECK: sizes = [2, 4]
  // CHECK: sizes = [5, 2, 4]
  call @all(%c5, %c2) : (index, index) -> ()
  return
}
