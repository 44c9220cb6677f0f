// RUN: gradopt-gradcheck %s --time=0,1,5 --batch=1,3

// Tables and losses. Tokens are drawn from few values, so that rows repeat.

func.func @embedding(
    %tokens: tensor<?x?xi32> {gradopt.input = "tokens"},
    %t: tensor<?x?x2xf32> {gradopt.input = "t"},
    %table: tensor<3x2xf32> {gradopt.param = #gradopt.param<"table", init = normal(0.0, 1.0)>})
    -> (tensor<f32> {gradopt.loss}) {
  %x = gradopt.embedding %table, %tokens : tensor<3x2xf32>, tensor<?x?xi32> -> tensor<?x?x2xf32>
  %loss = gradopt.mean_squared_error %x, %t : tensor<?x?x2xf32>, tensor<?x?x2xf32> -> tensor<f32>
  return %loss : tensor<f32>
}

// One table for two sequences; the result is used twice.
func.func @embedding_twice(
    %tokens: tensor<?x?xi64> {gradopt.input = "tokens"},
    %others: tensor<?x?xi32> {gradopt.input = "others"},
    %table: tensor<4x2xf32> {gradopt.param = #gradopt.param<"table", init = normal(0.0, 1.0)>})
    -> (tensor<f32> {gradopt.loss}) {
  %x = gradopt.embedding %table, %tokens : tensor<4x2xf32>, tensor<?x?xi64> -> tensor<?x?x2xf32>
  %y = gradopt.embedding %table, %others : tensor<4x2xf32>, tensor<?x?xi32> -> tensor<?x?x2xf32>
  %z = arith.mulf %x, %y : tensor<?x?x2xf32>
  // Both sides of the error depend on the parameter.
  %loss = gradopt.mean_squared_error %z, %x : tensor<?x?x2xf32>, tensor<?x?x2xf32> -> tensor<f32>
  return %loss : tensor<f32>
}

func.func @cross_entropy(
    %tokens: tensor<?x?xi32> {gradopt.input = "tokens"},
    %targets: tensor<?x?xi32> {gradopt.input = "targets"},
    %table: tensor<4x5xf32> {gradopt.param = #gradopt.param<"table", init = normal(0.0, 2.0)>})
    -> (tensor<f32> {gradopt.loss}) {
  %logits = gradopt.embedding %table, %tokens : tensor<4x5xf32>, tensor<?x?xi32> -> tensor<?x?x5xf32>
  %loss = gradopt.cross_entropy %logits, %targets : tensor<?x?x5xf32>, tensor<?x?xi32> -> tensor<f32>
  return %loss : tensor<f32>
}

// One position, one class, and both losses in one scalar.
func.func @small(
    %target: tensor<1xi64> {gradopt.input = "target"},
    %none: tensor<2xi32> {gradopt.input = "none"},
    %a: tensor<1x3xf32> {gradopt.param = #gradopt.param<"a", init = uniform(-2.0, 2.0)>},
    %b: tensor<2x1xf32> {gradopt.param = #gradopt.param<"b", init = uniform(-2.0, 2.0)>},
    %c: tensor<f32> {gradopt.param = #gradopt.param<"c", init = constant(0.3)>})
    -> (tensor<f32> {gradopt.loss}) {
  %l0 = gradopt.cross_entropy %a, %target : tensor<1x3xf32>, tensor<1xi64> -> tensor<f32>
  // Of one class the loss is zero whatever the logits.
  %l1 = gradopt.cross_entropy %b, %none : tensor<2x1xf32>, tensor<2xi32> -> tensor<f32>
  %l2 = gradopt.mean_squared_error %l0, %c : tensor<f32>, tensor<f32> -> tensor<f32>
  %l3 = gradopt.mean_squared_error %c, %c : tensor<f32>, tensor<f32> -> tensor<f32>
  %s0 = arith.addf %l0, %l1 : tensor<f32>
  %s1 = arith.addf %s0, %l2 : tensor<f32>
  %s2 = arith.mulf %s1, %c : tensor<f32>
  %loss = arith.addf %s2, %l3 : tensor<f32>
  return %loss : tensor<f32>
}

// A parameter that does not reach the loss has gradient zero, and a marker of a
// gradient is transparent.
func.func @unreached(
    %t: tensor<2xf32> {gradopt.input = "t"},
    %a: tensor<2xf32> {gradopt.param = #gradopt.param<"a", init = uniform(-1.0, 1.0)>},
    %unused: tensor<2x3xf32> {gradopt.param = #gradopt.param<"unused", init = uniform(-1.0, 1.0)>},
    %aside: tensor<2xf32> {gradopt.param = #gradopt.param<"aside", init = uniform(-1.0, 1.0)>})
    -> (tensor<f32> {gradopt.loss}, tensor<2xf32> {gradopt.output = "aside_squared"}) {
  %m = gradopt.gradient %a of "a" : tensor<2xf32>
  %square = arith.mulf %aside, %aside : tensor<2xf32>
  %loss = gradopt.mean_squared_error %m, %t : tensor<2xf32>, tensor<2xf32> -> tensor<f32>
  return %loss, %square : tensor<f32>, tensor<2xf32>
}
