//===- LoopSequences.cpp - What a loop does row by row --------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LoopSequences.h"
#include "gradopt/IR/GradOptOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::gradopt;

static SliceAccess getElementAccess(Value tensor, ValueRange indices,
                                    bool isWrite) {
  Builder builder(tensor.getContext());
  SliceAccess access;
  access.tensor = tensor;
  access.offsets.assign(indices.begin(), indices.end());
  for (OpFoldResult &offset : access.offsets)
    offset = getAsOpFoldResult(cast<Value>(offset));
  access.sizes.assign(indices.size(), builder.getIndexAttr(1));
  access.strides = access.sizes;
  access.dropped.resize(indices.size(), true);
  access.isWrite = isWrite;
  return access;
}

std::optional<SliceAccess> mlir::gradopt::getSliceAccess(Operation *op) {
  if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op))
    return SliceAccess{slice.getSource(),      slice.getMixedOffsets(),
                       slice.getMixedSizes(),  slice.getMixedStrides(),
                       slice.getDroppedDims(), /*isWrite=*/false};
  if (auto slice = dyn_cast<tensor::InsertSliceOp>(op))
    return SliceAccess{slice.getDest(),        slice.getMixedOffsets(),
                       slice.getMixedSizes(),  slice.getMixedStrides(),
                       slice.getDroppedDims(), /*isWrite=*/true};
  if (auto extract = dyn_cast<tensor::ExtractOp>(op))
    return getElementAccess(extract.getTensor(), extract.getIndices(),
                            /*isWrite=*/false);
  if (auto insert = dyn_cast<tensor::InsertOp>(op))
    return getElementAccess(insert.getDest(), insert.getIndices(),
                            /*isWrite=*/true);
  return std::nullopt;
}

bool mlir::gradopt::coversRow(LoopIndices &indices, const SliceAccess &access,
                              int64_t dim) {
  for (int64_t i = 0, e = access.offsets.size(); i < e; ++i) {
    if (i == dim)
      continue;
    if (access.dropped.test(i))
      return false;
    std::optional<LinearExpr> size = indices.evaluate(access.sizes[i]);
    std::optional<LinearExpr> whole = indices.evaluateDim(access.tensor, i);
    if (!size || !whole || !(*size == *whole) ||
        getConstantIntValue(access.offsets[i]) != 0)
      return false;
    if (getConstantIntValue(access.strides[i]) != 1 &&
        !(*size == LinearExpr::get(1)))
      return false;
  }
  return true;
}

namespace {
class ScanPlanner {
public:
  ScanPlanner(CountedLoop &loop, LoopPlan &plan, Obstacle &obstacle)
      : loop(loop), indices(loop.indices), plan(plan), obstacle(obstacle) {}

  LogicalResult run();

private:
  LogicalResult findRow(Operation *op, const SliceAccess &access,
                        std::optional<RowIndex> &row);
  LogicalResult planVariable(unsigned number);
  LogicalResult planBuffer(unsigned number, ArrayRef<RowAccess> writes,
                           ArrayRef<std::pair<RowAccess, unsigned>> reads);
  bool hasSize(Value tensor, int64_t dim, const LinearExpr &expected);
  LogicalResult checkSizes(unsigned number);
  LogicalResult planInvariantReads();
  unsigned addInput(Value source, const RowIndex &row);
  bool isInRange(Value tensor, const RowIndex &row);

  CountedLoop &loop;
  LoopIndices &indices;
  LoopPlan &plan;
  Obstacle &obstacle;
};
} // namespace

static std::string quote(Operation *op) {
  return "'" + op->getName().getStringRef().str() + "'";
}

/// The row that an op reads or writes, if that depends on the iteration.
LogicalResult ScanPlanner::findRow(Operation *op, const SliceAccess &access,
                                   std::optional<RowIndex> &row) {
  for (auto [dim, offset] : llvm::enumerate(access.offsets)) {
    std::optional<LinearExpr> index = indices.evaluate(offset);
    if (!index) {
      Value value = cast<Value>(offset);
      if (!indices.dependsOnIteration(value))
        continue;
      Operation *definition = value.getDefiningOp();
      return obstacle.set(op, "index",
                          quote(op) + " has an index, made by " +
                              (definition ? quote(definition) : "the loop") +
                              ", that is not known to be ±t + constant");
    }
    if (index->isInvariant())
      continue;
    if (row)
      return obstacle.set(op, "index",
                          quote(op) + " goes along two dimensions at once");
    if (index->step != 1 && index->step != -1)
      return obstacle.set(op, "index",
                          quote(op) + " goes " + Twine(index->step) +
                              " rows on in each iteration; it must go one on "
                              "or one back");
    if (index->step < 0 && !indices.getCount())
      return obstacle.set(op, "index",
                          quote(op) + " goes backward from a row that depends "
                                      "on how the number of iterations is "
                                      "rounded");
    std::optional<LinearExpr> size = indices.evaluate(access.sizes[dim]);
    if (!size || !(*size == LinearExpr::get(1)))
      return obstacle.set(op, "size",
                          quote(op) + " takes more than one row in each "
                                      "iteration");
    // A slice of rows that are known not to be there is not even valid.
    int64_t rows =
        cast<RankedTensorType>(access.tensor.getType()).getDimSize(dim);
    std::optional<LinearExpr> count = indices.getCount();
    if (op->getBlock() == loop.body && count && count->isConstant() &&
        count->constant > 0 && index->terms.empty() &&
        ShapedType::isStatic(rows)) {
      int64_t begin = index->constant;
      int64_t end = begin + index->step * (count->constant - 1);
      if (std::min(begin, end) < 0 || std::max(begin, end) >= rows)
        return obstacle.set(op, "index",
                            quote(op) + " takes the rows from " + Twine(begin) +
                                " to " + Twine(end) + " of a tensor that has " +
                                Twine(rows));
    }
    row = RowIndex{static_cast<int64_t>(dim), *index};
  }
  if (row && coversRow(indices, access, row->dim))
    plan.whole.insert(op);
  return success();
}

unsigned ScanPlanner::addInput(Value source, const RowIndex &row) {
  // A variable that stays is its initial value.
  for (const LoopVariable &variable : loop.variables)
    if (variable.isInvariant && llvm::is_contained(variable.args, source))
      source = variable.init;
  for (auto [argument, value] : loop.constants)
    if (argument == source)
      source = value;
  for (auto [i, input] : llvm::enumerate(plan.inputs))
    if (input.source == source && input.row == row)
      return i;
  plan.inputs.push_back({source, row});
  return plan.inputs.size() - 1;
}

/// Whether the row is there in all iterations.
bool ScanPlanner::isInRange(Value tensor, const RowIndex &row) {
  std::optional<LinearExpr> size = indices.evaluateDim(tensor, row.dim);
  return size && indices.isNonNegative(row.index, /*hasIteration=*/true) &&
         indices.isNonNegative(*size - row.index + LinearExpr::get(-1),
                               /*hasIteration=*/true);
}

/// Whether a size of a tensor of the body is `expected`, given that the ops
/// that make it are right: a linalg op's operands agree in the sizes of its
/// loops.
bool ScanPlanner::hasSize(Value tensor, int64_t dim,
                          const LinearExpr &expected) {
  SmallVector<std::pair<Value, int64_t>> worklist = {{tensor, dim}};
  llvm::DenseSet<std::pair<Value, int64_t>> seen;
  while (!worklist.empty()) {
    auto [value, number] = worklist.pop_back_val();
    if (!isa<RankedTensorType>(value.getType()) ||
        !seen.insert({value, number}).second)
      continue;
    std::optional<LinearExpr> size = indices.evaluateDim(value, number);
    if (size && *size == expected)
      return true;
    Operation *op = value.getDefiningOp();
    if (!op || !loop.op->isAncestor(op))
      continue;
    if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op)) {
      AffineMap map =
          linalgOp.getIndexingMapMatchingResult(cast<OpResult>(value));
      AffineExpr iteration = map.getResult(number);
      if (!isa<AffineDimExpr>(iteration))
        continue;
      for (OpOperand &operand : op->getOpOperands())
        for (auto [position, expr] : llvm::enumerate(
                 linalgOp.getMatchingIndexingMap(&operand).getResults()))
          if (expr == iteration)
            worklist.push_back({operand.get(), position});
    } else if (OpTrait::hasElementwiseMappableTraits(op) ||
               isa<tensor::CastOp>(op)) {
      for (Value operand : op->getOperands())
        worklist.push_back({operand, number});
    } else if (auto insert = dyn_cast<tensor::InsertSliceOp>(op)) {
      worklist.push_back({insert.getDest(), number});
    } else if (auto scan = dyn_cast<ScanOp>(op)) {
      unsigned result = cast<OpResult>(value).getResultNumber();
      if (result < scan.getNumCarries())
        worklist.push_back({scan.getInits()[result], number});
    }
  }
  return false;
}

/// The sizes of a carry of a scan stay as they are.
LogicalResult ScanPlanner::checkSizes(unsigned number) {
  auto type = dyn_cast<RankedTensorType>(loop.variables[number].init.getType());
  if (!type)
    return success();
  Value next = loop.getNext()[number];
  for (int64_t dim = 0; dim < type.getRank(); ++dim) {
    if (!type.isDynamicDim(dim))
      continue;
    std::optional<LinearExpr> before =
        indices.evaluateDim(loop.variables[number].init, dim);
    if (before && hasSize(next, dim, *before))
      continue;
    Operation *definition = next.getDefiningOp();
    return obstacle.set(
        definition ? definition : loop.op, "size",
        (definition ? quote(definition) : std::string("the loop")) +
            " makes the next value of carry #" + Twine(number) +
            ", whose size in dimension " + Twine(dim) +
            " is not known to be that of the one before");
  }
  return success();
}

LogicalResult ScanPlanner::planVariable(unsigned number) {
  LoopVariable &variable = loop.variables[number];
  auto type = dyn_cast<RankedTensorType>(variable.init.getType());
  if (variable.value)
    return success();
  if (!type || type.getRank() == 0) {
    plan.carries.push_back(number);
    return success();
  }

  // The tensor as it goes through the body, from write to write.
  SmallVector<Value, 1> values(variable.args);
  SmallVector<RowAccess> writes;
  SmallVector<std::pair<RowAccess, unsigned>> reads;
  Operation *whole = nullptr;
  Operation *terminator = loop.body->getTerminator();
  bool reachesNext = false;
  while (!values.empty()) {
    Operation *write = nullptr;
    unsigned version = writes.size();
    for (Value value : values)
      for (OpOperand &use : value.getUses()) {
        Operation *user = use.getOwner();
        if (isa<tensor::DimOp>(user))
          continue;
        if (user == terminator && use.getOperandNumber() == number) {
          reachesNext = true;
          continue;
        }
        // What the condition needs of it is known without it.
        if (!loop.body->findAncestorOpInBlock(*user))
          continue;
        std::optional<SliceAccess> access = getSliceAccess(user);
        std::optional<RowIndex> row;
        if (access && access->tensor == value &&
            !(access->isWrite && use.getOperandNumber() == 0)) {
          if (failed(findRow(user, *access, row)))
            return failure();
          if (row && user->getBlock() != loop.body)
            return obstacle.set(user, "nested",
                                quote(user) + " is not in the body itself but "
                                              "in an op of it");
        }
        if (!row) {
          whole = user;
        } else if (!access->isWrite) {
          reads.push_back({{user, *row}, version});
        } else if (write) {
          return obstacle.set(user, "buffer",
                              quote(user) + " writes to a tensor that another "
                                            "op writes to as well");
        } else {
          write = user;
          writes.push_back({user, *row});
        }
      }
    values.clear();
    if (write)
      values.push_back(write->getResult(0));
  }
  if (writes.empty() && reads.empty()) {
    plan.carries.push_back(number);
    return checkSizes(number);
  }
  Operation *access =
      writes.empty() ? reads.front().first.op : writes.front().op;
  if (whole)
    return obstacle.set(whole, "buffer",
                        quote(whole) + " takes all of the tensor of which " +
                            quote(access) + " takes one row in each iteration");
  if (!reachesNext || writes.empty())
    return obstacle.set(access, "buffer",
                        quote(access) +
                            " takes a row of a tensor that is another one in "
                            "the next iteration");
  return planBuffer(number, writes, reads);
}

LogicalResult
ScanPlanner::planBuffer(unsigned number, ArrayRef<RowAccess> writes,
                        ArrayRef<std::pair<RowAccess, unsigned>> reads) {
  LoopBuffer buffer;
  buffer.variable = number;
  buffer.row = writes.front().row;
  Value init = loop.variables[number].init;
  unsigned position = plan.buffers.size();
  for (const RowAccess &write : writes) {
    if (!(write.row == buffer.row))
      return obstacle.set(write.op, "buffer",
                          quote(write.op) + " writes another row than " +
                              quote(writes.front().op));
    buffer.writes.push_back(write.op);
    plan.writes[write.op] = position;
  }
  bool needsInitial = !plan.whole.contains(buffer.writes.front());
  for (auto &[read, version] : reads) {
    LinearExpr ahead = read.row.index - buffer.row.index;
    if (read.row.dim != buffer.row.dim || !ahead.isConstant())
      return obstacle.set(read.op, "buffer",
                          quote(read.op) + " reads a row that is not known to "
                                           "be a fixed number of iterations "
                                           "away from the one that is written");
    int64_t ago = -ahead.constant * buffer.row.index.step;
    if (ago > 1)
      return obstacle.set(read.op, "buffer",
                          quote(read.op) + " reads what was written " +
                              Twine(ago) + " iterations ago");
    if (ago == 1) {
      buffer.readsPrevious = true;
      plan.reads[read.op] = {RowRead::previous, position};
    } else if (ago < 0) {
      // Not written yet.
      plan.reads[read.op] = {RowRead::input, addInput(init, read.row)};
    } else {
      needsInitial |= version == 0;
      plan.reads[read.op] = {RowRead::current, position, version};
    }
  }
  if (needsInitial)
    buffer.initialInput = addInput(init, buffer.row);
  plan.buffers.push_back(std::move(buffer));
  return success();
}

LogicalResult ScanPlanner::planInvariantReads() {
  WalkResult result = loop.body->walk([&](Operation *op) {
    if (!isa<tensor::ExtractSliceOp, tensor::ExtractOp>(op))
      return WalkResult::advance();
    SliceAccess access = *getSliceAccess(op);
    if (!indices.isInvariant(access.tensor))
      return WalkResult::advance();
    std::optional<RowIndex> row;
    bool isElement = isa<tensor::ExtractOp>(op);
    if (failed(findRow(op, access, row))) {
      // Elements are taken in other orders, too: a scan can do that as well.
      return isElement ? WalkResult::advance() : WalkResult::interrupt();
    }
    if (!row)
      return WalkResult::advance();
    // What a branch reads need not be there in other iterations.
    if (op->getBlock() != loop.body && !isInRange(access.tensor, *row)) {
      if (isElement)
        return WalkResult::advance();
      (void)obstacle.set(op, "nested",
                         quote(op) + " is in an op of the body, and its row is "
                                     "not known to be there in all iterations");
      return WalkResult::interrupt();
    }
    plan.reads[op] = {RowRead::input, addInput(access.tensor, *row)};
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

LogicalResult ScanPlanner::run() {
  for (unsigned i = 0, e = loop.variables.size(); i < e; ++i)
    if (failed(planVariable(i)))
      return failure();
  return planInvariantReads();
}

LogicalResult mlir::gradopt::planScan(CountedLoop &loop, LoopPlan &plan,
                                      Obstacle &obstacle) {
  return ScanPlanner(loop, plan, obstacle).run();
}
