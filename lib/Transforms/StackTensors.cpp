//===- StackTensors.cpp - Several tensors in one buffer -------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StackTensors.h"
#include "ScanEditor.h"
#include "Sequences.h"
#include "TensorSizes.h"
#include "gradopt/IR/Origins.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace mlir;
using namespace mlir::gradopt;

//===----------------------------------------------------------------------===//
// What may be inserted
//===----------------------------------------------------------------------===//

/// The innermost loop in whose body `value` is defined, or null.
static Operation *getLoop(Value value) {
  Operation *parent = value.getParentBlock()->getParentOp();
  if (!parent || isa<LoopLikeOpInterface>(parent))
    return parent;
  return parent->getParentOfType<LoopLikeOpInterface>();
}

/// Whether a tensor is computed, and not moved: its elements can be written
/// straight into a slice of a buffer.
static bool isComputed(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op)
    return false;
  // The marker is gone at lowering.
  if (auto marker = dyn_cast<GradientOp>(op))
    return isComputed(marker.getValue());
  if (auto insert = dyn_cast<tensor::InsertSliceOp>(op))
    return insert.getDest().getDefiningOp<tensor::EmptyOp>() ||
           isComputed(insert.getDest());
  if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op))
    return linalgOp.hasPureTensorSemantics();
  return op->getNumRegions() == 0 && op->getNumResults() == 1 &&
         isMemoryEffectFree(op) && !op->hasTrait<OpTrait::ConstantLike>() &&
         !isa<tensor::TensorDialect>(op->getDialect());
}

/// What a remark says that `value` is.
static std::string describe(Value value) {
  auto quote = [](Operation *op) {
    return op ? ("'" + op->getName().getStringRef() + "'").str()
              : std::string("a block");
  };
  if (auto arg = dyn_cast<BlockArgument>(value))
    return ("argument #" + Twine(arg.getArgNumber()) + " of " +
            quote(arg.getOwner()->getParentOp()))
        .str();
  return "the result of " + quote(value.getDefiningOp());
}

bool TensorStacker::canInsert(Value tensor, std::string &reason) {
  if (isComputed(tensor))
    return true;
  if (getLoop(tensor)) {
    reason = describe(tensor) + " would be copied in each step";
    return false;
  }
  if (isSequence(tensor)) {
    reason =
        describe(tensor) + " has a row for each time step and would be copied";
    return false;
  }
  return true;
}

//===----------------------------------------------------------------------===//
// What lies in one tensor already
//===----------------------------------------------------------------------===//

/// The slice of a tensor of the same rank that `value` is, with a static place
/// along `dim`; null otherwise.
static tensor::ExtractSliceOp matchSlice(Value value, int64_t dim) {
  auto slice = value.getDefiningOp<tensor::ExtractSliceOp>();
  if (!slice || !slice.hasUnitStride() ||
      slice.getSourceType().getRank() != slice.getType().getRank() ||
      slice.isDynamicOffset(dim) || slice.isDynamicSize(dim))
    return {};
  return slice;
}

static bool haveSamePlaceBut(tensor::ExtractSliceOp lhs,
                             tensor::ExtractSliceOp rhs, int64_t dim) {
  auto lhsOffsets = lhs.getMixedOffsets(), rhsOffsets = rhs.getMixedOffsets();
  for (int64_t other : llvm::seq<int64_t>(lhsOffsets.size()))
    if (other != dim &&
        !isEqualConstantIntOrValue(lhsOffsets[other], rhsOffsets[other]))
      return false;
  return lhs.getSource() == rhs.getSource();
}

/// Whether these are consecutive slices of one tensor.
static bool areConsecutiveSlices(ArrayRef<Value> tensors, int64_t dim) {
  tensor::ExtractSliceOp first = matchSlice(tensors.front(), dim), last = first;
  if (!first)
    return false;
  for (Value tensor : tensors.drop_front()) {
    tensor::ExtractSliceOp next = matchSlice(tensor, dim);
    if (!next || !haveSamePlaceBut(first, next, dim) ||
        last.getStaticOffset(dim) + last.getStaticSize(dim) !=
            next.getStaticOffset(dim))
      return false;
    last = next;
  }
  return true;
}

/// The last of a chain of insertions that fill an empty tensor along `dim`, of
/// which one inserts `part`; the parts in their order are appended to `parts`.
static Value findFilledTensor(Value part, int64_t dim,
                              SmallVectorImpl<Value> &parts) {
  for (Operation *user : part.getUsers()) {
    auto insert = dyn_cast<tensor::InsertSliceOp>(user);
    if (!insert || insert.getSource() != part)
      continue;
    auto findNext = [](tensor::InsertSliceOp op) -> tensor::InsertSliceOp {
      for (Operation *user : op.getResult().getUsers())
        if (auto next = dyn_cast<tensor::InsertSliceOp>(user))
          if (next.getDest() == op.getResult())
            return next;
      return {};
    };
    while (tensor::InsertSliceOp next = findNext(insert))
      insert = next;
    Value filled = insert.getResult();

    SmallVector<std::pair<int64_t, Value>> places;
    bool fits = true;
    while (insert && fits) {
      auto destType = insert.getDestType();
      fits = insert.hasUnitStride() &&
             insert.getSourceType().getRank() == destType.getRank() &&
             !insert.isDynamicOffset(dim) && !insert.isDynamicSize(dim);
      for (int64_t other : llvm::seq(fits ? destType.getRank() : 0))
        if (other != dim)
          fits &= isConstantIntValue(insert.getMixedOffsets()[other], 0) &&
                  haveSameSize(insert.getSource(), other, filled, other);
      if (!fits)
        break;
      places.push_back({insert.getStaticOffset(dim), insert.getSource()});
      Value dest = insert.getDest();
      insert = dest.getDefiningOp<tensor::InsertSliceOp>();
      fits = insert || dest.getDefiningOp<tensor::EmptyOp>();
    }
    if (!fits)
      continue;
    llvm::sort(places, llvm::less_first());
    int64_t offset = 0;
    for (auto [place, value] : places) {
      fits &= place == offset;
      offset += cast<RankedTensorType>(value.getType()).getDimSize(dim);
    }
    if (!fits ||
        offset != cast<RankedTensorType>(filled.getType()).getDimSize(dim))
      continue;
    llvm::append_range(parts, llvm::make_second_range(places));
    return filled;
  }
  return {};
}

/// The tensor into which just these were inserted, in this order, if it is
/// there where `user` is.
static Value findStack(ArrayRef<Value> tensors, int64_t dim, Operation *user) {
  SmallVector<Value> parts;
  Value stack = findFilledTensor(tensors.front(), dim, parts);
  return stack && tensors == ArrayRef(parts) &&
                 DominanceInfo().properlyDominates(stack, user)
             ? stack
             : Value();
}

/// The scan whose inputs these are, all in one direction.
static ScanOp findScanOfInputs(ArrayRef<Value> tensors) {
  ScanOp scan;
  bool reverse = false;
  for (Value tensor : tensors) {
    auto arg = dyn_cast<BlockArgument>(tensor);
    auto owner = arg ? dyn_cast_or_null<ScanOp>(arg.getOwner()->getParentOp())
                     : ScanOp();
    if (!owner || (scan && owner != scan) ||
        arg.getArgNumber() <= owner.getNumCarries())
      return {};
    bool direction =
        owner.getInputReverse()[arg.getArgNumber() - 1 - owner.getNumCarries()];
    if (scan && direction != reverse)
      return {};
    scan = owner;
    reverse = direction;
  }
  return scan;
}

/// The place of the input of which `slice` is a slice.
static OpOperand &getSequence(ScanOp scan, Value slice) {
  return scan.getInputsMutable()[cast<BlockArgument>(slice).getArgNumber() - 1 -
                                 scan.getNumCarries()];
}

/// The scan whose outputs these are, all in one direction.
static ScanOp findScanOfOutputs(ArrayRef<Value> tensors) {
  ScanOp scan;
  bool reverse = false;
  for (Value tensor : tensors) {
    auto owner = tensor.getDefiningOp<ScanOp>();
    if (!owner || (scan && owner != scan) ||
        !llvm::is_contained(owner.getOutputs(), tensor))
      return {};
    bool direction =
        owner.getOutputReverse()[cast<OpResult>(tensor).getResultNumber() -
                                 owner.getNumCarries()];
    if (scan && direction != reverse)
      return {};
    scan = owner;
    reverse = direction;
  }
  return scan;
}

/// The place in the terminator of the slices of `output`.
static OpOperand &getYielded(ScanOp scan, Value output) {
  return scan.getYield()->getOpOperand(
      cast<OpResult>(output).getResultNumber());
}

static SmallVector<Value> getSequences(ScanOp scan, ArrayRef<Value> slices) {
  return llvm::map_to_vector(
      slices, [&](Value slice) { return getSequence(scan, slice).get(); });
}

static SmallVector<Value> getYieldedSlices(ScanOp scan,
                                           ArrayRef<Value> outputs) {
  return llvm::map_to_vector(
      outputs, [&](Value output) { return getYielded(scan, output).get(); });
}

std::optional<SmallVector<unsigned>>
TensorStacker::findOrder(ArrayRef<Value> tensors, int64_t dim) {
  SmallVector<unsigned> order =
      llvm::to_vector(llvm::seq<unsigned>(tensors.size()));
  if (llvm::all_of(tensors,
                   [&](Value tensor) { return matchSlice(tensor, dim); })) {
    llvm::sort(order, [&](unsigned lhs, unsigned rhs) {
      auto place = [&](unsigned index) {
        return std::pair(matchSlice(tensors[index], dim).getStaticOffset(dim),
                         index);
      };
      return place(lhs) < place(rhs);
    });
    SmallVector<Value> sorted = llvm::map_to_vector(
        order, [&](unsigned index) { return tensors[index]; });
    if (areConsecutiveSlices(sorted, dim))
      return order;
  }
  SmallVector<Value> parts;
  if (findFilledTensor(tensors.front(), dim, parts) &&
      parts.size() == tensors.size()) {
    for (auto [position, part] : llvm::enumerate(parts)) {
      auto found = llvm::find(tensors, part);
      if (found == tensors.end())
        return std::nullopt;
      order[position] = found - tensors.begin();
    }
    return order;
  }
  if (ScanOp scan = findScanOfInputs(tensors))
    return findOrder(getSequences(scan, tensors), dim + 1);
  if (ScanOp scan = findScanOfOutputs(tensors); scan && dim > 0)
    return findOrder(getYieldedSlices(scan, tensors), dim - 1);
  return std::nullopt;
}

TensorStacker::Kind TensorStacker::getKind(Value tensor) {
  if (ScanOp scan = findScanOfInputs(tensor))
    return {scan,
            scan.getInputReverse()[cast<BlockArgument>(tensor).getArgNumber() -
                                   1 - scan.getNumCarries()]};
  if (ScanOp scan = findScanOfOutputs(tensor))
    return {
        scan,
        2 + scan.getOutputReverse()[cast<OpResult>(tensor).getResultNumber() -
                                    scan.getNumCarries()]};
  std::string reason;
  if (canInsert(tensor, reason))
    return {getLoop(tensor), 4};
  if (auto slice = tensor.getDefiningOp<tensor::ExtractSliceOp>())
    return {slice.getSource().getAsOpaquePointer(), 5};
  return {tensor.getAsOpaquePointer(), 6};
}

//===----------------------------------------------------------------------===//
// Stacking
//===----------------------------------------------------------------------===//

bool TensorStacker::canStack(ArrayRef<Value> tensors, int64_t dim,
                             Operation *user, std::string &reason) {
  auto type = cast<RankedTensorType>(tensors.front().getType());
  llvm::SmallPtrSet<Value, 8> distinct;
  for (Value tensor : tensors) {
    auto other = cast<RankedTensorType>(tensor.getType());
    if (other.isDynamicDim(dim) || other.getEncoding() ||
        withSize(other, dim, 1) != withSize(type, dim, 1)) {
      reason = "the sizes of what would be stacked are not known or do not fit";
      return false;
    }
    if (!distinct.insert(tensor).second) {
      reason = "one tensor would be stacked twice";
      return false;
    }
  }
  if (areConsecutiveSlices(tensors, dim) || findStack(tensors, dim, user))
    return true;
  if (ScanOp scan = findScanOfInputs(tensors); scan && !forOutput)
    return canStack(getSequences(scan, tensors), dim + 1, scan, reason);
  if (ScanOp scan = findScanOfOutputs(tensors); scan && dim > 0) {
    llvm::SaveAndRestore inBody(forOutput, true);
    return canStack(getYieldedSlices(scan, tensors), dim - 1, scan.getYield(),
                    reason);
  }
  for (Value tensor : tensors) {
    if (!canInsert(tensor, reason))
      return false;
    if (getLoop(tensor) != getLoop(tensors.front())) {
      reason = describe(tensor) +
               " is constant in a loop and would be copied in "
               "each step";
      return false;
    }
  }
  return true;
}

void TensorStacker::setInsertionPointBehind(ArrayRef<Value> tensors) {
  // All are defined where one op can use them, so that each dominates the next
  // in some order.
  DominanceInfo dominance;
  Value last = tensors.front();
  for (Value tensor : tensors.drop_front()) {
    Block *block = tensor.getParentBlock(), *lastBlock = last.getParentBlock();
    Operation *op = tensor.getDefiningOp(), *lastOp = last.getDefiningOp();
    bool isLater = block == lastBlock
                       ? op && (!lastOp || lastOp->isBeforeInBlock(op))
                       : dominance.properlyDominates(lastBlock, block);
    if (isLater)
      last = tensor;
  }
  rewriter.setInsertionPointAfterValue(last);
}

Value TensorStacker::insertAll(ArrayRef<Value> tensors, int64_t dim,
                               Location loc) {
  setInsertionPointBehind(tensors);
  auto type = cast<RankedTensorType>(tensors.front().getType());
  int64_t total = 0;
  for (Value tensor : tensors)
    total += cast<RankedTensorType>(tensor.getType()).getDimSize(dim);
  SmallVector<OpFoldResult> sizes;
  for (int64_t other : llvm::seq(type.getRank()))
    sizes.push_back(getSize(rewriter, loc, tensors.front(), other));
  SmallVector<OpFoldResult> offsets(type.getRank(), rewriter.getIndexAttr(0)),
      strides(type.getRank(), rewriter.getIndexAttr(1));
  sizes[dim] = rewriter.getIndexAttr(total);
  Value stack =
      tensor::EmptyOp::create(rewriter, loc, sizes, type.getElementType());
  int64_t offset = 0;
  for (Value tensor : tensors) {
    int64_t size = cast<RankedTensorType>(tensor.getType()).getDimSize(dim);
    offsets[dim] = rewriter.getIndexAttr(offset);
    sizes[dim] = rewriter.getIndexAttr(size);
    stack = tensor::InsertSliceOp::create(rewriter, loc, tensor, stack, offsets,
                                          sizes, strides);
    offset += size;
  }
  return stack;
}

Value TensorStacker::sliceOfOne(ArrayRef<Value> slices, int64_t dim,
                                Location loc) {
  tensor::ExtractSliceOp first = matchSlice(slices.front(), dim);
  int64_t total = 0;
  for (Value slice : slices)
    total += cast<RankedTensorType>(slice.getType()).getDimSize(dim);
  Value source = first.getSource();
  RankedTensorType type = withSize(first.getType(), dim, total);
  bool isWhole = type == source.getType();
  for (int64_t other : llvm::seq(type.getRank()))
    isWhole &=
        isConstantIntValue(first.getMixedOffsets()[other], 0) &&
        (other == dim || haveSameSize(first.getResult(), other, source, other));
  if (isWhole)
    return source;
  setInsertionPointBehind(slices);
  SmallVector<OpFoldResult> sizes = first.getMixedSizes();
  sizes[dim] = rewriter.getIndexAttr(total);
  return tensor::ExtractSliceOp::create(rewriter, loc, type, source,
                                        first.getMixedOffsets(), sizes,
                                        first.getMixedStrides());
}

Value TensorStacker::stackInputs(ArrayRef<OpOperand *> uses, int64_t dim,
                                 Location loc) {
  SmallVector<Value> slices =
      llvm::map_to_vector(uses, [](OpOperand *use) { return use->get(); });
  ScanOp scan = findScanOfInputs(slices);
  SmallVector<OpOperand *> sequences = llvm::map_to_vector(
      slices, [&](Value slice) { return &getSequence(scan, slice); });
  bool reverse = scan.getInputReverse()[cast<BlockArgument>(slices.front())
                                            .getArgNumber() -
                                        1 - scan.getNumCarries()];
  Value sequence = stack(sequences, dim + 1, loc);
  ScanEditor editor(rewriter, scan);
  Value whole = editor.addInput(sequence, reverse);
  scan = editor.finish();
  rewriter.setInsertionPointToStart(&scan.getBody().front());
  SmallVector<Value> parts =
      buildSlices(rewriter, loc, whole, dim, ValueRange(slices).getTypes());
  for (auto [slice, part] : llvm::zip_equal(slices, parts))
    rewriter.replaceAllUsesWith(slice, part);
  return whole;
}

Value TensorStacker::stackOutputs(ArrayRef<OpOperand *> uses, int64_t dim,
                                  Location loc) {
  SmallVector<Value> outputs =
      llvm::map_to_vector(uses, [](OpOperand *use) { return use->get(); });
  ScanOp scan = findScanOfOutputs(outputs);
  SmallVector<OpOperand *> slices = llvm::map_to_vector(
      outputs, [&](Value output) { return &getYielded(scan, output); });
  SmallVector<unsigned> numbers = llvm::map_to_vector(outputs, [](Value value) {
    return cast<OpResult>(value).getResultNumber();
  });
  bool reverse =
      scan.getOutputReverse()[numbers.front() - scan.getNumCarries()];
  Value slice;
  {
    llvm::SaveAndRestore inBody(forOutput, true);
    slice = stack(slices, dim - 1, loc);
  }
  ScanEditor editor(rewriter, scan);
  unsigned output = editor.addOutput(slice, reverse);
  scan = editor.finish();
  Value whole = scan.getOutputs()[output];
  SmallVector<Value> replaced =
      llvm::map_to_vector(numbers, [&](unsigned number) -> Value {
        return scan.getResult(number);
      });
  rewriter.setInsertionPointAfter(scan);
  SmallVector<Value> parts =
      buildSlices(rewriter, loc, whole, dim, ValueRange(replaced).getTypes());
  for (auto [old, part] : llvm::zip_equal(replaced, parts))
    rewriter.replaceAllUsesWith(old, part);
  return whole;
}

Value TensorStacker::stack(ArrayRef<OpOperand *> uses, int64_t dim,
                           Location loc) {
  OpBuilder::InsertionGuard guard(rewriter);
  loc = withOrigin(loc, /*layer=*/"", /*gate=*/"", /*direction=*/"", source);
  SmallVector<Value> tensors =
      llvm::map_to_vector(uses, [](OpOperand *use) { return use->get(); });
  if (areConsecutiveSlices(tensors, dim))
    return sliceOfOne(tensors, dim, loc);
  if (Value present = findStack(tensors, dim, uses.front()->getOwner()))
    return present;
  if (findScanOfInputs(tensors) && !forOutput)
    return stackInputs(uses, dim, loc);
  if (findScanOfOutputs(tensors) && dim > 0)
    return stackOutputs(uses, dim, loc);
  return insertAll(tensors, dim, loc);
}
