//===- LengthsTest.cpp - What padding holds does not matter ---------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestStep.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

using mlir::gradopt::CompiledStep;

namespace {

constexpr int64_t kTime = 5, kBatch = 4, kClasses = 3;

// Both losses of values that are parameters, so that their gradients are what
// the losses give back.
const char *const kLosses = R"mlir(
func.func @loss(
    %targets: tensor<5x4xi32> {gradopt.input = "targets"},
    %wanted: tensor<5x4x3xf32> {gradopt.input = "wanted"},
    %lengths: tensor<4xi64> {gradopt.input = "lengths"},
    %logits: tensor<5x4x3xf32> {gradopt.param = #gradopt.param<"logits", init = normal(0.0, 1.0)>},
    %y: tensor<5x4x3xf32> {gradopt.param = #gradopt.param<"y", init = normal(0.0, 1.0)>})
    -> (tensor<f32> {gradopt.loss}) {
  %a = gradopt.cross_entropy %logits, %targets lengths(%lengths : tensor<4xi64>)
      : tensor<5x4x3xf32>, tensor<5x4xi32> -> tensor<f32>
  %b = gradopt.mean_squared_error %y, %wanted lengths(%lengths : tensor<4xi64>)
      : tensor<5x4x3xf32>, tensor<5x4x3xf32> -> tensor<f32>
  %loss = arith.addf %a, %b : tensor<f32>
  return %loss : tensor<f32>
}
gradopt.recipe @train { model = @loss, result = @step,
  optimizer = #gradopt.sgd<learning_rate = 1.0e-2>, on_nonfinite = report }
)mlir";

const CompiledStep &getLosses() {
  static auto step = compileModel(kLosses);
  return *step;
}

/// All that a step makes whose padding holds `padding` and targets outside of
/// the classes.
Contents run(const std::vector<int64_t> &lengths, float padding,
             int32_t paddingTarget) {
  Instance instance = create(getLosses().getProgram(), 1, 1);
  EXPECT_EQ(gradopt_instance_initialize(instance.get(), 5), GRADOPT_OK);
  fillInputs(instance, 1, 1, 3);
  auto *targets = data<int32_t>(instance, GRADOPT_ROLE_INPUT, "targets");
  auto *wanted = data<float>(instance, GRADOPT_ROLE_INPUT, "wanted");
  auto *logits = data<float>(instance, GRADOPT_ROLE_PARAM, "logits");
  auto *y = data<float>(instance, GRADOPT_ROLE_PARAM, "y");
  std::copy(lengths.begin(), lengths.end(),
            data<int64_t>(instance, GRADOPT_ROLE_INPUT, "lengths"));
  for (int64_t t = 0; t < kTime; ++t)
    for (int64_t b = 0; b < kBatch; ++b) {
      int64_t position = t * kBatch + b;
      bool counts = t < lengths[b];
      targets[position] = counts ? (t + b) % kClasses : paddingTarget;
      for (int64_t c = 0; !counts && c < kClasses; ++c)
        for (float *values : {wanted, logits, y})
          values[position * kClasses + c] = padding;
    }
  EXPECT_EQ(gradopt_instance_run(instance.get(), 1, 1, nullptr), GRADOPT_OK);
  return readCurrent(instance, 1, 1, [](const gradopt_manifest_entry &entry) {
    return entry.role == GRADOPT_ROLE_LOSS || entry.role == GRADOPT_ROLE_GRAD;
  });
}

float readFloat(const Bytes &bytes, int64_t index = 0) {
  float value;
  std::memcpy(&value, bytes.data() + index * sizeof value, sizeof value);
  return value;
}

TEST(Lengths, PaddingDoesNotChangeABit) {
  for (const std::vector<int64_t> &lengths :
       {std::vector<int64_t>{5, 4, 1, 0}, {-7, 2, 100, 3}, {0, 0, 0, 1}}) {
    Contents zeros = run(lengths, 0, 0);
    EXPECT_TRUE(std::isfinite(readFloat(zeros[{GRADOPT_ROLE_LOSS, ""}])));
    EXPECT_TRUE(run(lengths, NAN, -1) == zeros);
    EXPECT_TRUE(run(lengths, INFINITY, 1000) == zeros);
    EXPECT_TRUE(run(lengths, std::numeric_limits<float>::max(), 2) == zeros);
    for (const char *name : {"logits", "y"})
      for (int64_t t = 0; t < kTime; ++t)
        for (int64_t b = 0; b < kBatch; ++b) {
          float gradient = readFloat(zeros[{GRADOPT_ROLE_GRAD, name}],
                                     (t * kBatch + b) * kClasses);
          EXPECT_EQ(gradient != 0, t < lengths[b]);
        }
  }
}

TEST(Lengths, WithoutPositionsIsZero) {
  Contents none = run({0, -1, 0, 0}, NAN, -1);
  EXPECT_EQ(readFloat(none[{GRADOPT_ROLE_LOSS, ""}]), 0);
  for (const char *name : {"logits", "y"})
    for (int64_t i = 0; i < kTime * kBatch * kClasses; ++i)
      EXPECT_EQ(readFloat(none[{GRADOPT_ROLE_GRAD, name}], i), 0);
}

// A position that counts alone has T·B times the gradient that it has among
// all.
TEST(Lengths, MeanOverWhatCounts) {
  Contents all = run({5, 5, 5, 5}, 0, 0), one = run({0, 0, 1, 0}, 0, 0);
  for (const char *name : {"logits", "y"}) {
    float alone = readFloat(one[{GRADOPT_ROLE_GRAD, name}], 2 * kClasses);
    float among = readFloat(all[{GRADOPT_ROLE_GRAD, name}], 2 * kClasses);
    EXPECT_NEAR(alone / among, kTime * kBatch, 1e-4);
  }
}

} // namespace
