//===- WorkCounter.cpp - Operations and bytes of a function ---------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WorkCounter.h"
#include "Contractions.h"
#include "gradopt/IR/GradOptOps.h"
#include "gradopt/IR/Origins.h"
#include "gradopt/Interfaces/GradOptInterfaces.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/CastInterfaces.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace mlir::gradopt;
using linalg::LinalgOp;

static constexpr StringLiteral kPass = "gradopt-count-work";

namespace {
/// Float operations on scalars.
struct ScalarWork {
  int64_t flops = 0, functions = 0;
};

class WorkCounter {
public:
  explicit WorkCounter(WorkSizes &sizes) : sizes(sizes) {}

  Work count(FunctionOpInterface function);

private:
  void countBlocks(Region &region, const Polynomial &times, unsigned loop);
  void countOp(Operation *op, const Polynomial &times, unsigned loop);
  void countLinalg(LinalgOp op, const Polynomial &times, unsigned loop);
  void countLoop(LoopLikeOpInterface op, const Polynomial &times,
                 unsigned parent);
  void countBranches(Operation *op, const Polynomial &times, unsigned loop);
  void countCopiedOutputs(ScanOp scan, const Polynomial &times);
  void addOp(WorkKind kind, const Polynomial &times, unsigned loop);
  void addScalars(ScalarWork scalars, const Polynomial &times);
  void addRead(Value value, const Polynomial &times);
  void addWritten(ValueRange values, const Polynomial &times);
  Polynomial getBytes(Value value);
  Polynomial getSteps(LoopLikeOpInterface op);

  WorkSizes &sizes;
  Work work;
};
} // namespace

/// One for each operation that IEEE 754 has for floats, two for a multiply-add;
/// conversions and selects are free. The others are functions.
static ScalarWork getScalarWork(Operation *op) {
  if (!isa<arith::ArithFastMathInterface>(op) || isa<CastOpInterface>(op) ||
      isa<arith::SelectOp>(op))
    return {};
  if (isa<math::FmaOp>(op))
    return {2, 0};
  bool isFunction =
      isa<math::MathDialect>(op->getDialect()) &&
      !isa<math::AbsFOp, math::CeilOp, math::CopySignOp, math::FloorOp,
           math::RoundOp, math::RoundEvenOp, math::TruncOp>(op);
  return isFunction ? ScalarWork{0, 1} : ScalarWork{1, 0};
}

static ScalarWork getScalarWork(Region &region) {
  ScalarWork sum;
  region.walk([&](Operation *op) {
    ScalarWork one = getScalarWork(op);
    sum.flops += one.flops;
    sum.functions += one.functions;
  });
  return sum;
}

/// Whether an op on tensors neither computes nor moves anything.
static bool isFree(Operation *op) {
  return op->hasTrait<OpTrait::ConstantLike>() ||
         isa<GradientOp, tensor::EmptyOp, tensor::DimOp, tensor::RankOp,
             tensor::CastOp, tensor::BitcastOp, tensor::ReshapeOp,
             tensor::ExpandShapeOp, tensor::CollapseShapeOp>(op);
}

static bool touchesTensors(Operation *op) {
  auto isTensor = [](Type type) { return isa<ShapedType>(type); };
  return llvm::any_of(op->getOperandTypes(), isTensor) ||
         llvm::any_of(op->getResultTypes(), isTensor);
}

//===----------------------------------------------------------------------===//
// Counting
//===----------------------------------------------------------------------===//

Polynomial WorkCounter::getBytes(Value value) {
  if (!isa<RankedTensorType>(value.getType()))
    return 0;
  return sizes.getNumElements(value) * getElementBytes(value.getType());
}

void WorkCounter::addRead(Value value, const Polynomial &times) {
  work.totals.bytesRead += getBytes(value) * times;
}

void WorkCounter::addWritten(ValueRange values, const Polynomial &times) {
  for (Value value : values)
    work.totals.bytesWritten += getBytes(value) * times;
}

void WorkCounter::addOp(WorkKind kind, const Polynomial &times, unsigned loop) {
  ++work.loops[loop].kinds[static_cast<unsigned>(kind)];
  // A slice only says where the op beside it reads or writes, and a loop is
  // what is in it.
  if (kind != WorkKind::Slice && kind != WorkKind::Loop)
    work.totals.ops += times;
}

void WorkCounter::addScalars(ScalarWork scalars, const Polynomial &times) {
  work.totals.otherFlops += times * scalars.flops;
  work.totals.functions += times * scalars.functions;
}

Work WorkCounter::count(FunctionOpInterface function) {
  LoopLine body;
  body.name = "(body)";
  body.direction = "-";
  body.steps = 1;
  work.loops.push_back(body);
  countBlocks(function.getFunctionBody(), 1, 0);
  return std::move(work);
}

void WorkCounter::countBlocks(Region &region, const Polynomial &times,
                              unsigned loop) {
  for (Block &block : region)
    for (Operation &op : block)
      countOp(&op, times, loop);
}

void WorkCounter::countLinalg(LinalgOp op, const Polynomial &times,
                              unsigned loop) {
  SmallVector<Polynomial> space(op.getNumLoops());
  SmallVector<bool> known(op.getNumLoops(), false);
  for (auto [dim, size] : llvm::enumerate(op.getStaticLoopRanges()))
    if (!ShapedType::isDynamic(size)) {
      space[dim] = size;
      known[dim] = true;
    }
  for (OpOperand &operand : op->getOpOperands()) {
    if (!isa<RankedTensorType>(operand.get().getType()))
      continue;
    AffineMap map = op.getMatchingIndexingMap(&operand);
    for (auto [i, expr] : llvm::enumerate(map.getResults()))
      if (auto dim = dyn_cast<AffineDimExpr>(expr);
          dim && !known[dim.getPosition()]) {
        space[dim.getPosition()] = sizes.get(operand.get(), i);
        known[dim.getPosition()] = true;
      }
  }
  Polynomial points = times;
  for (auto [size, isKnown] : llvm::zip_equal(space, known)) {
    if (!isKnown)
      size = sizes.getUnknown(op);
    points = points * size;
  }

  for (OpOperand &operand : op->getOpOperands())
    if (op.payloadUsesValueFromOperand(&operand))
      addRead(operand.get(), times);
  addWritten(op->getResults(), times);

  if (getContraction(op)) {
    addOp(WorkKind::Contraction, times, loop);
    work.totals.contractionFlops += points * 2;
    ContractionLine line;
    line.loop = loop;
    for (auto [size, kind] :
         llvm::zip_equal(space, op.getIteratorTypesArray())) {
      std::string text = sizes.print(size);
      if (kind == utils::IteratorType::reduction)
        text = "(" + text + ")";
      line.space += (line.space.empty() ? "" : " x ") + text;
    }
    line.executions = times;
    line.flops = points * 2;
    for (Value result : op->getResults())
      line.bytesWritten += getBytes(result) * times;
    work.contractions.push_back(line);
    return;
  }
  addScalars(getScalarWork(op->getRegion(0)), points);
  if (isa<linalg::FillOp>(op))
    addOp(WorkKind::Fill, times, loop);
  else if (isPointwise(op))
    addOp(WorkKind::Pointwise, times, loop);
  else
    addOp(op.isAllParallelLoops() ? WorkKind::Other : WorkKind::Reduction,
          times, loop);
}

/// How often the body is run, if numbers before the loop tell.
Polynomial WorkCounter::getSteps(LoopLikeOpInterface op) {
  if (auto scan = dyn_cast<ScanOp>(*op)) {
    if (int64_t steps = scan.getStaticCount(); ShapedType::isStatic(steps))
      return steps;
    return sizes.get(OpFoldResult(scan.getCount()));
  }
  std::optional<SmallVector<OpFoldResult>> lower = op.getLoopLowerBounds(),
                                           upper = op.getLoopUpperBounds(),
                                           step = op.getLoopSteps();
  if (!lower || !upper || !step)
    return sizes.getUnknown(op);
  Polynomial product = 1;
  for (auto [from, to, by] : llvm::zip_equal(*lower, *upper, *step)) {
    std::optional<int64_t> begin = getConstantIntValue(from),
                           end = getConstantIntValue(to),
                           stride = getConstantIntValue(by);
    if (begin && end && stride && *stride > 0)
      product = product *
                (*end > *begin ? llvm::divideCeil(*end - *begin, *stride) : 0);
    else if (begin && stride && *begin == 0 && *stride == 1)
      product = product * sizes.get(to);
    else
      return sizes.getUnknown(op);
  }
  return product;
}

/// A value that no op of the body writes, or that another output holds too, is
/// copied into the output.
void WorkCounter::countCopiedOutputs(ScanOp scan, const Polynomial &times) {
  llvm::DenseSet<Value> written;
  for (Value output : scan.getYieldedOutputs()) {
    Operation *op = output.getDefiningOp();
    bool isWritten = op && scan.getBody().isAncestor(op->getParentRegion()) &&
                     !isFree(op) && !isa<tensor::ExtractSliceOp>(op);
    if (isWritten && written.insert(output).second)
      continue;
    addRead(output, times);
    addWritten(output, times);
  }
}

/// The direction that the origins of a loop give it.
static std::string getDirection(Operation *op) {
  SmallVector<OriginAttr> origins;
  collectOrigins(op->getLoc(), origins);
  for (OriginAttr origin : origins)
    if (!origin.getDirection().empty())
      return origin.getDirection().str();
  return "forward";
}

void WorkCounter::countLoop(LoopLikeOpInterface op, const Polynomial &times,
                            unsigned parent) {
  addOp(WorkKind::Loop, times, parent);
  auto scan = dyn_cast<ScanOp>(*op);
  LoopLine line;
  line.name = op->getName().getStringRef().str();
  if (scan)
    line.name = scan.getName() ? scan.getName()->str() : "(scan)";
  if (parent != 0)
    line.name = work.loops[parent].name + "/" + line.name;
  line.direction = getDirection(op);
  line.steps = getSteps(op);
  line.carries = op.getInits().size();
  if (scan) {
    line.outputs = scan.getNumOutputs();
    line.histories = scan.getNumHistories();
  }
  Polynomial executions = times * line.steps;
  unsigned loop = work.loops.size();
  work.loops.push_back(std::move(line));
  for (Region &region : op->getRegions())
    countBlocks(region, executions, loop);
  if (scan)
    countCopiedOutputs(scan, executions);
}

/// All work as one number, to compare branches by.
static Polynomial getEffort(const WorkTotals &totals) {
  Polynomial sum;
  for (const Polynomial &part :
       {totals.contractionFlops, totals.otherFlops, totals.functions,
        totals.bytesRead, totals.bytesWritten})
    sum += part;
  return sum;
}

/// Of the regions of which one is run, that with the most work.
void WorkCounter::countBranches(Operation *op, const Polynomial &times,
                                unsigned loop) {
  Work before = std::move(work), most;
  bool isFirst = true;
  for (Region &region : op->getRegions()) {
    work = before;
    countBlocks(region, times, loop);
    if (isFirst ||
        WorkSizes::isGreater(getEffort(work.totals), getEffort(most.totals)))
      most = std::move(work);
    isFirst = false;
  }
  work = std::move(most);
}

void WorkCounter::countOp(Operation *op, const Polynomial &times,
                          unsigned loop) {
  if (isa<RecurrentCellOpInterface>(op)) {
    ++work.layers;
    remark::missed(op->getLoc(),
                   remark::RemarkOpts::name("layer").category(kPass))
        << remark::reason("a layer is not counted before "
                          "gradopt-expand-cells makes a scan of it");
    return;
  }
  if (auto linalgOp = dyn_cast<LinalgOp>(op);
      linalgOp && linalgOp.hasPureTensorSemantics())
    return countLinalg(linalgOp, times, loop);
  if (auto loopOp = dyn_cast<LoopLikeOpInterface>(op))
    return countLoop(loopOp, times, loop);
  if (isa<RegionBranchOpInterface>(op) && op->getNumRegions() > 0) {
    if (op->getNumRegions() > 1)
      return countBranches(op, times, loop);
    return countBlocks(op->getRegion(0), times, loop);
  }
  if (op->hasTrait<OpTrait::IsTerminator>() || isFree(op))
    return;

  if (isa<OffsetSizeAndStrideOpInterface>(op)) {
    addOp(WorkKind::Slice, times, loop);
    // The source goes into the destination; a slice that is taken out is read
    // where it is used.
    if (isa<DestinationStyleOpInterface>(op)) {
      work.totals.bytesRead += getBytes(op->getOperand(0)) * times;
      work.totals.bytesWritten += getBytes(op->getOperand(0)) * times;
    }
    return;
  }
  // A scalar that is loaded.
  if (isa<tensor::ExtractOp>(op)) {
    work.totals.bytesRead +=
        times * getElementBytes(op->getOperand(0).getType());
    return;
  }
  if (isPointwise(op)) {
    addOp(WorkKind::Pointwise, times, loop);
    addScalars(getScalarWork(op),
               times * sizes.getNumElements(op->getResult(0)));
  } else if (!touchesTensors(op) && isMemoryEffectFree(op)) {
    // Scalars.
    return addScalars(getScalarWork(op), times);
  } else {
    addOp(WorkKind::Other, times, loop);
    // What computes each element, as in tensor.generate.
    if (op->getNumRegions() == 1 && op->getNumResults() == 1 &&
        isa<RankedTensorType>(op->getResult(0).getType()))
      addScalars(getScalarWork(op->getRegion(0)),
                 times * sizes.getNumElements(op->getResult(0)));
  }
  for (Value operand : op->getOperands())
    addRead(operand, times);
  addWritten(op->getResults(), times);
}

Work mlir::gradopt::countWork(FunctionOpInterface function, WorkSizes &sizes) {
  return WorkCounter(sizes).count(function);
}
