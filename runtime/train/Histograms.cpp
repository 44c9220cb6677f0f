//===- Histograms.cpp - Tensors as histograms -----------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt_train/Histograms.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace gradopt::train;

/// What TensorBoard has by itself.
static constexpr int64_t kBars = 30;

template <typename T>
static Histogram countNumbers(std::string tag, const T *values, int64_t count) {
  Histogram histogram{std::move(tag), {}};
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (int64_t i = 0; i < count; ++i)
    if (std::isfinite(values[i])) {
      low = std::min<double>(low, values[i]);
      high = std::max<double>(high, values[i]);
    }
  if (low > high)
    return histogram;
  // A bar needs a width, where all values are equal or nearly so, too.
  if (high - low <= 1e-12 * std::abs(low)) {
    double half = std::max(0.5, std::abs(low) * 1e-3);
    low -= half;
    high += half;
  }
  // Divided first, since the difference of f64 values can overflow.
  double width = high / kBars - low / kBars;
  auto edge = [&](int64_t bar) {
    return bar == kBars ? high : low + static_cast<double>(bar) * width;
  };
  for (int64_t bar = 0; bar < kBars; ++bar)
    histogram.bars.push_back({edge(bar), edge(bar + 1), 0});
  for (int64_t i = 0; i < count; ++i) {
    if (!std::isfinite(values[i]))
      continue;
    double place = values[i] / width - low / width;
    // So written, NaN of values at the end of f64's range is 0.
    auto bar = place > 0 ? std::min<double>(place, kBars - 1) : 0.0;
    histogram.bars[static_cast<size_t>(bar)].height += 1;
  }
  return histogram;
}

Histogram gradopt::train::countValues(std::string tag, const float *values,
                                      int64_t count) {
  return countNumbers(std::move(tag), values, count);
}

Histogram gradopt::train::countValues(std::string tag, const double *values,
                                      int64_t count) {
  return countNumbers(std::move(tag), values, count);
}

TimeProfile::TimeProfile(std::string tag, int64_t maxTime)
    : tag(std::move(tag)),
      width(std::max<int64_t>(1, (maxTime + maxBars - 1) / maxBars)) {}

template <typename T>
void TimeProfile::addNorms(const T *norms, int64_t count) {
  time = std::max(time, count);
  heights.resize(static_cast<size_t>((time + width - 1) / width));
  for (int64_t t = 0; t < count; ++t) {
    double &height = heights[static_cast<size_t>(t / width)];
    height = largerNorm(norms[t], height);
  }
}

void TimeProfile::add(const float *norms, int64_t count) {
  addNorms(norms, count);
}

void TimeProfile::add(const double *norms, int64_t count) {
  addNorms(norms, count);
}

Histogram TimeProfile::take() {
  Histogram histogram{tag, {}};
  for (size_t bar = 0; bar < heights.size(); ++bar) {
    auto left = static_cast<int64_t>(bar) * width;
    histogram.bars.push_back({static_cast<double>(left),
                              static_cast<double>(std::min(left + width, time)),
                              heights[bar]});
  }
  time = 0;
  heights.clear();
  return histogram;
}
