//===- PrepareModel.cpp - What a model needs before any other pass --------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/Pipelines/Pipelines.h"
#include "gradopt/Transforms/Passes.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace mlir::gradopt;

void gradopt::buildPrepareModelPipeline(OpPassManager &pm,
                                        const PrepareModelOptions &options) {
  // A call has no derivative. Later passes simplify what is inlined.
  pm.addPass(createInlinerPass({}, [](OpPassManager &) {}));
  pm.addPass(createRaiseGathers());
  // A loop has no derivative, a scan has one.
  pm.addPass(createRaiseLoops());
  if (options.evaluation)
    pm.addPass(createDisableDropout());
}
