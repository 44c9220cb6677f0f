// RUN: gradopt-opt %s --gradopt-raise-loops --split-input-file --remark-format=emitRemark --remarks-filter="gradopt-raise-loops" -verify-diagnostics
// RUN: gradopt-opt %s --gradopt-raise-loops --split-input-file | FileCheck %s --implicit-check-not=gradopt.scan

// Every other row.
// CHECK-LABEL: func.func @stride
// CHECK: scf.for
func.func @stride(%x: tensor<8x2xf32>, %h0: tensor<2xf32>) -> tensor<2xf32> {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %c8 = arith.constant 8 : index
  %r = scf.for %t = %c0 to %c8 step %c2 iter_args(%h = %h0) -> tensor<2xf32> {
    // expected-remark @below {{[Missed] index | Category:gradopt-raise-loops | Function=stride | Reason="'scf.for' is no scan: 'tensor.extract_slice' goes 2 rows on in each iteration; it must go one on or one back"}}
    %x_t = tensor.extract_slice %x[%t, 0] [1, 2] [1, 1] : tensor<8x2xf32> to tensor<2xf32>
    %h1 = arith.addf %h, %x_t : tensor<2xf32>
    scf.yield %h1 : tensor<2xf32>
  }
  return %r : tensor<2xf32>
}

// -----

// CHECK-LABEL: func.func @modulo
// CHECK: scf.for
func.func @modulo(%x: tensor<8x2xf32>, %h0: tensor<2xf32>) -> tensor<2xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c8 = arith.constant 8 : index
  %r = scf.for %t = %c0 to %c8 step %c1 iter_args(%h = %h0) -> tensor<2xf32> {
    %m = arith.remui %t, %c3 : index
    // expected-remark @below {{'tensor.extract_slice' has an index, made by 'arith.remui', that is not known to be ±t + constant}}
    %x_t = tensor.extract_slice %x[%m, 0] [1, 2] [1, 1] : tensor<8x2xf32> to tensor<2xf32>
    %h1 = arith.addf %h, %x_t : tensor<2xf32>
    scf.yield %h1 : tensor<2xf32>
  }
  return %r : tensor<2xf32>
}

// -----

// A clamp that does something.
// CHECK-LABEL: func.func @clamp
// CHECK: scf.for
func.func @clamp(%n: index, %x: tensor<?x2xf32>, %h0: tensor<2xf32>) -> tensor<2xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %T = tensor.dim %x, %c0 : tensor<?x2xf32>
  %last = arith.subi %T, %c1 : index
  %r = scf.for %t = %c0 to %n step %c1 iter_args(%h = %h0) -> tensor<2xf32> {
    %m = arith.minsi %t, %last : index
    // expected-remark @below {{'tensor.extract_slice' has an index, made by 'arith.minsi', that is not known to be ±t + constant}}
    %x_t = tensor.extract_slice %x[%m, 0] [1, 2] [1, 1] : tensor<?x2xf32> to tensor<2xf32>
    %h1 = arith.addf %h, %x_t : tensor<2xf32>
    scf.yield %h1 : tensor<2xf32>
  }
  return %r : tensor<2xf32>
}

// -----

// CHECK-LABEL: func.func @rows
// CHECK: scf.for
func.func @rows(%x: tensor<8x2xf32>, %h0: tensor<2x2xf32>) -> tensor<2x2xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c7 = arith.constant 7 : index
  %r = scf.for %t = %c0 to %c7 step %c1 iter_args(%h = %h0) -> tensor<2x2xf32> {
    // expected-remark @below {{'tensor.extract_slice' takes more than one row in each iteration}}
    %x_t = tensor.extract_slice %x[%t, 0] [2, 2] [1, 1] : tensor<8x2xf32> to tensor<2x2xf32>
    %h1 = arith.addf %h, %x_t : tensor<2x2xf32>
    scf.yield %h1 : tensor<2x2xf32>
  }
  return %r : tensor<2x2xf32>
}

// -----

// CHECK-LABEL: func.func @diagonal
// CHECK: scf.for
func.func @diagonal(%x: tensor<8x8xf32>, %h0: tensor<1x1xf32>) -> tensor<1x1xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %r = scf.for %t = %c0 to %c8 step %c1 iter_args(%h = %h0) -> tensor<1x1xf32> {
    // expected-remark @below {{'tensor.extract_slice' goes along two dimensions at once}}
    %x_t = tensor.extract_slice %x[%t, %t] [1, 1] [1, 1] : tensor<8x8xf32> to tensor<1x1xf32>
    %h1 = arith.addf %h, %x_t : tensor<1x1xf32>
    scf.yield %h1 : tensor<1x1xf32>
  }
  return %r : tensor<1x1xf32>
}

// -----

// CHECK-LABEL: func.func @outside
// CHECK: scf.for
func.func @outside(%x: tensor<8x2xf32>, %h0: tensor<2xf32>) -> tensor<2xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %r = scf.for %t = %c0 to %c8 step %c1 iter_args(%h = %h0) -> tensor<2xf32> {
    %t1 = arith.addi %t, %c1 : index
    // expected-remark @below {{'tensor.extract_slice' takes the rows from 1 to 8 of a tensor that has 8}}
    %x_t = tensor.extract_slice %x[%t1, 0] [1, 2] [1, 1] : tensor<8x2xf32> to tensor<2xf32>
    %h1 = arith.addf %h, %x_t : tensor<2xf32>
    scf.yield %h1 : tensor<2xf32>
  }
  return %r : tensor<2xf32>
}

// -----

// Two elements for each iteration, the last first.
// CHECK-LABEL: func.func @rounded
// CHECK: scf.for
func.func @rounded(%n: index, %x: tensor<?xf32>, %v: f32) -> tensor<?xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %r:2 = scf.for %t = %c0 to %n step %c2 iter_args(%y = %x, %i = %n) -> (tensor<?xf32>, index) {
    %i1 = arith.subi %i, %c1 : index
    // expected-remark @below {{'tensor.insert' goes backward from a row that depends on how the number of iterations is rounded}}
    %y1 = tensor.insert %v into %y[%i1] : tensor<?xf32>
    scf.yield %y1, %i1 : tensor<?xf32>, index
  }
  return %r#0 : tensor<?xf32>
}

// -----

// CHECK-LABEL: func.func @step
// CHECK: scf.for
func.func @step(%x: tensor<8x2xf32>, %k: index, %h0: tensor<2xf32>) -> tensor<2xf32> {
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  // expected-remark @below {{[Missed] bounds | Category:gradopt-raise-loops | Function=step | Reason="'scf.for' is no scan: its step is not known to be a positive constant"}}
  %r = scf.for %t = %c0 to %c8 step %k iter_args(%h = %h0) -> tensor<2xf32> {
    %h1 = math.tanh %h : tensor<2xf32>
    scf.yield %h1 : tensor<2xf32>
  }
  return %r : tensor<2xf32>
}

// -----

// What was written two iterations ago.
// CHECK-LABEL: func.func @two_ago
// CHECK: scf.for
func.func @two_ago(%y0: tensor<8x2xf32>) -> tensor<8x2xf32> {
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c8 = arith.constant 8 : index
  %r = scf.for %t = %c2 to %c8 step %c1 iter_args(%y = %y0) -> tensor<8x2xf32> {
    %b = arith.subi %t, %c2 : index
    // expected-remark @below {{'tensor.extract_slice' reads what was written 2 iterations ago}}
    %v = tensor.extract_slice %y[%b, 0] [1, 2] [1, 1] : tensor<8x2xf32> to tensor<2xf32>
    %y1 = tensor.insert_slice %v into %y[%t, 0] [1, 2] [1, 1] : tensor<2xf32> into tensor<8x2xf32>
    scf.yield %y1 : tensor<8x2xf32>
  }
  return %r : tensor<8x2xf32>
}

// -----

// Written forward, read backward.
// CHECK-LABEL: func.func @mirrored
// CHECK: scf.for
func.func @mirrored(%y0: tensor<8x2xf32>) -> tensor<8x2xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c7 = arith.constant 7 : index
  %c8 = arith.constant 8 : index
  %r = scf.for %t = %c0 to %c8 step %c1 iter_args(%y = %y0) -> tensor<8x2xf32> {
    %b = arith.subi %c7, %t : index
    // expected-remark @below {{'tensor.extract_slice' reads a row that is not known to be a fixed number of iterations away from the one that is written}}
    %v = tensor.extract_slice %y[%b, 0] [1, 2] [1, 1] : tensor<8x2xf32> to tensor<2xf32>
    %y1 = tensor.insert_slice %v into %y[%t, 0] [1, 2] [1, 1] : tensor<2xf32> into tensor<8x2xf32>
    scf.yield %y1 : tensor<8x2xf32>
  }
  return %r : tensor<8x2xf32>
}

// -----

// The whole of what is written row by row is used in each iteration.
// CHECK-LABEL: func.func @whole
// CHECK: scf.for
func.func @whole(%y0: tensor<8x2xf32>, %s0: tensor<8x2xf32>, %v: tensor<2xf32>) -> (tensor<8x2xf32>, tensor<8x2xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %r:2 = scf.for %t = %c0 to %c8 step %c1 iter_args(%y = %y0, %s = %s0) -> (tensor<8x2xf32>, tensor<8x2xf32>) {
    %y1 = tensor.insert_slice %v into %y[%t, 0] [1, 2] [1, 1] : tensor<2xf32> into tensor<8x2xf32>
    // expected-remark @below {{'arith.addf' takes all of the tensor of which 'tensor.insert_slice' takes one row in each iteration}}
    %s1 = arith.addf %s, %y1 : tensor<8x2xf32>
    scf.yield %y1, %s1 : tensor<8x2xf32>, tensor<8x2xf32>
  }
  return %r#0, %r#1 : tensor<8x2xf32>, tensor<8x2xf32>
}

// -----

// Two rows of one tensor.
// CHECK-LABEL: func.func @two_rows
// CHECK: scf.for
func.func @two_rows(%y0: tensor<8x2xf32>, %v: tensor<2xf32>) -> tensor<8x2xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %r = scf.for %t = %c0 to %c4 step %c1 iter_args(%y = %y0) -> tensor<8x2xf32> {
    %t4 = arith.addi %t, %c4 : index
    %y1 = tensor.insert_slice %v into %y[%t, 0] [1, 2] [1, 1] : tensor<2xf32> into tensor<8x2xf32>
    // expected-remark @below {{'tensor.insert_slice' writes another row than 'tensor.insert_slice'}}
    %y2 = tensor.insert_slice %v into %y1[%t4, 0] [1, 2] [1, 1] : tensor<2xf32> into tensor<8x2xf32>
    scf.yield %y2 : tensor<8x2xf32>
  }
  return %r : tensor<8x2xf32>
}

// -----

// The tensor of which a row is read is another one in the next iteration.
// CHECK-LABEL: func.func @other
// CHECK: scf.for
func.func @other(%y0: tensor<8x2xf32>, %s0: tensor<2xf32>) -> tensor<2xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %r:2 = scf.for %t = %c0 to %c8 step %c1 iter_args(%y = %y0, %s = %s0) -> (tensor<8x2xf32>, tensor<2xf32>) {
    // expected-remark @below {{'tensor.extract_slice' takes a row of a tensor that is another one in the next iteration}}
    %v = tensor.extract_slice %y[%t, 0] [1, 2] [1, 1] : tensor<8x2xf32> to tensor<2xf32>
    %s1 = arith.addf %s, %v : tensor<2xf32>
    %e = tensor.empty() : tensor<8x2xf32>
    %y1 = linalg.broadcast ins(%s1 : tensor<2xf32>) outs(%e : tensor<8x2xf32>) dimensions = [0]
    scf.yield %y1, %s1 : tensor<8x2xf32>, tensor<2xf32>
  }
  return %r#1 : tensor<2xf32>
}

// -----

// In a branch, a row need not be there.
// CHECK-LABEL: func.func @branch
// CHECK: scf.for
func.func @branch(%x: tensor<8x2xf32>, %h0: tensor<2xf32>) -> tensor<2xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %r = scf.for %t = %c0 to %c8 step %c1 iter_args(%h = %h0) -> tensor<2xf32> {
    %first = arith.cmpi eq, %t, %c0 : index
    %h1 = scf.if %first -> tensor<2xf32> {
      scf.yield %h : tensor<2xf32>
    } else {
      %b = arith.subi %t, %c1 : index
      // expected-remark @below {{'tensor.extract_slice' is in an op of the body, and its row is not known to be there in all iterations}}
      %x_t = tensor.extract_slice %x[%b, 0] [1, 2] [1, 1] : tensor<8x2xf32> to tensor<2xf32>
      scf.yield %x_t : tensor<2xf32>
    }
    scf.yield %h1 : tensor<2xf32>
  }
  return %r : tensor<2xf32>
}

// -----

// A carry that grows.
// CHECK-LABEL: func.func @grows
// CHECK: scf.for
func.func @grows(%h0: tensor<?xf32>) -> tensor<?xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %r = scf.for %t = %c0 to %c8 step %c1 iter_args(%h = %h0) -> tensor<?xf32> {
    // expected-remark @below {{'tensor.concat' makes the next value of carry #0, whose size in dimension 0 is not known to be that of the one before}}
    %h1 = tensor.concat dim(0) %h, %h : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
    scf.yield %h1 : tensor<?xf32>
  }
  return %r : tensor<?xf32>
}

// -----

// A loop that ends when a value is small.
// CHECK-LABEL: func.func @converges
// CHECK: scf.while
func.func @converges(%h0: tensor<f32>, %eps: f32) -> tensor<f32> {
  %r = scf.while (%h = %h0) : (tensor<f32>) -> tensor<f32> {
    %v = tensor.extract %h[] : tensor<f32>
    // expected-remark @below {{[Missed] condition | Category:gradopt-raise-loops | Function=converges | Reason="'scf.while' is no scan: its condition does not compare a counter with a bound"}}
    %more = arith.cmpf ogt, %v, %eps : f32
    scf.condition(%more) %h : tensor<f32>
  } do {
  ^bb0(%h: tensor<f32>):
    %h1 = math.tanh %h : tensor<f32>
    scf.yield %h1 : tensor<f32>
  }
  return %r : tensor<f32>
}

// -----

// CHECK-LABEL: func.func @doubles
// CHECK: scf.while
func.func @doubles(%n: i32, %h0: tensor<f32>) -> tensor<f32> {
  %one = arith.constant 1 : i32
  %r:2 = scf.while (%i = %one, %h = %h0) : (i32, tensor<f32>) -> (i32, tensor<f32>) {
    // expected-remark @below {{its condition compares what is neither a counter that a constant is added to nor constant}}
    %more = arith.cmpi slt, %i, %n : i32
    scf.condition(%more) %i, %h : i32, tensor<f32>
  } do {
  ^bb0(%i: i32, %h: tensor<f32>):
    %h1 = math.tanh %h : tensor<f32>
    %i1 = arith.addi %i, %i : i32
    scf.yield %i1, %h1 : i32, tensor<f32>
  }
  return %r#1 : tensor<f32>
}

// -----

// It may pass the bound by.
// CHECK-LABEL: func.func @not_equal
// CHECK: scf.while
func.func @not_equal(%n: i32, %h0: tensor<f32>) -> tensor<f32> {
  %zero = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %r:2 = scf.while (%i = %zero, %h = %h0) : (i32, tensor<f32>) -> (i32, tensor<f32>) {
    // expected-remark @below {{its counter is not known to meet the bound that it is compared with}}
    %more = arith.cmpi ne, %i, %n : i32
    scf.condition(%more) %i, %h : i32, tensor<f32>
  } do {
  ^bb0(%i: i32, %h: tensor<f32>):
    %h1 = math.tanh %h : tensor<f32>
    %i1 = arith.addi %i, %one : i32
    scf.yield %i1, %h1 : i32, tensor<f32>
  }
  return %r#1 : tensor<f32>
}

// -----

// CHECK-LABEL: func.func @away
// CHECK: scf.while
func.func @away(%n: i32, %h0: tensor<f32>) -> tensor<f32> {
  %zero = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %r:2 = scf.while (%i = %zero, %h = %h0) : (i32, tensor<f32>) -> (i32, tensor<f32>) {
    // expected-remark @below {{its counter does not approach the bound by a constant in each iteration}}
    %more = arith.cmpi slt, %i, %n : i32
    scf.condition(%more) %i, %h : i32, tensor<f32>
  } do {
  ^bb0(%i: i32, %h: tensor<f32>):
    %h1 = math.tanh %h : tensor<f32>
    %i1 = arith.subi %i, %one : i32
    scf.yield %i1, %h1 : i32, tensor<f32>
  }
  return %r#1 : tensor<f32>
}

// -----

// do ... while: the body is in front of the condition.
// CHECK-LABEL: func.func @do_while
// CHECK: scf.while
func.func @do_while(%n: i32, %h0: tensor<f32>) -> tensor<f32> {
  %zero = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %r:2 = scf.while (%i = %zero, %h = %h0) : (i32, tensor<f32>) -> (i32, tensor<f32>) {
    %i1 = arith.addi %i, %one : i32
    // expected-remark @below {{'math.tanh' computes a result in front of the condition, and the body of a scan comes after it}}
    %h1 = math.tanh %h : tensor<f32>
    %more = arith.cmpi slt, %i, %n : i32
    scf.condition(%more) %i, %h1 : i32, tensor<f32>
  } do {
  ^bb0(%i: i32, %h: tensor<f32>):
    %i2 = arith.addi %i, %one : i32
    scf.yield %i2, %h : i32, tensor<f32>
  }
  return %r#1 : tensor<f32>
}

// -----

func.func private @look(i32)
// CHECK-LABEL: func.func @effect
// CHECK: scf.while
func.func @effect(%n: i32, %h0: tensor<f32>) -> tensor<f32> {
  %zero = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %r:2 = scf.while (%i = %zero, %h = %h0) : (i32, tensor<f32>) -> (i32, tensor<f32>) {
    // expected-remark @below {{'func.call' has an effect in front of the condition}}
    func.call @look(%i) : (i32) -> ()
    %more = arith.cmpi slt, %i, %n : i32
    scf.condition(%more) %i, %h : i32, tensor<f32>
  } do {
  ^bb0(%i: i32, %h: tensor<f32>):
    %h1 = math.tanh %h : tensor<f32>
    %i1 = arith.addi %i, %one : i32
    scf.yield %i1, %h1 : i32, tensor<f32>
  }
  return %r#1 : tensor<f32>
}

// -----

// CHECK-LABEL: func.func @unranked
// CHECK: scf.for
func.func @unranked(%h0: tensor<*xf32>) -> tensor<*xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %t = tensor.empty() : tensor<2xf32>
  // expected-remark @below {{it carries a tensor of unknown rank, and a carry of a scan has a rank}}
  %r:2 = scf.for %i = %c0 to %c8 step %c1 iter_args(%h = %h0, %g = %t) -> (tensor<*xf32>, tensor<2xf32>) {
    %h1 = math.tanh %h : tensor<*xf32>
    scf.yield %h1, %g : tensor<*xf32>, tensor<2xf32>
  }
  return %r#0 : tensor<*xf32>
}

// -----

// Nothing is said of loops that have nothing to do with tensors.
// CHECK-LABEL: func.func @others
// CHECK-COUNT-2: scf.for
func.func @others(%m: memref<4xf32>, %n: index) -> f32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %f0 = arith.constant 0.0 : f32
  scf.for %i = %c0 to %n step %c1 {
    memref.store %f0, %m[%i] : memref<4xf32>
  }
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%s = %f0) -> f32 {
    %v = memref.load %m[%i] : memref<4xf32>
    %s1 = arith.addf %s, %v : f32
    scf.yield %s1 : f32
  }
  return %r : f32
}

// -----

// Time that is unrolled. What comes behind the last step does not matter.
// CHECK-LABEL: func.func @unrolled
func.func @unrolled(%x: tensor<4x2x3xf32>, %h0: tensor<2x3xf32>, %w: tensor<3x3xf32>) -> tensor<2x3xf32> {
  // expected-remark @below {{[Analysis] unrolled-time | Category:gradopt-raise-loops | Function=unrolled | Reason="time is unrolled: 4 times the same 2 ops (linalg.matmul, math.tanh) for one row of %arg0 after the other; a loop over time would become a scan"}}
  %x0 = tensor.extract_slice %x[0, 0, 0] [1, 2, 3] [1, 1, 1] : tensor<4x2x3xf32> to tensor<2x3xf32>
  %a0 = linalg.matmul ins(%h0, %w : tensor<2x3xf32>, tensor<3x3xf32>) outs(%x0 : tensor<2x3xf32>) -> tensor<2x3xf32>
  %h1 = math.tanh %a0 : tensor<2x3xf32>
  %x1 = tensor.extract_slice %x[1, 0, 0] [1, 2, 3] [1, 1, 1] : tensor<4x2x3xf32> to tensor<2x3xf32>
  %a1 = linalg.matmul ins(%h1, %w : tensor<2x3xf32>, tensor<3x3xf32>) outs(%x1 : tensor<2x3xf32>) -> tensor<2x3xf32>
  %h2 = math.tanh %a1 : tensor<2x3xf32>
  %x2 = tensor.extract_slice %x[2, 0, 0] [1, 2, 3] [1, 1, 1] : tensor<4x2x3xf32> to tensor<2x3xf32>
  %a2 = linalg.matmul ins(%h2, %w : tensor<2x3xf32>, tensor<3x3xf32>) outs(%x2 : tensor<2x3xf32>) -> tensor<2x3xf32>
  %h3 = math.tanh %a2 : tensor<2x3xf32>
  %x3 = tensor.extract_slice %x[3, 0, 0] [1, 2, 3] [1, 1, 1] : tensor<4x2x3xf32> to tensor<2x3xf32>
  %a3 = linalg.matmul ins(%h3, %w : tensor<2x3xf32>, tensor<3x3xf32>) outs(%x3 : tensor<2x3xf32>) -> tensor<2x3xf32>
  %h4 = math.tanh %a3 : tensor<2x3xf32>
  %loss = arith.mulf %h4, %h4 : tensor<2x3xf32>
  return %loss : tensor<2x3xf32>
}

// -----

// The rows of a weight, of which each is used in another way, are not steps.
// CHECK-LABEL: func.func @gates
func.func @gates(%w: tensor<4x3xf32>, %x: tensor<3xf32>) -> tensor<3xf32> {
  %w0 = tensor.extract_slice %w[0, 0] [1, 3] [1, 1] : tensor<4x3xf32> to tensor<3xf32>
  %w1 = tensor.extract_slice %w[1, 0] [1, 3] [1, 1] : tensor<4x3xf32> to tensor<3xf32>
  %w2 = tensor.extract_slice %w[2, 0] [1, 3] [1, 1] : tensor<4x3xf32> to tensor<3xf32>
  %w3 = tensor.extract_slice %w[3, 0] [1, 3] [1, 1] : tensor<4x3xf32> to tensor<3xf32>
  %a0 = arith.mulf %x, %w0 : tensor<3xf32>
  %a1 = arith.addf %x, %w1 : tensor<3xf32>
  %a2 = arith.subf %x, %w2 : tensor<3xf32>
  %a3 = math.powf %a0, %w3 : tensor<3xf32>
  %b0 = arith.addf %a1, %a2 : tensor<3xf32>
  %b1 = arith.addf %a3, %b0 : tensor<3xf32>
  return %b1 : tensor<3xf32>
}

// -----

// Nor are the rows of one weight that do the same without one another.
// CHECK-LABEL: func.func @same_gates
func.func @same_gates(%w: tensor<3x3xf32>, %x: tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) {
  %w0 = tensor.extract_slice %w[0, 0] [1, 3] [1, 1] : tensor<3x3xf32> to tensor<3xf32>
  %w1 = tensor.extract_slice %w[1, 0] [1, 3] [1, 1] : tensor<3x3xf32> to tensor<3xf32>
  %w2 = tensor.extract_slice %w[2, 0] [1, 3] [1, 1] : tensor<3x3xf32> to tensor<3xf32>
  %a0 = arith.mulf %x, %w0 : tensor<3xf32>
  %a1 = arith.mulf %x, %w1 : tensor<3xf32>
  %a2 = arith.mulf %x, %w2 : tensor<3xf32>
  return %a0, %a1, %a2 : tensor<3xf32>, tensor<3xf32>, tensor<3xf32>
}
