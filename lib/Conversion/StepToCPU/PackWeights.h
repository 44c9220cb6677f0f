//===- PackWeights.h - Weights in panels ------------------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_CONVERSION_STEPTOCPU_PACKWEIGHTS_H
#define GRADOPT_LIB_CONVERSION_STEPTOCPU_PACKWEIGHTS_H

#include "BufferAccess.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Interfaces/LoopLikeInterface.h"

namespace mlir::gradopt {

/// This thread's iterations of `size` ones: the first, and how many. Shares
/// begin at multiples of `grain`.
std::pair<Value, Value> buildShare(OpBuilder &builder, Location loc,
                                   OpFoldResult size, int64_t grain);

/// `run` columns in tiles of `columns`, of which each thread has its share if
/// they are `shared`.
struct ColumnTiles {
  int64_t run, columns;
  bool shared;
};

/// A loop over the tiles of full width, and the narrower one at the end if
/// there is one. `build` is given the first column and the width.
void buildColumnTiles(OpBuilder &builder, Location loc, ColumnTiles tiles,
                      llvm::function_ref<void(Value, int64_t)> build);

/// Copies weights that do not change in a loop over time into panels before it:
/// all rows of one tile of columns behind each other, as the kernel reads them.
class WeightPacker {
public:
  explicit WeightPacker(func::FuncOp function) : function(function) {}

  /// Packs a weight of `op`, if it is a contraction in a loop. `alone`: thread
  /// 0 is the only one here.
  void pack(linalg::LinalgOp op, bool alone);
  /// The panels that `op` is to read, tiles x runs x depth x columns, and in
  /// the place of which operand; null if there are none.
  std::pair<Value, OpOperand *> find(linalg::LinalgOp op) const;
  /// The panel of the tile at `column` of a run: depth x columns, or columns x
  /// depth if `transposed`.
  static Value buildPanel(OpBuilder &builder, Location loc, Value panels,
                          Value run, Value column, int64_t columns,
                          bool transposed);
  /// The panels of that tile in all runs: runs x depth x columns.
  static Value buildRuns(OpBuilder &builder, Location loc, Value panels,
                         Value column, int64_t columns);

private:
  Value buildPanels(OpBuilder &builder, linalg::LinalgOp op, OpOperand &weight,
                    bool alone);

  func::FuncOp function;
  DenseMap<Operation *, std::pair<Value, OpOperand *>> packed;
  /// The barrier behind what is packed before a loop.
  DenseMap<Operation *, Operation *> barriers;
};

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_CONVERSION_STEPTOCPU_PACKWEIGHTS_H
