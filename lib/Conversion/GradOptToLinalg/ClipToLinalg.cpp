//===- ClipToLinalg.cpp - Expand clips ------------------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/Conversion/Passes.h"
#include "gradopt/IR/GradOptOps.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace mlir::gradopt;

void gradopt::populateClipToLinalgPatterns(RewritePatternSet &patterns) {}
