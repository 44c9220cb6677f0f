//===- PlanArena.cpp - Buffers in the arena -------------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Manifest.h"
#include "gradopt/Conversion/Passes.h"
#include "gradopt_runtime.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"

namespace mlir::gradopt {
#define GEN_PASS_DEF_PLANARENA
#include "gradopt/Conversion/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;

//===----------------------------------------------------------------------===//
// Sizes for given capacities
//===----------------------------------------------------------------------===//

/// Whether an op's result does not shrink when its operands grow, so that a
/// capacity gives a bound of every smaller size.
static bool isMonotone(Operation *op) {
  if (matchPattern(op, m_Constant()))
    return true;
  if (isa<arith::AddIOp, arith::MulIOp, arith::MaxSIOp, arith::MaxUIOp,
          arith::MinSIOp, arith::MinUIOp, arith::IndexCastOp,
          arith::IndexCastUIOp>(op))
    return true;
  if (isa<arith::DivSIOp, arith::DivUIOp, arith::CeilDivSIOp,
          arith::CeilDivUIOp, arith::SubIOp>(op))
    return matchPattern(op->getOperand(1), m_Constant());
  return isa<affine::AffineApplyOp>(op);
}

/// The value that `size` has for the capacities that `capacity` maps time and
/// batch to; null if it does not follow from them.
static Value buildCapacity(OpBuilder &builder, Value size, IRMapping &capacity) {
  if (Value known = capacity.lookupOrNull(size))
    return known;
  Operation *op = size.getDefiningOp();
  if (!op)
    return {};
  if (auto dim = dyn_cast<memref::DimOp>(op)) {
    // The sizes of a buffer that the step made itself are operands of its view.
    auto view = dim.getSource().getDefiningOp<memref::ViewOp>();
    std::optional<int64_t> index = dim.getConstantIndex();
    if (!view || !index || !view.getType().isDynamicDim(*index))
      return {};
    unsigned operand =
        llvm::count_if(view.getType().getShape().take_front(*index),
                       ShapedType::isDynamic);
    return buildCapacity(builder, view.getSizes()[operand], capacity);
  }
  if (!isMonotone(op))
    return {};
  for (Value operand : op->getOperands())
    if (!buildCapacity(builder, operand, capacity))
      return {};
  builder.clone(*op, capacity);
  return capacity.lookup(size);
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
    Value bytes = arith::ConstantIndexOp::create(
        builder, loc,
        llvm::divideCeil(type.getElementType().isIndex()
                             ? 64
                             : type.getElementTypeBitWidth(),
                         8));
    unsigned dynamic = 0;
    for (int64_t size : type.getShape()) {
      Value factor;
      if (ShapedType::isDynamic(size)) {
        factor = buildCapacity(builder, alloc.getDynamicSizes()[dynamic++],
                               capacity);
        if (!factor)
          return alloc.emitError()
                 << "the size of a value of this op is not known from the time "
                    "and batch sizes alone, so that the step's memory cannot be "
                    "planned; give it a static size or one of these";
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
    auto global = getOperation().lookupSymbol<LLVM::GlobalOp>(
        (name + kManifestSuffix).str());
    if (!global)
      return body.emitOpError() << "has no manifest @" << name << kManifestSuffix
                                << ": run gradopt-bind-step-to-arena first";
    Manifest manifest = Manifest::decode(
        cast<StringAttr>(global.getValueOrNull()).getValue(), &getContext());

    SmallVector<memref::AllocOp> allocs;
    body.walk([&](memref::AllocOp alloc) { allocs.push_back(alloc); });
    Location loc = body.getLoc();
    if (failed(buildLayout(body, name, manifest, allocs)))
      return failure();

    OpBuilder builder = OpBuilder::atBlockBegin(&body.getBody().front());
    ArenaBuilder arena(builder, loc, manifest, body, body.getArgument(kMaxTime),
                       body.getArgument(kMaxBatch));
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
    return success();
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
    Value wanted =
        LLVM::ICmpOp::create(builder, loc, LLVM::ICmpPredicate::ne,
                             block->getArgument(2), null);
    auto write = scf::IfOp::create(builder, loc, wanted, /*withElseRegion=*/false);
    Value bytes = toI64(builder, arena.offsets.end);
    func::ReturnOp::create(builder, loc, bytes);
    OpBuilder inside = OpBuilder::atBlockBegin(write.thenBlock());
    int32_t index = 0;
    for (const std::array<Value, 2> &slots : arena.offsets.entries) {
      for (Value slot : slots) {
        Value address =
            LLVM::GEPOp::create(inside, loc, pointer, i64, block->getArgument(2),
                                ArrayRef<LLVM::GEPArg>{index++});
        LLVM::StoreOp::create(inside, loc, toI64(inside, slot), address);
      }
    }
    return success();
  }
};
} // namespace
