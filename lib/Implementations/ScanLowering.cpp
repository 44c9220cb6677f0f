//===- ScanLowering.cpp - A scan as a loop over buffers -------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A scan becomes an scf.for over memrefs. What the body yields is written into
// buffers of the loop: an output's row, the next row of a history, the other of
// two slots. The body never reads the place that a step writes, so the order of
// these copies does not matter, and a buffer that the body allocates for such a
// value can be that place itself.
//
//===----------------------------------------------------------------------===//

#include "ScanLowering.h"
#include "ScanBuffers.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::bufferization;
using namespace mlir::gradopt;

MemRefType gradopt::getRowType(MemRefType buffer) {
  SmallVector<int64_t> offsets(buffer.getRank(), 0);
  SmallVector<int64_t> sizes(buffer.getShape());
  SmallVector<int64_t> strides(buffer.getRank(), 1);
  offsets.front() = ShapedType::kDynamic;
  sizes.front() = 1;
  return memref::SubViewOp::inferRankReducedResultType(
      buffer.getShape().drop_front(), buffer, offsets, sizes, strides);
}

MemRefType gradopt::getRowsType(MemRefType buffer, int64_t count) {
  SmallVector<int64_t> offsets(buffer.getRank(), 0);
  SmallVector<int64_t> sizes(buffer.getShape());
  SmallVector<int64_t> strides(buffer.getRank(), 1);
  offsets.front() = ShapedType::kDynamic;
  sizes.front() = count;
  return memref::SubViewOp::inferResultType(buffer, offsets, sizes, strides);
}

FailureOr<MemRefType>
gradopt::getAllocType(ScanOp scan, TensorType tensor,
                      const BufferizationOptions &options) {
  std::optional<Attribute> space = options.defaultMemorySpaceFn(tensor);
  if (!space)
    return scan.emitError("no memory space is known for ") << tensor;
  return cast<MemRefType>(
      getMemRefTypeWithStaticIdentityLayout(tensor, *space));
}

std::optional<unsigned> gradopt::findHistory(ScanOp scan, int64_t carry) {
  const int64_t *found = llvm::find(scan.getHistories(), carry);
  if (found == scan.getHistories().end())
    return std::nullopt;
  return found - scan.getHistories().begin();
}

std::optional<bool> gradopt::findRowsReverse(ScanOp scan, int64_t carry) {
  if (std::optional<unsigned> history = findHistory(scan, carry))
    return scan.getHistoryReverse()[*history];
  Value next = scan.getYieldedCarries()[carry];
  for (auto [yielded, reverse] :
       llvm::zip_equal(scan.getYieldedOutputs(), scan.getOutputReverse()))
    if (yielded == next)
      return reverse;
  return std::nullopt;
}

std::optional<unsigned> gradopt::findCarryOfOutput(ScanOp scan,
                                                   unsigned output) {
  Value yielded = scan.getYieldedOutputs()[output];
  bool reverse = scan.getOutputReverse()[output];
  for (auto [carry, next] : llvm::enumerate(scan.getYieldedCarries()))
    if (next == yielded && findRowsReverse(scan, carry) == reverse)
      return carry;
  return std::nullopt;
}

namespace {
/// Turns one scan, whose body is bufferized already, into a loop.
class ScanLowering {
public:
  ScanLowering(ScanOp scan, RewriterBase &rewriter,
               const BufferizationOptions &options, BufferizationState &state)
      : scan(scan), rewriter(rewriter), options(options), state(state),
        loc(scan.getLoc()) {}

  LogicalResult run();

private:
  /// Where a carry is between steps.
  struct Carry {
    enum class Place { Scalar, Rows, Slots, InPlace } place;
    Value buffer;
    bool reverse = false;
  };
  /// A row that what is yielded goes to.
  struct Destination {
    unsigned yielded;
    Value row;
  };

  LogicalResult allocateCarries();
  FailureOr<Value> allocateRows(unsigned carry);
  LogicalResult allocateHistories();
  LogicalResult allocateOutputs();
  Value getStepRows(const Carry &carry);
  LogicalResult writeInits();
  LogicalResult writeInit(Value init, Value to);
  FailureOr<SmallVector<Value>> buildArguments();
  void buildDestinations();
  LogicalResult buildYield(YieldOp yield);
  SmallVector<Value> buildResults(scf::ForOp loop);

  Value getConstant(int64_t value) {
    return arith::ConstantIndexOp::create(rewriter, loc, value);
  }
  Value add(Value lhs, Value rhs) {
    return arith::AddIOp::create(rewriter, loc, lhs, rhs);
  }
  Value subtract(Value lhs, Value rhs) {
    return arith::SubIOp::create(rewriter, loc, lhs, rhs);
  }
  Value isOdd(Value value) {
    return arith::RemUIOp::create(rewriter, loc, value, getConstant(2));
  }
  /// The row of a carry before or after a number of steps.
  Value getCarryRow(Value buffer, bool reverse, Value steps) {
    return getRow(buffer, reverse ? subtract(scan.getCount(), steps) : steps);
  }
  /// The row of step `step` in an input or output.
  Value getSequenceRow(Value buffer, bool reverse) {
    Value last = reverse ? subtract(scan.getCount(), getConstant(1)) : Value();
    return getRow(buffer, reverse ? subtract(last, step) : step);
  }
  Value getRow(Value buffer, Value index);
  FailureOr<Value> allocate(RankedTensorType type, OpFoldResult length,
                            ArrayRef<OpFoldResult> rowSizes);
  SmallVector<OpFoldResult> getSizes(Value buffer) {
    return memref::getMixedSizes(rewriter, loc, buffer);
  }

  ScanOp scan;
  RewriterBase &rewriter;
  const BufferizationOptions &options;
  BufferizationState &state;
  Location loc;

  SmallVector<Value> inits, inputs;
  SmallVector<Carry> carries;
  SmallVector<Value> histories, outputs;
  SmallVector<Destination> destinations;
  /// The loop's induction variable.
  Value step;
};
} // namespace

Value ScanLowering::getRow(Value buffer, Value index) {
  auto type = cast<MemRefType>(buffer.getType());
  SmallVector<OpFoldResult> offsets(type.getRank(), rewriter.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(type.getRank(), rewriter.getIndexAttr(1));
  SmallVector<OpFoldResult> sizes = getSizes(buffer);
  offsets.front() = index;
  sizes.front() = rewriter.getIndexAttr(1);
  return memref::SubViewOp::create(rewriter, loc, getRowType(type), buffer,
                                   offsets, sizes, strides);
}

/// A buffer for `type`, which has `length` rows; none of its own first
/// dimension if that is null.
FailureOr<Value> ScanLowering::allocate(RankedTensorType type,
                                        OpFoldResult length,
                                        ArrayRef<OpFoldResult> rowSizes) {
  FailureOr<MemRefType> allocType = getAllocType(scan, type, options);
  if (failed(allocType))
    return failure();
  SmallVector<OpFoldResult> sizes;
  if (length)
    sizes.push_back(length);
  llvm::append_range(sizes, rowSizes);
  SmallVector<Value> dynamicSizes;
  for (auto [dim, size] : llvm::enumerate(sizes))
    if (type.isDynamicDim(dim))
      dynamicSizes.push_back(
          getValueOrCreateConstantIndexOp(rewriter, loc, size));
  return options.createAlloc(rewriter, loc, *allocType, dynamicSizes);
}

/// A buffer for the first value of a carry and those after each step.
FailureOr<Value> ScanLowering::allocateRows(unsigned carry) {
  int64_t count = scan.getStaticCount();
  Value length = add(scan.getCount(), getConstant(1));
  return allocate(ScanOp::getSequenceType(
                      cast<RankedTensorType>(scan.getInits()[carry].getType()),
                      ShapedType::isDynamic(count) ? count : count + 1),
                  length, getSizes(inits[carry]));
}

LogicalResult ScanLowering::allocateHistories() {
  for (int64_t carry : scan.getHistories()) {
    FailureOr<Value> buffer = allocateRows(carry);
    if (failed(buffer))
      return failure();
    histories.push_back(*buffer);
  }
  return success();
}

LogicalResult ScanLowering::allocateCarries() {
  for (auto [i, init, argument, next] : llvm::enumerate(
           scan.getInits(), scan.getCarryArgs(), scan.getYieldedCarries())) {
    auto type = dyn_cast<RankedTensorType>(init.getType());
    if (!type) {
      carries.push_back({Carry::Place::Scalar, Value()});
      continue;
    }
    if (std::optional<bool> reverse = findRowsReverse(scan, i)) {
      std::optional<unsigned> history = findHistory(scan, i);
      FailureOr<Value> rows =
          history ? FailureOr<Value>(histories[*history]) : allocateRows(i);
      if (failed(rows))
        return failure();
      carries.push_back({Carry::Place::Rows, *rows, *reverse});
      continue;
    }
    bool inPlace = findBuffer(next) == argument;
    FailureOr<Value> buffer =
        inPlace ? allocate(type, OpFoldResult(), getSizes(inits[i]))
                : allocate(ScanOp::getSequenceType(type, 2),
                           rewriter.getIndexAttr(2), getSizes(inits[i]));
    if (failed(buffer))
      return failure();
    carries.push_back(
        {inPlace ? Carry::Place::InPlace : Carry::Place::Slots, *buffer});
  }
  return success();
}

LogicalResult ScanLowering::allocateOutputs() {
  for (auto [i, output, slice] :
       llvm::enumerate(scan.getOutputs(), scan.getYieldedOutputs())) {
    if (std::optional<unsigned> carry = findCarryOfOutput(scan, i)) {
      outputs.push_back(getStepRows(carries[*carry]));
      continue;
    }
    SmallVector<OpFoldResult> sizes;
    auto type = cast<RankedTensorType>(output.getType());
    for (int64_t dim = 0; dim + 1 < type.getRank(); ++dim) {
      FailureOr<OpFoldResult> size = scan.reifyBodyDim(rewriter, slice, dim);
      if (failed(size)) {
        InFlightDiagnostic error =
            scan.emitError("output #")
            << i << " cannot be allocated: the size of its dimension "
            << dim + 1 << " is not known before the loop; give it a static "
            << "size or one that comes from outside of the body";
        error.attachNote(slice.getLoc()) << "its slices are made here";
        return error;
      }
      sizes.push_back(*size);
    }
    FailureOr<Value> buffer = allocate(type, scan.getCount(), sizes);
    if (failed(buffer))
      return failure();
    outputs.push_back(*buffer);
  }
  return success();
}

/// The rows of a carry after each step, without the first value.
Value ScanLowering::getStepRows(const Carry &carry) {
  auto type = cast<MemRefType>(carry.buffer.getType());
  SmallVector<OpFoldResult> offsets(type.getRank(), rewriter.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(type.getRank(), rewriter.getIndexAttr(1));
  SmallVector<OpFoldResult> sizes = getSizes(carry.buffer);
  offsets.front() = getConstant(carry.reverse ? 0 : 1);
  int64_t count = scan.getStaticCount();
  sizes.front() = ShapedType::isDynamic(count)
                      ? OpFoldResult(scan.getCount())
                      : OpFoldResult(rewriter.getIndexAttr(count));
  return memref::SubViewOp::create(rewriter, loc, getRowsType(type, count),
                                   carry.buffer, offsets, sizes, strides);
}

LogicalResult ScanLowering::writeInit(Value init, Value to) {
  if (Value scalar = findFilledWith(init)) {
    linalg::FillOp::create(rewriter, loc, scalar, to);
    return success();
  }
  return options.createMemCpy(rewriter, loc, init, to);
}

LogicalResult ScanLowering::writeInits() {
  Value zero = getConstant(0);
  for (auto [init, carry] : llvm::zip_equal(inits, carries)) {
    Value to;
    switch (carry.place) {
    case Carry::Place::Scalar:
      continue;
    case Carry::Place::Rows:
      to = getCarryRow(carry.buffer, carry.reverse, zero);
      break;
    case Carry::Place::Slots:
      to = getRow(carry.buffer, zero);
      break;
    case Carry::Place::InPlace:
      to = carry.buffer;
      break;
    }
    if (failed(writeInit(init, to)))
      return failure();
  }
  // A second history of a carry.
  for (auto [carry, reverse, buffer] : llvm::zip_equal(
           scan.getHistories(), scan.getHistoryReverse(), histories))
    if (buffer != carries[carry].buffer &&
        failed(writeInit(inits[carry], getCarryRow(buffer, reverse, zero))))
      return failure();
  return success();
}

/// What the arguments of the body become in the loop.
FailureOr<SmallVector<Value>> ScanLowering::buildArguments() {
  SmallVector<Value> arguments = {step};
  auto loopArgument =
      step.getParentBlock()->getArguments().drop_front().begin();
  auto addTensor = [&](BlockArgument argument, Value row) -> LogicalResult {
    FailureOr<BufferLikeType> type =
        bufferization::getBufferType(argument, options, state);
    if (failed(type))
      return failure();
    // Ops in the body were given a buffer of this type.
    if (row.getType() != *type) {
      if (!memref::CastOp::areCastCompatible(row.getType(), *type))
        return scan.emitError("the buffer of body argument #")
               << argument.getArgNumber() << " is " << row.getType()
               << " but its uses need " << *type;
      row = memref::CastOp::create(rewriter, loc, *type, row);
    }
    arguments.push_back(
        ToTensorOp::create(rewriter, loc, argument.getType(), row));
    return success();
  };

  for (auto [carry, argument] : llvm::zip_equal(carries, scan.getCarryArgs())) {
    Value row;
    switch (carry.place) {
    case Carry::Place::Scalar:
      arguments.push_back(*loopArgument++);
      continue;
    case Carry::Place::Rows:
      row = getCarryRow(carry.buffer, carry.reverse, step);
      break;
    case Carry::Place::Slots:
      row = getRow(carry.buffer, isOdd(step));
      break;
    case Carry::Place::InPlace:
      row = carry.buffer;
      break;
    }
    if (failed(addTensor(argument, row)))
      return failure();
  }
  for (auto [input, reverse, argument] :
       llvm::zip_equal(inputs, scan.getInputReverse(), scan.getSliceArgs()))
    if (failed(addTensor(argument, getSequenceRow(input, reverse))))
      return failure();
  return arguments;
}

/// Where what a step yields goes. Carries come first, so that a value that is
/// both a carry and an output is made in the carry's place.
void ScanLowering::buildDestinations() {
  Value next = add(step, getConstant(1));
  for (auto [i, carry] : llvm::enumerate(carries)) {
    unsigned yielded = i;
    if (carry.place == Carry::Place::Rows)
      destinations.push_back(
          {yielded, getCarryRow(carry.buffer, carry.reverse, next)});
    else if (carry.place == Carry::Place::Slots)
      destinations.push_back({yielded, getRow(carry.buffer, isOdd(next))});
  }
  for (auto [carry, reverse, buffer] : llvm::zip_equal(
           scan.getHistories(), scan.getHistoryReverse(), histories))
    if (buffer != carries[carry].buffer)
      destinations.push_back(
          {static_cast<unsigned>(carry), getCarryRow(buffer, reverse, next)});
  for (auto [i, reverse, buffer] :
       llvm::enumerate(scan.getOutputReverse(), outputs))
    if (!findCarryOfOutput(scan, i))
      destinations.push_back({static_cast<unsigned>(carries.size() + i),
                              getSequenceRow(buffer, reverse)});
}

LogicalResult ScanLowering::buildYield(YieldOp yield) {
  rewriter.setInsertionPoint(yield);
  for (auto [index, row] : destinations) {
    Value value = yield.getValues()[index];
    if (useAsBuffer(rewriter, value, row, yield->getBlock()))
      continue;
    FailureOr<Value> buffer = getBuffer(rewriter, value, options, state);
    if (failed(buffer) ||
        failed(options.createMemCpy(rewriter, loc, *buffer, row)))
      return failure();
  }
  SmallVector<Value> scalars;
  for (auto [carry, value] : llvm::zip(carries, yield.getValues()))
    if (carry.place == Carry::Place::Scalar)
      scalars.push_back(value);
  rewriter.replaceOpWithNewOp<scf::YieldOp>(yield, scalars);
  return success();
}

SmallVector<Value> ScanLowering::buildResults(scf::ForOp loop) {
  SmallVector<Value> results;
  auto scalar = loop.getResults().begin();
  for (auto [carry, type] :
       llvm::zip_equal(carries, scan.getFinalCarries().getTypes())) {
    switch (carry.place) {
    case Carry::Place::Scalar:
      results.push_back(*scalar++);
      break;
    case Carry::Place::Rows:
      results.push_back(
          getCarryRow(carry.buffer, carry.reverse, scan.getCount()));
      break;
    case Carry::Place::Slots:
      results.push_back(getRow(carry.buffer, isOdd(scan.getCount())));
      break;
    case Carry::Place::InPlace:
      results.push_back(carry.buffer);
      break;
    }
  }
  llvm::append_range(results, outputs);
  llvm::append_range(results, histories);
  return results;
}

LogicalResult ScanLowering::run() {
  auto getBuffers = [&](ValueRange values, SmallVector<Value> &buffers) {
    for (Value value : values) {
      if (!isa<TensorType>(value.getType())) {
        buffers.push_back(value);
        continue;
      }
      FailureOr<Value> buffer = getBuffer(rewriter, value, options, state);
      if (failed(buffer))
        return failure();
      buffers.push_back(*buffer);
    }
    return success();
  };
  if (failed(getBuffers(scan.getInits(), inits)) ||
      failed(getBuffers(scan.getInputs(), inputs)) ||
      failed(allocateHistories()) || failed(allocateCarries()) ||
      failed(allocateOutputs()) || failed(writeInits()))
    return failure();

  SmallVector<Value> scalars;
  for (auto [carry, init] : llvm::zip_equal(carries, inits))
    if (carry.place == Carry::Place::Scalar)
      scalars.push_back(init);
  auto loop = scf::ForOp::create(rewriter, loc, getConstant(0), scan.getCount(),
                                 getConstant(1), scalars);
  if (!loop.getBody()->empty())
    rewriter.eraseOp(loop.getBody()->getTerminator());
  rewriter.setInsertionPointToStart(loop.getBody());
  step = loop.getInductionVar();
  buildDestinations();
  FailureOr<SmallVector<Value>> arguments = buildArguments();
  if (failed(arguments))
    return failure();
  auto yield = cast<YieldOp>(scan.getYield());
  rewriter.mergeBlocks(&scan.getBody().front(), loop.getBody(), *arguments);
  if (failed(buildYield(yield)))
    return failure();

  rewriter.setInsertionPointAfter(loop);
  replaceOpWithBufferizedValues(rewriter, scan, buildResults(loop));
  return success();
}

LogicalResult gradopt::lowerBufferizedScan(ScanOp scan, RewriterBase &rewriter,
                                           const BufferizationOptions &options,
                                           BufferizationState &state) {
  return ScanLowering(scan, rewriter, options, state).run();
}
