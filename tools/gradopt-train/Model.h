//===- Model.h - A model compiled for training ------------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_TOOLS_GRADOPT_TRAIN_MODEL_H
#define GRADOPT_TOOLS_GRADOPT_TRAIN_MODEL_H

#include "Options.h"
#include "gradopt/IR/GradOptOps.h"
#include "gradopt/Target/CompiledStep.h"
#include "gradopt_train/DataSource.h"
#include "gradopt_train/Schedule.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include <map>
#include <optional>

namespace mlir::gradopt {

class ModelFile;

/// A model file made into two programs: the training step, and its loss
/// function for evaluation.
class Model {
public:
  /// Reads and checks the model of a file, which must outlive it. Fails after
  /// an error with its position.
  static FailureOr<Model> read(ModelFile &file);

  /// How programs are lowered from now on.
  void setLowering(Lowering chosen) { lowering = chosen; }

  /// Makes the training step, with what `choices` says in the recipe's place,
  /// and compiles it. A clip of the recipe's only kind does not replace the
  /// recipe's: its threshold is a hyperparameter.
  LogicalResult compileStep(const StepOptions &choices);
  /// Compiles the loss function.
  LogicalResult compileEvaluation();

  func::FuncOp getLoss();
  RecipeOp getRecipe();

  /// The model's inputs, as a data source is to give them.
  std::vector<::gradopt::train::ArrayInfo> getInputs();
  /// Its outputs in the same form.
  std::vector<::gradopt::train::ArrayInfo> getOutputs();
  /// The smallest number of rows of a table that an integer input looks up or
  /// of classes that it names, for each that does.
  std::map<std::string, int64_t> getIndexLimits();

  /// The input that says how many steps of each row the loss is a mean over; ""
  /// if it counts none.
  std::string getLossLengths();

  /// The static size of time or batch in the model's inputs, if it has one.
  std::optional<int64_t> getStaticTime() const { return staticTime; }
  std::optional<int64_t> getStaticBatch() const { return staticBatch; }

  const gradopt_program &getStep() const { return step->getProgram(); }
  const gradopt_program &getEvaluation() const {
    return evaluation->getProgram();
  }
  /// What the runtime does from step to step, known once the step is compiled.
  const gradopt_policies &getPolicies() const { return policies; }
  const ::gradopt::train::Schedule &getSchedule() const { return schedule; }
  /// The schedule as the recipe says it, "none" without one.
  const std::string &getScheduleText() const { return scheduleText; }
  /// The optimizer as the recipe says it, but with a learning rate of 1.
  const std::string &getOptimizerText() const { return optimizerText; }
  int64_t getAccumulate() const { return accumulate; }
  /// The threshold that --clip gives to the recipe's clip, if it does.
  std::optional<std::pair<std::string, double>> getThreshold() const {
    return threshold;
  }

private:
  LogicalResult findLoss(Location file);
  LogicalResult findStaticSizes();
  LogicalResult checkHypers();
  /// Inlines what the loss function calls, so that all that it computes is in
  /// it.
  LogicalResult prepare();
  ::gradopt::train::ArrayInfo describe(StringRef name, Type type,
                                       StringAttr letters) const;

  OwningOpRef<ModuleOp> module;
  Lowering lowering = Lowering::cpu;
  std::string lossName, stepName;
  std::optional<int64_t> staticTime, staticBatch;
  gradopt_policies policies = GRADOPT_DEFAULT_POLICIES;
  ::gradopt::train::Schedule schedule;
  std::string scheduleText = "none", optimizerText;
  int64_t accumulate = 1;
  std::optional<std::pair<std::string, double>> threshold;
  std::unique_ptr<CompiledStep> step, evaluation;
};

} // namespace mlir::gradopt

#endif // GRADOPT_TOOLS_GRADOPT_TRAIN_MODEL_H
