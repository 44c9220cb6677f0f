// RUN: gradopt-gradcheck %s --function=slices --time=0,1,5 --batch=1,3
// RUN: gradopt-gradcheck %s --function=reshapes --time=0,1,2,5 --batch=1,3
// RUN: gradopt-gradcheck %s --function=scalars --time=0,1,5 --batch=1,3
// RUN: gradopt-gradcheck %s --function=more --time=0,1 --batch=0,1,3,5
// The last step of nothing is zero, and slices outside are moved inside.
// RUN: gradopt-gradcheck %s --function=last_step --time=0,1,2,5 --batch=1,3
// RUN: gradopt-gradcheck %s --function=outside --time=0,1,2 --batch=1,3

// Slices, reshapes and single elements.

func.func @slices(
    %t: tensor<2x2xf32> {gradopt.input = "t"},
    %a: tensor<4x6xf32> {gradopt.param = #gradopt.param<"a", init = uniform(-1.0, 1.0)>},
    %b: tensor<2x2xf32> {gradopt.param = #gradopt.param<"b", init = uniform(-1.0, 1.0)>})
    -> (tensor<f32> {gradopt.loss}) {
  // With strides, overlapping another slice, and one row without its dimension.
  %s0 = tensor.extract_slice %a[1, 0] [2, 2] [2, 3] : tensor<4x6xf32> to tensor<2x2xf32>
  %s1 = tensor.extract_slice %a[0, 2] [2, 2] [1, 1] : tensor<4x6xf32> to tensor<2x2xf32>
  %row = tensor.extract_slice %a[3, 1] [1, 4] [1, 1] : tensor<4x6xf32> to tensor<4xf32>
  %square = tensor.expand_shape %row [[0, 1]] output_shape [2, 2] : tensor<4xf32> into tensor<2x2xf32>
  %p = arith.mulf %s0, %s1 : tensor<2x2xf32>
  %q = arith.mulf %p, %square : tensor<2x2xf32>
  %in = tensor.insert_slice %b into %a[0, 3] [2, 2] [3, 2] : tensor<2x2xf32> into tensor<4x6xf32>
  %again = tensor.insert_slice %q into %in[2, 0] [2, 2] [1, 1] : tensor<2x2xf32> into tensor<4x6xf32>
  %u = math.tanh %again : tensor<4x6xf32>
  %v = tensor.extract_slice %u[0, 2] [2, 2] [3, 3] : tensor<4x6xf32> to tensor<2x2xf32>
  %w = tensor.extract_slice %u[2, 0] [2, 2] [1, 1] : tensor<4x6xf32> to tensor<2x2xf32>
  %r = arith.addf %v, %w : tensor<2x2xf32>
  %loss = gradopt.mean_squared_error %r, %t : tensor<2x2xf32>, tensor<2x2xf32> -> tensor<f32>
  return %loss : tensor<f32>
}

// The last time step of a dynamic sequence, as many models take it.
func.func @last_step(
    %x: tensor<?x?x3xf32> {gradopt.input = "x"},
    %w: tensor<3xf32> {gradopt.param = #gradopt.param<"w", init = uniform(-1.0, 1.0)>})
    -> (tensor<f32> {gradopt.loss}) {
  %0 = arith.constant 0 : index
  %1 = arith.constant 1 : index
  %T = tensor.dim %x, %0 : tensor<?x?x3xf32>
  %B = tensor.dim %x, %1 : tensor<?x?x3xf32>
  %last = arith.subi %T, %1 : index
  %e = tensor.empty(%T, %B) : tensor<?x?x3xf32>
  %wide = linalg.broadcast ins(%w : tensor<3xf32>) outs(%e : tensor<?x?x3xf32>) dimensions = [0, 1]
  %z = arith.mulf %wide, %x : tensor<?x?x3xf32>
  %y = tensor.extract_slice %z[%last, 0, 0] [1, %B, 3] [1, 1, 1] : tensor<?x?x3xf32> to tensor<?x3xf32>
  %y0 = tensor.extract_slice %z[0, 0, 0] [1, %B, 3] [1, 1, 1] : tensor<?x?x3xf32> to tensor<?x3xf32>
  %p = arith.mulf %y, %y0 : tensor<?x3xf32>
  // Put back over the first step.
  %put = tensor.insert_slice %p into %z[0, 0, 0] [1, %B, 3] [1, 1, 1] : tensor<?x3xf32> into tensor<?x?x3xf32>
  %loss = gradopt.mean_squared_error %put, %x : tensor<?x?x3xf32>, tensor<?x?x3xf32> -> tensor<f32>
  return %loss : tensor<f32>
}

func.func @reshapes(
    %x: tensor<?x?x6xf32> {gradopt.input = "x"},
    %w: tensor<6xf32> {gradopt.param = #gradopt.param<"w", init = uniform(-1.0, 1.0)>})
    -> (tensor<f32> {gradopt.loss}) {
  %0 = arith.constant 0 : index
  %1 = arith.constant 1 : index
  %T = tensor.dim %x, %0 : tensor<?x?x6xf32>
  %B = tensor.dim %x, %1 : tensor<?x?x6xf32>
  %e = tensor.empty(%T, %B) : tensor<?x?x6xf32>
  %wide = linalg.broadcast ins(%w : tensor<6xf32>) outs(%e : tensor<?x?x6xf32>) dimensions = [0, 1]
  %flat = tensor.collapse_shape %wide [[0, 1], [2]] : tensor<?x?x6xf32> into tensor<?x6xf32>
  %loose = tensor.cast %flat : tensor<?x6xf32> to tensor<?x?xf32>
  %tight = tensor.cast %loose : tensor<?x?xf32> to tensor<?x6xf32>
  %split = tensor.expand_shape %tight [[0, 1], [2, 3]] output_shape [%T, %B, 2, 3]
      : tensor<?x6xf32> into tensor<?x?x2x3xf32>
  %joined = tensor.collapse_shape %split [[0], [1], [2, 3]] : tensor<?x?x2x3xf32> into tensor<?x?x6xf32>
  %z = arith.mulf %joined, %x : tensor<?x?x6xf32>
  %y = math.tanh %z : tensor<?x?x6xf32>
  %loss = gradopt.mean_squared_error %y, %x : tensor<?x?x6xf32>, tensor<?x?x6xf32> -> tensor<f32>
  return %loss : tensor<f32>
}

func.func @scalars(
    %t: tensor<2x2xf32> {gradopt.input = "t"},
    %a: tensor<f32> {gradopt.param = #gradopt.param<"a", init = constant(0.4)>},
    %b: tensor<f32> {gradopt.param = #gradopt.param<"b", init = constant(-0.7)>})
    -> (tensor<f32> {gradopt.loss}) {
  %ae = tensor.extract %a[] : tensor<f32>
  %be = tensor.extract %b[] : tensor<f32>
  %p = arith.mulf %ae, %be : f32
  %m = tensor.from_elements %ae, %be, %p, %ae : tensor<2x2xf32>
  %s = tensor.splat %p : tensor<2x2xf32>
  %y = arith.mulf %m, %s : tensor<2x2xf32>
  %loss = gradopt.mean_squared_error %y, %t : tensor<2x2xf32>, tensor<2x2xf32> -> tensor<f32>
  return %loss : tensor<f32>
}

// tensor.reshape by a shape that is a tensor, static and dynamic; one element
// inserted, over one that has a gradient of its own; slices with dynamic offsets,
// sizes and strides. What is generated depends on no parameter.
func.func @more(
    %x: tensor<?x?x6xf32> {gradopt.input = "x"},
    %a: tensor<4x6xf32> {gradopt.param = #gradopt.param<"a", init = uniform(-1.0, 1.0)>},
    %s: tensor<f32> {gradopt.param = #gradopt.param<"s", init = constant(0.7)>})
    -> (tensor<f32> {gradopt.loss}) {
  %0 = arith.constant 0 : index
  %1 = arith.constant 1 : index
  %2 = arith.constant 2 : index
  %3 = arith.constant 3 : index
  %B = tensor.dim %x, %1 : tensor<?x?x6xf32>
  %f0 = arith.constant 0.0 : f32
  %shape = tensor.from_elements %3, %2, %2, %2 : tensor<4xindex>
  %r = tensor.reshape %a(%shape) : (tensor<4x6xf32>, tensor<4xindex>) -> tensor<3x2x2x2xf32>
  %e = tensor.extract %s[] : tensor<f32>
  %in = tensor.insert %e into %r[%2, %1, %0, %1] : tensor<3x2x2x2xf32>
  %q = math.sin %in : tensor<3x2x2x2xf32>
  %g = tensor.generate {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    %sum = arith.addi %i, %l : index
    %int = arith.index_cast %sum : index to i32
    %f = arith.sitofp %int : i32 to f32
    tensor.yield %f : f32
  } : tensor<3x2x2x2xf32>
  %l0 = gradopt.mean_squared_error %q, %g : tensor<3x2x2x2xf32>, tensor<3x2x2x2xf32> -> tensor<f32>
  // Every second column from 1 on, for as many rows as the batch has.
  %rows = arith.minui %B, %3 : index
  %slice = tensor.extract_slice %a[%1, %0] [%rows, 3] [1, %2] : tensor<4x6xf32> to tensor<?x3xf32>
  %square = arith.mulf %slice, %slice : tensor<?x3xf32>
  %put = tensor.insert_slice %square into %a[%1, 1] [%rows, 3] [1, %2] : tensor<?x3xf32> into tensor<4x6xf32>
  %zero = tensor.empty() : tensor<4x6xf32>
  %zeros = linalg.fill ins(%f0 : f32) outs(%zero : tensor<4x6xf32>) -> tensor<4x6xf32>
  %l1 = gradopt.mean_squared_error %put, %zeros : tensor<4x6xf32>, tensor<4x6xf32> -> tensor<f32>
  %loss = arith.addf %l0, %l1 : tensor<f32>
  return %loss : tensor<f32>
}

// At −50, 50 and 150 of a sequence and of a parameter: the derivatives are taken
// where the values were.
func.func @outside(
    %x: tensor<?x?x3xf32> {gradopt.input = "x"},
    %a: tensor<4x3xf32> {gradopt.param = #gradopt.param<"a", init = uniform(-1.0, 1.0)>},
    %b: tensor<2x3xf32> {gradopt.param = #gradopt.param<"b", init = uniform(-1.0, 1.0)>},
    %w: tensor<3xf32> {gradopt.param = #gradopt.param<"w", init = uniform(-1.0, 1.0)>})
    -> (tensor<f32> {gradopt.loss}) {
  %0 = arith.constant 0 : index
  %1 = arith.constant 1 : index
  %50 = arith.constant 50 : index
  %100 = arith.constant 100 : index
  %T = tensor.dim %x, %0 : tensor<?x?x3xf32>
  %B = tensor.dim %x, %1 : tensor<?x?x3xf32>
  %scaled = arith.muli %T, %100 : index
  %at = arith.subi %scaled, %50 : index
  %into = tensor.insert_slice %b into %a[%at, 0] [2, 3] [1, 1] : tensor<2x3xf32> into tensor<4x3xf32>
  %row = tensor.extract_slice %into[%at, 0] [1, 3] [1, 1] : tensor<4x3xf32> to tensor<3xf32>
  %sum = arith.addf %row, %w : tensor<3xf32>
  %g = math.tanh %sum : tensor<3xf32>
  // A sequence that depends on a parameter, possibly of no steps.
  %empty = tensor.empty(%T, %B) : tensor<?x?x3xf32>
  %wide = linalg.broadcast ins(%g : tensor<3xf32>) outs(%empty : tensor<?x?x3xf32>) dimensions = [0, 1]
  %y = arith.mulf %wide, %x : tensor<?x?x3xf32>
  %step = tensor.extract_slice %y[%at, 0, 0] [1, %B, 3] [1, 1, 1] : tensor<?x?x3xf32> to tensor<?x3xf32>
  %empty_rows = tensor.empty(%B) : tensor<?x3xf32>
  %rows = linalg.broadcast ins(%row : tensor<3xf32>) outs(%empty_rows : tensor<?x3xf32>) dimensions = [0]
  %loss = gradopt.mean_squared_error %step, %rows : tensor<?x3xf32>, tensor<?x3xf32> -> tensor<f32>
  return %loss : tensor<f32>
}
