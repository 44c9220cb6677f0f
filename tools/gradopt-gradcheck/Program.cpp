//===- Program.cpp - A compiled function and its values -------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Program.h"
#include "CallersThreads.h"
#include <algorithm>

using namespace mlir::gradopt;
using namespace gradopt::train;

Expected<std::unique_ptr<Program>>
Program::create(std::unique_ptr<CompiledStep> step, Sizes capacity,
                uint64_t seed) {
  std::unique_ptr<Program> program(new Program());
  if (gradopt_instance_create(&step->getProgram(), capacity.time,
                              capacity.batch, &program->instance) != GRADOPT_OK)
    return Status::error(gradopt_last_error());
  // A value that is not finite is a result like any other here.
  gradopt_instance_set_policy(program->instance, GRADOPT_REPORT, 0);
  program->step = std::move(step);
  program->seed = seed;
  program->carried.resize(program->size());
  return program;
}

Program::~Program() { gradopt_instance_destroy(instance); }

bool Program::isArgument(uint32_t index) const {
  switch (entry(index).role) {
  case GRADOPT_ROLE_LOSS:
  case GRADOPT_ROLE_METRIC:
  case GRADOPT_ROLE_OUTPUT:
  case GRADOPT_ROLE_GRAD:
  case GRADOPT_ROLE_RECORD:
    return false;
  default:
    return true;
  }
}

bool Program::isResult(uint32_t index) const {
  return !isArgument(index) || entry(index).slots == 2;
}

bool Program::isFloat(uint32_t index) const {
  uint32_t type = entry(index).element_type;
  return type == GRADOPT_F32 || type == GRADOPT_F64;
}

bool Program::hasDimension(int64_t dim) const {
  for (uint32_t i = 0, e = size(); i < e; ++i) {
    const int64_t *dims = entry(i).dims;
    if (std::count(dims, dims + entry(i).rank, dim))
      return true;
  }
  return false;
}

Status Program::start(Sizes sizes) {
  current = sizes;
  std::fill(carried.begin(), carried.end(), std::vector<double>());
  if (gradopt_instance_initialize(instance, seed) != GRADOPT_OK)
    return Status::error(gradopt_last_error());
  return Status();
}

std::vector<int64_t> Program::shape(uint32_t index) const {
  std::vector<int64_t> result;
  for (uint32_t i = 0; i < entry(index).rank; ++i) {
    int64_t dim = entry(index).dims[i];
    result.push_back(dim == GRADOPT_DIM_TIME    ? current.time
                     : dim == GRADOPT_DIM_BATCH ? current.batch
                                                : dim);
  }
  return result;
}

int64_t Program::elements(uint32_t index) const {
  return gradopt_entry_elements(&entry(index), current.time, current.batch);
}

template <typename T>
static std::vector<double> readAs(const void *data, int64_t elements) {
  const T *values = static_cast<const T *>(data);
  return std::vector<double>(values, values + elements);
}

template <typename T>
static void storeAs(void *data, const std::vector<double> &values) {
  std::transform(values.begin(), values.end(), static_cast<T *>(data),
                 [](double value) { return static_cast<T>(value); });
}

std::vector<double> Program::read(uint32_t index) const {
  const void *data = gradopt_instance_data(instance, index);
  switch (entry(index).element_type) {
  case GRADOPT_F32:
    return readAs<float>(data, elements(index));
  case GRADOPT_F64:
    return readAs<double>(data, elements(index));
  case GRADOPT_I1:
    return readAs<uint8_t>(data, elements(index));
  case GRADOPT_I32:
    return readAs<int32_t>(data, elements(index));
  default:
    return readAs<int64_t>(data, elements(index));
  }
}

void Program::store(uint32_t index, const std::vector<double> &values) {
  void *data = gradopt_instance_data(instance, index);
  switch (entry(index).element_type) {
  case GRADOPT_F32:
    return storeAs<float>(data, values);
  case GRADOPT_F64:
    return storeAs<double>(data, values);
  case GRADOPT_I1:
    return storeAs<uint8_t>(data, values);
  case GRADOPT_I32:
    return storeAs<int32_t>(data, values);
  default:
    return storeAs<int64_t>(data, values);
  }
}

void Program::write(uint32_t index, std::vector<double> values) {
  store(index, values);
  if (entry(index).slots == 2)
    carried[index] = std::move(values);
}

Status Program::run() {
  for (uint32_t i = 0, e = size(); i < e; ++i)
    if (!carried[i].empty())
      store(i, carried[i]);
  if (gradopt_instance_run(instance, current.time, current.batch, nullptr) !=
      GRADOPT_OK)
    return Status::error(gradopt_last_error());
  return Status();
}

Status Program::setThreads(int32_t threads) {
  gradopt_instance_set_parallel_for(instance, runOnNewThreads,
                                    /*user=*/nullptr);
  if (gradopt_instance_set_threads(instance, threads) != GRADOPT_OK)
    return Status::error(gradopt_last_error());
  return Status();
}

std::vector<Sizes>
mlir::gradopt::getCalls(const Program &program,
                        const std::vector<int64_t> &times,
                        const std::vector<int64_t> &batches) {
  std::vector<Sizes> calls;
  for (int64_t time : times) {
    for (int64_t batch : batches) {
      calls.push_back({time, batch});
      if (!program.hasDimension(GRADOPT_DIM_BATCH))
        break;
    }
    if (!program.hasDimension(GRADOPT_DIM_TIME))
      break;
  }
  return calls;
}

std::string mlir::gradopt::describeSizes(const Program &program, Sizes sizes) {
  std::string text;
  if (program.hasDimension(GRADOPT_DIM_TIME))
    text += "T = " + std::to_string(sizes.time);
  if (program.hasDimension(GRADOPT_DIM_BATCH))
    text += (text.empty() ? "B = " : ", B = ") + std::to_string(sizes.batch);
  return text;
}
