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

def GradOpt_BatchableOpInterface : OpInterface<"BatchableOpInterface"> {
  let cppNamespace = "::mlir::gradopt";
  let description = [{
    An op without side effects on tensors that can be done for all steps of a
    loop at once. `gradopt-batch-time-parallel` moves such ops out of scans.
    Attach it to an op of your own dialect, or to one you do not own as an
    external model.

    Operands vary from step to step or are constant in time. `StepBatch` tells
    which; for each tensor that varies it has a sequence, in which time is a new
    first dimension.
  }];
  let methods = [
    InterfaceMethod<[{
      Whether `buildBatch` can do this op when the values that `batch` says vary
      do so; there need not be sequences yet.
    }],
      "bool", "isBatchable", (ins "const ::mlir::gradopt::StepBatch &":$batch),
      [{}], [{ return true; }]>,
    InterfaceMethod<[{
      Builds what this op does for all steps at once and returns for each result
      its sequence, of the type `batch.getSequenceType(result type)`. Row t must
      be what the op gives at time t: it depends on row t of each sequence only.
    }],
      "::llvm::SmallVector<::mlir::Value>", "buildBatch",
      (ins "::mlir::OpBuilder &":$builder,
           "const ::mlir::gradopt::StepBatch &":$batch)>,
    InterfaceMethod<[{
      What a step of this op costs. Views and elementwise work move only with
      other ops: alone they cost less in the loop, where their operands are in
      the cache.
    }],
      "::mlir::gradopt::StepWork", "getStepWork", (ins), [{}],
      [{ return ::mlir::gradopt::StepWork::Other; }]>];
}

def GradOpt_RecurrentCellOpInterface : OpInterface<"RecurrentCellOpInterface"> {
  let cppNamespace = "::mlir::gradopt";
  let description = [{
    A named recurrent layer over a whole sequence, defined by its one step.
    `gradopt-expand-cells` makes a `gradopt.scan` of each of its directions. The
    results of the op are the sequence of its outputs, T × B × (directions ·
    width), then the final states of each direction. Each step's output is the
    first of its next states.
  }];
  let methods = [
    InterfaceMethod<"The layer's name for reports; empty if it has none.",
      "::llvm::StringRef", "getLayerName", (ins)>,
    InterfaceMethod<"The input sequence; its first dimension is time, its second the batch.",
      "::mlir::Value", "getSequence", (ins)>,
    InterfaceMethod<"How many steps of each batch row count; null if all do.",
      "::mlir::Value", "getSequenceLengths", (ins), [{}], [{ return {}; }]>,
    InterfaceMethod<"For each direction of the layer, whether it runs from the last time step to the first.",
      "::llvm::SmallVector<bool>", "getDirections", (ins), [{}],
      [{ return {false}; }]>,
    InterfaceMethod<"One name for each state, such as h and c.",
      "::llvm::SmallVector<::llvm::StringRef>", "getStateNames", (ins)>,
    InterfaceMethod<"The states of a direction before its first step; a null value is zero.",
      "::llvm::SmallVector<::mlir::Value>", "getInitialStates",
      (ins "unsigned":$direction)>,
    InterfaceMethod<[{
      The weights of a direction, each with the name that PyTorch gives it:
      weight_ih, weight_hh, bias_ih, bias_hh, weight_hr, and peephole_i, peephole_f
      and peephole_o, which PyTorch does not have.
    }],
      "::llvm::SmallVector<std::pair<::llvm::StringRef, ::mlir::Value>>",
      "getWeights", (ins "unsigned":$direction), [{}], [{ return {}; }]>,
    InterfaceMethod<"For each state the probability that an element keeps its old value; empty if none does.",
      "::llvm::ArrayRef<double>", "getZoneoutRates", (ins), [{}],
      [{ return {}; }]>,
    InterfaceMethod<"The key and the step count of the zoneout; null without one.",
      "std::pair<::mlir::Value, ::mlir::Value>", "getZoneoutRandom", (ins), [{}],
      [{ return {}; }]>,
    InterfaceMethod<[{
      Builds one step of a direction on the input slice `input` and the states
      before the step, and returns the states after it. The ops that belong to one
      gate get that gate's name into their location's origin.
    }],
    "::llvm::SmallVector<::mlir::Value>", "buildStep",
    (ins "::mlir::OpBuilder &":$builder, "::mlir::Value":$input,
         "::mlir::ValueRange":$states, "unsigned":$direction)>];
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

def GradOpt_OptimizerAttrInterface : AttrInterface<"OptimizerAttrInterface"> {
  let cppNamespace = "::mlir::gradopt";
  let description = [{
    The optimizer of a recipe. `gradopt-insert-updates` asks it for the update of
    each parameter; attach it to an attribute of your own dialect and the recipe
    takes that as `optimizer`.
  }];
  let methods = [
    InterfaceMethod<"The initial learning rate.",
      "::mlir::FloatAttr", "getLearningRate", (ins)>,
    InterfaceMethod<"The same optimizer with another initial learning rate.",
      "::mlir::Attribute", "withLearningRate",
      (ins "::mlir::FloatAttr":$learningRate)>,
    InterfaceMethod<"The names of the states that it keeps for each parameter, each of the parameter's type.",
      "::llvm::SmallVector<::llvm::StringRef>", "getSlots", (ins)>,
    InterfaceMethod<"Whether its update needs the number of the update.",
      "bool", "countsSteps", (ins), [{}], [{ return false; }]>,
    InterfaceMethod<"Its weight decay; null if it has none of its own.",
      "::mlir::FloatAttr", "getDecay", (ins), [{}], [{ return {}; }]>,
    InterfaceMethod<[{
      Builds the update of one parameter. `states` are in the order of the slots;
      `step` is the number of this update, from 1, or null; `decay` is a weight
      decay that takes the place of the optimizer's own, or null.
    }],
    "::mlir::gradopt::ParameterUpdateOpInterface", "buildUpdate",
    (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc,
         "::mlir::Value":$parameter, "::mlir::Value":$gradient,
         "::mlir::ValueRange":$states, "::mlir::Value":$step,
         "::mlir::Value":$learningRate, "::mlir::FloatAttr":$decay)>];
}

#endif // GRADOPT_INTERFACES_GRADOPTINTERFACES_TD
