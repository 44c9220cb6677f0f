//===- ScanOps.td - The loop over time -*- tablegen -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_IR_SCANOPS_TD
#define GRADOPT_IR_SCANOPS_TD

include "gradopt/IR/GradOptOpBase.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/LoopLikeInterface.td"
include "mlir/IR/OpAsmInterface.td"

def GradOpt_ScanOp : GradOpt_Op<"scan", [
    AttrSizedOperandSegments, SingleBlock, RecursiveMemoryEffects,
    DeclareOpInterfaceMethods<ConditionallySpeculatable>,
    DeclareOpInterfaceMethods<LoopLikeOpInterface,
      ["getLoopInductionVars", "getLoopLowerBounds", "getLoopSteps",
       "getLoopUpperBounds", "getInitsMutable", "getRegionIterArgs",
       "getYieldedValuesMutable", "getLoopResults", "getStaticTripCount"]>,
    DeclareOpInterfaceMethods<RegionBranchOpInterface,
      ["getEntrySuccessorOperands", "getRegionInvocationBounds",
       "areTypesCompatible"]>,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface,
      ["reifyResultShapes", "reifyShapeOfResult", "reifyDimOfResult"]>]> {
  let summary = "a loop over time steps";
  let description = [{
    Runs its body `count` times. The block arguments are the step index s = 0 …
    count − 1 in processing order (`index`), the carries, and one slice per
    input. The `gradopt.yield` gives the next carries, then one slice per output.
    The region may use values from outside: they are constant in time.

    Results: the final carries, the outputs, then the histories asked for.

    * An **input** is a tensor whose first dimension is `count`; the body sees
      one slice of it without that dimension. An **output** is made of slices in
      the same way. Each has a direction: forward, step s is at t = s; `reverse`,
      at t = count − 1 − s. All are stored in time order.
    * A **history** holds every value of one carry in count + 1 rows: forward,
      row t is the carry before time t's step and row t + 1 after it; `reverse`,
      row t + 1 is before and row t after. So the values before and after each
      step are two slices of one tensor.
    * With `count` = 0 the final carries are the initial ones, outputs are empty
      and a history holds the initial carry alone.

    `count` must be equal to the first dimension of every input; where these are
    dynamic `gradopt-verify-sizes` checks it. The sizes of a carry do not change from step to
    step. `carry_names` names the carries for reports; without it they are
    `carry0`, `carry1`, …

    ```mlir
    %h_n, %y, %hs = gradopt.scan "rnn" (%s) to %T
        carries(%h = %h0 : tensor<?x8xf32>)
        inputs(%x_t = %x : tensor<?x?x8xf32>)
        outputs(tensor<?x?x8xf32>)
        histories(0 : tensor<?x?x8xf32>) {
      %z = arith.addf %x_t, %h : tensor<?x8xf32>
      %h1 = math.tanh %z : tensor<?x8xf32>
      gradopt.yield %h1, %h1 : tensor<?x8xf32>, tensor<?x8xf32>
    }
    ```
    `inputs(%x_t = reverse %x : …)`, `outputs(reverse tensor<…>)` and
    `histories(reverse 0 : tensor<…>)` give the other direction.
  }];
  let arguments = (ins
    Index:$count, Variadic<AnyType>:$inits, Variadic<AnyRankedTensor>:$inputs,
    OptionalAttr<StrAttr>:$name,
    DefaultValuedAttr<DenseBoolArrayAttr, "{}">:$input_reverse,
    DefaultValuedAttr<DenseBoolArrayAttr, "{}">:$output_reverse,
    DefaultValuedAttr<DenseI64ArrayAttr, "{}">:$histories,
    DefaultValuedAttr<DenseBoolArrayAttr, "{}">:$history_reverse,
    OptionalAttr<StrArrayAttr>:$carry_names);
  let results = (outs Variadic<AnyType>:$results);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let hasCanonicalizer = 1;
  let skipDefaultBuilders = 1;
  let builders = [
    /// Creates the op with an empty body block that has its arguments. Empty
    /// direction arrays mean forward.
    OpBuilder<(ins "::mlir::Value":$count, "::mlir::ValueRange":$inits,
      "::mlir::ValueRange":$inputs, "::mlir::TypeRange":$outputTypes,
      "::llvm::ArrayRef<int64_t>":$histories,
      "::llvm::ArrayRef<bool>":$inputReverse,
      "::llvm::ArrayRef<bool>":$outputReverse,
      "::llvm::ArrayRef<bool>":$historyReverse, "::mlir::StringAttr":$name,
      CArg<"::mlir::ArrayAttr", "nullptr">:$carryNames)>];
  let extraClassDeclaration = [{
    unsigned getNumCarries() { return getInits().size(); }
    unsigned getNumOutputs() { return getOutputReverse().size(); }
    unsigned getNumHistories() { return getHistories().size(); }

    ::mlir::Value getStepIndex() { return getBody().getArgument(0); }
    ::mlir::Block::BlockArgListType getCarryArgs() {
      return getBody().getArguments().slice(1, getNumCarries());
    }
    ::mlir::Block::BlockArgListType getSliceArgs() {
      return getBody().getArguments().drop_front(1 + getNumCarries());
    }
    ::mlir::Operation *getYield() { return getBody().front().getTerminator(); }
    ::mlir::OperandRange getYieldedCarries();
    ::mlir::OperandRange getYieldedOutputs();

    ::mlir::ResultRange getFinalCarries() {
      return getResults().take_front(getNumCarries());
    }
    ::mlir::ResultRange getOutputs() {
      return getResults().slice(getNumCarries(), getNumOutputs());
    }
    ::mlir::ResultRange getHistoryResults() {
      return getResults().drop_front(getNumCarries() + getNumOutputs());
    }

    /// The name of a carry for reports.
    std::string getCarryName(unsigned carry);

    /// The type of a slice of an input or output, and of a sequence or history
    /// of `count` (+ 1) such slices.
    static ::mlir::RankedTensorType getSliceType(::mlir::RankedTensorType sequence);
    static ::mlir::RankedTensorType getSequenceType(::mlir::RankedTensorType slice,
                                                    int64_t length);
    /// The static step count, or ShapedType::kDynamic.
    int64_t getStaticCount();

    /// A dimension of `shaped`, a tensor or memref that the body uses, computed
    /// before the loop. Fails, and creates nothing, if it depends on values of
    /// the body or nothing says how it comes about.
    ::mlir::FailureOr<::mlir::OpFoldResult>
    reifyBodyDim(::mlir::OpBuilder &builder, ::mlir::Value shaped, int64_t dim);
  }];
}

def GradOpt_YieldOp : GradOpt_Op<"yield", [
    Pure, Terminator, ParentOneOf<["ScanOp", "GuardOp"]>,
    DeclareOpInterfaceMethods<RegionBranchTerminatorOpInterface>]> {
  let summary = "ends the body of a scan or a guard";
  let description = [{
    In a `scan`: the next carries, then one slice for each output. In a `guard`:
    whether the step is good (`i1`), then one new value for each old one.
  }];
  let arguments = (ins Variadic<AnyType>:$values);
  let assemblyFormat = "($values^ `:` type($values))? attr-dict";
  let builders = [OpBuilder<(ins), "">];
}

#endif // GRADOPT_IR_SCANOPS_TD
