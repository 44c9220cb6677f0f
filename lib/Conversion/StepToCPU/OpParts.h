//===- OpParts.h - Some iterations of an op ---------------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_CONVERSION_STEPTOCPU_OPPARTS_H
#define GRADOPT_LIB_CONVERSION_STEPTOCPU_OPPARTS_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace mlir::gradopt {

/// Some iterations of one loop of an op.
struct Part {
  unsigned loop;
  OpFoldResult begin, size;
};

/// What `op` touches of an operand in `parts`.
Value buildView(OpBuilder &builder, linalg::LinalgOp op, OpOperand &operand,
                ArrayRef<Part> parts);

/// `op` restricted to `parts`, on parts of its operands; a weight that was
/// packed is read from its panel.
void buildPart(OpBuilder &builder, linalg::LinalgOp op, ArrayRef<Part> parts,
               OpOperand *packedOperand = nullptr, Value panel = Value());

/// Says of `part`, which is one of `op`, how its code is to be made. What of it
/// is whose is settled.
void keepTile(linalg::LinalgOp op, Operation *part);

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_CONVERSION_STEPTOCPU_OPPARTS_H
