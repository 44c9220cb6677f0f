//===- StridedOperand.h - Buffers along the loops of an op ------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_CONVERSION_STEPTOCPU_STRIDEDOPERAND_H
#define GRADOPT_LIB_CONVERSION_STEPTOCPU_STRIDEDOPERAND_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::gradopt {

/// A buffer as a base, an offset, and the distance from one iteration of each
/// loop of an op to the next, which is 0 for loops that it does not depend on.
struct StridedOperand {
  Value base;
  Value offset;
  SmallVector<Value> strides;

  static StridedOperand get(ImplicitLocOpBuilder &builder, Value buffer,
                            AffineMap map);
  /// The matrix over two loops, from the offset on.
  Value buildMatrix(ImplicitLocOpBuilder &builder, Value rows, Value columns,
                    Value rowStride, Value columnStride) const;
};

/// Several loops as few as possible: `size` iterations of one loop, in which
/// every operand goes on by its stride of `loop`, within an outer loop for each
/// of `outer`.
struct CollapsedLoops {
  struct Outer {
    unsigned loop;
    Value size;
  };
  unsigned loop;
  Value size;
  SmallVector<Outer> outer;
};

/// Makes one loop of `loops` (from the outer to the inner one) where each
/// operand's elements allow. What cannot be known here is decided when the code
/// runs, by the number of iterations of the loops: there are no two versions.
/// `keepInnermost`: the last loop is not given up for a longer one if it has
/// one iteration, because it says where the next element lies.
CollapsedLoops collapseLoops(ImplicitLocOpBuilder &builder,
                             ArrayRef<unsigned> loops, ArrayRef<Value> sizes,
                             ArrayRef<const StridedOperand *> operands,
                             bool keepInnermost = false);

/// The number of iterations of each loop of `op`.
SmallVector<Value> buildLoopSizes(ImplicitLocOpBuilder &builder,
                                  linalg::LinalgOp op);

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_CONVERSION_STEPTOCPU_STRIDEDOPERAND_H
