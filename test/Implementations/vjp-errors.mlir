// RUN: gradopt-opt %s --gradopt-differentiate=model=loss --split-input-file --verify-diagnostics

// A reduction that is no sum.
#a = affine_map<(i) -> (i)>
#r = affine_map<(i) -> ()>
func.func @loss(%w: tensor<4xf32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
  %one = arith.constant dense<1.0> : tensor<f32>
  // expected-error @below {{'linalg.generic' op has no derivative: result #0 is reduced by something else than out + f(ins) or the maximum or minimum of out and f(ins)}}
  // expected-note @below {{parameter "w" reaches the loss through this op}}
  %0 = linalg.generic {indexing_maps = [#a, #r], iterator_types = ["reduction"]} ins(%w : tensor<4xf32>) outs(%one : tensor<f32>) {
  ^bb0(%e: f32, %out: f32):
    // expected-note @below {{the reduction's new value}}
    %s = arith.mulf %e, %out : f32
    linalg.yield %s : f32
  } -> tensor<f32>
  return %0 : tensor<f32>
}

// -----

// The last iteration wins.
#a = affine_map<(i) -> (i)>
#r = affine_map<(i) -> ()>
func.func @loss(%w: tensor<4xf32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
  %one = arith.constant dense<1.0> : tensor<f32>
  // expected-error @below {{result #0 is reduced by something else than out + f(ins)}}
  // expected-note @below {{parameter "w" reaches the loss through this op}}
  %0 = linalg.generic {indexing_maps = [#a, #r], iterator_types = ["reduction"]} ins(%w : tensor<4xf32>) outs(%one : tensor<f32>) {
  // expected-note @below {{the reduction's new value}}
  ^bb0(%e: f32, %out: f32):
    linalg.yield %e : f32
  } -> tensor<f32>
  return %0 : tensor<f32>
}

// -----

// What is subtracted from is not a term.
#a = affine_map<(i) -> (i)>
#r = affine_map<(i) -> ()>
func.func @loss(%w: tensor<4xf32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
  %one = arith.constant dense<1.0> : tensor<f32>
  // expected-error @below {{result #0 is reduced by something else than out + f(ins)}}
  // expected-note @below {{parameter "w" reaches the loss through this op}}
  %0 = linalg.generic {indexing_maps = [#a, #r], iterator_types = ["reduction"]} ins(%w : tensor<4xf32>) outs(%one : tensor<f32>) {
  ^bb0(%e: f32, %out: f32):
    // expected-note @below {{the reduction's new value}}
    %s = arith.subf %e, %out : f32
    linalg.yield %s : f32
  } -> tensor<f32>
  return %0 : tensor<f32>
}

// -----

// A term that depends on the sum so far.
#a = affine_map<(i) -> (i)>
#r = affine_map<(i) -> ()>
func.func @loss(%w: tensor<4xf32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
  %one = arith.constant dense<1.0> : tensor<f32>
  // expected-error @below {{'linalg.generic' op has no derivative: result #0 uses an unfinished reduction other than by adding to it}}
  // expected-note @below {{parameter "w" reaches the loss through this op}}
  %0 = linalg.generic {indexing_maps = [#a, #r], iterator_types = ["reduction"]} ins(%w : tensor<4xf32>) outs(%one : tensor<f32>) {
  ^bb0(%e: f32, %out: f32):
    // expected-note @below {{this value depends on the order of the iterations}}
    %p = arith.mulf %e, %out : f32
    %s = arith.addf %out, %p : f32
    linalg.yield %s : f32
  } -> tensor<f32>
  return %0 : tensor<f32>
}

// -----

// The same through another result.
#a = affine_map<(i) -> (i)>
#r = affine_map<(i) -> ()>
func.func @loss(%w: tensor<4xf32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
  %one = arith.constant dense<1.0> : tensor<f32>
  // expected-error @below {{result #1 uses an unfinished reduction other than by adding to it}}
  // expected-note @below {{parameter "w" reaches the loss through this op}}
  %0:2 = linalg.generic {indexing_maps = [#a, #r, #r], iterator_types = ["reduction"]} ins(%w : tensor<4xf32>) outs(%one, %one : tensor<f32>, tensor<f32>) {
  ^bb0(%e: f32, %out0: f32, %out1: f32):
    // expected-note @below {{this value depends on the order of the iterations}}
    %s0 = arith.maximumf %e, %out0 : f32
    %s1 = arith.addf %s0, %out1 : f32
    linalg.yield %s0, %s1 : f32, f32
  } -> (tensor<f32>, tensor<f32>)
  return %0#1 : tensor<f32>
}

// -----

func.func @loss(%w: tensor<5xf32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
  %k = arith.constant dense<1.0> : tensor<2xf32>
  %z = arith.constant dense<0.0> : tensor<4xf32>
  // expected-error @below {{'linalg.conv_1d' op has no derivative with respect to operand #0: its indexing map is not a projected permutation of the loops}}
  // expected-note @below {{parameter "w" reaches the loss through this op}}
  %0 = linalg.conv_1d ins(%w, %k : tensor<5xf32>, tensor<2xf32>) outs(%z : tensor<4xf32>) -> tensor<4xf32>
  %1 = tensor.extract_slice %0[0] [1] [1] : tensor<4xf32> to tensor<f32>
  return %1 : tensor<f32>
}

// -----

#a = affine_map<(i) -> (i)>
func.func @loss(%w: tensor<4xf32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
  // expected-note @below {{the tensor is defined here}}
  %v = arith.addf %w, %w : tensor<4xf32>
  %e = tensor.empty() : tensor<4xf32>
  // expected-error @below {{'linalg.generic' op has no derivative with respect to a tensor that its body takes from outside; make it an operand}}
  // expected-note @below {{parameter "w" reaches the loss through this op}}
  %0 = linalg.generic {indexing_maps = [#a], iterator_types = ["parallel"]} outs(%e : tensor<4xf32>) {
  ^bb0(%out: f32):
    %i = linalg.index 0 : index
    %s = tensor.extract %v[%i] : tensor<4xf32>
    linalg.yield %s : f32
  } -> tensor<4xf32>
  %1 = tensor.extract_slice %0[0] [1] [1] : tensor<4xf32> to tensor<f32>
  return %1 : tensor<f32>
}

// -----

// In a body the op without derivative is told, not the linalg op.
#a = affine_map<(i) -> (i)>
func.func @loss(%w: tensor<4xf32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
  %e = tensor.empty() : tensor<4xf32>
  // expected-note @below {{parameter "w" reaches the loss through this op}}
  %0 = linalg.generic {indexing_maps = [#a, #a], iterator_types = ["parallel"]} ins(%w : tensor<4xf32>) outs(%e : tensor<4xf32>) {
  ^bb0(%x: f32, %out: f32):
    // expected-error @below {{'arith.bitcast' op has no derivative}}
    %s = arith.bitcast %x : f32 to f32
    linalg.yield %s : f32
  } -> tensor<4xf32>
  %1 = tensor.extract_slice %0[0] [1] [1] : tensor<4xf32> to tensor<f32>
  return %1 : tensor<f32>
}

// -----

func.func @loss(%w: tensor<4xf32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
  %c1 = arith.constant 1 : index
  // expected-error @below {{'tensor.extract' op has no derivative: it reads one element of a tensor that depends on a parameter; use tensor.extract_slice or gradopt.embedding}}
  // expected-note @below {{parameter "w" reaches the loss through this op}}
  %0 = tensor.extract %w[%c1] : tensor<4xf32>
  %1 = tensor.from_elements %0 : tensor<f32>
  return %1 : tensor<f32>
}

// -----

func.func @loss(%w: tensor<f32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
  %t = arith.constant dense<1.0> : tensor<f32>
  // expected-error @below {{'gradopt.clip_by_value' op has no derivative; it is for gradients and cannot stand between a parameter and the loss}}
  // expected-note @below {{parameter "w" reaches the loss through this op}}
  %0 = gradopt.clip_by_value %w to %t : tensor<f32>, tensor<f32>
  return %0 : tensor<f32>
}

// -----

func.func @loss(%w: tensor<f32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
  // expected-error @below {{'gradopt.norm' op has no derivative; it is for gradients}}
  // expected-note @below {{parameter "w" reaches the loss through this op}}
  %0 = gradopt.norm l2 %w : tensor<f32> -> tensor<f32>
  return %0 : tensor<f32>
}

// -----

// A buffer on the way.
func.func @loss(%w: tensor<4xf32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
  %b = bufferization.to_buffer %w : tensor<4xf32> to memref<4xf32>
  // expected-error @below {{'bufferization.to_tensor' op needs a derivative with respect to a value of 'memref<4xf32>'; only f32, f64 and ranked tensors of them have one}}
  // expected-note @below {{parameter "w" reaches the loss through this op}}
  %0 = bufferization.to_tensor %b restrict : memref<4xf32> to tensor<4xf32>
  %1 = tensor.extract_slice %0[0] [1] [1] : tensor<4xf32> to tensor<f32>
  return %1 : tensor<f32>
}

// -----

// What a tensor is padded with depends on a parameter.
func.func @loss(%w: tensor<4xf32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
  %s = tensor.extract_slice %w[0] [1] [1] : tensor<4xf32> to tensor<f32>
  %e = tensor.extract %s[] : tensor<f32>
  // expected-error @below {{'tensor.pad' op has no derivative with respect to what it pads with; pad with a constant, or insert the tensor into one that is filled}}
  // expected-note @below {{parameter "w" reaches the loss through this op}}
  %0 = tensor.pad %w low[1] high[0] {
  ^bb0(%i: index):
    tensor.yield %e : f32
  } : tensor<4xf32> to tensor<5xf32>
  %1 = tensor.extract_slice %0[0] [1] [1] : tensor<5xf32> to tensor<f32>
  return %1 : tensor<f32>
}

// -----

// In a branch the op without derivative is told.
func.func @loss(%c: tensor<i32> {gradopt.input = "c"}, %w: tensor<4xf32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
  %0 = arith.constant 0 : i32
  %1 = arith.constant 1 : index
  %i = tensor.extract %c[] : tensor<i32>
  %positive = arith.cmpi sgt, %i, %0 : i32
  // expected-note @below {{parameter "w" reaches the loss through this op}}
  %r = scf.if %positive -> tensor<f32> {
    // expected-error @below {{'tensor.extract' op has no derivative: it reads one element}}
    %e = tensor.extract %w[%1] : tensor<4xf32>
    %t = tensor.from_elements %e : tensor<f32>
    scf.yield %t : tensor<f32>
  } else {
    %t = tensor.extract_slice %w[0] [1] [1] : tensor<4xf32> to tensor<f32>
    scf.yield %t : tensor<f32>
  }
  return %r : tensor<f32>
}

// -----

// tensor.generate computes elements one by one; linalg.generic has a derivative.
func.func @loss(%w: tensor<f32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
  %e = tensor.extract %w[] : tensor<f32>
  // expected-error @below {{'tensor.generate' op has no derivative; implement DifferentiableOpInterface for it or keep it off the way from the parameters to the loss}}
  // expected-note @below {{parameter "w" reaches the loss through this op}}
  %0 = tensor.generate {
  ^bb0(%i: index):
    tensor.yield %e : f32
  } : tensor<3xf32>
  %1 = tensor.extract_slice %0[0] [1] [1] : tensor<3xf32> to tensor<f32>
  return %1 : tensor<f32>
}
