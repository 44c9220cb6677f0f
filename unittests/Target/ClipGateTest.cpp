//===- ClipGateTest.cpp - Clips at the gates of layers --------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestStep.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

// Layers of one unit, whose gradients with a clip at every gate are computed by
// hand. The norm of one unit is its magnitude.

namespace {

constexpr int64_t kTime = 4, kBatch = 2;

std::string getModel(int gates, const std::string &op, const std::string &more,
                     const std::string &states, const std::string &clip) {
  std::string n = std::to_string(gates);
  std::string type = "tensor<1x" + n + "xf32>", bias = "tensor<" + n + "xf32>";
  auto param = [](const std::string &name) {
    return " {gradopt.param = #gradopt.param<\"" + name +
           "\", init = uniform(-2.0, 2.0)>}";
  };
  std::string state;
  for (char c : states)
    state += std::string(", %") + c + "_n";
  std::string stateTypes;
  for (size_t i = 0; i < states.size(); ++i)
    stateTypes += ", tensor<?x1xf32>";
  return "func.func @loss(%x: tensor<?x?x1xf32> {gradopt.input = \"x\"}, "
         "%w_ih: " +
         type + param("w_ih") + ", %w_hh: " + type + param("w_hh") +
         ", %b_ih: " + bias + param("b_ih") + ", %b_hh: " + bias +
         param("b_hh") + ", %p_i: tensor<1xf32>" + param("p_i") +
         ", %p_f: tensor<1xf32>" + param("p_f") + ", %p_o: tensor<1xf32>" +
         param("p_o") +
         ") -> (tensor<f32> {gradopt.loss}) {\n"
         "%y" +
         state + " = gradopt." + op +
         " \"layer\" %x : tensor<?x?x1xf32> weights(%w_ih, %w_hh : " + type +
         ", " + type + ") bias_ih(%b_ih : " + bias +
         ") bias_hh(%b_hh : " + bias + ") " + more + " -> tensor<?x?x1xf32>" +
         stateTypes +
         "\n%zero = arith.constant 0.0 : f32\n"
         "%c0 = arith.constant 0 : index\n%c1 = arith.constant 1 : index\n"
         "%T = tensor.dim %y, %c0 : tensor<?x?x1xf32>\n"
         "%B = tensor.dim %y, %c1 : tensor<?x?x1xf32>\n"
         "%empty = tensor.empty(%T, %B) : tensor<?x?x1xf32>\n"
         "%none = linalg.fill ins(%zero : f32) outs(%empty : tensor<?x?x1xf32>)"
         " -> tensor<?x?x1xf32>\n"
         "%loss = gradopt.mean_squared_error %y, %none : tensor<?x?x1xf32>, "
         "tensor<?x?x1xf32> -> tensor<f32>\n"
         "return %loss : tensor<f32>\n}\n"
         "gradopt.recipe @train { model = @loss, result = @step, "
         "optimizer = #gradopt.sgd<learning_rate = 0.1>, clip = [" +
         clip + "] }\n";
}

struct Weights {
  double ih[4] = {}, hh[4] = {}, bih[4] = {}, bhh[4] = {}, p[3] = {};
};

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

struct Clip {
  double threshold;
  int count = 0;
  double operator()(double x) {
    count += std::fabs(x) > threshold;
    return std::clamp(x, -threshold, threshold);
  }
};

using Sequence = std::vector<double>;

/// Adds the gradients of one batch row to `d`.
void addLstm(const Weights &w, const Sequence &x, double scale, Clip &clip,
             Weights &d) {
  size_t T = x.size();
  Sequence h(T + 1), c(T + 1), i(T), f(T), g(T), o(T);
  for (size_t t = 0; t < T; ++t) {
    double z[4];
    for (int k = 0; k < 4; ++k)
      z[k] = x[t] * w.ih[k] + w.bih[k] + w.bhh[k] + h[t] * w.hh[k];
    i[t] = sigmoid(z[0] + w.p[0] * c[t]);
    f[t] = sigmoid(z[1] + w.p[1] * c[t]);
    g[t] = std::tanh(z[2]);
    c[t + 1] = f[t] * c[t] + i[t] * g[t];
    o[t] = sigmoid(z[3] + w.p[2] * c[t + 1]);
    h[t + 1] = o[t] * std::tanh(c[t + 1]);
  }
  double dh = 0, dc = 0;
  for (size_t t = T; t-- > 0;) {
    dh += scale * h[t + 1];
    double squashed = std::tanh(c[t + 1]), dz[4];
    dz[3] = clip(dh * squashed * o[t] * (1 - o[t]));
    dc += dh * o[t] * (1 - squashed * squashed) + w.p[2] * dz[3];
    dz[0] = clip(dc * g[t] * i[t] * (1 - i[t]));
    dz[1] = clip(dc * c[t] * f[t] * (1 - f[t]));
    dz[2] = clip(dc * i[t] * (1 - g[t] * g[t]));
    d.p[0] += dz[0] * c[t];
    d.p[1] += dz[1] * c[t];
    d.p[2] += dz[3] * c[t + 1];
    dh = 0;
    for (int k = 0; k < 4; ++k) {
      d.ih[k] += dz[k] * x[t];
      d.hh[k] += dz[k] * h[t];
      d.bih[k] += dz[k];
      d.bhh[k] += dz[k];
      dh += dz[k] * w.hh[k];
    }
    dc = dc * f[t] + w.p[0] * dz[0] + w.p[1] * dz[1];
  }
}

template <bool kLinearBeforeReset>
void addGru(const Weights &w, const Sequence &x, double scale, Clip &clip,
            Weights &d) {
  size_t T = x.size();
  Sequence h(T + 1), r(T), z(T), n(T), b(T);
  for (size_t t = 0; t < T; ++t) {
    auto sum = [&](int k) { return x[t] * w.ih[k] + w.bih[k]; };
    r[t] = sigmoid(sum(0) + h[t] * w.hh[0] + w.bhh[0]);
    z[t] = sigmoid(sum(1) + h[t] * w.hh[1] + w.bhh[1]);
    b[t] = kLinearBeforeReset ? h[t] * w.hh[2] + w.bhh[2]
                              : r[t] * h[t] * w.hh[2] + w.bhh[2];
    n[t] = std::tanh(sum(2) + (kLinearBeforeReset ? r[t] * b[t] : b[t]));
    h[t + 1] = (1 - z[t]) * n[t] + z[t] * h[t];
  }
  double dh = 0;
  for (size_t t = T; t-- > 0;) {
    dh += scale * h[t + 1];
    double dz = clip(dh * (h[t] - n[t]) * z[t] * (1 - z[t]));
    double dn = clip(dh * (1 - z[t]) * (1 - n[t] * n[t]));
    // Of the product with the state, with the reset gate and with the state.
    double db = kLinearBeforeReset ? dn * r[t] : dn;
    double dr = kLinearBeforeReset ? dn * b[t] : dn * w.hh[2] * h[t];
    double before = kLinearBeforeReset ? db * w.hh[2] : dn * w.hh[2] * r[t];
    dr = clip(dr * r[t] * (1 - r[t]));
    double gates[3] = {dr, dz, dn};
    for (int k = 0; k < 3; ++k) {
      d.ih[k] += gates[k] * x[t];
      d.bih[k] += gates[k];
    }
    d.hh[0] += dr * h[t];
    d.hh[1] += dz * h[t];
    d.hh[2] += db * h[t] * (kLinearBeforeReset ? 1 : r[t]);
    d.bhh[0] += dr;
    d.bhh[1] += dz;
    d.bhh[2] += db;
    dh = dh * z[t] + before + dr * w.hh[0] + dz * w.hh[1];
  }
}

using AddGradients = void (*)(const Weights &, const Sequence &, double, Clip &,
                              Weights &);

/// The arrays of `weights` by the name of the parameter.
std::vector<std::pair<const char *, double *>> getArrays(Weights &weights) {
  return {{"w_ih", weights.ih},  {"w_hh", weights.hh}, {"b_ih", weights.bih},
          {"b_hh", weights.bhh}, {"p_i", weights.p},   {"p_f", weights.p + 1},
          {"p_o", weights.p + 2}};
}

void check(const std::string &source, int gates, const std::string &kind,
           AddGradients add) {
  auto step = compileModel(source);
  ASSERT_TRUE(step);
  Instance instance = create(step->getProgram(), kTime, kBatch);
  auto getSize = [&](const char *name) { return name[0] == 'p' ? 1 : gates; };
  int count = 0;
  for (double threshold :
       {0.05, std::numeric_limits<double>::infinity(), 0.0, 0.2})
    for (int64_t time : {kTime, int64_t(1), int64_t(0)}) {
      SCOPED_TRACE("threshold " + std::to_string(threshold) + " time " +
                   std::to_string(time));
      ASSERT_EQ(gradopt_instance_initialize(instance.get(), 5), GRADOPT_OK);
      fillInputs(instance, time, kBatch, 3);
      float *given = data<float>(instance, GRADOPT_ROLE_HYPER,
                                 ("clip.gate." + kind + ".threshold").c_str());
      ASSERT_TRUE(given);
      *given = float(threshold);
      Weights weights, want;
      for (auto [name, values] : getArrays(weights)) {
        const float *from = data<float>(instance, GRADOPT_ROLE_PARAM, name);
        std::copy(from, from + getSize(name), values);
      }
      const float *x = data<float>(instance, GRADOPT_ROLE_INPUT, "x");
      Clip clip{double(float(threshold))};
      for (int64_t b = 0; b < kBatch; ++b) {
        Sequence row;
        for (int64_t t = 0; t < time; ++t)
          row.push_back(x[t * kBatch + b]);
        add(weights, row, 2.0 / double(time * kBatch), clip, want);
      }
      count += clip.count;
      gradopt_step_report report;
      ASSERT_EQ(gradopt_instance_run(instance.get(), time, kBatch, &report),
                GRADOPT_OK);
      for (auto [name, values] : getArrays(want)) {
        const float *got = data<float>(instance, GRADOPT_ROLE_GRAD, name);
        for (int k = 0; k < getSize(name); ++k)
          EXPECT_NEAR(got[k], values[k],
                      1e-5 * std::max(1.0, std::fabs(values[k])))
              << name << " " << k;
      }
    }
  EXPECT_GT(count, 0);
}

const char *const kPeepholes =
    "peepholes(%p_i, %p_f, %p_o : tensor<1xf32>, tensor<1xf32>, tensor<1xf32>)";

TEST(ClipGate, Lstm) {
  for (const char *kind : {"value", "norm"})
    check(getModel(4, "lstm", kPeepholes, "hc",
                   std::string("#gradopt.clip<") + kind +
                       ", threshold = 1.0, at = gate>"),
          4, kind, addLstm);
}

TEST(ClipGate, Gru) {
  const char *clip = "#gradopt.clip<norm, threshold = 1.0, p = l1, at = gate>";
  check(getModel(3, "gru", "", "h", clip), 3, "norm", addGru<false>);
  check(getModel(3, "gru linear_before_reset", "", "h", clip), 3, "norm",
        addGru<true>);
}

} // namespace
