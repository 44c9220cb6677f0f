//===- ScanDifferentiableOpInterfaceImpl.cpp - Derivative of a scan -------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/Implementations/Implementations.h"
#include "mlir/IR/DialectRegistry.h"

using namespace mlir;

void gradopt::registerScanDifferentiableOpInterfaceModel(
    DialectRegistry &registry) {}
