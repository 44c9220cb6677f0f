//===- gradopt-plugin.cpp - Dialect and pass plugin -----------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Brings gradopt into a stock mlir-opt:
//   mlir-opt --load-dialect-plugin=gradopt-plugin.so
//            --load-pass-plugin=gradopt-plugin.so
//            --pass-pipeline='builtin.module(gradopt-differentiate)' FILE

#include "gradopt/InitAll.h"
#include "mlir/Tools/Plugins/DialectPlugin.h"
#include "mlir/Tools/Plugins/PassPlugin.h"

extern "C" LLVM_ATTRIBUTE_WEAK ::mlir::DialectPluginLibraryInfo
mlirGetDialectPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "gradopt", LLVM_VERSION_STRING,
          [](mlir::DialectRegistry *registry) {
            mlir::gradopt::registerAllDialects(*registry);
          }};
}

extern "C" LLVM_ATTRIBUTE_WEAK ::mlir::PassPluginLibraryInfo
mlirGetPassPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "gradopt", LLVM_VERSION_STRING,
          [] { mlir::gradopt::registerAllPasses(); }};
}
