//===- ExpandReshapes.cpp - Reshapes of several dynamic sizes -------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/Conversion/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace mlir::gradopt {
#define GEN_PASS_DEF_EXPANDRESHAPES
#include "gradopt/Conversion/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;

/// Whether one dimension becomes several of which more than one are dynamic.
static bool hasSeveralDynamicSizes(memref::ExpandShapeOp op) {
  MemRefType type = op.getResultType();
  return llvm::any_of(op.getReassociationIndices(),
                      [&](const ReassociationIndices &group) {
                        return llvm::count_if(group, [&](int64_t dim) {
                                 return type.isDynamicDim(dim);
                               }) > 1;
                      });
}

static void expand(memref::ExpandShapeOp op) {
  OpBuilder builder(op);
  Location loc = op.getLoc();
  auto metadata =
      memref::ExtractStridedMetadataOp::create(builder, loc, op.getSrc());
  auto [typeStrides, typeOffset] = op.getResultType().getStridesAndOffset();
  auto choose = [&](int64_t known, OpFoldResult value) {
    return ShapedType::isDynamic(known) ? value : builder.getIndexAttr(known);
  };
  SmallVector<OpFoldResult> sizes = op.getMixedOutputShape();
  SmallVector<OpFoldResult> strides(sizes.size());
  for (auto [group, innermost] :
       llvm::zip_equal(op.getReassociationIndices(), metadata.getStrides())) {
    Value stride = innermost;
    for (int64_t dim : llvm::reverse(group)) {
      strides[dim] = choose(typeStrides[dim], stride);
      Value size = getValueOrCreateConstantIndexOp(builder, loc, sizes[dim]);
      stride = arith::MulIOp::create(builder, loc, stride, size);
    }
  }
  Value view = memref::ReinterpretCastOp::create(
      builder, loc, op.getResultType(), metadata.getBaseBuffer(),
      choose(typeOffset, metadata.getOffset()), sizes, strides);
  op.replaceAllUsesWith(view);
  op.erase();
}

namespace {
struct ExpandReshapes : gradopt::impl::ExpandReshapesBase<ExpandReshapes> {
  using ExpandReshapesBase::ExpandReshapesBase;

  void runOnOperation() override {
    getOperation()->walk([](memref::ExpandShapeOp op) {
      if (hasSeveralDynamicSizes(op))
        expand(op);
    });
  }
};
} // namespace
