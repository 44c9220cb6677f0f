//===- ScanDifferentiableOpInterfaceImpl.cpp - Derivative of scan ---------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// The derivative of a scan is a scan over the same steps in the other order.
// Its carries are the cotangents of the forward carries and, for each captured
// value that needs one, the sum of its cotangents over the steps.

#include "../Transforms/HistoryRows.h"
#include "ScanTape.h"
#include "gradopt/IR/GradOptOps.h"
#include "gradopt/Implementations/Implementations.h"
#include "gradopt/Interfaces/ReverseMode.h"
#include "gradopt/Transforms/BackwardOrigins.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/DialectRegistry.h"

using namespace mlir;
using namespace mlir::gradopt;

namespace {

class ScanVJP {
public:
  ScanVJP(OpBuilder &builder, ScanOp scan, ValueRange cotangents,
          ValueRange wanted)
      : builder(builder), scan(scan), loc(scan.getLoc()),
        cotangents(cotangents), wanted(wanted), body(scan.getBody().front()),
        origins(builder, scan.getName().value_or(""),
                ScanOp::getOperationName()) {}

  FailureOr<SmallVector<Value>> build();

private:
  bool isWanted(Value value) { return llvm::is_contained(wanted, value); }
  Value getFinalCotangent(unsigned carry) { return cotangents[carry]; }
  ValueRange getOutputCotangents() {
    return cotangents.slice(scan.getNumCarries(), scan.getNumOutputs());
  }
  ValueRange getHistoryCotangents() {
    return cotangents.take_back(scan.getNumHistories());
  }

  void findActive();
  void findReached();
  void buildInits();
  LogicalResult buildBody();
  ScanOp buildScan();
  SmallVector<Value> collect(ScanOp reverse);
  Value mark(Value cotangent, unsigned carry);
  Value buildBoundaryRow(Value history, bool reverse);

  OpBuilder &builder;
  ScanOp scan;
  Location loc;
  ValueRange cotangents, wanted;
  Block &body;
  BackwardOrigins origins;

  /// The values of the forward body, and captured ones, that depend on what is
  /// wanted, and those of them that the result's cotangents reach.
  llvm::DenseSet<Value> active, reached;

  /// The forward carries that have a cotangent, and the captured values.
  SmallVector<unsigned> carries;
  SmallVector<Value> captures;

  /// The reverse scan. What `outputs` lists are the indices of forward inputs.
  Region region;
  SmallVector<Value> inits;
  SmallVector<ReverseInput> inputs;
  SmallVector<Value> yielded;
  SmallVector<unsigned> outputs;

  /// Wanted values, each with a part of its cotangent.
  SmallVector<std::pair<Value, Value>> parts;
};

} // namespace

/// A carry that is inactive at first may become active in the body, so that
/// activity is known after as many rounds as it takes to settle.
void ScanVJP::findActive() {
  for (Value value : getCapturedValues(scan))
    if (isWanted(value))
      active.insert(value);
  for (auto [argument, init] :
       llvm::zip_equal(scan.getCarryArgs(), scan.getInits()))
    if (isWanted(init))
      active.insert(argument);
  for (auto [argument, input] :
       llvm::zip_equal(scan.getSliceArgs(), scan.getInputs()))
    if (isWanted(input))
      active.insert(argument);

  size_t before;
  do {
    before = active.size();
    propagateActivity(body, active);
    for (auto [argument, next] :
         llvm::zip_equal(scan.getCarryArgs(), scan.getYieldedCarries()))
      if (active.contains(next))
        active.insert(argument);
  } while (active.size() != before);
}

/// What does not reach the results that have a cotangent needs neither a carry
/// of the reverse scan nor a derivative.
void ScanVJP::findReached() {
  SmallVector<Value> worklist;
  llvm::SmallDenseSet<unsigned> reachedCarries;
  auto reachCarry = [&](unsigned carry) {
    if (reachedCarries.insert(carry).second)
      worklist.push_back(scan.getYieldedCarries()[carry]);
  };
  for (unsigned carry : llvm::seq(scan.getNumCarries()))
    if (getFinalCotangent(carry))
      reachCarry(carry);
  for (auto [carry, cotangent] :
       llvm::zip_equal(scan.getHistories(), getHistoryCotangents()))
    if (cotangent)
      reachCarry(carry);
  for (auto [value, cotangent] :
       llvm::zip_equal(scan.getYieldedOutputs(), getOutputCotangents()))
    if (cotangent)
      worklist.push_back(value);

  while (!worklist.empty()) {
    Value value = worklist.pop_back_val();
    if (!active.contains(value) || !reached.insert(value).second)
      continue;
    if (auto argument = dyn_cast<BlockArgument>(value);
        argument && argument.getOwner() == &body) {
      unsigned index = argument.getArgNumber() - 1;
      if (index < scan.getNumCarries())
        reachCarry(index);
      continue;
    }
    Operation *op = value.getDefiningOp();
    if (!op || op->getBlock() != &body)
      continue;
    llvm::append_range(worklist, op->getOperands());
    llvm::append_range(worklist, getCapturedValues(op));
  }

  for (unsigned carry : llvm::seq(scan.getNumCarries()))
    if (reachedCarries.contains(carry) &&
        active.contains(scan.getCarryArgs()[carry]))
      carries.push_back(carry);
  for (Value value : getCapturedValues(scan))
    if (reached.contains(value))
      captures.push_back(value);
}

/// The reverse scan's initial carries, and what the cotangents of outputs and
/// histories give to the steps and to the initial carries.
void ScanVJP::buildInits() {
  for (unsigned carry : carries) {
    Value cotangent = getFinalCotangent(carry);
    inits.push_back(cotangent
                        ? cotangent
                        : buildZero(builder, loc, scan.getInits()[carry]));
  }
  for (Value value : captures)
    inits.push_back(buildZero(builder, loc, value));

  for (auto [value, cotangent, reverse] :
       llvm::zip_equal(scan.getYieldedOutputs(), getOutputCotangents(),
                       scan.getOutputReverse()))
    if (cotangent && active.contains(value))
      inputs.push_back({cotangent, !reverse});
  for (auto [carry, cotangent, reverse] :
       llvm::zip_equal(scan.getHistories(), getHistoryCotangents(),
                       scan.getHistoryReverse()))
    if (cotangent && active.contains(scan.getYieldedCarries()[carry]))
      inputs.push_back({buildHistoryRows(builder, loc, scan, cotangent, reverse,
                                         /*after=*/true),
                        !reverse});
  for (auto [carry, cotangent, reverse] :
       llvm::zip_equal(scan.getHistories(), getHistoryCotangents(),
                       scan.getHistoryReverse()))
    if (cotangent && isWanted(scan.getInits()[carry]))
      parts.push_back(
          {scan.getInits()[carry], buildBoundaryRow(cotangent, reverse)});
}

/// Says of which carry this is the derivative of the loss.
Value ScanVJP::mark(Value cotangent, unsigned carry) {
  if (!isa<RankedTensorType>(cotangent.getType()))
    return cotangent;
  StringAttr group = scan.getNameAttr();
  if (group && group.empty())
    group = {};
  return GradientOp::create(builder, loc, cotangent,
                            builder.getStringAttr(scan.getCarryName(carry)),
                            group);
}

LogicalResult ScanVJP::buildBody() {
  auto *block = new Block();
  region.push_back(block);
  block->addArgument(builder.getIndexType(), loc);
  for (Value init : inits)
    block->addArgument(init.getType(), loc);
  for (const ReverseInput &input : inputs)
    block->addArgument(
        ScanOp::getSliceType(cast<RankedTensorType>(input.sequence.getType())),
        loc);
  auto carryArguments = block->getArguments().slice(1, carries.size());
  auto sums = block->getArguments().slice(1 + carries.size(), captures.size());
  auto slices = block->getArguments().drop_front(1 + inits.size());

  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(block);
  ReverseMode mode(builder, active);

  for (auto [value, cotangent] :
       llvm::zip_equal(scan.getYieldedOutputs(), getOutputCotangents()))
    if (cotangent && active.contains(value)) {
      mode.accumulate(value, slices.front());
      slices = slices.drop_front();
    }
  SmallVector<Value> nextCotangents(carryArguments.begin(),
                                    carryArguments.end());
  for (auto [carry, cotangent] :
       llvm::zip_equal(scan.getHistories(), getHistoryCotangents()))
    if (cotangent && active.contains(scan.getYieldedCarries()[carry])) {
      Value &next =
          nextCotangents[llvm::find(carries, carry) - carries.begin()];
      next = buildSum(builder, loc, next, slices.front());
      slices = slices.drop_front();
    }
  auto isComputed = [&](Value value) {
    Operation *op = value.getDefiningOp();
    return op && op->getBlock() == &body;
  };
  for (auto [carry, cotangent] : llvm::zip_equal(carries, nextCotangents)) {
    Value value = scan.getYieldedCarries()[carry];
    // A value from elsewhere has no op that would complete its cotangent.
    if (active.contains(value) && !isComputed(value))
      cotangent = mark(cotangent, carry);
    mode.accumulate(value, cotangent);
  }

  auto finish = [&](Value value, Value cotangent) {
    origins.setSource(ScanOp::getOperationName());
    for (unsigned carry : carries)
      if (scan.getYieldedCarries()[carry] == value)
        cotangent = mark(cotangent, carry);
    origins.setSource(value.getDefiningOp()->getName().getStringRef());
    return cotangent;
  };
  auto visit = [&](Operation *op) {
    origins.setSource(op->getName().getStringRef());
  };
  if (failed(mode.run(body, finish, visit)))
    return failure();

  origins.setSource(ScanOp::getOperationName());
  for (auto [carry, argument] : llvm::zip_equal(carries, carryArguments)) {
    Value cotangent = mode.getCotangent(scan.getCarryArgs()[carry]);
    yielded.push_back(cotangent ? cotangent
                                : buildZero(builder, loc, argument));
  }
  for (auto [value, sum] : llvm::zip_equal(captures, sums))
    yielded.push_back(buildSum(builder, loc, sum, mode.getCotangent(value)));
  for (auto [index, argument] : llvm::enumerate(scan.getSliceArgs()))
    if (Value cotangent = mode.getCotangent(argument)) {
      outputs.push_back(index);
      yielded.push_back(cotangent);
    }
  YieldOp::create(builder, loc, yielded);
  return success();
}

ScanOp ScanVJP::buildScan() {
  SmallVector<Value> sequences;
  SmallVector<bool> inputReverse;
  for (const ReverseInput &input : inputs) {
    sequences.push_back(input.sequence);
    inputReverse.push_back(input.reverse);
  }
  SmallVector<Type> outputTypes;
  SmallVector<bool> outputReverse;
  for (unsigned input : outputs) {
    outputTypes.push_back(scan.getInputs()[input].getType());
    outputReverse.push_back(!scan.getInputReverse()[input]);
  }
  auto reverse =
      ScanOp::create(builder, loc, scan.getCount(), inits, sequences,
                     outputTypes, /*histories=*/{}, inputReverse, outputReverse,
                     /*historyReverse=*/{}, scan.getNameAttr());
  Block &from = region.front(), &to = reverse.getBody().front();
  for (auto [old, created] :
       llvm::zip_equal(from.getArguments(), to.getArguments()))
    old.replaceAllUsesWith(created);
  to.getOperations().splice(to.end(), from.getOperations());
  return reverse;
}

/// The cotangent of the initial carry in the cotangent of a history.
Value ScanVJP::buildBoundaryRow(Value history, bool reverse) {
  auto type = cast<RankedTensorType>(history.getType());
  SmallVector<OpFoldResult> sizes =
      tensor::getMixedSizes(builder, loc, history);
  SmallVector<OpFoldResult> offsets(type.getRank(), builder.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(type.getRank(), builder.getIndexAttr(1));
  sizes[0] = builder.getIndexAttr(1);
  if (reverse)
    offsets[0] = getAsOpFoldResult(scan.getCount());
  return tensor::ExtractSliceOp::create(builder, loc,
                                        ScanOp::getSliceType(type), history,
                                        offsets, sizes, strides);
}

/// The cotangents of the wanted values, each summed over where it enters.
SmallVector<Value> ScanVJP::collect(ScanOp reverse) {
  for (auto [carry, cotangent] :
       llvm::zip(carries, reverse.getFinalCarries())) {
    Value init = scan.getInits()[carry];
    if (!isWanted(init))
      continue;
    parts.push_back({init, cotangent});
  }
  for (auto [value, cotangent] : llvm::zip_equal(
           captures, reverse.getFinalCarries().take_back(captures.size())))
    parts.push_back({value, cotangent});
  for (auto [input, cotangent] : llvm::zip_equal(outputs, reverse.getOutputs()))
    parts.push_back({scan.getInputs()[input], cotangent});

  SmallVector<Value> result;
  for (Value value : wanted) {
    Value sum;
    for (auto [of, cotangent] : parts)
      if (of == value)
        sum = buildSum(builder, loc, sum, cotangent);
    result.push_back(sum);
  }
  return result;
}

FailureOr<SmallVector<Value>> ScanVJP::build() {
  findActive();
  findReached();
  if (carries.empty() && reached.empty())
    return SmallVector<Value>(wanted.size());
  buildInits();
  if (failed(buildBody()))
    return failure();
  // The clips of cotangents have been built. A state behind one would be kept
  // twice: as it is and as a history of its carry.
  for (auto clip : llvm::make_early_inc_range(body.getOps<ClipCotangentOp>())) {
    clip.replaceAllUsesWith(clip.getValue());
    clip.erase();
  }
  FailureOr<SmallVector<ReverseInput>> tape =
      buildScanTape(builder, scan, region.front());
  if (failed(tape))
    return failure();
  llvm::append_range(inputs, *tape);
  return collect(buildScan());
}

namespace {
struct ScanModel : DifferentiableOpInterface::ExternalModel<ScanModel, ScanOp> {
  FailureOr<SmallVector<Value>> buildVJP(Operation *op, OpBuilder &builder,
                                         ValueRange cotangents,
                                         ValueRange wanted) const {
    return ScanVJP(builder, cast<ScanOp>(op), cotangents, wanted).build();
  }
};
} // namespace

void gradopt::registerScanDifferentiableOpInterfaceModel(
    DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, GradOptDialect *) {
    ScanOp::attachInterface<ScanModel>(*context);
  });
}
