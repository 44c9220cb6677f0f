//===- Policies.h - What happens after a bad step --------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_TOOLS_GRADOPT_TRAIN_POLICIES_H
#define GRADOPT_TOOLS_GRADOPT_TRAIN_POLICIES_H

#include "gradopt_runtime.h"
#include "gradopt_train/Events.h"
#include "gradopt_train/Progress.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include <map>

namespace mlir::gradopt {

/// The policies that a training step names, for the runtime.
gradopt_policies readPolicies(func::FuncOp step);

/// What the events of a bad step say about it.
void addPolicyEvents(const gradopt_step_report &report,
                     ::gradopt::train::Summary &summary);

/// Says in the terminal what happens to steps. What happens again and again is
/// said once and then counted, so that a run that goes wrong stays readable.
class StepNotices {
public:
  explicit StepNotices(::gradopt::train::ProgressPrinter &progress)
      : progress(progress) {}

  /// A bad step, before anything is done about it.
  void badStep(const gradopt_step_report &report);
  /// A step whose gradients had this joint norm, more than their clip's
  /// threshold.
  void clippedStep(uint64_t step, double norm, double threshold);
  /// Says what was only counted so far.
  void finish();

private:
  struct Kind {
    uint64_t said = 0;    ///< the last step of which a line was printed
    uint64_t counted = 0; ///< such steps since then
  };
  void sayCount(const Kind &kind);

  ::gradopt::train::ProgressPrinter &progress;
  std::map<std::string, Kind> kinds;
  bool anyClipped = false;
};

} // namespace mlir::gradopt

#endif // GRADOPT_TOOLS_GRADOPT_TRAIN_POLICIES_H
