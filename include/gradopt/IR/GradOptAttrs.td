//===- GradOptAttrs.td - Attributes of the gradopt dialect -*- tablegen -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_IR_ATTRS_TD
#define GRADOPT_IR_ATTRS_TD

include "gradopt/IR/GradOptDialect.td"
include "gradopt/Interfaces/GradOptInterfaces.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"

class GradOpt_Attr<string cppName, string attrMnemonic, list<Trait> traits = []>
    : AttrDef<GradOpt_Dialect, cppName, traits> {
  let mnemonic = attrMnemonic;
}

//===----------------------------------------------------------------------===//
// Enums
//===----------------------------------------------------------------------===//

class GradOpt_Enum<string name, string summary, list<I32EnumAttrCase> cases>
    : I32EnumAttr<name, summary, cases> {
  let cppNamespace = "::mlir::gradopt";
  let genSpecializedAttr = 0;
}

// The numbers are those of gradopt_initializer in gradopt_runtime.h.
def GradOpt_Initializer : GradOpt_Enum<"Initializer", "how a parameter starts", [
  I32EnumAttrCase<"zeros", 0>, I32EnumAttrCase<"constant", 1>,
  I32EnumAttrCase<"uniform", 2>, I32EnumAttrCase<"normal", 3>,
  I32EnumAttrCase<"xavier", 4>, I32EnumAttrCase<"orthogonal", 5>,
  I32EnumAttrCase<"identity", 6>, I32EnumAttrCase<"he", 7>,
  I32EnumAttrCase<"truncated_normal", 8>, I32EnumAttrCase<"forget_bias", 9>]>;

def GradOpt_NormKind : GradOpt_Enum<"NormKind", "p of a p-norm", [
  I32EnumAttrCase<"l1", 1>, I32EnumAttrCase<"l2", 2>,
  I32EnumAttrCase<"linf", 3>]>;
def GradOpt_NormKindAttr : EnumAttr<GradOpt_Dialect, GradOpt_NormKind, "norm_kind">;

def GradOpt_ClipKind : GradOpt_Enum<"ClipKind", "what a clip looks at", [
  I32EnumAttrCase<"value", 1>, I32EnumAttrCase<"norm", 2>,
  I32EnumAttrCase<"group_norm", 3>, I32EnumAttrCase<"global_norm", 4>]>;

// What a clip of a recipe stands at.
def GradOpt_ClipPlacement : GradOpt_Enum<"ClipPlacement", "where a clip acts", [
  I32EnumAttrCase<"gradient", 0>, I32EnumAttrCase<"time_step", 1>,
  I32EnumAttrCase<"chunk", 2>, I32EnumAttrCase<"gate", 3>]>;

// The numbers of the norms are those of NormKind.
def GradOpt_CotangentClipKind : GradOpt_Enum<"CotangentClipKind", "what bounds a cotangent", [
  I32EnumAttrCase<"value", 0>, I32EnumAttrCase<"l1", 1>,
  I32EnumAttrCase<"l2", 2>, I32EnumAttrCase<"linf", 3>]>;
def GradOpt_CotangentClipKindAttr
    : EnumAttr<GradOpt_Dialect, GradOpt_CotangentClipKind, "cotangent_clip_kind">;

def GradOpt_ScheduleKind : GradOpt_Enum<"ScheduleKind", "how the learning rate changes", [
  I32EnumAttrCase<"constant", 0>, I32EnumAttrCase<"cosine", 1>,
  I32EnumAttrCase<"step", 2>, I32EnumAttrCase<"plateau", 3>]>;

def GradOpt_RnnActivation : GradOpt_Enum<"RnnActivation", "activation of an rnn", [
  I32EnumAttrCase<"tanh", 0>, I32EnumAttrCase<"relu", 1>,
  I32EnumAttrCase<"identity", 2>]>;
def GradOpt_RnnActivationAttr
    : EnumAttr<GradOpt_Dialect, GradOpt_RnnActivation, "rnn_activation">;

// The numbers are those of gradopt_policy in gradopt_runtime.h.
def GradOpt_Policy : GradOpt_Enum<"Policy", "what happens after a bad step", [
  I32EnumAttrCase<"report", 0>, I32EnumAttrCase<"skip", 1>,
  I32EnumAttrCase<"stop", 2>, I32EnumAttrCase<"back_off", 3>,
  I32EnumAttrCase<"roll_back", 4>]>;
def GradOpt_PolicyAttr : EnumAttr<GradOpt_Dialect, GradOpt_Policy, "policy"> {
  let assemblyFormat = "`<` $value `>`";
}

// The numbers are those of gradopt_carried_state in gradopt_runtime.h.
def GradOpt_CarriedState : GradOpt_Enum<"CarriedState",
    "what becomes of carried state in the rows in which a bad step went bad", [
  I32EnumAttrCase<"keep", 0>, I32EnumAttrCase<"zero", 1>]>;
def GradOpt_CarriedStateParameter : EnumParameter<GradOpt_CarriedState> {
  let defaultValue = "::mlir::gradopt::CarriedState::keep";
}

//===----------------------------------------------------------------------===//
// Names and origins
//===----------------------------------------------------------------------===//

def GradOpt_ParamAttr : GradOpt_Attr<"Param", "param"> {
  let summary = "name and initializer of a parameter";
  let description = [{
    The name is what checkpoints, reports and per-parameter options refer to.
    `init` is one of `zeros` (the default), `constant(c)`, `uniform(low, high)`,
    `normal(mean, deviation)`, `xavier(gain = 1)`, `orthogonal(gain = 1)` and
    `identity(scale = 1)`, `he(gain = 1)`, `truncated_normal(mean, deviation)` and
    `forget_bias(value = 1)`, which is for the bias of an LSTM: the second quarter
    of its last dimension, which is the forget gate's, gets the value, the rest
    zero. docs/runtime.md has the formulas.

    ```mlir
    #gradopt.param<"lstm.weight_hh", init = orthogonal>
    #gradopt.param<"embed", init = normal(0.0, 0.1)>
    ```
  }];
  // `a` and `b` are the initializer's numbers as f64 attributes, 0 if it has
  // fewer: attribute storage needs a hash, which a double does not have.
  let parameters = (ins StringRefParameter<>:$name,
                        EnumParameter<GradOpt_Initializer>:$init,
                        "::mlir::FloatAttr":$a, "::mlir::FloatAttr":$b);
  let builders = [AttrBuilder<(ins "::llvm::StringRef":$name), [{
    auto zero = ::mlir::FloatAttr::get(::mlir::Float64Type::get($_ctxt), 0.0);
    return $_get($_ctxt, name, ::mlir::gradopt::Initializer::zeros, zero, zero);
  }]>];
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

def GradOpt_OriginAttr : GradOpt_Attr<"Origin", "origin"> {
  let summary = "where an op that a gradopt pass created came from";
  let description = [{
    The metadata of a `FusedLoc`. `layer` is the name of a scan, cell or
    parameter, `gate` a gate of a cell, `direction` is `forward` or `backward`
    and `source` the op or pass that created the op. What means nothing for an
    op is empty. An op that was fused of several has a location with the origins
    of all.

    ```mlir
    loc(fused<#gradopt.origin<layer = "lstm", gate = "i", source = "gradopt.lstm">>["model.mlir":7:8])
    ```
  }];
  let parameters = (ins StringRefParameter<>:$layer, StringRefParameter<>:$gate,
                        StringRefParameter<>:$direction,
                        StringRefParameter<>:$source);
  let hasCustomAssemblyFormat = 1;
}

//===----------------------------------------------------------------------===//
// Parts of a recipe
//===----------------------------------------------------------------------===//

def GradOpt_ClipAttr : GradOpt_Attr<"Clip", "clip"> {
  let summary = "one gradient clip of a recipe";
  let description = [{
    `value` bounds every element of every gradient, `norm` the norm of each
    gradient, `group_norm` the joint norm of the gradients of one group (the
    part of a parameter's name before its last dot, or what its `gradient` op
    says) and `global_norm` the joint norm of all. `p` is `l1`, `l2` (the
    default) or `linf` and does not go with `value`.

    `at` says where it acts. `gradient` (the default): on the gradients of
    parameters. The others take `value` and `norm` and become
    `gradopt.clip_cotangent` ops in the recurrences of the model, before it is
    differentiated; a `norm` there is that of each batch row. `time_step`: on the
    loss's derivative with respect to every state after every time step. `chunk`:
    the same, but only at the time steps t = 0, 1, … that `every` divides: the
    first ones of chunks of time, so that what flows back from one chunk into the
    one before it is bounded. `gate`: on the derivative with respect to each
    gate's value before its activation.

    ```mlir
    #gradopt.clip<global_norm, threshold = 1.0>
    #gradopt.clip<norm, threshold = 0.5, p = linf>
    #gradopt.clip<norm, threshold = 5.0, at = time_step>
    #gradopt.clip<norm, threshold = 5.0, at = chunk, every = 16>
    #gradopt.clip<value, threshold = 1.0, at = gate>
    ```
  }];
  let parameters = (ins EnumParameter<GradOpt_ClipKind>:$kind,
                        "::mlir::FloatAttr":$threshold,
                        EnumParameter<GradOpt_NormKind>:$p,
                        EnumParameter<GradOpt_ClipPlacement>:$at,
                        "int64_t":$every);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

/// A floating-point number: attribute storage needs a hash, which a double does
/// not have.
class GradOpt_NumberParameter<string default = "">
    : AttrOrTypeParameter<"::mlir::FloatAttr", "a floating-point number"> {
  let parser = "::mlir::gradopt::parseNumber($_parser)";
  let printer = "$_printer.printFloat($_self.getValue())";
  let defaultValue = default;
}
def GradOpt_Number : GradOpt_NumberParameter;
class GradOpt_DefaultNumber<string value> : GradOpt_NumberParameter<
    "::mlir::FloatAttr::get(::mlir::Float64Type::get($_ctxt), " # value # ")">;
def GradOpt_OptionalNumber : GradOpt_NumberParameter<"::mlir::FloatAttr()">;

class GradOpt_OptimizerAttr<string name, string attrMnemonic>
    : GradOpt_Attr<name, attrMnemonic, [GradOpt_OptimizerAttrInterface]> {
  let genVerifyDecl = 1;
  code optimizerDeclarations = [{
    ::mlir::Attribute withLearningRate(::mlir::FloatAttr learningRate) const;
    ::llvm::SmallVector<::llvm::StringRef> getSlots() const;
    ::mlir::gradopt::ParameterUpdateOpInterface
    buildUpdate(::mlir::OpBuilder &builder, ::mlir::Location loc,
                ::mlir::Value parameter, ::mlir::Value gradient,
                ::mlir::ValueRange states, ::mlir::Value step,
                ::mlir::Value learningRate, ::mlir::FloatAttr decay) const;
  }];
  let extraClassDeclaration = optimizerDeclarations;
}

def GradOpt_SgdAttr : GradOpt_OptimizerAttr<"Sgd", "sgd"> {
  let summary = "stochastic gradient descent";
  let description = [{
    `p - learning_rate * g`; see `gradopt.sgd`.

    ```mlir
    #gradopt.sgd<learning_rate = 1.0e-2>
    ```
  }];
  let parameters = (ins GradOpt_Number:$learning_rate);
  // A struct of one part does not say which part it does not know.
  let assemblyFormat = "`<` custom<LearningRate>($learning_rate) `>`";
}

def GradOpt_MomentumAttr : GradOpt_OptimizerAttr<"Momentum", "momentum"> {
  let summary = "gradient descent with momentum";
  let description = [{
    See `gradopt.momentum`. Defaults: `momentum = 0.9`, `nesterov = false`.

    ```mlir
    #gradopt.momentum<learning_rate = 1.0e-2, momentum = 0.95, nesterov = true>
    ```
  }];
  let parameters = (ins GradOpt_Number:$learning_rate,
    GradOpt_DefaultNumber<"0.9">:$momentum,
    DefaultValuedParameter<"bool", "false">:$nesterov);
  let assemblyFormat = "`<` struct(params) `>`";
}

def GradOpt_AdamAttr : GradOpt_OptimizerAttr<"Adam", "adam"> {
  let summary = "Adam (Kingma and Ba 2015)";
  let description = [{
    See `gradopt.adam`. Defaults: `beta1 = 0.9`, `beta2 = 0.999`,
    `epsilon = 1.0e-8`.

    ```mlir
    #gradopt.adam<learning_rate = 2.0e-3, beta2 = 0.99>
    ```
  }];
  let parameters = (ins GradOpt_Number:$learning_rate,
    GradOpt_DefaultNumber<"0.9">:$beta1, GradOpt_DefaultNumber<"0.999">:$beta2,
    GradOpt_DefaultNumber<"1.0e-8">:$epsilon);
  let assemblyFormat = "`<` struct(params) `>`";
  let extraClassDeclaration = optimizerDeclarations # [{
    bool countsSteps() const { return true; }
  }];
}

def GradOpt_AdamWAttr : GradOpt_OptimizerAttr<"AdamW", "adamw"> {
  let summary = "Adam with decoupled weight decay (Loshchilov and Hutter 2019)";
  let description = [{
    See `gradopt.adamw`. Defaults as for `#gradopt.adam`, and
    `weight_decay = 0.01`.

    ```mlir
    #gradopt.adamw<learning_rate = 2.0e-3, weight_decay = 0.1>
    ```
  }];
  let parameters = (ins GradOpt_Number:$learning_rate,
    GradOpt_DefaultNumber<"0.9">:$beta1, GradOpt_DefaultNumber<"0.999">:$beta2,
    GradOpt_DefaultNumber<"1.0e-8">:$epsilon,
    GradOpt_DefaultNumber<"0.01">:$weight_decay);
  let assemblyFormat = "`<` struct(params) `>`";
  let extraClassDeclaration = optimizerDeclarations # [{
    bool countsSteps() const { return true; }
    ::mlir::FloatAttr getDecay() const { return getWeightDecay(); }
  }];
}

def GradOpt_RmspropAttr : GradOpt_OptimizerAttr<"Rmsprop", "rmsprop"> {
  let summary = "RMSprop (Tieleman and Hinton 2012)";
  let description = [{
    See `gradopt.rmsprop`. Defaults: `alpha = 0.99`, `epsilon = 1.0e-8`.

    ```mlir
    #gradopt.rmsprop<learning_rate = 1.0e-3>
    ```
  }];
  let parameters = (ins GradOpt_Number:$learning_rate,
    GradOpt_DefaultNumber<"0.99">:$alpha,
    GradOpt_DefaultNumber<"1.0e-8">:$epsilon);
  let assemblyFormat = "`<` struct(params) `>`";
}

def GradOpt_ScheduleAttr : GradOpt_Attr<"Schedule", "schedule"> {
  let summary = "how the learning rate changes from step to step";
  let description = [{
    The learning rate of step n = 1, 2, … is the recipe's (or the group's) times
    w(n) · s(n), with w(n) = min(1, n / `warmup`) (1 without warm-up) and, with
    m = n − `warmup` for what comes after it (s = 1 until then), s(n):

    | `kind` | s |
    | --- | --- |
    | `constant` | 1 |
    | `cosine` | floor + (1 − floor) · (1 + cos(π · min(1, (m − 1) / (`steps` − `warmup`)))) / 2 (Loshchilov and Hutter 2017) |
    | `step` | max(floor, `factor`^⌊(m − 1) / `every`⌋) |
    | `plateau` | times `factor` each time the loss has not fallen below its lowest value for `patience` evaluations in a row, not below floor |

    `steps`, `every` and `warmup` count training steps; `steps` is where cosine
    has come down to `floor`. An evaluation is one of `gradopt-train`'s
    `--evaluate-every`. `factor` (default 0.1) is above 0 and below 1, `floor`
    (default 0) from 0 to 1: a rate never becomes negative.

    ```mlir
    #gradopt.schedule<kind = cosine, warmup = 100, steps = 1000, floor = 0.1>
    #gradopt.schedule<kind = step, every = 300, factor = 0.5>
    #gradopt.schedule<kind = plateau, patience = 5>
    ```
  }];
  let parameters = (ins EnumParameter<GradOpt_ScheduleKind>:$kind,
    DefaultValuedParameter<"int64_t", "0">:$warmup,
    DefaultValuedParameter<"int64_t", "0">:$steps,
    DefaultValuedParameter<"int64_t", "0">:$every,
    DefaultValuedParameter<"int64_t", "0">:$patience,
    GradOpt_DefaultNumber<"0.1">:$factor, GradOpt_DefaultNumber<"0.0">:$floor);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

// Patterns of names: `*` stands for any characters, also none.
class GradOpt_RegularizerAttr<string name, string attrMnemonic>
    : GradOpt_Attr<name, attrMnemonic> {
  let parameters = (ins GradOpt_Number:$weight,
                        DefaultValuedParameter<"::mlir::StringAttr",
                          "::mlir::StringAttr::get($_ctxt, \"*\")">:$match);
  let assemblyFormat = "`<` $weight (`,` `match` `=` $match^)? `>`";
  let genVerifyDecl = 1;
}

def GradOpt_L1Attr : GradOpt_RegularizerAttr<"L1", "l1"> {
  let summary = "an l1 penalty of the loss";
  let description = [{
    Adds weight · Σ |p| over the parameters whose names match (default: all) to
    the loss, before it is differentiated, so that its gradient is clipped with
    the rest. The derivative at 0 is 0.

    ```mlir
    #gradopt.l1<1.0e-5, match = "*.weight*">
    ```
  }];
}

def GradOpt_L2Attr : GradOpt_RegularizerAttr<"L2", "l2"> {
  let summary = "an l2 penalty of the loss";
  let description = [{
    Adds weight / 2 · Σ p² over the parameters whose names match (default: all) to
    the loss, so that each gradient gets weight · p, as from PyTorch's
    `weight_decay`, before it is clipped.

    ```mlir
    #gradopt.l2<1.0e-4>
    ```
  }];
}

def GradOpt_DecoupledDecayAttr : GradOpt_RegularizerAttr<"DecoupledDecay", "decoupled_decay"> {
  let summary = "weight decay at the update (Loshchilov and Hutter 2019)";
  let description = [{
    Takes learning_rate · weight · p off each updated parameter whose name
    matches (default: all), p being its value before the update. It is no part of
    the gradient and is not clipped. Not for an optimizer that decays by itself.

    ```mlir
    #gradopt.decoupled_decay<0.01, match = "*.weight*">
    ```
  }];
}

def GradOpt_MaxNormAttr : GradOpt_RegularizerAttr<"MaxNorm", "max_norm"> {
  let summary = "a bound of the incoming weights of each unit (Srebro and Shraibman 2005)";
  let description = [{
    After the update each column of each parameter of rank two whose name matches
    (default: all), the incoming weights of one unit, is scaled down to the l2
    norm `weight` if it is longer.

    ```mlir
    #gradopt.max_norm<3.0, match = "out.weight">
    ```
  }];
}

def GradOpt_GroupAttr : GradOpt_Attr<"Group", "group"> {
  let summary = "parameters that are trained in a way of their own";
  let description = [{
    `match` is a pattern of parameter names, in which `*` stands for any
    characters. A parameter may be matched by one group at most, and a group must
    match one. `learning_rate` is that of its parameters; it becomes an argument
    `gradopt.hyper = "learning_rate.NAME"`. `weight_decay` is their decoupled
    decay in the place of the recipe's or of the optimizer's. `clip` bounds their
    gradients: `value`, `norm` (each) or `group_norm` (jointly), after the clips of
    the recipe. `frozen`: they are not trained and have no gradient; it goes alone.

    ```mlir
    #gradopt.group<name = "biases", match = "*.bias*", learning_rate = 1.0e-3, weight_decay = 0.0>
    #gradopt.group<name = "embedding", match = "embed", frozen = true>
    ```
  }];
  let parameters = (ins StringRefParameter<>:$name, StringRefParameter<>:$match,
    GradOpt_OptionalNumber:$learning_rate, GradOpt_OptionalNumber:$weight_decay,
    OptionalParameter<"::mlir::gradopt::ClipAttr">:$clip,
    DefaultValuedParameter<"bool", "false">:$frozen);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def GradOpt_MonitorAttr : GradOpt_Attr<"Monitor", "monitor"> {
  let summary = "what a training step records about its gradients";
  let description = [{
    `norms`: the l2 norm of every parameter's gradient and of all jointly.
    `through_time`: for every recurrence the l2 norms of the states and of the
    loss's derivatives with respect to them, one for each time step.

    ```mlir
    #gradopt.monitor<norms, through_time>
    ```
  }];
  let parameters = (ins "bool":$norms, "bool":$throughTime);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

def GradOpt_PolicyOptionsAttr : GradOpt_Attr<"PolicyOptions", "policy_options"> {
  let summary = "the numbers that the policies of a recipe go by";
  let description = [{
    docs/policies.md says what each policy does with them.

    | part | default | what |
    | --- | --- | --- |
    | `skips` | 10 | of `skip` and `back_off`: bad steps in a row; the next one stops the run |
    | `recover_after` | 100 | of `back_off`: good steps in a row after which learning rates double again |
    | `roll_back_after` | 3 | of `roll_back`: bad steps in a row |
    | `snapshot_every` | 100 | of `roll_back`: good steps |
    | `roll_backs` | 3 | of `roll_back`: how many to one snapshot; the next one stops the run |
    | `overflow_fraction` | 0.001 | of `on_overflow`: of the largest number of the element type, between 0 and 1 |
    | `divergence_factor` | 10.0 | of `on_divergence`: above 1; beyond so many times its running median a loss or norm has diverged |
    | `median_window` | 101 | of `on_divergence`: the last so many good steps |
    | `median_warmup` | 20 | of `on_divergence`: good steps before it judges, at most `median_window` |
    | `carried_state` | `keep` | `zero`: carried state in the rows in which a step went bad becomes zero |

    ```mlir
    #gradopt.policy_options<skips = 20, overflow_fraction = 0.01>
    ```
  }];
  let parameters = (ins DefaultValuedParameter<"int64_t", "10">:$skips,
    DefaultValuedParameter<"int64_t", "100">:$recover_after,
    DefaultValuedParameter<"int64_t", "3">:$roll_back_after,
    DefaultValuedParameter<"int64_t", "100">:$snapshot_every,
    DefaultValuedParameter<"int64_t", "3">:$roll_backs,
    GradOpt_DefaultNumber<"0.001">:$overflow_fraction,
    GradOpt_DefaultNumber<"10.0">:$divergence_factor,
    DefaultValuedParameter<"int64_t", "101">:$median_window,
    DefaultValuedParameter<"int64_t", "20">:$median_warmup,
    GradOpt_CarriedStateParameter:$carried_state);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// All parts at their defaults.
    static PolicyOptionsAttr getDefault(::mlir::MLIRContext *context);
  }];
}

def GradOpt_KernelAttr : GradOpt_Attr<"Kernel", "kernel"> {
  let summary = "how an op of a step on buffers becomes code";
  let description = [{
    The attribute `gradopt.kernel` of a linalg op on buffers, which
    `gradopt-plan-kernels` chooses by shape and target, and which anyone may set
    beforehand.

    `split` is the parallel loop of the op that is divided among threads; -1:
    thread 0 does it all. `period`: the loop is taken as several runs of so many
    iterations each, and a thread takes its share of each run (the units of all
    gates); 0: one run. `grain`: shares begin at multiples of so many iterations,
    and a tile of the op has so many. `rows`, `columns` (elements) and `depth` of
    a contraction: the tile whose sums are kept in registers, and how many
    summands are added before the tile goes back to memory; 0: not chosen, what
    the lowering finds best. `rows` of another op that is split by columns: so
    many iterations of its first loop at a time; 0: all. `overwrite`: a
    contraction's sums start from zero instead of from what its output holds.

    ```mlir
    linalg.matmul {gradopt.kernel = #gradopt.kernel<split = 1, period = 256, grain = 16, rows = 6, columns = 16>} ...
    ```
  }];
  let parameters = (ins DefaultValuedParameter<"int64_t", "-1">:$split,
    DefaultValuedParameter<"int64_t", "0">:$period,
    DefaultValuedParameter<"int64_t", "1">:$grain,
    DefaultValuedParameter<"int64_t", "0">:$rows,
    DefaultValuedParameter<"int64_t", "0">:$columns,
    DefaultValuedParameter<"int64_t", "0">:$depth,
    DefaultValuedParameter<"bool", "false">:$overwrite);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

#endif // GRADOPT_IR_ATTRS_TD
