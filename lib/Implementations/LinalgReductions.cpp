//===- LinalgReductions.cpp - How a structured op collects ----------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ElementwiseDerivatives.h"
#include "LinalgVJP.h"
#include "gradopt/Interfaces/ReverseMode.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace mlir::gradopt;
using arith::CmpFPredicate;

/// A scalar from outside is like an operand that every iteration reads.
LogicalResult LinalgVJP::findCaptures() {
  // The reverse op would read a buffer again, when it may hold something else.
  if (llvm::any_of(
          *body, [](Operation &inner) { return !isMemoryEffectFree(&inner); }))
    return op->emitOpError("has no derivative: its body reads or writes a "
                           "buffer; keep it in tensors");
  for (Value value : getCapturedValues(op)) {
    if (!llvm::is_contained(wanted, value))
      continue;
    if (isa<ShapedType>(value.getType())) {
      InFlightDiagnostic diag =
          op->emitOpError("has no derivative with respect to a tensor that its "
                          "body takes from outside; make it an operand");
      diag.attachNote(value.getLoc()) << "the tensor is defined here";
      return diag;
    }
    captures.push_back(value);
  }
  return success();
}

bool LinalgVJP::dependsOn(Value value, llvm::function_ref<bool(Value)> isLeaf) {
  SmallVector<Value> worklist{value};
  llvm::DenseSet<Value> seen;
  while (!worklist.empty()) {
    Value next = worklist.pop_back_val();
    if (!seen.insert(next).second)
      continue;
    if (isLeaf(next))
      return true;
    Operation *def = next.getDefiningOp();
    if (!def || def->getBlock() != body)
      continue;
    llvm::append_range(worklist, def->getOperands());
    llvm::append_range(worklist, getCapturedValues(def));
  }
  return false;
}

/// Whether `value` is `out` plus what is added to `contributions`.
bool LinalgVJP::findContributions(Value value, Value out,
                                  SmallVectorImpl<Value> &contributions) {
  auto hasOut = [&](Value operand) {
    return dependsOn(operand, [&](Value leaf) { return leaf == out; });
  };
  while (value != out) {
    Operation *def = value.getDefiningOp();
    if (auto add = dyn_cast_or_null<arith::AddFOp>(def)) {
      bool left = hasOut(add.getLhs());
      value = left ? add.getLhs() : add.getRhs();
      contributions.push_back(left ? add.getRhs() : add.getLhs());
    } else if (auto sub = dyn_cast_or_null<arith::SubFOp>(def)) {
      value = sub.getLhs();
      contributions.push_back(sub.getRhs());
    } else if (auto fma = dyn_cast_or_null<math::FmaOp>(def)) {
      value = fma.getC();
      contributions.append({fma.getA(), fma.getB()});
    } else {
      return false;
    }
  }
  return true;
}

/// How `candidate` compares with a maximum or minimum that it is, and null for
/// any other op.
static std::optional<CmpFPredicate> getTiePredicate(Operation *combiner) {
  // A NaN is the result of the first two, and never of the others unless all
  // are NaN.
  if (isa<arith::MaximumFOp, arith::MinimumFOp>(combiner))
    return CmpFPredicate::UEQ;
  if (isa<arith::MaxNumFOp, arith::MinNumFOp>(combiner))
    return CmpFPredicate::OEQ;
  return std::nullopt;
}

FailureOr<ActiveResult> LinalgVJP::classify(unsigned index, Value cotangent) {
  ActiveResult result{ActiveResult::Elementwise,
                      index,
                      getMap(*op.getDpsInitOperand(index)),
                      cotangent,
                      {}};
  if (!result.map.isProjectedPermutation())
    return op->emitOpError("has no derivative: the indexing map of result #")
           << index << " is not a projected permutation of the loops";

  Value yielded = body->getTerminator()->getOperand(index);
  SmallVector<Value> contributions;
  auto isReducedOut = [&](Value leaf) {
    return llvm::any_of(llvm::seq(op.getNumDpsInits()), [&](int64_t other) {
      return isReduced(other) &&
             getArgument(*op.getDpsInitOperand(other)) == leaf;
    });
  };
  if (!isReduced(index)) {
    contributions.push_back(yielded);
  } else {
    Value out = getArgument(*op.getDpsInitOperand(index));
    Operation *combiner = yielded.getDefiningOp();
    std::optional<CmpFPredicate> predicate;
    if (combiner && llvm::is_contained(combiner->getOperands(), out))
      predicate = getTiePredicate(combiner);
    if (predicate) {
      result.kind = ActiveResult::Extremum;
      result.isResult = *predicate;
      result.candidate = combiner->getOperand(combiner->getOperand(0) == out);
      contributions.push_back(result.candidate);
    } else {
      result.kind = ActiveResult::Sum;
      if (!findContributions(yielded, out, contributions)) {
        InFlightDiagnostic diag =
            op->emitOpError("has no derivative: result #")
            << index
            << " is reduced by something else than out + f(ins) or the "
               "maximum or minimum of out and f(ins)";
        diag.attachNote(yielded.getLoc()) << "the reduction's new value";
        return diag;
      }
    }
  }
  for (Value contribution : contributions)
    if (dependsOn(contribution, isReducedOut)) {
      InFlightDiagnostic diag = op->emitOpError("has no derivative: result #")
                                << index
                                << " uses an unfinished reduction other than "
                                   "by adding to it";
      diag.attachNote(contribution.getLoc())
          << "this value depends on the order of the iterations";
      return diag;
    }
  return result;
}

/// Divides the cotangent of an extremum among all that are it.
void LinalgVJP::countTies(ActiveResult &result) {
  if (result.kind != ActiveResult::Extremum)
    return;
  Value value = op->getResult(result.index);
  Elementwise e(builder, loc);
  Value init = e.select(
      e.compare(result.isResult, op.getDpsInits()[result.index], value),
      e.constant(value, 1), e.constant(value, 0));
  FailureOr<Value> count = buildGeneric(
      {{value, result.map}}, init, result.map, /*accumulates=*/true,
      [&](IRMapping &mapping, Block &, ValueRange extras) -> FailureOr<Value> {
        Value candidate = mapping.lookupOrDefault(result.candidate);
        Value tie = e.compare(result.isResult, candidate, extras.front());
        return e.select(tie, e.constant(candidate, 1),
                        e.constant(candidate, 0));
      });
  result.share = e.div(result.cotangent, *count);
}
