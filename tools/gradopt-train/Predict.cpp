//===- Predict.cpp - A model's outputs on data ----------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Evaluation.h"
#include "Modes.h"
#include "Setup.h"

#include <cstring>

using namespace mlir;
using namespace mlir::gradopt;
using namespace gradopt::train;

namespace {
/// An output over all rows of the data, in the order batch, time, rest.
class Collected {
public:
  static Expected<Collected> create(const Runner &runner, uint32_t index);

  /// Takes the rows of a batch. `first` is the number of its first row; rows
  /// that are there already go on.
  void add(const Runner &runner, const BatchInfo &batch, size_t first);
  /// All rows as one array, the shorter ones filled up with zeros.
  NpyArray join() const;
  bool hasTime() const { return timeDim >= 0; }
  size_t rows() const { return data.size(); }

private:
  uint32_t index;
  std::string name;
  gradopt_element_type type;
  int64_t timeDim = -1, batchDim = -1;
  std::vector<int64_t> dims;
  /// Row by row, time step by time step.
  std::vector<std::vector<char>> data;
};
} // namespace

Expected<Collected> Collected::create(const Runner &runner, uint32_t index) {
  const gradopt_manifest_entry &entry = runner.entry(index);
  Collected output;
  output.index = index;
  output.name = runner.name(index);
  output.type = static_cast<gradopt_element_type>(entry.element_type);
  output.dims.assign(entry.dims, entry.dims + entry.rank);
  for (size_t d = 0; d < output.dims.size(); ++d) {
    int64_t *place = output.dims[d] == GRADOPT_DIM_TIME    ? &output.timeDim
                     : output.dims[d] == GRADOPT_DIM_BATCH ? &output.batchDim
                                                           : nullptr;
    if (place && *place >= 0)
      return Status::error("the output \"" + output.name + "\" is " +
                           describeShape(entry.dims, entry.rank) +
                           ": --predict takes outputs with one dimension of "
                           "time and one of the batch at most");
    if (place)
      *place = d;
  }
  return output;
}
