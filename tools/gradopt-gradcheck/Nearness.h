//===- Nearness.h - How near results are to others --------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_TOOLS_GRADOPT_GRADCHECK_NEARNESS_H
#define GRADOPT_TOOLS_GRADOPT_GRADCHECK_NEARNESS_H

#include "Program.h"

namespace mlir::gradopt {

/// The error that an f64 program may have against another one.
inline constexpr double kFloat64Tolerance = 1e-12;

/// What a result is called in files and reports. A carried state has the same
/// name before and after.
std::string resultName(const Program &program, uint32_t index);

/// max|x − ref| / max(1, max|ref|); Inf if one of the values is NaN.
double measureError(const std::vector<double> &values,
                    const std::vector<double> &reference);

/// The error against an f64 program that an f32 program may have: twice that of
/// another f32 program, and what rounding does to a sum of so many terms.
double getFloat32Tolerance(double terms, double otherError);

} // namespace mlir::gradopt

#endif // GRADOPT_TOOLS_GRADOPT_GRADCHECK_NEARNESS_H
