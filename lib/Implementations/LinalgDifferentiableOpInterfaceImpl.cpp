//===- LinalgDifferentiableOpInterfaceImpl.cpp - Derivatives of linalg ----===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// One template serves every LinalgOp: the cotangent of an operand is a generic
// over the same loops, whose body is the op's body followed by its scalar VJP.
// A loop that the operand's map leaves out is a reduction.

#include "ElementwiseDerivatives.h"
#include "gradopt/Implementations/Implementations.h"
#include "gradopt/Interfaces/ReverseMode.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace mlir::gradopt;
using arith::CmpFPredicate;

namespace {

/// A result through which gradients flow.
struct ActiveResult {
  enum Kind {
    /// Each element is made in one iteration, its initial value an operand like
    /// another.
    Elementwise,
    /// out + f(ins)
    Sum,
    /// The maximum or minimum of out and f(ins).
    Extremum
  };
  Kind kind;
  unsigned index;
  AffineMap map;
  Value cotangent;
  /// Of an extremum: f(ins) in the op's body, how it compares with the result
  /// if it is the result, and the cotangent of one of those that tie.
  Value candidate = {};
  CmpFPredicate isResult = CmpFPredicate::AlwaysFalse;
  Value share = {};
};

/// A tensor that a generic reads besides the op's own operands.
struct Extra {
  Value value;
  AffineMap map;
};

class LinalgVJP {
public:
  LinalgVJP(OpBuilder &builder, linalg::LinalgOp op, ValueRange wanted)
      : builder(builder), op(op), loc(op.getLoc()), wanted(wanted),
        body(op.getBlock()) {}

  LogicalResult findCaptures();
  FailureOr<ActiveResult> classify(unsigned index, Value cotangent);
  void countTies(ActiveResult &result);
  FailureOr<Value> buildOperandCotangent(OpOperand &operand,
                                         ArrayRef<ActiveResult> results);
  /// The cotangent of `value`, which the op's body has as `element` and which
  /// is read through `map`.
  FailureOr<Value> buildCotangent(Value value, Value element, AffineMap map,
                                  ArrayRef<ActiveResult> results);
  ArrayRef<Value> getCaptures() { return captures; }

private:
  using BuildBody = llvm::function_ref<FailureOr<Value>(
      IRMapping &mapping, Block &block, ValueRange extras)>;

  AffineMap getMap(OpOperand &operand) {
    return op.getMatchingIndexingMap(&operand);
  }
  /// Whether a result element collects over several iterations.
  bool isReduced(unsigned result) {
    return !getMap(*op.getDpsInitOperand(result)).isPermutation();
  }
  /// The block argument of an operand, null if the body has none for it.
  Value getArgument(OpOperand &operand) {
    unsigned index = operand.getOperandNumber();
    return index < body->getNumArguments() ? body->getArgument(index) : Value();
  }
  bool dependsOn(Value value, llvm::function_ref<bool(Value)> isLeaf);
  bool findContributions(Value value, Value out,
                         SmallVectorImpl<Value> &contributions);
  FailureOr<Value> buildGeneric(ArrayRef<Extra> extras, Value init,
                                AffineMap initMap, bool accumulates,
                                BuildBody buildBody);

  OpBuilder &builder;
  linalg::LinalgOp op;
  Location loc;
  ValueRange wanted;
  Block *body;
  SmallVector<Value> captures;
};

} // namespace

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

/// Builds a generic over the op's loops that reads the op's operands and
/// `extras`. Its body starts with a copy of the op's body; `buildBody` gives
/// what it yields, or null if there is nothing to build.
FailureOr<Value> LinalgVJP::buildGeneric(ArrayRef<Extra> extras, Value init,
                                         AffineMap initMap, bool accumulates,
                                         BuildBody buildBody) {
  SmallVector<Extra> inputs;
  for (OpOperand &operand : op->getOpOperands())
    inputs.push_back({operand.get(), getMap(operand)});
  llvm::append_range(inputs, extras);

  Region region;
  auto *block = new Block();
  region.push_back(block);
  for (const Extra &input : inputs)
    block->addArgument(getElementTypeOrSelf(input.value), loc);
  Value out = block->addArgument(getElementTypeOrSelf(init), loc);
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToEnd(block);
    IRMapping mapping;
    mapping.map(body->getArguments(),
                block->getArguments().take_front(body->getNumArguments()));
    for (Operation &nested : body->without_terminator())
      builder.clone(nested, mapping);
    FailureOr<Value> yielded = buildBody(
        mapping, *block,
        block->getArguments().drop_front(op->getNumOperands()).drop_back());
    if (failed(yielded))
      return failure();
    if (!*yielded)
      return Value();
    if (accumulates)
      yielded = buildSum(builder, loc, out, *yielded);
    linalg::YieldOp::create(builder, loc, *yielded);
    eraseDeadOps(*block);
  }

  // An input that nothing reads stays only where it gives a loop its bound: so
  // that it is not kept for the reverse pass, and contractions are recognized.
  auto getMaps = [&] {
    SmallVector<AffineMap> maps;
    for (const Extra &input : inputs)
      maps.push_back(input.map);
    maps.push_back(initMap);
    return maps;
  };
  for (unsigned i = 0; i < inputs.size();) {
    Extra input = inputs[i];
    if (block->getArgument(i).use_empty()) {
      inputs.erase(inputs.begin() + i);
      if (inversePermutation(
              concatAffineMaps(getMaps(), builder.getContext()))) {
        block->eraseArgument(i);
        continue;
      }
      inputs.insert(inputs.begin() + i, input);
    }
    ++i;
  }

  SmallVector<Value> operands;
  for (const Extra &input : inputs)
    operands.push_back(input.value);
  SmallVector<utils::IteratorType> iterators(op.getNumLoops(),
                                             utils::IteratorType::reduction);
  for (AffineExpr loop : initMap.getResults())
    iterators[cast<AffineDimExpr>(loop).getPosition()] =
        utils::IteratorType::parallel;
  auto generic = linalg::GenericOp::create(
      builder, loc, init.getType(), operands, init, getMaps(), iterators);
  generic.getRegion().takeBody(region);
  return generic.getResult(0);
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

FailureOr<Value>
LinalgVJP::buildOperandCotangent(OpOperand &operand,
                                 ArrayRef<ActiveResult> results) {
  if (op.isDpsInit(&operand)) {
    unsigned index = operand.getOperandNumber() - op.getNumDpsInputs();
    if (isReduced(index)) {
      for (const ActiveResult &result : results) {
        if (result.index != index)
          continue;
        if (result.kind == ActiveResult::Sum)
          return result.cotangent;
        Elementwise e(builder, loc);
        return e.select(
            e.compare(result.isResult, operand.get(), op->getResult(index)),
            result.share, e.constant(result.share, 0));
      }
      return Value();
    }
  }
  if (!getArgument(operand))
    return Value();

  AffineMap map = getMap(operand);
  if (!map.isProjectedPermutation())
    return op->emitOpError("has no derivative with respect to operand #")
           << operand.getOperandNumber()
           << ": its indexing map is not a projected permutation of the loops";
  return buildCotangent(operand.get(), getArgument(operand), map, results);
}

FailureOr<Value> LinalgVJP::buildCotangent(Value value, Value element,
                                           AffineMap map,
                                           ArrayRef<ActiveResult> results) {
  SmallVector<Extra> extras;
  for (const ActiveResult &result : results) {
    if (result.kind == ActiveResult::Extremum)
      extras.push_back({op->getResult(result.index), result.map});
    extras.push_back({result.kind == ActiveResult::Extremum ? result.share
                                                            : result.cotangent,
                      result.map});
  }
  // What was computed is read rather than computed once more.
  SmallVector<unsigned> finished;
  for (unsigned index : llvm::seq(op->getNumResults()))
    if (!isReduced(index)) {
      finished.push_back(index);
      extras.push_back(
          {op->getResult(index), getMap(*op.getDpsInitOperand(index))});
    }

  bool accumulates = !map.isPermutation();
  bool isScalar = !isa<RankedTensorType>(value.getType());
  Type elementType = getElementTypeOrSelf(value);
  Value init;
  if (isScalar)
    init =
        tensor::EmptyOp::create(builder, loc, ArrayRef<int64_t>{}, elementType);
  if (accumulates)
    init = buildZero(builder, loc, isScalar ? init : value);
  else if (!isScalar)
    init = tensor::EmptyOp::create(
        builder, loc, buildSizes(builder, loc, value), elementType,
        cast<RankedTensorType>(value.getType()).getEncoding());

  FailureOr<Value> cotangent = buildGeneric(
      extras, init, map, accumulates,
      [&](IRMapping &mapping, Block &block,
          ValueRange extras) -> FailureOr<Value> {
        llvm::DenseSet<Value> active;
        for (OpOperand &other : op->getOpOperands())
          if (getArgument(other) && llvm::is_contained(wanted, other.get()) &&
              !(op.isDpsInit(&other) &&
                isReduced(other.getOperandNumber() - op.getNumDpsInputs())))
            active.insert(mapping.lookup(getArgument(other)));
        active.insert(captures.begin(), captures.end());
        propagateActivity(block, active);

        ReverseMode mode(builder, active);
        for (const ActiveResult &result : results) {
          Value yielded = body->getTerminator()->getOperand(result.index);
          if (result.kind != ActiveResult::Extremum) {
            mode.accumulate(mapping.lookupOrDefault(yielded), extras.front());
            extras = extras.drop_front();
            continue;
          }
          Value candidate = mapping.lookupOrDefault(result.candidate);
          Elementwise e(builder, loc);
          Value tie = e.compare(result.isResult, candidate, extras[0]);
          mode.accumulate(candidate,
                          e.select(tie, extras[1], e.constant(candidate, 0)));
          extras = extras.drop_front(2);
        }
        if (failed(mode.run(block)))
          return failure();
        for (auto [index, result] : llvm::zip_equal(finished, extras)) {
          Value yielded = body->getTerminator()->getOperand(index);
          if (yielded.getDefiningOp() && yielded.getParentBlock() == body)
            mapping.lookup(yielded).replaceAllUsesWith(result);
        }
        return mode.getCotangent(mapping.lookupOrDefault(element));
      });
  if (succeeded(cotangent) && *cotangent && isScalar)
    return tensor::ExtractOp::create(builder, loc, *cotangent, ValueRange())
        .getResult();
  return cotangent;
}

static FailureOr<SmallVector<Value>> buildLinalgVJP(linalg::LinalgOp op,
                                                    OpBuilder &builder,
                                                    ValueRange cotangents,
                                                    ValueRange wanted) {
  LinalgVJP vjp(builder, op, wanted);
  if (failed(vjp.findCaptures()))
    return failure();

  SmallVector<ActiveResult> results;
  for (auto [index, cotangent] : llvm::enumerate(cotangents)) {
    if (!cotangent)
      continue;
    FailureOr<ActiveResult> result = vjp.classify(index, cotangent);
    if (failed(result))
      return failure();
    results.push_back(*result);
  }
  for (ActiveResult &result : results)
    vjp.countTies(result);

  SmallVector<Value> sums;
  for (Value value : wanted) {
    Value sum;
    for (OpOperand &operand : op->getOpOperands()) {
      if (operand.get() != value)
        continue;
      FailureOr<Value> part = vjp.buildOperandCotangent(operand, results);
      if (failed(part))
        return failure();
      sum = buildSum(builder, op.getLoc(), sum, *part);
    }
    if (llvm::is_contained(vjp.getCaptures(), value)) {
      AffineMap none =
          AffineMap::get(op.getNumLoops(), 0, {}, builder.getContext());
      FailureOr<Value> part = vjp.buildCotangent(value, value, none, results);
      if (failed(part))
        return failure();
      sum = buildSum(builder, op.getLoc(), sum, *part);
    }
    sums.push_back(sum);
  }
  return sums;
}

namespace {
template <typename OpTy>
struct LinalgModel
    : DifferentiableOpInterface::ExternalModel<LinalgModel<OpTy>, OpTy> {
  FailureOr<SmallVector<Value>> buildVJP(Operation *op, OpBuilder &builder,
                                         ValueRange cotangents,
                                         ValueRange wanted) const {
    return buildLinalgVJP(cast<linalg::LinalgOp>(op), builder, cotangents,
                          wanted);
  }
};
} // namespace

template <typename... OpTys>
static void attachToAll(MLIRContext &context) {
  (OpTys::template attachInterface<LinalgModel<OpTys>>(context), ...);
}

void gradopt::registerLinalgDifferentiableOpInterfaceModels(
    DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, linalg::LinalgDialect *) {
    attachToAll<
#define GET_OP_LIST
#include "mlir/Dialect/Linalg/IR/LinalgStructuredOps.cpp.inc"
        >(*context);
  });
}
