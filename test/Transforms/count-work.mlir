// RUN: gradopt-opt %s --gradopt-count-work -o /dev/null | FileCheck %s

// Each kind of op in its column. An empty tensor, a cast and the marker of a
// gradient are nothing.
// f64: 6 elements, 48 bytes. The fill reads nothing, the sum of the rows its
// init too, the slice in the middle moves one row, element by element.
// CHECK:      {{^@kinds$}}
// CHECK-NEXT: contractions 36{{$}}
// CHECK-NEXT: other flops 12{{$}}
// CHECK-NEXT: functions (exp, tanh, ...) 6{{$}}
// addf 96, fill 0, broadcast 24, sum 48 + 24, exp 48, insert 24, matmul 48 + 72 + 48, embedding 72 + 8
// CHECK-NEXT: bytes read 512{{$}}
// addf 48, fill 24, broadcast 48, sum 24, exp 48, insert 24, matmul 48, embedding 48
// CHECK-NEXT: bytes written 312{{$}}
// CHECK-NEXT: ops executed 7{{$}}
// CHECK:      name   direction steps contractions pointwise reductions fills slices loops other outputs histories carries
// CHECK-NEXT: (body) -         1     1            3         1          1     2      0     1     0       0         0{{$}}
// CHECK:      loop   direction space       times flops bytes written
// CHECK-NEXT: (body) -         2 x 3 x (3) 1     36    48{{$}}
// CHECK-NOT:  {{.}}
// CHECK:      @scalars
func.func @kinds(%x: tensor<2x3xf64>, %w: tensor<3x3xf64>, %rows: tensor<2xi32>) -> (tensor<2x3xf64>, tensor<3xf64>, tensor<2x3xf64>) {
  %zero = arith.constant 0.0 : f64
  %e = tensor.empty() : tensor<3xf64>
  %z = linalg.fill ins(%zero : f64) outs(%e : tensor<3xf64>) -> tensor<3xf64>
  %x1 = arith.addf %x, %x : tensor<2x3xf64>
  %g = gradopt.gradient %x1 of "x" : tensor<2x3xf64>
  %c = tensor.cast %g : tensor<2x3xf64> to tensor<?x3xf64>
  %d = tensor.cast %c : tensor<?x3xf64> to tensor<2x3xf64>
  %sum = linalg.reduce { arith.addf } ins(%d : tensor<2x3xf64>) outs(%z : tensor<3xf64>) dimensions = [0]
  %exp = math.exp %d : tensor<2x3xf64>
  %row = tensor.extract_slice %exp[0, 0] [1, 3] [1, 1] : tensor<2x3xf64> to tensor<3xf64>
  %ins = tensor.insert_slice %row into %d[1, 0] [1, 3] [1, 1] : tensor<3xf64> into tensor<2x3xf64>
  %e2 = tensor.empty() : tensor<2x3xf64>
  %b = linalg.broadcast ins(%z : tensor<3xf64>) outs(%e2 : tensor<2x3xf64>) dimensions = [0]
  %m = linalg.matmul ins(%ins, %w : tensor<2x3xf64>, tensor<3x3xf64>) outs(%b : tensor<2x3xf64>) -> tensor<2x3xf64>
  %l = gradopt.embedding %w, %rows : tensor<3x3xf64>, tensor<2xi32> -> tensor<2x3xf64>
  return %m, %sum, %l : tensor<2x3xf64>, tensor<3xf64>, tensor<2x3xf64>
}

// Scalars count where they are floats: a division, a fused multiply-add, a
// square root; conversions do not.
// CHECK-NEXT: contractions 0{{$}}
// CHECK-NEXT: other flops 3{{$}}
// CHECK-NEXT: functions (exp, tanh, ...) 1{{$}}
// CHECK-NEXT: bytes read 0{{$}}
// CHECK-NEXT: bytes written 0{{$}}
// CHECK-NEXT: ops executed 0{{$}}
func.func @scalars(%n: i64, %a: f32) -> f32 {
  %c = arith.addi %n, %n : i64
  %b = arith.sitofp %c : i64 to f32
  %q = arith.divf %a, %b : f32
  %r = math.sqrt %q : f32
  %f = math.fma %r, %a, %a : f32
  return %f : f32
}

// Of two branches the one with the most work: two functions for each element.
// CHECK:      {{^@branches$}}
// CHECK:      functions (exp, tanh, ...) 6*T{{$}}
// CHECK:      ops executed 2*T{{$}}
// CHECK:      (body) - 1 0 0 0 0 0 1 0 0 0 0
// CHECK-NEXT: (scan) forward T 0 2 0 0 0 0 0 0 0 1
func.func @branches(%x: tensor<?x3xf32> {gradopt.input = "x"}, %h0: tensor<3xf32>, %n: i1) -> tensor<3xf32> {
  %c0 = arith.constant 0 : index
  %T = tensor.dim %x, %c0 : tensor<?x3xf32>
  %r = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<3xf32>) inputs(%x_t = %x : tensor<?x3xf32>) {
    %k = scf.if %n -> tensor<3xf32> {
      %1 = math.tanh %h : tensor<3xf32>
      %2 = math.tanh %1 : tensor<3xf32>
      scf.yield %2 : tensor<3xf32>
    } else {
      %1 = math.tanh %h : tensor<3xf32>
      scf.yield %1 : tensor<3xf32>
    }
    gradopt.yield %k : tensor<3xf32>
  }
  return %r : tensor<3xf32>
}

// Loops in loops, of all kinds: 4 rounds, T - 1 rounds, and as many as a number
// says that is known when the step runs.
// CHECK:      {{^@loops$}}
// CHECK-NEXT: n0 = argument 2
// CHECK-NEXT: n1 = steps of scf.while
// CHECK:      functions (exp, tanh, ...) 12*T*n0 + 3*T + 3*n1 - 3{{$}}
// CHECK:      ops executed 4*T*n0 + T + n1 - 1{{$}}
// CHECK:      (body)                - 1 0 0 0 0 0 3 0 0 0 0
// CHECK-NEXT: outer                 forward T 0 0 0 0 0 1 0 0 0 1
// CHECK-NEXT: outer/scf.for         forward 4 0 0 0 0 0 1 0 0 0 1
// CHECK-NEXT: outer/scf.for/scf.for forward n0 0 1 0 0 0 0 0 0 0 1
// CHECK-NEXT: scf.for               forward T - 1 0 1 0 0 0 0 0 0 0 1
// CHECK-NEXT: scf.while             forward n1 0 1 0 0 0 0 0 0 0 1
func.func @loops(%x: tensor<?x3xf32> {gradopt.input = "x"}, %h0: tensor<3xf32>, %n: index) -> tensor<3xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c13 = arith.constant 13 : index
  %T = tensor.dim %x, %c0 : tensor<?x3xf32>
  %r = gradopt.scan "outer" (%s) to %T carries(%h = %h0 : tensor<3xf32>) inputs(%x_t = %x : tensor<?x3xf32>) {
    %k = scf.for %i = %c1 to %c13 step %c3 iter_args(%a = %h) -> tensor<3xf32> {
      %l = scf.for %j = %c0 to %n step %c1 iter_args(%b = %a) -> tensor<3xf32> {
        %1 = math.tanh %b : tensor<3xf32>
        scf.yield %1 : tensor<3xf32>
      }
      scf.yield %l : tensor<3xf32>
    }
    gradopt.yield %k : tensor<3xf32>
  }
  %last = arith.subi %T, %c1 : index
  %f = scf.for %i = %c0 to %last step %c1 iter_args(%a = %r) -> tensor<3xf32> {
    %1 = math.tanh %a : tensor<3xf32>
    scf.yield %1 : tensor<3xf32>
  }
  %w = scf.while (%a = %f) : (tensor<3xf32>) -> tensor<3xf32> {
    %v = tensor.extract %a[%c0] : tensor<3xf32>
    %zero = arith.constant 0.0 : f32
    %go = arith.cmpf ogt, %v, %zero : f32
    scf.condition(%go) %a : tensor<3xf32>
  } do {
  ^bb0(%a: tensor<3xf32>):
    %1 = math.tanh %a : tensor<3xf32>
    scf.yield %1 : tensor<3xf32>
  }
  return %w : tensor<3xf32>
}

// No step: nothing is done.
// CHECK:      {{^@no_steps$}}
// CHECK-NEXT: contractions 0{{$}}
// CHECK-NEXT: other flops 0{{$}}
// CHECK:      ops executed 0{{$}}
// CHECK:      (scan) forward 0 0 1 0 0 0 0 0 1 0 1
func.func @no_steps(%x: tensor<0x3xf32>, %h0: tensor<3xf32>) -> tensor<0x3xf32> {
  %T = arith.constant 0 : index
  %r:2 = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<3xf32>) inputs(%x_t = %x : tensor<0x3xf32>) outputs(tensor<0x3xf32>) {
    %0 = arith.addf %h, %x_t : tensor<3xf32>
    gradopt.yield %0, %0 : tensor<3xf32>, tensor<3xf32>
  }
  return %r#1 : tensor<0x3xf32>
}

// What an op of the step writes is written into the output at once. A slice, a
// carry, and what another output holds too are copied: 12 bytes for each.
// CHECK:      {{^@copies$}}
// CHECK:      bytes read 48*T{{$}}
// CHECK-NEXT: bytes written 48*T{{$}}
// CHECK-NEXT: ops executed T{{$}}
func.func @copies(%x: tensor<?x3xf32> {gradopt.input = "x"}, %h0: tensor<3xf32>)
    -> (tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>) {
  %c0 = arith.constant 0 : index
  %T = tensor.dim %x, %c0 : tensor<?x3xf32>
  %r:5 = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<3xf32>) inputs(%x_t = %x : tensor<?x3xf32>)
      outputs(tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>) {
    %0 = math.tanh %h : tensor<3xf32>
    gradopt.yield %0, %0, %x_t, %h, %0 : tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>
  }
  return %r#1, %r#2, %r#3, %r#4 : tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>
}

// Sizes that follow from no role have names; chunks of time, what is left behind
// them, and rows of all times at once are terms of T and B.
// CHECK:      {{^@sizes$}}
// CHECK-NEXT: n0 = size 0 of argument 1
// CHECK-NEXT: flops
// CHECK:      functions (exp, tanh, ...) 3*T*B + 2*T - 31*floor(T/16) + n0{{$}}
func.func @sizes(%x: tensor<?x?x3xf32> {gradopt.input = "x"}, %u: tensor<?xf32>)
    -> (tensor<?x3xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?x2xf32>) {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %T = tensor.dim %x, %c0 : tensor<?x?x3xf32>
  %flat = tensor.collapse_shape %x [[0, 1], [2]] : tensor<?x?x3xf32> into tensor<?x3xf32>
  %0 = math.exp %flat : tensor<?x3xf32>
  %chunks = arith.divui %T, %c16 : index
  %e = tensor.empty(%chunks) : tensor<?xf32>
  %1 = math.exp %e : tensor<?xf32>
  %rest = arith.remui %T, %c16 : index
  %e2 = tensor.empty(%rest) : tensor<?x2xf32>
  %3 = math.exp %e2 : tensor<?x2xf32>
  %2 = math.exp %u : tensor<?xf32>
  return %0, %1, %2, %3 : tensor<?x3xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?x2xf32>
}
