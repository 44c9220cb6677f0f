// RUN: gradopt-opt %s --gradopt-differentiate=model=loss --split-input-file --verify-diagnostics

// expected-error @below {{there is no function @loss to differentiate}}
module {
}

// -----

module {
  // expected-error @below {{there is no function @loss to differentiate}}
  gradopt.recipe @loss {model = @other}
  func.func @other(%w: tensor<f32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
    return %w : tensor<f32>
  }
}

// -----

// expected-error @below {{'func.func' op cannot be differentiated: it must have a body of one block}}
func.func private @loss(tensor<f32>) -> tensor<f32>

// -----

// expected-error @below {{'func.func' op cannot be differentiated: it must have a body of one block}}
func.func @loss(%w: tensor<f32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
  cf.br ^bb1
^bb1:
  return %w : tensor<f32>
}

// -----

// expected-error @below {{the function to be made would be named @loss_step, but that symbol is taken; give another one as the recipe's result or the option result}}
module {
  func.func @loss(%w: tensor<f32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
    return %w : tensor<f32>
  }
  // expected-note @below {{@loss_step is here}}
  func.func private @loss_step()
}

// -----

// expected-error @below {{'func.func' op marks 0 results with gradopt.loss; exactly one is to be minimized}}
func.func @loss(%w: tensor<f32> {gradopt.param = #gradopt.param<"w">}) -> tensor<f32> {
  return %w : tensor<f32>
}

// -----

// expected-error @below {{'func.func' op has no argument marked gradopt.param; there is nothing to differentiate with respect to}}
func.func @loss(%w: tensor<f32> {gradopt.input = "w"}) -> (tensor<f32> {gradopt.loss}) {
  return %w : tensor<f32>
}

// -----

// The parameter named is the first of those that reach the loss there.
func.func @loss(%v: tensor<f32> {gradopt.param = #gradopt.param<"v">},
                %w: tensor<f32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
  %0 = arith.addf %w, %w : tensor<f32>
  // expected-error @below {{'arith.bitcast' op has no derivative; implement DifferentiableOpInterface for it or keep it off the way from the parameters to the loss}}
  // expected-note @below {{parameter "w" reaches the loss through this op}}
  %1 = arith.bitcast %0 : tensor<f32> to tensor<f32>
  %2 = arith.addf %1, %v : tensor<f32>
  return %2 : tensor<f32>
}

// -----

func.func private @f(%x: tensor<f32>) -> tensor<f32> {
  return %x : tensor<f32>
}
func.func @loss(%w: tensor<f32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
  // expected-error @below {{'func.call' op has no derivative; inline the call first, by gradopt-prepare-model}}
  // expected-note @below {{parameter "w" reaches the loss through this op}}
  %0 = func.call @f(%w) : (tensor<f32>) -> tensor<f32>
  return %0 : tensor<f32>
}

// -----

func.func @loss(%w: tensor<f32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
  %c0 = arith.constant 0 : index
  %n = arith.constant 7 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant dense<0.0> : tensor<f32>
  // expected-error @below {{'scf.for' op has no derivative; state the loop as a gradopt.scan}}
  // expected-note @below {{parameter "w" reaches the loss through this op}}
  %0 = scf.for %i = %c0 to %n step %c1 iter_args(%sum = %zero) -> tensor<f32> {
    %1 = arith.addf %sum, %w : tensor<f32>
    scf.yield %1 : tensor<f32>
  }
  return %0 : tensor<f32>
}

// -----

// A derivative never ends silently in a type that has none.
func.func @loss(%w: tensor<f32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
  %0 = arith.truncf %w : tensor<f32> to tensor<f16>
  // expected-error @below {{'arith.extf' op needs a derivative with respect to a value of 'tensor<f16>'; only f32, f64 and ranked tensors of them have one}}
  // expected-note @below {{parameter "w" reaches the loss through this op}}
  %1 = arith.extf %0 : tensor<f16> to tensor<f32>
  return %1 : tensor<f32>
}

// -----

// An error deep in a scan is told with the scan through which the parameter
// comes.
func.func @loss(%w: tensor<f32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
  %c3 = arith.constant 3 : index
  // expected-note @below {{parameter "w" reaches the loss through this op}}
  %0 = gradopt.scan (%s) to %c3 carries(%h = %w : tensor<f32>) {
    // expected-error @below {{'arith.bitcast' op has no derivative}}
    %1 = arith.bitcast %w : tensor<f32> to tensor<f32>
    gradopt.yield %1 : tensor<f32>
  }
  return %0 : tensor<f32>
}

// -----

// What the reverse body needs must be something that a sequence can hold.
func.func @loss(%w: tensor<4xf32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
  %x = arith.constant dense<1.0> : vector<2xf32>
  %c3 = arith.constant 3 : index
  %zero = arith.constant dense<0.0> : tensor<f32>
  // expected-note @below {{parameter "w" reaches the loss through this op}}
  %0 = gradopt.scan (%s) to %c3 carries(%h = %zero : tensor<f32>) {
    // expected-error @below {{the backward pass of a scan needs this value of type 'vector<2xf32>', which cannot be kept for every step; only ranked tensors, floats and integers can}}
    %v = arith.addf %x, %x : vector<2xf32>
    %1 = linalg.generic {
        indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> ()>],
        iterator_types = ["reduction"]} ins(%w : tensor<4xf32>) outs(%h : tensor<f32>) {
    ^bb0(%a: f32, %out: f32):
      %2 = vector.extract %v[1] : f32 from vector<2xf32>
      %3 = arith.mulf %a, %2 : f32
      %4 = arith.addf %out, %3 : f32
      linalg.yield %4 : f32
    } -> tensor<f32>
    gradopt.yield %1 : tensor<f32>
  }
  return %0 : tensor<f32>
}

// -----

func.func @loss(%w: tensor<f64> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f64> {gradopt.loss}) {
  %m = memref.alloc() : memref<f64>
  %e = tensor.extract %w[] : tensor<f64>
  // expected-error @below {{'memref.store' op writes a value that depends on a parameter to a buffer, where its derivative is lost; keep it in tensors}}
  memref.store %e, %m[] : memref<f64>
  %v = memref.load %m[] : memref<f64>
  %l = tensor.from_elements %v : tensor<f64>
  return %l : tensor<f64>
}

// -----

#id = affine_map<(i) -> (i)>

func.func @loss(%w: tensor<2xf64> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f64> {gradopt.loss}) {
  %m = memref.alloc() : memref<f64>
  %empty = tensor.empty() : tensor<2xf64>
  // expected-error @below {{'linalg.generic' op has no derivative: its body reads or writes a buffer; keep it in tensors}}
  // expected-note @below {{parameter "w" reaches the loss through this op}}
  %r = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%w : tensor<2xf64>) outs(%empty : tensor<2xf64>) {
  ^bb0(%in: f64, %out: f64):
    %v = memref.load %m[] : memref<f64>
    %q = arith.mulf %in, %v : f64
    linalg.yield %q : f64
  } -> tensor<2xf64>
  %zero = arith.constant dense<0.0> : tensor<2xf64>
  %l = gradopt.mean_squared_error %r, %zero : tensor<2xf64>, tensor<2xf64> -> tensor<f64>
  return %l : tensor<f64>
}
