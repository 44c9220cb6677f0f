// RUN: gradopt-opt %s --split-input-file --verify-diagnostics --gradopt-verify-sizes

func.func @outs(%x: tensor<?x?x3xf32> {gradopt.input = "x"}, %t: tensor<?x3xf32> {gradopt.input = "t", gradopt.dims = "B"},
    %w: tensor<3x3xf32> {gradopt.param = #gradopt.param<"w">}) {
  %c0 = arith.constant 0 : index
  %T = tensor.dim %x, %c0 : tensor<?x?x3xf32>
  %e = tensor.empty(%T) : tensor<?x3xf32>
  // expected-error @below {{'linalg.matmul' op sizes must agree: dimension #0 of operand #0 is B, but dimension #0 of operand #2 is T (T is the number of time steps, B the size of the batch)}}
  %p = linalg.matmul ins(%t, %w : tensor<?x3xf32>, tensor<3x3xf32>) outs(%e : tensor<?x3xf32>) -> tensor<?x3xf32>
  return
}

// -----

func.func @elementwise(%x: tensor<?x3xf32> {gradopt.input = "x"}, %t: tensor<?x3xf32> {gradopt.input = "t", gradopt.dims = "B"}) {
  // expected-error @below {{'arith.addf' op sizes must agree: dimension #0 of operand #0 is T, but dimension #0 of operand #1 is B}}
  %p = arith.addf %x, %t : tensor<?x3xf32>
  return
}

// -----

// A number that is neither T nor B nor a constant more.
func.func @product(%x: tensor<?x?xf32> {gradopt.input = "x"}, %t: tensor<?xf32> {gradopt.input = "t"}) {
  %flat = tensor.collapse_shape %x [[0, 1]] : tensor<?x?xf32> into tensor<?xf32>
  // expected-error @below {{is 77 (for T = 7, B = 11), but dimension #0 of operand #1 is T (}}
  %p = arith.addf %flat, %t : tensor<?xf32>
  return
}

// -----

// min(T, 100) is not T.
func.func @bounded(%x: tensor<?xf32> {gradopt.input = "x"}) {
  %c0 = arith.constant 0 : index
  %c100 = arith.constant 100 : index
  %T = tensor.dim %x, %c0 : tensor<?xf32>
  %some = arith.minsi %T, %c100 : index
  %e = tensor.empty(%some) : tensor<?xf32>
  // expected-error @below {{sizes must agree}}
  %p = linalg.exp ins(%x : tensor<?xf32>) outs(%e : tensor<?xf32>) -> tensor<?xf32>
  return
}

// -----

func.func @initial_state(%x: tensor<?x?x3xf32> {gradopt.input = "x"}, %w: tensor<3x3xf32> {gradopt.param = #gradopt.param<"w">}) {
  %c0 = arith.constant 0 : index
  %T = tensor.dim %x, %c0 : tensor<?x?x3xf32>
  %z = tensor.empty(%T) : tensor<?x3xf32>
  // expected-error @below {{'gradopt.rnn' op sizes must agree: dimension #0 of the initial state h is T, but dimension #1 of the sequence is B}}
  %y, %h = gradopt.rnn tanh "a" %x : tensor<?x?x3xf32> init(%z : tensor<?x3xf32>) weights(%w, %w : tensor<3x3xf32>, tensor<3x3xf32>) -> tensor<?x?x3xf32>, tensor<?x3xf32>
  return
}

// -----

func.func @lengths(%x: tensor<?x?x3xf32> {gradopt.input = "x"}, %n: tensor<?xi32> {gradopt.input = "n"}, %w: tensor<3x3xf32> {gradopt.param = #gradopt.param<"w">}) {
  // expected-error @below {{sizes must agree: dimension #0 of the lengths is T, but dimension #1 of the sequence is B}}
  %y, %h = gradopt.rnn tanh "a" %x : tensor<?x?x3xf32> lengths(%n : tensor<?xi32>) weights(%w, %w : tensor<3x3xf32>, tensor<3x3xf32>) -> tensor<?x?x3xf32>, tensor<?x3xf32>
  return
}

// -----

func.func @layer_results(%x: tensor<?x?x3xf32> {gradopt.input = "x"}, %t: tensor<?x3xf32> {gradopt.input = "t"}, %w: tensor<3x3xf32> {gradopt.param = #gradopt.param<"w">}) {
  %y, %h = gradopt.rnn tanh "a" %x : tensor<?x?x3xf32> weights(%w, %w : tensor<3x3xf32>, tensor<3x3xf32>) -> tensor<?x?x3xf32>, tensor<?x3xf32>
  // expected-error @below {{sizes must agree: dimension #0 of the prediction is B, but dimension #0 of the target is T}}
  %l = gradopt.mean_squared_error %h, %t : tensor<?x3xf32>, tensor<?x3xf32> -> tensor<f32>
  return
}

// -----

func.func @cross_entropy(%x: tensor<?x?x3xf32> {gradopt.input = "x"}, %t: tensor<?x?xi32> {gradopt.input = "t", gradopt.dims = "BT"}) {
  // expected-error @below {{sizes must agree: dimension #0 of the logits is T, but dimension #0 of the targets is B}}
  %l = gradopt.cross_entropy %x, %t : tensor<?x?x3xf32>, tensor<?x?xi32> -> tensor<f32>
  return
}

// -----

func.func @scatter_add(%x: tensor<?x?x3xf32> {gradopt.input = "x"}, %t: tensor<?x?xi32> {gradopt.input = "t", gradopt.dims = "BT"}) {
  // expected-error @below {{sizes must agree: dimension #0 of the updates is T, but dimension #0 of the indices is B}}
  %g = gradopt.scatter_add %x, %t : tensor<?x?x3xf32>, tensor<?x?xi32> -> tensor<5x3xf32>
  return
}

// -----

func.func @zoneout(%x: tensor<?x3xf32> {gradopt.input = "x"}, %t: tensor<?x3xf32> {gradopt.input = "t", gradopt.dims = "B"},
    %key: tensor<2xi64> {gradopt.random}, %n: tensor<i64> {gradopt.step_count}) {
  // expected-error @below {{sizes must agree: dimension #0 of the new value is T, but dimension #0 of the old value is B}}
  %z = gradopt.zoneout %x, %t rate 0.5 id 0 key(%key, %n) : tensor<?x3xf32>
  return
}

// -----

func.func @count(%x: tensor<?x?x3xf32> {gradopt.input = "x"}, %h: tensor<?x3xf32> {gradopt.state = "h"}) {
  %c0 = arith.constant 0 : index
  %c9 = arith.constant 9 : index
  %T = tensor.dim %x, %c0 : tensor<?x?x3xf32>
  %more = arith.addi %T, %c9 : index
  // expected-error @below {{'gradopt.scan' op sizes must agree: the count of steps is T + 9, but dimension #0 of input #0 is T}}
  %h_n = gradopt.scan "cell" (%s) to %more carries(%hc = %h : tensor<?x3xf32>) inputs(%x_t = %x : tensor<?x?x3xf32>) {
    gradopt.yield %x_t : tensor<?x3xf32>
  }
  return
}

// -----

func.func @carry(%x: tensor<?x?x3xf32> {gradopt.input = "x"}) {
  %c0 = arith.constant 0 : index
  %T = tensor.dim %x, %c0 : tensor<?x?x3xf32>
  %h = tensor.empty(%T) : tensor<?x3xf32>
  // expected-error @below {{sizes must agree: dimension #0 of the initial value of carry0 is T, but dimension #0 of what is yielded for it is B}}
  %h_n = gradopt.scan "cell" (%s) to %T carries(%hc = %h : tensor<?x3xf32>) inputs(%x_t = %x : tensor<?x?x3xf32>) {
    gradopt.yield %x_t : tensor<?x3xf32>
  }
  return
}

// -----

// What a scan gives: an output has T rows, a history one more.
func.func @scan_results(%x: tensor<?x?x3xf32> {gradopt.input = "x"}, %h: tensor<?x3xf32> {gradopt.state = "h"}) {
  %c0 = arith.constant 0 : index
  %T = tensor.dim %x, %c0 : tensor<?x?x3xf32>
  %h_n, %y, %hs = gradopt.scan "cell" (%s) to %T carries(%hc = %h : tensor<?x3xf32>) inputs(%x_t = %x : tensor<?x?x3xf32>)
      outputs(tensor<?x?x3xf32>) histories(0 : tensor<?x?x3xf32>) {
    gradopt.yield %x_t, %x_t : tensor<?x3xf32>, tensor<?x3xf32>
  }
  // expected-error @below {{sizes must agree: dimension #0 of operand #0 is T, but dimension #0 of operand #1 is T + 1}}
  %p = arith.addf %y, %hs : tensor<?x?x3xf32>
  return
}

// -----

func.func @slice(%x: tensor<?x?x3xf32> {gradopt.input = "x"}) {
  %c1 = arith.constant 1 : index
  %B = tensor.dim %x, %c1 : tensor<?x?x3xf32>
  // expected-error @below {{'tensor.extract_slice' op the slice must not be greater than the tensor: in dimension #0 the slice has size B, the tensor T}}
  %s = tensor.extract_slice %x[0, 0, 0] [%B, 1, 3] [1, 1, 1] : tensor<?x?x3xf32> to tensor<?x3xf32>
  return
}

// -----

func.func @insert(%x: tensor<?x?x3xf32> {gradopt.input = "x"}, %t: tensor<?x3xf32> {gradopt.input = "t"}) {
  %c1 = arith.constant 1 : index
  %B = tensor.dim %x, %c1 : tensor<?x?x3xf32>
  // expected-error @below {{sizes must agree: dimension #0 of what is inserted is T, but size #1 of the slice is B}}
  %s = tensor.insert_slice %t into %x[0, 0, 0] [1, %B, 3] [1, 1, 1] : tensor<?x3xf32> into tensor<?x?x3xf32>
  return
}

// -----

func.func @expand(%x: tensor<?x?x3xf32> {gradopt.input = "x"}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %T = tensor.dim %x, %c0 : tensor<?x?x3xf32>
  %flat = tensor.collapse_shape %x [[0, 1], [2]] : tensor<?x?x3xf32> into tensor<?x3xf32>
  // expected-error @below {{sizes must agree: dimension #0 of the operand is 77 (for T = 7, B = 11), but the product of the sizes it becomes is 49 (for T = 7, B = 11)}}
  %y = tensor.expand_shape %flat [[0, 1], [2]] output_shape [%T, %T, 3] : tensor<?x3xf32> into tensor<?x?x3xf32>
  return
}

// -----

func.func @concat(%x: tensor<?x?xf32> {gradopt.input = "x"}, %t: tensor<?x?xf32> {gradopt.input = "t", gradopt.dims = "BT"}) {
  // expected-error @below {{sizes must agree: dimension #1 of operand #0 is B, but dimension #1 of operand #1 is T}}
  %y = tensor.concat dim(0) %x, %t : (tensor<?x?xf32>, tensor<?x?xf32>) -> tensor<?x?xf32>
  return
}

// -----

func.func @cast(%x: tensor<?x3xf32> {gradopt.input = "x"}) {
  // expected-error @below {{sizes must agree: dimension #0 of the operand is T, but dimension #0 of the result is 4}}
  %y = tensor.cast %x : tensor<?x3xf32> to tensor<4x3xf32>
  return
}
