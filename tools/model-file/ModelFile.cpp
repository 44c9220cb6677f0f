//===- ModelFile.cpp - The model that a tool is given ---------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelFile.h"
#include "gradopt/InitAll.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Support/FileUtilities.h"

using namespace mlir;
using namespace mlir::gradopt;

static DialectRegistry getDialects() {
  DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  mlir::gradopt::registerAllDialects(registry);
  return registry;
}

ModelFile::ModelFile(std::unique_ptr<llvm::MemoryBuffer> file)
    : context(getDialects()), diagnostics(sources, &context) {
  // A diagnostic shows its line of the model; the op in its generic form, often
  // the whole model, would bury it.
  context.printOpOnDiagnostic(false);
  sources.AddNewSourceBuffer(std::move(file), llvm::SMLoc());
}

std::unique_ptr<ModelFile> ModelFile::open(StringRef path, std::string &error) {
  std::unique_ptr<llvm::MemoryBuffer> file = openInputFile(path, &error);
  if (!file)
    return nullptr;
  return std::unique_ptr<ModelFile>(new ModelFile(std::move(file)));
}

OwningOpRef<ModuleOp> ModelFile::parse() {
  return parseSourceFile<ModuleOp>(sources, &context);
}

StringRef ModelFile::getPath() const {
  return sources.getMemoryBuffer(sources.getMainFileID())
      ->getBufferIdentifier();
}
