// RUN: gradopt-opt %s --split-input-file --verify-diagnostics --gradopt-convert-cells

// A second time there is nothing left.
module {
  // expected-error@below {{there is no gradopt.rnn to convert to lstm}}
  func.func @loss(%x: tensor<?x?x2xf32>, %w: tensor<2x8xf32>) -> tensor<?x?x2xf32> {
    %y, %h, %c = gradopt.lstm %x : tensor<?x?x2xf32> weights(%w, %w : tensor<2x8xf32>, tensor<2x8xf32>)
        -> tensor<?x?x2xf32>, tensor<?x2xf32>, tensor<?x2xf32>
    return %y : tensor<?x?x2xf32>
  }
}

// -----

func.func @loss(%x: tensor<?x?x2xf32>, %w: tensor<2x2xf32>) -> tensor<?x?x2xf32> {
  // expected-error@below {{weight_ih of layer "rnn" is no parameter: it must be an argument of 'loss' marked gradopt.param, so that it can get a block of columns for each gate; if the model calls 'loss', run gradopt-prepare-model first}}
  %y, %h = gradopt.rnn tanh "rnn" %x : tensor<?x?x2xf32> weights(%w, %w : tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<?x?x2xf32>, tensor<?x2xf32>
  return %y : tensor<?x?x2xf32>
}

// -----

func.func @loss(%x: tensor<?x?x2xf32>, %u: tensor<2x2xf32> {gradopt.param = #gradopt.param<"u">},
                %w: tensor<2x2xf32> {gradopt.param = #gradopt.param<"w">}) -> tensor<?x?x2xf32> {
  %v = arith.negf %w : tensor<2x2xf32>
  // expected-error@below {{weight_hh of this layer is no parameter}}
  %y, %h = gradopt.rnn tanh %x : tensor<?x?x2xf32> weights(%u, %v : tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<?x?x2xf32>, tensor<?x2xf32>
  return %y : tensor<?x?x2xf32>
}

// -----

func.func @loss(%x: tensor<?x?x2xf32>, %w: tensor<2x2xf32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<?x?x2xf32>, tensor<2x2xf32>) {
  // expected-error@below {{weight_ih of layer "rnn" is used by something else than layers that are converted, so that it must stay what it is; give the layer one of its own}}
  %y, %h = gradopt.rnn tanh "rnn" %x : tensor<?x?x2xf32> weights(%w, %w : tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<?x?x2xf32>, tensor<?x2xf32>
  // expected-note@below {{it is used here}}
  %v = arith.negf %w : tensor<2x2xf32>
  return %y, %v : tensor<?x?x2xf32>, tensor<2x2xf32>
}

// -----

func.func @loss(%x: tensor<?x?x2xf32>, %w: tensor<2x2xf32> {gradopt.param = #gradopt.param<"w">}, %b: tensor<2xf32> {gradopt.param = #gradopt.param<"b">})
    -> (tensor<?x?x2xf32>, tensor<2xf32>) {
  // expected-error@below {{bias_hh of layer "rnn" is used by something else}}
  %y, %h = gradopt.rnn tanh "rnn" %x : tensor<?x?x2xf32> weights(%w, %w : tensor<2x2xf32>, tensor<2x2xf32>) bias_hh(%b : tensor<2xf32>) -> tensor<?x?x2xf32>, tensor<?x2xf32>
  // expected-note@below {{it is used here}}
  return %y, %b : tensor<?x?x2xf32>, tensor<2xf32>
}

// -----

// The size of a state may be asked for.
func.func @loss(%x: tensor<?x?x2xf32>, %w: tensor<2x2xf32> {gradopt.param = #gradopt.param<"w">}, %h0: tensor<?x2xf32> {gradopt.state = "h"})
    -> (tensor<?x?x2xf32>, index, tensor<?x2xf32> {gradopt.state = "h"}) {
  %zero = arith.constant 0 : index
  %B = tensor.dim %h0, %zero : tensor<?x2xf32>
  // expected-error@below {{the state of layer "rnn" is used by something else}}
  %y, %h = gradopt.rnn tanh "rnn" %x : tensor<?x?x2xf32> init(%h0 : tensor<?x2xf32>) weights(%w, %w : tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<?x?x2xf32>, tensor<?x2xf32>
  // expected-note@below {{it is used here}}
  %sum = arith.addf %h, %h0 : tensor<?x2xf32>
  return %y, %B, %sum : tensor<?x?x2xf32>, index, tensor<?x2xf32>
}

// -----

func.func @loss(%x: tensor<?x?x2xf32>, %w: tensor<2x2xf32> {gradopt.param = #gradopt.param<"w">}, %h0: tensor<?x2xf32> {gradopt.state = "h"})
    -> (tensor<?x?x2xf32>, tensor<?x2xf32> {gradopt.state = "h"}) {
  %y, %h = gradopt.rnn tanh "one" %x : tensor<?x?x2xf32> init(%h0 : tensor<?x2xf32>) weights(%w, %w : tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<?x?x2xf32>, tensor<?x2xf32>
  // expected-error@below {{layer "two" begins with the state of another layer, so that its cell state would have the same name; give it a state of its own}}
  %z, %i = gradopt.rnn tanh "two" %y : tensor<?x?x2xf32> init(%h0 : tensor<?x2xf32>) weights(%w, %w : tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<?x?x2xf32>, tensor<?x2xf32>
  return %z, %i : tensor<?x?x2xf32>, tensor<?x2xf32>
}

// -----

func.func @loss(%x: tensor<?x?x2xf32>, %w: tensor<2x2xf32> {gradopt.param = #gradopt.param<"w">}) -> tensor<?x?x2xf32> {
  %y, %h = gradopt.rnn tanh "rnn" %x : tensor<?x?x2xf32> weights(%w, %w : tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<?x?x2xf32>, tensor<?x2xf32>
  return %y : tensor<?x?x2xf32>
}
// expected-error@below {{'step' was made of a model by gradopt-differentiate and would keep the old layers; run 'gradopt-convert-cells' on the model before it}}
func.func @step() attributes {gradopt.differentiated} {
  return
}

// -----

// expected-error@below {{cannot add the parameters of another kind of layer to 'loss' because other code may call it}}
func.func @loss(%x: tensor<?x?x2xf32>, %w: tensor<2x2xf32> {gradopt.param = #gradopt.param<"w">}) -> tensor<?x?x2xf32> {
  %y, %h = gradopt.rnn tanh "rnn" %x : tensor<?x?x2xf32> weights(%w, %w : tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<?x?x2xf32>, tensor<?x2xf32>
  return %y : tensor<?x?x2xf32>
}
func.func @caller(%x: tensor<?x?x2xf32>, %w: tensor<2x2xf32>) -> tensor<?x?x2xf32> {
  // expected-note@below {{it is used here}}
  %y = call @loss(%x, %w) : (tensor<?x?x2xf32>, tensor<2x2xf32>) -> tensor<?x?x2xf32>
  return %y : tensor<?x?x2xf32>
}

// -----

// expected-error@below {{'gradopt-convert-cells' needs a function of one block that ends in a return of its results}}
func.func @loss(%x: tensor<?x?x2xf32>, %w: tensor<2x2xf32> {gradopt.param = #gradopt.param<"w">}, %h0: tensor<?x2xf32> {gradopt.state = "h"})
    -> tensor<?x?x2xf32> {
  %y, %h = gradopt.rnn tanh "rnn" %x : tensor<?x?x2xf32> init(%h0 : tensor<?x2xf32>) weights(%w, %w : tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<?x?x2xf32>, tensor<?x2xf32>
  cf.br ^end
^end:
  return %y : tensor<?x?x2xf32>
}

// -----

// A weight's sizes change, and one that is an initial state, too, cannot.
func.func @loss(%x: tensor<?x2x2xf32>, %w: tensor<2x2xf32> {gradopt.param = #gradopt.param<"w">}) -> tensor<?x2x2xf32> {
  // expected-error@below {{weight_ih of layer "rnn" is used by something else}}
  // expected-note@below {{it is used here}}
  %y, %h = gradopt.rnn tanh "rnn" %x : tensor<?x2x2xf32> init(%w : tensor<2x2xf32>) weights(%w, %w : tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<?x2x2xf32>, tensor<2x2xf32>
  return %y : tensor<?x2x2xf32>
}

// -----

func.func @loss(%x: tensor<?x?x2xf32>, %w: tensor<2x2xf32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<?x?x2xf32>, index) {
  // expected-error@below {{weight_ih of layer "rnn" is used by something else}}
  %y, %h = gradopt.rnn tanh "rnn" %x : tensor<?x?x2xf32> weights(%w, %w : tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<?x?x2xf32>, tensor<?x2xf32>
  %one = arith.constant 1 : index
  // expected-note@below {{it is used here}}
  %H = tensor.dim %w, %one : tensor<2x2xf32>
  return %y, %H : tensor<?x?x2xf32>, index
}

// -----

func.func @loss(%x: tensor<?x?x2xf32>, %w: tensor<2x2xf32> {gradopt.param = #gradopt.param<"w">}, %h0: tensor<?x2xf32> {gradopt.state = "h"})
    -> (tensor<?x?x2xf32>, tensor<?x2xf32> {gradopt.state = "h"}) {
  %two = arith.constant 2 : index
  %y = gradopt.scan (%s) to %two carries(%z = %x : tensor<?x?x2xf32>) {
    // expected-error@below {{layer "rnn" begins with a state of 'loss' and is inside another op, from where its cell state cannot be returned; move the layer to the body of the function}}
    %y, %h = gradopt.rnn tanh "rnn" %z : tensor<?x?x2xf32> init(%h0 : tensor<?x2xf32>) weights(%w, %w : tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<?x?x2xf32>, tensor<?x2xf32>
    gradopt.yield %y : tensor<?x?x2xf32>
  }
  %last = tensor.extract_slice %y[0, 0, 0] [1, %two, 2] [1, 1, 1] : tensor<?x?x2xf32> to tensor<?x2xf32>
  return %y, %last : tensor<?x?x2xf32>, tensor<?x2xf32>
}
