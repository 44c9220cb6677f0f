//===- Groups.cpp - Parameters by their names -----------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/IR/Groups.h"
#include "llvm/Support/GlobPattern.h"

using namespace mlir;
using namespace mlir::gradopt;

bool mlir::gradopt::matchesName(StringRef pattern, StringRef name) {
  // Nothing but `*` is special here, since names may hold brackets.
  std::string glob;
  for (char c : pattern) {
    if (StringRef("?[]{}\\").contains(c))
      glob += '\\';
    glob += c;
  }
  llvm::Expected<llvm::GlobPattern> compiled = llvm::GlobPattern::create(glob);
  if (!compiled) {
    llvm::consumeError(compiled.takeError());
    return false;
  }
  return compiled->match(name);
}

GroupAttr mlir::gradopt::findGroup(ArrayAttr groups, StringRef parameter) {
  if (!groups)
    return {};
  for (auto group : groups.getAsRange<GroupAttr>())
    if (matchesName(group.getMatch(), parameter))
      return group;
  return {};
}
