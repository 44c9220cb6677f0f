//===- Files.cpp - Files that a compiled step is made of ------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Files.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace mlir::gradopt;

bool mlir::gradopt::isIdentifierOfC(StringRef name) {
  return !name.empty() && !isDigit(name.front()) &&
         all_of(name, [](char c) { return isAlnum(c) || c == '_'; });
}

void mlir::gradopt::writeHeader(StringRef step, raw_ostream &out) {
  static constexpr StringLiteral text =
      R"(/* The training step @, as gradopt-compile made it. See gradopt_runtime.h. */
#ifndef GRADOPT_PROGRAM_@_H
#define GRADOPT_PROGRAM_@_H

#include "gradopt_runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

void @(gradopt_context *context, int32_t thread, int32_t threads);
int64_t @_layout(int64_t max_time, int64_t max_batch, int64_t *offsets);
void @_commit(gradopt_context *context);
extern const unsigned char @_manifest[];

/* For gradopt_instance_create. */
static inline gradopt_program @_program(void) {
  gradopt_program program = {@_manifest, @, @_layout, @_commit};
  return program;
}

#ifdef __cplusplus
}
#endif

#endif /* GRADOPT_PROGRAM_@_H */
)";
  SmallVector<StringRef> parts;
  text.split(parts, '@');
  out << join(parts, step);
}

Error mlir::gradopt::linkLibrary(StringRef object, StringRef library) {
  SmallVector<StringRef> arguments;
  // The system's compiler knows where libm is. Without it, what the code calls
  // is found in the program that loads the library.
  ErrorOr<std::string> linker = sys::findProgramByName("cc");
  bool hasCompiler = bool(linker);
  for (const char *name : {"ld.lld", "ld.lld-22", "ld"})
    if (!linker)
      linker = sys::findProgramByName(name);
  if (!linker)
    return createStringError(
        inconvertibleErrorCode(),
        "no linker found: neither cc nor ld.lld nor ld is on the PATH; write "
        "an object (--emit=obj) and link it with -shared elsewhere");
  arguments = {*linker, "-shared", "-o", library, object};
  if (hasCompiler)
    arguments.push_back("-lm");
  std::string message;
  int status = sys::ExecuteAndWait(*linker, arguments, /*Env=*/std::nullopt,
                                   /*Redirects=*/{}, /*SecondsToWait=*/0,
                                   /*MemoryLimit=*/0, &message);
  if (status == 0)
    return Error::success();
  return createStringError(inconvertibleErrorCode(),
                           *linker + " could not link " + library +
                               (message.empty() ? "" : ": ") + message);
}
