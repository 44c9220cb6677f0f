//===- ScanCanonicalization.cpp - Canonicalization of scans ---------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/IR/GradOptOps.h"

using namespace mlir;
using namespace mlir::gradopt;

void ScanOp::getCanonicalizationPatterns(RewritePatternSet &, MLIRContext *) {}
