// RUN: gradopt-gradcheck %s --time=0,1,5 --batch=1,3

// scf.if, whose condition depends on no parameter, calls, and both within a scan.

// Either branch, by an input.
func.func @branch(
    %flag: tensor<?xi32> {gradopt.input = "flag", gradopt.dims = "B"},
    %x: tensor<?x?x3xf32> {gradopt.input = "x"},
    %w: tensor<3xf32> {gradopt.param = #gradopt.param<"w", init = uniform(-1.0, 1.0)>},
    %v: tensor<3xf32> {gradopt.param = #gradopt.param<"v", init = uniform(-1.0, 1.0)>},
    %unused: tensor<3xf32> {gradopt.param = #gradopt.param<"unused", init = uniform(-1.0, 1.0)>})
    -> (tensor<f32> {gradopt.loss}, tensor<3xf32> {gradopt.output = "o"}) {
  %0 = arith.constant 0 : index
  %1 = arith.constant 1 : i32
  %f = tensor.extract %flag[%0] : tensor<?xi32>
  %c = arith.cmpi sgt, %f, %1 : i32
  %r:2 = scf.if %c -> (tensor<3xf32>, tensor<3xf32>) {
    %a = math.tanh %w : tensor<3xf32>
    %p = arith.mulf %a, %v : tensor<3xf32>
    %q = arith.mulf %unused, %v : tensor<3xf32>
    scf.yield %p, %q : tensor<3xf32>, tensor<3xf32>
  } else {
    scf.yield %w, %unused : tensor<3xf32>, tensor<3xf32>
  }
  %2 = arith.constant 1 : index
  %T = tensor.dim %x, %0 : tensor<?x?x3xf32>
  %B = tensor.dim %x, %2 : tensor<?x?x3xf32>
  %e = tensor.empty(%T, %B) : tensor<?x?x3xf32>
  %wide = linalg.broadcast ins(%r#0 : tensor<3xf32>) outs(%e : tensor<?x?x3xf32>) dimensions = [0, 1]
  %z = arith.mulf %wide, %x : tensor<?x?x3xf32>
  %loss = gradopt.mean_squared_error %z, %x : tensor<?x?x3xf32>, tensor<?x?x3xf32> -> tensor<f32>
  return %loss, %r#1 : tensor<f32>, tensor<3xf32>
}

// In a scan: by the step index, on what the step has and what is constant, with
// a branch inside a branch.
func.func @in_scan(
    %x: tensor<?x?x3xf32> {gradopt.input = "x"}, %h0: tensor<?x3xf32> {gradopt.state = "h"},
    %w: tensor<3x3xf32> {gradopt.param = #gradopt.param<"w", init = orthogonal>},
    %u: tensor<3x3xf32> {gradopt.param = #gradopt.param<"u", init = orthogonal>})
    -> (tensor<f32> {gradopt.loss}, tensor<?x3xf32> {gradopt.state = "h"}) {
  %0 = arith.constant 0 : index
  %2 = arith.constant 2 : index
  %3 = arith.constant 3 : index
  %T = tensor.dim %x, %0 : tensor<?x?x3xf32>
  %h_n, %y = gradopt.scan "rnn" (%s) to %T
      carries(%h = %h0 : tensor<?x3xf32>)
      inputs(%x_t = %x : tensor<?x?x3xf32>) outputs(tensor<?x?x3xf32>) {
    %odd = arith.remui %s, %2 : index
    %isOdd = arith.cmpi ne, %odd, %0 : index
    %late = arith.cmpi uge, %s, %3 : index
    %a = linalg.matmul ins(%h, %w : tensor<?x3xf32>, tensor<3x3xf32>)
                       outs(%x_t : tensor<?x3xf32>) -> tensor<?x3xf32>
    %h1 = scf.if %isOdd -> tensor<?x3xf32> {
      %b = linalg.matmul ins(%a, %u : tensor<?x3xf32>, tensor<3x3xf32>)
                         outs(%x_t : tensor<?x3xf32>) -> tensor<?x3xf32>
      %c = math.tanh %b : tensor<?x3xf32>
      %d = scf.if %late -> tensor<?x3xf32> {
        %e = arith.mulf %c, %h : tensor<?x3xf32>
        scf.yield %e : tensor<?x3xf32>
      } else {
        scf.yield %c : tensor<?x3xf32>
      }
      scf.yield %d : tensor<?x3xf32>
    } else {
      %c = math.sin %a : tensor<?x3xf32>
      scf.yield %c : tensor<?x3xf32>
    }
    gradopt.yield %h1, %h1 : tensor<?x3xf32>, tensor<?x3xf32>
  }
  %loss = gradopt.mean_squared_error %y, %x : tensor<?x?x3xf32>, tensor<?x?x3xf32> -> tensor<f32>
  return %loss, %h_n : tensor<f32>, tensor<?x3xf32>
}

// A branch that holds a scan, and one on scalars in the body of a linalg op.
func.func @around_scan(
    %flag: tensor<?xi32> {gradopt.input = "flag", gradopt.dims = "B"},
    %x: tensor<?x?x3xf32> {gradopt.input = "x"}, %h0: tensor<?x3xf32> {gradopt.state = "h"},
    %w: tensor<3x3xf32> {gradopt.param = #gradopt.param<"w", init = orthogonal>})
    -> (tensor<f32> {gradopt.loss}, tensor<?x3xf32> {gradopt.state = "h"}) {
  %0 = arith.constant 0 : index
  %2 = arith.constant 2 : i32
  %f0 = arith.constant 0.0 : f32
  %T = tensor.dim %x, %0 : tensor<?x?x3xf32>
  %f = tensor.extract %flag[%0] : tensor<?xi32>
  %c = arith.cmpi slt, %f, %2 : i32
  %h = scf.if %c -> tensor<?x3xf32> {
    %h_n = gradopt.scan (%s) to %T
        carries(%h = %h0 : tensor<?x3xf32>) inputs(%x_t = %x : tensor<?x?x3xf32>) {
      %a = linalg.matmul ins(%h, %w : tensor<?x3xf32>, tensor<3x3xf32>)
                         outs(%x_t : tensor<?x3xf32>) -> tensor<?x3xf32>
      %h1 = math.tanh %a : tensor<?x3xf32>
      gradopt.yield %h1 : tensor<?x3xf32>
    }
    scf.yield %h_n : tensor<?x3xf32>
  } else {
    %a = linalg.matmul ins(%h0, %w : tensor<?x3xf32>, tensor<3x3xf32>)
                       outs(%h0 : tensor<?x3xf32>) -> tensor<?x3xf32>
    scf.yield %a : tensor<?x3xf32>
  }
  %r = linalg.map ins(%h, %h0 : tensor<?x3xf32>, tensor<?x3xf32>) outs(%h0 : tensor<?x3xf32>)
    (%a: f32, %b: f32, %o: f32) {
      %positive = arith.cmpf ogt, %b, %f0 : f32
      %q = scf.if %positive -> f32 {
        %s = math.exp %a : f32
        scf.yield %s : f32
      } else {
        %s = arith.mulf %a, %a : f32
        scf.yield %s : f32
      }
      linalg.yield %q : f32
    }
  %loss = gradopt.mean_squared_error %r, %h0 : tensor<?x3xf32>, tensor<?x3xf32> -> tensor<f32>
  return %loss, %h : tensor<f32>, tensor<?x3xf32>
}

// Private functions are inlined, into a scan as well; one calls the other.
func.func private @square(%a: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %b = arith.mulf %a, %a : tensor<?x3xf32>
  return %b : tensor<?x3xf32>
}

func.func private @cell(%x: tensor<?x3xf32>, %h: tensor<?x3xf32>, %w: tensor<3x3xf32>) -> tensor<?x3xf32> {
  %g = gradopt.gradient %h of "inner" : tensor<?x3xf32>
  %a = linalg.matmul ins(%g, %w : tensor<?x3xf32>, tensor<3x3xf32>)
                     outs(%x : tensor<?x3xf32>) -> tensor<?x3xf32>
  %b = call @square(%a) : (tensor<?x3xf32>) -> tensor<?x3xf32>
  %c = math.tanh %b : tensor<?x3xf32>
  return %c : tensor<?x3xf32>
}

func.func private @layer(%x: tensor<?x?x3xf32>, %h0: tensor<?x3xf32>, %w: tensor<3x3xf32>)
    -> (tensor<?x?x3xf32>, tensor<?x3xf32>) {
  %0 = arith.constant 0 : index
  %T = tensor.dim %x, %0 : tensor<?x?x3xf32>
  %h_n, %y = gradopt.scan "rnn" (%s) to %T
      carries(%h = %h0 : tensor<?x3xf32>)
      inputs(%x_t = %x : tensor<?x?x3xf32>) outputs(tensor<?x?x3xf32>) {
    %h1 = func.call @cell(%x_t, %h, %w) : (tensor<?x3xf32>, tensor<?x3xf32>, tensor<3x3xf32>) -> tensor<?x3xf32>
    gradopt.yield %h1, %h1 : tensor<?x3xf32>, tensor<?x3xf32>
  }
  return %y, %h_n : tensor<?x?x3xf32>, tensor<?x3xf32>
}

func.func @calls(
    %x: tensor<?x?x3xf32> {gradopt.input = "x"}, %h0: tensor<?x3xf32> {gradopt.state = "h"},
    %w: tensor<3x3xf32> {gradopt.param = #gradopt.param<"w", init = orthogonal>})
    -> (tensor<f32> {gradopt.loss}, tensor<?x3xf32> {gradopt.state = "h"}) {
  %y, %h_n = call @layer(%x, %h0, %w) : (tensor<?x?x3xf32>, tensor<?x3xf32>, tensor<3x3xf32>)
      -> (tensor<?x?x3xf32>, tensor<?x3xf32>)
  %z, %k_n = call @layer(%y, %h0, %w) : (tensor<?x?x3xf32>, tensor<?x3xf32>, tensor<3x3xf32>)
      -> (tensor<?x?x3xf32>, tensor<?x3xf32>)
  %loss = gradopt.mean_squared_error %z, %x : tensor<?x?x3xf32>, tensor<?x?x3xf32> -> tensor<f32>
  return %loss, %k_n : tensor<f32>, tensor<?x3xf32>
}
