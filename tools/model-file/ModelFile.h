//===- ModelFile.h - The model that a tool is given -------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_TOOLS_MODEL_FILE_MODELFILE_H
#define GRADOPT_TOOLS_MODEL_FILE_MODELFILE_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/SourceMgr.h"

namespace mlir::gradopt {

/// A file of IR and a context that knows every dialect. While it lives,
/// diagnostics are printed with their line of the file.
class ModelFile {
public:
  /// Opens a file, "-" for standard input. Null if it cannot be read; `error`
  /// then says which and why.
  static std::unique_ptr<ModelFile> open(StringRef path, std::string &error);

  /// The file's module. Null after an error.
  OwningOpRef<ModuleOp> parse();

  MLIRContext &getContext() { return context; }
  /// As the file was named.
  StringRef getPath() const;

private:
  explicit ModelFile(std::unique_ptr<llvm::MemoryBuffer> file);

  MLIRContext context;
  llvm::SourceMgr sources;
  SourceMgrDiagnosticHandler diagnostics;
};

} // namespace mlir::gradopt

#endif // GRADOPT_TOOLS_MODEL_FILE_MODELFILE_H
