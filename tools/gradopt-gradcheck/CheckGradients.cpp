//===- CheckGradients.cpp - Gradients against differences -----------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Checks.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"
#include <cmath>

using namespace mlir::gradopt;
using namespace gradopt::train;

// Those of PyTorch's torch.autograd.gradcheck.
static constexpr double kStep = 1e-6;
static constexpr double kAbsoluteTolerance = 1e-5;
static constexpr double kRelativeTolerance = 1e-3;

/// Two programs that differ in what else they compute may add in another order.
static constexpr double kLossTolerance = 1e-12;

/// The elements of a parameter to be checked, in order.
static std::vector<int64_t> chooseElements(const std::string &name,
                                           int64_t elements,
                                           const CheckOptions &options) {
  int64_t count = std::min(elements, options.elements);
  uint64_t stream =
      gradopt_stream(options.seed, ("gradcheck/elements/" + name).c_str());
  std::vector<int64_t> chosen;
  for (int64_t i = 0; i < count; ++i) {
    // One of each of `count` parts, so that none is chosen twice.
    int64_t begin = i * elements / count, end = (i + 1) * elements / count;
    chosen.push_back(begin + gradopt_uniform_int(stream, i, end - begin));
  }
  return chosen;
}

/// The indices of the element at a position in row-major order: "[1, 2]".
static std::string describeElement(const std::vector<int64_t> &shape,
                                   int64_t position) {
  std::vector<int64_t> indices(shape.size());
  for (size_t d = shape.size(); d-- > 0;) {
    indices[d] = position % shape[d];
    position /= shape[d];
  }
  std::string text = "[";
  for (size_t d = 0; d < indices.size(); ++d)
    text += (d == 0 ? "" : ", ") + std::to_string(indices[d]);
  return text + "]";
}

namespace {
/// The element whose gradient is furthest from the central difference, in units
/// of what is tolerated.
struct Worst {
  double excess = -1;
  double gradient = 0, difference = 0;
  int64_t position = 0;

  void add(double newGradient, double newDifference, int64_t newPosition) {
    double error =
        std::fabs(newGradient - newDifference) /
        (kAbsoluteTolerance + kRelativeTolerance * std::fabs(newDifference));
    if (std::isnan(error))
      error = HUGE_VAL;
    if (error > excess)
      *this = {error, newGradient, newDifference, newPosition};
  }
};
} // namespace

static bool printWorst(const std::string &name, const Worst &worst,
                       const std::vector<int64_t> &shape) {
  llvm::raw_ostream &out = llvm::outs();
  out << name << "  ";
  if (worst.excess < 0) {
    out << "no elements  ok\n";
    return true;
  }
  bool ok = worst.excess <= 1;
  out << "worst error "
      << llvm::format("%.2e", std::fabs(worst.gradient - worst.difference))
      << " at " << describeElement(shape, worst.position);
  if (!ok)
    out << ": gradient " << llvm::format("%.9g", worst.gradient)
        << ", central difference " << llvm::format("%.9g", worst.difference);
  out << (ok ? "  ok\n" : "  FAILED\n");
  return ok;
}

Expected<bool> mlir::gradopt::checkGradients(Program &loss, Program &gradients,
                                             Sizes sizes,
                                             const CheckOptions &options) {
  for (Program *program : {&loss, &gradients}) {
    if (Status status = program->start(sizes); !status.ok())
      return status;
    fillArguments(*program, sizes, options);
    if (Status status = program->run(); !status.ok())
      return status;
  }

  auto readLoss = [](Program &program) {
    return program.read(program.find(GRADOPT_ROLE_LOSS, "")).front();
  };
  bool allOk = true;
  double expected = readLoss(loss), given = readLoss(gradients);
  if (!(std::fabs(given - expected) <=
        kLossTolerance * std::max(1.0, std::fabs(expected)))) {
    llvm::outs() << "loss  " << llvm::format("%.17g", expected)
                 << ", but with its gradients " << llvm::format("%.17g", given)
                 << "  FAILED\n";
    allOk = false;
  }

  for (uint32_t i = 0, e = loss.size(); i < e; ++i) {
    if (loss.entry(i).role != GRADOPT_ROLE_PARAM)
      continue;
    std::string name = loss.name(i);
    if (options.frozen.contains(name)) {
      llvm::outs() << name << "  frozen, not checked\n";
      continue;
    }
    int64_t result = gradients.find(GRADOPT_ROLE_GRAD, name);
    if (result < 0)
      return Status::error("the differentiated function has no gradient of \"" +
                           name + "\"");
    std::vector<double> gradient = gradients.read(result);
    std::vector<double> values = loss.read(i);
    Worst worst;
    for (int64_t element : chooseElements(name, values.size(), options)) {
      double sides[2];
      for (int side : {0, 1}) {
        std::vector<double> moved = values;
        moved[element] += side == 0 ? -kStep : kStep;
        loss.write(i, std::move(moved));
        if (Status status = loss.run(); !status.ok())
          return status;
        sides[side] = readLoss(loss);
      }
      worst.add(gradient[element], (sides[1] - sides[0]) / (2 * kStep),
                element);
    }
    loss.write(i, values);
    std::string part = name;
    if (int64_t(values.size()) > options.elements)
      part += " (" + std::to_string(options.elements) + " of " +
              std::to_string(values.size()) + " elements)";
    allOk &= printWorst(part, worst, loss.shape(i));
  }
  return allOk;
}
