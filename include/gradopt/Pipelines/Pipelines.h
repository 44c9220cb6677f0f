//===- Pipelines.h - Pipelines of gradopt passes ----------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_PIPELINES_PIPELINES_H
#define GRADOPT_PIPELINES_PIPELINES_H

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"

namespace mlir::gradopt {

/// Options of `gradopt-prepare-model`.
struct PrepareModelOptions : public PassPipelineOptions<PrepareModelOptions> {
  Option<bool> evaluation{
      *this, "evaluation",
      llvm::cl::desc("without dropout: gradopt-disable-dropout"),
      llvm::cl::init(false)};
};

/// From a model as a frontend writes it to one that can be differentiated and
/// lowered: calls are inlined, gathers become embeddings, loops scans.
void buildPrepareModelPipeline(OpPassManager &pm,
                               const PrepareModelOptions &options);

/// Options of `gradopt-training-step`.
struct TrainingStepOptions : public PassPipelineOptions<TrainingStepOptions> {
  Option<std::string> clip{
      *this, "clip",
      llvm::cl::desc("none or KIND=THRESHOLD with KIND one of value, norm, "
                     "group_norm, global_norm; empty: what the recipe says"),
      llvm::cl::init("")};
  Option<std::string> onNonfinite{
      *this, "on-nonfinite",
      llvm::cl::desc("report, skip, back_off, roll_back or stop; empty: what "
                     "the recipe says"),
      llvm::cl::init("")};
  Option<std::string> onOverflow{
      *this, "on-overflow",
      llvm::cl::desc("the same or none; empty: what the recipe says"),
      llvm::cl::init("")};
  Option<std::string> onDivergence{
      *this, "on-divergence",
      llvm::cl::desc("the same or none; empty: what the recipe says"),
      llvm::cl::init("")};
};

/// From a loss function and a recipe to a guarded training step on tensors.
void buildTrainingStepPipeline(OpPassManager &pm,
                               const TrainingStepOptions &options);

/// Options of `gradopt-fuse-recurrent-backward`.
struct FuseRecurrentBackwardOptions
    : public PassPipelineOptions<FuseRecurrentBackwardOptions> {
  Option<int64_t> chunk{
      *this, "chunk",
      llvm::cl::desc("time steps after which partial sums of weight gradients "
                     "are taken; 0: all"),
      llvm::cl::init(0)};
  Option<std::string> checkpoint{
      *this, "checkpoint",
      llvm::cl::desc("none; sqrt or a number of steps: every so many steps the "
                     "carries are kept, the rest is computed again"),
      llvm::cl::init("none")};
};

/// From a step on tensors to one whose loops over time hold only what must be
/// done step by step.
void buildFuseRecurrentBackwardPipeline(
    OpPassManager &pm, const FuseRecurrentBackwardOptions &options);

enum class ReferenceFloat { asIs, f64 };

/// Options of `gradopt-lower-reference`.
struct LowerReferenceOptions
    : public PassPipelineOptions<LowerReferenceOptions> {
  Option<ReferenceFloat> floatType{
      *this, "float", llvm::cl::desc("what f32 becomes"),
      llvm::cl::init(ReferenceFloat::asIs),
      llvm::cl::values(clEnumValN(ReferenceFloat::asIs, "as-is", "f32"),
                       clEnumValN(ReferenceFloat::f64, "f64",
                                  "f64: every value and constant is widened"))};
  Option<std::string> function{
      *this, "function",
      llvm::cl::desc("symbol of the step; empty: the recipe's"),
      llvm::cl::init("")};
};

/// From a step on tensors to plain loops in the LLVM dialect.
void buildLowerReferencePipeline(OpPassManager &pm,
                                 const LowerReferenceOptions &options);

/// Options of `gradopt-lower-cpu`.
struct LowerCPUOptions : public PassPipelineOptions<LowerCPUOptions> {
  Option<std::string> function{
      *this, "function",
      llvm::cl::desc("symbol of the step; empty: the recipe's"),
      llvm::cl::init("")};
};

/// From a step on tensors, fused or not, to vectorized code for several threads
/// in the LLVM dialect. The module says what it is for: see CPUTarget.
void buildLowerCPUPipeline(OpPassManager &pm, const LowerCPUOptions &options);

void registerPipelines();

} // namespace mlir::gradopt

#endif // GRADOPT_PIPELINES_PIPELINES_H
