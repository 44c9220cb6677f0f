//===- Clips.h - What gradopt-insert-gradient-clipping inserts --*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_TRANSFORMS_CLIPS_H
#define GRADOPT_LIB_TRANSFORMS_CLIPS_H

#include "StepEditing.h"

namespace mlir::gradopt {

/// The name of the pass, which is the source of what it inserts.
inline constexpr StringLiteral kClippingPass =
    "gradopt-insert-gradient-clipping";

/// One clip of the options, of the recipe or of a group of it.
struct ClipRequest {
  ClipKind kind;
  double threshold;
  NormKind p;
  ClipPlacement at = ClipPlacement::gradient;
  int64_t every = 0;
  /// The group whose parameters it is for; null for all.
  GroupAttr group;
};

/// A new argument `gradopt.hyper = "clip.LABEL.threshold"` of a model or step,
/// so that the threshold can change at run time: `clip.LABEL_2.threshold` if
/// that is taken, and so on.
FailureOr<Value> appendThreshold(FunctionOpInterface function, StringRef label,
                                 double threshold, Type elementType);

/// Inserts the clip of gradients of parameters that `request` asks for, into
/// a function that has them. `numClips` counts the ops.
LogicalResult clipGradients(FunctionOpInterface function,
                            const ClipRequest &request,
                            llvm::Statistic &numClips);

/// Inserts the clips of cotangents that `request` asks for into a model that is
/// to be differentiated, whose layers are scans.
LogicalResult clipCotangents(FunctionOpInterface model,
                             const ClipRequest &request,
                             llvm::Statistic &numClips);

/// A gate's value before its activation, and the uses by the activation.
/// Without them all uses are meant: the gate has no activation.
struct GateValue {
  std::string gate;
  Value value;
  SmallVector<OpOperand *> uses;
};

/// The values of the gates in the body of `scan`. An op belongs to the gate
/// that its origin names. An op that computes such a value and activates it at
/// once is split in two.
SmallVector<GateValue> findGateValues(RewriterBase &rewriter, ScanOp scan);

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_TRANSFORMS_CLIPS_H
