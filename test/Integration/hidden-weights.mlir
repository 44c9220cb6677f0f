// What the steps of a plain RNN hide from the fusions: a product of the state
// that the one of the input is added to, and a weight that the steps compute.
//
// RUN: gradopt-gradcheck %s --compare=gradopt-batch-time-parallel --compare=gradopt-fuse-recurrent-backward --compare='gradopt-fuse-recurrent-backward{chunk=3}' --time=0,1,7 --batch=3,1 | FileCheck %s
// RUN: gradopt-opt %s --gradopt-differentiate=model=state_first --gradopt-fuse-recurrent-backward --gradopt-verify-origins --gradopt-count-work -o /dev/null | FileCheck %s --check-prefix=STATE
// RUN: gradopt-opt %s --gradopt-differentiate=model=computed_weight --gradopt-fuse-recurrent-backward --gradopt-verify-origins --gradopt-count-work -o /dev/null | FileCheck %s --check-prefix=WEIGHT
// CHECK-NOT: FAILED
// CHECK: 3 functions, 54 comparisons, {{.*}} 0 failed

// One product in each direction, as if the input's had been written first.
// STATE-LABEL: @state_first_step
// STATE:       name direction steps contractions
// STATE:       s forward T 1
// STATE:       s backward T 1

// The backward steps take the weight from where it is made: of the state there is
// an output and a history, of the weight there is none.
// WEIGHT-LABEL: @computed_weight_step
// WEIGHT:       name direction steps contractions pointwise reductions fills slices loops other outputs histories carries
// WEIGHT:       s forward T 2 1 0 0 0 0 0 1 1 1

func.func @state_first(%x: tensor<?x?x6xf32> {gradopt.input = "x"},
    %w: tensor<6x5xf32> {gradopt.param = #gradopt.param<"w", init = uniform(-0.5, 0.5)>},
    %u: tensor<5x5xf32> {gradopt.param = #gradopt.param<"u", init = uniform(-0.4, 0.4)>})
    -> (tensor<f32> {gradopt.loss}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %z = arith.constant 0.0 : f32
  %T = tensor.dim %x, %c0 : tensor<?x?x6xf32>
  %B = tensor.dim %x, %c1 : tensor<?x?x6xf32>
  %e = tensor.empty(%B) : tensor<?x5xf32>
  %h0 = linalg.fill ins(%z : f32) outs(%e : tensor<?x5xf32>) -> tensor<?x5xf32>
  %hn, %y = gradopt.scan "s" (%s) to %T carries(%h = %h0 : tensor<?x5xf32>) inputs(%x_t = %x : tensor<?x?x6xf32>) outputs(tensor<?x?x5xf32>) {
    %hu = linalg.matmul ins(%h, %u : tensor<?x5xf32>, tensor<5x5xf32>) outs(%h0 : tensor<?x5xf32>) -> tensor<?x5xf32>
    %a = linalg.matmul ins(%x_t, %w : tensor<?x6xf32>, tensor<6x5xf32>) outs(%hu : tensor<?x5xf32>) -> tensor<?x5xf32>
    %h1 = math.tanh %a : tensor<?x5xf32>
    gradopt.yield %h1, %h1 : tensor<?x5xf32>, tensor<?x5xf32>
  }
  %q = arith.mulf %y, %y : tensor<?x?x5xf32>
  %loss = gradopt.mean_squared_error %q, %y : tensor<?x?x5xf32>, tensor<?x?x5xf32> -> tensor<f32>
  return %loss : tensor<f32>
}

// The sum starts from the state.
func.func @starts_from_state(%x: tensor<?x?x6xf32> {gradopt.input = "x"},
    %w: tensor<6x5xf32> {gradopt.param = #gradopt.param<"w", init = uniform(-0.5, 0.5)>},
    %u: tensor<5x5xf32> {gradopt.param = #gradopt.param<"u", init = uniform(-0.4, 0.4)>})
    -> (tensor<f32> {gradopt.loss}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %z = arith.constant 0.0 : f32
  %T = tensor.dim %x, %c0 : tensor<?x?x6xf32>
  %B = tensor.dim %x, %c1 : tensor<?x?x6xf32>
  %e = tensor.empty(%B) : tensor<?x5xf32>
  %h0 = linalg.fill ins(%z : f32) outs(%e : tensor<?x5xf32>) -> tensor<?x5xf32>
  %hn, %y = gradopt.scan "s" (%s) to %T carries(%h = %h0 : tensor<?x5xf32>) inputs(%x_t = %x : tensor<?x?x6xf32>) outputs(tensor<?x?x5xf32>) {
    %hu = linalg.matmul ins(%h, %u : tensor<?x5xf32>, tensor<5x5xf32>) outs(%h : tensor<?x5xf32>) -> tensor<?x5xf32>
    %a = linalg.matmul ins(%x_t, %w : tensor<?x6xf32>, tensor<6x5xf32>) outs(%hu : tensor<?x5xf32>) -> tensor<?x5xf32>
    %h1 = math.tanh %a : tensor<?x5xf32>
    gradopt.yield %h1, %h1 : tensor<?x5xf32>, tensor<?x5xf32>
  }
  %q = arith.mulf %y, %y : tensor<?x?x5xf32>
  %loss = gradopt.mean_squared_error %q, %y : tensor<?x?x5xf32>, tensor<?x?x5xf32> -> tensor<f32>
  return %loss : tensor<f32>
}

func.func @computed_weight(%x: tensor<?x?x6xf32> {gradopt.input = "x"},
    %w: tensor<6x5xf32> {gradopt.param = #gradopt.param<"w", init = uniform(-0.5, 0.5)>},
    %u: tensor<5x5xf32> {gradopt.param = #gradopt.param<"u", init = uniform(-0.4, 0.4)>})
    -> (tensor<f32> {gradopt.loss}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %z = arith.constant 0.0 : f32
  %T = tensor.dim %x, %c0 : tensor<?x?x6xf32>
  %B = tensor.dim %x, %c1 : tensor<?x?x6xf32>
  %e = tensor.empty(%B) : tensor<?x5xf32>
  %h0 = linalg.fill ins(%z : f32) outs(%e : tensor<?x5xf32>) -> tensor<?x5xf32>
  %hn, %y = gradopt.scan "s" (%s) to %T carries(%h = %h0 : tensor<?x5xf32>) inputs(%x_t = %x : tensor<?x?x6xf32>) outputs(tensor<?x?x5xf32>) {
    %xw = linalg.matmul ins(%x_t, %w : tensor<?x6xf32>, tensor<6x5xf32>) outs(%h0 : tensor<?x5xf32>) -> tensor<?x5xf32>
    %a = linalg.matmul ins(%h, %u : tensor<?x5xf32>, tensor<5x5xf32>) outs(%xw : tensor<?x5xf32>) -> tensor<?x5xf32>
    %w2 = arith.mulf %u, %u : tensor<5x5xf32>
    %a2 = linalg.matmul ins(%h, %w2 : tensor<?x5xf32>, tensor<5x5xf32>) outs(%a : tensor<?x5xf32>) -> tensor<?x5xf32>
    %h1 = math.tanh %a2 : tensor<?x5xf32>
    gradopt.yield %h1, %h1 : tensor<?x5xf32>, tensor<?x5xf32>
  }
  %q = arith.mulf %y, %y : tensor<?x?x5xf32>
  %loss = gradopt.mean_squared_error %q, %y : tensor<?x?x5xf32>, tensor<?x?x5xf32> -> tensor<f32>
  return %loss : tensor<f32>
}
