//===- ShareBuffers.cpp - Memory for several buffers ----------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BufferUses.h"
#include "gradopt/Conversion/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/LoopLikeInterface.h"

namespace mlir::gradopt {
#define GEN_PASS_DEF_SHAREBUFFERS
#include "gradopt/Conversion/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;

//===----------------------------------------------------------------------===//
// Preparation
//===----------------------------------------------------------------------===//

/// Moves a buffer as far up in its block as its sizes allow.
static void moveUp(RewriterBase &rewriter, memref::AllocOp alloc) {
  Operation *last = nullptr;
  for (Value size : alloc.getDynamicSizes())
    if (Operation *op = size.getDefiningOp();
        op && op->getBlock() == alloc->getBlock() &&
        (!last || last->isBeforeInBlock(op)))
      last = op;
  if (last)
    rewriter.moveOpAfter(alloc, last);
  else if (alloc != &alloc->getBlock()->front())
    rewriter.moveOpBefore(alloc, &alloc->getBlock()->front());
}

/// Moves a buffer of each iteration out of loops: it has one place anyhow.
static void hoist(RewriterBase &rewriter, memref::AllocOp alloc) {
  while (auto loop = dyn_cast<LoopLikeOpInterface>(alloc->getParentOp())) {
    if (!llvm::all_of(alloc.getDynamicSizes(), [&](Value size) {
          return loop.isDefinedOutsideOfLoop(size);
        }))
      return;
    rewriter.moveOpBefore(alloc, loop);
  }
}

/// Removes buffers that nothing reads, with what fills them.
static void eraseUnread(RewriterBase &rewriter, memref::AllocOp alloc) {
  std::optional<BufferUses> uses = BufferUses::get(alloc);
  if (!uses || !llvm::all_of(uses->uses, [](const BufferUse &use) {
        return !use.isRead &&
               isa<linalg::FillOp, memref::CopyOp>(use.operand->getOwner());
      }))
    return;
  if (!llvm::all_of(alloc->getUsers(), [](Operation *user) {
        return isa<linalg::FillOp, memref::CopyOp>(user);
      }))
    return;
  for (Operation *user : llvm::make_early_inc_range(alloc->getUsers()))
    rewriter.eraseOp(user);
  rewriter.eraseOp(alloc);
}

//===----------------------------------------------------------------------===//
// Lifetimes
//===----------------------------------------------------------------------===//

namespace {
/// Of so few bytes sharing saves nothing, but may make threads wait.
constexpr double kFewBytes = 4096;

/// A buffer of a block, from the first op that uses it to the last one.
struct Lifetime {
  memref::AllocOp alloc;
  Operation *first, *last;
  /// The first use or view.
  Operation *earliest;
  int64_t elementBytes;
  /// What stands for its size when buffers are put in an order.
  double bytes;
};

/// Buffers no two of which are needed at the same time.
struct Slot {
  std::vector<Lifetime> buffers;

  bool isFree(const Lifetime &lifetime) const {
    return llvm::all_of(buffers, [&](const Lifetime &other) {
      return (other.last->isBeforeInBlock(lifetime.first) ||
              lifetime.last->isBeforeInBlock(other.first)) &&
             areBothMade(lifetime, other) && areBothMade(other, lifetime);
    });
  }

private:
  /// Whether the sizes of `made` are known where views of `used` begin.
  static bool areBothMade(Lifetime made, const Lifetime &used) {
    return made.alloc->isBeforeInBlock(used.earliest);
  }
};
} // namespace

static std::optional<Lifetime> getLifetime(memref::AllocOp alloc) {
  MemRefType type = alloc.getType();
  if (!type.getLayout().isIdentity() || type.getMemorySpace() ||
      !alloc.getSymbolOperands().empty() ||
      !isa<FloatType, IntegerType, IndexType>(type.getElementType()))
    return std::nullopt;
  std::optional<BufferUses> uses = BufferUses::get(alloc);
  if (!uses || !uses->first)
    return std::nullopt;
  DataLayout layout = DataLayout::closest(alloc);
  Type element = type.getElementType();
  Lifetime lifetime{alloc,
                    uses->first,
                    uses->last,
                    uses->earliest,
                    static_cast<int64_t>(llvm::alignTo(
                        layout.getTypeSize(element).getFixedValue(),
                        layout.getTypeABIAlignment(element))),
                    0};
  // Time and batch, whatever they are, are taken to be of this size.
  constexpr double kDynamicSize = 64;
  lifetime.bytes = lifetime.elementBytes;
  for (int64_t size : type.getShape())
    lifetime.bytes *= ShapedType::isDynamic(size) ? kDynamicSize : size;
  return lifetime;
}

/// The larger ones choose first, so that the rest fits in with them.
static std::vector<Slot> assignSlots(SmallVector<Lifetime> lifetimes) {
  llvm::stable_sort(lifetimes, [](const Lifetime &a, const Lifetime &b) {
    return a.bytes > b.bytes;
  });
  std::vector<Slot> slots;
  for (const Lifetime &lifetime : lifetimes) {
    // The smallest one that is free: later slots are smaller.
    auto slot =
        std::find_if(slots.rbegin(), slots.rend(),
                     [&](const Slot &slot) { return slot.isFree(lifetime); });
    if (slot != slots.rend())
      slot->buffers.push_back(lifetime);
    else
      slots.push_back({{lifetime}});
  }
  return slots;
}

/// The bytes of a buffer, computed where the builder stands.
static Value buildBytes(OpBuilder &builder, const Lifetime &lifetime) {
  memref::AllocOp alloc = lifetime.alloc;
  Location loc = alloc.getLoc();
  MemRefType type = alloc.getType();
  int64_t constant = lifetime.elementBytes;
  for (int64_t size : type.getShape())
    if (!ShapedType::isDynamic(size))
      constant *= size;
  Value bytes = arith::ConstantIndexOp::create(builder, loc, constant);
  Value zero;
  for (Value size : alloc.getDynamicSizes()) {
    // T - 1 rows of no time steps are none.
    if (!isa<BlockArgument>(size)) {
      if (!zero)
        zero = arith::ConstantIndexOp::create(builder, loc, 0);
      size = arith::MaxSIOp::create(builder, loc, size, zero);
    }
    bytes = arith::MulIOp::create(builder, loc, bytes, size);
  }
  return bytes;
}

/// Gives the buffers of a slot one allocation.
static void buildSlot(RewriterBase &rewriter, const Slot &slot) {
  const Lifetime &largest = slot.buffers.front();
  if (slot.buffers.size() == 1)
    return;
  auto isLike = [&](const Lifetime &other) {
    memref::AllocOp alloc = other.alloc, first = largest.alloc;
    return alloc.getType() == first.getType() &&
           alloc.getDynamicSizes() == first.getDynamicSizes();
  };
  memref::AllocOp first = largest.alloc;
  Operation *earliest = first, *latest = first;
  for (const Lifetime &buffer : slot.buffers) {
    memref::AllocOp alloc = buffer.alloc;
    if (alloc->isBeforeInBlock(earliest))
      earliest = alloc;
    if (latest->isBeforeInBlock(alloc))
      latest = alloc;
  }
  if (llvm::all_of(slot.buffers, isLike)) {
    if (first != earliest)
      rewriter.moveOpBefore(first, earliest);
    for (const Lifetime &buffer : ArrayRef(slot.buffers).drop_front())
      rewriter.replaceOp(buffer.alloc, first.getResult());
    return;
  }

  // All sizes are known behind the last buffer, and views of the buffers stand
  // behind all of them.
  rewriter.setInsertionPointAfter(latest);
  bool isStatic = true;
  int64_t constant = 0;
  for (const Lifetime &buffer : slot.buffers) {
    memref::AllocOp alloc = buffer.alloc;
    MemRefType type = alloc.getType();
    isStatic &= type.hasStaticShape();
    if (isStatic)
      constant =
          std::max(constant, buffer.elementBytes * type.getNumElements());
  }
  Value bytes;
  if (!isStatic)
    for (const Lifetime &buffer : slot.buffers) {
      Value size = buildBytes(rewriter, buffer);
      bytes =
          bytes ? arith::MaxSIOp::create(rewriter, first.getLoc(), bytes, size)
                      .getResult()
                : size;
    }
  Type byte = rewriter.getI8Type();
  auto whole = memref::AllocOp::create(
      rewriter, first.getLoc(),
      MemRefType::get({isStatic ? constant : ShapedType::kDynamic}, byte),
      isStatic ? ValueRange() : ValueRange(bytes), first.getAlignmentAttr());
  Value zero = arith::ConstantIndexOp::create(rewriter, first.getLoc(), 0);
  for (const Lifetime &buffer : slot.buffers) {
    memref::AllocOp alloc = buffer.alloc;
    Value view =
        memref::ViewOp::create(rewriter, alloc.getLoc(), alloc.getType(), whole,
                               zero, alloc.getDynamicSizes());
    rewriter.replaceOp(alloc, view);
  }
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

/// Says which copies are left.
static void remarkCopy(memref::CopyOp copy, func::FuncOp function) {
  bool inLoop = copy->getParentOfType<LoopLikeOpInterface>() != nullptr;
  remark::missed(copy.getLoc(),
                 remark::RemarkOpts::name(inLoop ? "copy-in-loop" : "copy")
                     .category("gradopt-share-buffers")
                     .function(function.getName()))
      << remark::reason(
             "{0}",
             inLoop ? "each step of the loop copies this value: it is kept in "
                      "two places, or something still reads what it would "
                      "overwrite"
                    : "this value is copied once when the step runs");
}

namespace {
struct ShareBuffers : gradopt::impl::ShareBuffersBase<ShareBuffers> {
  using ShareBuffersBase::ShareBuffersBase;

  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (!function.getBody().hasOneBlock())
      return;
    Block &block = function.getBody().front();
    IRRewriter rewriter(&getContext());
    auto forEachAlloc = [&](auto callback) {
      SmallVector<memref::AllocOp> allocs;
      function.walk([&](memref::AllocOp alloc) { allocs.push_back(alloc); });
      for (memref::AllocOp alloc : allocs)
        callback(rewriter, alloc);
    };
    forEachAlloc(moveUp);
    forwardCopies(rewriter, block);
    forEachAlloc(eraseUnread);
    forEachAlloc(hoist);
    forEachAlloc(moveUp);
    splitBuffers(rewriter, block);
    reuseRows(rewriter, block);
    function.walk([&](memref::CopyOp copy) {
      if (areSame(BufferView::get(copy.getSource()),
                  BufferView::get(copy.getTarget())))
        rewriter.eraseOp(copy);
      else
        remarkCopy(copy, function);
    });

    SmallVector<Lifetime> lifetimes;
    for (memref::AllocOp alloc : block.getOps<memref::AllocOp>())
      if (std::optional<Lifetime> lifetime = getLifetime(alloc);
          lifetime && lifetime->bytes >= kFewBytes)
        lifetimes.push_back(*lifetime);
    for (const Slot &slot : assignSlots(std::move(lifetimes)))
      buildSlot(rewriter, slot);
  }
};
} // namespace
