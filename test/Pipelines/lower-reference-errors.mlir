// RUN: gradopt-opt %s --split-input-file --verify-diagnostics --gradopt-lower-reference=function=step

// A buffer whose size is read from data.
func.func @step(%x: tensor<?xf32> {gradopt.input = "x"}, %n: tensor<i64> {gradopt.input = "n"})
    -> (tensor<f32> {gradopt.loss}) {
  %c0 = arith.constant 0 : index
  %n0 = tensor.extract %n[] : tensor<i64>
  %size = arith.index_cast %n0 : i64 to index
  // expected-error@+1 {{the size of a value of this op is not bounded by the capacities for time and batch, so that the step's memory cannot be planned; give it a static size, or one that follows from the time and batch sizes and grows with them}}
  %empty = tensor.empty(%size) : tensor<?xf32>
  %part = tensor.extract_slice %x[0] [%size] [1] : tensor<?xf32> to tensor<?xf32>
  %squares = linalg.mul ins(%part, %part : tensor<?xf32>, tensor<?xf32>) outs(%empty : tensor<?xf32>) -> tensor<?xf32>
  %first = tensor.extract %squares[%c0] : tensor<?xf32>
  %loss = tensor.from_elements %first : tensor<f32>
  return %loss : tensor<f32>
}

// -----

// All rows of a history, as if there were one for each time step.
// expected-error@+1 {{step @step: dimension #0 of result #1 stands for the number of time steps, but the size of what is returned is not known to be that}}
func.func @step(%x: tensor<?x?x2xf32> {gradopt.input = "x"}, %h: tensor<?x2xf32> {gradopt.state = "h"})
    -> (tensor<?x2xf32> {gradopt.state = "h"}, tensor<?x?x2xf32> {gradopt.output = "states"}) {
  %c0 = arith.constant 0 : index
  %T = tensor.dim %x, %c0 : tensor<?x?x2xf32>
  // expected-note@+1 {{this is returned}}
  %h_n, %states = gradopt.scan "rnn" (%s) to %T carries(%h_t = %h : tensor<?x2xf32>)
      inputs(%x_t = %x : tensor<?x?x2xf32>) histories(0 : tensor<?x?x2xf32>) {
    %h_next = arith.addf %h_t, %x_t : tensor<?x2xf32>
    gradopt.yield %h_next : tensor<?x2xf32>
  }
  return %h_n, %states : tensor<?x2xf32>, tensor<?x?x2xf32>
}

// -----

// Branches of different sizes: what the result needs is not known before.
func.func @step(%c: tensor<i32> {gradopt.input = "c"}, %x: tensor<?x?xf32> {gradopt.input = "x"})
    -> (tensor<f32> {gradopt.loss}) {
  %0 = arith.constant 0 : i32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %T = tensor.dim %x, %c0 : tensor<?x?xf32>
  %B = tensor.dim %x, %c1 : tensor<?x?xf32>
  %f = arith.constant 1.0 : f32
  %i = tensor.extract %c[] : tensor<i32>
  %positive = arith.cmpi sgt, %i, %0 : i32
  %r = scf.if %positive -> tensor<?xf32> {
    %e = tensor.empty(%T) : tensor<?xf32>
    %o = linalg.fill ins(%f : f32) outs(%e : tensor<?xf32>) -> tensor<?xf32>
    scf.yield %o : tensor<?xf32>
  } else {
    %e = tensor.empty(%B) : tensor<?xf32>
    %o = linalg.fill ins(%f : f32) outs(%e : tensor<?xf32>) -> tensor<?xf32>
    scf.yield %o : tensor<?xf32>
  }
  // expected-error @+1 {{the size of a value of this op is not bounded by the capacities for time and batch}}
  %s = math.sin %r : tensor<?xf32>
  %t = arith.addf %s, %r : tensor<?xf32>
  %loss = gradopt.mean_squared_error %t, %r : tensor<?xf32>, tensor<?xf32> -> tensor<f32>
  return %loss : tensor<f32>
}
