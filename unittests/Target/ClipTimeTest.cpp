//===- ClipTimeTest.cpp - Clips of what flows back through time -----------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AllocationCounter.h"
#include "TestStep.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr int64_t kTime = 5, kBatch = 3;

/// h_t = x_t w_ih + h_{t-1} w_hh of two units; the loss looks at every h_t.
std::string getModel(const std::string &direction, const std::string &clip) {
  return R"mlir(
func.func @loss(
    %x: tensor<?x?x1xf32> {gradopt.input = "x"},
    %target: tensor<?x?x2xf32> {gradopt.input = "target"},
    %w_ih: tensor<1x2xf32> {gradopt.param = #gradopt.param<"rnn.weight_ih", init = uniform(-2.0, 2.0)>},
    %w_hh: tensor<2x2xf32> {gradopt.param = #gradopt.param<"rnn.weight_hh", init = uniform(-2.0, 2.0)>})
    -> (tensor<f32> {gradopt.loss}) {
  %y, %h_n = gradopt.rnn identity )mlir" +
         direction + R"mlir( "rnn" %x : tensor<?x?x1xf32>
      weights(%w_ih, %w_hh : tensor<1x2xf32>, tensor<2x2xf32>)
      -> tensor<?x?x2xf32>, tensor<?x2xf32>
  %loss = gradopt.mean_squared_error %y, %target : tensor<?x?x2xf32>, tensor<?x?x2xf32> -> tensor<f32>
  return %loss : tensor<f32>
}
gradopt.recipe @train {
  model = @loss, result = @step, optimizer = #gradopt.sgd<learning_rate = 0.1>,
  clip = [)mlir" +
         clip + R"mlir(]
}
)mlir";
}

/// Which clip, by kind or norm.
enum class By { value, l1, l2, linf };

struct Clip {
  By by;
  int64_t every;
  double threshold;
  /// How often it changed something.
  int count = 0;

  void apply(double (&row)[2], int64_t time) {
    if (time % every != 0)
      return;
    double a = std::fabs(row[0]), b = std::fabs(row[1]);
    double norm = by == By::l1   ? a + b
                  : by == By::l2 ? std::hypot(a, b)
                                 : std::max(a, b);
    if (norm <= threshold)
      return;
    ++count;
    for (double &element : row)
      element = by == By::value ? std::clamp(element, -threshold, threshold)
                                : element * threshold / norm;
  }
};

struct Gradients {
  double ih[2] = {}, hh[2][2] = {};
};

Gradients compute(const Instance &instance, int64_t time, int64_t batch,
                  bool reverse, Clip &clip) {
  const float *x = data<float>(instance, GRADOPT_ROLE_INPUT, "x");
  const float *target = data<float>(instance, GRADOPT_ROLE_INPUT, "target");
  const float *ih = data<float>(instance, GRADOPT_ROLE_PARAM, "rnn.weight_ih");
  const float *hh = data<float>(instance, GRADOPT_ROLE_PARAM, "rnn.weight_hh");
  Gradients gradients;
  for (int64_t b = 0; b < batch; ++b) {
    // Row s + 1 is the state after step s.
    double h[kTime + 1][2] = {};
    auto getTime = [&](int64_t s) { return reverse ? time - 1 - s : s; };
    for (int64_t s = 0; s < time; ++s)
      for (int j = 0; j < 2; ++j)
        h[s + 1][j] = double(x[getTime(s) * batch + b]) * ih[j] +
                      h[s][0] * hh[j] + h[s][1] * hh[2 + j];
    double later[2] = {};
    for (int64_t s = time - 1; s >= 0; --s) {
      int64_t t = getTime(s);
      double d[2];
      for (int j = 0; j < 2; ++j)
        d[j] = later[j] + 2 * (h[s + 1][j] - target[(t * batch + b) * 2 + j]) /
                              double(time * batch * 2);
      clip.apply(d, t);
      for (int j = 0; j < 2; ++j) {
        gradients.ih[j] += d[j] * x[t * batch + b];
        later[j] = d[0] * hh[2 * j] + d[1] * hh[2 * j + 1];
        for (int k = 0; k < 2; ++k)
          gradients.hh[k][j] += h[s][k] * d[j];
      }
    }
  }
  return gradients;
}

void check(const std::string &direction, By by, int64_t every, bool isChunk) {
  const char *norms[] = {"", ", p = l1", "", ", p = linf"};
  std::string kind = by == By::value ? "value" : "norm";
  std::string place = isChunk ? "chunk" : "time_step";
  std::string clip = "#gradopt.clip<" + kind + ", threshold = 0.25" +
                     norms[int(by)] + ", at = " + place +
                     (isChunk ? ", every = " + std::to_string(every) : "") +
                     ">";
  SCOPED_TRACE(direction + " " + clip);
  auto step = compileModel(getModel(direction, clip));
  ASSERT_TRUE(step);
  Instance instance = create(step->getProgram(), kTime, kBatch);
  std::string hyper = "clip." + place + "." + kind + ".threshold";
  int counts = 0;
  // The threshold changes from run to run of one compiled step.
  for (double threshold : {0.25, kInfinity, 0.0, 0.05, 1.0})
    for (int64_t batch : {kBatch, int64_t(1)})
      for (int64_t time : {kTime, int64_t(1), int64_t(0), int64_t(4)}) {
        SCOPED_TRACE("threshold " + std::to_string(threshold) + " time " +
                     std::to_string(time) + " batch " + std::to_string(batch));
        ASSERT_EQ(gradopt_instance_initialize(instance.get(), 7), GRADOPT_OK);
        float *given = data<float>(instance, GRADOPT_ROLE_HYPER, hyper.c_str());
        ASSERT_TRUE(given);
        EXPECT_EQ(*given, 0.25f);
        *given = float(threshold);
        fillInputs(instance, time, batch, 11);
        Clip reference{by, every, double(float(threshold))};
        Gradients want =
            compute(instance, time, batch, direction == "reverse", reference);
        counts += reference.count;
        gradopt_step_report report;
        uint64_t heapCalls = getHeapCalls();
        ASSERT_EQ(gradopt_instance_run(instance.get(), time, batch, &report),
                  GRADOPT_OK);
        EXPECT_EQ(getHeapCalls(), heapCalls);
        const float *ih =
            data<float>(instance, GRADOPT_ROLE_GRAD, "rnn.weight_ih");
        const float *hh =
            data<float>(instance, GRADOPT_ROLE_GRAD, "rnn.weight_hh");
        // Sums of at most 15 terms in f32.
        auto near = [](double got, double want) {
          EXPECT_NEAR(got, want, 1e-5 * std::max(1.0, std::fabs(want)));
        };
        for (int j = 0; j < 2; ++j) {
          near(ih[j], want.ih[j]);
          for (int k = 0; k < 2; ++k)
            near(hh[2 * k + j], want.hh[k][j]);
        }
      }
  EXPECT_GT(counts, 0);
}

TEST(ClipTime, EveryTimeStep) {
  for (By by : {By::value, By::l1, By::l2, By::linf})
    check("", by, 1, /*isChunk=*/false);
}

TEST(ClipTime, EveryTimeStepOfAReverseLayer) {
  check("reverse", By::l2, 1, /*isChunk=*/false);
}

TEST(ClipTime, Chunks) {
  // 2 divides a time of 4, not one of 5; 7 is longer than the sequence.
  check("", By::value, 2, /*isChunk=*/true);
  check("", By::l1, 2, /*isChunk=*/true);
  check("", By::l2, 1, /*isChunk=*/true);
  check("", By::l2, 3, /*isChunk=*/true);
  check("", By::linf, 7, /*isChunk=*/true);
}

TEST(ClipTime, ChunksOfAReverseLayer) {
  // 2 divides neither the time nor the number of its last step.
  check("reverse", By::l2, 2, /*isChunk=*/true);
  check("reverse", By::value, 3, /*isChunk=*/true);
}

} // namespace
