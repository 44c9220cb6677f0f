// RUN: gradopt-opt %s | gradopt-opt | FileCheck %s
// RUN: gradopt-opt %s --emit-bytecode | gradopt-opt | FileCheck %s

// A model with every kind of argument and result that a model has.
// CHECK-LABEL: func.func private @model
// CHECK-SAME:  tensor<?x?xi32> {gradopt.input = "tokens"}
// CHECK-SAME:  tensor<7x?x3xf32> {gradopt.input = "x"}
// CHECK-SAME:  tensor<?x3x?xi1> {gradopt.dims = "BT", gradopt.input = "mask"}
// CHECK-SAME:  tensor<?x8xf32> {gradopt.state = "h"}
// CHECK-SAME:  tensor<2x?xf64> {gradopt.dims = "B", gradopt.state = "layers"}
// CHECK-SAME:  tensor<2xi64> {gradopt.random}
// CHECK-SAME:  tensor<3x8xf32> {gradopt.param = #gradopt.param<"h">}
// CHECK-SAME:  tensor<f64> {gradopt.hyper = "dropout", gradopt.init = 1.000000e-01 : f64}
// CHECK-SAME:  -> (tensor<f32> {gradopt.loss}, tensor<?x8xf32> {gradopt.state = "h"}
// CHECK-SAME:  tensor<f64> {gradopt.metric = "accuracy"}, tensor<i64> {gradopt.metric = "correct"}
// CHECK-SAME:  tensor<?x?x3xf32> {gradopt.output = "logits"}
// CHECK-SAME:  tensor<?x8xf32> {gradopt.dims = "B", gradopt.output = "last"})
func.func private @model(
    tensor<?x?xi32> {gradopt.input = "tokens"}, tensor<7x?x3xf32> {gradopt.input = "x"},
    tensor<?x3x?xi1> {gradopt.input = "mask", gradopt.dims = "BT"},
    tensor<?x8xf32> {gradopt.state = "h"}, tensor<2x?xf64> {gradopt.state = "layers", gradopt.dims = "B"},
    tensor<2xi64> {gradopt.random},
    // A name is unique in its role only.
    tensor<3x8xf32> {gradopt.param = #gradopt.param<"h">},
    tensor<f64> {gradopt.hyper = "dropout", gradopt.init = 0.1})
    -> (tensor<f32> {gradopt.loss}, tensor<?x8xf32> {gradopt.state = "h"},
        tensor<f64> {gradopt.metric = "accuracy"}, tensor<i64> {gradopt.metric = "correct"},
        tensor<?x?x3xf32> {gradopt.output = "logits"},
        tensor<?x8xf32> {gradopt.output = "last", gradopt.dims = "B"})

// CHECK-LABEL: func.func private @step
// CHECK-SAME:  gradopt.optimizer_state = "a/b/m"
// CHECK-SAME:  gradopt.grad = "a/b"
// CHECK-SAME:  attributes {gradopt.differentiated, gradopt.on_divergence = #gradopt.policy<back_off>, gradopt.on_nonfinite = #gradopt.policy<skip>, gradopt.on_overflow = #gradopt.policy<roll_back>, gradopt.policy_options = #gradopt.policy_options<skips = 4, overflow_fraction = 2.500000e-01, carried_state = zero>}
func.func private @step(
    tensor<3x8xf32> {gradopt.param = #gradopt.param<"a/b">}, tensor<3x8xf32> {gradopt.optimizer_state = "a/b/m"},
    tensor<i64> {gradopt.step_count}, tensor<4xf64> {gradopt.clip_state = "norms"},
    tensor<f32> {gradopt.hyper = "learning_rate", gradopt.init = 0.1 : f32})
    -> (tensor<f64> {gradopt.loss}, tensor<3x8xf32> {gradopt.grad = "a/b"},
        tensor<3x8xf32> {gradopt.param = #gradopt.param<"a/b">}, tensor<3x8xf32> {gradopt.optimizer_state = "a/b/m"},
        tensor<i64> {gradopt.step_count}, tensor<4xf64> {gradopt.clip_state = "norms"})
    attributes {gradopt.differentiated, gradopt.on_nonfinite = #gradopt.policy<skip>,
                gradopt.on_overflow = #gradopt.policy<roll_back>, gradopt.on_divergence = #gradopt.policy<back_off>,
                gradopt.policy_options = #gradopt.policy_options<carried_state = zero, skips = 4, overflow_fraction = 0.25>}

// A bufferized step keeps its names.
// CHECK-LABEL: func.func private @buffers
func.func private @buffers(memref<3xf32> {gradopt.param = #gradopt.param<"a">})
    -> (memref<3xf32, strided<[?], offset: ?>> {gradopt.param = #gradopt.param<"a">}, memref<f32> {gradopt.loss})

// A function without a loss may have arguments without a name.
// CHECK-LABEL: func.func private @foreign
func.func private @foreign(tensor<3xf32> {gradopt.param = #gradopt.param<"a">}, index) -> (tensor<3xf32> {gradopt.grad = "a"})
