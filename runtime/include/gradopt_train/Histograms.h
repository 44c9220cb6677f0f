//===- Histograms.h - Tensors as histograms ---------------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef GRADOPT_TRAIN_HISTOGRAMS_H
#define GRADOPT_TRAIN_HISTOGRAMS_H

#include "gradopt_train/Events.h"

namespace gradopt::train {

/// How often each value occurs: bars of equal width between the smallest and
/// the largest finite value. Values that are not finite are left out.
Histogram countValues(std::string tag, const float *values, int64_t count);
Histogram countValues(std::string tag, const double *values, int64_t count);

/// A norm at every time step as a histogram: the bar over [t, t + 1) is as high
/// as the norm at time step t. Several steps of training are one profile, which
/// has the largest of their norms, so that none is lost; NaN is larger than
/// Inf. With more than maxBars time steps a bar is over several of them, in the
/// same way.
class TimeProfile {
public:
  static constexpr int64_t maxBars = 256;

  TimeProfile(std::string tag, int64_t maxTime);

  /// The norms of one step of training.
  void add(const float *norms, int64_t time);
  void add(const double *norms, int64_t time);
  /// The profile of all steps since the last one, without bars if there were
  /// none.
  Histogram take();

private:
  template <typename T>
  void addNorms(const T *norms, int64_t time);

  std::string tag;
  int64_t width; ///< time steps under one bar
  int64_t time = 0;
  std::vector<double> heights;
};

/// The larger one, where NaN is the largest of all.
inline double largerNorm(double a, double b) { return a != a || a > b ? a : b; }

} // namespace gradopt::train

#endif // GRADOPT_TRAIN_HISTOGRAMS_H
