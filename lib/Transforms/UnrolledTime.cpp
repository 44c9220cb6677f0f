//===- UnrolledTime.cpp - Time steps written one by one -------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "UnrolledTime.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SmallSet.h"

using namespace mlir;
using namespace mlir::gradopt;

/// So often must a pattern be there to be one.
static constexpr unsigned kMinRepetitions = 3;
/// Of so many ops a remark gives the names.
static constexpr unsigned kMaxNames = 6;

namespace {
/// The ops of one time step; or of one gate, but gates do not need each other.
struct Step {
  tensor::ExtractSliceOp slice;
  SmallVector<Operation *> ops;
  /// Whether one of them needs what the step before has computed.
  bool followsPrevious = false;
};
} // namespace

/// The dimension of size 1 in which a slice has a constant offset, and that
/// offset. All other offsets are 0.
static std::optional<std::pair<int64_t, int64_t>>
getConstantRow(tensor::ExtractSliceOp slice) {
  std::optional<std::pair<int64_t, int64_t>> row;
  for (auto [dim, offset, size] :
       llvm::enumerate(slice.getStaticOffsets(), slice.getStaticSizes())) {
    if (ShapedType::isDynamic(offset))
      return std::nullopt;
    bool isRow = size == 1 && slice.getSourceType().getDimSize(dim) != 1;
    if (isRow && !row)
      row = {static_cast<int64_t>(dim), offset};
    else if (offset != 0)
      return std::nullopt;
  }
  return row;
}

static bool isSame(Operation *lhs, Operation *rhs) {
  return lhs->getName() == rhs->getName() &&
         lhs->getResultTypes() == rhs->getResultTypes();
}

/// Whether `ops` begin with all ops of `pattern`.
static bool beginsWith(ArrayRef<Operation *> ops,
                       ArrayRef<Operation *> pattern) {
  return ops.size() >= pattern.size() &&
         std::equal(pattern.begin(), pattern.end(), ops.begin(), isSame);
}

static void report(ArrayRef<Step> steps, StringRef pass) {
  // The longest run of steps that do the same. What follows the last step
  // stands behind its ops.
  size_t bestBegin = 0, bestLength = 0;
  for (size_t begin = 0; begin < steps.size();) {
    size_t end = begin + 1;
    ArrayRef<Operation *> pattern = steps[begin].ops;
    auto repeats = [&](const Step &step) {
      return step.followsPrevious && beginsWith(step.ops, pattern);
    };
    while (end < steps.size() && repeats(steps[end]) &&
           steps[end].ops.size() == pattern.size())
      ++end;
    if (end < steps.size() && repeats(steps[end]))
      ++end;
    if (!pattern.empty() && end - begin > bestLength) {
      bestBegin = begin;
      bestLength = end - begin;
    }
    begin = std::max(begin + 1, end - 1);
  }
  if (bestLength < kMinRepetitions)
    return;
  tensor::ExtractSliceOp first = steps[bestBegin].slice;
  ArrayRef<Operation *> pattern = steps[bestBegin].ops;
  std::string names;
  for (Operation *op : pattern.take_front(kMaxNames))
    names += (names.empty() ? "" : ", ") + op->getName().getStringRef().str();
  if (pattern.size() > kMaxNames)
    names += ", ...";
  std::string sequence;
  llvm::raw_string_ostream stream(sequence);
  first.getSource().printAsOperand(stream, OpPrintingFlags());
  auto function = first->getParentOfType<FunctionOpInterface>();
  remark::analysis(first.getLoc(),
                   remark::RemarkOpts::name("unrolled-time")
                       .category(pass)
                       .function(function ? function.getName() : StringRef()))
      << remark::reason("time is unrolled: {0} times the same {1} ops ({2}) "
                        "for one row of {3} after the other; a loop over time "
                        "would become a scan",
                        bestLength, pattern.size(), names, sequence);
}

static void reportBlock(Block &block, StringRef pass) {
  // The slices of each sequence, by the dimension.
  llvm::MapVector<std::pair<Value, int64_t>,
                  SmallVector<std::pair<int64_t, tensor::ExtractSliceOp>>>
      slices;
  for (auto slice : block.getOps<tensor::ExtractSliceOp>())
    if (auto row = getConstantRow(slice))
      slices[{slice.getSource(), row->first}].push_back({row->second, slice});

  for (auto &[sequence, rows] : slices) {
    if (rows.size() < kMinRepetitions)
      continue;
    bool ascends =
        llvm::all_of(llvm::zip(rows, llvm::drop_begin(rows)), [](auto pair) {
          return std::get<1>(pair).first == std::get<0>(pair).first + 1;
        });
    bool descends =
        llvm::all_of(llvm::zip(rows, llvm::drop_begin(rows)), [](auto pair) {
          return std::get<1>(pair).first == std::get<0>(pair).first - 1;
        });
    if (!ascends && !descends)
      continue;
    // An op belongs to the last step on which it depends.
    SmallVector<Step> steps;
    DenseMap<Operation *, unsigned> stepOf;
    for (auto &[offset, slice] : rows) {
      stepOf[slice] = steps.size();
      steps.push_back({slice, {}, false});
    }
    for (Operation &op : block.without_terminator()) {
      if (stepOf.contains(&op))
        continue;
      llvm::SmallSet<unsigned, 4> needed;
      op.walk([&](Operation *nested) {
        for (Value operand : nested->getOperands())
          if (Operation *definition = operand.getDefiningOp())
            if (auto found = stepOf.find(definition); found != stepOf.end())
              needed.insert(found->second);
      });
      if (needed.empty())
        continue;
      unsigned last = *std::max_element(needed.begin(), needed.end());
      stepOf[&op] = last;
      steps[last].ops.push_back(&op);
      steps[last].followsPrevious |= last > 0 && needed.contains(last - 1);
    }
    report(steps, pass);
  }
}

void mlir::gradopt::reportUnrolledTime(Operation *root, StringRef pass) {
  if (!root->getContext()->getRemarkEngine())
    return;
  root->walk([&](Block *block) { reportBlock(*block, pass); });
}
