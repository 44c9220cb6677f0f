//===- FuseRecurrentBackward.cpp - Fused loops over time ------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/Pipelines/Pipelines.h"
#include "gradopt/Transforms/Passes.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace mlir::gradopt;

/// What means nothing goes to the pass as a number that it refuses.
static std::unique_ptr<Pass> createCheckpointing(StringRef text) {
  CheckpointScanOptions options;
  if (text == "sqrt")
    options.every = 0;
  else if (text.getAsInteger(10, options.every) || options.every == 0)
    options.every = -1;
  return createCheckpointScan(options);
}

void gradopt::buildFuseRecurrentBackwardPipeline(
    OpPassManager &pm, const FuseRecurrentBackwardOptions &options) {
  // All recurrences are scans from here on, whoever wrote them.
  pm.addPass(createExpandCells());
  pm.addPass(createRaiseLoops());
  pm.addPass(createConvertElementwiseToLinalgPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  // What is constant in time leaves the loops, so that the passes below find it
  // outside; then it is no tape any more, and what the loops that read the tape
  // make of it leaves them, too.
  pm.addPass(createLoopInvariantCodeMotionPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createLoopInvariantCodeMotionPass());
  // Gradients of gates are put together before their sums are looked at.
  pm.addPass(createSimplifySlices());
  // Contractions leave the loops before those that stay are merged: they are
  // other ones.
  pm.addPass(createBatchTimeParallel());
  SinkWeightGradientsOptions sink;
  sink.chunk = options.chunk;
  pm.addPass(createSinkWeightGradients(sink));
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(createMergeContractions());
  // What was stacked is taken apart by the elementwise work.
  pm.addPass(createSimplifySlices());
  // Before the elementwise work is fused, so that what one step of several
  // recurrences shares is found.
  pm.addPass(createMergeScans());
  pm.addPass(createLoopInvariantCodeMotionPass());
  pm.addPass(createCSEPass());
  pm.addPass(createFusePointwise());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  // Last: it looks for tapes, and the fusions make them smaller.
  if (options.checkpoint != "none") {
    pm.addPass(createCheckpointing(options.checkpoint));
    pm.addPass(createCanonicalizerPass());
    pm.addPass(createCSEPass());
  }
}
