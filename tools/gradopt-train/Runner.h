//===- Runner.h - A compiled program with its values ---------- -*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_TOOLS_GRADOPT_TRAIN_RUNNER_H
#define GRADOPT_TOOLS_GRADOPT_TRAIN_RUNNER_H

#include "gradopt_train/DataSource.h"
#include <memory>
#include <string>
#include <vector>

namespace mlir::gradopt {

/// What one run of a program, or the mean of several, gives.
struct Results {
  double loss = 0;
  std::vector<double> metrics; ///< in the order of Runner::getMetricNames()
  int64_t units = 0;           ///< BatchInfo::units
  int64_t weight = 0;          ///< of the means, see Runner::weighBy()
};

/// The mean of results, by their weights; NaN without any.
template <typename Range>
Results meanOf(const Range &range) {
  Results mean;
  for (const Results &results : range) {
    mean.metrics.resize(results.metrics.size());
    mean.loss += results.loss * results.weight;
    for (size_t i = 0; i < results.metrics.size(); ++i)
      mean.metrics[i] += results.metrics[i] * results.weight;
    mean.units += results.units;
    mean.weight += results.weight;
  }
  mean.loss /= mean.weight;
  for (double &metric : mean.metrics)
    metric /= mean.weight;
  return mean;
}

/// An instance of a program.
class Runner {
public:
  /// With hyperparameters at their initial values and parameters as their
  /// initializers say. So many threads run the program.
  static ::gradopt::train::Expected<std::unique_ptr<Runner>>
  create(const gradopt_program &program, int64_t maxTime, int64_t maxBatch,
         uint64_t seed, int32_t threads);
  /// The same with the capacity of a source, which fills its inputs.
  static ::gradopt::train::Expected<std::unique_ptr<Runner>>
  create(const gradopt_program &program,
         const ::gradopt::train::DataSource &source, uint64_t seed,
         int32_t threads);
  ~Runner();

  gradopt_instance *get() const { return instance; }
  uint32_t size() const { return gradopt_instance_count(instance); }
  const gradopt_manifest_entry &entry(uint32_t index) const {
    return *gradopt_instance_entry(instance, index);
  }
  std::string name(uint32_t index) const {
    return gradopt_instance_name(instance, index);
  }
  void *data(uint32_t index) const {
    return gradopt_instance_data(instance, index);
  }
  int64_t getMaxTime() const { return maxTime; }
  int64_t getMaxBatch() const { return maxBatch; }

  /// Where the source puts its arrays: the program's inputs, or memory that
  /// nothing reads for an array that the model does not take.
  void *const *getInputs() { return inputs.data(); }
  void zeroStates();
  /// Runs a program that is no training step on a batch that is in its inputs.
  ::gradopt::train::Status evaluate(const ::gradopt::train::BatchInfo &batch);

  /// The first value of an entry as a double; NaN if there is none such.
  double getScalar(gradopt_role role, const std::string &name) const;
  double getScalar(uint32_t index) const;
  /// The same the other way round, rounded to the entry's type.
  void setScalar(uint32_t index, double value);
  /// Changes a hyperparameter. Fails if there is none of this name, or if the
  /// value does not fit its type.
  ::gradopt::train::Status setHyper(const std::string &name, double value);

  /// The results of a batch weigh as much as the steps that this input,
  /// Model::getLossLengths(), counts in it. With "" it is the batch's units.
  void weighBy(const std::string &lengths);
  std::vector<std::string> getMetricNames() const;
  /// Those of the batch that is still in the inputs.
  Results getResults(const ::gradopt::train::BatchInfo &batch) const;

private:
  Runner() = default;
  int64_t getWeight(const ::gradopt::train::BatchInfo &batch) const;
  ::gradopt::train::Status bind(const ::gradopt::train::DataSource &source);

  gradopt_instance *instance = nullptr;
  int64_t maxTime = 0, maxBatch = 0;
  int64_t lossLengths = -1; ///< the entry of weighBy()'s input, if any
  std::vector<void *> inputs;
  std::vector<std::vector<char>> unused;
};

/// A shape in words: "T x B x 2", or "a scalar".
std::string describeShape(const int64_t *dims, size_t rank);
/// "f32" and so on.
const char *describeType(uint32_t type);

/// Gives the parameters and hyperparameters of one program to another of the
/// same model, as far as that has them.
void copyParameters(const Runner &from, Runner &to);

} // namespace mlir::gradopt

#endif // GRADOPT_TOOLS_GRADOPT_TRAIN_RUNNER_H
