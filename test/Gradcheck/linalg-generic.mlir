// RUN: gradopt-gradcheck %s --time=0,1,5 --batch=1,3

// Forms of linalg.generic: several results, permuted and broadcast operands,
// initial values that are read, index, reductions by sub and fma, by maximum and
// minimum of something that is computed, with two reduced loops.

#id = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#last = affine_map<(d0, d1, d2) -> (d2)>
#none = affine_map<(d0, d1, d2) -> ()>
#first = affine_map<(d0, d1, d2) -> (d0)>

func.func @two_results(
    %x: tensor<?x?x3xf32> {gradopt.input = "x"},
    %w: tensor<3xf32> {gradopt.param = #gradopt.param<"w", init = uniform(-1.0, 1.0)>},
    %s: tensor<f32> {gradopt.param = #gradopt.param<"s", init = constant(0.6)>})
    -> (tensor<f32> {gradopt.loss}) {
  %y:2 = linalg.generic {
      indexing_maps = [#last, #none, #id, #id],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%w, %s : tensor<3xf32>, tensor<f32>)
      outs(%x, %x : tensor<?x?x3xf32>, tensor<?x?x3xf32>) {
  ^bb0(%we: f32, %se: f32, %o0: f32, %o1: f32):
    // The initial values are operands like others.
    %a = arith.mulf %we, %o0 : f32
    %b = math.tanh %a : f32
    %c = arith.mulf %b, %se : f32
    linalg.yield %b, %c : f32, f32
  } -> (tensor<?x?x3xf32>, tensor<?x?x3xf32>)
  %loss = gradopt.mean_squared_error %y#0, %y#1 : tensor<?x?x3xf32>, tensor<?x?x3xf32> -> tensor<f32>
  return %loss : tensor<f32>
}

// Only one of the results is used, and one is used twice.
func.func @unused_result(
    %x: tensor<?x?x3xf32> {gradopt.input = "x"},
    %w: tensor<3xf32> {gradopt.param = #gradopt.param<"w", init = uniform(-1.0, 1.0)>})
    -> (tensor<f32> {gradopt.loss}) {
  %y:2 = linalg.generic {
      indexing_maps = [#last, #id, #id],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%w : tensor<3xf32>)
      outs(%x, %x : tensor<?x?x3xf32>, tensor<?x?x3xf32>) {
  ^bb0(%we: f32, %o0: f32, %o1: f32):
    %a = arith.mulf %we, %o0 : f32
    %b = math.exp %a : f32
    linalg.yield %a, %b : f32, f32
  } -> (tensor<?x?x3xf32>, tensor<?x?x3xf32>)
  %z = arith.mulf %y#1, %y#1 : tensor<?x?x3xf32>
  %loss = gradopt.mean_squared_error %z, %x : tensor<?x?x3xf32>, tensor<?x?x3xf32> -> tensor<f32>
  return %loss : tensor<f32>
}

// An initial value that is active: y' = y * w, twice.
func.func @active_init(
    %x: tensor<?x?x3xf32> {gradopt.input = "x"},
    %w: tensor<3xf32> {gradopt.param = #gradopt.param<"w", init = uniform(-1.0, 1.0)>})
    -> (tensor<f32> {gradopt.loss}) {
  %y = linalg.generic {
      indexing_maps = [#last, #id],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%w : tensor<3xf32>) outs(%x : tensor<?x?x3xf32>) {
  ^bb0(%we: f32, %o: f32):
    %a = arith.mulf %we, %o : f32
    linalg.yield %a : f32
  } -> tensor<?x?x3xf32>
  %z = linalg.generic {
      indexing_maps = [#last, #id],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%w : tensor<3xf32>) outs(%y : tensor<?x?x3xf32>) {
  ^bb0(%we: f32, %o: f32):
    %a = arith.mulf %we, %o : f32
    %b = arith.addf %a, %o : f32
    linalg.yield %b : f32
  } -> tensor<?x?x3xf32>
  %loss = gradopt.mean_squared_error %z, %x : tensor<?x?x3xf32>, tensor<?x?x3xf32> -> tensor<f32>
  return %loss : tensor<f32>
}

// The position enters by linalg.index; an operand is read transposed.
func.func @index_permuted(
    %t: tensor<3x4xf32> {gradopt.input = "t"},
    %a: tensor<4x3xf32> {gradopt.param = #gradopt.param<"a", init = uniform(-1.0, 1.0)>})
    -> (tensor<f32> {gradopt.loss}) {
  %e = tensor.empty() : tensor<3x4xf32>
  %y = linalg.generic {
      indexing_maps = [affine_map<(i, j) -> (j, i)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%a : tensor<4x3xf32>) outs(%e : tensor<3x4xf32>) {
  ^bb0(%ae: f32, %o: f32):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %k = arith.addi %i, %j : index
    %l = arith.index_cast %k : index to i32
    %f = arith.sitofp %l : i32 to f32
    %p = arith.mulf %ae, %f : f32
    %r = arith.mulf %p, %ae : f32
    linalg.yield %r : f32
  } -> tensor<3x4xf32>
  %loss = gradopt.mean_squared_error %y, %t : tensor<3x4xf32>, tensor<3x4xf32> -> tensor<f32>
  return %loss : tensor<f32>
}

// out − f(x), out + a · b by fma, and out + f + g, over two loops.
func.func @sums(
    %x: tensor<?x?x3xf32> {gradopt.input = "x"},
    %t: tensor<?xf32> {gradopt.input = "t"},
    %w: tensor<3xf32> {gradopt.param = #gradopt.param<"w", init = uniform(-1.0, 1.0)>})
    -> (tensor<f32> {gradopt.loss}) {
  %y:3 = linalg.generic {
      indexing_maps = [#id, #last, #first, #first, #first],
      iterator_types = ["parallel", "reduction", "reduction"]}
      ins(%x, %w : tensor<?x?x3xf32>, tensor<3xf32>)
      outs(%t, %t, %t : tensor<?xf32>, tensor<?xf32>, tensor<?xf32>) {
  ^bb0(%xe: f32, %we: f32, %o0: f32, %o1: f32, %o2: f32):
    %p = arith.mulf %xe, %we : f32
    %q = math.tanh %p : f32
    %r0 = arith.subf %o0, %q : f32
    %r1 = math.fma %q, %we, %o1 : f32
    %s = arith.addf %p, %o2 : f32
    %r2 = arith.addf %s, %q : f32
    linalg.yield %r0, %r1, %r2 : f32, f32, f32
  } -> (tensor<?xf32>, tensor<?xf32>, tensor<?xf32>)
  %z = arith.mulf %y#0, %y#1 : tensor<?xf32>
  %l0 = gradopt.mean_squared_error %z, %t : tensor<?xf32>, tensor<?xf32> -> tensor<f32>
  %l1 = gradopt.mean_squared_error %y#2, %t : tensor<?xf32>, tensor<?xf32> -> tensor<f32>
  %loss = arith.addf %l0, %l1 : tensor<f32>
  return %loss : tensor<f32>
}

// A maximum of what is computed from several operands, in one generic with the
// sum of the same.
func.func @maximum_and_sum(
    %x: tensor<?x?x3xf32> {gradopt.input = "x"},
    %t: tensor<?xf32> {gradopt.input = "t"},
    %w: tensor<3xf32> {gradopt.param = #gradopt.param<"w", init = uniform(0.2, 1.0)>})
    -> (tensor<f32> {gradopt.loss}) {
  %y:2 = linalg.generic {
      indexing_maps = [#id, #last, #first, #first],
      iterator_types = ["parallel", "reduction", "reduction"]}
      ins(%x, %w : tensor<?x?x3xf32>, tensor<3xf32>)
      outs(%t, %t : tensor<?xf32>, tensor<?xf32>) {
  ^bb0(%xe: f32, %we: f32, %o0: f32, %o1: f32):
    %p = arith.mulf %xe, %we : f32
    %q = arith.mulf %p, %we : f32
    %r0 = arith.maximumf %q, %o0 : f32
    %r1 = arith.addf %o1, %q : f32
    linalg.yield %r0, %r1 : f32, f32
  } -> (tensor<?xf32>, tensor<?xf32>)
  %loss = gradopt.mean_squared_error %y#0, %y#1 : tensor<?xf32>, tensor<?xf32> -> tensor<f32>
  return %loss : tensor<f32>
}

// A gradient by hand of several that tie: the derivative is shared, and moving
// all of them moves the maximum as much.
func.func @ties(
    %t: tensor<2xf32> {gradopt.input = "t"},
    %w: tensor<f32> {gradopt.param = #gradopt.param<"w", init = constant(0.6)>})
    -> (tensor<f32> {gradopt.loss}) {
  %e = tensor.empty() : tensor<2x4xf32>
  %same = linalg.broadcast ins(%w : tensor<f32>) outs(%e : tensor<2x4xf32>) dimensions = [0, 1]
  %low = arith.constant dense<-1.0e30> : tensor<2xf32>
  %high = arith.constant dense<1.0e30> : tensor<2xf32>
  %max = linalg.reduce { arith.maximumf } ins(%same : tensor<2x4xf32>) outs(%low : tensor<2xf32>) dimensions = [1]
  %min = linalg.reduce { arith.minnumf } ins(%same : tensor<2x4xf32>) outs(%high : tensor<2xf32>) dimensions = [1]
  %s = arith.mulf %max, %min : tensor<2xf32>
  %pair = arith.maximumf %s, %s : tensor<2xf32>
  %loss = gradopt.mean_squared_error %pair, %t : tensor<2xf32>, tensor<2xf32> -> tensor<f32>
  return %loss : tensor<f32>
}
