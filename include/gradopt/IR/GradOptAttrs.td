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
  I32EnumAttrCase<"identity", 6>]>;

def GradOpt_NormKind : GradOpt_Enum<"NormKind", "p of a p-norm", [
  I32EnumAttrCase<"l1", 1>, I32EnumAttrCase<"l2", 2>,
  I32EnumAttrCase<"linf", 3>]>;
def GradOpt_NormKindAttr : EnumAttr<GradOpt_Dialect, GradOpt_NormKind, "norm_kind">;

def GradOpt_ClipKind : GradOpt_Enum<"ClipKind", "what a clip looks at", [
  I32EnumAttrCase<"value", 1>, I32EnumAttrCase<"norm", 2>,
  I32EnumAttrCase<"group_norm", 3>, I32EnumAttrCase<"global_norm", 4>]>;

def GradOpt_RnnActivation : GradOpt_Enum<"RnnActivation", "activation of an rnn", [
  I32EnumAttrCase<"tanh", 0>, I32EnumAttrCase<"relu", 1>,
  I32EnumAttrCase<"identity", 2>]>;
def GradOpt_RnnActivationAttr
    : EnumAttr<GradOpt_Dialect, GradOpt_RnnActivation, "rnn_activation">;

// The numbers are those of gradopt_policy in gradopt_runtime.h.
def GradOpt_Policy : GradOpt_Enum<"Policy", "what happens to a step that is not finite", [
  I32EnumAttrCase<"report", 0>, I32EnumAttrCase<"skip", 1>,
  I32EnumAttrCase<"stop", 2>]>;
def GradOpt_PolicyAttr : EnumAttr<GradOpt_Dialect, GradOpt_Policy, "policy"> {
  let assemblyFormat = "`<` $value `>`";
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
    `identity(scale = 1)`; docs/runtime.md has the formulas.

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

def GradOpt_SgdAttr : GradOpt_Attr<"Sgd", "sgd"> {
  let summary = "stochastic gradient descent";
  let description = [{
    `p - learning_rate * g`; see `gradopt.sgd`.

    ```mlir
    #gradopt.sgd<learning_rate = 1.0e-2>
    ```
  }];
  let parameters = (ins "::mlir::FloatAttr":$learningRate);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

def GradOpt_AdamAttr : GradOpt_Attr<"Adam", "adam"> {
  let summary = "Adam (Kingma and Ba 2015)";
  let description = [{
    See `gradopt.adam`. Defaults: `beta1 = 0.9`, `beta2 = 0.999`,
    `epsilon = 1.0e-8`.

    ```mlir
    #gradopt.adam<learning_rate = 2.0e-3, beta2 = 0.99>
    ```
  }];
  let parameters = (ins "::mlir::FloatAttr":$learningRate,
                        "::mlir::FloatAttr":$beta1, "::mlir::FloatAttr":$beta2,
                        "::mlir::FloatAttr":$epsilon);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

def GradOpt_ClipAttr : GradOpt_Attr<"Clip", "clip"> {
  let summary = "one gradient clip of a recipe";
  let description = [{
    `value` bounds every element of every gradient, `norm` the norm of each
    gradient, `group_norm` the joint norm of the gradients of one group (the
    part of a parameter's name before its last dot, or what its `gradient` op
    says) and `global_norm` the joint norm of all. `p` is `l1`, `l2` (the
    default) or `linf` and does not go with `value`.

    ```mlir
    #gradopt.clip<global_norm, threshold = 1.0>
    #gradopt.clip<norm, threshold = 0.5, p = linf>
    ```
  }];
  let parameters = (ins EnumParameter<GradOpt_ClipKind>:$kind,
                        "::mlir::FloatAttr":$threshold,
                        EnumParameter<GradOpt_NormKind>:$p);
  let hasCustomAssemblyFormat = 1;
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

#endif // GRADOPT_IR_ATTRS_TD
