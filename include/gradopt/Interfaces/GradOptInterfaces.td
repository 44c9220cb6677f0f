//===- GradOptInterfaces.td - Interfaces that other dialects can attach -*- tablegen -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_INTERFACES_GRADOPTINTERFACES_TD
#define GRADOPT_INTERFACES_GRADOPTINTERFACES_TD

include "mlir/IR/OpBase.td"

def GradOpt_DifferentiableOpInterface : OpInterface<"DifferentiableOpInterface"> {
  let cppNamespace = "::mlir::gradopt";
  let description = [{
    An op through which gradients flow in reverse mode. Attach it to an op of
    your own dialect, or to one you do not own as an external model, and
    `gradopt-differentiate` differentiates it like gradopt's own.

    Only an op that lies between an active floating-point argument and the loss
    needs it.
  }];
  let methods = [InterfaceMethod<[{
    Builds the vector-Jacobian product of this op at the builder's insertion
    point, which this op's operands and results dominate.

    `cotangents` has one value for each result, of the result's type; a null
    value stands for zero, and at least one is not null. `wanted` holds the
    distinct active values among the operands and among the values that the
    op's regions capture. Returned is one value for each of `wanted`, of its
    type: the sum over all its uses inside this op, or null for zero.

    The implementation may use any operand or result of this op and whatever
    else dominates the insertion point; what it uses is what the reverse pass
    keeps. It may replace this op by one with more results (the op is not
    touched again by the caller). It fails only after emitting an error at this
    op that says which use of it has no derivative.
  }],
  "::llvm::FailureOr<::llvm::SmallVector<::mlir::Value>>", "buildVJP",
  (ins "::mlir::OpBuilder &":$builder, "::mlir::ValueRange":$cotangents,
       "::mlir::ValueRange":$wanted)>];
}

def GradOpt_RecurrentCellOpInterface : OpInterface<"RecurrentCellOpInterface"> {
  let cppNamespace = "::mlir::gradopt";
  let description = [{
    A named recurrent layer over a whole sequence, defined by its one step.
    `gradopt-expand-cells` makes a `gradopt.scan` of it. The results of the op
    are the sequence of its outputs, then one final state for each initial
    state. Each step's output is the first of its next states.
  }];
  let methods = [
    InterfaceMethod<"The layer's name for reports; empty if it has none.",
      "::llvm::StringRef", "getLayerName", (ins)>,
    InterfaceMethod<"The input sequence; its first dimension is time.",
      "::mlir::Value", "getSequence", (ins)>,
    InterfaceMethod<"The states before the first step.",
      "::llvm::SmallVector<::mlir::Value>", "getInitialStates", (ins)>,
    InterfaceMethod<"One name for each state, such as h and c.",
      "::llvm::SmallVector<::llvm::StringRef>", "getStateNames", (ins)>,
    InterfaceMethod<[{
      Builds one step on the input slice `input` and the states before the step,
      and returns the states after it. The ops that belong to one gate get that
      gate's name into their location's origin.
    }],
    "::llvm::SmallVector<::mlir::Value>", "buildStep",
    (ins "::mlir::OpBuilder &":$builder, "::mlir::Value":$input,
         "::mlir::ValueRange":$states)>];
}

def GradOpt_ParameterUpdateOpInterface : OpInterface<"ParameterUpdateOpInterface"> {
  let cppNamespace = "::mlir::gradopt";
  let description = [{
    An optimizer's update of one parameter. A foreign optimizer op that attaches
    it is clipped, watched and guarded like gradopt's own.
  }];
  let methods = [
    InterfaceMethod<"The operand that holds the parameter's old value.",
      "::mlir::OpOperand &", "getParameterMutable", (ins)>,
    InterfaceMethod<"The operand that holds the gradient; passes replace it by a clipped one.",
      "::mlir::OpOperand &", "getGradientMutable", (ins)>,
    InterfaceMethod<"The operands that hold the optimizer's old state; may be empty.",
      "::llvm::SmallVector<::mlir::OpOperand *>", "getStateMutable", (ins)>,
    InterfaceMethod<"The result that is the parameter's new value.",
      "::mlir::OpResult", "getUpdatedParameter", (ins)>,
    InterfaceMethod<"The results that are the new state, one for each old state.",
      "::llvm::SmallVector<::mlir::OpResult>", "getUpdatedState", (ins)>];
}

#endif // GRADOPT_INTERFACES_GRADOPTINTERFACES_TD
