//===- Runner.cpp - A program on a data source ----------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Training.h"

#include <cmath>
#include <cstring>
#include <limits>

using namespace mlir::gradopt;
using namespace gradopt::train;

/// A shape in words: "T x B x 2".
static std::string describeShape(const int64_t *dims, size_t rank) {
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

static const char *describeType(uint32_t type) {
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

Expected<std::unique_ptr<Runner>> Runner::create(const gradopt_program &program,
                                                 const DataSource &source) {
  std::unique_ptr<Runner> runner(new Runner());
  if (gradopt_instance_create(&program, source.time(), source.batch(),
                              &runner->instance) != GRADOPT_OK)
    return Status::error(gradopt_last_error());
  gradopt_instance *instance = runner->instance;
  runner->maxTime = source.time();
  runner->maxBatch = source.batch();
  const std::vector<ArrayInfo> &arrays = source.arrays();
  runner->unused.resize(arrays.size());
  for (size_t i = 0; i < arrays.size(); ++i) {
    int64_t entry = gradopt_instance_find(instance, GRADOPT_ROLE_INPUT,
                                          arrays[i].name.c_str());
    if (entry >= 0) {
      Status status = checkInput(*gradopt_instance_entry(instance, entry),
                                 arrays[i].name.c_str(), source, arrays[i]);
      if (!status.ok())
        return status;
      runner->inputs.push_back(gradopt_instance_data(instance, entry));
      continue;
    }
    int64_t bytes = gradopt_element_size(arrays[i].type);
    for (int64_t dim : arrays[i].dims)
      bytes *= dim == GRADOPT_DIM_TIME    ? source.time()
               : dim == GRADOPT_DIM_BATCH ? source.batch()
                                          : dim;
    runner->unused[i].resize(bytes);
    runner->inputs.push_back(runner->unused[i].data());
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
  return runner;
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

double Runner::getScalar(gradopt_role role, const char *name) {
  int64_t index = gradopt_instance_find(instance, role, name);
  if (index < 0)
    return std::numeric_limits<double>::quiet_NaN();
  const void *data = gradopt_instance_data(instance, index);
  switch (gradopt_instance_entry(instance, index)->element_type) {
  case GRADOPT_F32:
    return *static_cast<const float *>(data);
  case GRADOPT_F64:
    return *static_cast<const double *>(data);
  case GRADOPT_I64:
    return *static_cast<const int64_t *>(data);
  default:
    return std::numeric_limits<double>::quiet_NaN();
  }
}

Status Runner::setHyper(const char *name, double value) {
  int64_t index = gradopt_instance_find(instance, GRADOPT_ROLE_HYPER, name);
  if (index < 0)
    return Status::error("the training step has no \"" + std::string(name) +
                         "\"");
  void *data = gradopt_instance_data(instance, index);
  if (gradopt_instance_entry(instance, index)->element_type == GRADOPT_F64) {
    *static_cast<double *>(data) = value;
    return Status();
  }
  float narrow = static_cast<float>(value);
  if (!std::isfinite(narrow) || (narrow == 0.0f && value != 0.0))
    return Status::error("the value for \"" + std::string(name) + "\" is too " +
                         (narrow == 0.0f ? "small" : "large") +
                         " for the model's f32");
  *static_cast<float *>(data) = narrow;
  return Status();
}
