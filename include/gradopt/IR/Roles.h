//===- Roles.h - Named arguments and results of a model or step -*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_IR_ROLES_H
#define GRADOPT_IR_ROLES_H

#include "gradopt/IR/GradOptDialect.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include <optional>

namespace mlir::gradopt {

/// What an argument or result of a model or step is. The numbers are those of
/// gradopt_role in gradopt_runtime.h.
enum class Role : uint32_t {
  Input = 1,
  Param = 2,
  State = 3,
  OptimizerState = 4,
  StepCount = 5,
  ClipState = 6,
  Hyper = 7,
  Random = 8,
  Loss = 9,
  Metric = 10,
  Output = 11,
  Grad = 12,
  Record = 13
};

/// A role with the name that is unique in it ("" for loss, random and step
/// count).
struct NamedRole {
  Role role;
  StringRef name;
  bool operator==(const NamedRole &other) const {
    return role == other.role && name == other.name;
  }
};

/// The role that an argument's or result's attributes give it, if any.
std::optional<NamedRole> getRole(DictionaryAttr attributes);
std::optional<NamedRole> getArgRole(FunctionOpInterface function,
                                    unsigned index);
std::optional<NamedRole> getResultRole(FunctionOpInterface function,
                                       unsigned index);

/// The index of the argument or result of this role and name, if any.
std::optional<unsigned> findArg(FunctionOpInterface function, NamedRole role);
std::optional<unsigned> findResult(FunctionOpInterface function,
                                   NamedRole role);

/// What the size of a dimension of an argument or a result is.
enum class SizeKind { Static, Time, Batch };

/// What the sizes of an argument or a result of this role are. `letters` is its
/// `gradopt.dims`, or null.
SmallVector<SizeKind> getSizeKinds(ShapedType type, Role role,
                                   StringAttr letters);

/// The attribute's name for a role that arguments or results have.
StringRef getRoleAttrName(Role role);

} // namespace mlir::gradopt

#endif // GRADOPT_IR_ROLES_H
