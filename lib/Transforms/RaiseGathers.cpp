//===- RaiseGathers.cpp - Gathers of rows to embeddings -------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/IR/GradOptOps.h"
#include "gradopt/IR/Origins.h"
#include "gradopt/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::gradopt {
#define GEN_PASS_DEF_RAISEGATHERS
#include "gradopt/Transforms/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;

/// Whether the op takes whole rows of a table, each named by one index.
static bool takesRows(tensor::GatherOp op) {
  RankedTensorType table = op.getSourceType(), indices = op.getIndicesType();
  unsigned width = indices.getElementType().isIndex()
                       ? 64
                       : indices.getElementTypeBitWidth();
  return table.getRank() == 2 && table.hasStaticShape() &&
         op.getGatherDims() == ArrayRef<int64_t>{0} &&
         indices.getShape().back() == 1 && width <= 64;
}

/// Dimension i on its own, but for the last `joined` ones of `rank`, which are
/// taken together with the one before them.
static SmallVector<ReassociationIndices> joinLast(int64_t rank,
                                                  int64_t joined) {
  SmallVector<ReassociationIndices> groups;
  for (int64_t dim = 0; dim < rank; ++dim) {
    if (dim < rank - joined || groups.empty())
      groups.emplace_back();
    groups.back().push_back(dim);
  }
  return groups;
}

/// The indices without their last dimension, of a type that an embedding takes.
static Value buildIndices(ImplicitLocOpBuilder &b, tensor::GatherOp op) {
  Value indices = op.getIndices();
  RankedTensorType type = op.getIndicesType();
  int64_t rank = type.getRank();
  SmallVector<ReassociationIndices> groups;
  if (rank > 1)
    groups = joinLast(rank, 1);
  type =
      RankedTensorType::get(type.getShape().drop_back(), type.getElementType());
  indices = tensor::CollapseShapeOp::create(b, type, indices, groups);
  Type wanted = b.getI64Type();
  if (type.getElementType().isIndex())
    return arith::IndexCastOp::create(b, type.clone(wanted), indices);
  unsigned width = type.getElementTypeBitWidth();
  if (width == 32 || width == 64)
    return indices;
  return arith::ExtSIOp::create(b, type.clone(wanted), indices);
}

static void raise(IRRewriter &rewriter, tensor::GatherOp op) {
  rewriter.setInsertionPoint(op);
  ImplicitLocOpBuilder b(withOrigin(op.getLoc(), /*layer=*/"", /*gate=*/"",
                                    /*direction=*/"",
                                    op->getName().getStringRef()),
                         rewriter);
  Value indices = buildIndices(b, op);
  RankedTensorType table = op.getSourceType(), result = op.getResultType();
  SmallVector<int64_t> shape(
      cast<RankedTensorType>(indices.getType()).getShape());
  shape.push_back(table.getDimSize(1));
  Value rows = EmbeddingOp::create(
      b, RankedTensorType::get(shape, table.getElementType()), op.getSource(),
      indices);
  int64_t rank = shape.size();
  if (result.getRank() > rank) {
    // The gathered dimension is kept, as 1 before each row.
    SmallVector<OpFoldResult> sizes =
        tensor::getMixedSizes(b, b.getLoc(), rows);
    sizes.insert(sizes.end() - 1, b.getIndexAttr(1));
    rows = tensor::ExpandShapeOp::create(b, result, rows, joinLast(rank + 1, 1),
                                         sizes);
  }
  rewriter.replaceOp(op, rows);
}

namespace {
struct RaiseGathers : gradopt::impl::RaiseGathersBase<RaiseGathers> {
  using RaiseGathersBase::RaiseGathersBase;

  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    WalkResult result = getOperation()->walk([&](tensor::GatherOp op) {
      Type type = op.getSourceType().getElementType();
      if (!isa<FloatType>(type))
        return WalkResult::advance();
      if (!takesRows(op) || !(type.isF32() || type.isF64())) {
        op.emitOpError(
            "does not take whole rows of a table of f32 or f64 with two static "
            "dimensions, one row for each index; only that has a lowering, as "
            "gradopt.embedding");
        return WalkResult::interrupt();
      }
      raise(rewriter, op);
      return WalkResult::advance();
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }
};
} // namespace
