//===- Files.h - Files that a compiled step is made of ----------*- C++
//-*-===////
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_TOOLS_GRADOPT_COMPILE_FILES_H
#define GRADOPT_TOOLS_GRADOPT_COMPILE_FILES_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace llvm {
class raw_ostream;
} // namespace llvm

namespace mlir::gradopt {

/// Whether C code can name the step and what belongs to it.
bool isIdentifierOfC(llvm::StringRef name);

/// Writes declarations of the step's symbols, and the program that they make.
void writeHeader(llvm::StringRef step, llvm::raw_ostream &out);

/// Makes a shared library of an object.
llvm::Error linkLibrary(llvm::StringRef object, llvm::StringRef library);

} // namespace mlir::gradopt

#endif // GRADOPT_TOOLS_GRADOPT_COMPILE_FILES_H
