//===- VectorLoopBuilder.h - Loops over vectors -----------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_CONVERSION_STEPTOCPU_VECTORLOOPBUILDER_H
#define GRADOPT_LIB_CONVERSION_STEPTOCPU_VECTORLOOPBUILDER_H

#include "VectorLoops.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::gradopt {

/// Iterations of the loop that becomes vectors which are run at once.
struct Chunk {
  Value first;
  int64_t width;
  /// How many there are of them, at least one, and a mask of those; null if
  /// all.
  Value count, mask;
};

/// Builds the code of an op in the place of its loops. Full vectors, the rest
/// of a row and blocks that are transposed run one and the same body, so that
/// an element comes from the same operations wherever it lies.
class VectorLoopBuilder {
public:
  VectorLoopBuilder(OpBuilder &builder, VectorLoop &loop,
                    const CPUTarget &target);
  void build();

private:
  using EmitChunk = function_ref<void(Chunk)>;

  // VectorLoopBuilder.cpp: the loops.
  int64_t chooseUnroll(const CPUTarget &target, int64_t registers);
  Value getSize(unsigned loop);
  std::optional<int64_t> getStaticSize(unsigned loop) const;
  Value roundDown(unsigned loop, int64_t step);
  void buildFor(Value begin, Value end, int64_t step,
                function_ref<void(Value)> body);
  void buildOuterLoops(unsigned loop, function_ref<void()> body);
  void buildRow(EmitChunk emit);
  void buildRest(Value begin, EmitChunk emit);
  void buildTransposed();

  // VectorBody.cpp: what a chunk does.
  void loadUniformOfRow();
  void emitChunk(Chunk chunk);
  void emitBlock(Value row, Value column);
  SmallVector<Value> emitReductions(ArrayRef<unsigned> loops, ValueRange sums,
                                    const Chunk &chunk);
  SmallVector<Value> emitBody(ArrayRef<Value> arguments, const Chunk &chunk);
  void emitOp(Operation &bodyOp, IRMapping &values, const Chunk &chunk);
  Value emitUnitStep(Value index, IRMapping &values, const Chunk &chunk);
  SmallVector<Value> loadInputs(const Chunk &chunk);
  Value loadOperand(OpOperand &operand, const Chunk &chunk);
  Value loadLanes(OpOperand &operand, const Chunk &chunk);
  Value loadVector(Value buffer, ValueRange indices, const Chunk &chunk);
  void storeResults(ArrayRef<Value> results, const Chunk &chunk);
  Value getBroadcast(Value value, int64_t width);
  SmallVector<Value> getIndices(OpOperand &operand);

  ImplicitLocOpBuilder b;
  VectorLoop &found;
  linalg::GenericOp op;
  SmallVector<Range> ranges;
  /// What each loop is at.
  SmallVector<Value> positions;
  /// Operands that are loaded once for a row, by number.
  llvm::DenseMap<unsigned, Value> ofRow;
  int64_t lanes, unroll;
};

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_CONVERSION_STEPTOCPU_VECTORLOOPBUILDER_H
