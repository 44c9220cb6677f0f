//===- PlanArena.cpp - Buffers in the arena -------------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Capacity.h"
#include "Manifest.h"
#include "gradopt/Conversion/Passes.h"
#include "gradopt_runtime.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/Transforms/BufferViewFlowAnalysis.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/DataLayoutInterfaces.h"
#include "mlir/Interfaces/LoopLikeInterface.h"

namespace mlir::gradopt {
#define GEN_PASS_DEF_PLANARENA
#include "gradopt/Conversion/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;

/// Bytes from one element of the buffer to the next; nothing if it holds no
/// numbers.
static std::optional<int64_t> getElementBytes(memref::AllocOp alloc) {
  Type type = alloc.getType().getElementType();
  if (!isa<IntegerType, FloatType, IndexType, ComplexType, VectorType>(type))
    return std::nullopt;
  DataLayout layout = DataLayout::closest(alloc);
  return llvm::alignTo(layout.getTypeSize(type).getFixedValue(),
                       layout.getTypeABIAlignment(type));
}

namespace {
/// The buffers of a step in the order in which they lie in the arena, and where
/// they begin for the capacities in `capacity`.
struct ArenaBuilder {
  ArenaBuilder(OpBuilder &builder, Location loc, const Manifest &manifest,
               func::FuncOp body, Value maxTime, Value maxBatch)
      : builder(builder), loc(loc),
        offsets(buildOffsets(builder, loc, manifest, maxTime, maxBatch)) {
    capacity.map(body.getArgument(kTime), maxTime);
    capacity.map(body.getArgument(kBatch), maxBatch);
    // What is computed from the capacities already.
    capacity.map(body.getArgument(kMaxTime), maxTime);
    capacity.map(body.getArgument(kMaxBatch), maxBatch);
  }

  /// Adds a buffer; returns its offset.
  FailureOr<Value> add(memref::AllocOp alloc) {
    MemRefType type = alloc.getType();
    std::optional<int64_t> elementBytes = getElementBytes(alloc);
    if (!elementBytes || !type.getLayout().isIdentity() ||
        type.getMemorySpace())
      return emitError(alloc.getLoc())
             << "a buffer of type " << type
             << " cannot lie in the step's arena, which holds dense buffers of "
                "numbers in the default memory space";
    Value bytes = arith::ConstantIndexOp::create(builder, loc, *elementBytes);
    unsigned dynamic = 0;
    for (int64_t size : type.getShape()) {
      Value factor;
      if (ShapedType::isDynamic(size)) {
        factor = buildCapacity(builder, alloc.getDynamicSizes()[dynamic++],
                               capacity);
        if (!factor)
          return emitError(alloc.getLoc())
                 << "the size of a value of this op is not bounded by the "
                    "capacities for time and batch, so that the step's memory "
                    "cannot be planned; give it a static size, or one that "
                    "follows from the time and batch sizes and grows with them";
        // T - 1 rows of no time steps are none.
        factor = arith::MaxSIOp::create(
            builder, loc, factor,
            arith::ConstantIndexOp::create(builder, loc, 0));
      } else {
        factor = arith::ConstantIndexOp::create(builder, loc, size);
      }
      bytes = arith::MulIOp::create(builder, loc, bytes, factor);
    }
    Value offset = offsets.end;
    offsets.end = arith::AddIOp::create(builder, loc, offsets.end,
                                        buildAligned(builder, loc, bytes));
    return offset;
  }

  OpBuilder &builder;
  Location loc;
  ArenaOffsets offsets;
  IRMapping capacity;
};

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

struct PlanArena : gradopt::impl::PlanArenaBase<PlanArena> {
  using PlanArenaBase::PlanArenaBase;

  void runOnOperation() override {
    SmallVector<func::FuncOp> bodies;
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (function.getName().ends_with(kBodySuffix))
        bodies.push_back(function);
    for (func::FuncOp body : bodies)
      if (failed(plan(body)))
        return signalPassFailure();
  }

  LogicalResult plan(func::FuncOp body) {
    StringRef name = body.getName().drop_back(kBodySuffix.size());
    FailureOr<Manifest> manifest = readManifest(body, name);
    if (failed(manifest))
      return failure();

    SmallVector<memref::AllocOp> allocs;
    body.walk([&](memref::AllocOp alloc) { allocs.push_back(alloc); });
    if (failed(checkLifetimes(body, allocs)))
      return failure();
    Location loc = body.getLoc();
    if (failed(buildLayout(body, name, *manifest, allocs)))
      return failure();

    OpBuilder builder = OpBuilder::atBlockBegin(&body.getBody().front());
    ArenaBuilder arena(builder, loc, *manifest, body,
                       body.getArgument(kMaxTime), body.getArgument(kMaxBatch));
    for (memref::AllocOp alloc : allocs) {
      FailureOr<Value> offset = arena.add(alloc);
      if (failed(offset))
        return failure();
      OpBuilder at(alloc);
      Value view = memref::ViewOp::create(at, alloc.getLoc(), alloc.getType(),
                                          body.getArgument(kArena), *offset,
                                          alloc.getDynamicSizes());
      alloc.replaceAllUsesWith(view);
      alloc.erase();
    }
    // The arena is the caller's.
    body.walk([](memref::DeallocOp dealloc) { dealloc.erase(); });
    return success();
  }

  /// A buffer has one place, so no iteration of a loop may see the buffer of
  /// another one.
  LogicalResult checkLifetimes(func::FuncOp body,
                               ArrayRef<memref::AllocOp> allocs) {
    BufferViewFlowAnalysis aliases(body);
    for (memref::AllocOp alloc : allocs) {
      for (Value alias : aliases.resolve(alloc)) {
        Operation *owner = alias.getDefiningOp();
        if (auto arg = dyn_cast<BlockArgument>(alias))
          owner = arg.getOwner()->getParentOp();
        if (!isa<LoopLikeOpInterface>(owner) || !owner->isProperAncestor(alloc))
          continue;
        InFlightDiagnostic diag =
            emitError(alloc.getLoc())
            << "a buffer that is made in a loop outlives the iteration, so "
               "that "
               "it has no one place in the step's arena; make it before the "
               "loop, and write to it in the loop";
        diag.attachNote(owner->getLoc()) << "this loop carries or returns it";
        return diag;
      }
    }
    return success();
  }

  FailureOr<Manifest> readManifest(func::FuncOp body, StringRef name) {
    auto fail = [&]() -> InFlightDiagnostic {
      return emitError(body.getLoc())
             << "@" << body.getName()
             << " is named as the body of a step, but ";
    };
    auto isIndex = [](Type type) { return type.isIndex(); };
    auto arena = body.getNumArguments() == kNumBodyArguments
                     ? dyn_cast<MemRefType>(body.getArgumentTypes().front())
                     : MemRefType();
    if (body.isExternal() || body.getNumResults() != 0 || !arena ||
        arena != MemRefType::get({ShapedType::kDynamic},
                                 IntegerType::get(&getContext(), 8)) ||
        !llvm::all_of(
            body.getArgumentTypes().slice(kTime, kThreads - kTime + 1),
            isIndex) ||
        !isa<LLVM::LLVMPointerType>(body.getArgumentTypes()[kContext]))
      return fail() << "does not take an arena of bytes, seven sizes and a context as "
                       "gradopt-bind-step-to-arena makes it";
    auto global = getOperation().lookupSymbol<LLVM::GlobalOp>(
        (name + kManifestSuffix).str());
    if (!global)
      return fail() << "there is no manifest @" << name << kManifestSuffix
                    << ": run gradopt-bind-step-to-arena first";
    auto bytes = dyn_cast_or_null<StringAttr>(global.getValueOrNull());
    FailureOr<Manifest> manifest =
        Manifest::decode(bytes ? bytes.getValue() : StringRef(), &getContext());
    if (failed(manifest))
      return fail() << "@" << name << kManifestSuffix
                    << " is not a manifest as gradopt-bind-step-to-arena makes "
                       "it";
    return manifest;
  }

  /// NAME_layout(max_time, max_batch, offsets) -> bytes.
  LogicalResult buildLayout(func::FuncOp body, StringRef name,
                            const Manifest &manifest,
                            ArrayRef<memref::AllocOp> allocs) {
    OpBuilder builder(body);
    Location loc = body.getLoc();
    Type pointer = LLVM::LLVMPointerType::get(&getContext());
    Type i64 = builder.getI64Type();
    auto layout =
        func::FuncOp::create(builder, loc, (name + kLayoutSuffix).str(),
                             builder.getFunctionType({i64, i64, pointer}, i64));
    Block *block = layout.addEntryBlock();
    builder.setInsertionPointToStart(block);
    auto toIndex = [&](Value value) -> Value {
      return arith::IndexCastOp::create(builder, loc, builder.getIndexType(),
                                        value);
    };
    auto toI64 = [&](OpBuilder &at, Value value) -> Value {
      return arith::IndexCastOp::create(at, loc, i64, value);
    };
    Value maxTime = toIndex(block->getArgument(0));
    Value maxBatch = toIndex(block->getArgument(1));
    ArenaBuilder arena(builder, loc, manifest, body, maxTime, maxBatch);
    for (memref::AllocOp alloc : allocs)
      if (failed(arena.add(alloc)))
        return failure();

    Value null = LLVM::ZeroOp::create(builder, loc, pointer);
    Value wanted = LLVM::ICmpOp::create(builder, loc, LLVM::ICmpPredicate::ne,
                                        block->getArgument(2), null);
    auto write =
        scf::IfOp::create(builder, loc, wanted, /*withElseRegion=*/false);
    Value bytes = toI64(builder, arena.offsets.end);
    func::ReturnOp::create(builder, loc, bytes);
    OpBuilder inside = OpBuilder::atBlockBegin(write.thenBlock());
    int32_t index = 0;
    for (const std::array<Value, 2> &slots : arena.offsets.entries) {
      for (Value slot : slots) {
        Value address = LLVM::GEPOp::create(inside, loc, pointer, i64,
                                            block->getArgument(2),
                                            ArrayRef<LLVM::GEPArg>{index++});
        LLVM::StoreOp::create(inside, loc, toI64(inside, slot), address);
      }
    }
    return success();
  }
};
} // namespace
