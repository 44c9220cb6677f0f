//===- Modes.h - What gradopt-train can do -------------------- -*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_TOOLS_GRADOPT_TRAIN_MODES_H
#define GRADOPT_TOOLS_GRADOPT_TRAIN_MODES_H

#include "Model.h"
#include "Options.h"

namespace mlir::gradopt {

// One function for each mode, in a file of its own. Each returns the exit
// status of the tool and prints what is wrong.

int runTraining(Model &model, const Options &options);
int runEvaluation(Model &model, const Options &options);
int runPrediction(Model &model, const Options &options);
int runSampling(Model &model, const Options &options);
int runDryRun(Model &model, const Options &options);
int runGradcheck(Model &model, const Options &options);
int runExport(Model &model, const Options &options);

} // namespace mlir::gradopt

#endif // GRADOPT_TOOLS_GRADOPT_TRAIN_MODES_H
