//===- BufferAccess.cpp - What ops read and write of buffers --------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BufferAccess.h"
#include "gradopt/IR/GradOptOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ValueBoundsOpInterface.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

using namespace mlir;
using namespace mlir::gradopt;
using linalg::LinalgOp;

//===----------------------------------------------------------------------===//
// Linear forms
//===----------------------------------------------------------------------===//

LinearForm &LinearForm::add(const LinearForm &other, int64_t factor) {
  constant += factor * other.constant;
  for (auto [value, times] : other.terms)
    terms[value] += factor * times;
  terms.remove_if([](const auto &term) { return term.second == 0; });
  return *this;
}

int64_t LinearForm::getFactor(Value value) const {
  auto it = terms.find(value);
  return it == terms.end() ? 0 : it->second;
}

std::optional<int64_t> LinearForm::getConstant() const {
  if (!terms.empty())
    return std::nullopt;
  return constant;
}

LinearForm LinearForm::get(OpFoldResult value) {
  LinearForm form;
  if (std::optional<int64_t> number = getConstantIntValue(value)) {
    form.constant = *number;
    return form;
  }
  auto ssa = cast<Value>(value);
  if (auto add = ssa.getDefiningOp<arith::AddIOp>())
    return get(add.getLhs()).add(get(add.getRhs()));
  if (auto sub = ssa.getDefiningOp<arith::SubIOp>())
    return get(sub.getLhs()).add(get(sub.getRhs()), -1);
  if (auto mul = ssa.getDefiningOp<arith::MulIOp>()) {
    LinearForm lhs = get(mul.getLhs()), rhs = get(mul.getRhs());
    if (auto number = rhs.getConstant())
      return LinearForm().add(lhs, *number);
    if (auto number = lhs.getConstant())
      return LinearForm().add(rhs, *number);
  }
  form.terms[ssa] = 1;
  return form;
}

//===----------------------------------------------------------------------===//
// Views
//===----------------------------------------------------------------------===//

static BufferView getWhole(Value root) {
  BufferView view;
  view.root = view.memory = root;
  auto type = dyn_cast<MemRefType>(root.getType());
  if (!type) {
    view.exact = false;
    return view;
  }
  OpBuilder builder(root.getContext());
  unsigned dynamic = 0;
  auto alloc = root.getDefiningOp<memref::AllocOp>();
  auto bytes = root.getDefiningOp<memref::ViewOp>();
  for (auto [dim, size] : llvm::enumerate(type.getShape())) {
    view.dims.push_back(dim);
    view.offsets.emplace_back();
    if (!ShapedType::isDynamic(size))
      view.sizes.push_back(builder.getIndexAttr(size));
    else if (alloc)
      view.sizes.push_back(alloc.getDynamicSizes()[dynamic++]);
    else if (bytes)
      view.sizes.push_back(bytes.getSizes()[dynamic++]);
    else
      view.sizes.push_back(OpFoldResult());
  }
  return view;
}

BufferView BufferView::get(Value buffer) {
  Operation *op = buffer.getDefiningOp();
  if (auto bytes = dyn_cast_or_null<memref::ViewOp>(op)) {
    // A place in the arena, or one of several buffers in one allocation.
    BufferView view = getWhole(buffer);
    Value source = BufferView::get(bytes.getSource()).memory;
    view.memory = isa<BlockArgument>(source) ? bytes.getByteShift() : source;
    return view;
  }
  if (auto cast = dyn_cast_or_null<memref::CastOp>(op))
    return get(cast.getSource());
  if (auto subview = dyn_cast_or_null<memref::SubViewOp>(op)) {
    BufferView view = get(subview.getSource());
    if (!view.exact)
      return view;
    llvm::SmallBitVector dropped = subview.getDroppedDims();
    SmallVector<unsigned> dims;
    for (auto [dim, offset, size, stride] :
         llvm::enumerate(subview.getMixedOffsets(), subview.getMixedSizes(),
                         subview.getMixedStrides())) {
      unsigned rootDim = view.dims[dim];
      view.offsets[rootDim].add(LinearForm::get(offset));
      view.sizes[rootDim] = size;
      if (!isConstantIntValue(stride, 1))
        view.exact = false;
      if (!dropped.test(dim))
        dims.push_back(rootDim);
    }
    view.dims = std::move(dims);
    return view;
  }
  if (auto viewLike = dyn_cast_or_null<ViewLikeOpInterface>(op)) {
    BufferView view = get(viewLike.getViewSource());
    view.exact = false;
    return view;
  }
  return getWhole(buffer);
}

/// Whether both are the same number.
static bool isSameNumber(OpFoldResult lhs, OpFoldResult rhs) {
  if (!lhs || !rhs)
    return false;
  if (isEqualConstantIntOrValue(lhs, rhs))
    return true;
  std::optional<int64_t> left = getConstantIntValue(lhs),
                         right = getConstantIntValue(rhs);
  if (left && right)
    return false;
  FailureOr<bool> equal = ValueBoundsConstraintSet::areEqual(lhs, rhs);
  return succeeded(equal) && *equal;
}

//===----------------------------------------------------------------------===//
// Shares
//===----------------------------------------------------------------------===//

KernelAttr gradopt::getKernel(Operation *op) {
  if (auto kernel = op->getAttrOfType<KernelAttr>(attr::kKernel))
    return kernel;
  return KernelAttr::get(op->getContext(), /*split=*/-1, /*period=*/0,
                         /*grain=*/1, /*rows=*/0, /*columns=*/0, /*depth=*/0,
                         /*overwrite=*/false);
}

std::optional<unsigned> gradopt::getColumnLoop(LinalgOp op) {
  if (op.getNumDpsInits() == 0)
    return std::nullopt;
  AffineMap map = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  if (map.getNumResults() == 0)
    return std::nullopt;
  auto last = dyn_cast<AffineDimExpr>(map.getResults().back());
  if (!last)
    return std::nullopt;
  return last.getPosition();
}

OpFoldResult gradopt::getLoopSize(LinalgOp op, unsigned loop) {
  for (OpOperand &operand : op->getOpOperands()) {
    AffineMap map = op.getMatchingIndexingMap(&operand);
    for (auto [dim, expr] : llvm::enumerate(map.getResults())) {
      if (expr != getAffineDimExpr(loop, op.getContext()))
        continue;
      auto type = cast<ShapedType>(operand.get().getType());
      if (!type.isDynamicDim(dim))
        return OpBuilder(op).getIndexAttr(type.getDimSize(dim));
      BufferView view = BufferView::get(operand.get());
      if (view.exact && view.sizes[view.dims[dim]])
        return view.sizes[view.dims[dim]];
    }
  }
  return OpFoldResult();
}

bool gradopt::isSplittable(LinalgOp op, unsigned loop) {
  if (op.getIteratorTypesArray()[loop] != utils::IteratorType::parallel ||
      !op.hasOnlyProjectedPermutations())
    return false;
  AffineExpr dim = getAffineDimExpr(loop, op.getContext());
  for (OpOperand &init : op.getDpsInitsMutable())
    if (!llvm::is_contained(op.getMatchingIndexingMap(&init).getResults(), dim))
      return false;
  return true;
}

LogicalResult gradopt::verifyKernels(Operation *root) {
  WalkResult result = root->walk([](LinalgOp op) -> WalkResult {
    KernelAttr kernel = getKernel(op);
    int64_t split = kernel.getSplit();
    if (split >= 0 && (split >= op.getNumLoops() || !isSplittable(op, split)))
      return op->emitOpError()
             << "cannot be divided by loop " << split
             << " as its gradopt.kernel says: split must be a parallel loop "
                "that all results have, of an op with plain indexing maps";
    std::optional<unsigned> columns = getColumnLoop(op);
    int64_t size = columns ? op.getStaticLoopRanges()[*columns] : 1;
    if (kernel.getPeriod() != 0 &&
        (ShapedType::isDynamic(size) || size % kernel.getPeriod() != 0))
      return op->emitOpError()
             << "has no runs of " << kernel.getPeriod()
             << " columns as its gradopt.kernel says: period must divide their "
                "number, which must be static";
    if (kernel.getColumns() != 0 && (!columns || ShapedType::isDynamic(size) ||
                                     !isSplittable(op, *columns)))
      return op->emitOpError()
             << "cannot be tiled by columns as its gradopt.kernel says: the "
                "last dimension of its first result must be static and one "
                "that all results have";
    if (kernel.getRows() != 0 && !linalg::isaContractionOpInterface(op) &&
        (split <= 0 || columns != unsigned(split) || kernel.getColumns() != 0))
      return op->emitOpError()
             << "cannot be done some rows at a time as its gradopt.kernel "
                "says: rows of an op that is no contraction needs split to be "
                "the loop of its columns, another loop before it, and no "
                "columns";
    // Tiles and shares that do not fit would make threads write the same.
    if (kernel.getColumns() != 0 && columns == unsigned(split) &&
        kernel.getGrain() != kernel.getColumns())
      return op->emitOpError() << "is divided by columns: in gradopt.kernel, "
                                  "grain and columns must be equal";
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

static Share getShare(LinalgOp op, OpOperand &operand, const BufferView &view) {
  KernelAttr kernel = getKernel(op);
  Share share;
  if (kernel.getSplit() < 0) {
    share.kind = Share::Kind::first;
    return share;
  }
  if (!view.exact)
    return share;
  AffineExpr loop = getAffineDimExpr(kernel.getSplit(), op.getContext());
  AffineMap map = op.getMatchingIndexingMap(&operand);
  for (auto [dim, expr] : llvm::enumerate(map.getResults())) {
    if (expr != loop)
      continue;
    share.kind = Share::Kind::split;
    share.dim = view.dims[dim];
    share.begin = view.offsets[share.dim];
    bool inRuns = kernel.getPeriod() != 0 &&
                  getColumnLoop(op) == unsigned(kernel.getSplit());
    share.length = inRuns ? OpBuilder(op).getIndexAttr(kernel.getPeriod())
                          : getLoopSize(op, kernel.getSplit());
    share.grain = kernel.getGrain();
    return share;
  }
  return share;
}

static void addLinalgAccesses(LinalgOp op,
                              std::vector<BufferAccess> &accesses) {
  for (OpOperand &operand : op->getOpOperands()) {
    if (!isa<BaseMemRefType>(operand.get().getType()))
      continue;
    BufferView view = BufferView::get(operand.get());
    Share share = getShare(op, operand, view);
    bool isInit = op.isDpsInit(&operand);
    if (op.payloadUsesValueFromOperand(&operand))
      accesses.push_back({op, view, share, /*isWrite=*/false});
    if (isInit)
      accesses.push_back({op, view, share, /*isWrite=*/true});
  }
}

void gradopt::collectAccesses(Operation *op,
                              std::vector<BufferAccess> &accesses) {
  auto linalgOp = dyn_cast<LinalgOp>(op);
  if (linalgOp)
    addLinalgAccesses(linalgOp, accesses);
  // What regions of linalg ops look up, and single loads and stores. All
  // threads read; thread 0 alone writes.
  op->walk([&](Operation *inner) {
    if (isa<linalg::LinalgOp>(inner) || isa<ViewLikeOpInterface>(inner) ||
        isa<memref::AllocOp, memref::AllocaOp, memref::DimOp>(inner))
      return;
    auto interface = dyn_cast<MemoryEffectOpInterface>(inner);
    if (!interface)
      return;
    SmallVector<MemoryEffects::EffectInstance> effects;
    interface.getEffects(effects);
    for (const MemoryEffects::EffectInstance &effect : effects) {
      bool isWrite = isa<MemoryEffects::Write>(effect.getEffect());
      if ((!isWrite && !isa<MemoryEffects::Read>(effect.getEffect())) ||
          !effect.getValue() ||
          !isa<BaseMemRefType>(effect.getValue().getType()))
        continue;
      BufferView view = BufferView::get(effect.getValue());
      view.exact = false;
      Share share;
      if (isWrite && !linalgOp)
        share.kind = Share::Kind::first;
      accesses.push_back({op, view, share, isWrite});
    }
  });
}

//===----------------------------------------------------------------------===//
// Conflicts
//===----------------------------------------------------------------------===//

/// Whether `form` is the same number in all iterations of the loop of `iv`, but
/// for what `iv` itself changes.
static bool isConstantBeside(const LinearForm &form, Value iv) {
  if (!iv)
    return true;
  Region *loop = iv.getParentRegion();
  return llvm::all_of(form.terms, [&](const auto &term) {
    return term.first == iv ||
           !loop->isAncestor(Value(term.first).getParentRegion());
  });
}

/// Whether one thread touches both, wherever they overlap.
static bool isSameThread(const BufferAccess &first, const BufferAccess &second,
                         Value iv) {
  if (first.share.kind != second.share.kind)
    return false;
  if (first.share.kind == Share::Kind::first)
    return true;
  if (first.share.kind == Share::Kind::all ||
      first.view.root != second.view.root ||
      first.share.dim != second.share.dim ||
      first.share.grain != second.share.grain ||
      !isSameNumber(first.share.length, second.share.length))
    return false;
  LinearForm distance = second.share.begin;
  if (!isConstantBeside(distance, iv) || (iv && distance.getFactor(iv) != 0))
    return false;
  std::optional<int64_t> number =
      distance.add(first.share.begin, -1).getConstant();
  if (!number)
    return false;
  if (*number == 0)
    return true;
  std::optional<int64_t> length = getConstantIntValue(first.share.length);
  return length && *length != 0 && *number % *length == 0;
}

/// Whether the rectangles have no element in common.
static bool isDisjoint(const BufferAccess &first, const BufferAccess &second,
                       Value iv, bool next) {
  if (!first.view.exact || !second.view.exact ||
      first.view.root != second.view.root)
    return false;
  for (auto [dim, begin, length] :
       llvm::enumerate(first.view.offsets, first.view.sizes)) {
    std::optional<int64_t> firstSize = getConstantIntValue(length);
    std::optional<int64_t> secondSize =
        second.view.sizes[dim] ? getConstantIntValue(second.view.sizes[dim])
                               : std::nullopt;
    if (!length || !firstSize || !secondSize)
      continue;
    // Steps of the loop between both move the second one by `move` each.
    int64_t move = iv ? begin.getFactor(iv) : 0;
    LinearForm distance = second.view.offsets[dim];
    if (!isConstantBeside(begin, iv) || !isConstantBeside(distance, iv))
      continue;
    std::optional<int64_t> number = distance.add(begin, -1).getConstant();
    if (!number)
      continue;
    auto isApart = [&](int64_t by) {
      return by >= *firstSize || -by >= *secondSize;
    };
    if (!iv || move == 0) {
      if (isApart(*number))
        return true;
      continue;
    }
    if (next) {
      if (isApart(*number + move))
        return true;
      continue;
    }
    // Away from each other from the first step on.
    if ((move > 0 && *number + move >= *firstSize) ||
        (move < 0 && -(*number + move) >= *secondSize))
      return true;
  }
  return false;
}

bool gradopt::mayWrite(Operation *root, Value memory) {
  return root
      ->walk([&](Operation *op) {
        if (op->getNumRegions() != 0 && !isa<LinalgOp>(op))
          return WalkResult::advance();
        std::vector<BufferAccess> accesses;
        collectAccesses(op, accesses);
        return llvm::any_of(accesses,
                            [&](const BufferAccess &access) {
                              return access.isWrite &&
                                     (!memory || access.view.memory == memory);
                            })
                   ? WalkResult::interrupt()
                   : WalkResult::advance();
      })
      .wasInterrupted();
}

bool gradopt::isConflict(const BufferAccess &first, const BufferAccess &second,
                         Value iv, bool next) {
  if (!first.isWrite && !second.isWrite)
    return false;
  if (first.view.memory != second.view.memory)
    return false;
  return !isSameThread(first, second, iv) &&
         !isDisjoint(first, second, iv, next);
}
