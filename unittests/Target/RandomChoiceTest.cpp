//===- RandomChoiceTest.cpp - What dropout and zoneout choose -------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestStep.h"

#include <gtest/gtest.h>

#include <cmath>

using mlir::gradopt::CompiledStep;

namespace {

// The formula of docs/runtime.md, by the runtime's generator.

uint64_t mix(uint64_t z) {
  z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
  return z ^ (z >> 31);
}

uint64_t substream(uint64_t stream, uint64_t number) {
  return mix(stream ^ mix(number + UINT64_C(0x9E3779B97F4A7C15)));
}

double draw(const int64_t key[2], uint64_t id, uint64_t step, uint64_t index,
            uint64_t element) {
  uint64_t stream = substream(key[0], key[1]);
  stream = substream(substream(substream(stream, id), step), index);
  const uint32_t counter[4] = {uint32_t(element), uint32_t(element >> 32), 0,
                               4};
  const uint32_t words[2] = {uint32_t(stream), uint32_t(stream >> 32)};
  uint32_t block[4];
  gradopt_philox(counter, words, block);
  uint64_t bits = block[0] | uint64_t(block[1]) << 32;
  return double(bits >> 11) * 0x1p-53;
}

const char *const kChoices = R"mlir(
func.func @step(
    %x: tensor<?x?x3xf32> {gradopt.input = "x"},
    %old: tensor<?x?x3xf32> {gradopt.input = "old"},
    %key: tensor<2xi64> {gradopt.random},
    %n: tensor<i64> {gradopt.step_count})
    -> (tensor<?x?x3xf32> {gradopt.output = "dropped"},
        tensor<?x?x3xf32> {gradopt.output = "by_step"},
        tensor<?x?x3xf32> {gradopt.output = "kept"},
        tensor<i64> {gradopt.step_count}) {
  %dropped = gradopt.dropout %x rate 0.3 id 7 key(%key, %n) : tensor<?x?x3xf32>
  %c0 = arith.constant 0 : index
  %T = tensor.dim %x, %c0 : tensor<?x?x3xf32>
  %by_step = gradopt.scan (%s) to %T
      inputs(%x_t = %x : tensor<?x?x3xf32>) outputs(tensor<?x?x3xf32>) {
    %d = gradopt.dropout %x_t rate 0.3 id 8 key(%key, %n) index(%s) : tensor<?x3xf32>
    gradopt.yield %d : tensor<?x3xf32>
  }
  %kept = gradopt.zoneout %x, %old rate 0.8 id 4294967297 key(%key, %n) : tensor<?x?x3xf32>
  %one = arith.constant dense<1> : tensor<i64>
  %next = arith.addi %n, %one : tensor<i64>
  return %dropped, %by_step, %kept, %next
      : tensor<?x?x3xf32>, tensor<?x?x3xf32>, tensor<?x?x3xf32>, tensor<i64>
}
)mlir";

TEST(RandomChoice, IsWhatTheRuntimeDraws) {
  auto step = compileForeign(kChoices, "gradopt-expand-cells");
  ASSERT_TRUE(step);
  Instance instance = create(step->getProgram(), 9, 5);
  ASSERT_EQ(gradopt_instance_initialize(instance.get(), 5), GRADOPT_OK);
  auto *key = data<int64_t>(instance, GRADOPT_ROLE_RANDOM, "");
  int64_t dropped = 0, elements = 0;
  // The step counts on from call to call.
  int64_t number = 0;
  for (auto [time, batch] :
       {std::pair{9, 5}, {1, 1}, {0, 3}, {4, 0}, {7, 2}, {9, 5}}) {
    auto *x = data<float>(instance, GRADOPT_ROLE_INPUT, "x");
    auto *old = data<float>(instance, GRADOPT_ROLE_INPUT, "old");
    int64_t row = int64_t(batch) * 3, count = time * row;
    for (int64_t i = 0; i < count; ++i) {
      x[i] = float(i + 1);
      old[i] = -float(i + 1);
    }
    ASSERT_EQ(*data<int64_t>(instance, GRADOPT_ROLE_STEP_COUNT, ""), number);
    ASSERT_EQ(gradopt_instance_run(instance.get(), time, batch, nullptr),
              GRADOPT_OK);
    auto *all = data<float>(instance, GRADOPT_ROLE_OUTPUT, "dropped");
    auto *byStep = data<float>(instance, GRADOPT_ROLE_OUTPUT, "by_step");
    auto *kept = data<float>(instance, GRADOPT_ROLE_OUTPUT, "kept");
    for (int64_t i = 0; i < count; ++i) {
      float scaled = x[i] / 0.7f;
      bool drops = draw(key, 7, number, 0, i) < 0.3;
      EXPECT_EQ(all[i], drops ? 0.0f : scaled) << i;
      bool dropsInStep = draw(key, 8, number, i / row, i % row) < 0.3;
      EXPECT_EQ(byStep[i], dropsInStep ? 0.0f : scaled) << i;
      bool keeps = draw(key, UINT64_C(0x100000001), number, 0, i) < 0.8;
      EXPECT_EQ(kept[i], keeps ? old[i] : x[i]) << i;
      dropped += drops + dropsInStep;
      elements += 2;
    }
    ++number;
  }
  // Six standard deviations of a binomial distribution.
  double rate = double(dropped) / elements;
  EXPECT_NEAR(rate, 0.3, 6 * std::sqrt(0.3 * 0.7 / elements));
}

} // namespace
