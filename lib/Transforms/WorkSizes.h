//===- WorkSizes.h - Sizes as polynomials -----------------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_TRANSFORMS_WORKSIZES_H
#define GRADOPT_LIB_TRANSFORMS_WORKSIZES_H

#include "SizeSamples.h"
#include "llvm/ADT/DynamicAPInt.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include <map>

namespace mlir::gradopt {

/// A sum of products of numbered symbols with whole coefficients.
class Polynomial {
public:
  Polynomial(int64_t constant = 0);
  static Polynomial symbol(unsigned number);

  Polynomial &operator+=(const Polynomial &other);
  Polynomial operator*(const Polynomial &other) const;
  bool operator==(const Polynomial &other) const {
    return terms == other.terms;
  }

  bool isZero() const { return terms.empty(); }

  using Values =
      llvm::function_ref<std::optional<llvm::DynamicAPInt>(unsigned symbol)>;
  /// Nothing if a symbol has no value.
  std::optional<llvm::DynamicAPInt> evaluate(Values values) const;
  std::string print(ArrayRef<std::string> names) const;

private:
  /// Ascending numbers of symbols; one that stands twice is squared.
  using Monomial = SmallVector<unsigned, 4>;
  struct HigherDegreeFirst {
    bool operator()(const Monomial &a, const Monomial &b) const {
      return a.size() != b.size() ? a.size() > b.size() : a < b;
    }
  };
  std::map<Monomial, llvm::DynamicAPInt, HigherDegreeFirst> terms;
};

/// The bytes of an element of a tensor, or of a scalar, of this type.
int64_t getElementBytes(Type type);

/// The sizes of what is in a function in terms of T, B and, for what does not
/// follow from these, symbols with other names.
class WorkSizes {
public:
  /// `time` and `batch` are values of T and B, or 0.
  WorkSizes(FunctionOpInterface function, int64_t time, int64_t batch);

  Polynomial get(OpFoldResult index);
  Polynomial get(Value tensor, int64_t dim);
  Polynomial getNumElements(Value tensor);
  /// A number that nothing tells, such as how often `op` runs its body.
  Polynomial getUnknown(Operation *op);

  std::string print(const Polynomial &polynomial) const {
    return polynomial.print(names);
  }
  /// Its value for the given T and B; empty if that is not known.
  std::string printValue(const Polynomial &polynomial) const;
  /// Whether `a` is the greater one when all sizes are great.
  static bool isGreater(const Polynomial &a, const Polynomial &b);

  /// For each symbol beside T and B, "NAME = what it is".
  ArrayRef<std::string> getLegend() const { return legend; }

private:
  Polynomial fit(const SizeSample &sample, const SizeSample &given,
                 llvm::function_ref<Polynomial()> getOther);
  unsigned addSymbol(std::string name, std::optional<int64_t> value);
  Polynomial getNamed(std::string meaning, const SizeSample &given);
  Polynomial getOrigin(Value tensor, int64_t dim, const SizeSample &given);

  FunctionOpInterface function;
  std::optional<int64_t> time, batch;
  SizeSamples samples, numbers;
  SmallVector<std::string> names, legend;
  SmallVector<std::optional<int64_t>> values;
  std::map<std::string, Polynomial> fitted;
  /// Numbers of steps, and how often they go into T.
  SmallVector<std::pair<int64_t, Polynomial>, 1> chunks;
  llvm::DenseMap<Value, Polynomial> indices;
  llvm::DenseMap<std::pair<Value, int64_t>, Polynomial> dims;
  llvm::DenseMap<Operation *, Polynomial> unknown;
};

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_TRANSFORMS_WORKSIZES_H
