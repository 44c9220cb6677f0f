// RUN: gradopt-opt %s --gradopt-count-work -o /dev/null \
// RUN: | FileCheck %s --strict-whitespace --match-full-lines

// The example of the pass's description, as it is printed: steps of
// h' = tanh(x_t + h w). A step reads and writes rows of 8 f32 and reads 8 x 8
// weights.

//      CHECK:@rnn
//CHECK-NEXT:    flops of contractions              128*T*B
//CHECK-NEXT:    other flops                              0
//CHECK-NEXT:    functions (exp, tanh, ...)           8*T*B
//CHECK-NEXT:    bytes read                  96*T*B + 256*T
//CHECK-NEXT:    bytes written                       64*T*B
//CHECK-NEXT:    ops executed                           2*T
//CHECK-NEXT:  loops
//CHECK-NEXT:    name    direction  steps  contractions  pointwise  reductions  fills  slices  loops  other  outputs  histories  carries
//CHECK-NEXT:    (body)  -              1             0          0           0      0       0      1      0        0          0        0
//CHECK-NEXT:    rnn     forward        T             1          1           0      0       0      0      0        1          0        1
//CHECK-NEXT:  contractions
//CHECK-NEXT:    loop  direction  space        times    flops  bytes written
//CHECK-NEXT:    rnn   forward    B x 8 x (8)      T  128*T*B         32*T*B
func.func @rnn(%x: tensor<?x?x8xf32> {gradopt.input = "x"},
               %h0: tensor<?x8xf32> {gradopt.state = "h"}, %w: tensor<8x8xf32>)
    -> tensor<?x?x8xf32> {
  %c0 = arith.constant 0 : index
  %T = tensor.dim %x, %c0 : tensor<?x?x8xf32>
  %r:2 = gradopt.scan "rnn" (%s) to %T
      carries(%h = %h0 : tensor<?x8xf32>)
      inputs(%x_t = %x : tensor<?x?x8xf32>) outputs(tensor<?x?x8xf32>) {
    %z = linalg.matmul ins(%h, %w : tensor<?x8xf32>, tensor<8x8xf32>)
        outs(%x_t : tensor<?x8xf32>) -> tensor<?x8xf32>
    %h1 = math.tanh %z : tensor<?x8xf32>
    gradopt.yield %h1, %h1 : tensor<?x8xf32>, tensor<?x8xf32>
  }
  return %r#1 : tensor<?x?x8xf32>
}
