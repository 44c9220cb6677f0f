//===- Arguments.cpp - Random arguments -----------------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Arguments.h"
#include <algorithm>
#include <cmath>

using namespace mlir::gradopt;

/// Values of a magnitude in [0.1, 1): no operation has its kink there but at 0,
/// and a sum of a few is a kink's distance away from 0 but for rare accidents.
static std::vector<double> randomValues(uint64_t stream, int64_t elements) {
  std::vector<double> values(elements);
  for (int64_t i = 0; i < elements; ++i) {
    double magnitude = 0.1 + 0.9 * gradopt_uniform(stream, 2 * i);
    bool negative = gradopt_uniform(stream, 2 * i + 1) < 0.5;
    values[i] = negative ? -magnitude : magnitude;
  }
  return values;
}

static std::vector<double> randomIndices(uint64_t stream, int64_t elements,
                                         int64_t limit) {
  std::vector<double> values(elements);
  for (int64_t i = 0; i < elements; ++i)
    values[i] = gradopt_uniform_int(stream, i, limit);
  return values;
}

/// How many of `steps` time steps count in each row: all, none, then some.
static std::vector<double> randomLengths(uint64_t stream, int64_t rows,
                                         int64_t steps) {
  std::vector<double> values(rows);
  for (int64_t i = 0; i < rows; ++i) {
    int64_t some =
        1 + gradopt_uniform_int(stream, i, std::max<int64_t>(steps - 1, 1));
    values[i] = i == 0 ? steps : i == 1 ? 0 : std::min(some, steps);
  }
  return values;
}

static uint64_t getStream(const ArgumentOptions &options,
                          const std::string &name) {
  return gradopt_stream(options.seed, ("gradcheck/" + name).c_str());
}

/// Values that the second moment of a gradient can have. At zero an update
/// would be that of rounding errors.
static std::vector<double> randomMagnitudes(const ArgumentOptions &options,
                                            const Program &program,
                                            uint32_t index) {
  std::vector<double> values = randomValues(
      getStream(options, program.name(index)), program.elements(index));
  for (double &value : values)
    value = std::fabs(value);
  return values;
}

void mlir::gradopt::fillArguments(Program &program, Sizes sizes,
                                  const ArgumentOptions &options) {
  for (uint32_t i = 0, e = program.size(); i < e; ++i) {
    const gradopt_manifest_entry &entry = program.entry(i);
    bool zero =
        entry.role == GRADOPT_ROLE_PARAM && entry.init == GRADOPT_INIT_ZEROS;
    if (entry.role == GRADOPT_ROLE_OPTIMIZER_STATE && program.isFloat(i)) {
      program.write(i, randomMagnitudes(options, program, i));
      continue;
    }
    if (entry.role != GRADOPT_ROLE_INPUT && entry.role != GRADOPT_ROLE_STATE &&
        !zero)
      continue;
    std::string name = program.name(i);
    auto given = options.inputs.find(name);
    if (entry.role == GRADOPT_ROLE_INPUT && given != options.inputs.end()) {
      program.write(i, given->second);
      continue;
    }
    uint64_t stream = getStream(options, name);
    int64_t elements = program.elements(i);
    auto range = options.ranges.find(name);
    if (program.isFloat(i))
      program.write(i, randomValues(stream, elements));
    else if (entry.element_type == GRADOPT_I1)
      program.write(i, randomIndices(stream, elements, 2));
    else if (range->second.isLengths)
      program.write(i, randomLengths(stream, elements,
                                     range->second.limit < 0
                                         ? sizes.time
                                         : range->second.limit));
    else
      program.write(i, randomIndices(stream, elements, range->second.limit));
  }
}
