//===- FindVectorLoop.cpp - Which loop becomes vectors --------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VectorLoops.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace mlir::gradopt;

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

/// A vector of other widths is packed in memory; elements of a buffer are not.
static bool fillsBytes(Type type) {
  return type.isIndex() ||
         (type.isIntOrFloat() && type.getIntOrFloatBitWidth() % 8 == 0);
}

bool gradopt::hasContiguousRows(MemRefType type) {
  return type.getRank() != 0 && type.isLastDimUnitStride() &&
         fillsBytes(type.getElementType());
}

/// Whether `expr` grows by one with dimension `dim`.
static bool growsByOne(AffineExpr expr, unsigned dim, unsigned numDims) {
  AffineExpr d = getAffineDimExpr(dim, expr.getContext());
  AffineExpr step =
      simplifyAffineExpr(expr.replace(d, d + 1) - expr, numDims, 0);
  return step == getAffineConstantExpr(1, expr.getContext());
}

static Access getAccess(Type type, AffineMap map, unsigned loop) {
  if (!map.isFunctionOfDim(loop))
    return Access::Uniform;
  bool onlyLast =
      llvm::none_of(map.getResults().drop_back(), [&](AffineExpr result) {
        return result.isFunctionOfDim(loop);
      });
  if (onlyLast && hasContiguousRows(cast<MemRefType>(type)) &&
      growsByOne(map.getResults().back(), loop, map.getNumDims()))
    return Access::Contiguous;
  return Access::Scattered;
}

/// The loop along which every scattered input is contiguous, and in which all
/// is done in parallel.
static std::optional<unsigned> findTransposedLoop(const VectorLoop &found) {
  linalg::GenericOp op = found.op;
  std::optional<unsigned> loop;
  for (OpOperand *input : op.getDpsInputOperands()) {
    if (found.accesses[input->getOperandNumber()] != Access::Scattered)
      continue;
    AffineMap map = op.getMatchingIndexingMap(input);
    auto last = dyn_cast<AffineDimExpr>(map.getResults().back());
    if (!last || last.getPosition() == found.loop ||
        !hasContiguousRows(cast<MemRefType>(input->get().getType())) ||
        (loop && *loop != last.getPosition()) ||
        llvm::any_of(map.getResults().drop_back(), [&](AffineExpr result) {
          return result.isFunctionOfDim(last.getPosition());
        }))
      return std::nullopt;
    loop = last.getPosition();
  }
  if (!loop || op.getNumReductionLoops() != 0)
    return std::nullopt;
  return loop;
}

//===----------------------------------------------------------------------===//
// Bodies
//===----------------------------------------------------------------------===//

static bool isVectorElement(Type type) {
  return isa<IntegerType, IndexType, Float16Type, BFloat16Type, Float32Type,
             Float64Type>(type);
}

bool gradopt::isUnitStep(Value index, unsigned loop,
                         const llvm::DenseSet<Value> &varying) {
  if (auto position = index.getDefiningOp<linalg::IndexOp>())
    return position.getDim() == loop;
  auto sum = index.getDefiningOp<arith::AddIOp>();
  if (!sum)
    return false;
  Value lhs = sum.getLhs(), rhs = sum.getRhs();
  return (isUnitStep(lhs, loop, varying) && !varying.contains(rhs)) ||
         (isUnitStep(rhs, loop, varying) && !varying.contains(lhs));
}

/// Lanes that are masked off compute too: what they compute must not fault.
static bool isSafeInAllLanes(Operation *op,
                             const llvm::DenseSet<Value> &varying) {
  if (isa<arith::DivSIOp, arith::DivUIOp, arith::RemSIOp, arith::RemUIOp,
          arith::CeilDivSIOp, arith::CeilDivUIOp, arith::FloorDivSIOp>(op))
    return !varying.contains(op->getOperand(1));
  return isSpeculatable(op);
}

/// Adds what varies in `op` of the body to `found`, or says why `op` has no
/// form for vectors.
static LogicalResult visit(Operation &op, VectorLoop &found,
                           std::string &reason) {
  auto fail = [&](const llvm::Twine &why) {
    reason = ("'" + op.getName().getStringRef() + "' " + why).str();
    return failure();
  };
  auto isVarying = [&](Value value) { return found.varying.contains(value); };
  if (auto index = dyn_cast<linalg::IndexOp>(op)) {
    if (index.getDim() == found.loop)
      found.varying.insert(index);
    return success();
  }
  if (auto load = dyn_cast<memref::LoadOp>(op)) {
    ValueRange indices = load.getIndices();
    if (llvm::none_of(indices, isVarying))
      return success();
    if (llvm::any_of(indices.drop_back(), isVarying) ||
        !isUnitStep(indices.back(), found.loop, found.varying) ||
        !hasContiguousRows(load.getMemRefType()))
      return fail("reads elements that do not lie side by side");
    found.varying.insert(load);
    return success();
  }
  if (op.getNumRegions() != 0 || !isMemoryEffectFree(&op))
    return fail("has no form for vectors");
  if (llvm::none_of(op.getOperands(), isVarying))
    return success();
  if (!OpTrait::hasElementwiseMappableTraits(&op) ||
      !llvm::all_of(op.getOperandTypes(), isVectorElement) ||
      !llvm::all_of(op.getResultTypes(), isVectorElement))
    return fail("has no form for vectors");
  if (!isSafeInAllLanes(&op, found.varying))
    return fail("may fail for elements that do not exist");
  found.varying.insert_range(op.getResults());
  return success();
}

//===----------------------------------------------------------------------===//
// The loop
//===----------------------------------------------------------------------===//

/// A vector load takes the index of its first lane alone.
static bool isOnlyAddress(Value value) {
  return llvm::all_of(value.getUsers(), llvm::IsaPred<memref::LoadOp>);
}

static void addWidth(VectorLoop &found, Type type) {
  unsigned bits = type.isIndex() ? 64 : type.getIntOrFloatBitWidth();
  if (bits < 8)
    return;
  found.narrowBits = std::min(found.narrowBits, bits);
  found.wideBits = std::max(found.wideBits, bits);
}

/// The loop along which the first result is contiguous. No other will do, since
/// all that is stored is stored as vectors.
static std::optional<unsigned> findLoopOfResults(linalg::GenericOp op) {
  AffineMap map = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  if (map.getNumResults() == 0)
    return std::nullopt;
  auto last = dyn_cast<AffineDimExpr>(map.getResults().back());
  if (!last || !linalg::isParallelIterator(
                   op.getIteratorTypesArray()[last.getPosition()]))
    return std::nullopt;
  return last.getPosition();
}

/// Whether each element of a result has a place of its own in the parallel
/// loops, so that sums over the other loops can stay in registers.
static bool hasOwnElements(linalg::GenericOp op, AffineMap map) {
  if (!map.isProjectedPermutation(/*allowZeroInResults=*/true))
    return false;
  for (auto [dim, type] : llvm::enumerate(op.getIteratorTypesArray()))
    if (linalg::isParallelIterator(type) != map.isFunctionOfDim(dim))
      return false;
  return true;
}

FailureOr<VectorLoop> gradopt::findVectorLoop(linalg::GenericOp op,
                                              std::string &reason) {
  auto fail = [&](StringRef why) {
    reason = why.str();
    return failure();
  };
  if (op.getNumDpsInits() == 0)
    return fail("it has no result");
  std::optional<unsigned> loop = findLoopOfResults(op);
  if (!loop)
    return fail("its results do not end in a parallel loop; a sum in a fixed "
                "order is one chain of additions");
  VectorLoop found;
  found.op = op;
  found.loop = *loop;
  for (OpOperand &operand : op->getOpOperands()) {
    Type type = operand.get().getType();
    if (!isVectorElement(getElementTypeOrSelf(type)))
      return fail("it has an element type that vectors do not have");
    AffineMap map = op.getMatchingIndexingMap(&operand);
    Access access = getAccess(type, map, found.loop);
    found.accesses.push_back(access);
    bool isResult = op.isDpsInit(&operand);
    if (isResult && access != Access::Contiguous)
      return fail("a result's elements do not lie side by side along the loop "
                  "that would become vectors");
    if (isResult && !hasOwnElements(op, map))
      return fail("several iterations of its parallel loops give one element");
    if (access == Access::Uniform)
      continue;
    found.varying.insert(op.getMatchingBlockArgument(&operand));
    addWidth(found, getElementTypeOrSelf(type));
  }
  for (Operation &inner : op.getBody()->without_terminator()) {
    if (failed(visit(inner, found, reason)))
      return failure();
    for (Value result : inner.getResults())
      if (found.varying.contains(result) && !isOnlyAddress(result))
        addWidth(found, result.getType());
  }
  found.transposedLoop = findTransposedLoop(found);
  bool onlyCopies = op.getBody()->without_terminator().empty();
  if (onlyCopies && !found.transposedLoop &&
      llvm::is_contained(found.accesses, Access::Scattered))
    return fail("it copies elements that do not lie side by side");
  return found;
}
