//===- Policies.cpp - What happens after a bad step -----------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/IR/Policies.h"
#include "Verify.h"
#include <limits>

using namespace mlir;
using namespace mlir::gradopt;

const char *const mlir::gradopt::kPolicyNames =
    "report, skip, back_off, roll_back or stop";

//===----------------------------------------------------------------------===//
// PolicyOptionsAttr
//===----------------------------------------------------------------------===//

PolicyOptionsAttr PolicyOptionsAttr::getDefault(MLIRContext *context) {
  auto number = [&](double value) {
    return FloatAttr::get(Float64Type::get(context), value);
  };
  return get(context, /*skips=*/10, /*recover_after=*/100,
             /*roll_back_after=*/3, /*snapshot_every=*/100, /*roll_backs=*/3,
             number(0.001), number(10.0), /*median_window=*/101,
             /*median_warmup=*/20, CarriedState::keep);
}

LogicalResult PolicyOptionsAttr::verify(
    function_ref<InFlightDiagnostic()> emitError, int64_t skips,
    int64_t recoverAfter, int64_t rollBackAfter, int64_t snapshotEvery,
    int64_t rollBacks, FloatAttr overflowFraction, FloatAttr divergenceFactor,
    int64_t medianWindow, int64_t medianWarmup, CarriedState) {
  // The runtime counts in 32 bits.
  constexpr int64_t largest = std::numeric_limits<int32_t>::max();
  struct Count {
    StringRef name;
    int64_t value, lowest;
  };
  for (const Count &count : {Count{"skips", skips, 0},
                             {"recover_after", recoverAfter, 1},
                             {"roll_back_after", rollBackAfter, 1},
                             {"snapshot_every", snapshotEvery, 1},
                             {"roll_backs", rollBacks, 0},
                             {"median_window", medianWindow, 1},
                             {"median_warmup", medianWarmup, 1}})
    if (count.value < count.lowest || count.value > largest)
      return emitError() << count.name << " is a number from " << count.lowest
                         << " to " << largest << ", got " << count.value;
  if (medianWarmup > medianWindow)
    return emitError() << "median_warmup = " << medianWarmup
                       << " would never be over: the median is of the last "
                          "median_window = "
                       << medianWindow << " good steps";
  if (failed(verifyNumber(emitError, "overflow_fraction", overflowFraction)) ||
      failed(verifyNumber(emitError, "divergence_factor", divergenceFactor)))
    return failure();
  double fraction = overflowFraction.getValueAsDouble(),
         factor = divergenceFactor.getValueAsDouble();
  if (!(fraction > 0.0 && fraction < 1.0))
    return emitError() << "overflow_fraction must be above 0 and below 1, got "
                       << fraction;
  if (!(factor > 1.0))
    return emitError() << "divergence_factor must be above 1, got " << factor;
  return success();
}

//===----------------------------------------------------------------------===//
// Policies together
//===----------------------------------------------------------------------===//

LogicalResult
mlir::gradopt::verifyPolicies(function_ref<InFlightDiagnostic()> emitError,
                              const Policies &policies) {
  // Without one it is skip.
  if (policies.onNonfinite != Policy::report)
    return success();
  struct Other {
    StringRef name;
    std::optional<Policy> policy;
  };
  for (const Other &other : {Other{"on_overflow", policies.onOverflow},
                             {"on_divergence", policies.onDivergence}})
    if (other.policy && *other.policy != Policy::report)
      return emitError()
             << "policies contradict each other: on_nonfinite = report applies "
                "an update with NaN or Inf, and "
             << other.name << " = " << stringifyPolicy(*other.policy)
             << " would hold back a lesser harm; give on_nonfinite another "
                "policy, or "
             << other.name << " = report";
  return success();
}

LogicalResult
mlir::gradopt::verifyPolicyOptions(function_ref<InFlightDiagnostic()> emitError,
                                   const Policies &policies,
                                   PolicyOptionsAttr options) {
  auto defaults = PolicyOptionsAttr::getDefault(options.getContext());
  const bool counts =
      policies.has(Policy::skip) || policies.has(Policy::back_off);
  const bool rollsBack = policies.has(Policy::roll_back);
  const bool diverges = policies.onDivergence.has_value();
  struct Use {
    StringRef option;
    bool isGiven, isUsed;
    StringRef user;
  };
  const Use uses[] = {
      {"skips", options.getSkips() != defaults.getSkips(), counts,
       "skip and back_off"},
      {"recover_after", options.getRecoverAfter() != defaults.getRecoverAfter(),
       policies.has(Policy::back_off), "back_off"},
      {"roll_back_after",
       options.getRollBackAfter() != defaults.getRollBackAfter(), rollsBack,
       "roll_back"},
      {"snapshot_every",
       options.getSnapshotEvery() != defaults.getSnapshotEvery(), rollsBack,
       "roll_back"},
      {"roll_backs", options.getRollBacks() != defaults.getRollBacks(),
       rollsBack, "roll_back"},
      {"overflow_fraction",
       options.getOverflowFraction() != defaults.getOverflowFraction(),
       policies.onOverflow.has_value(), "on_overflow"},
      {"divergence_factor",
       options.getDivergenceFactor() != defaults.getDivergenceFactor(),
       diverges, "on_divergence"},
      {"median_window", options.getMedianWindow() != defaults.getMedianWindow(),
       diverges, "on_divergence"},
      {"median_warmup", options.getMedianWarmup() != defaults.getMedianWarmup(),
       diverges, "on_divergence"},
      {"carried_state", options.getCarriedState() != CarriedState::keep,
       policies.holdsBack() || policies.has(Policy::report),
       "policies that let the run go on"}};
  for (const Use &use : uses)
    if (use.isGiven && !use.isUsed)
      return emitError() << "nothing goes by " << use.option
                         << " of the policy options: it belongs to " << use.user
                         << ", which this recipe does not have; "
                         << "leave it out";
  return success();
}
