//===- MergeScans.cpp - One scan of several -------------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ScanEditor.h"
#include "ScanUtils.h"
#include "WorkSizes.h"
#include "gradopt/IR/Origins.h"
#include "gradopt/Interfaces/ReverseMode.h"
#include "gradopt/Transforms/Passes.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/StringSet.h"

namespace mlir::gradopt {
#define GEN_PASS_DEF_MERGESCANS
#include "gradopt/Transforms/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;

static constexpr StringLiteral kPass = "gradopt-merge-scans";

namespace {
/// What a carry was called before its scan became part of another one.
struct CarryOrigin {
  std::string scan, carry;
  bool isNamed;
};

/// Why two scans stay apart. The nature of the model (one needs the other's
/// result, they have other steps) is told only if nothing else is to be said.
struct Obstacle {
  StringRef name;
  std::string reason;
  bool isInherent = false;
};

using Ops = SmallVector<Operation *>;

struct MergeScans : gradopt::impl::MergeScansBase<MergeScans> {
  using MergeScansBase::MergeScansBase;

  void runOnOperation() override {
    for (Region &region : getOperation()->getRegions())
      for (Block &block : region)
        mergeIn(block);
    carryOrigins.clear();
  }

private:
  void mergeIn(Block &block);
  bool mergeIntoEarlier(ScanOp scan, SmallVector<ScanOp> &scans);
  std::optional<Obstacle> findObstacle(ScanOp first, ScanOp second,
                                       Ops &needFirst, Ops &secondNeeds);
  ScanOp merge(ScanOp first, ScanOp second);
  void setNames(ScanOp merged, StringAttr first, StringAttr second,
                ArrayRef<CarryOrigin> carries);
  SmallVector<CarryOrigin> takeCarryOrigins(ScanOp scan);

  DenseMap<Operation *, SmallVector<CarryOrigin>> carryOrigins;
};
} // namespace

//===----------------------------------------------------------------------===//
// What must hold
//===----------------------------------------------------------------------===//

/// An op in the body that has an effect, if there is one.
static Operation *findEffect(ScanOp scan) {
  Operation *found = nullptr;
  scan.getBody().walk([&](Operation *op) {
    if (op->hasTrait<OpTrait::HasRecursiveMemoryEffects>() ||
        isMemoryEffectFree(op))
      return WalkResult::advance();
    found = op;
    return WalkResult::interrupt();
  });
  return found;
}

/// Whether `op` or an op in it uses what an op for which `isOne` holds gives.
static bool usesResultOf(Operation *op,
                         llvm::function_ref<bool(Operation *)> isOne) {
  return op
      ->walk([&](Operation *nested) {
        for (Value operand : nested->getOperands())
          if (Operation *def = operand.getDefiningOp(); def && isOne(def))
            return WalkResult::interrupt();
        return WalkResult::advance();
      })
      .wasInterrupted();
}

/// The ops from `first` to `second`, both excluded, that need `first`'s
/// results.
static Ops findDependents(ScanOp first, ScanOp second) {
  Ops found;
  llvm::DenseSet<Operation *> set = {first};
  for (Operation *op = first->getNextNode(); op != second;
       op = op->getNextNode())
    if (usesResultOf(op, [&](Operation *def) { return set.contains(def); })) {
      set.insert(op);
      found.push_back(op);
    }
  return found;
}

/// The ops from `first` to `second`, both excluded, that `second` needs.
static Ops findNeeded(ScanOp first, ScanOp second) {
  Ops found;
  llvm::DenseSet<Value> needed;
  auto need = [&](Operation *op) {
    op->walk(
        [&](Operation *nested) { needed.insert_range(nested->getOperands()); });
  };
  need(second);
  for (Operation *op = second->getPrevNode(); op != first;
       op = op->getPrevNode())
    if (llvm::any_of(op->getResults(),
                     [&](Value result) { return needed.contains(result); })) {
      need(op);
      found.push_back(op);
    }
  std::reverse(found.begin(), found.end());
  return found;
}

/// Whether an input reads, step by step, what `first` puts out in that step.
static std::optional<unsigned> findOutput(ScanOp first, Value input,
                                          bool reverse) {
  for (auto [i, output, direction] :
       llvm::enumerate(first.getOutputs(), first.getOutputReverse()))
    if (output == input && direction == reverse)
      return i;
  return std::nullopt;
}

/// Whether `second` needs `first` or one of `dependents` for other things than
/// inputs that are outputs of `first` in the same step.
static bool needsMoreThanSteps(ScanOp first, ScanOp second,
                               const Ops &dependents) {
  llvm::DenseSet<Operation *> set(dependents.begin(), dependents.end());
  set.insert(first);
  auto isOne = [&](Value value) {
    Operation *op = value.getDefiningOp();
    return op && set.contains(op);
  };
  for (auto [input, reverse] :
       llvm::zip_equal(second.getInputs(), second.getInputReverse()))
    if (isOne(input) && !findOutput(first, input, reverse))
      return true;
  return isOne(second.getCount()) || llvm::any_of(second.getInits(), isOne) ||
         llvm::any_of(getCapturedValues(second), isOne);
}

/// Bytes of a tensor or scalar, a dynamic size taken for 32.
static int64_t getTypicalBytes(Type type) {
  static constexpr int64_t kTypicalSize = 32;
  int64_t bytes = getElementBytes(type);
  if (auto shaped = dyn_cast<RankedTensorType>(type))
    for (int64_t size : shaped.getShape())
      bytes = llvm::SaturatingMultiply<uint64_t>(
          bytes, ShapedType::isDynamic(size) ? kTypicalSize : size);
  return std::min<uint64_t>(bytes, std::numeric_limits<int32_t>::max());
}

/// Bytes that one step of several scans together touches: what they capture,
/// carry, read and put out.
static int64_t getWorkingSet(ArrayRef<ScanOp> scans) {
  int64_t bytes = 0;
  llvm::SetVector<Value> constants;
  llvm::SetVector<std::pair<Value, unsigned>> inputs;
  for (ScanOp scan : scans) {
    for (Value value : getCapturedValues(scan))
      constants.insert(value);
    for (auto [input, reverse] :
         llvm::zip_equal(scan.getInputs(), scan.getInputReverse()))
      inputs.insert({input, reverse});
    for (Value value : scan.getYield()->getOperands())
      bytes += getTypicalBytes(value.getType());
  }
  for (Value value : constants)
    // An empty tensor only gives a shape.
    if (!value.getDefiningOp<tensor::EmptyOp>())
      bytes += getTypicalBytes(value.getType());
  for (auto [input, reverse] : inputs)
    bytes += getTypicalBytes(
        ScanOp::getSliceType(cast<RankedTensorType>(input.getType())));
  return bytes;
}

static Operation *findEffect(const Ops &ops) {
  auto found = llvm::find_if_not(ops, isMemoryEffectFree);
  return found == ops.end() ? nullptr : *found;
}

/// Nothing if `first` and the later `second` can become one scan. `needFirst`
/// and `secondNeeds` are then the ops between them of which either all can
/// move behind them or all in front.
std::optional<Obstacle> MergeScans::findObstacle(ScanOp first, ScanOp second,
                                                 Ops &needFirst,
                                                 Ops &secondNeeds) {
  std::string both = describe(first) + " and " + describe(second);
  if (!haveSameCount(first, second))
    return Obstacle{"count",
                    both + " are not known to have the same number of steps",
                    /*isInherent=*/true};
  needFirst = findDependents(first, second);
  bool isDependent = usesResultOf(second, [&](Operation *op) {
    return op == first || llvm::is_contained(needFirst, op);
  });
  if (isDependent && !dependent)
    return Obstacle{"dependent",
                    describe(second) + " needs a result of " + describe(first),
                    /*isInherent=*/true};
  if (isDependent && needsMoreThanSteps(first, second, needFirst))
    return Obstacle{"dependent", describe(second) + " needs more of " +
                                     describe(first) +
                                     " than its outputs in the same step"};
  for (ScanOp scan : {first, second})
    if (Operation *op = findEffect(scan))
      return Obstacle{"effect", "an op in " + describe(scan) +
                                    " has effects, whose order is kept: " +
                                    op->getName().getStringRef().str()};
  if (first->getDiscardableAttrDictionary() !=
      second->getDiscardableAttrDictionary())
    return Obstacle{"attributes", both + " have different attributes"};
  if (int64_t bytes = getWorkingSet({first, second}); bytes > workingSet)
    return Obstacle{"working-set", "a step of " + both + " would touch " +
                                       std::to_string(bytes) +
                                       " bytes, more than " +
                                       std::to_string(workingSet)};
  secondNeeds = findNeeded(first, second);
  Operation *behind = findEffect(needFirst);
  if (behind && findEffect(secondNeeds))
    return Obstacle{"between", "an op between " + both +
                                   " has effects and uses the "
                                   "first: " +
                                   behind->getName().getStringRef().str()};
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Merging
//===----------------------------------------------------------------------===//

SmallVector<CarryOrigin> MergeScans::takeCarryOrigins(ScanOp scan) {
  if (auto known = carryOrigins.find(scan); known != carryOrigins.end()) {
    SmallVector<CarryOrigin> origins = std::move(known->second);
    carryOrigins.erase(known);
    return origins;
  }
  SmallVector<CarryOrigin> origins;
  for (unsigned i = 0, e = scan.getNumCarries(); i < e; ++i)
    origins.push_back({scan.getName().value_or("").str(), scan.getCarryName(i),
                       scan.getCarryNamesAttr() != nullptr});
  return origins;
}

/// A carry keeps its name if no other one has it; else the name of its scan
/// stands in front, and a number behind if there is still another one.
void MergeScans::setNames(ScanOp merged, StringAttr first, StringAttr second,
                          ArrayRef<CarryOrigin> carries) {
  Builder builder(merged.getContext());
  if (first != second && second)
    merged.setNameAttr(first ? builder.getStringAttr(first.getValue() + "+" +
                                                     second.getValue())
                             : second);
  if (llvm::none_of(carries,
                    [](const CarryOrigin &carry) { return carry.isNamed; }))
    return;
  llvm::StringMap<unsigned> numCalled;
  for (const CarryOrigin &carry : carries)
    ++numCalled[carry.carry];
  llvm::StringSet<> used;
  SmallVector<Attribute> names;
  for (const CarryOrigin &carry : carries) {
    std::string name = carry.carry;
    if (numCalled[name] > 1 && !carry.scan.empty())
      name = carry.scan + "/" + name;
    std::string unique = name;
    for (unsigned n = 1; !used.insert(unique).second; ++n)
      unique = name + "_" + std::to_string(n);
    names.push_back(builder.getStringAttr(unique));
  }
  merged.setCarryNamesAttr(builder.getArrayAttr(names));
}

/// Makes one scan of two that stand beside each other.
ScanOp MergeScans::merge(ScanOp first, ScanOp second) {
  SmallVector<CarryOrigin> carries = takeCarryOrigins(first);
  llvm::append_range(carries, takeCarryOrigins(second));
  StringAttr firstName = first.getNameAttr(), secondName = second.getNameAttr();
  Location loc =
      fuseOrigins(&getContext(), {first.getLoc(), second.getLoc()}, kPass);
  unsigned numCarries = first.getNumCarries(),
           numOutputs = first.getNumOutputs();

  IRRewriter rewriter(&getContext());
  ScanEditor editor(rewriter, first);
  SmallVector<Value> arguments = {first.getStepIndex()};
  for (Value init : second.getInits())
    // The final names are not known yet.
    arguments.push_back(editor.getCarryArg(editor.addCarry(init, "merged")));
  for (auto [input, reverse] :
       llvm::zip_equal(second.getInputs(), second.getInputReverse()))
    if (std::optional<unsigned> output = findOutput(first, input, reverse))
      arguments.push_back(first.getYieldedOutputs()[*output]);
    else
      arguments.push_back(editor.addInput(input, reverse));

  Operation *yield = second.getYield();
  unsigned numNext = second.getNumCarries();
  SmallVector<bool> outputReverse(second.getOutputReverse()),
      historyReverse(second.getHistoryReverse());
  SmallVector<int64_t> histories(second.getHistories());
  rewriter.inlineBlockBefore(&second.getBody().front(), first.getYield(),
                             arguments);
  for (auto [i, next] :
       llvm::enumerate(yield->getOperands().take_front(numNext)))
    editor.setNext(numCarries + i, next);
  for (auto [value, reverse] :
       llvm::zip_equal(yield->getOperands().drop_front(numNext), outputReverse))
    editor.appendOutput(value, reverse);
  // Several histories may be the same one.
  SmallVector<unsigned> historyNumbers;
  for (auto [carry, reverse] : llvm::zip_equal(histories, historyReverse))
    historyNumbers.push_back(editor.addHistory(numCarries + carry, reverse));
  rewriter.eraseOp(yield);

  ScanOp merged = editor.finish();
  rewriter.setInsertionPointAfter(merged);
  SmallVector<OpResult> replacements(
      merged.getFinalCarries().drop_front(numCarries));
  llvm::append_range(replacements, merged.getOutputs().drop_front(numOutputs));
  for (unsigned number : historyNumbers)
    replacements.push_back(merged.getHistoryResults()[number]);
  for (auto [replacement, result] :
       llvm::zip_equal(replacements, second->getResults())) {
    // A length in time may be written down in one of them only.
    Value value = replacement;
    if (replacement.use_empty())
      replacement.setType(result.getType());
    else if (replacement.getType() != result.getType())
      value = tensor::CastOp::create(rewriter, loc, result.getType(), value);
    rewriter.replaceAllUsesWith(result, value);
  }
  rewriter.eraseOp(second);
  merged->setLoc(loc);
  setNames(merged, firstName, secondName, carries);
  carryOrigins[merged] = std::move(carries);
  return merged;
}

/// Makes `scan` a part of the earliest of `scans` that it can be merged with.
bool MergeScans::mergeIntoEarlier(ScanOp scan, SmallVector<ScanOp> &scans) {
  auto function = scan->getParentOfType<FunctionOpInterface>();
  auto remarkAs = [&](StringRef name) {
    return remark::RemarkOpts::name(name).category(kPass).function(
        function ? function.getName() : "");
  };
  SmallVector<Obstacle> obstacles;
  for (ScanOp &first : scans) {
    Ops needFirst, secondNeeds;
    std::optional<Obstacle> obstacle =
        findObstacle(first, scan, needFirst, secondNeeds);
    if (obstacle) {
      obstacles.push_back(std::move(*obstacle));
      continue;
    }
    remark::passed(scan.getLoc(), remarkAs("merged")) << remark::reason(
        "{0} and {1} became one scan", describe(first), describe(scan));
    if (!findEffect(needFirst)) {
      first->moveBefore(scan);
      Operation *last = scan;
      for (Operation *op : needFirst) {
        op->moveAfter(last);
        last = op;
      }
    } else {
      for (Operation *op : secondNeeds)
        op->moveBefore(first);
      scan->moveAfter(first);
    }
    first = merge(first, scan);
    ++numMerged;
    return true;
  }

  auto told = llvm::make_filter_range(
      obstacles, [](const Obstacle &obstacle) { return !obstacle.isInherent; });
  SmallVector<Obstacle> kept(told.begin(), told.end());
  if (kept.empty() && !obstacles.empty())
    kept.push_back(obstacles.back());
  for (const Obstacle &obstacle : kept)
    remark::missed(scan.getLoc(), remarkAs(obstacle.name))
        << remark::reason("{0}", obstacle.reason);
  return false;
}

void MergeScans::mergeIn(Block &block) {
  SmallVector<ScanOp> scans(block.getOps<ScanOp>());
  if (scans.size() > 1)
    for (ScanOp scan : scans)
      resolveSizes(scan, kPass);
  SmallVector<ScanOp> kept;
  for (ScanOp scan : scans)
    if (!mergeIntoEarlier(scan, kept))
      kept.push_back(scan);
  // Scans in bodies that are one now stand beside each other.
  for (Operation &op : block)
    for (Region &region : op.getRegions())
      for (Block &nested : region)
        mergeIn(nested);
}
