//===- StepFlow.cpp - Where the data of a value comes from ---------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StepFlow.h"
#include "gradopt/IR/GradOptOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/ShapedOpInterfaces.h"

using namespace mlir;
using namespace mlir::gradopt;

/// Everything that `op` and the ops in its regions use.
static void appendAll(Operation *op, SmallVectorImpl<Value> &sources) {
  op->walk([&](Operation *nested) {
    llvm::append_range(sources, nested->getOperands());
  });
}

/// What a scan makes this of: a final carry, an output, a history, or an
/// argument of its body.
static void appendOfCarry(ScanOp scan, unsigned carry,
                          SmallVectorImpl<Value> &sources) {
  sources.push_back(scan.getInits()[carry]);
  sources.push_back(scan.getYieldedCarries()[carry]);
}

static void appendOfScan(ScanOp scan, OpResult result,
                         SmallVectorImpl<Value> &sources) {
  unsigned index = result.getResultNumber();
  if (index < scan.getNumCarries())
    return appendOfCarry(scan, index, sources);
  index -= scan.getNumCarries();
  if (index < scan.getNumOutputs())
    return sources.push_back(scan.getYieldedOutputs()[index]);
  index -= scan.getNumOutputs();
  appendOfCarry(scan, scan.getHistories()[index], sources);
}

static void appendOfScan(ScanOp scan, BlockArgument arg,
                         SmallVectorImpl<Value> &sources) {
  unsigned index = arg.getArgNumber();
  if (index == 0)
    return;
  index -= 1;
  if (index < scan.getNumCarries())
    return appendOfCarry(scan, index, sources);
  sources.push_back(scan.getInputs()[index - scan.getNumCarries()]);
}

/// What the branches of `op` hand to one of its results or of the arguments of
/// its regions.
static void appendOfBranches(RegionBranchOpInterface op, Value value,
                             SmallVectorImpl<Value> &sources) {
  RegionBranchInverseSuccessorMapping mapping;
  op.getSuccessorInputOperandMapping(mapping);
  auto found = mapping.find(value);
  if (found == mapping.end())
    return appendAll(op, sources);
  for (OpOperand *operand : found->second)
    sources.push_back(operand->get());
}

static void appendUnfiltered(Value value, SmallVectorImpl<Value> &sources) {
  if (auto arg = dyn_cast<BlockArgument>(value)) {
    Operation *parent = arg.getOwner()->getParentOp();
    if (!parent || isa<FunctionOpInterface>(parent))
      return;
    if (auto scan = dyn_cast<ScanOp>(parent))
      return appendOfScan(scan, arg, sources);
    if (auto linalgOp = dyn_cast<linalg::LinalgOp>(parent))
      return sources.push_back(linalgOp.getMatchingOpOperand(arg)->get());
    if (auto branch = dyn_cast<RegionBranchOpInterface>(parent))
      return appendOfBranches(branch, value, sources);
    return appendAll(parent, sources);
  }

  auto result = cast<OpResult>(value);
  Operation *op = result.getOwner();
  // A size says nothing of what a tensor holds.
  if (isa<ShapedDimOpInterface>(op))
    return;
  if (auto scan = dyn_cast<ScanOp>(op))
    return appendOfScan(scan, result, sources);
  if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op))
    return sources.push_back(linalgOp.getBlock()->getTerminator()->getOperand(
        result.getResultNumber()));
  if (auto branch = dyn_cast<RegionBranchOpInterface>(op))
    return appendOfBranches(branch, value, sources);
  appendAll(op, sources);
}

void mlir::gradopt::appendSources(Value value,
                                  SmallVectorImpl<Value> &sources) {
  SmallVector<Value> all;
  appendUnfiltered(value, all);
  for (Value source : all) {
    Type type = getElementTypeOrSelf(source.getType());
    if (!type.isInteger(1) && !type.isIndex())
      sources.push_back(source);
  }
}
