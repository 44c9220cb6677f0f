//===- VerifyStabilityScale.cpp - Gradients are unscaled before clips ----===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StepFlow.h"
#include "VerifyStability.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/LoopLikeInterface.h"

using namespace mlir;
using namespace mlir::gradopt;

namespace {

/// With which power of the scale of the loss a value grows. A value that is
/// zero has any; one that does not grow like a power has none.
struct Power {
  enum Kind { Any, Known, Mixed } kind = Any;
  int exponent = 0;

  bool operator==(const Power &other) const {
    return kind == other.kind && exponent == other.exponent;
  }
  bool operator!=(const Power &other) const { return !(*this == other); }
  bool isNone() const {
    return kind == Any || (kind == Known && exponent == 0);
  }
};

/// The powers of all values that given ones are computed from.
class Powers {
public:
  Powers(Value scale, ArrayRef<Value> wanted);
  Power get(Value value) const { return powers.lookup(value); }

private:
  Power compute(Value value) const;
  Power computeJoin(ValueRange values) const;

  Value scale;
  llvm::DenseMap<Value, Power> powers;
};

} // namespace

static Power getMixed() { return {Power::Mixed, 0}; }
static Power getKnown(int exponent) { return {Power::Known, exponent}; }

static Power join(Power a, Power b) {
  if (a.kind == Power::Any || a == b)
    return b;
  return b.kind == Power::Any ? a : getMixed();
}

static Power multiply(Power a, Power b, int sign) {
  if (a.kind == Power::Any || b.kind == Power::Any)
    return {};
  if (a.kind != Power::Known || b.kind != Power::Known)
    return getMixed();
  return getKnown(a.exponent + sign * b.exponent);
}

Power Powers::computeJoin(ValueRange values) const {
  Power result;
  for (Value value : values)
    result = join(result, get(value));
  return result;
}

/// Whether `op` moves, selects or adds up the elements of what its result is
/// made of, so that a factor of all of them is a factor of the result.
static bool isLinear(Operation *op) {
  return isa_and_nonnull<tensor::TensorDialect>(op->getDialect()) ||
         isa<RegionBranchOpInterface, linalg::LinalgOp, ScanOp, GradientOp,
             ScatterAddOp, arith::AddFOp, arith::SubFOp, arith::NegFOp,
             arith::ExtFOp, arith::TruncFOp, arith::MaximumFOp,
             arith::MinimumFOp, arith::MaxNumFOp, arith::MinNumFOp,
             arith::SelectOp, math::AbsFOp>(op);
}

Power Powers::compute(Value value) const {
  if (value == scale)
    return getKnown(1);
  SmallVector<Value> sources;
  appendSources(value, sources);
  auto result = dyn_cast<OpResult>(value);
  if (!result) {
    Operation *parent = value.getParentBlock()->getParentOp();
    return isa<FunctionOpInterface>(parent) ? getKnown(0)
                                            : computeJoin(sources);
  }
  Operation *op = result.getOwner();
  if (matchPattern(op, m_AnyZeroFloat()) || isa<tensor::EmptyOp>(op))
    return {};
  // An update that is at fault is a sink of its own.
  if (op->hasTrait<OpTrait::ConstantLike>() ||
      isa<ParameterUpdateOpInterface>(op))
    return getKnown(0);
  if (auto mul = dyn_cast<arith::MulFOp>(op))
    return multiply(get(mul.getLhs()), get(mul.getRhs()), 1);
  if (auto div = dyn_cast<arith::DivFOp>(op))
    return multiply(get(div.getLhs()), get(div.getRhs()), -1);
  if (Value operand = getClipOperand(result))
    return get(operand);
  Power joined = computeJoin(sources);
  if (isLinear(op))
    return joined;
  return joined.isNone() ? getKnown(0) : getMixed();
}

Powers::Powers(Value scale, ArrayRef<Value> wanted) : scale(scale) {
  llvm::SetVector<Value> values(wanted.begin(), wanted.end());
  for (unsigned i = 0; i < values.size(); ++i) {
    SmallVector<Value> sources;
    appendSources(values[i], sources);
    values.insert(sources.begin(), sources.end());
  }
  // Powers only rise from Any over Known to Mixed.
  for (bool changed = true; changed;) {
    changed = false;
    for (Value value : llvm::reverse(values)) {
      Power next = join(get(value), compute(value));
      if (next == get(value))
        continue;
      powers[value] = next;
      changed = true;
    }
  }
}

/// The clips that `value` is computed with.
static SmallVector<Operation *> findClips(Value value) {
  llvm::SetVector<Value> values;
  values.insert(value);
  llvm::SetVector<Operation *> clips;
  for (unsigned i = 0; i < values.size(); ++i) {
    Operation *op = values[i].getDefiningOp();
    if (op && (op->hasTrait<gradopt::Observation>() ||
               isa<ParameterUpdateOpInterface>(op)))
      continue;
    if (op && getClipThreshold(op))
      clips.insert(op);
    SmallVector<Value> sources;
    appendSources(values[i], sources);
    values.insert(sources.begin(), sources.end());
  }
  return clips.takeVector();
}

/// Adds a problem with the first clip that takes a scaled value; whether there
/// is one.
static bool reportScaledClip(const Sink &sink, ArrayRef<Operation *> clips,
                             const Powers &powers,
                             SmallVectorImpl<Problem> &problems) {
  for (Operation *clip : clips) {
    for (OpResult result : clip->getResults()) {
      Value operand = getClipOperand(result);
      if (!operand)
        continue;
      // A derivative in a loop may be clipped at a threshold that is scaled,
      // too.
      Power power = powers.get(operand);
      if (power.isNone() || (clip->getParentOfType<LoopLikeOpInterface>() &&
                             power.kind == Power::Known &&
                             power == powers.get(getClipThreshold(clip))))
        continue;
      StringRef what =
          power.kind == Power::Mixed
              ? " goes by a clip of which it cannot be shown that it acts on "
                "unscaled gradients"
              : " goes by a gradient that is clipped before it is unscaled";
      Problem problem{sink.loc,
                      sink.text + what.str() +
                          ": the threshold would be compared with a norm that "
                          "depends on loss_scale; divide the gradient by "
                          "loss_scale in front of its clip"};
      problem.addNote(operand.getLoc(), "the scaled gradient");
      problem.addNote(clip->getLoc(), "its clip");
      problems.push_back(std::move(problem));
      return true;
    }
  }
  return false;
}

void mlir::gradopt::verifyScale(const Step &step,
                                SmallVectorImpl<Problem> &problems) {
  FunctionOpInterface function = step.function;
  std::optional<unsigned> index =
      findArg(function, {Role::Hyper, "loss_scale"});
  if (!index)
    return;
  SmallVector<SmallVector<Operation *>> clips;
  SmallVector<Value> wanted;
  for (const Sink &sink : step.sinks) {
    wanted.push_back(sink.use->get());
    clips.push_back(findClips(sink.use->get()));
    for (Operation *clip : clips.back())
      wanted.push_back(getClipThreshold(clip));
  }
  Powers powers(function.getArgument(*index), wanted);

  for (auto [sink, ofSink] : llvm::zip_equal(step.sinks, clips)) {
    if (reportScaledClip(sink, ofSink, powers, problems))
      continue;
    if (powers.get(sink.use->get()).isNone())
      continue;
    Problem problem{sink.loc,
                    sink.text + " depends on loss_scale, the factor of the "
                                "loss: divide the gradient by it, before it is "
                                "clipped and used"};
    problem.addNote(sink.use->get().getLoc(), "the value");
    problems.push_back(std::move(problem));
  }
}
