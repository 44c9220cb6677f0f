// What is inserted into zeros that are constant in a loop is not there any more in
// the next iteration.
//
// RUN: gradopt-gradcheck %s --compare=gradopt-fuse-pointwise --compare=gradopt-fuse-recurrent-backward --time=0,1,2,5 --batch=1,3 | FileCheck %s
// CHECK: 1 functions, 16 comparisons, {{.*}} 0 failed

#id2 = affine_map<(b, h) -> (b, h)>
#row = affine_map<(b, h) -> (b)>
#col = affine_map<(b, h) -> (h)>
func.func @n1(
    %x: tensor<?x?x4xf32> {gradopt.input = "x"},
    %h0: tensor<4xf32> {gradopt.param = #gradopt.param<"h0", init = uniform(-0.6, 0.6)>})
    -> (tensor<f32> {gradopt.loss}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %T = tensor.dim %x, %c0 : tensor<?x?x4xf32>
  %B = tensor.dim %x, %c1 : tensor<?x?x4xf32>
  %eb = tensor.empty(%B) : tensor<?x4xf32>
  %zb = linalg.fill ins(%zero : f32) outs(%eb : tensor<?x4xf32>) -> tensor<?x4xf32>
  %h0b = linalg.broadcast ins(%h0 : tensor<4xf32>) outs(%eb : tensor<?x4xf32>) dimensions = [0]

  %hn = gradopt.scan "outer" (%s) to %T carries(%h = %h0b : tensor<?x4xf32>) {
    %k, %ys = gradopt.scan "inner" (%s2) to %T carries(%c = %h0b : tensor<?x4xf32>) outputs(tensor<?x?x4xf32>) {
      gradopt.yield %c, %h0b : tensor<?x4xf32>, tensor<?x4xf32>
    }
    %row = tensor.extract_slice %ys[%s, 0, 0] [1, %B, 4] [1, 1, 1] : tensor<?x?x4xf32> to tensor<?x4xf32>
    %h1 = math.tanh %row : tensor<?x4xf32>
    gradopt.yield %h1 : tensor<?x4xf32>
  }

  %lq0 = arith.mulf %hn, %hn : tensor<?x4xf32>
  %lm0 = gradopt.mean_squared_error %lq0, %hn : tensor<?x4xf32>, tensor<?x4xf32> -> tensor<f32>
  return %lm0 : tensor<f32>
}
