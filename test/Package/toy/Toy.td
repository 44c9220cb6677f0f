//===- Toy.td - A dialect beside gradopt -*- tablegen -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TOY_TD
#define TOY_TD

include "gradopt/Interfaces/GradOptInterfaces.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Toy_Dialect : Dialect {
  let name = "toy";
  let cppNamespace = "::toy";
  let dependentDialects = ["::mlir::arith::ArithDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"];
  let useDefaultAttributePrinterParser = 1;
}

class Toy_Op<string mnemonic, list<Trait> traits = []>
    : Op<Toy_Dialect, mnemonic, !listconcat([Pure], traits)>;

def Toy_Tensor : RankedTensorOf<[F32, F64]>;

// Says nothing of gradopt. Gelu.cpp attaches the derivative from outside, as one
// does for an op of somebody else's dialect.
def Toy_GeluOp : Toy_Op<"gelu", [SameOperandsAndResultType]> {
  let summary = "x · Φ(x), Φ being the normal distribution (Hendrycks and Gimpel 2016)";
  let arguments = (ins Toy_Tensor:$x);
  let results = (outs Toy_Tensor:$y);
  let assemblyFormat = "$x attr-dict `:` type($x)";
}

def Toy_GeluGradOp : Toy_Op<"gelu_grad", [SameOperandsAndResultType]> {
  let summary = "dy · (Φ(x) + x · φ(x))";
  let arguments = (ins Toy_Tensor:$x, Toy_Tensor:$dy);
  let results = (outs Toy_Tensor:$dx);
  let assemblyFormat = "$x `,` $dy attr-dict `:` type($x)";
}

def Toy_GeluRnnOp : Toy_Op<"gelu_rnn", [
    DeclareOpInterfaceMethods<GradOpt_RecurrentCellOpInterface>]> {
  let summary = "a recurrent layer with h_t = gelu(x_t · w_ih + h_{t−1} · w_hh)";
  let arguments = (ins Toy_Tensor:$x, Toy_Tensor:$h0, Toy_Tensor:$w_ih,
                       Toy_Tensor:$w_hh, StrAttr:$name);
  let results = (outs Toy_Tensor:$y, Toy_Tensor:$h_n);
  let assemblyFormat = [{
    $name $x `,` $h0 `,` $w_ih `,` $w_hh attr-dict `:`
    functional-type(operands, results)
  }];
}

def Toy_LionOp : Toy_Op<"lion", [
    DeclareOpInterfaceMethods<GradOpt_ParameterUpdateOpInterface>,
    AllElementTypesMatch<["parameter", "learning_rate"]>,
    AllTypesMatch<["parameter", "gradient", "momentum", "result", "new_momentum"]>]> {
  let summary = "Lion (Chen et al. 2023, algorithm 2)";
  let description = [{
        c  = beta1 · m + (1 − beta1) · g
        p' = p − learning_rate · (sign(c) + weight_decay · p)
        m' = beta2 · m + (1 − beta2) · g
  }];
  let arguments = (ins Toy_Tensor:$parameter, Toy_Tensor:$gradient,
    Toy_Tensor:$momentum, 0DTensorOf<[F32, F64]>:$learning_rate, F64Attr:$beta1,
    F64Attr:$beta2, F64Attr:$weight_decay);
  let results = (outs Toy_Tensor:$result, Toy_Tensor:$new_momentum);
  let assemblyFormat = [{
    $parameter `,` $gradient `,` $momentum `rate` $learning_rate attr-dict `:`
    type($parameter) `,` type($learning_rate)
  }];
}

def Toy_LionAttr : AttrDef<Toy_Dialect, "Lion", [
    DeclareAttrInterfaceMethods<GradOpt_OptimizerAttrInterface, ["getDecay"]>]> {
  let mnemonic = "lion";
  let summary = "Lion as the optimizer of a recipe";
  let description = [{
    ```mlir
    #toy.lion<learning_rate = 1.0e-4, beta2 = 0.98, weight_decay = 0.1>
    ```
  }];
  let parameters = (ins "::mlir::FloatAttr":$learning_rate,
    DefaultValuedParameter<"::mlir::FloatAttr", "::toy::getF64($_ctxt, 0.9)">:$beta1,
    DefaultValuedParameter<"::mlir::FloatAttr", "::toy::getF64($_ctxt, 0.99)">:$beta2,
    DefaultValuedParameter<"::mlir::FloatAttr", "::toy::getF64($_ctxt, 0.0)">:$weight_decay);
  let assemblyFormat = "`<` struct(params) `>`";
}

#endif // TOY_TD
