//===- Model.h - A model compiled for training ------------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_TOOLS_GRADOPT_TRAIN_MODEL_H
#define GRADOPT_TOOLS_GRADOPT_TRAIN_MODEL_H

#include "gradopt/IR/GradOptDialect.h"
#include "gradopt/Target/CompiledStep.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include <optional>

namespace llvm {
class SourceMgr;
} // namespace llvm

namespace mlir::gradopt {

/// A model file made into two programs: the training step, and its loss
/// function for evaluation.
class Model {
public:
  /// Reads and checks the model in the main file of `sources`. Fails after an
  /// error with its position.
  static FailureOr<Model> read(MLIRContext &context,
                               const llvm::SourceMgr &sources);

  /// Makes the training step, with the recipe's clips or those that `clip`
  /// says, and compiles both programs.
  LogicalResult compile(StringRef clip);

  /// The smallest number of rows of a table that one of these inputs looks up
  /// or of classes that it names; 0 if they do neither.
  int64_t getVocabularyLimit(ArrayRef<StringRef> names);

  /// The static size of time or batch in the model's inputs, if it has one.
  std::optional<int64_t> getStaticTime() { return staticTime; }
  std::optional<int64_t> getStaticBatch() { return staticBatch; }

  const gradopt_program &getStep() const { return step->getProgram(); }
  const gradopt_program &getEvaluation() const {
    return evaluation->getProgram();
  }
  Policy getPolicy() const { return policy; }

private:
  LogicalResult findLoss(Location file);
  LogicalResult findStaticSizes();

  OwningOpRef<ModuleOp> module;
  std::string lossName, stepName;
  std::optional<int64_t> staticTime, staticBatch;
  Policy policy = Policy::skip;
  std::unique_ptr<CompiledStep> step, evaluation;
};

} // namespace mlir::gradopt

#endif // GRADOPT_TOOLS_GRADOPT_TRAIN_MODEL_H
