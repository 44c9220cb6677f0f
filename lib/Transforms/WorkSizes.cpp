//===- WorkSizes.cpp - Sizes as polynomials -------------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WorkSizes.h"
#include "gradopt/IR/GradOptOps.h"
#include "gradopt/Interfaces/ReverseMode.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::gradopt;
using llvm::DynamicAPInt;

//===----------------------------------------------------------------------===//
// Polynomial
//===----------------------------------------------------------------------===//

Polynomial::Polynomial(int64_t constant) {
  if (constant != 0)
    terms[{}] = DynamicAPInt(constant);
}

Polynomial Polynomial::symbol(unsigned number) {
  Polynomial result;
  result.terms[{number}] = DynamicAPInt(1);
  return result;
}

Polynomial &Polynomial::operator+=(const Polynomial &other) {
  for (auto &[monomial, coefficient] : other.terms) {
    DynamicAPInt sum = terms[monomial] + coefficient;
    if (sum == 0)
      terms.erase(monomial);
    else
      terms[monomial] = sum;
  }
  return *this;
}

Polynomial Polynomial::operator*(const Polynomial &other) const {
  Polynomial result;
  for (auto &[monomial, coefficient] : terms)
    for (auto &[otherMonomial, otherCoefficient] : other.terms) {
      Polynomial product;
      Monomial joined(monomial);
      llvm::append_range(joined, otherMonomial);
      llvm::sort(joined);
      product.terms[joined] = coefficient * otherCoefficient;
      result += product;
    }
  return result;
}

std::optional<DynamicAPInt> Polynomial::evaluate(Values values) const {
  DynamicAPInt sum(0);
  for (auto &[monomial, coefficient] : terms) {
    DynamicAPInt product = coefficient;
    for (unsigned symbol : monomial) {
      std::optional<DynamicAPInt> value = values(symbol);
      if (!value)
        return std::nullopt;
      product *= *value;
    }
    sum += product;
  }
  return sum;
}

std::string Polynomial::print(ArrayRef<std::string> names) const {
  if (terms.empty())
    return "0";
  std::string text;
  llvm::raw_string_ostream stream(text);
  for (auto &[monomial, coefficient] : terms) {
    bool negative = coefficient < 0;
    if (!text.empty())
      stream << (negative ? " - " : " + ");
    else if (negative)
      stream << "-";
    DynamicAPInt magnitude = negative ? -coefficient : coefficient;
    bool isOne = magnitude == 1 && !monomial.empty();
    if (!isOne)
      stream << magnitude;
    for (auto [i, symbol] : llvm::enumerate(monomial))
      stream << (isOne && i == 0 ? "" : "*") << names[symbol];
  }
  return text;
}

//===----------------------------------------------------------------------===//
// WorkSizes
//===----------------------------------------------------------------------===//

int64_t mlir::gradopt::getElementBytes(Type type) {
  Type element = getElementTypeOrSelf(type);
  if (element.isIntOrFloat())
    return llvm::divideCeil(element.getIntOrFloatBitWidth(), 8);
  return element.isIndex() ? 8 : 0;
}

static std::array<int64_t, 4> getSame(std::optional<int64_t> value) {
  std::array<int64_t, 4> all;
  all.fill(value.value_or(0));
  return all;
}

static std::optional<int64_t> getIfPositive(int64_t value) {
  return value > 0 ? std::optional(value) : std::nullopt;
}

WorkSizes::WorkSizes(FunctionOpInterface function, int64_t time, int64_t batch)
    : function(function), time(getIfPositive(time)),
      batch(getIfPositive(batch)), samples(function),
      numbers(function, getSame(this->time), getSame(this->batch)),
      names({"T", "B"}), values({this->time, this->batch}) {}

unsigned WorkSizes::addSymbol(std::string name, std::optional<int64_t> value) {
  names.push_back(std::move(name));
  values.push_back(value);
  return names.size() - 1;
}

Polynomial WorkSizes::getNamed(std::string meaning, const SizeSample &given) {
  std::string name = "n" + llvm::utostr(legend.size());
  legend.push_back(name + " = " + meaning);
  return Polynomial::symbol(addSymbol(name, time && batch && given
                                                ? std::optional(given->front())
                                                : std::nullopt));
}

/// The whole numbers a and b for which all of `sample` is a * variable + b.
static std::optional<std::pair<int64_t, int64_t>>
fitLine(const std::array<int64_t, 4> &sample,
        const std::array<int64_t, 4> &variable) {
  int64_t run = variable[0] - variable[1], rise;
  if (llvm::SubOverflow(sample[0], sample[1], rise) || rise % run != 0)
    return std::nullopt;
  int64_t slope = rise / run, start, offset;
  if (llvm::MulOverflow(slope, variable[0], start) ||
      llvm::SubOverflow(sample[0], start, offset))
    return std::nullopt;
  for (auto [value, base] : llvm::zip_equal(sample, variable)) {
    int64_t product, sum;
    if (llvm::MulOverflow(slope, base, product) ||
        llvm::AddOverflow(product, offset, sum) || value != sum)
      return std::nullopt;
  }
  return std::pair(slope, offset);
}

/// The number of steps in a chunk if `sample` is that of whole chunks, or of
/// chunks begun (`up`), in T.
static std::optional<int64_t> fitChunk(const std::array<int64_t, 4> &sample,
                                       bool up) {
  // Above that, several chunks give the same samples.
  static constexpr int64_t kMost = 500;
  if (sample.back() <= 0)
    return std::nullopt;
  int64_t near = kTimeSamples.back() / sample.back();
  for (int64_t chunk : {near, near + 1})
    if (chunk > 1 && chunk <= kMost &&
        llvm::all_of(llvm::zip_equal(sample, kTimeSamples), [&](auto pair) {
          auto [value, base] = pair;
          return value == (up ? (base + chunk - 1) / chunk : base / chunk);
        }))
      return chunk;
  return std::nullopt;
}

Polynomial WorkSizes::fit(const SizeSample &sample, const SizeSample &given,
                          llvm::function_ref<Polynomial()> getOther) {
  if (!sample)
    return getOther();
  std::array<int64_t, 4> both;
  for (unsigned i = 0; i < both.size(); ++i)
    both[i] = kTimeSamples[i] * kBatchSamples[i];
  Polynomial t = Polynomial::symbol(0), b = Polynomial::symbol(1);
  for (auto &[variable, symbol] :
       {std::pair(kTimeSamples, t), std::pair(kBatchSamples, b),
        std::pair(both, t * b)})
    if (auto line = fitLine(*sample, variable)) {
      Polynomial result = symbol * line->first;
      result += line->second;
      return result;
    }
  for (bool up : {false, true})
    if (std::optional<int64_t> chunk = fitChunk(*sample, up)) {
      std::string name =
          (Twine(up ? "ceil" : "floor") + "(T/" + Twine(*chunk) + ")").str();
      auto [entry, isNew] = fitted.try_emplace(name);
      if (isNew)
        entry->second = Polynomial::symbol(addSymbol(
            name, time ? std::optional((*time + (up ? *chunk - 1 : 0)) / *chunk)
                       : std::nullopt));
      if (isNew && !up)
        chunks.push_back({*chunk, entry->second});
      return entry->second;
    }
  // The steps behind the last whole chunk.
  for (auto &[chunk, whole] : chunks)
    if (llvm::all_of(llvm::zip_equal(*sample, kTimeSamples),
                     [chunk = chunk](auto pair) {
                       auto [value, base] = pair;
                       return value == base % chunk;
                     })) {
      Polynomial rest = t;
      rest += whole * -chunk;
      return rest;
    }
  auto [entry, isNew] = fitted.try_emplace(describe(sample));
  if (isNew)
    entry->second = getNamed(entry->first, given);
  return entry->second;
}

Polynomial WorkSizes::get(OpFoldResult index) {
  if (auto attr = dyn_cast<Attribute>(index))
    return cast<IntegerAttr>(attr).getInt();
  Value value = cast<Value>(index);
  if (auto known = indices.find(value); known != indices.end())
    return known->second;
  SizeSample given = numbers.get(index);
  Polynomial result = fit(samples.get(index), given, [&] {
    Builder builder(function.getContext());
    if (auto dim = value.getDefiningOp<tensor::DimOp>())
      if (std::optional<int64_t> number = dim.getConstantIndex())
        if (auto type = dyn_cast<RankedTensorType>(dim.getSource().getType());
            type && *number >= 0 && *number < type.getRank())
          return get(dim.getSource(), *number);
    if (auto argument = dyn_cast<BlockArgument>(value))
      return getNamed("argument " + llvm::utostr(argument.getArgNumber()),
                      given);
    return getNamed(
        ("a result of " + value.getDefiningOp()->getName().getStringRef())
            .str(),
        given);
  });
  indices[value] = result;
  return result;
}

/// What a size is that does not follow from T and B: where it comes from.
Polynomial WorkSizes::getOrigin(Value tensor, int64_t dim,
                                const SizeSample &given) {
  Builder builder(function.getContext());
  SizeOrigin origin = traceSize(builder, tensor, dim);
  if (!origin.tensor)
    return get(origin.size);
  if (origin.tensor != tensor)
    return get(origin.tensor, origin.dim);
  if (auto argument = dyn_cast<BlockArgument>(tensor)) {
    auto scan = dyn_cast_or_null<ScanOp>(argument.getOwner()->getParentOp());
    if (!scan)
      return getNamed("size " + llvm::itostr(dim) + " of argument " +
                          llvm::utostr(argument.getArgNumber()),
                      given);
    unsigned carry = argument.getArgNumber() - 1;
    if (carry < scan.getNumCarries())
      return get(scan.getInits()[carry], dim);
    return get(scan.getInputs()[carry - scan.getNumCarries()], dim + 1);
  }
  auto result = cast<OpResult>(tensor);
  if (auto scan = dyn_cast<ScanOp>(result.getOwner())) {
    unsigned index = result.getResultNumber();
    if (index < scan.getNumCarries())
      return get(scan.getInits()[index], dim);
    index -= scan.getNumCarries();
    if (index < scan.getNumOutputs())
      return dim == 0 ? get(OpFoldResult(scan.getCount()))
                      : get(scan.getYieldedOutputs()[index], dim - 1);
    if (dim > 0)
      return get(
          scan.getInits()[scan.getHistories()[index - scan.getNumOutputs()]],
          dim - 1);
    Polynomial rows = get(OpFoldResult(scan.getCount()));
    rows += 1;
    return rows;
  }
  if (auto destination =
          dyn_cast<DestinationStyleOpInterface>(result.getOwner()))
    return get(destination.getTiedOpOperand(result)->get(), dim);
  return getNamed("size " + llvm::itostr(dim) + " of a result of " +
                      result.getOwner()->getName().getStringRef().str(),
                  given);
}

Polynomial WorkSizes::get(Value tensor, int64_t dim) {
  auto type = cast<RankedTensorType>(tensor.getType());
  if (!type.isDynamicDim(dim))
    return type.getDimSize(dim);
  if (auto known = dims.find({tensor, dim}); known != dims.end())
    return known->second;
  SizeSample given = numbers.get(tensor, dim);
  Polynomial result = fit(samples.get(tensor, dim), given,
                          [&] { return getOrigin(tensor, dim, given); });
  dims[{tensor, dim}] = result;
  return result;
}

Polynomial WorkSizes::getNumElements(Value tensor) {
  Polynomial product = 1;
  for (int64_t dim = 0,
               rank = cast<RankedTensorType>(tensor.getType()).getRank();
       dim < rank; ++dim)
    product = product * get(tensor, dim);
  return product;
}

Polynomial WorkSizes::getUnknown(Operation *op) {
  if (auto known = unknown.find(op); known != unknown.end())
    return known->second;
  Polynomial result = getNamed(
      ("steps of " + op->getName().getStringRef()).str(), std::nullopt);
  unknown[op] = result;
  return result;
}

std::string WorkSizes::printValue(const Polynomial &polynomial) const {
  std::optional<DynamicAPInt> value =
      polynomial.evaluate([&](unsigned symbol) -> std::optional<DynamicAPInt> {
        if (std::optional<int64_t> known = values[symbol])
          return DynamicAPInt(*known);
        return std::nullopt;
      });
  std::string text;
  if (value)
    llvm::raw_string_ostream(text) << *value;
  return text;
}

bool WorkSizes::isGreater(const Polynomial &a, const Polynomial &b) {
  auto great = [](unsigned) { return std::optional(DynamicAPInt(1000)); };
  return *a.evaluate(great) > *b.evaluate(great);
}
