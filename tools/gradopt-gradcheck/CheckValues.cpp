//===- CheckValues.cpp - Results against a file of values -----------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Checks.h"
#include "Nearness.h"
#include "gradopt_train/Files.h"
#include "gradopt_train/Safetensors.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"
#include <cmath>
#include <cstring>
#include <map>

using namespace mlir::gradopt;
using namespace gradopt::train;

namespace {
struct Tensor {
  gradopt_element_type type;
  std::vector<int64_t> shape;
  std::vector<double> values;
  bool isFloat() const { return type == GRADOPT_F32 || type == GRADOPT_F64; }
};
using Tensors = std::map<std::string, Tensor>;
} // namespace

template <typename T>
static std::vector<double> toDoubles(const char *bytes, size_t size) {
  std::vector<double> result(size / sizeof(T));
  for (size_t i = 0; i < result.size(); ++i) {
    T value; // tensors of a file need not be aligned
    std::memcpy(&value, bytes + i * sizeof(T), sizeof(T));
    result[i] = static_cast<double>(value);
  }
  return result;
}

static Expected<Tensors> readTensors(const std::string &path) {
  Expected<std::string> file = readFile(path, "values");
  if (!file.ok())
    return file.status();
  Expected<SafetensorsHeader> header = parseSafetensors(*file);
  if (!header.ok())
    return Status::error(path + " " + header.message());
  Tensors tensors;
  for (const StoredTensor &stored : header->tensors) {
    const char *bytes = file->data() + header->dataOffset + stored.begin;
    size_t size = stored.end - stored.begin;
    Tensor &tensor = tensors[stored.name];
    tensor.type = stored.type;
    tensor.shape = stored.dims;
    switch (stored.type) {
    case GRADOPT_F32:
      tensor.values = toDoubles<float>(bytes, size);
      break;
    case GRADOPT_F64:
      tensor.values = toDoubles<double>(bytes, size);
      break;
    case GRADOPT_I1:
      tensor.values = toDoubles<uint8_t>(bytes, size);
      break;
    case GRADOPT_I32:
      tensor.values = toDoubles<int32_t>(bytes, size);
      break;
    case GRADOPT_I64:
      tensor.values = toDoubles<int64_t>(bytes, size);
      break;
    }
  }
  return tensors;
}

static std::string describeShape(const std::vector<int64_t> &shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i)
    text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
  return text + "]";
}

/// Whether a tensor of the file can be this entry's value.
static Status checkEntry(const Program &program, uint32_t index,
                         const std::string &name, const Tensor &tensor) {
  if (tensor.shape != program.shape(index))
    return Status::error("\"" + name + "\" has shape " +
                         describeShape(tensor.shape) +
                         " in the file, but the function takes " +
                         describeShape(program.shape(index)) +
                         ": --time and --batch give the dynamic sizes");
  if (tensor.isFloat() != program.isFloat(index))
    return Status::error(
        "\"" + name + "\" is " + describeTensor(tensor.type, tensor.shape) +
        " in the file, but the function takes " +
        (program.isFloat(index) ? "floating-point numbers" : "integers"));
  return Status();
}

/// The terms of a gradient are one for each step and row; elsewhere there are
/// as few as the rule knows.
static double getResultTolerance(const Program &program, uint32_t index,
                                 Sizes sizes, double otherError) {
  double terms = 1;
  if (program.entry(index).role == GRADOPT_ROLE_GRAD)
    terms = double(sizes.time) * double(sizes.batch);
  return getFloat32Tolerance(terms, otherError);
}

static Status setArguments(Program &program, const Tensors &tensors,
                           std::map<std::string, bool> &used) {
  for (uint32_t i = 0, e = program.size(); i < e; ++i) {
    uint32_t role = program.entry(i).role;
    // Hyperparameters and random keys have values of their own.
    if (role != GRADOPT_ROLE_INPUT && role != GRADOPT_ROLE_PARAM &&
        role != GRADOPT_ROLE_STATE)
      continue;
    std::string name = program.name(i);
    auto found = tensors.find(name);
    if (found == tensors.end())
      return Status::error("the file has no value of \"" + name + "\"");
    if (Status status = checkEntry(program, i, name, found->second);
        !status.ok())
      return status;
    program.write(i, found->second.values);
    used[name] = true;
  }
  return Status();
}

Expected<bool> mlir::gradopt::checkValues(Program &program, Sizes sizes,
                                          const ReferenceFiles &files) {
  Expected<Tensors> tensors = readTensors(files.values);
  if (!tensors.ok())
    return tensors.status();
  Tensors float32;
  if (!files.float32Values.empty()) {
    Expected<Tensors> read = readTensors(files.float32Values);
    if (!read.ok())
      return read.status();
    float32 = std::move(*read);
  }
  std::map<std::string, bool> used;
  if (Status status = program.start(sizes); !status.ok())
    return status;
  if (Status status = setArguments(program, *tensors, used); !status.ok())
    return Status::error(files.values + ": " + status.message());
  if (Status status = program.run(); !status.ok())
    return status;

  bool allOk = true;
  for (uint32_t i = 0, e = program.size(); i < e; ++i) {
    if (!program.isResult(i))
      continue;
    std::string name = resultName(program, i);
    auto found = tensors->find(name);
    if (found == tensors->end() || used.count(name))
      continue;
    const Tensor &reference = found->second;
    if (Status status = checkEntry(program, i, name, reference); !status.ok())
      return Status::error(files.values + ": " + status.message());
    used[name] = true;
    double tolerance = kFloat64Tolerance;
    if (!files.float32Values.empty()) {
      auto other = float32.find(name);
      if (other == float32.end() || other->second.shape != reference.shape)
        return Status::error(files.float32Values + ": \"" + name +
                             "\" is not there with the shape that it has in " +
                             files.values);
      tolerance = getResultTolerance(
          program, i, sizes,
          measureError(other->second.values, reference.values));
    }
    double error = measureError(program.read(i), reference.values);
    bool ok = error <= tolerance;
    llvm::outs() << name << "  error " << llvm::format("%.2e", error)
                 << ", at most " << llvm::format("%.2e", tolerance)
                 << (ok ? "  ok\n" : "  FAILED\n");
    allOk &= ok;
  }
  for (const auto &[name, tensor] : *tensors)
    if (!used.count(name))
      return Status::error(files.values + ": \"" + name +
                           "\" is no argument or result of the function");
  return allOk;
}
