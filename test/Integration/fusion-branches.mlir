// Gradients of a step with a branch, for a batch that is known when the step
// runs: one branch makes its result, the other one passes the carry on. The
// fused step lowers, as the plain one does, and gives the same gradients.

// RUN: gradopt-gradcheck %s --time=0,3 --batch=3 --compare=gradopt-fuse-pointwise \
// RUN:     --compare=gradopt-checkpoint-scan --compare=gradopt-fuse-recurrent-backward | FileCheck %s
// CHECK: 1 functions, 6 comparisons, {{.*}} 0 failed

// The two branches agree on the size of what they give: sums over time of it
// leave the loop.
// RUN: gradopt-opt %s --pass-pipeline="builtin.module(gradopt-differentiate{model=branch},canonicalize,cse,gradopt-fuse-recurrent-backward)" \
// RUN:     --remark-format=emitRemark --remarks-filter=gradopt-sink-weight-gradients -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK
// REMARK-NOT:  Missed
// REMARK:      [Passed] sunk-sum {{.*}} Function=branch_step
// REMARK-NOT:  Missed
// REMARK:      [Passed] sunk-sum {{.*}} Function=branch_step
// REMARK-NOT:  Missed

func.func @branch(
    %x: tensor<?x?x4xf32> {gradopt.input = "x"},
    %w: tensor<4x3xf32> {gradopt.param = #gradopt.param<"w", init = uniform(-0.5, 0.5)>},
    %u: tensor<3x3xf32> {gradopt.param = #gradopt.param<"u", init = uniform(-0.4, 0.4)>})
    -> (tensor<f32> {gradopt.loss}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %zero = arith.constant 0.0 : f32
  %T = tensor.dim %x, %c0 : tensor<?x?x4xf32>
  %B = tensor.dim %x, %c1 : tensor<?x?x4xf32>
  %e = tensor.empty(%B) : tensor<?x3xf32>
  %h0 = linalg.fill ins(%zero : f32) outs(%e : tensor<?x3xf32>) -> tensor<?x3xf32>
  %h_n, %y = gradopt.scan "s" (%s) to %T
      carries(%h = %h0 : tensor<?x3xf32>)
      inputs(%x_t = %x : tensor<?x?x4xf32>) outputs(tensor<?x?x3xf32>) {
    %xw = linalg.matmul ins(%x_t, %w : tensor<?x4xf32>, tensor<4x3xf32>)
                        outs(%h0 : tensor<?x3xf32>) -> tensor<?x3xf32>
    %a = linalg.matmul ins(%h, %u : tensor<?x3xf32>, tensor<3x3xf32>)
                       outs(%xw : tensor<?x3xf32>) -> tensor<?x3xf32>
    %odd = arith.remui %s, %c2 : index
    %even = arith.cmpi eq, %odd, %c0 : index
    %h1 = scf.if %even -> tensor<?x3xf32> {
      %t = math.tanh %a : tensor<?x3xf32>
      scf.yield %t : tensor<?x3xf32>
    } else {
      scf.yield %h : tensor<?x3xf32>
    }
    gradopt.yield %h1, %h1 : tensor<?x3xf32>, tensor<?x3xf32>
  }
  %q = arith.mulf %y, %y : tensor<?x?x3xf32>
  %loss = gradopt.mean_squared_error %q, %y : tensor<?x?x3xf32>, tensor<?x?x3xf32> -> tensor<f32>
  return %loss : tensor<f32>
}
