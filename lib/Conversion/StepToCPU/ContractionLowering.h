//===- ContractionLowering.h - Loops of a contraction --------- -*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_CONVERSION_STEPTOCPU_CONTRACTIONLOWERING_H
#define GRADOPT_LIB_CONVERSION_STEPTOCPU_CONTRACTIONLOWERING_H

#include "ContractionShape.h"
#include "PackPanels.h"

namespace mlir::gradopt {

/// Replaces a contraction, and the op before it that fills its output, by loops
/// over vectors. Fails, with an error, if `gradopt.kernel` asks for a tile that
/// the target has no room for.
LogicalResult lowerContraction(linalg::LinalgOp op,
                               const ContractionShape &shape,
                               const CPUTarget &target, Scratch &scratch);

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_CONVERSION_STEPTOCPU_CONTRACTIONLOWERING_H
