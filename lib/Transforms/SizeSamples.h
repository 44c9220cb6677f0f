//===- SizeSamples.h - Sizes for a few times and batches --------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_TRANSFORMS_SIZESAMPLES_H
#define GRADOPT_LIB_TRANSFORMS_SIZESAMPLES_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/DenseMap.h"
#include <array>
#include <optional>
#include <string>

namespace mlir::gradopt {

/// A size for each of a few pairs of a number of time steps T and a size of the
/// batch B; nothing if it does not follow from them.
using SizeSample = std::optional<std::array<int64_t, 4>>;

/// The pairs. Small numbers, once more steps than rows; not 0 or 1, where many
/// different expressions are equal. Great ones, so that min(T, 100) is not
/// taken for T.
inline constexpr std::array<int64_t, 4> kTimeSamples = {7, 5, 3, 1000003};
inline constexpr std::array<int64_t, 4> kBatchSamples = {11, 13, 2, 2000003};

/// In terms of T and B if that is simple, else for the first pair.
std::string describe(const SizeSample &size);

/// Computes the sizes of what is in a function whose arguments have roles.
class SizeSamples {
public:
  explicit SizeSamples(FunctionOpInterface function,
                       const std::array<int64_t, 4> &time = kTimeSamples,
                       const std::array<int64_t, 4> &batch = kBatchSamples)
      : function(function), time(time), batch(batch) {}

  SizeSample get(OpFoldResult index);
  SizeSample get(Value tensor, int64_t dim);

private:
  SizeSample compute(Value index);
  SizeSample computeRoot(arith::FPToSIOp whole);
  SizeSample compute(Value tensor, int64_t dim);
  SizeSample computeArgument(BlockArgument argument, int64_t dim);
  SizeSample computeResult(OpResult result, int64_t dim);
  SizeSample askOp(OpResult result, int64_t dim);

  FunctionOpInterface function;
  std::array<int64_t, 4> time, batch;
  llvm::DenseMap<Value, SizeSample> indices;
  llvm::DenseMap<std::pair<Value, int64_t>, SizeSample> dims;
};

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_TRANSFORMS_SIZESAMPLES_H
