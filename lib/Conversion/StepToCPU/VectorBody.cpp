//===- VectorBody.cpp - Bodies on vectors ---------------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VectorLoopBuilder.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::gradopt;

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

/// Where the operand's element is that belongs to `positions`.
SmallVector<Value> VectorLoopBuilder::getIndices(OpOperand &operand) {
  AffineMap map = op.getMatchingIndexingMap(&operand);
  return llvm::map_to_vector(map.getResults(), [&](AffineExpr result) {
    if (auto dim = dyn_cast<AffineDimExpr>(result))
      return positions[dim.getPosition()];
    if (auto constant = dyn_cast<AffineConstantExpr>(result))
      return arith::ConstantIndexOp::create(b, constant.getValue()).getResult();
    OpFoldResult index = affine::makeComposedFoldedAffineApply(
        b, b.getLoc(), AffineMap::get(map.getNumDims(), 0, result),
        getAsOpFoldResult(positions));
    return getValueOrCreateConstantIndexOp(b, b.getLoc(), index);
  });
}

Value VectorLoopBuilder::getBroadcast(Value value, int64_t width) {
  if (isa<VectorType>(value.getType()))
    return value;
  return vector::BroadcastOp::create(b, VectorType::get(width, value.getType()),
                                     value);
}

Value VectorLoopBuilder::loadVector(Value buffer, ValueRange indices,
                                    const Chunk &chunk) {
  Type element = cast<MemRefType>(buffer.getType()).getElementType();
  auto type = VectorType::get(chunk.width, element);
  if (!chunk.mask)
    return vector::LoadOp::create(b, type, buffer, indices);
  Value nothing = arith::ConstantOp::create(b, b.getZeroAttr(type));
  return vector::MaskedLoadOp::create(b, type, buffer, indices, chunk.mask,
                                      nothing);
}

/// Lanes that do not exist read what the last one that does reads.
Value VectorLoopBuilder::loadLanes(OpOperand &operand, const Chunk &chunk) {
  Value last;
  if (chunk.count) {
    Value one = arith::ConstantIndexOp::create(b, 1);
    last = arith::AddIOp::create(b, chunk.first,
                                 arith::SubIOp::create(b, chunk.count, one));
  }
  SmallVector<Value> elements;
  for (int64_t lane = 0; lane < chunk.width; ++lane) {
    Value position = arith::AddIOp::create(
        b, chunk.first, arith::ConstantIndexOp::create(b, lane));
    if (last)
      position = arith::MinUIOp::create(b, position, last);
    positions[found.loop] = position;
    elements.push_back(
        memref::LoadOp::create(b, operand.get(), getIndices(operand)));
  }
  positions[found.loop] = chunk.first;
  return vector::FromElementsOp::create(
      b, VectorType::get(chunk.width, elements.front().getType()), elements);
}

Value VectorLoopBuilder::loadOperand(OpOperand &operand, const Chunk &chunk) {
  if (!isa<MemRefType>(operand.get().getType()))
    return operand.get();
  unsigned number = operand.getOperandNumber();
  if (Value loaded = ofRow.lookup(number))
    return loaded;
  switch (found.accesses[number]) {
  case Access::Uniform:
    return memref::LoadOp::create(b, operand.get(), getIndices(operand));
  case Access::Contiguous:
    return loadVector(operand.get(), getIndices(operand), chunk);
  case Access::Scattered:
    return loadLanes(operand, chunk);
  }
  llvm_unreachable("every access is handled above");
}

/// Null for what the body does not read.
SmallVector<Value> VectorLoopBuilder::loadInputs(const Chunk &chunk) {
  return llvm::map_to_vector(op.getDpsInputOperands(), [&](OpOperand *input) {
    return op.payloadUsesValueFromOperand(input) ? loadOperand(*input, chunk)
                                                 : Value();
  });
}

void VectorLoopBuilder::storeResults(ArrayRef<Value> results,
                                     const Chunk &chunk) {
  for (auto [result, output] :
       llvm::zip_equal(results, op.getDpsInitsMutable())) {
    SmallVector<Value> indices = getIndices(output);
    if (chunk.mask)
      vector::MaskedStoreOp::create(b, output.get(), indices, chunk.mask,
                                    result);
    else
      vector::StoreOp::create(b, result, output.get(), indices);
  }
}

/// LLVM cannot take these loads out of the row's loop, since it does not know
/// that no store goes there.
void VectorLoopBuilder::loadUniformOfRow() {
  ofRow.clear();
  for (OpOperand *input : op.getDpsInputOperands()) {
    AffineMap map = op.getMatchingIndexingMap(input);
    bool isOfRow = llvm::all_of(map.getResults(), [&](AffineExpr result) {
      auto dim = dyn_cast<AffineDimExpr>(result);
      return dim && positions[dim.getPosition()] &&
             dim.getPosition() != found.loop;
    });
    if (isOfRow && isa<MemRefType>(input->get().getType()) &&
        op.payloadUsesValueFromOperand(input))
      ofRow[input->getOperandNumber()] =
          memref::LoadOp::create(b, input->get(), getIndices(*input));
  }
}

//===----------------------------------------------------------------------===//
// The body
//===----------------------------------------------------------------------===//

/// What the first lane has for an index as isUnitStep accepts it.
Value VectorLoopBuilder::emitUnitStep(Value index, IRMapping &values,
                                      const Chunk &chunk) {
  if (!found.varying.contains(index))
    return values.lookupOrDefault(index);
  auto sum = index.getDefiningOp<arith::AddIOp>();
  if (!sum)
    return chunk.first;
  return arith::AddIOp::create(b, emitUnitStep(sum.getLhs(), values, chunk),
                               emitUnitStep(sum.getRhs(), values, chunk));
}

void VectorLoopBuilder::emitOp(Operation &bodyOp, IRMapping &values,
                               const Chunk &chunk) {
  auto isVarying = [&](Value value) { return found.varying.contains(value); };
  b.setLoc(bodyOp.getLoc());
  if (auto index = dyn_cast<linalg::IndexOp>(bodyOp)) {
    Value position = positions[index.getDim()];
    if (isVarying(index)) {
      auto type = VectorType::get(chunk.width, b.getIndexType());
      position = arith::AddIOp::create(b, getBroadcast(position, chunk.width),
                                       vector::StepOp::create(b, type));
    }
    values.map(index.getResult(), position);
    return;
  }
  if (llvm::none_of(bodyOp.getResults(), isVarying)) {
    b.clone(bodyOp, values);
    return;
  }
  if (auto load = dyn_cast<memref::LoadOp>(bodyOp)) {
    SmallVector<Value> indices;
    for (Value index : load.getIndices())
      indices.push_back(emitUnitStep(index, values, chunk));
    values.map(
        load.getResult(),
        loadVector(values.lookupOrDefault(load.getMemRef()), indices, chunk));
    return;
  }
  SmallVector<Value> operands;
  for (Value operand : bodyOp.getOperands())
    operands.push_back(
        getBroadcast(values.lookupOrDefault(operand), chunk.width));
  SmallVector<Type> types;
  for (Type type : bodyOp.getResultTypes())
    types.push_back(VectorType::get(chunk.width, type));
  Operation *vectorOp =
      b.create(bodyOp.getLoc(), bodyOp.getName().getIdentifier(), operands,
               types, bodyOp.getAttrs());
  values.map(bodyOp.getResults(), vectorOp->getResults());
}

SmallVector<Value> VectorLoopBuilder::emitBody(ArrayRef<Value> arguments,
                                               const Chunk &chunk) {
  Location loc = b.getLoc();
  Block &body = *op.getBody();
  IRMapping values;
  for (auto [from, to] : llvm::zip(body.getArguments(), arguments))
    if (to)
      values.map(from, to);
  for (Operation &bodyOp : body.without_terminator())
    emitOp(bodyOp, values, chunk);
  b.setLoc(loc);
  return llvm::map_to_vector(
      body.getTerminator()->getOperands(), [&](Value result) {
        return getBroadcast(values.lookupOrDefault(result), chunk.width);
      });
}

//===----------------------------------------------------------------------===//
// Chunks
//===----------------------------------------------------------------------===//

/// Each lane adds in the order of the loops, as the op does.
SmallVector<Value> VectorLoopBuilder::emitReductions(ArrayRef<unsigned> loops,
                                                     ValueRange sums,
                                                     const Chunk &chunk) {
  if (loops.empty()) {
    SmallVector<Value> arguments = loadInputs(chunk);
    llvm::append_range(arguments, sums);
    return emitBody(arguments, chunk);
  }
  Value zero = arith::ConstantIndexOp::create(b, 0);
  Value one = arith::ConstantIndexOp::create(b, 1);
  auto loop = scf::ForOp::create(b, zero, getSize(loops.front()), one, sums);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  positions[loops.front()] = loop.getInductionVar();
  scf::YieldOp::create(
      b, emitReductions(loops.drop_front(), loop.getRegionIterArgs(), chunk));
  return llvm::to_vector_of<Value>(loop.getResults());
}

void VectorLoopBuilder::emitChunk(Chunk chunk) {
  positions[found.loop] = chunk.first;
  if (chunk.count)
    chunk.mask = vector::CreateMaskOp::create(
        b, VectorType::get(chunk.width, b.getI1Type()), chunk.count);
  SmallVector<Value> results;
  if (found.hasReductions()) {
    SmallVector<unsigned> loops;
    op.getReductionDims(loops);
    for (OpOperand &output : op.getDpsInitsMutable())
      results.push_back(loadOperand(output, chunk));
    results = emitReductions(loops, results, chunk);
  } else {
    SmallVector<Value> arguments = loadInputs(chunk);
    for (OpOperand &output : op.getDpsInitsMutable())
      arguments.push_back(op.payloadUsesValueFromOperand(&output)
                              ? loadOperand(output, chunk)
                              : Value());
    results = emitBody(arguments, chunk);
  }
  storeResults(results, chunk);
}

/// Exchanges rows and columns of a block, in steps that exchange the quarters
/// of blocks within it.
static void transpose(ImplicitLocOpBuilder &b, MutableArrayRef<Value> vectors) {
  int64_t size = vectors.size();
  for (int64_t step = size / 2; step != 0; step /= 2) {
    SmallVector<int64_t> low, high;
    for (int64_t lane = 0; lane < size; ++lane) {
      bool isHigh = lane & step;
      low.push_back(isHigh ? size + lane - step : lane);
      high.push_back(isHigh ? size + lane : lane + step);
    }
    for (int64_t i = 0; i < size; ++i) {
      if (i & step)
        continue;
      Value first = vectors[i], second = vectors[i + step];
      vectors[i] = vector::ShuffleOp::create(b, first, second, low);
      vectors[i + step] = vector::ShuffleOp::create(b, first, second, high);
    }
  }
}

/// As many rows as lanes, from `row` on, of the columns from `column` on.
void VectorLoopBuilder::emitBlock(Value row, Value column) {
  Chunk chunk{column, lanes, Value(), Value()};
  auto getPosition = [&](Value first, int64_t step) -> Value {
    return arith::AddIOp::create(b, first,
                                 arith::ConstantIndexOp::create(b, step));
  };
  Value &rowPosition = positions[*found.transposedLoop];
  Value &columnPosition = positions[found.loop];
  rowPosition = row;
  llvm::DenseMap<unsigned, SmallVector<Value>> blocks;
  for (OpOperand *input : op.getDpsInputOperands()) {
    unsigned number = input->getOperandNumber();
    if (found.accesses[number] != Access::Scattered ||
        !op.payloadUsesValueFromOperand(input))
      continue;
    SmallVector<Value> &block = blocks[number];
    for (int64_t lane = 0; lane < lanes; ++lane) {
      columnPosition = getPosition(column, lane);
      block.push_back(loadVector(input->get(), getIndices(*input), chunk));
    }
    transpose(b, block);
  }
  columnPosition = column;
  for (int64_t lane = 0; lane < lanes; ++lane) {
    rowPosition = getPosition(row, lane);
    // What is loaded for a row is found before the row's memory is read.
    ofRow.clear();
    for (auto &[number, block] : blocks)
      ofRow[number] = block[lane];
    emitChunk(chunk);
  }
  ofRow.clear();
}
