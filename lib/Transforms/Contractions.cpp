//===- Contractions.cpp - Contractions and sums of tensors ----------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Contractions.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::gradopt;
using linalg::LinalgOp;

LinalgOp mlir::gradopt::getContraction(Operation *op) {
  auto linalgOp = dyn_cast_or_null<LinalgOp>(op);
  if (!linalgOp || !linalgOp.hasPureTensorSemantics() ||
      !linalg::isaContractionOpInterface(linalgOp) ||
      !isa<FloatType>(getElementTypeOrSelf(op->getResult(0).getType())))
    return {};
  return linalgOp;
}

bool mlir::gradopt::isPointwise(Operation *op) {
  if (auto linalgOp = dyn_cast<LinalgOp>(op))
    return linalgOp.hasPureTensorSemantics() && linalgOp.isAllParallelLoops() &&
           linalgOp.hasOnlyProjectedPermutations() && !isa<linalg::FillOp>(op);
  return op->getNumResults() == 1 &&
         isa<RankedTensorType>(op->getResult(0).getType()) &&
         OpTrait::hasElementwiseMappableTraits(op);
}

Value mlir::gradopt::buildContraction(OpBuilder &builder, Location loc,
                                      Value lhs, Value rhs, Value init,
                                      ArrayRef<AffineMap> maps) {
  return linalg::ContractOp::create(builder, loc, init.getType(),
                                    ValueRange{lhs, rhs}, init,
                                    builder.getAffineMapArrayAttr(maps))
      .getResult(0);
}

Value mlir::gradopt::castTo(OpBuilder &builder, Value value, Type type) {
  if (value.getType() == type)
    return value;
  return tensor::CastOp::create(builder, value.getLoc(), type, value);
}

Value mlir::gradopt::buildZeros(OpBuilder &builder, Location loc,
                                ArrayRef<OpFoldResult> sizes,
                                Type elementType) {
  Value empty = tensor::EmptyOp::create(builder, loc, sizes, elementType);
  Value zero =
      arith::ConstantOp::create(builder, loc, builder.getZeroAttr(elementType));
  return linalg::FillOp::create(builder, loc, zero, empty).getResult(0);
}

bool mlir::gradopt::isZeroTensor(Value tensor) {
  if (auto fill = tensor.getDefiningOp<linalg::FillOp>())
    tensor = fill.value();
  else if (auto splat = tensor.getDefiningOp<tensor::SplatOp>())
    tensor = splat.getInput();
  return matchPattern(tensor, m_AnyZeroFloat());
}

std::optional<std::pair<Value, Value>> mlir::gradopt::matchSum(Operation *op) {
  if (auto add = dyn_cast<arith::AddFOp>(op))
    if (isa<RankedTensorType>(add.getType()))
      return std::pair(add.getLhs(), add.getRhs());
  auto generic = dyn_cast<LinalgOp>(op);
  if (!generic || !generic.hasPureTensorSemantics() ||
      generic.getNumDpsInputs() != 2 || generic.getNumDpsInits() != 1 ||
      !generic.isAllParallelLoops() ||
      !llvm::all_of(generic.getIndexingMapsArray(),
                    [](AffineMap map) { return map.isIdentity(); }))
    return std::nullopt;
  Block *body = generic.getBlock();
  auto add =
      body->getTerminator()->getOperand(0).getDefiningOp<arith::AddFOp>();
  if (!add || add.getLhs() == add.getRhs() ||
      !llvm::all_of(add->getOperands(), [&](Value value) {
        auto arg = dyn_cast<BlockArgument>(value);
        return arg && arg.getOwner() == body && arg.getArgNumber() < 2;
      }))
    return std::nullopt;
  return std::pair(generic.getDpsInputs()[0], generic.getDpsInputs()[1]);
}
