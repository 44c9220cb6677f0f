//===- RecipeTest.cpp - What the parts of a recipe do to a step -----------===//
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

constexpr int64_t kInputs = 3, kOutputs = 2, kMaxBatch = 12;

/// A linear model in f64, whose loss is a mean over the batch, with a carried
/// sum. `parts` are those of its recipe.
std::string getModel(const std::string &parts) {
  return R"mlir(
func.func @loss(
    %x: tensor<?x3xf64> {gradopt.input = "x", gradopt.dims = "B"},
    %target: tensor<?x2xf64> {gradopt.input = "target", gradopt.dims = "B"},
    %seen: tensor<1xf64> {gradopt.state = "seen"},
    %w: tensor<3x2xf64> {gradopt.param = #gradopt.param<"out.weight", init = normal(0.0, 1.0)>},
    %b: tensor<2xf64> {gradopt.param = #gradopt.param<"out.bias", init = normal(0.0, 1.0)>})
    -> (tensor<f64> {gradopt.loss}, tensor<1xf64> {gradopt.state = "seen"}) {
  %c0 = arith.constant 0 : index
  %B = tensor.dim %x, %c0 : tensor<?x3xf64>
  %empty = tensor.empty(%B) : tensor<?x2xf64>
  %init = linalg.broadcast ins(%b : tensor<2xf64>) outs(%empty : tensor<?x2xf64>) dimensions = [0]
  %p = linalg.matmul ins(%x, %w : tensor<?x3xf64>, tensor<3x2xf64>)
      outs(%init : tensor<?x2xf64>) -> tensor<?x2xf64>
  %loss = gradopt.mean_squared_error %p, %target
      : tensor<?x2xf64>, tensor<?x2xf64> -> tensor<f64>
  %one = arith.constant dense<1.0> : tensor<1xf64>
  %more = arith.addf %seen, %one : tensor<1xf64>
  return %loss, %more : tensor<f64>, tensor<1xf64>
}
gradopt.recipe @train { model = @loss, result = @step, )mlir" +
         parts + " }";
}

/// A step of the model with its own instance.
struct Training {
  explicit Training(const std::string &parts)
      : step(compileModel(getModel(parts))),
        instance(create(step->getProgram(), 1, kMaxBatch)) {
    EXPECT_EQ(gradopt_instance_initialize(instance.get(), 1), GRADOPT_OK);
  }

  double *get(gradopt_role role, const char *name) const {
    double *values = data<double>(instance, role, name);
    EXPECT_TRUE(values) << name;
    return values;
  }
  double *weight() const { return get(GRADOPT_ROLE_PARAM, "out.weight"); }
  double *bias() const { return get(GRADOPT_ROLE_PARAM, "out.bias"); }
  double *hyper(const char *name) const {
    return get(GRADOPT_ROLE_HYPER, name);
  }
  std::vector<double> parameters() const {
    std::vector<double> values(weight(), weight() + kInputs * kOutputs);
    values.insert(values.end(), bias(), bias() + kOutputs);
    return values;
  }
  /// All gradients as the step returned them, in the parameters' order.
  std::vector<double> gradients() const {
    double *dw = get(GRADOPT_ROLE_GRAD, "out.weight");
    double *db = get(GRADOPT_ROLE_GRAD, "out.bias");
    std::vector<double> values(dw, dw + kInputs * kOutputs);
    values.insert(values.end(), db, db + kOutputs);
    return values;
  }

  /// One step on rows `first` to `first + rows` of `x` and `target`.
  gradopt_step_report feed(const std::vector<double> &x,
                           const std::vector<double> &target, int64_t first,
                           int64_t rows) {
    std::copy_n(x.begin() + first * kInputs, rows * kInputs,
                get(GRADOPT_ROLE_INPUT, "x"));
    std::copy_n(target.begin() + first * kOutputs, rows * kOutputs,
                get(GRADOPT_ROLE_INPUT, "target"));
    gradopt_step_report report;
    EXPECT_EQ(gradopt_instance_run(instance.get(), 1, rows, &report),
              GRADOPT_OK);
    return report;
  }

  std::unique_ptr<CompiledStep> step;
  Instance instance;
};

std::vector<double> draw(const char *name, int64_t count) {
  std::vector<double> values;
  for (int64_t i = 0; i < count; ++i)
    values.push_back(gradopt_normal(gradopt_stream(5, name), uint64_t(i)));
  return values;
}

double norm(const std::vector<double> &values) {
  double sum = 0;
  for (double value : values)
    sum += value * value;
  return std::sqrt(sum);
}

double distance(const std::vector<double> &a, const std::vector<double> &b) {
  double largest = 0;
  for (size_t i = 0; i < a.size(); ++i)
    largest = std::max(largest, std::fabs(a[i] - b[i]));
  return largest;
}

//===----------------------------------------------------------------------===//
// Accumulation
//===----------------------------------------------------------------------===//

constexpr int64_t kRows = 3;

/// Four batches of the same inputs. The errors are large and of one sign, or of
/// both, so that the gradients nearly cancel.
struct FourBatches {
  explicit FourBatches(bool cancels) {
    std::vector<double> one = draw("x", kRows * kInputs);
    std::vector<double> goal = draw("t", kRows * kOutputs);
    for (int part = 0; part < 4; ++part) {
      x.insert(x.end(), one.begin(), one.end());
      for (double value : goal)
        target.push_back(value + (cancels && part % 2 == 1 ? -10 : 10) +
                         0.01 * part);
    }
  }
  std::vector<double> x, target;
};

class Accumulation : public testing::TestWithParam<const char *> {};
INSTANTIATE_TEST_SUITE_P(
    Optimizers, Accumulation,
    testing::Values("optimizer = #gradopt.sgd<learning_rate = 0.1>",
                    "optimizer = #gradopt.momentum<learning_rate = 0.01>",
                    "optimizer = #gradopt.adam<learning_rate = 0.1>, "
                    "clip = [#gradopt.clip<global_norm, threshold = 0.5>]",
                    "optimizer = #gradopt.adamw<learning_rate = 0.1>, "
                    "regularize = [#gradopt.l2<0.01>, #gradopt.max_norm<1.0>]",
                    "optimizer = #gradopt.rmsprop<learning_rate = 0.1>, "
                    "regularize = [#gradopt.decoupled_decay<0.1>]"));

TEST_P(Accumulation, OfFourBatchesIsOneOfFourTimesTheRows) {
  std::string parts = GetParam();
  Training whole(parts), split(parts + ", accumulate = 4");
  FourBatches batches(/*cancels=*/false);
  for (int update = 0; update < 3; ++update) {
    whole.feed(batches.x, batches.target, 0, 4 * kRows);
    std::vector<double> before = split.parameters();
    for (int part = 0; part < 4; ++part) {
      EXPECT_EQ(split.parameters(), before) << part;
      gradopt_step_report report =
          split.feed(batches.x, batches.target, part * kRows, kRows);
      EXPECT_EQ(report.action, GRADOPT_ACTION_COMMITTED);
      // What counts batches goes on.
      EXPECT_EQ(*data<int64_t>(split.instance, GRADOPT_ROLE_STEP_COUNT, ""),
                4 * update + part + 1);
      EXPECT_EQ(*split.get(GRADOPT_ROLE_STATE, "seen"), 4 * update + part + 1);
    }
    EXPECT_NE(split.parameters(), before);
    EXPECT_LT(distance(split.parameters(), whole.parameters()), 1e-12);
    EXPECT_LT(distance(split.gradients(), whole.gradients()), 1e-12);
  }
}

// The sum so far, divided by four, is below the threshold until the last of
// four batches that agree, and above it in the first of four that cancel.
TEST(Accumulating, ClipsTheMeanAndNotItsParts) {
  const std::string parts = "optimizer = #gradopt.sgd<learning_rate = 0.1>";
  const std::string clip =
      parts + ", clip = [#gradopt.clip<global_norm, threshold = 1.0>]";
  for (bool cancels : {false, true}) {
    FourBatches batches(cancels);
    Training probe(parts), whole(clip), split(clip + ", accumulate = 4");
    probe.feed(batches.x, batches.target, 0, 4 * kRows);
    double mean = norm(probe.gradients());
    double threshold = cancels ? 1.25 * mean : 0.9 * mean;
    *whole.hyper("clip.global_norm.threshold") = threshold;
    *split.hyper("clip.global_norm.threshold") = threshold;
    whole.feed(batches.x, batches.target, 0, 4 * kRows);
    for (int part = 0; part < 4; ++part) {
      split.feed(batches.x, batches.target, part * kRows, kRows);
      // What is recorded is the norm before the clip.
      double recorded = *split.get(GRADOPT_ROLE_RECORD, "gradient/global/norm");
      if (part == 3)
        EXPECT_NEAR(recorded, mean, 1e-12 * mean);
      if (part == 0 || part == 3)
        EXPECT_EQ(recorded > threshold, cancels ? part == 0 : part == 3);
    }
    EXPECT_NEAR(norm(split.gradients()), std::min(mean, threshold), 1e-12);
    EXPECT_LT(distance(split.parameters(), whole.parameters()), 1e-12);
  }
}

TEST(Accumulating, ABadBatchIsLeftOutOfTheSum) {
  const std::string parts = "optimizer = #gradopt.adam<learning_rate = 0.1>, "
                            "accumulate = 2";
  std::vector<double> x = draw("x", 3 * kInputs), t = draw("t", 3 * kOutputs);
  std::vector<double> bad = x;
  bad[kInputs] = std::numeric_limits<double>::quiet_NaN();
  Training healthy(parts), disturbed(parts);
  healthy.feed(x, t, 0, 1);
  healthy.feed(x, t, 2, 1);

  disturbed.feed(x, t, 0, 1);
  Contents before = readUpdated(disturbed.instance, 1, 1);
  EXPECT_EQ(disturbed.feed(bad, t, 1, 1).action, GRADOPT_ACTION_SKIPPED);
  EXPECT_EQ(readUpdated(disturbed.instance, 1, 1), before);
  disturbed.feed(x, t, 2, 1);
  EXPECT_EQ(disturbed.parameters(), healthy.parameters());
}

//===----------------------------------------------------------------------===//
// Groups and what can change at run time
//===----------------------------------------------------------------------===//

TEST(Groups, HaveRatesOfTheirOwn) {
  Training run("optimizer = #gradopt.sgd<learning_rate = 0.5>, groups = "
               "[#gradopt.group<name = \"biases\", match = \"*.bias\", "
               "learning_rate = 0.0625>], "
               "clip = [#gradopt.clip<value, threshold = 1.0e3>]");
  EXPECT_EQ(*run.hyper("learning_rate"), 0.5);
  EXPECT_EQ(*run.hyper("learning_rate.biases"), 0.0625);
  std::vector<double> x = draw("x", kInputs), t = draw("t", kOutputs);

  // Rates and thresholds that are changed between steps act in the next one.
  auto expectStep = [&](double rate, double biasRate, double threshold) {
    std::vector<double> before = run.parameters();
    run.feed(x, t, 0, 1);
    std::vector<double> after = run.parameters(), g = run.gradients();
    double largest = 0;
    for (size_t i = 0; i < g.size(); ++i) {
      double own = i < size_t(kInputs * kOutputs) ? rate : biasRate;
      EXPECT_EQ(after[i], before[i] - own * g[i]) << i;
      largest = std::max(largest, std::fabs(g[i]));
    }
    EXPECT_LE(largest, threshold);
    return largest;
  };
  double free = expectStep(0.5, 0.0625, 1e3);
  *run.hyper("learning_rate") = 0.03125;
  *run.hyper("learning_rate.biases") = 0.25;
  EXPECT_GT(expectStep(0.03125, 0.25, 1e3), 1e-3);
  EXPECT_GT(free, 1e-3);
  *run.hyper("clip.value.threshold") = 1e-4;
  EXPECT_EQ(expectStep(0.03125, 0.25, 1e-4), 1e-4);
}

TEST(Groups, AFrozenParameterIsAnArgumentThatStays) {
  Training run("optimizer = #gradopt.adam<learning_rate = 0.5>, groups = "
               "[#gradopt.group<name = \"still\", match = \"*.bias\", "
               "frozen = true>]");
  std::vector<double> bias(run.bias(), run.bias() + kOutputs);
  EXPECT_GT(norm(bias), 0.1);
  std::vector<double> before = run.parameters();
  std::vector<double> x = draw("x", 3 * kInputs), t = draw("t", 3 * kOutputs);
  for (int i = 0; i < 3; ++i)
    run.feed(x, t, i, 1);
  EXPECT_EQ(std::vector<double>(run.bias(), run.bias() + kOutputs), bias);
  EXPECT_NE(run.parameters(), before);
  EXPECT_LT(
      gradopt_instance_find(run.instance.get(), GRADOPT_ROLE_GRAD, "out.bias"),
      0);
  EXPECT_LT(gradopt_instance_find(run.instance.get(),
                                  GRADOPT_ROLE_OPTIMIZER_STATE, "out.bias/m"),
            0);
}

//===----------------------------------------------------------------------===//
// Regularization
//===----------------------------------------------------------------------===//

/// What a run with `plain` and one with `parts` make of the same step, in which
/// the data have a gradient, too.
struct Comparison {
  Comparison(const std::string &plain, const std::string &parts)
      : without(plain), with(parts), old(with.parameters()) {
    std::vector<double> x = draw("x", 2 * kInputs), t = draw("t", 2 * kOutputs);
    without.feed(x, t, 0, 2);
    with.feed(x, t, 0, 2);
  }
  Training without, with;
  std::vector<double> old;
};

const char *const kSgd = "optimizer = #gradopt.sgd<learning_rate = 0.5>";

TEST(Regularization, PenaltiesHaveTheirGradients) {
  Comparison c(kSgd, std::string(kSgd) +
                         ", regularize = [#gradopt.l1<0.25, match = "
                         "\"*.bias\">, #gradopt.l2<0.125>]");
  double penalty = 0;
  for (size_t i = 0; i < c.old.size(); ++i) {
    bool isBias = i >= size_t(kInputs * kOutputs);
    double p = c.old[i],
           more = 0.125 * p + (isBias ? std::copysign(0.25, p) : 0);
    EXPECT_NEAR(c.with.gradients()[i], c.without.gradients()[i] + more, 1e-15);
    penalty += 0.125 / 2 * p * p + (isBias ? 0.25 * std::fabs(p) : 0);
  }
  EXPECT_NEAR(*c.with.get(GRADOPT_ROLE_LOSS, ""),
              *c.without.get(GRADOPT_ROLE_LOSS, "") + penalty, 1e-14);
}

TEST(Regularization, DecoupledDecayIsByTheRateAndNotClipped) {
  const std::string plain =
      std::string(kSgd) +
      ", clip = [#gradopt.clip<global_norm, threshold = 1.0e-3>]";
  Comparison c(plain, plain + ", regularize = [#gradopt.decoupled_decay<0.125>]"
                              ", groups = [#gradopt.group<name = \"b\", match "
                              "= \"*.bias\", learning_rate = 0.25, "
                              "weight_decay = 0.0625>]");
  for (size_t i = 0; i < c.old.size(); ++i) {
    bool isBias = i >= size_t(kInputs * kOutputs);
    double rate = isBias ? 0.25 : 0.5, weight = isBias ? 0.0625 : 0.125;
    double g = c.without.gradients()[i];
    EXPECT_EQ(c.with.gradients()[i], g);
    EXPECT_NEAR(c.with.parameters()[i],
                c.old[i] - rate * g - rate * weight * c.old[i], 1e-15);
  }
  // Without a decay the rate of the moment is what counts.
  *c.with.hyper("learning_rate") = 0;
  std::vector<double> before = c.with.parameters();
  c.with.feed(draw("x", kInputs), draw("t", kOutputs), 0, 1);
  EXPECT_EQ(c.with.weight()[0], before[0]);
}

TEST(Regularization, AGroupsDecayIsTheOptimizersOwn) {
  const std::string plain =
      "optimizer = #gradopt.adamw<learning_rate = 0.5, weight_decay = 0.0>";
  Comparison c(plain, "optimizer = #gradopt.adamw<learning_rate = 0.5, "
                      "weight_decay = 0.125>, groups = [#gradopt.group<name = "
                      "\"b\", match = \"*.bias\", weight_decay = 0.25>]");
  for (size_t i = 0; i < c.old.size(); ++i) {
    bool isBias = i >= size_t(kInputs * kOutputs);
    EXPECT_NEAR(c.with.parameters()[i],
                c.without.parameters()[i] -
                    0.5 * (isBias ? 0.25 : 0.125) * c.old[i],
                1e-15);
  }
}

TEST(Regularization, MaxNormBoundsEachColumn) {
  Comparison c(kSgd,
               std::string(kSgd) + ", regularize = [#gradopt.max_norm<1.0>]");
  int longer = 0;
  auto check = [&](double bound) {
    for (int64_t column = 0; column < kOutputs; ++column) {
      std::vector<double> expected, got;
      for (int64_t row = 0; row < kInputs; ++row) {
        expected.push_back(c.without.weight()[row * kOutputs + column]);
        got.push_back(c.with.weight()[row * kOutputs + column]);
      }
      double length = norm(expected);
      longer += length > bound;
      for (size_t row = 0; row < got.size(); ++row)
        if (length > bound)
          EXPECT_NEAR(got[row], expected[row] * bound / length, 1e-15);
        else
          EXPECT_EQ(got[row], expected[row]);
    }
  };
  check(1.0);
  EXPECT_GT(longer, 0);
  // A vector has no columns.
  EXPECT_EQ(c.with.bias()[0], c.without.bias()[0]);
}

} // namespace
