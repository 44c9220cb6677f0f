//===- StepToLinalg.cpp - The first part of every lowering ----------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StepToLinalg.h"
#include "gradopt/Conversion/Passes.h"
#include "gradopt/Transforms/Passes.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace mlir::gradopt;

void gradopt::buildStepToLinalg(OpPassManager &pm) {
  // A step is one function. Later passes simplify it.
  pm.addPass(createInlinerPass({}, [](OpPassManager &) {}));
  // Nothing checks sizes when the step runs. Here the ops are the user's;
  // below, each loop is stated.
  pm.addPass(createVerifySizes());
  pm.addPass(createExpandCells());
  pm.addPass(createConvertGradOptToLinalg());
  pm.addPass(createDecomposeAggregates());
  pm.addPass(createConvertElementwiseToLinalgPass());
  pm.addPass(createVerifySizes());
  // The arena is planned from time and batch: sizes of what ops return become
  // those of what they were given.
  pm.addPass(memref::createResolveRankedShapeTypeResultDimsPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}
