//===- SliceSimplification.cpp - Tensors in pieces ------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SliceSimplification.h"
#include "SizeClasses.h"
#include "gradopt/IR/GradOptOps.h"
#include "gradopt/Interfaces/ReverseMode.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"

using namespace mlir;
using namespace mlir::gradopt;

std::optional<Slice> Slice::get(OffsetSizeAndStrideOpInterface op) {
  if (!op.hasUnitStride())
    return std::nullopt;
  return Slice{op.getMixedOffsets(), op.getMixedSizes()};
}

static SizeOrigin trace(Value tensor, int64_t dim);

/// Follows a size to where it comes from, out of the bodies of scans too.
static SizeOrigin trace(OpFoldResult size) {
  auto value = dyn_cast<Value>(size);
  auto dimOp = value ? value.getDefiningOp<tensor::DimOp>() : nullptr;
  std::optional<int64_t> dim;
  if (dimOp)
    dim = dimOp.getConstantIndex();
  auto type = dimOp ? dyn_cast<RankedTensorType>(dimOp.getSource().getType())
                    : RankedTensorType();
  if (!dim || !type || *dim < 0 || *dim >= type.getRank())
    return {size, {}, 0};
  return trace(dimOp.getSource(), *dim);
}

static SizeOrigin trace(Value tensor, int64_t dim) {
  Builder builder(tensor.getContext());
  SizeOrigin origin = traceSize(builder, tensor, dim);
  if (!origin.tensor)
    return trace(origin.size);
  auto arg = dyn_cast<BlockArgument>(origin.tensor);
  auto scan = arg ? dyn_cast<ScanOp>(arg.getOwner()->getParentOp()) : nullptr;
  if (!scan)
    return origin;
  unsigned carry = arg.getArgNumber() - 1;
  return carry < scan.getNumCarries()
             ? trace(scan.getInits()[carry], origin.dim)
             : trace(scan.getInputs()[carry - scan.getNumCarries()],
                     origin.dim + 1);
}

static bool isSameOrigin(const SizeOrigin &lhs, const SizeOrigin &rhs) {
  if (lhs.tensor || rhs.tensor)
    return lhs.tensor == rhs.tensor && lhs.dim == rhs.dim;
  return isEqualConstantIntOrValue(lhs.size, rhs.size);
}

bool mlir::gradopt::isSameSize(OpFoldResult lhs, OpFoldResult rhs) {
  return isEqualConstantIntOrValue(lhs, rhs) ||
         isSameOrigin(trace(lhs), trace(rhs));
}

/// Whether `size` is that of a dimension of `tensor`.
static bool isSizeOf(OpFoldResult size, Value tensor, int64_t dim) {
  return isSameOrigin(trace(size), trace(tensor, dim));
}

void mlir::gradopt::useWholeSizes(Operation *root) {
  IRRewriter rewriter(root->getContext());
  auto visit = [&](SizeClasses &classes, OffsetSizeAndStrideOpInterface op,
                   Value tensor, MutableOperandRange sizes) {
    unsigned operand = 0;
    for (auto [dim, size] : llvm::enumerate(op.getMixedSizes())) {
      if (!isa<Value>(size))
        continue;
      unsigned at = operand++;
      if (isSizeOf(size, tensor, dim) ||
          classes.get(size) != classes.get(tensor, dim))
        continue;
      rewriter.setInsertionPoint(op);
      SizeOrigin origin = trace(tensor, dim);
      Value whole = origin.tensor
                        ? tensor::DimOp::create(rewriter, op.getLoc(),
                                                origin.tensor, origin.dim)
                        : getValueOrCreateConstantIndexOp(rewriter, op.getLoc(),
                                                          origin.size);
      sizes[at].set(whole);
    }
  };
  root->walk([&](Block *block) {
    auto isSlice = [](Operation &op) {
      return isa<tensor::ExtractSliceOp, tensor::InsertSliceOp>(op);
    };
    if (llvm::none_of(*block, isSlice))
      return;
    SizeClasses classes(block);
    for (Operation &op : *block) {
      if (auto extract = dyn_cast<tensor::ExtractSliceOp>(op))
        visit(classes, extract, extract.getSource(), extract.getSizesMutable());
      else if (auto insert = dyn_cast<tensor::InsertSliceOp>(op))
        visit(classes, insert, insert.getDest(), insert.getSizesMutable());
    }
  });
}

bool Slice::isSame(const Slice &other) const {
  return isEqualConstantIntOrValueArray(offsets, other.offsets) &&
         llvm::all_of(llvm::zip_equal(sizes, other.sizes), [](auto pair) {
           return isSameSize(std::get<0>(pair), std::get<1>(pair));
         });
}

bool Slice::isDisjoint(const Slice &other) const {
  for (auto [offset, size, otherOffset, otherSize] :
       llvm::zip_equal(offsets, sizes, other.offsets, other.sizes)) {
    std::optional<int64_t> begin = getConstantIntValue(offset),
                           length = getConstantIntValue(size),
                           otherBegin = getConstantIntValue(otherOffset),
                           otherLength = getConstantIntValue(otherSize);
    if (begin && length && otherBegin && *begin + *length <= *otherBegin)
      return true;
    if (otherBegin && otherLength && begin &&
        *otherBegin + *otherLength <= *begin)
      return true;
  }
  return false;
}

std::optional<Slice> Slice::getWithin(const Slice &outer) const {
  Slice result;
  Builder builder(sizes.empty() ? nullptr : sizes.front().getContext());
  for (auto [offset, size, outerOffset, outerSize] :
       llvm::zip_equal(offsets, sizes, outer.offsets, outer.sizes)) {
    result.sizes.push_back(size);
    if (isEqualConstantIntOrValue(offset, outerOffset) &&
        isSameSize(size, outerSize)) {
      result.offsets.push_back(builder.getIndexAttr(0));
      continue;
    }
    std::optional<int64_t> begin = getConstantIntValue(offset),
                           length = getConstantIntValue(size),
                           outerBegin = getConstantIntValue(outerOffset),
                           outerLength = getConstantIntValue(outerSize);
    if (!begin || !length || !outerBegin || !outerLength ||
        *begin < *outerBegin || *begin + *length > *outerBegin + *outerLength)
      return std::nullopt;
    result.offsets.push_back(builder.getIndexAttr(*begin - *outerBegin));
  }
  return result;
}

InsertChain InsertChain::get(Value tensor) {
  InsertChain chain;
  chain.base = tensor;
  while (auto insert = chain.base.getDefiningOp<tensor::InsertSliceOp>()) {
    std::optional<Slice> slice = Slice::get(insert);
    if (!slice)
      break;
    chain.inserts.push_back(insert);
    chain.slices.push_back(*slice);
    chain.base = insert.getDest();
  }
  std::reverse(chain.inserts.begin(), chain.inserts.end());
  std::reverse(chain.slices.begin(), chain.slices.end());
  return chain;
}

std::optional<Cuts> Cuts::get(Value tensor, ArrayRef<Slice> slices) {
  Cuts cuts;
  std::optional<int64_t> dim;
  for (const Slice &slice : slices) {
    for (auto [at, offset, size] :
         llvm::enumerate(slice.offsets, slice.sizes)) {
      if (isConstantIntValue(offset, 0) && isSizeOf(size, tensor, at))
        continue;
      if (dim && *dim != int64_t(at))
        return std::nullopt;
      dim = at;
    }
  }
  if (!dim)
    return std::nullopt;
  cuts.dim = *dim;
  for (const Slice &slice : slices) {
    std::optional<int64_t> offset = getConstantIntValue(slice.offsets[*dim]),
                           size = getConstantIntValue(slice.sizes[*dim]);
    if (!offset || !size)
      return std::nullopt;
    cuts.pieces.emplace_back(*offset, *size);
  }
  llvm::sort(cuts.pieces);
  cuts.pieces.erase(llvm::unique(cuts.pieces), cuts.pieces.end());
  for (auto [piece, next] :
       llvm::zip(cuts.pieces, llvm::drop_begin(cuts.pieces)))
    if (piece.first + piece.second > next.first)
      return std::nullopt;
  return cuts;
}

bool Cuts::cover(Value tensor) const {
  int64_t end = 0;
  for (auto [offset, size] : pieces) {
    if (offset != end)
      return false;
    end += size;
  }
  auto type = cast<RankedTensorType>(tensor.getType());
  return !type.isDynamicDim(dim) && end == type.getDimSize(dim);
}
