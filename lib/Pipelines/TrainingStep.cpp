//===- TrainingStep.cpp - Loss function to training step ------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/Pipelines/Pipelines.h"
#include "gradopt/Transforms/Passes.h"
#include "mlir/Transforms/Passes.h"
#include <limits>

using namespace mlir;
using namespace mlir::gradopt;

/// The clipping pass that "KIND=THRESHOLD" asks for. What means nothing goes to
/// the pass as a kind or a threshold that it refuses.
static std::unique_ptr<Pass> createClipping(StringRef text) {
  if (text.empty())
    return createInsertGradientClipping();
  InsertGradientClippingOptions options;
  if (text == "none") {
    options.kind = text.str();
    return createInsertGradientClipping(options);
  }
  auto [kind, threshold] = text.split('=');
  options.kind = kind == "none" ? text.str() : kind.str();
  if (threshold.getAsDouble(options.threshold))
    options.threshold = std::numeric_limits<double>::quiet_NaN();
  return createInsertGradientClipping(options);
}

void gradopt::buildTrainingStepPipeline(OpPassManager &pm,
                                        const TrainingStepOptions &options) {
  buildPrepareModelPipeline(pm, PrepareModelOptions());
  // While the ops are the user's.
  pm.addPass(createVerifySizes());
  // Penalties are a part of the loss; their gradients are clipped with the
  // rest.
  pm.addPass(createInsertRegularization());
  // The clips in the recurrences of the model; those that an option asks for in
  // their place are none of these.
  pm.addPass(createClipping(options.clip.empty() ? "" : "none"));
  // It turns the layers of the step into scans, which have derivatives; the
  // loss function keeps its layers.
  pm.addPass(createDifferentiate());
  // The reverse pass repeats what the forward pass computed and holds
  // cotangents that nobody needs. Later there are records, which keep alive
  // what they look at.
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  // What is clipped and used is the mean over several batches.
  pm.addPass(createInsertAccumulation());
  // Before the updates, which go by what is returned as a gradient, and before
  // the monitors, which leave out a norm that a clip computes anyway.
  pm.addPass(createClipping(options.clip));
  pm.addPass(createInsertNormMonitors());
  pm.addPass(createInsertUpdates());
  // Decay and bounds of what the updates made.
  pm.addPass(createInsertRegularization());
  // Last, since the guard holds everything that is updated.
  InsertFiniteChecksOptions checks;
  checks.onNonfinite = options.onNonfinite;
  checks.onOverflow = options.onOverflow;
  checks.onDivergence = options.onDivergence;
  pm.addPass(createInsertFiniteChecks(checks));
  // The clips and the monitors look at the same gradients, and the checks at
  // values that the model may return twice.
  pm.addPass(createCSEPass());
  pm.addPass(createVerifyRecipe());
}
