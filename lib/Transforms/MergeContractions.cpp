//===- MergeContractions.cpp - One contraction of several -----------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MergeContractions.h"
#include "Contractions.h"
#include "ScanEditor.h"
#include "TensorSizes.h"
#include "gradopt/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace mlir::gradopt {
#define GEN_PASS_DEF_MERGECONTRACTIONS
#include "gradopt/Transforms/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;
using linalg::LinalgOp;

static constexpr StringLiteral kPass = "gradopt-merge-contractions";

//===----------------------------------------------------------------------===//
// What the parts of the pass share
//===----------------------------------------------------------------------===//

std::optional<Contraction> mlir::gradopt::matchContraction(Operation *op) {
  LinalgOp contraction = getContraction(op);
  if (!contraction || contraction.getNumDpsInputs() != 2 ||
      contraction.getNumDpsInits() != 1 || op->getNumResults() != 1)
    return std::nullopt;
  Type elementType = getElementTypeOrSelf(op->getResult(0).getType());
  for (Value operand : op->getOperands()) {
    auto type = dyn_cast<RankedTensorType>(operand.getType());
    if (!type || type.getElementType() != elementType || type.getEncoding())
      return std::nullopt;
  }
  // A loop of `linalg.contract` is in two operands at least.
  SmallVector<AffineMap> maps = contraction.getIndexingMapsArray();
  for (unsigned loop : llvm::seq(contraction.getNumLoops())) {
    auto isIn = [&](AffineMap map) { return map.isFunctionOfDim(loop); };
    bool isReduction = !isIn(maps[2]);
    if (isReduction ? !isIn(maps[0]) || !isIn(maps[1])
                    : !isIn(maps[0]) && !isIn(maps[1]))
      return std::nullopt;
  }
  return Contraction{op};
}

SmallVector<SmallVector<unsigned>>
mlir::gradopt::numberLoops(const Contraction &contraction,
                           ArrayRef<OpOperand *> operands) {
  DenseMap<unsigned, unsigned> numbers;
  SmallVector<SmallVector<unsigned>> result;
  for (OpOperand *operand : operands) {
    result.emplace_back();
    for (AffineExpr expr : contraction.map(*operand).getResults())
      result.back().push_back(
          numbers
              .try_emplace(cast<AffineDimExpr>(expr).getPosition(),
                           numbers.size())
              .first->second);
  }
  return result;
}

bool mlir::gradopt::haveSameLoops(const Contraction &first,
                                  const Contraction &second, unsigned index,
                                  unsigned loop, AffineMap known) {
  Value lhs = first.input(index).get(), rhs = second.input(index).get();
  auto lhsType = cast<RankedTensorType>(lhs.getType()),
       rhsType = cast<RankedTensorType>(rhs.getType());
  for (auto [dim, expr] :
       llvm::enumerate(first.map(first.input(index)).getResults())) {
    unsigned position = cast<AffineDimExpr>(expr).getPosition();
    if (position == loop)
      continue;
    if (lhsType.getDimSize(dim) != rhsType.getDimSize(dim))
      return false;
    if (lhsType.isDynamicDim(dim) && !known.isFunctionOfDim(position) &&
        !haveSameSize(lhs, dim, rhs, dim))
      return false;
  }
  return true;
}

ContractionMerger::ContractionMerger(RewriterBase &rewriter,
                                     Operation *function)
    : rewriter(rewriter), function(function), stacker(rewriter, kPass) {}

ContractionMerger::Operands
ContractionMerger::permute(const Operands &list, ArrayRef<unsigned> order) {
  return {llvm::map_to_vector(order,
                              [&](unsigned index) { return list.uses[index]; }),
          list.dim};
}

static SmallVector<Value> getValues(ArrayRef<OpOperand *> uses) {
  return llvm::map_to_vector(uses, [](OpOperand *use) { return use->get(); });
}

std::optional<SmallVector<unsigned>>
ContractionMerger::findOrder(ArrayRef<Operands> lists, bool &all,
                             std::string &reason) {
  // What lies in one tensor already says the order, what is kept for each time
  // step before weights, which cost little to put into another one.
  SmallVector<SmallVector<unsigned>> orders;
  for (bool weights : {false, true})
    for (const Operands &list : lists)
      if ((stacker.getKind(list.uses.front()->get()) ==
           TensorStacker::Kind(nullptr, 4)) == weights)
        if (auto order = stacker.findOrder(getValues(list.uses), list.dim))
          orders.push_back(*order);
  orders.push_back(
      llvm::to_vector(llvm::seq<unsigned>(lists.front().uses.size())));

  std::optional<SmallVector<unsigned>> found;
  for (ArrayRef<unsigned> order : orders) {
    all = true;
    for (auto [index, list] : llvm::enumerate(lists)) {
      Operands sorted = permute(list, order);
      std::string why;
      if (stacker.canStack(getValues(sorted.uses), sorted.dim,
                           sorted.uses.front()->getOwner(), why)) {
        if (index == 0 && !found)
          found = SmallVector<unsigned>(order);
        continue;
      }
      all = false;
      reason = why;
      if (index == 0)
        break;
    }
    if (all)
      return SmallVector<unsigned>(order);
  }
  return found;
}

void ContractionMerger::remarkMerged(Operation *merged, StringRef name,
                                     unsigned count) {
  numMerged += count - 1;
  StringRef functionName;
  if (auto symbol = dyn_cast<FunctionOpInterface>(function))
    functionName = symbol.getName();
  remark::passed(
      merged->getLoc(),
      remark::RemarkOpts::name(name).category(kPass).function(functionName))
      << remark::reason("{0} contractions are one", count);
}

void ContractionMerger::remarkMissed() {
  StringRef functionName;
  if (auto symbol = dyn_cast<FunctionOpInterface>(function))
    functionName = symbol.getName();
  for (auto &[op, reason] : missed)
    remark::missed(op->getLoc(), remark::RemarkOpts::name("not-merged")
                                     .category(kPass)
                                     .function(functionName))
        << remark::reason("{0}", reason);
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

/// Writes the contractions that are generics as what they are.
static void nameContractions(RewriterBase &rewriter, Operation *function) {
  SmallVector<Contraction> generics;
  function->walk([&](linalg::GenericOp op) {
    if (auto contraction = matchContraction(op))
      generics.push_back(*contraction);
  });
  for (const Contraction &generic : generics) {
    rewriter.setInsertionPoint(generic.op);
    Value result =
        buildContraction(rewriter, generic.op->getLoc(), generic.input(0).get(),
                         generic.input(1).get(), generic.init().get(),
                         cast<LinalgOp>(generic.op).getIndexingMapsArray());
    rewriter.replaceOp(generic.op, result);
  }
}

/// Merges the first contractions, in the order of the program, that can be, and
/// says whether there were any.
static bool mergeOnce(ContractionMerger &merger, Operation *function) {
  merger.chainSums();
  SmallVector<Operation *> contractions;
  function->walk([&](LinalgOp op) {
    if (matchContraction(op))
      contractions.push_back(op);
  });
  merger.missed.clear();
  for (Operation *op : contractions) {
    auto contraction = matchContraction(op);
    if (merger.joinChain(*contraction) || merger.mergeShared(*contraction))
      return true;
  }
  return false;
}

namespace {
struct MergeContractions
    : gradopt::impl::MergeContractionsBase<MergeContractions> {
  using MergeContractionsBase::MergeContractionsBase;

  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    getOperation()->walk([&](FunctionOpInterface function) {
      nameContractions(rewriter, function);
      ContractionMerger merger(rewriter, function);
      while (mergeOnce(merger, function))
        ;
      merger.remarkMissed();
      numMerged += merger.numMerged;
      // What was stacked and sliced is dead in its old form.
      if (merger.numMerged != 0)
        removeUnneededParts(function);
    });
  }
};
} // namespace
