//===- Groups.h - Parameters by their names ---------------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_IR_GROUPS_H
#define GRADOPT_IR_GROUPS_H

#include "gradopt/IR/GradOptDialect.h"

namespace mlir::gradopt {

/// Whether a pattern of names matches: `*` stands for any characters, also
/// none, and every other character for itself.
bool matchesName(StringRef pattern, StringRef name);

/// The group among a recipe's `groups` that matches a parameter; null if none
/// does or there are no groups.
GroupAttr findGroup(ArrayAttr groups, StringRef parameter);

} // namespace mlir::gradopt

#endif // GRADOPT_IR_GROUPS_H
