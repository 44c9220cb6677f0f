//===- check.cpp - Errors of functions in line ----------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Compares the functions of functions.py with libm in twice the precision: for
// f32 at all numbers, or at one block of numbers in `stride`, for f64 at many.
// An ulp is the distance of the two numbers of the type around the exact
// result.
//
//===----------------------------------------------------------------------===//

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <random>
#include <thread>
#include <vector>

template <typename T>
struct Buffer {
  T *allocated, *data;
  intptr_t offset, size, stride;
};

#define DECLARE(NAME, T)                                                       \
  extern "C" void _mlir_ciface_##NAME(Buffer<T> *, Buffer<T> *);               \
  extern "C" void _mlir_ciface_##NAME##_tail(Buffer<T> *, Buffer<T> *);
DECLARE(exp_f32, float)
DECLARE(expm1_f32, float)
DECLARE(tanh_f32, float)
DECLARE(log_f32, float)
DECLARE(log1p_f32, float)
DECLARE(sigmoid_tanh_f32, float)
DECLARE(sigmoid_exp_f32, float)
DECLARE(exp_f64, double)
DECLARE(expm1_f64, double)
DECLARE(tanh_f64, double)
DECLARE(log_f64, double)
DECLARE(log1p_f64, double)

namespace {

/// A function of T, compared with `exact`, which is computed with more digits.
template <typename T, typename Wide>
struct Function {
  const char *name;
  void (*compiled)(Buffer<T> *, Buffer<T> *);
  void (*tail)(Buffer<T> *, Buffer<T> *);
  Wide (*exact)(Wide);
  /// The greatest error in ulp, or in absolute terms.
  double bound;
  bool isAbsolute = false;
  /// No result is smaller than that of a smaller number.
  bool isMonotone = false;
  /// Below it the error is not checked, but that the result is from 0 to that
  /// at this number.
  double least = -std::numeric_limits<double>::infinity();
  /// No result is greater.
  double most = std::numeric_limits<double>::infinity();
};

double tanhFast(double x) {
  if (std::fabs(x) < 0x1p-12)
    return x - x * x * x / 3;
  if (std::fabs(x) > 20)
    return std::copysign(1.0, x);
  return std::tanh(x);
}
double expFast(double x) {
  return x < -110 ? 0.0 : x > 90 ? INFINITY : std::exp(x);
}
double expm1Fast(double x) {
  if (std::fabs(x) < 0x1p-18)
    return x + x * x / 2;
  return x < -40 ? -1.0 : x > 90 ? INFINITY : std::expm1(x);
}
double log1pFast(double x) {
  if (std::fabs(x) < 0x1p-12)
    return x - x * x * (0.5 - x / 3);
  return x > 0x1p60 ? std::log(x) : std::log1p(x);
}
double sigmoid(double x) { return 1 / (1 + expFast(-x)); }

const Function<float, double> kF32[] = {
    {"exp", _mlir_ciface_exp_f32, _mlir_ciface_exp_f32_tail, expFast, 1.0,
     false, true},
    {"expm1", _mlir_ciface_expm1_f32, _mlir_ciface_expm1_f32_tail, expm1Fast,
     1.5, false, true},
    {"tanh", _mlir_ciface_tanh_f32, _mlir_ciface_tanh_f32_tail, tanhFast, 2.5,
     false, false, -INFINITY, 1.0},
    {"log", _mlir_ciface_log_f32, _mlir_ciface_log_f32_tail, std::log, 1.0},
    {"log1p", _mlir_ciface_log1p_f32, _mlir_ciface_log1p_f32_tail, log1pFast,
     1.5},
    {"sigmoid_tanh", _mlir_ciface_sigmoid_tanh_f32,
     _mlir_ciface_sigmoid_tanh_f32_tail, sigmoid, 1e-7, true, false, -INFINITY,
     1.0},
    {"sigmoid_exp", _mlir_ciface_sigmoid_exp_f32,
     _mlir_ciface_sigmoid_exp_f32_tail, sigmoid, 2.5, false, false, -87.0, 1.0},
};
const Function<double, long double> kF64[] = {
    {"exp", _mlir_ciface_exp_f64, _mlir_ciface_exp_f64_tail, std::exp, 1.1},
    {"expm1", _mlir_ciface_expm1_f64, _mlir_ciface_expm1_f64_tail, std::expm1,
     2.0},
    {"tanh", _mlir_ciface_tanh_f64, _mlir_ciface_tanh_f64_tail, std::tanh, 2.5,
     false, false, -INFINITY, 1.0},
    {"log", _mlir_ciface_log_f64, _mlir_ciface_log_f64_tail, std::log, 1.0},
    {"log1p", _mlir_ciface_log1p_f64, _mlir_ciface_log1p_f64_tail, std::log1p,
     1.5},
};

constexpr size_t kBlock = 4096;

template <typename T, typename Bits>
T fromBits(Bits bits) {
  T x;
  std::memcpy(&x, &bits, sizeof(x));
  return x;
}

/// The distance between the numbers of T around a positive y.
template <typename T>
double getUlp(double y) {
  uint64_t bits;
  std::memcpy(&bits, &y, sizeof(bits));
  double power = fromBits<double, uint64_t>(bits & 0x7ff0000000000000);
  return std::max<double>(power, std::numeric_limits<T>::min()) *
         std::numeric_limits<T>::epsilon();
}

template <typename T>
struct Result {
  double error = 0;
  T worst = 0;
  bool failed = false;
};

template <typename T, typename Wide>
struct Checker {
  const Function<T, Wide> &function;
  Result<T> result;
  std::vector<T> in = std::vector<T>(kBlock), out = in, other = in;

  explicit Checker(const Function<T, Wide> &function) : function(function) {}

  void run(void (*compiled)(Buffer<T> *, Buffer<T> *), std::vector<T> &to) {
    Buffer<T> from{in.data(), in.data(), 0, intptr_t(in.size()), 1};
    Buffer<T> into{to.data(), to.data(), 0, intptr_t(to.size()), 1};
    compiled(&from, &into);
  }

  void fail(T x, T y, const char *why) {
    if (!result.failed)
      std::printf("%s(%a) = %a: %s\n", function.name, double(x), double(y),
                  why);
    result.failed = true;
  }

  /// Same bits, or both NaN.
  static bool isSame(T a, T b) {
    return !std::memcmp(&a, &b, sizeof(a)) || (a != a && b != b);
  }

  void checkTails() {
    run(function.tail, other);
    for (size_t i = 0; i < in.size(); ++i)
      if (!isSame(out[i], other[i]))
        fail(in[i], other[i], "the same number in a vector has other bits");
  }

  void check() {
    run(function.compiled, out);
    for (size_t i = 0; i < in.size(); ++i) {
      T x = in[i], y = out[i];
      Wide exact = function.exact(x);
      if (x < function.least) {
        if (!(y >= 0 && y <= T(function.exact(function.least)) * T(1.001)))
          fail(x, y, "out of bounds");
        continue;
      }
      if (y > function.most || -y > function.most)
        fail(x, y, "out of bounds");
      T rounded = T(exact);
      // NaN, infinities and zeros are exact.
      if (!(std::fabs(rounded) <= std::numeric_limits<T>::max()) ||
          !(std::fabs(y) <= std::numeric_limits<T>::max()) || exact == 0) {
        if (!isSame(rounded, y) && !function.isAbsolute)
          fail(x, y, "not exact");
        else if (function.isAbsolute && !isSame(rounded, y) &&
                 std::fabs(y - rounded) > function.bound)
          fail(x, y, "not near");
        continue;
      }
      double error = std::fabs(double(y - exact));
      if (!function.isAbsolute)
        error /= getUlp<T>(std::fabs(double(exact)));
      if (error > result.error) {
        result.error = error;
        result.worst = x;
      }
    }
  }

  /// For a block of neighbours.
  void checkOrder() {
    for (size_t i = 1; i < in.size(); ++i)
      if (in[i] < in[i - 1] ? out[i] > out[i - 1] : out[i] < out[i - 1])
        fail(in[i], out[i], "not monotone");
  }
};

/// Does work(thread) on all processors.
template <typename T, typename Work>
Result<T> runOnAll(Work work) {
  unsigned count = std::max(1u, std::thread::hardware_concurrency());
  std::vector<Result<T>> results(count);
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < count; ++i)
    threads.emplace_back([&, i] { results[i] = work(i, count); });
  Result<T> all;
  for (unsigned i = 0; i < count; ++i) {
    threads[i].join();
    all.failed |= results[i].failed;
    if (results[i].error > all.error) {
      all.error = results[i].error;
      all.worst = results[i].worst;
    }
  }
  return all;
}

Result<float> checkF32(const Function<float, double> &function,
                       uint64_t stride) {
  return runOnAll<float>([&](unsigned thread, unsigned threads) {
    Checker<float, double> checker(function);
    constexpr uint64_t kBlocks = (uint64_t(1) << 32) / kBlock;
    for (uint64_t block = thread * stride; block < kBlocks;
         block += threads * stride) {
      for (size_t i = 0; i < kBlock; ++i)
        checker.in[i] = fromBits<float, uint32_t>(block * kBlock + i);
      checker.check();
      if (function.isMonotone)
        checker.checkOrder();
      // One block in 257, so that the numbers differ in all bits.
      if (block % 257 == 0)
        checker.checkTails();
    }
    return checker.result;
  });
}

Result<double> checkF64(const Function<double, long double> &function) {
  return runOnAll<double>([&](unsigned thread, unsigned threads) {
    Checker<double, long double> checker(function);
    std::mt19937_64 random(thread);
    const double special[] = {0.0,
                              -0.0,
                              INFINITY,
                              -INFINITY,
                              NAN,
                              5e-324,
                              -5e-324,
                              0x1p-1022,
                              1.0,
                              -1.0,
                              709.782712893384,
                              709.7827128933841,
                              -745.1332191019411,
                              -745.1332191019412,
                              -708.4,
                              1e308,
                              -1e308};
    for (size_t block = thread; block < 512; block += threads) {
      // All exponents, and those at which the functions are neither linear nor
      // constant.
      for (size_t i = 0; i < kBlock; ++i) {
        uint64_t bits = random();
        if (i % 8)
          bits = (bits & 0x800fffffffffffff) |
                 (uint64_t(1023 - 30 + (bits >> 52) % 41) << 52);
        checker.in[i] = fromBits<double, uint64_t>(bits);
      }
      std::copy(std::begin(special), std::end(special), checker.in.begin());
      checker.check();
      checker.checkTails();
    }
    return checker.result;
  });
}

template <typename T, typename Wide>
bool report(const Function<T, Wide> &function, const char *type,
            const Result<T> &result) {
  bool good = !result.failed && result.error <= function.bound;
  std::printf("%s %s: %s, error %.3g%s at %a, at most %g\n", function.name,
              type, good ? "good" : "BAD", result.error,
              function.isAbsolute ? "" : " ulp", double(result.worst),
              function.bound);
  std::fflush(stdout);
  return good;
}

} // namespace

int main(int, char **argv) {
  uint64_t stride = std::strtoull(argv[1], nullptr, 10);
  bool good = true;
  for (const auto &function : kF32)
    good &= report(function, "f32", checkF32(function, stride));
  for (const auto &function : kF64)
    good &= report(function, "f64", checkF64(function));
  return !good;
}
