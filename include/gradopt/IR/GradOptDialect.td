//===- GradOptDialect.td - The gradopt dialect -*- tablegen -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_IR_DIALECT_TD
#define GRADOPT_IR_DIALECT_TD

include "mlir/IR/OpBase.td"

def GradOpt_Dialect : Dialect {
  let name = "gradopt";
  let cppNamespace = "::mlir::gradopt";
  let summary = "Recurrent training graphs: recurrences, gradients, clips, guards and updates";
  let description = [{
    The gradopt dialect says what `linalg`, `arith`, `math` and `tensor` cannot
    say about the training of a recurrent network: the loop over time (`scan`),
    the cells that it is made of, which values are gradients, how they are
    clipped and watched, and which values a bad step must leave unchanged
    (`guard`). Everything else of a model is written in those dialects.

    **A model** is a public `func.func` on tensors of f32 or f64 whose arguments
    and results carry named attributes. A name is unique in its role.

    | attribute | on | value | says |
    | --- | --- | --- | --- |
    | `gradopt.input` | argument | string | data of one step; the first dimension is time |
    | `gradopt.param` | argument, result | `#gradopt.param` | a trained parameter, static shape; as a result: its next value |
    | `gradopt.state` | argument, result | string | state carried from one step to the next, the first dimension is the batch |
    | `gradopt.random` | argument | unit | `tensor<2xi64>`: the key of counter-based random numbers |
    | `gradopt.hyper` | argument | string | `tensor<f32>` or `tensor<f64>` that can change at run time |
    | `gradopt.init` | argument | float | the initial value of a `gradopt.hyper` |
    | `gradopt.optimizer_state` | argument, result | `"param/slot"` | what an optimizer keeps for a parameter |
    | `gradopt.step_count` | argument, result | unit | `tensor<i64>`: steps made so far |
    | `gradopt.clip_state` | argument, result | string | what a clip keeps |
    | `gradopt.loss` | result | unit | the scalar to be minimized: `tensor<f32>` or `tensor<f64>` |
    | `gradopt.metric` | result | string | a scalar to be reported |
    | `gradopt.output` | result | string | a value to be returned to the user |
    | `gradopt.grad` | result | string | the gradient of the parameter of this name |
    | `gradopt.dims` | argument, result | string | one letter, `T` or `B`, for each dynamic dimension in order |
    | `gradopt.differentiated` | function | unit | made by `gradopt-differentiate` |
    | `gradopt.on_nonfinite` | function | `#gradopt.policy` | what the runtime does after a step that is not finite |
    | `gradopt.on_overflow` | function | `#gradopt.policy` | what it does after a step with values near overflow |
    | `gradopt.on_divergence` | function | `#gradopt.policy` | what it does after a step whose loss or norm diverged |
    | `gradopt.policy_options` | function | `#gradopt.policy_options` | the numbers that these policies go by |
    | `gradopt.schedule` | function | `#gradopt.schedule` | how the runtime changes the learning rates from step to step |
    | `gradopt.accumulate` | function | i64 | over how many batches the step averages gradients |

    Without `gradopt.dims` a dynamic dimension 0 of an input or an output is
    time and any other is the batch; in a state every one is the batch.
  }];
  let dependentDialects = [
    "arith::ArithDialect", "linalg::LinalgDialect", "math::MathDialect",
    "tensor::TensorDialect"
  ];
  let useDefaultAttributePrinterParser = 1;
  let hasOperationAttrVerify = 1;
  let hasRegionArgAttrVerify = 1;
  let hasRegionResultAttrVerify = 1;
}

#endif // GRADOPT_IR_DIALECT_TD
