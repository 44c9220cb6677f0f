//===- Passes.h - Passes that know LLVM's targets ---------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_TARGET_PASSES_H
#define GRADOPT_TARGET_PASSES_H

#include "mlir/Pass/Pass.h"

namespace mlir::gradopt {

#define GEN_PASS_DECL
#include "gradopt/Target/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "gradopt/Target/Passes.h.inc"

} // namespace mlir::gradopt

#endif // GRADOPT_TARGET_PASSES_H
