//===- Nearness.cpp - How near results are to others ----------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Nearness.h"
#include <algorithm>
#include <cmath>

using namespace mlir::gradopt;

std::string mlir::gradopt::resultName(const Program &program, uint32_t index) {
  switch (program.entry(index).role) {
  case GRADOPT_ROLE_LOSS:
    return "loss";
  case GRADOPT_ROLE_GRAD:
    return "grad." + program.name(index);
  case GRADOPT_ROLE_METRIC:
  case GRADOPT_ROLE_OUTPUT:
  case GRADOPT_ROLE_RECORD:
    return program.name(index);
  default:
    return "next." + program.name(index);
  }
}

double mlir::gradopt::measureError(const std::vector<double> &values,
                                   const std::vector<double> &reference) {
  double difference = 0, scale = 1;
  for (size_t i = 0; i < values.size(); ++i) {
    double now = std::fabs(values[i] - reference[i]);
    if (std::isnan(now))
      return HUGE_VAL;
    difference = std::max(difference, now);
    scale = std::max(scale, std::fabs(reference[i]));
  }
  return difference / scale;
}

double mlir::gradopt::getFloat32Tolerance(double terms, double otherError) {
  return 2 * otherError +
         4 * std::ceil(std::log2(std::max(terms, 4.0))) * 0x1p-23;
}
