//===- VectorLoopBuilder.cpp - Loops over vectors -------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VectorLoopBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/bit.h"

using namespace mlir;
using namespace mlir::gradopt;

//===----------------------------------------------------------------------===//
// Sizes of vectors
//===----------------------------------------------------------------------===//

// LLVM makes bad code of vectors whose length is no power of two.

VectorLoopBuilder::VectorLoopBuilder(OpBuilder &builder, VectorLoop &loop,
                                     const CPUTarget &target)
    : b(loop.op.getLoc(), builder), found(loop), op(loop.op),
      ranges(cast<linalg::LinalgOp>(*op).createLoopRanges(b, b.getLoc())),
      positions(ranges.size()) {
  // The narrowest values fill a register; the widest may take four.
  int64_t registers = std::min(found.wideBits / found.narrowBits, 4u);
  lanes = target.getLanes(found.wideBits) * registers;
  lanes = llvm::bit_floor<uint64_t>(std::max<int64_t>(lanes, 2));
  unroll = chooseUnroll(target, registers);
  if (std::optional<int64_t> size = getStaticSize(found.loop)) {
    lanes = std::min<int64_t>(lanes, llvm::bit_ceil<uint64_t>(*size));
    while (unroll * lanes > *size && unroll > 1)
      unroll /= 2;
  }
}

/// How many vectors are worked on at once, so that chains of operations that
/// wait for each other overlap.
int64_t VectorLoopBuilder::chooseUnroll(const CPUTarget &target,
                                        int64_t registers) {
  if (llvm::is_contained(found.accesses, Access::Scattered))
    return 1;
  // Sums take half of the registers; no chain needs more than eight others.
  if (found.hasReductions()) {
    int64_t sums = std::min<int64_t>(target.vectorRegisters / 2, 8);
    return llvm::bit_floor<uint64_t>(
        std::max<int64_t>(sums / (registers * op.getNumDpsInits()), 1));
  }
  return registers == 1 ? 2 : 1;
}

std::optional<int64_t> VectorLoopBuilder::getStaticSize(unsigned loop) const {
  return getConstantIntValue(ranges[loop].size);
}

Value VectorLoopBuilder::getSize(unsigned loop) {
  return getValueOrCreateConstantIndexOp(b, b.getLoc(), ranges[loop].size);
}

/// The part of the loop's iterations that is a multiple of `step`.
Value VectorLoopBuilder::roundDown(unsigned loop, int64_t step) {
  if (std::optional<int64_t> size = getStaticSize(loop))
    return arith::ConstantIndexOp::create(b, *size / step * step);
  Value size = getSize(loop);
  Value divisor = arith::ConstantIndexOp::create(b, step);
  return arith::SubIOp::create(b, size,
                               arith::RemUIOp::create(b, size, divisor));
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

/// `body` is given what the loop is at. A loop that is known to run once is
/// none.
void VectorLoopBuilder::buildFor(Value begin, Value end, int64_t step,
                                 function_ref<void(Value)> body) {
  std::optional<int64_t> first = getConstantIntValue(begin);
  std::optional<int64_t> last = getConstantIntValue(end);
  if (first && last && *first >= *last)
    return;
  if (first && last && *first + step >= *last)
    return body(begin);
  auto loop = scf::ForOp::create(b, begin, end,
                                 arith::ConstantIndexOp::create(b, step));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  body(loop.getInductionVar());
}

/// All parallel loops but those that run through vectors, from `loop` on.
void VectorLoopBuilder::buildOuterLoops(unsigned loop,
                                        function_ref<void()> body) {
  if (loop == ranges.size())
    return body();
  if (loop == found.loop || loop == found.transposedLoop ||
      !linalg::isParallelIterator(op.getIteratorTypesArray()[loop]))
    return buildOuterLoops(loop + 1, body);
  Value zero = arith::ConstantIndexOp::create(b, 0);
  buildFor(zero, getSize(loop), 1, [&](Value position) {
    positions[loop] = position;
    buildOuterLoops(loop + 1, body);
  });
}

/// The iterations from `begin` on, fewer than a full vector.
void VectorLoopBuilder::buildRest(Value begin, EmitChunk emit) {
  std::optional<int64_t> size = getStaticSize(found.loop);
  if (size) {
    int64_t count = *size - *getConstantIntValue(begin);
    if (count == 0)
      return;
    int64_t width = llvm::bit_ceil<uint64_t>(count);
    Value exists;
    if (width != count)
      exists = arith::ConstantIndexOp::create(b, count);
    return emit({begin, width, exists, Value()});
  }
  Value end = getSize(found.loop);
  Value any = arith::CmpIOp::create(b, arith::CmpIPredicate::ult, begin, end);
  auto branch = scf::IfOp::create(b, any, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  emit({begin, lanes, arith::SubIOp::create(b, end, begin), Value()});
}

/// All iterations of the loop that becomes vectors.
void VectorLoopBuilder::buildRow(EmitChunk emit) {
  Value begin = arith::ConstantIndexOp::create(b, 0);
  for (int64_t width = lanes * unroll; width >= lanes; width /= 2) {
    Value end = roundDown(found.loop, width);
    buildFor(begin, end, width, [&](Value position) {
      emit({position, width, Value(), Value()});
    });
    begin = end;
  }
  buildRest(begin, emit);
}

/// Full blocks are loaded along the other loop; what is left over on two sides
/// is loaded lane by lane.
void VectorLoopBuilder::buildTransposed() {
  unsigned other = *found.transposedLoop;
  auto emit = [&](Chunk chunk) { emitChunk(chunk); };
  Value zero = arith::ConstantIndexOp::create(b, 0);
  Value fullRows = roundDown(other, lanes);
  Value fullColumns = roundDown(found.loop, lanes);
  buildFor(zero, fullRows, lanes, [&](Value row) {
    buildFor(zero, fullColumns, lanes,
             [&](Value column) { emitBlock(row, column); });
    if (getStaticSize(found.loop) == getConstantIntValue(fullColumns) &&
        getStaticSize(found.loop))
      return;
    Value end =
        arith::AddIOp::create(b, row, arith::ConstantIndexOp::create(b, lanes));
    buildFor(row, end, 1, [&](Value position) {
      positions[other] = position;
      buildRest(fullColumns, emit);
    });
  });
  buildFor(fullRows, getSize(other), 1, [&](Value position) {
    positions[other] = position;
    buildRow(emit);
  });
}

void VectorLoopBuilder::build() {
  buildOuterLoops(0, [&] {
    if (found.transposedLoop)
      return buildTransposed();
    loadUniformOfRow();
    buildRow([&](Chunk chunk) { emitChunk(chunk); });
  });
}

void gradopt::buildVectorLoops(RewriterBase &rewriter, VectorLoop &loop,
                               const CPUTarget &target) {
  rewriter.setInsertionPoint(loop.op);
  VectorLoopBuilder(rewriter, loop, target).build();
  rewriter.eraseOp(loop.op);
}
