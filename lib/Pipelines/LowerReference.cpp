//===- LowerReference.cpp - Training step to plain loops ------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StepToLinalg.h"
#include "gradopt/Conversion/Passes.h"
#include "gradopt/Pipelines/Pipelines.h"
#include "gradopt/Transforms/Passes.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace mlir::gradopt;

void gradopt::buildLowerReferencePipeline(
    OpPassManager &pm, const LowerReferenceOptions &options) {
  // First, so that the oracle's constants and sums are f64 from the start.
  if (options.floatType == ReferenceFloat::f64)
    pm.addPass(createWidenFloats());

  buildStepToLinalg(pm);
  pm.addPass(createBoundSlices());
  pm.addPass(createOrderLoops());
  // Transposed weights leave the loop over time.
  pm.addPass(createLoopInvariantCodeMotionPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());

  // Onto buffers. The step's own arguments and results are in the arena already
  // when the other buffers are made.
  BindStepToArenaOptions bind;
  bind.function = options.function;
  pm.addPass(createBindStepToArena(bind));
  pm.addPass(createSymbolDCEPass());
  pm.addPass(createSeparateLoopDestinations());
  pm.addPass(bufferization::createEmptyTensorEliminationPass());
  pm.addPass(bufferization::createOneShotBufferizePass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(createPlanArena());
  pm.addPass(createExpandCopies());

  // Down to LLVM.
  pm.addPass(createConvertLinalgToLoopsPass());
  pm.addPass(memref::createFoldMemRefAliasOpsPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(createLoopInvariantCodeMotionPass());
  pm.addPass(createExpandReshapes());
  pm.addPass(memref::createExpandStridedMetadataPass());
  pm.addPass(createLowerAffinePass());
  pm.addPass(createSCFToControlFlowPass());
  // Neither LLVM nor libm has a clamp.
  math::MathExpandOpsPassOptions expand;
  expand.opMnemonics = {"clampf"};
  pm.addPass(math::createMathExpandOpsPass(expand));
  pm.addPass(createConvertMathToLLVMPass());
  pm.addPass(createConvertMathToLibmPass());
  pm.addPass(createConvertToLLVMPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}
