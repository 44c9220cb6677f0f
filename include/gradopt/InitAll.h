//===- InitAll.h - Registration of all of gradopt ---------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_INITALL_H
#define GRADOPT_INITALL_H

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace mlir::gradopt {

/// The gradopt dialect and the interface models of gradopt for upstream
/// dialects, which are attached when those are loaded.
void registerAllDialects(DialectRegistry &registry);

/// Every pass and pipeline of gradopt.
void registerAllPasses();

} // namespace mlir::gradopt

#endif // GRADOPT_INITALL_H
