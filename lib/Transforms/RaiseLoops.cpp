//===- RaiseLoops.cpp - Counted loops to scans ----------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LoopSequences.h"
#include "RaisedRows.h"
#include "UnrolledTime.h"
#include "gradopt/IR/GradOptOps.h"
#include "gradopt/IR/Origins.h"
#include "gradopt/Transforms/Passes.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/LoopInvariantCodeMotionUtils.h"

namespace mlir::gradopt {
#define GEN_PASS_DEF_RAISELOOPS
#include "gradopt/Transforms/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;

static constexpr StringLiteral kPass = "gradopt-raise-loops";

namespace {
/// Puts a scan in the place of a loop, by a plan.
class ScanRaiser {
public:
  ScanRaiser(CountedLoop &loop, LoopPlan &plan)
      : loop(loop), indices(loop.indices), plan(plan), loc(loop.getLoc()),
        listener(/*layer=*/"", /*direction=*/"", kPass),
        builder(loop.op, &listener) {}

  ScanOp run();

private:
  Value buildRows(Value source, const RowIndex &row);
  Value guardOffset(const LinearExpr &lowest, Value tensor, int64_t dim);
  LinearExpr getLowestRow(const RowIndex &row) const;
  bool coversAll(Value tensor, const RowIndex &row, int64_t more) const;
  Value buildInitialRow(const LoopBuffer &buffer);
  void createScan();
  void moveBody();
  void replaceAccesses();
  Value buildBufferResult(unsigned number);
  std::optional<unsigned> findHistory(unsigned number);
  void replaceResults();

  CountedLoop &loop;
  LoopIndices &indices;
  LoopPlan &plan;
  Location loc;
  OriginListener listener;
  OpBuilder builder;

  Value count;
  bool mayHaveNoIteration = true;
  ScanOp scan;
  /// The slice of each input of the plan.
  SmallVector<Value> inputRows;
  /// The number of the carry that holds each buffer's row, after those of the
  /// plan.
  SmallVector<std::optional<unsigned>> previousCarry;
  /// The carry whose history is a buffer.
  SmallVector<std::optional<unsigned>> historyCarry;
  /// The history or output that is a buffer, if something needs it.
  SmallVector<std::optional<unsigned>> resultNumber;
  /// The row of each buffer after each write.
  SmallVector<SmallVector<Value>> rows;
};
} // namespace

static bool isNeeded(const LoopVariable &variable) {
  return llvm::any_of(variable.results,
                      [](Value result) { return !result.use_empty(); });
}

/// The first row in storage that the iterations come to.
LinearExpr ScanRaiser::getLowestRow(const RowIndex &row) const {
  LinearExpr lowest = row.index;
  lowest.step = 0;
  if (row.index.step > 0)
    return lowest;
  return lowest - *indices.getCount() + LinearExpr::get(1);
}

/// Whether the rows that the iterations come to, and `more` rows, are all rows
/// of a tensor.
bool ScanRaiser::coversAll(Value tensor, const RowIndex &row,
                           int64_t more) const {
  if (!indices.getCount())
    return false;
  std::optional<LinearExpr> size = indices.evaluateDimBefore(tensor, row.dim);
  return size && *size == *indices.getCount() + LinearExpr::get(more);
}

/// The first row of a slice. Where there may be no iteration, the tensor need
/// not have that row.
Value ScanRaiser::guardOffset(const LinearExpr &lowest, Value tensor,
                              int64_t dim) {
  Value offset = LoopIndices::materialize(builder, loc, lowest, {});
  std::optional<LinearExpr> size = indices.evaluateDimBefore(tensor, dim);
  if (!mayHaveNoIteration ||
      (size && indices.isNonNegative(lowest, /*hasIteration=*/false) &&
       indices.isNonNegative(*size - lowest, /*hasIteration=*/false)))
    return offset;
  Value zero = arith::ConstantIndexOp::create(builder, loc, 0);
  Value any = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::sgt,
                                    count, zero);
  return arith::SelectOp::create(builder, loc, any, offset, zero);
}

/// The rows of `source` that the iterations come to, time first.
Value ScanRaiser::buildRows(Value source, const RowIndex &row) {
  LinearExpr lowest = getLowestRow(row);
  if (!(coversAll(source, row, 0) && lowest == LinearExpr::get(0))) {
    SmallVector<OpFoldResult> sizes =
        tensor::getMixedSizes(builder, loc, source);
    SmallVector<OpFoldResult> offsets(sizes.size(), builder.getIndexAttr(0));
    SmallVector<OpFoldResult> strides(sizes.size(), builder.getIndexAttr(1));
    offsets[row.dim] = getAsOpFoldResult(guardOffset(lowest, source, row.dim));
    sizes[row.dim] = getAsOpFoldResult(count);
    source = tensor::ExtractSliceOp::create(builder, loc, source, offsets,
                                            sizes, strides);
  }
  return moveDimToFront(builder, loc, source, row.dim);
}

/// The row before the first one that the loop writes.
Value ScanRaiser::buildInitialRow(const LoopBuffer &buffer) {
  Value init = loop.variables[buffer.variable].init;
  int64_t dim = buffer.row.dim;
  auto type = cast<RankedTensorType>(init.getType());
  RankedTensorType rowType = dropDim(type, dim);
  LinearExpr index = buffer.row.index + LinearExpr::get(-buffer.row.index.step);
  index.step = 0;
  if (auto insert = findRowInsertion(indices, init, dim, index))
    return writeRow(builder, insert, dim, /*row=*/{});

  auto buildSlice = [&]() -> Value {
    SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(builder, loc, init);
    SmallVector<OpFoldResult> offsets(sizes.size(), builder.getIndexAttr(0));
    SmallVector<OpFoldResult> strides(sizes.size(), builder.getIndexAttr(1));
    offsets[dim] =
        getAsOpFoldResult(LoopIndices::materialize(builder, loc, index, {}));
    sizes[dim] = builder.getIndexAttr(1);
    return tensor::ExtractSliceOp::create(builder, loc, rowType, init, offsets,
                                          sizes, strides);
  };
  std::optional<LinearExpr> size = indices.evaluateDimBefore(init, dim);
  if (!mayHaveNoIteration ||
      (size && indices.isNonNegative(index, /*hasIteration=*/false) &&
       indices.isNonNegative(*size - index + LinearExpr::get(-1),
                             /*hasIteration=*/false)))
    return buildSlice();

  // Without an iteration the row need not be there, and is not needed.
  auto buildNothing = [&]() -> Value {
    SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(builder, loc, init);
    sizes.erase(sizes.begin() + dim);
    Value nothing = tensor::EmptyOp::create(
        builder, loc, sizes, rowType.getElementType(), rowType.getEncoding());
    return castTensor(builder, loc, nothing, rowType);
  };
  if (index.isConstant() && size && size->isConstant())
    return buildNothing();
  Value any =
      arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::sgt, count,
                            arith::ConstantIndexOp::create(builder, loc, 0));
  auto branch = scf::IfOp::create(builder, loc, rowType, any,
                                  /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(branch.thenBlock());
  scf::YieldOp::create(builder, loc, buildSlice());
  builder.setInsertionPointToEnd(branch.elseBlock());
  scf::YieldOp::create(builder, loc, buildNothing());
  return branch.getResult(0);
}

void ScanRaiser::createScan() {
  SmallVector<Value> inits, inputs;
  SmallVector<bool> inputReverse, outputReverse, historyReverse;
  SmallVector<int64_t> histories;
  SmallVector<Type> outputTypes;
  for (unsigned variable : plan.carries)
    inits.push_back(loop.variables[variable].init);
  for (LoopInput &input : plan.inputs) {
    inputRows.push_back(
        buildUniformRow(builder, loc, input.source, input.row.dim));
    if (inputRows.back())
      continue;
    inputs.push_back(buildRows(input.source, input.row));
    inputReverse.push_back(input.row.index.step < 0);
  }
  std::optional<int64_t> steps = getConstantIntValue(count);
  for (auto [number, buffer] : llvm::enumerate(plan.buffers)) {
    previousCarry.emplace_back();
    if (buffer.readsPrevious) {
      previousCarry.back() = inits.size();
      inits.push_back(buildInitialRow(buffer));
    }
  }
  for (auto [number, buffer] : llvm::enumerate(plan.buffers)) {
    resultNumber.emplace_back();
    historyCarry.emplace_back();
    LoopVariable &variable = loop.variables[buffer.variable];
    if (!isNeeded(variable))
      continue;
    bool isReverse = buffer.row.index.step < 0;
    if (std::optional<unsigned> carry = findHistory(number)) {
      historyCarry.back() = carry;
      resultNumber.back() = histories.size();
      histories.push_back(*carry);
      historyReverse.push_back(isReverse);
      continue;
    }
    resultNumber.back() = outputTypes.size();
    outputTypes.push_back(ScanOp::getSequenceType(
        dropDim(cast<RankedTensorType>(variable.init.getType()),
                buffer.row.dim),
        steps ? *steps : ShapedType::kDynamic));
    outputReverse.push_back(isReverse);
  }
  StringAttr name;
  if (auto named = loc->findInstanceOf<NameLoc>())
    name = named.getName();
  scan =
      ScanOp::create(builder, loc, count, inits, inputs, outputTypes, histories,
                     inputReverse, outputReverse, historyReverse, name);
  auto slice = scan.getSliceArgs().begin();
  for (Value &row : inputRows)
    if (!row)
      row = *slice++;
}

/// The carry of which buffer `number` is the history.
std::optional<unsigned> ScanRaiser::findHistory(unsigned number) {
  LoopBuffer &buffer = plan.buffers[number];
  Value init = loop.variables[buffer.variable].init;
  bool isForward = buffer.row.index.step > 0;
  // A row more than there are iterations, the one that is left out first.
  if (buffer.row.dim != 0 || !coversAll(init, buffer.row, 1) ||
      !indices.isNonNegative(*indices.getCount(), /*hasIteration=*/false) ||
      !(getLowestRow(buffer.row) == LinearExpr::get(isForward ? 1 : 0)))
    return std::nullopt;
  if (previousCarry[number])
    return previousCarry[number];
  // Another carry may hold what is written.
  if (buffer.writes.size() != 1 || buffer.initialInput)
    return std::nullopt;
  auto write = dyn_cast<tensor::InsertSliceOp>(buffer.writes.front());
  auto first =
      findRowInsertion(indices, init, buffer.row.dim,
                       isForward ? LinearExpr::get(0) : *indices.getCount());
  if (!write || !first)
    return std::nullopt;
  RankedTensorType rowType =
      dropDim(cast<RankedTensorType>(init.getType()), buffer.row.dim);
  for (auto [carry, variable] : llvm::enumerate(plan.carries)) {
    Value carryInit = loop.variables[variable].init;
    if (carryInit.getType() == rowType &&
        skipReshapes(carryInit) == skipReshapes(first.getSource()) &&
        skipReshapes(loop.getNext()[variable]) ==
            skipReshapes(write.getSource()))
      return carry;
  }
  return std::nullopt;
}

void ScanRaiser::moveBody() {
  Block &to = scan.getBody().front();
  to.getOperations().splice(to.end(), loop.body->getOperations());
  for (auto [number, variable] : llvm::enumerate(plan.carries))
    for (Value argument : loop.variables[variable].args)
      argument.replaceAllUsesWith(scan.getCarryArgs()[number]);
  // A size of a buffer is that of what it was before the loop, and so are the
  // sizes of all that it becomes.
  for (auto &[argument, expr] : loop.counters) {
    if (argument.use_empty() || !holdsOneInteger(argument.getType()))
      continue;
    builder.setInsertionPointToStart(&to);
    Value index =
        LoopIndices::materialize(builder, loc, expr, scan.getStepIndex());
    argument.replaceAllUsesWith(
        convertIndex(builder, loc, index, argument.getType()));
  }
}

void ScanRaiser::replaceAccesses() {
  Block &body = scan.getBody().front();
  for (LoopBuffer &buffer : plan.buffers) {
    rows.emplace_back();
    rows.back().push_back(buffer.initialInput ? inputRows[*buffer.initialInput]
                                              : Value());
  }
  SmallVector<Operation *> accesses;
  body.walk([&](Operation *op) {
    if (plan.reads.contains(op) || plan.writes.contains(op))
      accesses.push_back(op);
  });
  for (Operation *op : accesses) {
    builder.setInsertionPoint(op);
    if (auto write = plan.writes.find(op); write != plan.writes.end()) {
      LoopBuffer &buffer = plan.buffers[write->second];
      SmallVector<Value> &versions = rows[write->second];
      versions.push_back(
          writeRow(builder, op, buffer.row.dim,
                   plan.whole.contains(op) ? Value() : versions.back()));
      // What is left are its sizes.
      op->getResult(0).replaceAllUsesWith(loop.variables[buffer.variable].init);
      op->erase();
      continue;
    }
    RowRead read = plan.reads.lookup(op);
    Value row;
    int64_t dim;
    if (read.kind == RowRead::input) {
      row = inputRows[read.number];
      dim = plan.inputs[read.number].row.dim;
    } else {
      row = read.kind == RowRead::previous
                ? Value(scan.getCarryArgs()[*previousCarry[read.number]])
                : rows[read.number][read.version];
      dim = plan.buffers[read.number].row.dim;
    }
    op->getResult(0).replaceAllUsesWith(
        readRow(builder, op, dim, row, plan.whole.contains(op)));
    op->erase();
  }
}

Value ScanRaiser::buildBufferResult(unsigned number) {
  LoopBuffer &buffer = plan.buffers[number];
  Value init = loop.variables[buffer.variable].init;
  unsigned position = *resultNumber[number];
  if (historyCarry[number])
    return castTensor(builder, loc, scan.getHistoryResults()[position],
                      init.getType());
  Value output =
      moveFrontToDim(builder, loc, scan.getOutputs()[position], buffer.row.dim);
  LinearExpr lowest = getLowestRow(buffer.row);
  if (coversAll(init, buffer.row, 0) && lowest == LinearExpr::get(0))
    return castTensor(builder, loc, output, init.getType());
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(builder, loc, output);
  SmallVector<OpFoldResult> offsets(sizes.size(), builder.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(sizes.size(), builder.getIndexAttr(1));
  offsets[buffer.row.dim] =
      getAsOpFoldResult(guardOffset(lowest, init, buffer.row.dim));
  return tensor::InsertSliceOp::create(builder, loc, output, init, offsets,
                                       sizes, strides);
}

void ScanRaiser::replaceResults() {
  builder.setInsertionPointAfter(scan);
  auto replace = [](LoopVariable &variable, Value value) {
    for (Value result : variable.results)
      result.replaceAllUsesWith(value);
  };
  for (LoopVariable &variable : loop.variables) {
    if (!variable.value || !isNeeded(variable))
      continue;
    if (variable.value->step == 0) {
      replace(variable, variable.init);
      continue;
    }
    // As many steps behind the initial value as there were iterations.
    Type type = variable.init.getType();
    Value distance = LoopIndices::materialize(
        builder, loc, LinearExpr::getStep(variable.value->step), count);
    LinearExpr init = *indices.evaluateBefore(variable.init);
    Value index = LoopIndices::materialize(builder, loc, init, {});
    Value sum = arith::AddIOp::create(builder, loc, index, distance);
    replace(variable, convertIndex(builder, loc, sum, type));
  }
  for (auto [number, variable] : llvm::enumerate(plan.carries))
    replace(loop.variables[variable], scan.getFinalCarries()[number]);
  for (auto [number, buffer] : llvm::enumerate(plan.buffers))
    if (resultNumber[number])
      replace(loop.variables[buffer.variable], buildBufferResult(number));
}

ScanOp ScanRaiser::run() {
  for (LoopVariable &variable : loop.variables)
    if (variable.isInvariant)
      for (Value argument : variable.args)
        argument.replaceAllUsesWith(variable.init);
  for (auto [argument, value] : loop.constants)
    argument.replaceAllUsesWith(value);
  // What was taken for constant may stand in the loop.
  moveLoopInvariantCode(cast<LoopLikeOpInterface>(loop.op));

  count = loop.buildCount(builder);
  mayHaveNoIteration =
      !(indices.getCount() &&
        indices.isNonNegative(*indices.getCount() + LinearExpr::get(-1),
                              /*hasIteration=*/false));
  createScan();
  moveBody();
  replaceAccesses();

  Block &body = scan.getBody().front();
  Operation *terminator = body.getTerminator();
  SmallVector<Value> yielded;
  for (unsigned variable : plan.carries)
    yielded.push_back(terminator->getOperand(variable));
  for (auto [number, buffer] : llvm::enumerate(plan.buffers))
    if (previousCarry[number])
      yielded.push_back(rows[number].back());
  for (auto [number, versions] : llvm::enumerate(rows))
    if (resultNumber[number] && !historyCarry[number])
      yielded.push_back(versions.back());
  builder.setInsertionPoint(terminator);
  YieldOp::create(builder, terminator->getLoc(), yielded);
  terminator->erase();
  // A size of a buffer is that of its initial value.
  for (LoopVariable &variable : loop.variables)
    for (Value argument : variable.args)
      argument.replaceAllUsesWith(variable.init);

  replaceResults();
  loop.op->erase();
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(body)))
    if (isOpTriviallyDead(&op))
      op.erase();
  return scan;
}

namespace {
struct RaiseLoops : gradopt::impl::RaiseLoopsBase<RaiseLoops> {
  using RaiseLoopsBase::RaiseLoopsBase;

  void runOnOperation() override {
    // Inner loops first, so that an outer one finds scans in its body.
    SmallVector<Operation *> loops;
    getOperation()->walk([&](Operation *op) {
      if (CountedLoop::isCandidate(op))
        loops.push_back(op);
    });
    for (Operation *op : loops)
      raise(op);
    reportUnrolledTime(getOperation(), kPass);
  }

private:
  static remark::RemarkOpts getRemark(Operation *op, StringRef name) {
    auto function = op->getParentOfType<FunctionOpInterface>();
    return remark::RemarkOpts::name(name).category(kPass).function(
        function ? function.getName() : StringRef());
  }

  void raise(Operation *op) {
    CountedLoop loop(op);
    LoopPlan plan;
    Obstacle obstacle;
    std::string kind = op->getName().getStringRef().str();
    if (failed(loop.match(obstacle)) ||
        failed(planScan(loop, plan, obstacle))) {
      ++numKept;
      remark::missed(obstacle.op->getLoc(), getRemark(op, obstacle.name))
          << remark::reason("'{0}' is no scan: {1}", kind, obstacle.reason);
      return;
    }
    ScanOp scan = ScanRaiser(loop, plan).run();
    ++numRaised;
    remark::passed(scan.getLoc(), getRemark(scan, "raised"))
        << remark::reason("'{0}' became a scan; carries: {1}, inputs: {2}, "
                          "outputs: {3}, histories: {4}",
                          kind, scan.getNumCarries(), scan.getInputs().size(),
                          scan.getNumOutputs(), scan.getNumHistories());
  }
};
} // namespace
