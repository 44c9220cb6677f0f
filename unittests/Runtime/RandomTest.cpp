//===- RandomTest.cpp - Philox, streams and distributions -----------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt_runtime.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <set>
#include <string>
#include <vector>

namespace {

using Words = std::array<uint32_t, 4>;

Words philox(Words counter, std::array<uint32_t, 2> key) {
  Words result;
  gradopt_philox(counter.data(), key.data(), result.data());
  return result;
}

// The philox4x32-10 rows of tests/kat_vectors in Salmon's Random123.
TEST(Random, PhiloxKnownAnswers) {
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}),
            (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
                   {0xffffffff, 0xffffffff}),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
                   {0xa4093822, 0x299f31d0}),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

// Recomputed here from the formulas in docs/runtime.md.
TEST(Random, StreamIsMixedFnv1a) {
  auto mix = [](uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  };
  // FNV-1a's published 64-bit hashes of "" and "foobar".
  for (uint64_t seed : {uint64_t(0), uint64_t(1), ~uint64_t(0)}) {
    uint64_t mixedSeed = mix(seed + 0x9E3779B97F4A7C15u);
    EXPECT_EQ(gradopt_stream(seed, ""), mix(0xcbf29ce484222325u ^ mixedSeed));
    EXPECT_EQ(gradopt_stream(seed, "foobar"),
              mix(0x85944171f73967e8u ^ mixedSeed));
  }
  EXPECT_EQ(gradopt_stream(7, nullptr), gradopt_stream(7, ""));
}

TEST(Random, StreamsOfNearSeedsAndNamesDiffer) {
  std::set<uint64_t> streams;
  for (uint64_t seed = 0; seed < 100; ++seed)
    for (int name = 0; name < 100; ++name)
      streams.insert(
          gradopt_stream(seed, ("w" + std::to_string(name)).c_str()));
  EXPECT_EQ(streams.size(), 10000u);
}

TEST(Random, UniformIsTheTop53BitsOfABlock) {
  const uint64_t stream = 0x0123456789abcdef, index = 0x1122334455667788;
  Words words =
      philox({0x55667788, 0x11223344, 0, 0}, {0x89abcdef, 0x01234567});
  uint64_t bits = words[0] | uint64_t(words[1]) << 32;
  EXPECT_EQ(gradopt_uniform(stream, index),
            std::ldexp(double(bits >> 11), -53));
}

TEST(Random, NormalIsBoxMullerOfABlock) {
  const uint64_t stream = 0x0123456789abcdef;
  Words words = philox({5, 0, 0, 1}, {0x89abcdef, 0x01234567});
  double first =
      std::ldexp(double((words[0] | uint64_t(words[1]) << 32) >> 11), -53);
  double second =
      std::ldexp(double((words[2] | uint64_t(words[3]) << 32) >> 11), -53);
  double expected = std::sqrt(-2 * std::log(1 - first)) *
                    std::cos(2 * std::acos(-1.0) * second);
  EXPECT_NEAR(gradopt_normal(stream, 5), expected, 1e-15);
}

TEST(Random, UniformIsUniform) {
  const int count = 100000, bins = 20;
  const uint64_t stream = gradopt_stream(1, "uniform");
  std::vector<int> histogram(bins);
  double sum = 0, previous = 0, products = 0;
  for (int i = 0; i < count; ++i) {
    double value = gradopt_uniform(stream, uint64_t(i));
    ASSERT_GE(value, 0);
    ASSERT_LT(value, 1);
    ++histogram[int(value * bins)];
    sum += value;
    products += (value - 0.5) * (previous - 0.5);
    previous = value;
  }
  // Five standard deviations each; the numbers are the same in every run.
  EXPECT_NEAR(sum / count, 0.5, 5 * std::sqrt(1.0 / 12 / count));
  EXPECT_NEAR(products / count, 0, 5.0 / 12 / std::sqrt(count));
  double chiSquare = 0, expected = double(count) / bins;
  for (int observed : histogram)
    chiSquare += (observed - expected) * (observed - expected) / expected;
  // 19 degrees of freedom: mean 19, 0.01 % of draws are above 50.
  EXPECT_LT(chiSquare, 50);
  EXPECT_GT(chiSquare, 4);
}

TEST(Random, NormalHasNormalMoments) {
  const int count = 100000;
  const uint64_t stream = gradopt_stream(1, "normal");
  double moments[5] = {};
  int within = 0;
  for (int i = 0; i < count; ++i) {
    double value = gradopt_normal(stream, uint64_t(i));
    ASSERT_TRUE(std::isfinite(value));
    within += std::fabs(value) < 1;
    for (int k = 1; k < 5; ++k)
      moments[k] += std::pow(value, k) / count;
  }
  double deviation = 1 / std::sqrt(count);
  EXPECT_NEAR(moments[1], 0, 5 * deviation);
  EXPECT_NEAR(moments[2], 1, 5 * std::sqrt(2) * deviation);
  EXPECT_NEAR(moments[3], 0, 5 * std::sqrt(15) * deviation);
  EXPECT_NEAR(moments[4], 3, 5 * std::sqrt(96) * deviation);
  EXPECT_NEAR(double(within) / count, std::erf(std::sqrt(0.5)), 0.008);
}

TEST(Random, UniformIntHitsEveryValueEvenly) {
  const uint64_t stream = gradopt_stream(1, "int");
  std::vector<int> histogram(7);
  for (int i = 0; i < 70000; ++i) {
    uint64_t value = gradopt_uniform_int(stream, uint64_t(i), 7);
    ASSERT_LT(value, 7u);
    ++histogram[value];
  }
  for (int observed : histogram)
    EXPECT_NEAR(observed, 10000, 5 * std::sqrt(10000));
}

// Of 2^64 draws, remainders below 2^62 have two and the others one if nothing
// is refused: the low half would come twice as often.
TEST(Random, UniformIntHasNoModuloBias) {
  const uint64_t stream = gradopt_stream(1, "bias");
  const uint64_t bound = 3 * (uint64_t(1) << 62);
  const int count = 20000;
  int low = 0;
  for (int i = 0; i < count; ++i)
    low += gradopt_uniform_int(stream, uint64_t(i), bound) < bound / 3;
  EXPECT_NEAR(double(low) / count, 1.0 / 3, 0.02);
}

TEST(Random, UniformIntOfTrivialBounds) {
  for (uint64_t i = 0; i < 100; ++i) {
    EXPECT_EQ(gradopt_uniform_int(3, i, 0), 0u);
    EXPECT_EQ(gradopt_uniform_int(3, i, 1), 0u);
  }
}

// A use must not repeat the draws of another use of the same stream.
TEST(Random, UsesOfOneStreamDiffer) {
  const uint64_t stream = 9;
  for (uint64_t i = 0; i < 100; ++i) {
    double uniform = gradopt_uniform(stream, i);
    uint64_t integer = gradopt_uniform_int(stream, i, uint64_t(1) << 53);
    EXPECT_NE(uniform, std::ldexp(double(integer), -53));
  }
}

} // namespace
