//===- InitializersTest.cpp - Initial values of parameters ----------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestProgram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace {

/// The initial value of one parameter, in f64.
std::vector<double> initial(Value value, uint64_t seed = 1) {
  Bytes table = makeManifest({value});
  Instance instance = create(TestProgram::get(table));
  EXPECT_TRUE(instance) << gradopt_last_error();
  if (!instance ||
      gradopt_instance_initialize(instance.get(), seed) != GRADOPT_OK)
    return {};
  int64_t elements =
      gradopt_entry_elements(gradopt_instance_entry(instance.get(), 0), 4, 3);
  const void *values = gradopt_instance_data(instance.get(), 0);
  if (value.elementType == GRADOPT_F32) {
    const float *begin = static_cast<const float *>(values);
    return std::vector<double>(begin, begin + elements);
  }
  const double *begin = static_cast<const double *>(values);
  return std::vector<double>(begin, begin + elements);
}

Value parameter(std::vector<int64_t> dims, uint32_t init, double a = 0,
                double b = 0, uint32_t type = GRADOPT_F32) {
  return {"w", GRADOPT_ROLE_PARAM, type, std::move(dims), 2, init, a, b};
}

double mean(const std::vector<double> &values) {
  double sum = 0;
  for (double value : values)
    sum += value;
  return sum / double(values.size());
}

double variance(const std::vector<double> &values) {
  double center = mean(values), sum = 0;
  for (double value : values)
    sum += (value - center) * (value - center);
  return sum / double(values.size());
}

class InitializersOfType : public testing::TestWithParam<uint32_t> {};
INSTANTIATE_TEST_SUITE_P(Types, InitializersOfType,
                         testing::Values(GRADOPT_F32, GRADOPT_F64));

TEST_P(InitializersOfType, ZerosAndConstant) {
  EXPECT_EQ(initial(parameter({2, 3}, GRADOPT_INIT_ZEROS, 0, 0, GetParam())),
            std::vector<double>(6, 0.0));
  EXPECT_EQ(
      initial(parameter({2, 3}, GRADOPT_INIT_CONSTANT, -1.5, 0, GetParam())),
      std::vector<double>(6, -1.5));
  EXPECT_EQ(initial(parameter({}, GRADOPT_INIT_CONSTANT, 2, 0, GetParam())),
            std::vector<double>(1, 2.0));
  EXPECT_TRUE(
      initial(parameter({0, 3}, GRADOPT_INIT_ORTHOGONAL, 1, 0, GetParam()))
          .empty());
}

TEST_P(InitializersOfType, UniformFillsItsInterval) {
  std::vector<double> values =
      initial(parameter({300, 100}, GRADOPT_INIT_UNIFORM, -1, 3, GetParam()));
  ASSERT_EQ(values.size(), 30000u);
  auto [low, high] = std::minmax_element(values.begin(), values.end());
  EXPECT_GE(*low, -1);
  EXPECT_LT(*low, -0.99);
  EXPECT_LT(*high, 3);
  EXPECT_GT(*high, 2.99);
  EXPECT_NEAR(mean(values), 1, 5 * std::sqrt(16.0 / 12 / 30000));
  EXPECT_NEAR(variance(values), 16.0 / 12, 0.03);
}

TEST_P(InitializersOfType, NormalHasMeanAndDeviation) {
  std::vector<double> values =
      initial(parameter({300, 100}, GRADOPT_INIT_NORMAL, 2, 0.5, GetParam()));
  ASSERT_EQ(values.size(), 30000u);
  EXPECT_NEAR(mean(values), 2, 5 * 0.5 / std::sqrt(30000));
  EXPECT_NEAR(variance(values), 0.25, 5 * 0.25 * std::sqrt(2.0 / 30000));
  int within = 0;
  for (double value : values)
    within += std::fabs(value - 2) < 0.5;
  EXPECT_NEAR(within / 30000.0, std::erf(std::sqrt(0.5)), 0.015);
}

TEST_P(InitializersOfType, XavierDependsOnBothFans) {
  std::vector<double> values =
      initial(parameter({50, 250}, GRADOPT_INIT_XAVIER, 2, 0, GetParam()));
  const double limit = 2 * std::sqrt(6.0 / (50 + 250));
  auto [low, high] = std::minmax_element(values.begin(), values.end());
  EXPECT_GE(*low, -limit * (1 + 1e-7));
  EXPECT_LT(*low, -0.99 * limit);
  EXPECT_LE(*high, limit * (1 + 1e-7));
  EXPECT_GT(*high, 0.99 * limit);
  EXPECT_NEAR(mean(values), 0, 5 * limit / std::sqrt(3.0 * 12500));
  EXPECT_NEAR(variance(values), limit * limit / 3, 0.03 * limit * limit / 3);
  // The first and the last dimension, whatever lies between.
  values = initial(parameter({2, 9, 4}, GRADOPT_INIT_XAVIER, 1, 0, GetParam()));
  EXPECT_GT(*std::max_element(values.begin(), values.end()), 0.8);
  EXPECT_LE(*std::max_element(values.begin(), values.end()), 1);
}

TEST_P(InitializersOfType, HeDependsOnTheInputs) {
  std::vector<double> values =
      initial(parameter({50, 250}, GRADOPT_INIT_HE, 2, 0, GetParam()));
  const double deviation = 2 * std::sqrt(2.0 / 50);
  EXPECT_NEAR(mean(values), 0, 5 * deviation / std::sqrt(12500));
  EXPECT_NEAR(variance(values), deviation * deviation,
              5 * deviation * deviation * std::sqrt(2.0 / 12500));
  // The first dimension, whatever follows.
  std::vector<double> cube =
      initial(parameter({50, 10, 25}, GRADOPT_INIT_HE, 2, 0, GetParam()));
  EXPECT_EQ(values, cube);
  EXPECT_TRUE(
      initial(parameter({0, 3}, GRADOPT_INIT_HE, 1, 0, GetParam())).empty());
}

TEST_P(InitializersOfType, TruncatedNormalStaysWithinTwoDeviations) {
  std::vector<double> values = initial(
      parameter({300, 100}, GRADOPT_INIT_TRUNCATED_NORMAL, 2, 0.5, GetParam()));
  ASSERT_EQ(values.size(), 30000u);
  auto [low, high] = std::minmax_element(values.begin(), values.end());
  EXPECT_GE(*low, 1);
  EXPECT_LT(*low, 1.01);
  EXPECT_LE(*high, 3);
  EXPECT_GT(*high, 2.99);
  // Of the standard normal distribution between -2 and 2:
  // 1 - 4 phi(2) / (2 Phi(2) - 1).
  const double expected = 0.25 * 0.7737413035499232;
  EXPECT_NEAR(mean(values), 2, 5 * std::sqrt(expected / 30000));
  EXPECT_NEAR(variance(values), expected, 0.03 * expected);
  // An element that needs no second draw is the normal one.
  std::vector<double> normal =
      initial(parameter({300, 100}, GRADOPT_INIT_NORMAL, 2, 0.5, GetParam()));
  int redrawn = 0;
  for (size_t i = 0; i < values.size(); ++i)
    if (std::fabs(normal[i] - 2) < 0.9999)
      ASSERT_EQ(values[i], normal[i]);
    else
      redrawn += values[i] != normal[i];
  EXPECT_NEAR(redrawn / 30000.0, 0.0455, 0.006);
}

TEST_P(InitializersOfType, ForgetBiasIsTheSecondQuarter) {
  EXPECT_EQ(initial(parameter({8}, GRADOPT_INIT_FORGET_BIAS, 1, 0, GetParam())),
            (std::vector<double>{0, 0, 1, 1, 0, 0, 0, 0}));
  EXPECT_EQ(
      initial(parameter({2, 4}, GRADOPT_INIT_FORGET_BIAS, -2, 0, GetParam())),
      (std::vector<double>{0, -2, 0, 0, 0, -2, 0, 0}));
  EXPECT_TRUE(
      initial(parameter({0}, GRADOPT_INIT_FORGET_BIAS, 1, 0, GetParam()))
          .empty());
}

TEST_P(InitializersOfType, IdentityOfAnyShape) {
  EXPECT_EQ(initial(parameter({2, 3}, GRADOPT_INIT_IDENTITY, 2, 0, GetParam())),
            (std::vector<double>{2, 0, 0, 0, 2, 0}));
  EXPECT_EQ(initial(parameter({4, 2}, GRADOPT_INIT_IDENTITY, 1, 0, GetParam())),
            (std::vector<double>{1, 0, 0, 1, 0, 0, 0, 0}));
}

/// The largest |G - gain^2 I| over the Gram matrix G of the shorter side.
double orthogonalityError(const std::vector<double> &matrix, int64_t rows,
                          int64_t columns, double gain) {
  bool wide = rows < columns;
  int64_t vectors = wide ? rows : columns, length = wide ? columns : rows;
  auto at = [&](int64_t vector, int64_t i) {
    return wide ? matrix[size_t(vector * columns + i)]
                : matrix[size_t(i * columns + vector)];
  };
  double error = 0;
  for (int64_t p = 0; p < vectors; ++p)
    for (int64_t q = 0; q <= p; ++q) {
      double dot = 0;
      for (int64_t i = 0; i < length; ++i)
        dot += at(p, i) * at(q, i);
      error = std::max(error, std::fabs(dot - (p == q ? gain * gain : 0)));
    }
  return error;
}

TEST(Initializers, OrthogonalOfAnyShape) {
  struct Case {
    int64_t rows, columns;
    double gain;
  };
  // Around the width of the panels that the factorization works in.
  for (Case c : {Case{1, 1, 1}, Case{1, 5, 1}, Case{5, 1, 1}, Case{16, 16, 1},
                 Case{17, 17, 1}, Case{15, 33, 1}, Case{33, 15, 1},
                 Case{64, 256, 1}, Case{256, 64, 1}, Case{48, 48, 1.5}}) {
    SCOPED_TRACE(std::to_string(c.rows) + "x" + std::to_string(c.columns));
    double scale = c.gain * c.gain;
    std::vector<double> single = initial(
        parameter({c.rows, c.columns}, GRADOPT_INIT_ORTHOGONAL, c.gain));
    ASSERT_EQ(single.size(), size_t(c.rows * c.columns));
    EXPECT_LT(orthogonalityError(single, c.rows, c.columns, c.gain),
              1e-6 * scale);
    std::vector<double> both = initial(parameter(
        {c.rows, c.columns}, GRADOPT_INIT_ORTHOGONAL, c.gain, 0, GRADOPT_F64));
    EXPECT_LT(orthogonalityError(both, c.rows, c.columns, c.gain),
              1e-14 * scale);
  }
  // More than two dimensions: the first against all others.
  EXPECT_LT(
      orthogonalityError(
          initial(parameter({6, 4, 5}, GRADOPT_INIT_ORTHOGONAL, 1)), 6, 20, 1),
      1e-6);
}

// Q times a triangular R with a positive diagonal is the Gaussian matrix that
// the stream gives: that choice of signs makes Q uniform.
TEST(Initializers, OrthogonalIsTheSignFixedQOfAGaussian) {
  const int64_t rows = 40, columns = 24;
  std::vector<double> q = initial(
      parameter({rows, columns}, GRADOPT_INIT_ORTHOGONAL, 1, 0, GRADOPT_F64));
  std::vector<double> transposed = initial(
      parameter({columns, rows}, GRADOPT_INIT_ORTHOGONAL, 1, 0, GRADOPT_F64));
  const uint64_t stream = gradopt_stream(1, "w");
  for (int64_t k = 0; k < columns; ++k)
    for (int64_t j = 0; j < columns; ++j) {
      double r = 0;
      for (int64_t i = 0; i < rows; ++i)
        r += q[size_t(i * columns + k)] *
             gradopt_normal(stream, uint64_t(i * columns + j));
      if (j < k) {
        EXPECT_NEAR(r, 0, 1e-13);
      } else if (j == k) {
        EXPECT_GT(r, 0.1);
      }
    }
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < columns; ++j)
      ASSERT_EQ(q[size_t(i * columns + j)], transposed[size_t(j * rows + i)]);
}

TEST(Initializers, OrthogonalHasNoPreferredSign) {
  int positive = 0;
  for (uint64_t seed = 0; seed < 400; ++seed)
    positive +=
        initial(parameter({1, 1}, GRADOPT_INIT_ORTHOGONAL, 1), seed)[0] > 0;
  EXPECT_NEAR(positive, 200, 50);
}

const uint32_t randomInitializers[] = {
    GRADOPT_INIT_UNIFORM, GRADOPT_INIT_NORMAL,
    GRADOPT_INIT_XAVIER,  GRADOPT_INIT_ORTHOGONAL,
    GRADOPT_INIT_HE,      GRADOPT_INIT_TRUNCATED_NORMAL};

TEST(Initializers, SeedAndNameDecideEveryBit) {
  for (uint32_t init : randomInitializers) {
    SCOPED_TRACE(init);
    Value value =
        parameter({8, 6}, init, init == GRADOPT_INIT_UNIFORM ? 0 : 1, 2);
    Value renamed = value;
    renamed.name = "v";
    EXPECT_EQ(initial(value, 1), initial(value, 1));
    EXPECT_NE(initial(value, 1), initial(value, 2));
    EXPECT_NE(initial(value, 1), initial(renamed, 1));
  }
}

TEST(Initializers, OtherValuesAndTheirOrderDoNotMatter) {
  std::vector<Value> values;
  for (uint32_t init : randomInitializers) {
    Value value =
        parameter({8, 6}, init, init == GRADOPT_INIT_UNIFORM ? 0 : 1, 2);
    value.name = "w" + std::to_string(init);
    values.push_back(value);
  }
  std::vector<Value> reversed(values.rbegin(), values.rend());
  reversed.insert(reversed.begin(), parameter({3}, GRADOPT_INIT_NORMAL, 0, 1));
  Bytes table = makeManifest(reversed);
  Instance instance = create(TestProgram::get(table));
  ASSERT_TRUE(instance);
  ASSERT_EQ(gradopt_instance_initialize(instance.get(), 1), GRADOPT_OK);
  for (const Value &value : values) {
    std::vector<double> alone = initial(value, 1);
    const float *together =
        data<float>(instance, GRADOPT_ROLE_PARAM, value.name.c_str());
    EXPECT_EQ(std::vector<double>(together, together + 48), alone)
        << value.name;
  }
}

// Computed apart from this code, from the formulas in docs/runtime.md. They
// must not change between versions: a seed in a paper stays good.
TEST(Initializers, KnownBits) {
  std::vector<double> uniform =
      initial(parameter({2}, GRADOPT_INIT_UNIFORM, 0, 1, GRADOPT_F64), 42);
  EXPECT_EQ(uniform[0], gradopt_uniform(gradopt_stream(42, "w"), 0));
  EXPECT_EQ(uniform[1], gradopt_uniform(gradopt_stream(42, "w"), 1));
  EXPECT_EQ(uniform[0], 0x1.fbdd50ce8401fp-1);
  EXPECT_EQ(uniform[1], 0x1.a1def23769aa0p-3);
}

// Rounding to f32 may reach the bound, which belongs to the outside.
TEST(Initializers, UniformExcludesItsUpperBound) {
  const double low = 1, high = 1 + 2 * std::ldexp(1.0, -23);
  std::vector<double> values =
      initial(parameter({1000}, GRADOPT_INIT_UNIFORM, low, high));
  int lowest = 0;
  for (double value : values) {
    ASSERT_GE(value, low);
    ASSERT_LT(value, high);
    lowest += value == low;
  }
  EXPECT_GT(lowest, 100);
  EXPECT_LT(lowest, 900);
  EXPECT_EQ(initial(parameter({2}, GRADOPT_INIT_UNIFORM, 3, 3)),
            (std::vector<double>{3, 3}));
}

TEST(Initializers, RefuseToStartWithNonFiniteValues) {
  Bytes table = makeManifest({parameter({2}, GRADOPT_INIT_CONSTANT, 1e300)});
  Instance instance = create(TestProgram::get(table));
  ASSERT_TRUE(instance);
  EXPECT_EQ(gradopt_instance_initialize(instance.get(), 1),
            GRADOPT_INVALID_ARGUMENT);
  EXPECT_STREQ(gradopt_last_error(),
               "the initial value of \"w\" is too large for f32: an element is "
               "NaN or Inf");
  EXPECT_EQ(
      initial(parameter({2}, GRADOPT_INIT_CONSTANT, 1e300, 0, GRADOPT_F64)),
      (std::vector<double>{1e300, 1e300}));
}

} // namespace
