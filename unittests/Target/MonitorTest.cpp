//===- MonitorTest.cpp - What a step records of its recurrence ------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestStep.h"

#include <gtest/gtest.h>

#include <cmath>

namespace {

/// h_t = x_t + h_{t-1} / 2 and the loss h_T^2, of one unit and one row: every
/// state and every derivative is known.
const char *const kLeak = R"mlir(
func.func @loss(
    %x: tensor<?x?x1xf32> {gradopt.input = "x"},
    %w_ih: tensor<1x1xf32> {gradopt.param = #gradopt.param<"rnn.weight_ih", init = constant(1.0)>},
    %w_hh: tensor<1x1xf32> {gradopt.param = #gradopt.param<"rnn.weight_hh", init = constant(0.5)>})
    -> (tensor<f32> {gradopt.loss}) {
  %one = arith.constant 1 : index
  %B = tensor.dim %x, %one : tensor<?x?x1xf32>
  %f0 = arith.constant 0.0 : f32
  %empty = tensor.empty(%B) : tensor<?x1xf32>
  %h0 = linalg.fill ins(%f0 : f32) outs(%empty : tensor<?x1xf32>) -> tensor<?x1xf32>
  %y, %h_n = gradopt.rnn identity "rnn" %x : tensor<?x?x1xf32>
      init(%h0 : tensor<?x1xf32>)
      weights(%w_ih, %w_hh : tensor<1x1xf32>, tensor<1x1xf32>)
      -> tensor<?x?x1xf32>, tensor<?x1xf32>
  %loss = gradopt.mean_squared_error %h_n, %h0 : tensor<?x1xf32>, tensor<?x1xf32> -> tensor<f32>
  return %loss : tensor<f32>
}
gradopt.recipe @train {
  model = @loss, result = @step, optimizer = #gradopt.sgd<learning_rate = 0.1>,
  monitor = #gradopt.monitor<norms, through_time>
}
)mlir";

const float *read(const Instance &instance, gradopt_role role,
                  const char *name) {
  int64_t entry = gradopt_instance_find(instance.get(), role, name);
  EXPECT_GE(entry, 0) << name;
  return static_cast<const float *>(
      gradopt_instance_data(instance.get(), uint32_t(entry)));
}

TEST(Monitors, NormsThroughTimeAreInTimeOrder) {
  auto step = compileModel(kLeak);
  ASSERT_TRUE(step);
  constexpr int64_t kTime = 5;
  Instance instance = create(step->getProgram(), kTime, 1);
  // A smaller call after a larger one: nothing of the latter may be left.
  for (int64_t time : {kTime, int64_t(3), int64_t(1), int64_t(0)}) {
    ASSERT_EQ(gradopt_instance_initialize(instance.get(), 1), GRADOPT_OK);
    float *x = const_cast<float *>(read(instance, GRADOPT_ROLE_INPUT, "x"));
    float h[kTime] = {}, last = 0;
    for (int64_t t = 0; t < time; ++t) {
      x[t] = float(t % 2 == 0 ? 3 - t : t);
      h[t] = last = x[t] + 0.5f * last;
    }
    gradopt_step_report report;
    ASSERT_EQ(gradopt_instance_run(instance.get(), time, 1, &report),
              GRADOPT_OK);
    const float *norms =
        read(instance, GRADOPT_ROLE_RECORD, "through_time/rnn/h/norm");
    const float *gradients =
        read(instance, GRADOPT_ROLE_RECORD, "through_time/rnn/h/gradient_norm");
    for (int64_t t = 0; t < time; ++t) {
      EXPECT_EQ(norms[t], std::fabs(h[t])) << t;
      EXPECT_EQ(gradients[t],
                std::fabs(2 * last) * std::ldexp(1.0f, int(t - (time - 1))))
          << t;
    }

    double dw = 0, dv = 0;
    for (int64_t t = 0; t < time; ++t) {
      double dh = 2 * last * std::ldexp(1.0, int(t - (time - 1)));
      dw += dh * (t == 0 ? 0 : h[t - 1]);
      dv += dh * x[t];
    }
    EXPECT_FLOAT_EQ(
        *read(instance, GRADOPT_ROLE_RECORD, "gradient/rnn.weight_hh/norm"),
        float(std::fabs(dw)));
    EXPECT_FLOAT_EQ(
        *read(instance, GRADOPT_ROLE_RECORD, "gradient/global/norm"),
        float(std::hypot(dw, dv)));
  }
}

} // namespace
