//===- ScanUtils.h - Questions that several passes ask scans ----*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_TRANSFORMS_SCANUTILS_H
#define GRADOPT_LIB_TRANSFORMS_SCANUTILS_H

#include "gradopt/IR/GradOptOps.h"

namespace mlir::gradopt {

/// How a remark names a scan: that of a backward pass has the name of the scan
/// that it belongs to.
std::string describe(ScanOp scan);

/// The location of an op that is built beside a scan and does a part of its
/// work.
Location getHelperLoc(ScanOp scan);

/// Whether both scans are known to have the same number of steps.
bool haveSameCount(ScanOp first, ScanOp second);

/// Takes the sizes of what a scan gives from in front of it: who only needs the
/// size does not need the scan. What is built without an origin is from the
/// pass `source`.
void resolveSizes(ScanOp scan, StringRef source);

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_TRANSFORMS_SCANUTILS_H
