// What the toy ops compute, run through gradopt-opt and mlir-runner; run-main.mlir
// is put behind it after @loss was differentiated.

func.func @loss(%w: tensor<4xf64> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f64> {gradopt.loss}) {
  %zero = arith.constant dense<0.0> : tensor<4xf64>
  %y = toy.gelu %w : tensor<4xf64>
  %loss = gradopt.mean_squared_error %y, %zero : tensor<4xf64>, tensor<4xf64> -> tensor<f64>
  return %loss : tensor<f64>
}

func.func @lion(%p: tensor<2xf64>, %g: tensor<2xf64>, %m: tensor<2xf64>) -> (tensor<2xf64>, tensor<2xf64>) {
  %rate = arith.constant dense<0.125> : tensor<f64>
  %p1, %m1 = toy.lion %p, %g, %m rate %rate
      {beta1 = 0.9 : f64, beta2 = 0.99 : f64, weight_decay = 0.5 : f64} : tensor<2xf64>, tensor<f64>
  return %p1, %m1 : tensor<2xf64>, tensor<2xf64>
}
