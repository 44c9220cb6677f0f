//===- RegisterPipelines.cpp - Names of the pipelines ---------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/Pipelines/Pipelines.h"

using namespace mlir;
using namespace mlir::gradopt;

void gradopt::registerPipelines() {
  PassPipelineRegistration<PrepareModelOptions>(
      "gradopt-prepare-model",
      "Inline calls and raise gathers, so that a model can be differentiated",
      buildPrepareModelPipeline);
  PassPipelineRegistration<TrainingStepOptions>(
      "gradopt-training-step",
      "Make a guarded training step of a loss function and its recipe",
      buildTrainingStepPipeline);
  PassPipelineRegistration<FuseRecurrentBackwardOptions>(
      "gradopt-fuse-recurrent-backward",
      "Fuse the loops over time of a training step",
      buildFuseRecurrentBackwardPipeline);
  PassPipelineRegistration<LowerCPUOptions>(
      "gradopt-lower-cpu",
      "Lower a training step to vectorized code in the LLVM dialect",
      buildLowerCPUPipeline);
  PassPipelineRegistration<LowerReferenceOptions>(
      "gradopt-lower-reference",
      "Lower a training step to plain loops in the LLVM dialect",
      buildLowerReferencePipeline);
}
