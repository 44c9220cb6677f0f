//===- RecipeOps.td - How a model is trained -*- tablegen -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_IR_RECIPEOPS_TD
#define GRADOPT_IR_RECIPEOPS_TD

include "gradopt/IR/GradOptOpBase.td"
include "mlir/IR/SymbolInterfaces.td"

def GradOpt_RecipeOp : GradOpt_Op<"recipe", [
    Symbol, HasParent<"::mlir::ModuleOp">,
    DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "how a model is trained";
  let description = [{
    Stands beside the model. Pass options override its parts, and the passes also
    work without it. A pass that acts on a part takes it out of the recipe;
    `gradopt-verify-recipe` refuses a part that nobody took.

    | part | value | taken by |
    | --- | --- | --- |
    | `model` | symbol of the loss function | stays |
    | `result` | symbol of the step to be made, by default the model's with `_step` | stays |
    | `optimizer` | `#gradopt.sgd`, `momentum`, `adam`, `adamw` or `rmsprop`, or an attribute of another dialect that implements `OptimizerAttrInterface` | `gradopt-insert-updates` |
    | `schedule` | `#gradopt.schedule` | `gradopt-insert-updates` |
    | `accumulate` | over how many batches gradients are averaged before they are clipped and used, ≥ 1 | `gradopt-insert-accumulation` |
    | `clip` | list of `#gradopt.clip` | `gradopt-insert-gradient-clipping` |
    | `regularize` | list of `#gradopt.l1`, `l2`, `decoupled_decay`, `max_norm` | `gradopt-insert-regularization` |
    | `groups` | list of `#gradopt.group` | each pass takes what it acts on: `gradopt-differentiate` what is frozen, then clip, rate and decay |
    | `monitor` | `#gradopt.monitor` | `gradopt-insert-norm-monitors` |
    | `on_nonfinite` | `report`, `skip`, `back_off`, `roll_back` or `stop`: what happens after a step with NaN or Inf | `gradopt-insert-finite-checks` |
    | `on_overflow` | the same after a step with values near the end of their type's range; without it they are not looked for | `gradopt-insert-finite-checks` |
    | `on_divergence` | the same after a step whose loss or gradient norm is far above its median | `gradopt-insert-finite-checks` |
    | `policy_options` | `#gradopt.policy_options` | `gradopt-insert-finite-checks` |

    ```mlir
    gradopt.recipe @train {
      model = @loss, result = @step,
      optimizer = #gradopt.adam<learning_rate = 2.0e-3>,
      clip = [#gradopt.clip<global_norm, threshold = 1.0>],
      monitor = #gradopt.monitor<norms, through_time>,
      on_nonfinite = skip
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, FlatSymbolRefAttr:$model,
    OptionalAttr<FlatSymbolRefAttr>:$result, OptionalAttr<AnyAttr>:$optimizer,
    OptionalAttr<GradOpt_ScheduleAttr>:$schedule,
    OptionalAttr<I64Attr>:$accumulate,
    OptionalAttr<ArrayAttr>:$clip, OptionalAttr<ArrayAttr>:$regularize,
    OptionalAttr<ArrayAttr>:$groups, OptionalAttr<GradOpt_MonitorAttr>:$monitor,
    OptionalAttr<GradOpt_PolicyAttr>:$on_nonfinite,
    OptionalAttr<GradOpt_PolicyAttr>:$on_overflow,
    OptionalAttr<GradOpt_PolicyAttr>:$on_divergence,
    OptionalAttr<GradOpt_PolicyOptionsAttr>:$policy_options);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The symbol of the step: `result`, or the model's name with `_step`.
    std::string getStepName();
    /// The policies that the recipe gives.
    Policies getPolicies();
  }];
}

#endif // GRADOPT_IR_RECIPEOPS_TD
