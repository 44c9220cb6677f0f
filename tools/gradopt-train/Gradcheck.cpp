//===- Gradcheck.cpp - Gradients against differences ----------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Modes.h"
#include "Setup.h"
#include "gradopt-gradcheck/Checks.h"
#include "gradopt-gradcheck/Model.h"

using namespace mlir;
using namespace mlir::gradopt;
using namespace ::gradopt::train;

/// Central differences cost two runs for each element.
static constexpr int64_t kElements = 64;
/// Sizes that hold the first step, the last one and something between.
static constexpr int64_t kTime = 5, kBatch = 3;

/// A batch of the data as doubles, by the names of its arrays.
static std::map<std::string, std::vector<double>>
readBatch(const DataSource &source, BatchInfo &batch) {
  const std::vector<ArrayInfo> &arrays = source.arrays();
  auto count = [&](const ArrayInfo &array, int64_t time, int64_t rows) {
    int64_t elements = 1;
    for (int64_t dim : array.dims)
      elements *= dim == GRADOPT_DIM_TIME    ? time
                  : dim == GRADOPT_DIM_BATCH ? rows
                                             : dim;
    return elements;
  };
  std::vector<std::vector<char>> storage;
  std::vector<void *> pointers;
  for (const ArrayInfo &array : arrays) {
    storage.emplace_back(count(array, source.time(), source.batch()) *
                         gradopt_element_size(array.type));
    pointers.push_back(storage.back().data());
  }
  batch = source.fill(0, pointers.data());
  std::map<std::string, std::vector<double>> values;
  for (size_t i = 0; i < arrays.size(); ++i) {
    auto convert = [&](auto zero) {
      auto *data = static_cast<const decltype(zero) *>(pointers[i]);
      values[arrays[i].name].assign(
          data, data + count(arrays[i], batch.time, batch.batch));
    };
    switch (arrays[i].type) {
    case GRADOPT_F32:
      convert(float());
      break;
    case GRADOPT_F64:
      convert(double());
      break;
    case GRADOPT_I1:
      convert(uint8_t());
      break;
    case GRADOPT_I32:
      convert(int32_t());
      break;
    case GRADOPT_I64:
      convert(int64_t());
      break;
    }
  }
  return values;
}

int mlir::gradopt::runGradcheck(Model &model, const Options &options) {
  CheckOptions check;
  check.seed = options.seed.value_or(Options::defaultSeed);
  check.ranges = getIntegerRanges(model.getLoss());
  check.frozen = getFrozen(model.getLoss());
  check.elements = kElements;
  auto chosen = chooseSizes(model, options, {kTime, kBatch});
  if (!chosen.ok())
    return fail(chosen.message());
  Sizes sizes = {chosen->time, chosen->batch};
  if (!options.data.empty()) {
    Options small = options;
    if (!model.getStaticBatch() && !small.batch)
      small.batch = kBatch;
    if (!model.getStaticTime() && !small.window &&
        StringRef(options.data).starts_with("text:"))
      small.window = kTime;
    auto source = openData(model, small, nullptr, /*whole=*/false);
    if (!source.ok())
      return fail(source.message());
    // A runner refuses data that does not fit the model.
    if (failed(model.compileEvaluation()))
      return 1;
    auto runner = Runner::create(model.getEvaluation(), **source, check.seed,
                                 /*threads=*/1);
    if (!runner.ok())
      return fail(runner.message());
    BatchInfo batch;
    check.inputs = readBatch(**source, batch);
    sizes = {batch.time, batch.batch};
  }

  auto create = [&](FailureOr<std::unique_ptr<CompiledStep>> step)
      -> std::unique_ptr<Program> {
    if (failed(step))
      return nullptr;
    auto program = Program::create(std::move(*step), sizes, check.seed);
    if (program.ok())
      return std::move(*program);
    fail(program.message());
    return nullptr;
  };
  auto loss = create(compileFunction(model.getLoss(), ReferenceFloat::f64));
  if (!loss)
    return 1;
  auto gradients = create(compileGradients(model.getLoss(), ReferenceFloat::f64,
                                           CompileEffort::full));
  if (!gradients)
    return 1;
  std::printf("gradients in f64 against central differences, T = %lld, "
              "B = %lld\n",
              static_cast<long long>(sizes.time),
              static_cast<long long>(sizes.batch));
  std::fflush(stdout);
  Expected<bool> ok = checkGradients(*loss, *gradients, sizes, check);
  if (!ok.ok())
    return fail(ok.message());
  return *ok ? 0 : 1;
}
