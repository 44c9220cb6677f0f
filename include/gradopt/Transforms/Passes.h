//===- Passes.h - Passes on training graphs ---------------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_TRANSFORMS_PASSES_H
#define GRADOPT_TRANSFORMS_PASSES_H

#include "mlir/Pass/Pass.h"

namespace mlir::gradopt {

#define GEN_PASS_DECL
#include "gradopt/Transforms/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "gradopt/Transforms/Passes.h.inc"

} // namespace mlir::gradopt

#endif // GRADOPT_TRANSFORMS_PASSES_H
