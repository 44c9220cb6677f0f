//===- StepToLinalg.h - The first part of every lowering --------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_PIPELINES_STEPTOLINALG_H
#define GRADOPT_PIPELINES_STEPTOLINALG_H

#include "mlir/Pass/PassManager.h"

namespace mlir::gradopt {

/// From a step on tensors, fused or not, to one function of scans and linalg on
/// tensors, with sizes that are checked and known from its arguments.
void buildStepToLinalg(OpPassManager &pm);

} // namespace mlir::gradopt

#endif // GRADOPT_PIPELINES_STEPTOLINALG_H
