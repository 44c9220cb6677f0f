//===- PackPanels.h - Matrices in the order of use ------------ -*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_CONVERSION_STEPTOCPU_PACKPANELS_H
#define GRADOPT_LIB_CONVERSION_STEPTOCPU_PACKPANELS_H

#include "GemmKernel.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace mlir::gradopt {

/// Memory on a thread's stack for what is packed, made at the function's entry
/// and used by one contraction after the other: one buffer of each kind and
/// element type, as large as any of them needs.
class Scratch {
public:
  enum Kind { Left, Right };

  explicit Scratch(func::FuncOp function) : function(function) {}

  /// At least `size` elements.
  Value get(Kind kind, Type element, int64_t size);

private:
  func::FuncOp function;
  llvm::SmallDenseMap<std::pair<int, Type>, memref::AllocaOp> buffers;
};

/// Rows of C in tiles of nearly the same size, none of them larger than asked:
/// the first ones have one row more than the others.
class RowTiles {
public:
  RowTiles(ImplicitLocOpBuilder &builder, Value rows, int64_t largest);

  Value getCount() const { return count; }
  /// Where a tile begins.
  Value getStart(ImplicitLocOpBuilder &builder, Value tile) const;
  /// Goes over tiles. `body` is called with a tile's size and its first row,
  /// once for each size that there may be.
  void forEach(ImplicitLocOpBuilder &builder, Value begin, Value end,
               function_ref<void(int64_t, Value)> body) const;

private:
  Value count;
  Value size;  ///< of the smaller ones
  Value extra; ///< So many are larger by a row.
  int64_t largest;
};

/// A block of B: `depth` rows from `firstDepth`, of which `columns` columns
/// from `firstColumn`, enough for `panels` tiles or fewer at the end, is copied
/// to panels [depth][tile's columns], each `tile.depth` rows behind the one
/// before. Behind the last column of B, `end`, they hold anything.
Value packRight(ImplicitLocOpBuilder &builder, Scratch &scratch,
                const RegisterTile &tile, int64_t panels, const Matrix &right,
                bool isUnit, Value firstDepth, Value depth, Value firstColumn,
                Value columns, Value end);

/// The rows of A in the tiles from `begin` to `end` are copied, tile behind
/// tile, each as [depth][tile's rows].
Value packLeft(ImplicitLocOpBuilder &builder, Scratch &scratch,
               const RowTiles &tiles, int64_t size, const Matrix &left,
               bool isUnit, Value begin, Value end, Value firstDepth,
               Value depth);

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_CONVERSION_STEPTOCPU_PACKPANELS_H
