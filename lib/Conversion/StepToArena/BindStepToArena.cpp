//===- BindStepToArena.cpp - Arguments and results in the arena -----------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ContextField.h"
#include "SeparateDestinations.h"
#include "StepInterface.h"
#include "gradopt/Conversion/Passes.h"
#include "gradopt/Transforms/Transforms.h"
#include "gradopt_runtime.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/Analysis/TargetLibraryInfo.h"

namespace mlir::gradopt {
#define GEN_PASS_DEF_BINDSTEPTOARENA
#include "gradopt/Conversion/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;

//===----------------------------------------------------------------------===//
// The guard
//===----------------------------------------------------------------------===//

/// Replaces each guard by its new values: the step writes them beside the old
/// ones, and the runtime makes either current. Returns whether all are good.
static FailureOr<Value> removeGuards(func::FuncOp function,
                                     IRRewriter &rewriter) {
  Value ok;
  Operation *terminator = function.getBody().front().getTerminator();
  for (GuardOp guard : llvm::make_early_inc_range(
           function.getBody().front().getOps<GuardOp>())) {
    for (auto [result, old] :
         llvm::zip_equal(guard.getResults(), guard.getOld())) {
      for (OpOperand &use : result.getUses()) {
        std::optional<NamedRole> role;
        if (use.getOwner() == terminator)
          role = getResultRole(function, use.getOperandNumber());
        auto arg = dyn_cast<BlockArgument>(old);
        if (role && arg && arg.getOwner() == &function.getBody().front() &&
            getArgRole(function, arg.getArgNumber()) == role)
          continue;
        InFlightDiagnostic diag =
            emitError(guard.getLoc())
            << "a guard's result #" << result.getResultNumber()
            << " can only be returned as the next value of the argument that "
               "it "
               "guards: the step itself does not know yet which of the two is "
               "taken";
        diag.attachNote(use.getOwner()->getLoc()) << "used here";
        return failure();
      }
    }
    Operation *yield = guard.getYield();
    SmallVector<Value> values(yield->getOperands());
    rewriter.eraseOp(yield);
    rewriter.inlineBlockBefore(&guard.getBody().front(), guard);
    rewriter.replaceOp(guard, ArrayRef<Value>(values).drop_front());
    rewriter.setInsertionPoint(terminator);
    ok = ok ? Value(arith::AndIOp::create(rewriter, guard.getLoc(), ok,
                                          values.front()))
            : values.front();
  }
  if (!ok) {
    rewriter.setInsertionPoint(terminator);
    ok = arith::ConstantOp::create(rewriter, function.getLoc(),
                                   rewriter.getBoolAttr(true));
  }
  return ok;
}

//===----------------------------------------------------------------------===//
// The functions of a step
//===----------------------------------------------------------------------===//

/// A view of the arena as one place of the manifest.
static Value buildPlace(OpBuilder &builder, Location loc, Block &body,
                        const ManifestEntry &entry, Value offset) {
  SmallVector<int64_t> shape;
  SmallVector<Value> sizes;
  for (int64_t dim : entry.dims) {
    shape.push_back(dim < 0 ? ShapedType::kDynamic : dim);
    if (dim < 0)
      sizes.push_back(
          body.getArgument(dim == GRADOPT_DIM_TIME ? kTime : kBatch));
  }
  return memref::ViewOp::create(builder, loc,
                                MemRefType::get(shape, entry.elementType),
                                body.getArgument(kArena), offset, sizes);
}

/// Writes a tensor to its place when the step ends.
static void buildStore(OpBuilder &builder, Location loc, Value tensor,
                       Value place) {
  auto type = cast<MemRefType>(place.getType());
  auto tensorType =
      RankedTensorType::get(type.getShape(), type.getElementType());
  if (tensor.getType() != tensorType)
    tensor = tensor::CastOp::create(builder, loc, tensorType, tensor);
  bufferization::MaterializeInDestinationOp::create(
      builder, loc, /*result=*/Type(), tensor, place, /*restrict=*/true,
      /*writable=*/true);
}

/// Writes the header of the record.
static void buildRecordHeader(OpBuilder &builder, Location loc, Block &body,
                              Value ok) {
  Type i32 = builder.getI32Type();
  Value zero = arith::ConstantIndexOp::create(builder, loc, 0);
  Value one = arith::ConstantIndexOp::create(builder, loc, 1);
  Value header =
      memref::ViewOp::create(builder, loc, MemRefType::get({2}, i32),
                             body.getArgument(kArena), zero, ValueRange());
  Value version =
      arith::ConstantIntOp::create(builder, loc, i32, GRADOPT_ABI_VERSION);
  Value flag = arith::ExtUIOp::create(builder, loc, i32, ok);
  memref::StoreOp::create(builder, loc, version, header, zero);
  memref::StoreOp::create(builder, loc, flag, header, one);
}

/// Moves the work of `function` into a new function whose arguments and results
/// are places in the arena.
static LogicalResult buildBody(func::FuncOp function, const StepInterface &step,
                               IRRewriter &rewriter) {
  FailureOr<Value> ok = removeGuards(function, rewriter);
  if (failed(ok))
    return failure();
  Location loc = function.getLoc();
  Type index = rewriter.getIndexType();
  Type bytes =
      MemRefType::get({ShapedType::kDynamic}, rewriter.getIntegerType(8));
  rewriter.setInsertionPoint(function);
  auto bodyFunction = func::FuncOp::create(
      rewriter, loc, (function.getName() + kBodySuffix).str(),
      rewriter.getFunctionType(
          {bytes, index, index, index, index, index, index, index,
           LLVM::LLVMPointerType::get(rewriter.getContext())},
          {}));
  bodyFunction.setPrivate();
  Block &body = *bodyFunction.addEntryBlock();
  rewriter.setInsertionPointToStart(&body);

  ArenaOffsets offsets =
      buildOffsets(rewriter, loc, step.manifest, body.getArgument(kMaxTime),
                   body.getArgument(kMaxBatch));
  Value zero = arith::ConstantIndexOp::create(rewriter, loc, 0);
  Value first = arith::CmpIOp::create(rewriter, loc, arith::CmpIPredicate::eq,
                                      body.getArgument(kSlot), zero);
  SmallVector<Value> current, next;
  for (auto [entry, slots] :
       llvm::zip_equal(step.manifest.entries, offsets.entries)) {
    Value now = slots[0], then = slots[0];
    if (entry.slots == 2) {
      now = arith::SelectOp::create(rewriter, loc, first, slots[0], slots[1]);
      then = arith::SelectOp::create(rewriter, loc, first, slots[1], slots[0]);
    }
    current.push_back(now);
    next.push_back(then);
  }

  SmallVector<Value> arguments;
  for (auto [type, entry] :
       llvm::zip_equal(function.getArgumentTypes(), step.args)) {
    Value place = buildPlace(rewriter, loc, body, step.manifest.entries[entry],
                             current[entry]);
    arguments.push_back(bufferization::ToTensorOp::create(
        rewriter, loc, type, place, /*restrict=*/true));
  }
  Block &work = function.getBody().front();
  rewriter.inlineBlockBefore(&work, &body, body.end(), arguments);

  auto terminator = cast<func::ReturnOp>(body.getTerminator());
  for (Value value : terminator.getOperands())
    separateDestinations(rewriter, value);
  for (auto &[record, entry] : step.records)
    separateDestinations(rewriter, RecordOp(record).getValue());
  rewriter.setInsertionPoint(terminator);
  for (auto [value, entry] :
       llvm::zip_equal(terminator.getOperands(), step.results))
    buildStore(rewriter, loc, value,
               buildPlace(rewriter, loc, body, step.manifest.entries[entry],
                          next[entry]));
  for (auto [record, entry] : step.records) {
    buildStore(rewriter, record.getLoc(), record.getValue(),
               buildPlace(rewriter, loc, body, step.manifest.entries[entry],
                          next[entry]));
    rewriter.eraseOp(record);
  }
  buildRecordHeader(rewriter, loc, body, *ok);
  rewriter.replaceOpWithNewOp<func::ReturnOp>(terminator);
  return success();
}

/// Loads an integer of the context as an index.
static Value buildLoadIndex(OpBuilder &builder, Location loc, Value context,
                            size_t offset, unsigned bits) {
  Value field = buildLoadField(builder, loc, context, offset,
                               builder.getIntegerType(bits));
  return arith::IndexCastUIOp::create(builder, loc, builder.getIndexType(),
                                      field);
}

/// The context's arena as a buffer of bytes.
static Value buildArena(OpBuilder &builder, Location loc, Value context) {
  MLIRContext *ctx = builder.getContext();
  Type pointer = LLVM::LLVMPointerType::get(ctx);
  Type i64 = builder.getI64Type();
  Value arena = buildLoadField(builder, loc, context,
                               offsetof(gradopt_context, arena), pointer);
  Type array = LLVM::LLVMArrayType::get(i64, 1);
  Type descriptor = LLVM::LLVMStructType::getLiteral(
      ctx, {pointer, pointer, i64, array, array});
  auto constant = [&](int64_t value) {
    return LLVM::ConstantOp::create(builder, loc, i64, value);
  };
  Value result = LLVM::PoisonOp::create(builder, loc, descriptor);
  auto insert = [&](Value value, ArrayRef<int64_t> position) {
    result = LLVM::InsertValueOp::create(builder, loc, result, value, position);
  };
  insert(arena, 0);
  insert(arena, 1);
  insert(constant(0), 2);
  // Nothing reads the size: every view of the arena has its own.
  insert(constant(std::numeric_limits<int64_t>::max()), {3, 0});
  insert(constant(1), {4, 0});
  return UnrealizedConversionCastOp::create(
             builder, loc,
             MemRefType::get({ShapedType::kDynamic}, builder.getI8Type()),
             result)
      .getResult(0);
}

/// NAME(context, thread, threads): all threads enter the body if `threads`,
/// else thread 0 does the work.
static void buildEntry(OpBuilder &builder, Location loc, StringRef name,
                       bool threads) {
  MLIRContext *ctx = builder.getContext();
  Type pointer = LLVM::LLVMPointerType::get(ctx);
  Type i32 = builder.getI32Type();
  auto entry = func::FuncOp::create(
      builder, loc, name, builder.getFunctionType({pointer, i32, i32}, {}));
  OpBuilder::InsertionGuard guard(builder);
  Block *block = entry.addEntryBlock();
  builder.setInsertionPointToStart(block);
  Value context = block->getArgument(0);
  auto ret = func::ReturnOp::create(builder, loc);
  builder.setInsertionPoint(ret);
  Value thread, count;
  if (threads) {
    Type index = builder.getIndexType();
    thread =
        arith::IndexCastOp::create(builder, loc, index, block->getArgument(1));
    count =
        arith::IndexCastOp::create(builder, loc, index, block->getArgument(2));
  } else {
    Value zero = arith::ConstantIntOp::create(builder, loc, i32, 0);
    Value first = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq,
                                        block->getArgument(1), zero);
    auto work =
        scf::IfOp::create(builder, loc, first, /*withElseRegion=*/false);
    builder.setInsertionPointToStart(work.thenBlock());
    thread = arith::ConstantIndexOp::create(builder, loc, 0);
    count = arith::ConstantIndexOp::create(builder, loc, 1);
  }
  SmallVector<Value> arguments = {
      buildArena(builder, loc, context),
      buildLoadIndex(builder, loc, context, offsetof(gradopt_context, time),
                     64),
      buildLoadIndex(builder, loc, context, offsetof(gradopt_context, batch),
                     64),
      buildLoadIndex(builder, loc, context, offsetof(gradopt_context, max_time),
                     64),
      buildLoadIndex(builder, loc, context,
                     offsetof(gradopt_context, max_batch), 64),
      buildLoadIndex(builder, loc, context, offsetof(gradopt_context, slot),
                     32),
      thread,
      count,
      context};
  func::CallOp::create(builder, loc, (name + kBodySuffix).str(), TypeRange(),
                       arguments);
}

/// NAME_commit(context): the other slot becomes the current one.
static void buildCommit(OpBuilder &builder, Location loc, StringRef name) {
  Type pointer = LLVM::LLVMPointerType::get(builder.getContext());
  Type i32 = builder.getI32Type();
  auto commit = func::FuncOp::create(builder, loc, (name + kCommitSuffix).str(),
                                     builder.getFunctionType({pointer}, {}));
  OpBuilder::InsertionGuard guard(builder);
  Block *block = commit.addEntryBlock();
  builder.setInsertionPointToStart(block);
  Value address = LLVM::GEPOp::create(
      builder, loc, pointer, builder.getI8Type(), block->getArgument(0),
      ArrayRef<LLVM::GEPArg>{
          static_cast<int32_t>(offsetof(gradopt_context, slot))});
  Value slot = LLVM::LoadOp::create(builder, loc, i32, address);
  Value one = LLVM::ConstantOp::create(builder, loc, i32, 1);
  Value other = LLVM::XOrOp::create(builder, loc, slot, one);
  LLVM::StoreOp::create(builder, loc, other, address);
  func::ReturnOp::create(builder, loc);
}

static void buildManifest(OpBuilder &builder, Location loc, StringRef name,
                          const Manifest &manifest) {
  std::string bytes = manifest.encode();
  LLVM::GlobalOp::create(
      builder, loc, LLVM::LLVMArrayType::get(builder.getI8Type(), bytes.size()),
      /*isConstant=*/true, LLVM::Linkage::External,
      (name + kManifestSuffix).str(), builder.getStringAttr(bytes),
      /*alignment=*/8);
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

namespace {
struct BindStepToArena : gradopt::impl::BindStepToArenaBase<BindStepToArena> {
  using BindStepToArenaBase::BindStepToArenaBase;

  void runOnOperation() override {
    FailureOr<func::FuncOp> function = findFunction();
    if (failed(function) || failed(bind(*function)))
      signalPassFailure();
  }

  FailureOr<func::FuncOp> findFunction() {
    std::string name = function;
    if (name.empty()) {
      FailureOr<RecipeOp> recipe = findRecipe(getOperation());
      if (failed(recipe))
        return failure();
      if (!*recipe)
        return emitError(getOperation().getLoc())
               << "no step to lower: the module has no gradopt.recipe, and the "
                  "option function is not given";
      name = recipe->getStepName();
    }
    auto step = getOperation().lookupSymbol<func::FuncOp>(name);
    if (!step)
      return emitError(getOperation().getLoc())
             << "no step to lower: there is no function @" << name
             << "; gradopt-differentiate makes it of a loss function";
    if (failed(checkBody(step)) || failed(checkSymbols(step)))
      return failure();
    return step;
  }

  LogicalResult checkBody(func::FuncOp step) {
    if (!step.getBody().hasOneBlock() ||
        !isa<func::ReturnOp>(step.getBody().front().getTerminator()))
      return emitStepError(step)
             << "a step has one block of operations that ends with func.return";
    WalkResult walk = step.getBody().walk([&](Operation *op) {
      auto isShaped = [](Type type) { return isa<ShapedType>(type); };
      if (isa<CallOpInterface>(op) &&
          (llvm::any_of(op->getOperandTypes(), isShaped) ||
           llvm::any_of(op->getResultTypes(), isShaped))) {
        emitError(op->getLoc())
            << "a step cannot pass tensors to a function that is not inlined: "
               "give the function a body in this module that does not call "
               "itself";
        return WalkResult::interrupt();
      }
      if (isa<GuardOp>(op) && op->getParentOp() != step) {
        emitError(op->getLoc())
            << "a guard stands in the step's body, not in another op: which of "
               "its values is taken is known only when the whole step has run";
        return WalkResult::interrupt();
      }
      return WalkResult::advance();
    });
    return failure(walk.wasInterrupted());
  }

  /// The functions and the table of a step need their names.
  LogicalResult checkSymbols(func::FuncOp step) {
    StringRef name = step.getName();
    // The compiled step would be called in place of the C library's function.
    llvm::LibFunc libFunction;
    if (llvm::TargetLibraryInfoImpl(llvm::Triple("x86_64-linux-gnu"))
            .getLibFunc(name, libFunction))
      return emitStepError(step)
             << "this is the name of a function of the C library, which "
                "compiled code may call; give the step another one";
    for (StringRef suffix :
         {StringRef(kBodySuffix), StringRef(kManifestSuffix),
          StringRef(kLayoutSuffix), StringRef(kCommitSuffix)})
      if (Operation *taken = getOperation().lookupSymbol((name + suffix).str()))
        return emitError(taken->getLoc())
               << "@" << name << suffix << " is what the compiled step @"
               << name << " exports; give this another name";
    return success();
  }

  LogicalResult bind(func::FuncOp function) {
    FailureOr<StepInterface> step = StepInterface::read(function);
    if (failed(step))
      return failure();
    IRRewriter rewriter(&getContext());
    std::string name = function.getName().str();
    Location loc = function.getLoc();
    if (failed(buildBody(function, *step, rewriter)))
      return failure();
    // Nothing else of the module is called from outside.
    for (auto other : getOperation().getOps<func::FuncOp>())
      other.setPrivate();
    for (auto recipe :
         llvm::make_early_inc_range(getOperation().getOps<RecipeOp>()))
      rewriter.eraseOp(recipe);
    rewriter.setInsertionPoint(function);
    rewriter.eraseOp(function);
    buildManifest(rewriter, loc, name, step->manifest);
    buildEntry(rewriter, loc, name, threads);
    buildCommit(rewriter, loc, name);
    return success();
  }
};
} // namespace
