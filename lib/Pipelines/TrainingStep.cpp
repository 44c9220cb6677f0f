//===- TrainingStep.cpp - Loss function to training step ------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/Pipelines/Pipelines.h"

using namespace mlir;
using namespace mlir::gradopt;

void gradopt::buildTrainingStepPipeline(OpPassManager &pm,
                                        const TrainingStepOptions &options) {}
