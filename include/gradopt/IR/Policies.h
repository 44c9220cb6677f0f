//===- Policies.h - What happens after a bad step ---------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_IR_POLICIES_H
#define GRADOPT_IR_POLICIES_H

#include "gradopt/IR/GradOptDialect.h"

namespace mlir::gradopt {

/// The policies of a training step, none where nothing is to be looked for.
struct Policies {
  std::optional<Policy> onNonfinite, onOverflow, onDivergence;

  /// Whether some event has this policy.
  bool has(Policy policy) const {
    return onNonfinite == policy || onOverflow == policy ||
           onDivergence == policy;
  }
  /// Whether some event holds the update back and lets the run go on.
  bool holdsBack() const {
    return has(Policy::skip) || has(Policy::back_off) || has(Policy::roll_back);
  }
};

/// "report, skip, back_off, roll_back or stop"
extern const char *const kPolicyNames;

/// An error if these policies contradict each other.
LogicalResult verifyPolicies(function_ref<InFlightDiagnostic()> emitError,
                             const Policies &policies);

/// An error if an option differs from its default and no policy goes by it.
LogicalResult verifyPolicyOptions(function_ref<InFlightDiagnostic()> emitError,
                                  const Policies &policies,
                                  PolicyOptionsAttr options);

} // namespace mlir::gradopt

#endif // GRADOPT_IR_POLICIES_H
