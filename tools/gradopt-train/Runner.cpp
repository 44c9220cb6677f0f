//===- Runner.cpp - A compiled program with its values --------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Runner.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

using namespace mlir::gradopt;
using namespace ::gradopt::train;

std::string mlir::gradopt::describeShape(const int64_t *dims, size_t rank) {
  std::string text;
  for (size_t i = 0; i < rank; ++i) {
    if (i != 0)
      text += " x ";
    text += dims[i] == GRADOPT_DIM_TIME    ? "T"
            : dims[i] == GRADOPT_DIM_BATCH ? "B"
                                           : std::to_string(dims[i]);
  }
  return rank == 0 ? "a scalar" : text;
}

const char *mlir::gradopt::describeType(uint32_t type) {
  switch (type) {
  case GRADOPT_F32:
    return "f32";
  case GRADOPT_F64:
    return "f64";
  case GRADOPT_I1:
    return "i1";
  case GRADOPT_I32:
    return "i32";
  default:
    return "i64";
  }
}

/// Whether an input of the model takes an array of the source.
static Status checkInput(const gradopt_manifest_entry &entry, const char *name,
                         const DataSource &source, const ArrayInfo &array) {
  auto size = [&](int64_t dim) {
    return dim == GRADOPT_DIM_TIME    ? source.time()
           : dim == GRADOPT_DIM_BATCH ? source.batch()
                                      : dim;
  };
  bool same = entry.element_type == uint32_t(array.type) &&
              entry.rank == array.dims.size();
  for (size_t i = 0; same && i < array.dims.size(); ++i)
    same = size(entry.dims[i]) == size(array.dims[i]);
  if (same)
    return Status();
  return Status::error(
      "the model's input \"" + std::string(name) + "\" is " +
      describeShape(entry.dims, entry.rank) + " of " +
      describeType(entry.element_type) + ", but the data gives " +
      describeShape(array.dims.data(), array.dims.size()) + " of " +
      describeType(array.type) + " with T = " + std::to_string(source.time()) +
      ", B = " + std::to_string(source.batch()));
}

Expected<std::unique_ptr<Runner>>
Runner::create(const gradopt_program &program, int64_t maxTime,
               int64_t maxBatch, uint64_t seed, int32_t threads) {
  std::unique_ptr<Runner> runner(new Runner());
  if (gradopt_instance_create(&program, maxTime, maxBatch, &runner->instance) !=
          GRADOPT_OK ||
      gradopt_instance_set_threads(runner->instance, threads) != GRADOPT_OK ||
      gradopt_instance_initialize(runner->instance, seed) != GRADOPT_OK)
    return Status::error(gradopt_last_error());
  runner->maxTime = maxTime;
  runner->maxBatch = maxBatch;
  return runner;
}

Expected<std::unique_ptr<Runner>> Runner::create(const gradopt_program &program,
                                                 const DataSource &source,
                                                 uint64_t seed,
                                                 int32_t threads) {
  auto runner = create(program, source.time(), source.batch(), seed, threads);
  if (!runner.ok())
    return runner;
  if (Status status = (*runner)->bind(source); !status.ok())
    return status;
  return runner;
}

Status Runner::bind(const DataSource &source) {
  const std::vector<ArrayInfo> &arrays = source.arrays();
  unused.resize(arrays.size());
  for (size_t i = 0; i < arrays.size(); ++i) {
    int64_t entry = gradopt_instance_find(instance, GRADOPT_ROLE_INPUT,
                                          arrays[i].name.c_str());
    if (entry >= 0) {
      Status status = checkInput(*gradopt_instance_entry(instance, entry),
                                 arrays[i].name.c_str(), source, arrays[i]);
      if (!status.ok())
        return status;
      inputs.push_back(gradopt_instance_data(instance, entry));
      continue;
    }
    int64_t bytes = gradopt_element_size(arrays[i].type);
    for (int64_t dim : arrays[i].dims)
      bytes *= dim == GRADOPT_DIM_TIME    ? source.time()
               : dim == GRADOPT_DIM_BATCH ? source.batch()
                                          : dim;
    unused[i].resize(bytes);
    inputs.push_back(unused[i].data());
  }
  for (uint32_t i = 0; i < gradopt_instance_count(instance); ++i) {
    if (gradopt_instance_entry(instance, i)->role != GRADOPT_ROLE_INPUT)
      continue;
    std::string name = gradopt_instance_name(instance, i), given;
    bool found = false;
    for (const ArrayInfo &array : arrays) {
      found |= array.name == name;
      given += (given.empty() ? "\"" : ", \"") + array.name + "\"";
    }
    if (!found)
      return Status::error("the model's input \"" + name +
                           "\" is not in the data, which has " + given);
  }
  return Status();
}

Runner::~Runner() { gradopt_instance_destroy(instance); }

void Runner::zeroStates() {
  for (uint32_t i = 0; i < gradopt_instance_count(instance); ++i) {
    const gradopt_manifest_entry *entry = gradopt_instance_entry(instance, i);
    if (entry->role != GRADOPT_ROLE_STATE)
      continue;
    int64_t elements = gradopt_entry_elements(entry, maxTime, maxBatch);
    std::memset(gradopt_instance_data(instance, i), 0,
                elements * gradopt_element_size(entry->element_type));
  }
}

Status Runner::evaluate(const BatchInfo &batch) {
  if (batch.restart)
    zeroStates();
  // What is not finite is a result like any other.
  gradopt_instance_set_policy(instance, GRADOPT_REPORT, 0);
  if (gradopt_instance_run(instance, batch.time, batch.batch, nullptr) !=
      GRADOPT_OK)
    return Status::error(gradopt_last_error());
  return Status();
}

double Runner::getScalar(uint32_t index) const {
  const void *value = data(index);
  switch (entry(index).element_type) {
  case GRADOPT_F32:
    return *static_cast<const float *>(value);
  case GRADOPT_F64:
    return *static_cast<const double *>(value);
  case GRADOPT_I1:
    return *static_cast<const uint8_t *>(value);
  case GRADOPT_I32:
    return *static_cast<const int32_t *>(value);
  default:
    return *static_cast<const int64_t *>(value);
  }
}

double Runner::getScalar(gradopt_role role, const std::string &name) const {
  int64_t index = gradopt_instance_find(instance, role, name.c_str());
  return index < 0 ? std::numeric_limits<double>::quiet_NaN()
                   : getScalar(static_cast<uint32_t>(index));
}

void Runner::setScalar(uint32_t index, double value) {
  if (entry(index).element_type == GRADOPT_F64)
    *static_cast<double *>(data(index)) = value;
  else
    *static_cast<float *>(data(index)) = static_cast<float>(value);
}

Status Runner::setHyper(const std::string &name, double value) {
  int64_t index =
      gradopt_instance_find(instance, GRADOPT_ROLE_HYPER, name.c_str());
  if (index < 0)
    return Status::error("the training step has no \"" + name + "\"");
  float narrow = static_cast<float>(value);
  if (entry(index).element_type == GRADOPT_F32 &&
      (!std::isfinite(narrow) || (narrow == 0.0f && value != 0.0)))
    return Status::error("the value for \"" + name + "\" is too " +
                         (narrow == 0.0f ? "small" : "large") +
                         " for the model's f32");
  setScalar(index, value);
  return Status();
}

std::vector<std::string> Runner::getMetricNames() const {
  std::vector<std::string> names;
  for (uint32_t i = 0; i < size(); ++i)
    if (entry(i).role == GRADOPT_ROLE_METRIC)
      names.push_back(name(i));
  return names;
}

void Runner::weighBy(const std::string &lengths) {
  lossLengths = lengths.empty()
                    ? -1
                    : gradopt_instance_find(instance, GRADOPT_ROLE_INPUT,
                                            lengths.c_str());
}

int64_t Runner::getWeight(const BatchInfo &batch) const {
  if (lossLengths < 0)
    return batch.units;
  const void *lengths = data(lossLengths);
  bool isWide = entry(lossLengths).element_type == GRADOPT_I64;
  int64_t steps = 0;
  for (int64_t row = 0; row < batch.batch; ++row) {
    int64_t length = isWide ? static_cast<const int64_t *>(lengths)[row]
                            : static_cast<const int32_t *>(lengths)[row];
    steps += std::clamp<int64_t>(length, 0, batch.time);
  }
  return steps;
}

Results Runner::getResults(const BatchInfo &batch) const {
  Results results;
  results.loss = getScalar(GRADOPT_ROLE_LOSS, "");
  results.units = batch.units;
  results.weight = getWeight(batch);
  for (uint32_t i = 0; i < size(); ++i)
    if (entry(i).role == GRADOPT_ROLE_METRIC)
      results.metrics.push_back(getScalar(i));
  return results;
}

void mlir::gradopt::copyParameters(const Runner &from, Runner &to) {
  for (uint32_t i = 0; i < to.size(); ++i) {
    const gradopt_manifest_entry &entry = to.entry(i);
    if (entry.role != GRADOPT_ROLE_PARAM && entry.role != GRADOPT_ROLE_HYPER)
      continue;
    int64_t source = gradopt_instance_find(
        from.get(), static_cast<gradopt_role>(entry.role), to.name(i).c_str());
    if (source < 0)
      continue;
    std::memcpy(to.data(i), from.data(source),
                gradopt_entry_elements(&entry, 0, 0) *
                    gradopt_element_size(entry.element_type));
  }
}
