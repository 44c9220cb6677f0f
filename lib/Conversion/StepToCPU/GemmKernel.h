//===- GemmKernel.h - Tiles in vector registers --------------- -*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_CONVERSION_STEPTOCPU_GEMMKERNEL_H
#define GRADOPT_LIB_CONVERSION_STEPTOCPU_GEMMKERNEL_H

#include "gradopt/Conversion/CPUTarget.h"
#include "gradopt/IR/GradOptDialect.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::gradopt {

/// A buffer of rank two, which may hold the matrix in question transposed.
struct Matrix {
  Value buffer;
  bool isTransposed = false;

  SmallVector<Value> at(Value row, Value column) const {
    if (isTransposed)
      return {column, row};
    return {row, column};
  }
};

/// Sizes of the tile of C whose sums are kept in registers, and of a block of
/// the depth.
struct RegisterTile {
  int64_t lanes;
  int64_t rows;    ///< of the largest tile
  int64_t vectors; ///< side by side
  int64_t depth;   ///< of the largest block

  int64_t getColumns() const { return lanes * vectors; }

  /// The best tile for a product of these sizes; kDynamic is a large one. The
  /// depth depends on nothing but the depth of all and the target: the result's
  /// bits follow from it, and may not change with a thread's share.
  static RegisterTile choose(const CPUTarget &target, unsigned bits,
                             int64_t rows, int64_t columns, int64_t depth,
                             KernelAttr wanted);
};

/// What the sums of products are added to.
struct InitialValue {
  enum Kind { Memory, Zero, Scalar, Row, Elements };
  Kind kind = Memory;
  /// The number, or the matrix: of one column (`Row`), or of as many as C.
  Value value;
};

/// One tile of C.
struct Tile {
  int64_t rows;
  int64_t vectors;
  int64_t lanes;
  Value row;     ///< The first one in C.
  Value column;  ///< The first one in C.
  Value columns; ///< So many of the tile's columns are in C.
  /// The last columns of B's buffer may be missing too.
  bool isRightMasked = false;
};

/// Where the factors of a tile lie. Packed rows of A lie in a buffer of rank
/// one, from `leftRow` on, all those of the tile for one k behind another.
struct TileFactors {
  Matrix left;
  bool isLeftPacked = false;
  Value leftRow;
  Value leftDepth;
  Value right;
  Value rightDepth;
  Value rightColumn;
  Value depth;
  /// B is a panel behind which the next one lies, which is not in the first
  /// cache yet.
  bool isRightStreamed = false;
};

/// Adds to a tile of C: a loop over the depth whose sums stay in registers.
/// `isFirst` says when they are added to `initial` instead of to C (null:
/// always).
void buildTile(ImplicitLocOpBuilder &builder, const Tile &tile,
               const TileFactors &factors, Value out,
               const InitialValue &initial, Value isFirst);

/// The mask of the vector that begins `offset` columns behind the first of
/// `columns`; null if all its lanes are known to be in.
Value buildMask(ImplicitLocOpBuilder &builder, Value columns, int64_t offset,
                int64_t lanes);

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_CONVERSION_STEPTOCPU_GEMMKERNEL_H
