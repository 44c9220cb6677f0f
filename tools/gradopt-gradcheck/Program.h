//===- Program.h - A compiled function and its values -----------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_TOOLS_GRADOPT_GRADCHECK_PROGRAM_H
#define GRADOPT_TOOLS_GRADOPT_GRADCHECK_PROGRAM_H

#include "gradopt/Target/CompiledStep.h"
#include "gradopt_train/Status.h"
#include <memory>
#include <string>
#include <vector>

namespace mlir::gradopt {

/// The sizes of one call.
struct Sizes {
  int64_t time, batch;
};

/// A compiled function with an arena for its values, which are read and written
/// as doubles.
class Program {
public:
  static ::gradopt::train::Expected<std::unique_ptr<Program>>
  create(std::unique_ptr<CompiledStep> step, Sizes capacity, uint64_t seed);
  ~Program();

  uint32_t size() const { return gradopt_instance_count(instance); }
  const gradopt_manifest_entry &entry(uint32_t index) const {
    return *gradopt_instance_entry(instance, index);
  }
  std::string name(uint32_t index) const {
    return gradopt_instance_name(instance, index);
  }
  /// The entry of this role and name, or -1.
  int64_t find(uint32_t role, const std::string &name) const {
    return gradopt_instance_find(instance, static_cast<gradopt_role>(role),
                                 name.c_str());
  }

  /// Whether the caller gives the entry's value before a call, and whether a
  /// call computes it. A carried state is both.
  bool isArgument(uint32_t index) const;
  bool isResult(uint32_t index) const;
  bool isFloat(uint32_t index) const;
  /// Whether some value has the dimension `dim`, GRADOPT_DIM_TIME or
  /// GRADOPT_DIM_BATCH.
  bool hasDimension(int64_t dim) const;

  /// Starts anew at these sizes: parameters as their initializers say, no other
  /// argument set.
  ::gradopt::train::Status start(Sizes sizes);
  std::vector<int64_t> shape(uint32_t index) const;
  int64_t elements(uint32_t index) const;
  std::vector<double> read(uint32_t index) const;
  /// An argument's value, for this and all later runs until the next start.
  void write(uint32_t index, std::vector<double> values);
  ::gradopt::train::Status run();
  /// Runs steps on so many threads from now on, on any number of processors.
  ::gradopt::train::Status setThreads(int32_t threads);

private:
  Program() = default;
  void store(uint32_t index, const std::vector<double> &values);

  std::unique_ptr<CompiledStep> step;
  gradopt_instance *instance = nullptr;
  uint64_t seed = 0;
  Sizes current = {0, 0};
  /// What was written to entries with two slots: a run makes their next value
  /// the current one.
  std::vector<std::vector<double>> carried;
};

/// The sizes to run at: all pairs of those given, but one only for a dimension
/// that the function does not have.
std::vector<Sizes> getCalls(const Program &program,
                            const std::vector<int64_t> &times,
                            const std::vector<int64_t> &batches);

/// The dynamic ones of the sizes: "T = 7, B = 3".
std::string describeSizes(const Program &program, Sizes sizes);

} // namespace mlir::gradopt

#endif // GRADOPT_TOOLS_GRADOPT_GRADCHECK_PROGRAM_H
