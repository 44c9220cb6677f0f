//===- EpochOrder.cpp - The order of rows in each epoch -------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EpochOrder.h"

#include "gradopt_runtime.h"

#include <numeric>
#include <string>
#include <utility>

using namespace gradopt::train;

EpochOrder::EpochOrder(int64_t rows, uint64_t seed)
    : seed(seed), order(static_cast<size_t>(rows)), current(0) {
  shuffle(0);
}

void EpochOrder::shuffle(uint64_t epoch) const {
  std::string name = "order of rows in epoch " + std::to_string(epoch);
  uint64_t stream = gradopt_stream(seed, name.c_str());
  std::iota(order.begin(), order.end(), int64_t(0));
  for (size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[gradopt_uniform_int(stream, i, i)]);
  current = epoch;
}

void EpochOrder::append(uint64_t epoch, int64_t begin, int64_t end,
                        std::vector<int64_t> &rows) const {
  std::lock_guard<std::mutex> lock(mutex);
  if (epoch != current)
    shuffle(epoch);
  rows.insert(rows.end(), order.begin() + begin, order.begin() + end);
}
