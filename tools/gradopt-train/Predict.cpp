//===- Predict.cpp - A model's outputs on data ----------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Modes.h"
#include "Setup.h"
#include "gradopt_train/Interrupt.h"
#include "gradopt_train/Npz.h"

#include <algorithm>
#include <cstring>

using namespace mlir;
using namespace mlir::gradopt;
using namespace ::gradopt::train;

/// The array that says how many time steps of a row are not padding.
static constexpr char kLengths[] = "lengths";

namespace {
/// An output over all rows of the data, in the order row, time, rest.
class Collected {
public:
  static Expected<Collected> create(const ArrayInfo &output,
                                    const Runner &runner);

  /// Takes the rows of a batch, of which the first has the number `first`. Rows
  /// that are there already go on in time.
  void add(const Runner &runner, const BatchInfo &batch, size_t first);
  /// All rows as one array in `storage`, the shorter ones filled up with zeros.
  TensorView join(std::vector<char> &storage) const;
  bool hasRowsInTime() const { return timeDim && batchDim; }

private:
  struct Row {
    std::vector<char> data;
    int64_t time = 0;
  };

  ArrayInfo output;
  uint32_t index = 0;
  size_t elementSize = 0;
  std::optional<size_t> timeDim, batchDim;
  std::vector<int64_t> rest;
  size_t restBytes = 0; ///< of one row at one time step
  std::vector<Row> rows;
};
} // namespace

Expected<Collected> Collected::create(const ArrayInfo &output,
                                      const Runner &runner) {
  Collected made;
  made.output = output;
  made.index = gradopt_instance_find(runner.get(), GRADOPT_ROLE_OUTPUT,
                                     output.name.c_str());
  made.elementSize = made.restBytes = gradopt_element_size(output.type);
  for (size_t d = 0; d < output.dims.size(); ++d) {
    int64_t dim = output.dims[d];
    if (dim >= 0) {
      made.rest.push_back(dim);
      made.restBytes *= dim;
      continue;
    }
    auto &place = dim == GRADOPT_DIM_TIME ? made.timeDim : made.batchDim;
    if (place)
      return Status::error(
          "the output \"" + output.name + "\" is " +
          describeShape(output.dims.data(), output.dims.size()) +
          ": --predict takes outputs with at most one dimension of time and "
          "one of the batch");
    place = d;
  }
  return made;
}

void Collected::add(const Runner &runner, const BatchInfo &batch,
                    size_t first) {
  // What has no rows is one for each batch.
  if (!batchDim)
    first = rows.size();
  int64_t count = batchDim ? batch.batch : 1;
  int64_t steps = timeDim ? batch.time : 1;
  rows.resize(std::max(rows.size(), first + count));
  int64_t before = 0;
  for (int64_t row = 0; row < count; ++row) {
    Row &place = rows[first + row];
    before = timeDim ? place.time : 0;
    place.time = before + steps;
    place.data.resize(place.time * restBytes);
  }
  std::vector<int64_t> position(output.dims.size());
  int64_t elements = count * steps * (restBytes / elementSize);
  auto *data = static_cast<const char *>(runner.data(index));
  for (int64_t i = 0; i < elements; ++i, data += elementSize) {
    size_t row = 0, time = 0, inner = 0;
    for (size_t d = 0; d < position.size(); ++d) {
      if (timeDim == d)
        time = position[d];
      else if (batchDim == d)
        row = position[d];
      else
        inner = inner * output.dims[d] + position[d];
    }
    std::memcpy(rows[first + row].data.data() + (before + time) * restBytes +
                    inner * elementSize,
                data, elementSize);
    for (size_t d = position.size(); d-- > 0;) {
      int64_t size = timeDim == d    ? steps
                     : batchDim == d ? count
                                     : output.dims[d];
      if (++position[d] < size)
        break;
      position[d] = 0;
    }
  }
}

TensorView Collected::join(std::vector<char> &storage) const {
  int64_t longest = 0;
  for (const Row &row : rows)
    longest = std::max(longest, row.time);
  TensorView view{output.name, output.type, {int64_t(rows.size())}, nullptr};
  if (timeDim)
    view.dims.push_back(longest);
  view.dims.insert(view.dims.end(), rest.begin(), rest.end());
  storage.assign(rows.size() * longest * restBytes, 0);
  for (size_t i = 0; i < rows.size(); ++i)
    std::copy(rows[i].data.begin(), rows[i].data.end(),
              storage.begin() + i * longest * restBytes);
  view.data = storage.data();
  return view;
}

/// The lengths of a batch's rows, if the data has such an array.
static std::vector<int64_t> readLengths(const DataSource &source,
                                        void *const *pointers,
                                        const BatchInfo &batch) {
  std::vector<int64_t> lengths(batch.batch, batch.time);
  const std::vector<ArrayInfo> &arrays = source.arrays();
  for (size_t i = 0; i < arrays.size(); ++i) {
    if (arrays[i].name != kLengths)
      continue;
    for (int64_t row = 0; row < batch.batch; ++row)
      lengths[row] = arrays[i].type == GRADOPT_I32
                         ? static_cast<const int32_t *>(pointers[i])[row]
                         : static_cast<const int64_t *>(pointers[i])[row];
  }
  return lengths;
}

int mlir::gradopt::runPrediction(Model &model, const Options &options) {
  std::vector<ArrayInfo> outputs = model.getOutputs();
  if (outputs.empty())
    return fail("the model has nothing to predict: give a result the "
                "attribute gradopt.output = \"NAME\"");
  for (const ArrayInfo &output : outputs)
    if (output.name == kLengths)
      return fail("the output \"lengths\" needs another name: --predict writes "
                  "the lengths of the data's rows under it");
  auto checkpoint = openCheckpoint(options);
  if (!checkpoint.ok())
    return fail(checkpoint.message());
  const Checkpoint *stored = *checkpoint ? &**checkpoint : nullptr;
  auto source = openData(model, options, stored, /*whole=*/!options.holdOut);
  if (!source.ok())
    return fail(source.message());
  if ((*source)->evaluationBatches() == 0)
    return fail(kNothingHeldOut);
  if (failed(model.compileEvaluation()))
    return 1;
  auto runner = Runner::create(model.getEvaluation(), **source,
                               options.seed.value_or(Options::defaultSeed),
                               options.threads);
  if (!runner.ok())
    return fail(runner.message());
  Status status = loadParameters(model, options, stored, **runner);
  if (!status.ok())
    return fail(status.message());
  std::vector<Collected> collected;
  for (const ArrayInfo &output : outputs) {
    auto made = Collected::create(output, **runner);
    if (!made.ok())
      return fail(made.message());
    collected.push_back(std::move(*made));
  }

  InterruptGuard interrupt;
  std::vector<int64_t> lengths;
  size_t first = 0;
  for (int64_t i = 0; i < (*source)->evaluationBatches(); ++i) {
    if (interrupt.interrupted()) {
      std::printf("interrupted; nothing is written\n");
      return 130;
    }
    void *const *pointers = (*runner)->getInputs();
    BatchInfo batch = (*source)->fillEvaluation(i, pointers);
    if (status = (*runner)->evaluate(batch); !status.ok())
      return fail(status.message());
    if (batch.restart)
      first = lengths.size();
    lengths.resize(first + batch.batch);
    std::vector<int64_t> more = readLengths(**source, pointers, batch);
    for (size_t row = 0; row < more.size(); ++row)
      lengths[first + row] += more[row];
    for (Collected &output : collected)
      output.add(**runner, batch, first);
  }

  std::vector<TensorView> arrays;
  std::vector<std::vector<char>> storage(collected.size());
  bool needsLengths = false;
  for (size_t i = 0; i < collected.size(); ++i) {
    arrays.push_back(collected[i].join(storage[i]));
    needsLengths |= collected[i].hasRowsInTime();
  }
  if (needsLengths)
    arrays.push_back(
        {kLengths, GRADOPT_I64, {int64_t(lengths.size())}, lengths.data()});
  if (status = writeNpz(options.prediction, arrays); !status.ok())
    return fail(status.message());
  std::printf("%zu rows written to %s\n", lengths.size(),
              options.prediction.c_str());
  return 0;
}
