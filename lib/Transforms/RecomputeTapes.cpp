//===- RecomputeTapes.cpp - Tapes that are computed again -----------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RecomputeTapes.h"
#include "Contractions.h"
#include "HistoryRows.h"
#include "ScanEditor.h"
#include "ScanUtils.h"
#include "gradopt/Interfaces/ReverseMode.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace mlir::gradopt;

namespace {
/// Where a reader finds a value of the forward body for each step.
struct Kept {
  enum Kind { Input, Before, After, Output } kind;
  /// Of the input, history or output.
  unsigned number;
};

/// Chooses the outputs of one scan that are computed again.
class TapeChooser {
public:
  explicit TapeChooser(ScanOp scan) : scan(scan) {}

  SmallVector<RecomputedTape> choose();
  std::optional<Kept> findKept(Value value);

  /// The operand of the generic's terminator that holds `scalar` and whose
  /// result is kept.
  std::optional<unsigned> findKeptScalar(linalg::GenericOp generic,
                                         Value scalar);
  bool isBody(Value value) { return isDefinedIn(value, scan.getBody()); }

private:
  bool canRead(unsigned input);
  bool canCompute(Value value);
  bool decide(Value value);
  bool canComputePart(OpResult result);
  bool canComputeScalar(linalg::GenericOp generic, Value scalar);

  ScanOp scan;
  /// Outputs that are not kept, and those without which others cannot be
  /// computed.
  llvm::SmallDenseSet<unsigned> dropped, pinned;

  // Of the output that is looked at.
  const Tape *tape = nullptr;
  llvm::SmallDenseSet<unsigned> used;
  llvm::DenseMap<Value, bool> known;
  Operation *obstacle = nullptr;
};

/// Builds in the body of a reader what it computes again.
class TapeBuilder {
public:
  TapeBuilder(RewriterBase &rewriter, ScanOp scan, TapeChooser &chooser,
              ScanOp reader)
      : rewriter(rewriter), scan(scan), chooser(chooser), reader(reader),
        editor(rewriter, reader) {}

  void replace(ArrayRef<const Tape *> tapes);

private:
  Value compute(Value value);
  Value read(Kept kept);
  Value computePart(OpResult result);

  RewriterBase &rewriter;
  ScanOp scan;
  TapeChooser &chooser;
  ScanOp reader;
  ScanEditor editor;
  IRMapping mapping;
};
} // namespace

/// Whether each element of a result belongs to one iteration, so that what
/// belongs to that iteration can be computed from it.
static bool hasAllLoops(linalg::GenericOp generic, unsigned result) {
  return generic.getMatchingIndexingMap(generic.getDpsInitOperand(result))
      .isPermutation();
}

//===----------------------------------------------------------------------===//
// What can be computed
//===----------------------------------------------------------------------===//

/// A sequence that is read anyway, or that lives as long as the function runs:
/// others would have to be kept for this.
bool TapeChooser::canRead(unsigned input) {
  Value sequence = scan.getInputs()[input];
  if (isa<BlockArgument>(sequence))
    return true;
  return llvm::all_of(tape->uses, [&](const TapeUse &use) {
    return llvm::is_contained(cast<ScanOp>(use.reader).getInputs(), sequence);
  });
}

std::optional<Kept> TapeChooser::findKept(Value value) {
  auto findHistory = [&](unsigned carry) -> std::optional<unsigned> {
    const int64_t *found = llvm::find(scan.getHistories(), carry);
    if (found == scan.getHistories().end())
      return std::nullopt;
    return std::distance(scan.getHistories().begin(), found);
  };
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    if (argument.getOwner() != &scan.getBody().front() ||
        argument == scan.getStepIndex())
      return std::nullopt;
    unsigned number = argument.getArgNumber() - 1;
    if (number >= scan.getNumCarries())
      return Kept{Kept::Input, number - scan.getNumCarries()};
    if (std::optional<unsigned> history = findHistory(number))
      return Kept{Kept::Before, *history};
  }
  for (auto [carry, next] : llvm::enumerate(scan.getYieldedCarries()))
    if (next == value)
      if (std::optional<unsigned> history = findHistory(carry))
        return Kept{Kept::After, *history};
  for (auto [output, slice] : llvm::enumerate(scan.getYieldedOutputs()))
    if (slice == value && !dropped.contains(output))
      return Kept{Kept::Output, static_cast<unsigned>(output)};
  return std::nullopt;
}

std::optional<unsigned> TapeChooser::findKeptScalar(linalg::GenericOp generic,
                                                    Value scalar) {
  for (auto [i, yielded] :
       llvm::enumerate(generic.getBody()->getTerminator()->getOperands()))
    if (yielded == scalar && hasAllLoops(generic, i) &&
        findKept(generic.getResult(i)))
      return i;
  return std::nullopt;
}

bool TapeChooser::canCompute(Value value) {
  if (!isBody(value) || value == scan.getStepIndex())
    return true;
  auto [entry, isNew] = known.try_emplace(value, false);
  if (!isNew)
    return entry->second;
  bool result = decide(value);
  known[value] = result;
  return result;
}

bool TapeChooser::decide(Value value) {
  if (std::optional<Kept> kept = findKept(value)) {
    if (kept->kind == Kept::Output)
      used.insert(kept->number);
    return kept->kind != Kept::Input || canRead(kept->number);
  }
  Operation *op = value.getDefiningOp();
  if (!op || op->getBlock() != &scan.getBody().front())
    return false;
  auto isScalar = [](Type type) { return type.isIntOrIndexOrFloat(); };
  bool isCheap =
      isPointwise(op) || op->hasTrait<OpTrait::ConstantLike>() ||
      isa<tensor::EmptyOp, tensor::DimOp, tensor::SplatOp,
          tensor::FromElementsOp, tensor::ExtractSliceOp, tensor::ExpandShapeOp,
          tensor::CollapseShapeOp, tensor::CastOp, linalg::FillOp>(op) ||
      (op->getNumRegions() == 0 &&
       llvm::all_of(op->getResultTypes(), isScalar) &&
       llvm::all_of(op->getOperandTypes(), isScalar));
  if (!isCheap || !isPure(op)) {
    obstacle = op;
    return false;
  }
  if (isa<linalg::GenericOp>(op))
    return canComputePart(cast<OpResult>(value));
  return llvm::all_of(op->getOperands(),
                      [&](Value operand) { return canCompute(operand); }) &&
         llvm::all_of(getCapturedValues(op),
                      [&](Value captured) { return canCompute(captured); });
}

/// Of a generic only that is computed again which the one result needs.
bool TapeChooser::canComputePart(OpResult result) {
  auto generic = cast<linalg::GenericOp>(result.getOwner());
  unsigned number = result.getResultNumber();
  return hasAllLoops(generic, number) &&
         canCompute(generic.getDpsInits()[number]) &&
         canComputeScalar(
             generic, generic.getBody()->getTerminator()->getOperand(number));
}

bool TapeChooser::canComputeScalar(linalg::GenericOp generic, Value scalar) {
  if (std::optional<unsigned> kept = findKeptScalar(generic, scalar))
    return canCompute(generic.getResult(*kept));
  if (auto argument = dyn_cast<BlockArgument>(scalar);
      argument && argument.getOwner() == generic.getBody())
    return canCompute(generic->getOperand(argument.getArgNumber()));
  Operation *op = scalar.getDefiningOp();
  if (!op || op->getBlock() != generic.getBody())
    return canCompute(scalar);
  return op->getNumRegions() == 0 && isPure(op) &&
         llvm::all_of(op->getOperands(), [&](Value operand) {
           return canComputeScalar(generic, operand);
         });
}

/// Whether `a` is computed before `b`, two values of a body or from outside.
static bool isBefore(Value a, Value b) {
  Operation *first = a.getDefiningOp(), *second = b.getDefiningOp();
  if (!first || !second || first->getBlock() != second->getBlock())
    return !first && second;
  if (first != second)
    return first->isBeforeInBlock(second);
  auto generic = dyn_cast<linalg::GenericOp>(first);
  if (!generic)
    return false;
  Operation *yield = generic.getBody()->getTerminator();
  return isBefore(yield->getOperand(cast<OpResult>(a).getResultNumber()),
                  yield->getOperand(cast<OpResult>(b).getResultNumber()));
}

/// What comes first is looked at first: what follows from it can be computed
/// from what it is computed from.
SmallVector<RecomputedTape> TapeChooser::choose() {
  SmallVector<RecomputedTape> result;
  SmallVector<Tape> tapes = findTapes(scan);
  auto getOutput = [&](const Tape &tape) {
    return tape.result - scan.getNumCarries();
  };
  llvm::erase_if(tapes, [&](const Tape &tape) {
    return getOutput(tape) >= scan.getNumOutputs();
  });
  llvm::stable_sort(tapes, [&](const Tape &a, const Tape &b) {
    return isBefore(scan.getYieldedOutputs()[getOutput(a)],
                    scan.getYieldedOutputs()[getOutput(b)]);
  });
  for (const Tape &candidate : tapes) {
    unsigned output = getOutput(candidate);
    tape = &candidate;
    used.clear();
    known.clear();
    obstacle = nullptr;
    if (pinned.contains(output))
      continue;
    dropped.insert(output);
    if (canCompute(scan.getYieldedOutputs()[output])) {
      pinned.insert(used.begin(), used.end());
      result.push_back({candidate, /*isRecomputed=*/true, nullptr});
      continue;
    }
    dropped.erase(output);
    result.push_back({candidate, /*isRecomputed=*/false, obstacle});
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Computing it
//===----------------------------------------------------------------------===//

Value TapeBuilder::read(Kept kept) {
  switch (kept.kind) {
  case Kept::Input:
    return editor.addInput(scan.getInputs()[kept.number],
                           !scan.getInputReverse()[kept.number]);
  case Kept::Output:
    return editor.addInput(scan.getOutputs()[kept.number],
                           !scan.getOutputReverse()[kept.number]);
  case Kept::Before:
  case Kept::After:
    break;
  }
  bool reverse = scan.getHistoryReverse()[kept.number];
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(reader);
  return editor.addInput(buildHistoryRows(rewriter, getHelperLoc(scan), scan,
                                          scan.getHistoryResults()[kept.number],
                                          reverse, kept.kind == Kept::After),
                         !reverse);
}

Value TapeBuilder::compute(Value value) {
  if (!chooser.isBody(value))
    return value;
  if (Value there = mapping.lookupOrNull(value))
    return there;
  Value result;
  if (value == scan.getStepIndex()) {
    Location loc = getHelperLoc(scan);
    Value one = arith::ConstantIndexOp::create(rewriter, loc, 1);
    Value last = arith::SubIOp::create(rewriter, loc, reader.getCount(), one);
    result = arith::SubIOp::create(rewriter, loc, last, reader.getStepIndex());
  } else if (std::optional<Kept> kept = chooser.findKept(value)) {
    result = read(*kept);
  } else if (value.getDefiningOp<linalg::GenericOp>()) {
    result = computePart(cast<OpResult>(value));
  } else {
    Operation *op = value.getDefiningOp();
    for (Value operand : op->getOperands())
      compute(operand);
    for (Value captured : getCapturedValues(op))
      compute(captured);
    rewriter.clone(*op, mapping);
    return mapping.lookup(value);
  }
  mapping.map(value, result);
  return result;
}

Value TapeBuilder::computePart(OpResult result) {
  auto generic = cast<linalg::GenericOp>(result.getOwner());
  Block *body = generic.getBody();
  unsigned number = result.getResultNumber();
  Value yielded = body->getTerminator()->getOperand(number);

  // From the result to what is there.
  llvm::MapVector<Value, OpOperand *> inputs;
  llvm::SmallPtrSet<Operation *, 16> needed;
  SmallVector<Value> worklist = {yielded}, captured;
  while (!worklist.empty()) {
    Value scalar = worklist.pop_back_val();
    if (std::optional<unsigned> kept =
            chooser.findKeptScalar(generic, scalar)) {
      inputs[scalar] = generic.getDpsInitOperand(*kept);
      continue;
    }
    if (auto argument = dyn_cast<BlockArgument>(scalar);
        argument && argument.getOwner() == body) {
      inputs[scalar] = &generic->getOpOperand(argument.getArgNumber());
      continue;
    }
    Operation *op = scalar.getDefiningOp();
    if (!op || op->getBlock() != body)
      captured.push_back(scalar);
    else if (needed.insert(op).second)
      llvm::append_range(worklist, op->getOperands());
  }

  SmallVector<Value> operands;
  SmallVector<AffineMap> maps;
  for (auto [scalar, operand] : inputs) {
    maps.push_back(generic.getMatchingIndexingMap(operand));
    // A result that is kept is known by the operand that it begins as.
    bool isArgument =
        isa<BlockArgument>(scalar) && scalar.getParentBlock() == body;
    operands.push_back(compute(
        isArgument ? operand->get() : Value(generic.getTiedOpResult(operand))));
  }
  OpOperand *init = generic.getDpsInitOperand(number);
  maps.push_back(generic.getMatchingIndexingMap(init));
  for (Value value : captured)
    compute(value);
  auto part = linalg::GenericOp::create(
      rewriter, generic.getLoc(), result.getType(), operands,
      compute(init->get()), maps, generic.getIteratorTypesArray(),
      [&](OpBuilder &builder, Location loc, ValueRange arguments) {
        IRMapping scalars(mapping);
        for (auto [entry, argument] : llvm::zip(inputs, arguments))
          scalars.map(entry.first, argument);
        for (Operation &op : body->without_terminator())
          if (needed.contains(&op))
            builder.clone(op, scalars);
        linalg::YieldOp::create(builder, loc, scalars.lookupOrDefault(yielded));
      });
  return part.getResult(0);
}

void TapeBuilder::replace(ArrayRef<const Tape *> tapes) {
  Block &body = reader.getBody().front();
  rewriter.setInsertionPointToStart(&body);
  // Inputs only come last: the slices that are there keep their numbers.
  SmallVector<BlockArgument> slices(reader.getSliceArgs());
  for (const Tape *tape : tapes)
    for (const TapeUse &use : tape->uses)
      if (use.reader == reader)
        rewriter.replaceAllUsesWith(
            slices[use.input],
            compute(
                scan.getYieldedOutputs()[tape->result - scan.getNumCarries()]));
  editor.finish();
}

SmallVector<RecomputedTape> gradopt::recomputeTapes(RewriterBase &rewriter,
                                                    ScanOp scan) {
  OpBuilder::InsertionGuard guard(rewriter);
  TapeChooser chooser(scan);
  SmallVector<RecomputedTape> result = chooser.choose();
  llvm::MapVector<Operation *, SmallVector<const Tape *>> readers;
  for (const RecomputedTape &entry : result)
    if (entry.isRecomputed)
      for (const TapeUse &use : entry.tape.uses)
        if (auto &tapes = readers[use.reader];
            !llvm::is_contained(tapes, &entry.tape))
          tapes.push_back(&entry.tape);
  for (auto &[reader, tapes] : readers)
    TapeBuilder(rewriter, scan, chooser, cast<ScanOp>(reader)).replace(tapes);
  return result;
}
