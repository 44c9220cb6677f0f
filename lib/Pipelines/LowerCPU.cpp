//===- LowerCPU.cpp - Training step to vector code ------------------------===//
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
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVMPass.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace mlir::gradopt;

void gradopt::buildLowerCPUPipeline(OpPassManager &pm,
                                    const LowerCPUOptions &options) {
  buildStepToLinalg(pm);
  // Neither LLVM nor libm has a clamp.
  math::MathExpandOpsPassOptions expand;
  expand.opMnemonics = {"clampf"};
  pm.addPass(math::createMathExpandOpsPass(expand));
  // Less memory to go through: what was clips, losses and updates is
  // elementwise work by now.
  pm.addPass(createReuseHistories());
  pm.addPass(createSinkIntoScans());
  pm.addPass(createFusePointwise());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createSplitReductions());
  pm.addPass(createCSEPass());
  pm.addPass(createMergeReductions());
  pm.addPass(createFinishBehindScans());
  pm.addPass(createBoundSlices());
  pm.addPass(createLoopInvariantCodeMotionPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(createSeparateInits());

  // Onto buffers.
  BindStepToArenaOptions bind;
  bind.function = options.function;
  bind.threads = true;
  pm.addPass(createBindStepToArena(bind));
  pm.addPass(createSymbolDCEPass());
  pm.addPass(createSeparateLoopDestinations());
  pm.addPass(bufferization::createEmptyTensorEliminationPass());
  pm.addPass(bufferization::createOneShotBufferizePass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  // Removes copies of a place to itself.
  pm.addPass(createCanonicalizerPass());
  pm.addNestedPass<func::FuncOp>(createShareBuffers());
  pm.addPass(createExpandCopies());

  // Shares of threads, then the code of each share.
  pm.addNestedPass<func::FuncOp>(createPlanKernels());
  pm.addNestedPass<func::FuncOp>(createInsertBarriers());
  pm.addNestedPass<func::FuncOp>(createDistributeWork());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addNestedPass<func::FuncOp>(createLowerContractions());
  pm.addNestedPass<func::FuncOp>(createVectorizeLoops());
  pm.addPass(createPlanArena());
  pm.addPass(createVerifyStepMemory());

  // Down to LLVM.
  pm.addPass(createConvertLinalgToLoopsPass());
  pm.addPass(memref::createFoldMemRefAliasOpsPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(createLoopInvariantCodeMotionPass());
  pm.addPass(createApproximateMath());
  pm.addNestedPass<func::FuncOp>(createLowerThreadOps());
  pm.addPass(createExpandReshapes());
  pm.addPass(memref::createExpandStridedMetadataPass());
  pm.addPass(createLowerAffinePass());
  pm.addPass(createSCFToControlFlowPass());
  pm.addPass(createConvertVectorToLLVMPass());
  pm.addPass(createConvertMathToLLVMPass());
  pm.addPass(createConvertMathToLibmPass());
  pm.addPass(createConvertToLLVMPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
  // LLVM simplifies what it is given in less time than a canonicalizer takes.
  pm.addPass(createCSEPass());
}
