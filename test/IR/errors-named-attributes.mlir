// RUN: gradopt-opt %s --allow-unregistered-dialect -split-input-file -verify-diagnostics

// expected-error @below {{argument #0: gradopt.input must be a name in quotes, got 1 : i64}}
func.func private @f(tensor<3xf32> {gradopt.input = 1})

// -----

// expected-error @below {{argument #0: gradopt.input must not be an empty name}}
func.func private @f(tensor<3xf32> {gradopt.input = ""})

// -----

// expected-error @below {{argument #0: gradopt.param must be #gradopt.param<"name", …>, got "w"}}
func.func private @f(tensor<3xf32> {gradopt.param = "w"})

// -----

// expected-error @below {{argument #0: gradopt.random is a mark and has no value, got "key"}}
func.func private @f(tensor<2xi64> {gradopt.random = "key"})

// -----

// expected-error @below {{argument #0: gradopt.input must be a ranked tensor of f32, f64, i1, i32 or i64, got 'tensor<*xf32>'}}
func.func private @f(tensor<*xf32> {gradopt.input = "x"})

// -----

// expected-error @below {{argument #0: gradopt.input must be a ranked tensor of f32, f64, i1, i32 or i64, got 'tensor<3xbf16>'}}
func.func private @f(tensor<3xbf16> {gradopt.input = "x"})

// -----

// expected-error @below {{argument #0: gradopt.input must be a ranked tensor of f32, f64, i1, i32 or i64, got 'f32'}}
func.func private @f(f32 {gradopt.input = "x"})

// -----

// expected-error @below {{argument #0: gradopt.state must be a ranked tensor of f32, f64, i1, i32 or i64, got 'index'}}
func.func private @f(index {gradopt.state = "x"})

// -----

// expected-error @below {{argument #0: gradopt.param must be a ranked tensor of f32 or f64 with static sizes, got 'tensor<?x4xf32>'}}
func.func private @f(tensor<?x4xf32> {gradopt.param = #gradopt.param<"w">})

// -----

// expected-error @below {{argument #0: gradopt.param must be a ranked tensor of f32 or f64 with static sizes, got 'tensor<4xi32>'}}
func.func private @f(tensor<4xi32> {gradopt.param = #gradopt.param<"w">})

// -----

// expected-error @below {{argument #0: gradopt.random must be tensor<2xi64>, got 'tensor<3xi64>'}}
func.func private @f(tensor<3xi64> {gradopt.random})

// -----

// expected-error @below {{argument #0: gradopt.hyper must be a scalar (tensor without dimensions) of f32 or f64, got 'tensor<1xf32>'}}
func.func private @f(tensor<1xf32> {gradopt.hyper = "learning_rate"})

// -----

// expected-error @below {{argument #0: gradopt.step_count must be a scalar (tensor without dimensions) of i64, got 'tensor<i32>'}}
func.func private @f(tensor<i32> {gradopt.step_count})

// -----

// expected-error @below {{argument #0: gradopt.clip_state must be a ranked tensor of f32, f64, i1, i32 or i64 with static sizes, got 'tensor<?xf32>'}}
func.func private @f(tensor<?xf32> {gradopt.clip_state = "norms"})

// -----

// expected-error @below {{result #0: gradopt.metric must be a scalar (tensor without dimensions) of f32, f64, i1, i32 or i64, got 'tensor<3xf32>'}}
func.func private @f() -> (tensor<3xf32> {gradopt.metric = "accuracy"})

// -----

// expected-error @below {{result #1: a loss that is no scalar: it must be tensor<f32> or tensor<f64>, got 'tensor<?xf32>'}}
func.func private @f() -> (i1, tensor<?xf32> {gradopt.loss})

// -----

// expected-error @below {{result #0: a loss that is no scalar: it must be tensor<f32> or tensor<f64>, got 'tensor<i32>'}}
func.func private @f() -> (tensor<i32> {gradopt.loss})

// -----

// expected-error @below {{argument #0: dimension #2 of 'tensor<?x?x?xf32>' must be static: only sizes of time and batch may be dynamic; if it is one of these, say so with gradopt.dims}}
func.func private @f(tensor<?x?x?xf32> {gradopt.input = "x"})

// -----

// expected-error @below {{argument #0: dimension #1 of 'tensor<?x?xf32>' must be static}}
func.func private @f(tensor<?x?xf32> {gradopt.state = "h"})

// -----

// expected-error @below {{result #0: dimension #2 of 'tensor<4x?x?xf32>' must be static}}
func.func private @f() -> (tensor<4x?x?xf32> {gradopt.output = "y"})

// -----

// expected-error @below {{argument #1: gradopt.input "x" is the name of argument #0 already: a name must be unique in its role}}
func.func private @f(tensor<3xf32> {gradopt.input = "x"}, tensor<3xf32> {gradopt.input = "x"})

// -----

// expected-error @below {{argument #2: gradopt.param "w" is the name of argument #0 already: a name must be unique in its role}}
func.func private @f(tensor<3xf32> {gradopt.param = #gradopt.param<"w">}, tensor<3xf32> {gradopt.input = "w"}, tensor<3xf32> {gradopt.param = #gradopt.param<"w", init = orthogonal>})

// -----

// expected-error @below {{argument #1: gradopt.random stands on argument #0 already}}
func.func private @f(tensor<2xi64> {gradopt.random}, tensor<2xi64> {gradopt.random})

// -----

// expected-error @below {{result #1: gradopt.loss stands on result #0 already}}
func.func private @f() -> (tensor<f32> {gradopt.loss}, tensor<f32> {gradopt.loss})

// -----

// expected-error @below {{result #1: gradopt.output "y" is the name of result #0 already: a name must be unique in its role}}
func.func private @f() -> (tensor<3xf32> {gradopt.output = "y"}, tensor<3xf32> {gradopt.output = "y"})

// -----

// expected-error @below {{argument #0: has both gradopt.input and gradopt.state: it can be only one}}
func.func private @f(tensor<3xf32> {gradopt.input = "x", gradopt.state = "x"})

// -----

// expected-error @below {{argument #0: gradopt.loss belongs to a result, not an argument}}
func.func private @f(tensor<f32> {gradopt.loss})

// -----

// expected-error @below {{argument #0: gradopt.grad belongs to a result, not an argument}}
func.func private @f(tensor<f32> {gradopt.grad = "w"})

// -----

// expected-error @below {{result #0: gradopt.input belongs to an argument, not a result}}
func.func private @f() -> (tensor<3xf32> {gradopt.input = "x"})

// -----

// expected-error @below {{result #0: gradopt.hyper belongs to an argument, not a result}}
func.func private @f() -> (tensor<f32> {gradopt.hyper = "x"})

// -----

// expected-error @below {{argument #0: gradopt.foo is not an attribute of arguments or results}}
func.func private @f(tensor<f32> {gradopt.foo})

// -----

// expected-error @below {{argument #0: gradopt.differentiated is not an attribute of arguments or results}}
func.func private @f(tensor<f32> {gradopt.differentiated})

// -----

// expected-error @below {{result #0: gradopt.state "h" is the next value of an argument, but no argument has this attribute}}
func.func private @f(tensor<?x3xf32> {gradopt.state = "c"}) -> (tensor<?x3xf32> {gradopt.state = "h"})

// -----

// expected-error @below {{result #0: gradopt.step_count is the next value of an argument, but no argument has this attribute}}
func.func private @f() -> (tensor<i64> {gradopt.step_count})

// -----

// expected-error @below {{result #0: is the next value of argument #1 and must have its type 'tensor<?x3xf32>', got 'tensor<5x3xf32>'}}
func.func private @f(tensor<f32> {gradopt.input = "h"}, tensor<?x3xf32> {gradopt.state = "h"}) -> (tensor<5x3xf32> {gradopt.state = "h"})

// -----

// expected-error @below {{result #0: is the next value of argument #0 and must have its type 'tensor<3xf32>', got 'tensor<3xf64>'}}
func.func private @f(tensor<3xf32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<3xf64> {gradopt.param = #gradopt.param<"w">})

// -----

// expected-error @below {{result #0: gradopt.grad names no parameter: there is no argument gradopt.param "v"}}
func.func private @f(tensor<3xf32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<3xf32> {gradopt.grad = "v"})

// -----

// expected-error @below {{result #0: the gradient of "w" must have the parameter's type 'tensor<3xf32>', got 'tensor<4xf32>'}}
func.func private @f(tensor<3xf32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<4xf32> {gradopt.grad = "w"})

// -----

// expected-error @below {{argument #1: gradopt.optimizer_state must read "parameter/slot", such as "lstm.weight_hh/m", got "w"}}
func.func private @f(tensor<3xf32> {gradopt.param = #gradopt.param<"w">}, tensor<3xf32> {gradopt.optimizer_state = "w"})

// -----

// expected-error @below {{argument #1: gradopt.optimizer_state must read "parameter/slot", such as "lstm.weight_hh/m", got "w/"}}
func.func private @f(tensor<3xf32> {gradopt.param = #gradopt.param<"w">}, tensor<3xf32> {gradopt.optimizer_state = "w/"})

// -----

// expected-error @below {{argument #1: gradopt.optimizer_state names no parameter: there is no argument gradopt.param "v"}}
func.func private @f(tensor<3xf32> {gradopt.param = #gradopt.param<"w">}, tensor<3xf32> {gradopt.optimizer_state = "v/m"})

// -----

// expected-error @below {{argument #1 has no name: each argument of a model needs one of gradopt.input, gradopt.param, gradopt.state, gradopt.random and gradopt.hyper}}
func.func private @f(tensor<3xf32> {gradopt.input = "x"}, tensor<3xf32>) -> (tensor<f32> {gradopt.loss})

// -----

// expected-error @below {{argument #0 has no name}}
func.func private @f(tensor<3xf32> {test.note}) -> (tensor<f32> {gradopt.loss})

// -----

// expected-error @below {{argument #0: gradopt.init belongs to an argument with gradopt.hyper}}
func.func private @f(tensor<f32> {gradopt.init = 1.0})

// -----

// expected-error @below {{result #0: gradopt.init belongs to an argument with gradopt.hyper}}
func.func private @f() -> (tensor<f32> {gradopt.init = 1.0})

// -----

// expected-error @below {{argument #0: gradopt.init must be a floating-point number, got 1 : i64}}
func.func private @f(tensor<f32> {gradopt.hyper = "x", gradopt.init = 1})

// -----

// expected-error @below {{argument #0: gradopt.init must be a floating-point number, got 0x7FF8000000000000 : f64}}
func.func private @f(tensor<f32> {gradopt.hyper = "x", gradopt.init = 0x7FF8000000000000 : f64})

// -----

// expected-error @below {{argument #0: gradopt.dims belongs to a gradopt.input, gradopt.output or gradopt.state}}
func.func private @f(tensor<3xf32> {gradopt.param = #gradopt.param<"w">, gradopt.dims = ""})

// -----

// expected-error @below {{argument #0: gradopt.dims belongs to a gradopt.input, gradopt.output or gradopt.state}}
func.func private @f(tensor<?xf32> {gradopt.dims = "T"})

// -----

// expected-error @below {{argument #0: gradopt.dims must be a string of the letters T and B, got "TX"}}
func.func private @f(tensor<?x?xf32> {gradopt.input = "x", gradopt.dims = "TX"})

// -----

// expected-error @below {{argument #0: gradopt.dims must be a string of the letters T and B, got 1 : i64}}
func.func private @f(tensor<?x?xf32> {gradopt.input = "x", gradopt.dims = 1})

// -----

// expected-error @below {{argument #0: gradopt.dims must be a string of the letters B (a state has no time), got "T"}}
func.func private @f(tensor<?xf32> {gradopt.state = "x", gradopt.dims = "T"})

// -----

// expected-error @below {{argument #0: gradopt.dims has 1 letters, but the number of dynamic dimensions of 'tensor<?x?xf32>' is 2}}
func.func private @f(tensor<?x?xf32> {gradopt.input = "x", gradopt.dims = "T"})

// -----

// expected-error @below {{gradopt.differentiated belongs to a function}}
module attributes {gradopt.differentiated} {}

// -----

// expected-error @below {{gradopt.differentiated is a mark and has no value, got true}}
func.func private @f() attributes {gradopt.differentiated = true}

// -----

// expected-error @below {{gradopt.on_nonfinite belongs to a function}}
module attributes {gradopt.on_nonfinite = #gradopt.policy<skip>} {}

// -----

// expected-error @below {{gradopt.on_nonfinite must be #gradopt.policy<…> of report, skip, back_off, roll_back or stop, got "skip"}}
func.func private @f() attributes {gradopt.on_nonfinite = "skip"}

// -----

// expected-error @below {{gradopt.on_overflow must be #gradopt.policy<…> of report, skip, back_off, roll_back or stop, got 1 : i64}}
func.func private @f() attributes {gradopt.on_overflow = 1}

// -----

// expected-error @below {{gradopt.on_divergence must be #gradopt.policy<…> of report, skip, back_off, roll_back or stop, got unit}}
func.func private @f() attributes {gradopt.on_divergence}

// -----

// expected-error @below {{gradopt.policy_options must be #gradopt.policy_options<…>, got #gradopt.policy<skip>}}
func.func private @f() attributes {gradopt.policy_options = #gradopt.policy<skip>}

// -----

// expected-error @below {{gradopt.policy_options belongs to a function}}
module attributes {gradopt.policy_options = #gradopt.policy_options<skips = 1>} {}

// -----

// expected-error @below {{gradopt.param belongs to an argument or a result of a function}}
func.func private @f() attributes {gradopt.param = #gradopt.param<"w">}

// -----

// expected-error @below {{gradopt.init belongs to an argument or a result of a function}}
func.func private @f() attributes {gradopt.init = 1.0}

// -----

// expected-error @below {{gradopt.dims belongs to an argument or a result of a function}}
func.func private @f() attributes {gradopt.dims = "T"}

// -----

// expected-error @below {{unknown attribute gradopt.foo of the gradopt dialect}}
func.func private @f() attributes {gradopt.foo}

// -----

// expected-error @below {{argument #0: the initializer forget_bias of parameter "b" needs one dimension, which 4, the number of gates, divides, got 'tensor<6xf32>'}}
func.func @forget(%b: tensor<6xf32> {gradopt.param = #gradopt.param<"b", init = forget_bias>}) { return }

// -----

// expected-error @below {{the initializer forget_bias of parameter "b" needs one dimension, which 4, the number of gates, divides, got 'tensor<f32>'}}
func.func @forget_scalar(%b: tensor<f32> {gradopt.param = #gradopt.param<"b", init = forget_bias(2.0)>}) { return }

// -----

// expected-error @below {{the initializer forget_bias of parameter "w" needs one dimension, which 4, the number of gates, divides, got 'tensor<3x8xf32>'}}
func.func @forget_weight(%w: tensor<3x8xf32> {gradopt.param = #gradopt.param<"w", init = forget_bias>}) { return }

// -----

// expected-error @below {{the initializer he of parameter "w" needs at least one dimension, got 'tensor<f32>'}}
func.func @he(%w: tensor<f32> {gradopt.param = #gradopt.param<"w", init = he>}) { return }

// -----

// expected-error @below {{the initializer xavier of parameter "w" needs at least one dimension, got 'tensor<f32>'}}
func.func @xavier(%w: tensor<f32> {gradopt.param = #gradopt.param<"w", init = xavier>}) { return }

// -----

// expected-error @below {{the initializer orthogonal of parameter "w" needs at least two dimensions, got 'tensor<4xf32>'}}
func.func @orthogonal(%w: tensor<4xf32> {gradopt.param = #gradopt.param<"w", init = orthogonal>}) { return }

// -----

// expected-error @below {{the initializer identity of parameter "w" needs two dimensions, got 'tensor<2x2x2xf32>'}}
func.func @identity(%w: tensor<2x2x2xf32> {gradopt.param = #gradopt.param<"w", init = identity>}) { return }
