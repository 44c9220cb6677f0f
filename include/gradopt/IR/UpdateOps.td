//===- UpdateOps.td - Optimizers and the guard -*- tablegen -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_IR_UPDATEOPS_TD
#define GRADOPT_IR_UPDATEOPS_TD

include "gradopt/IR/GradOptOpBase.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"

class GradOpt_UpdateOp<string mnemonic, list<Trait> traits = []>
    : GradOpt_Op<mnemonic, !listconcat([Pure,
        DeclareOpInterfaceMethods<GradOpt_ParameterUpdateOpInterface>], traits)>;

def GradOpt_SgdOp : GradOpt_UpdateOp<"sgd", [
    AllTypesMatch<["parameter", "gradient", "result"]>]> {
  let summary = "stochastic gradient descent";
  let description = [{
    p' = p − learning_rate · g.

    ```mlir
    %p1 = gradopt.sgd %p, %g rate %lr : tensor<64x64xf32>, tensor<f32>
    ```
  }];
  let arguments = (ins GradOpt_FloatTensor:$parameter,
    GradOpt_FloatTensor:$gradient, GradOpt_FloatScalar:$learning_rate);
  let results = (outs GradOpt_FloatTensor:$result);
  let assemblyFormat = "$parameter `,` $gradient `rate` $learning_rate attr-dict `:` type($parameter) `,` type($learning_rate)";
  let hasVerifier = 1;
}

def GradOpt_AdamOp : GradOpt_UpdateOp<"adam", [
    AllTypesMatch<["parameter", "gradient", "m", "v", "result", "new_m", "new_v"]>]> {
  let summary = "Adam (Kingma and Ba 2015, algorithm 1)";
  let description = [{
        m' = beta1 · m + (1 − beta1) · g
        v' = beta2 · v + (1 − beta2) · g²
        p' = p − learning_rate · (m' / (1 − beta1^n)) / (sqrt(v' / (1 − beta2^n)) + epsilon)

    `step` is n, the number of this update: 1 for the first. The bias corrections
    are computed in f64.

    ```mlir
    %p1, %m1, %v1 = gradopt.adam %p, %g, %m, %v step %n rate %lr
        {beta1 = 0.9 : f64, beta2 = 0.999 : f64, epsilon = 1.0e-8 : f64}
        : tensor<64x64xf32>, tensor<f32>
    ```
  }];
  let arguments = (ins GradOpt_FloatTensor:$parameter,
    GradOpt_FloatTensor:$gradient, GradOpt_FloatTensor:$m,
    GradOpt_FloatTensor:$v, GradOpt_CountScalar:$step,
    GradOpt_FloatScalar:$learning_rate, F64Attr:$beta1, F64Attr:$beta2,
    F64Attr:$epsilon);
  let results = (outs GradOpt_FloatTensor:$result, GradOpt_FloatTensor:$new_m,
                      GradOpt_FloatTensor:$new_v);
  let assemblyFormat = [{
    $parameter `,` $gradient `,` $m `,` $v `step` $step `rate` $learning_rate attr-dict
    `:` type($parameter) `,` type($learning_rate)
  }];
  let hasVerifier = 1;
}

def GradOpt_MomentumOp : GradOpt_UpdateOp<"momentum", [
    AllTypesMatch<["parameter", "gradient", "velocity", "result", "new_velocity"]>]> {
  let summary = "gradient descent with momentum (Polyak 1964; Sutskever et al. 2013)";
  let description = [{
        u' = momentum · u + g
        p' = p − learning_rate · u'                            or, with nesterov,
        p' = p − learning_rate · (g + momentum · u')

    as PyTorch's SGD computes it.

    ```mlir
    %p1, %u1 = gradopt.momentum %p, %g, %u rate %lr {momentum = 0.9 : f64}
        : tensor<64x64xf32>, tensor<f32>
    ```
  }];
  let arguments = (ins GradOpt_FloatTensor:$parameter,
    GradOpt_FloatTensor:$gradient, GradOpt_FloatTensor:$velocity,
    GradOpt_FloatScalar:$learning_rate, F64Attr:$momentum, UnitAttr:$nesterov);
  let results = (outs GradOpt_FloatTensor:$result,
                      GradOpt_FloatTensor:$new_velocity);
  let assemblyFormat = [{
    $parameter `,` $gradient `,` $velocity `rate` $learning_rate attr-dict
    `:` type($parameter) `,` type($learning_rate)
  }];
  let hasVerifier = 1;
}

def GradOpt_AdamWOp : GradOpt_UpdateOp<"adamw", [
    AllTypesMatch<["parameter", "gradient", "m", "v", "result", "new_m", "new_v"]>]> {
  let summary = "Adam with decoupled weight decay (Loshchilov and Hutter 2019)";
  let description = [{
    `gradopt.adam` with

        p' = p − learning_rate · weight_decay · p
               − learning_rate · (m' / (1 − beta1^n)) / (sqrt(v' / (1 − beta2^n)) + epsilon)

    ```mlir
    %p1, %m1, %v1 = gradopt.adamw %p, %g, %m, %v step %n rate %lr
        {beta1 = 0.9 : f64, beta2 = 0.999 : f64, epsilon = 1.0e-8 : f64, weight_decay = 0.01 : f64}
        : tensor<64x64xf32>, tensor<f32>
    ```
  }];
  let arguments = (ins GradOpt_FloatTensor:$parameter,
    GradOpt_FloatTensor:$gradient, GradOpt_FloatTensor:$m,
    GradOpt_FloatTensor:$v, GradOpt_CountScalar:$step,
    GradOpt_FloatScalar:$learning_rate, F64Attr:$beta1, F64Attr:$beta2,
    F64Attr:$epsilon, F64Attr:$weight_decay);
  let results = (outs GradOpt_FloatTensor:$result, GradOpt_FloatTensor:$new_m,
                      GradOpt_FloatTensor:$new_v);
  let assemblyFormat = [{
    $parameter `,` $gradient `,` $m `,` $v `step` $step `rate` $learning_rate attr-dict
    `:` type($parameter) `,` type($learning_rate)
  }];
  let hasVerifier = 1;
}

def GradOpt_RmspropOp : GradOpt_UpdateOp<"rmsprop", [
    AllTypesMatch<["parameter", "gradient", "v", "result", "new_v"]>]> {
  let summary = "RMSprop (Tieleman and Hinton 2012, lecture 6.5)";
  let description = [{
        v' = alpha · v + (1 − alpha) · g²
        p' = p − learning_rate · g / (sqrt(v') + epsilon)

    as PyTorch computes it.

    ```mlir
    %p1, %v1 = gradopt.rmsprop %p, %g, %v rate %lr {alpha = 0.99 : f64, epsilon = 1.0e-8 : f64}
        : tensor<64x64xf32>, tensor<f32>
    ```
  }];
  let arguments = (ins GradOpt_FloatTensor:$parameter,
    GradOpt_FloatTensor:$gradient, GradOpt_FloatTensor:$v,
    GradOpt_FloatScalar:$learning_rate, F64Attr:$alpha, F64Attr:$epsilon);
  let results = (outs GradOpt_FloatTensor:$result, GradOpt_FloatTensor:$new_v);
  let assemblyFormat = [{
    $parameter `,` $gradient `,` $v `rate` $learning_rate attr-dict
    `:` type($parameter) `,` type($learning_rate)
  }];
  let hasVerifier = 1;
}

def GradOpt_GuardOp : GradOpt_Op<"guard", [
    SingleBlock, RecursiveMemoryEffects, RecursivelySpeculatable,
    DeclareOpInterfaceMethods<RegionBranchOpInterface,
      ["getEntrySuccessorOperands", "getRegionInvocationBounds"]>]> {
  let summary = "all new values or none";
  let description = [{
    The region computes whether the step is good and the new values; it yields
    both. The results are all the new values if it is, else all the old ones. It
    holds everything that a skipped step must not change: parameters, optimizer
    state, step count, clip state and carried model state.

    ```mlir
    %r:2 = gradopt.guard(%w, %h : tensor<8x8xf32>, tensor<?x8xf32>) {
      %ok = gradopt.check_finite %g, %w1, %h1 : tensor<8x8xf32>, tensor<8x8xf32>, tensor<?x8xf32>
      gradopt.yield %ok, %w1, %h1 : i1, tensor<8x8xf32>, tensor<?x8xf32>
    }
    ```
  }];
  let arguments = (ins Variadic<AnyType>:$old);
  let results = (outs Variadic<AnyType>:$results);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let hasCanonicalizer = 1;
  let skipDefaultBuilders = 1;
  let builders = [
    /// Creates the op with an empty body block.
    OpBuilder<(ins "::mlir::ValueRange":$old)>];
  let extraClassDeclaration = [{
    ::mlir::Operation *getYield() { return getBody().front().getTerminator(); }
    ::mlir::Value getOk() { return getYield()->getOperand(0); }
    ::mlir::OperandRange getNewValues() {
      return getYield()->getOperands().drop_front();
    }
  }];
}

#endif // GRADOPT_IR_UPDATEOPS_TD
