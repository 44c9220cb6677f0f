//===- StepInterface.cpp - What a step takes and gives --------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StepInterface.h"
#include "gradopt_runtime.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/ValueBoundsOpInterface.h"
#include "llvm/Support/JSON.h"

using namespace mlir;
using namespace mlir::gradopt;

InFlightDiagnostic gradopt::emitStepError(func::FuncOp step) {
  return emitError(step.getLoc()) << "step @" << step.getName() << ": ";
}

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

namespace {
/// Finds out which size of the step a dimension of a value in it has.
class SizeFinder {
public:
  SizeFinder(func::FuncOp function, const StepInterface &step)
      : function(function), step(step),
        builder(function.getBody().front().getTerminator()),
        last(builder.getInsertionPoint()->getPrevNode()) {}

  /// Removes what was built to look at sizes.
  ~SizeFinder() {
    Operation *terminator = function.getBody().front().getTerminator();
    while (terminator->getPrevNode() != last)
      terminator->getPrevNode()->erase();
  }

  /// The size as in a manifest: a constant, time or batch; nothing if it is not
  /// known.
  std::optional<int64_t> find(Value tensor, int64_t dim) {
    if (std::optional<int64_t> size = trace(tensor, dim))
      return size;
    // Through loops, for example.
    Block &entry = function.getBody().front();
    for (auto [arg, index] : llvm::zip_equal(entry.getArguments(), step.args))
      for (auto [i, size] :
           llvm::enumerate(step.manifest.entries[index].dims)) {
        FailureOr<bool> same = failure();
        if (size < 0)
          same = ValueBoundsConstraintSet::areEqual({tensor, dim},
                                                    {arg, int64_t(i)});
        if (succeeded(same) && *same)
          return size;
      }
    return std::nullopt;
  }

private:
  std::optional<int64_t> trace(Value tensor, int64_t dim) {
    auto type = dyn_cast<RankedTensorType>(tensor.getType());
    if (!type)
      return std::nullopt;
    if (!type.isDynamicDim(dim))
      return type.getDimSize(dim);
    if (auto arg = dyn_cast<BlockArgument>(tensor)) {
      if (arg.getOwner() != &function.getBody().front())
        return std::nullopt;
      return step.manifest.entries[step.args[arg.getArgNumber()]].dims[dim];
    }
    auto result = cast<OpResult>(tensor);
    Operation *op = result.getOwner();
    if (auto cast = dyn_cast<tensor::CastOp>(op))
      return trace(cast.getSource(), dim);
    if (auto guard = dyn_cast<GuardOp>(op))
      return trace(guard.getNewValues()[result.getResultNumber()], dim);
    if (auto destination = dyn_cast<DestinationStyleOpInterface>(op))
      return trace(destination.getTiedOpOperand(result)->get(), dim);
    if (OpTrait::hasElementwiseMappableTraits(op)) {
      for (Value operand : op->getOperands())
        if (isa<RankedTensorType>(operand.getType()))
          return trace(operand, dim);
    }
    if (!isa<ReifyRankedShapedTypeOpInterface>(op))
      return std::nullopt;
    FailureOr<OpFoldResult> size =
        reifyDimOfResult(builder, op, result.getResultNumber(), dim);
    if (failed(size) || size->isNull())
      return std::nullopt;
    return trace(*size);
  }

  std::optional<int64_t> trace(OpFoldResult size) {
    if (std::optional<int64_t> constant = getConstantIntValue(size))
      return constant;
    auto value = dyn_cast<Value>(size);
    auto dim = value ? value.getDefiningOp<tensor::DimOp>() : nullptr;
    if (!dim || !dim.getConstantIndex())
      return std::nullopt;
    return trace(dim.getSource(), *dim.getConstantIndex());
  }

  func::FuncOp function;
  const StepInterface &step;
  OpBuilder builder;
  Operation *last;
};
} // namespace

/// The dimensions of an argument or result in the manifest. Which dynamic one
/// is time and which the batch: see the dialect's documentation.
static SmallVector<int64_t> getManifestDims(RankedTensorType type, Role role,
                                            StringAttr letters) {
  SmallVector<int64_t> dims;
  for (auto [size, kind] :
       llvm::zip_equal(type.getShape(), getSizeKinds(type, role, letters)))
    dims.push_back(kind == SizeKind::Static ? size
                   : kind == SizeKind::Time ? int64_t(GRADOPT_DIM_TIME)
                                            : int64_t(GRADOPT_DIM_BATCH));
  return dims;
}

/// A step writes a result to a place that has room for `dims`.
static LogicalResult checkSizes(func::FuncOp function, SizeFinder &sizes,
                                unsigned result, Value value,
                                ArrayRef<int64_t> dims) {
  auto type = cast<RankedTensorType>(value.getType());
  for (auto [i, dim] : llvm::enumerate(dims)) {
    if (!type.isDynamicDim(i) || sizes.find(value, i) == dim)
      continue;
    bool time = dim == GRADOPT_DIM_TIME;
    InFlightDiagnostic diag = emitStepError(function);
    diag << "dimension #" << i << " of result #" << result << " stands for the "
         << (time ? "number of time steps" : "size of the batch")
         << ", but the size of what is returned is not known to be that; "
            "return a value of this size, or say by gradopt.dims which size "
            "it has";
    diag.attachNote(value.getLoc()) << "this is returned";
    return diag;
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Arguments, results and records
//===----------------------------------------------------------------------===//

/// Whether the manifest and the runtime can hold the name.
static bool isUsableName(StringRef name) {
  return !name.contains('\0') && llvm::json::isUTF8(name);
}

static const char *const kNameRule = "has a name that is not UTF-8 or holds a "
                                     "zero byte; the runtime takes names "
                                     "as zero-terminated UTF-8";

/// The entry of an argument or a result, `what` in messages.
static FailureOr<ManifestEntry> buildEntry(func::FuncOp function,
                                           const Twine &what, Type valueType,
                                           std::optional<NamedRole> role,
                                           StringAttr letters) {
  auto type = dyn_cast<RankedTensorType>(valueType);
  if (!type)
    return emitStepError(function)
           << what << " has type " << valueType
           << ", but a step takes and gives ranked tensors";
  if (!role)
    return emitStepError(function)
           << what
           << " has no name: every argument and result of a step carries one "
              "of "
              "the attributes gradopt.input, gradopt.param, gradopt.state, "
              "gradopt.loss, gradopt.output, ...";
  if (type.getRank() > GRADOPT_MAX_RANK)
    return emitStepError(function)
           << what << " has rank " << type.getRank()
           << ", but a step takes and gives at most " << GRADOPT_MAX_RANK;
  if (!isUsableName(role->name))
    return emitStepError(function) << what << " " << kNameRule;
  ManifestEntry entry;
  entry.name = role->name.str();
  entry.role = role->role;
  entry.elementType = type.getElementType();
  entry.dims = getManifestDims(type, role->role, letters);
  return entry;
}

static LogicalResult addArguments(func::FuncOp function, StepInterface &step) {
  for (unsigned i = 0, e = function.getNumArguments(); i < e; ++i) {
    std::optional<NamedRole> role = getArgRole(function, i);
    FailureOr<ManifestEntry> entry = buildEntry(
        function, "argument #" + Twine(i), function.getArgumentTypes()[i], role,
        function.getArgAttrOfType<StringAttr>(i, attr::kDims));
    if (failed(entry))
      return failure();
    if (findResult(function, *role))
      entry->slots = 2;
    if (auto param = function.getArgAttrOfType<ParamAttr>(i, attr::kParam)) {
      entry->init = param.getInit();
      entry->initA = param.getA().getValueAsDouble();
      entry->initB = param.getB().getValueAsDouble();
    }
    if (auto init = function.getArgAttrOfType<FloatAttr>(i, attr::kInit)) {
      entry->init = Initializer::constant;
      entry->initA = init.getValueAsDouble();
    }
    step.args.push_back(step.manifest.entries.size());
    step.manifest.entries.push_back(std::move(*entry));
  }
  return success();
}

static LogicalResult addResults(func::FuncOp function, SizeFinder &sizes,
                                StepInterface &step) {
  Operation *terminator = function.getBody().front().getTerminator();
  for (unsigned i = 0, e = function.getNumResults(); i < e; ++i) {
    std::optional<NamedRole> role = getResultRole(function, i);
    FailureOr<ManifestEntry> entry = buildEntry(
        function, "result #" + Twine(i), function.getResultTypes()[i], role,
        function.getResultAttrOfType<StringAttr>(i, attr::kDims));
    if (failed(entry))
      return failure();
    std::optional<unsigned> arg = findArg(function, *role);
    unsigned index = arg ? step.args[*arg] : step.manifest.entries.size();
    if (!arg)
      step.manifest.entries.push_back(std::move(*entry));
    step.results.push_back(index);
    if (failed(checkSizes(function, sizes, i, terminator->getOperand(i),
                          step.manifest.entries[index].dims)))
      return failure();
  }
  return success();
}

static LogicalResult addRecords(func::FuncOp function, SizeFinder &sizes,
                                StepInterface &step) {
  for (RecordOp record : function.getBody().front().getOps<RecordOp>()) {
    auto type = cast<RankedTensorType>(record.getValue().getType());
    if (!isUsableName(record.getName()))
      return emitError(record.getLoc()) << "the record " << kNameRule;
    ManifestEntry entry;
    entry.name = record.getName().str();
    entry.role = Role::Record;
    entry.elementType = type.getElementType();
    for (int64_t i = 0, e = type.getRank(); i < e; ++i) {
      std::optional<int64_t> size = sizes.find(record.getValue(), i);
      if (!size || (type.isDynamicDim(i) && *size >= 0))
        return emitError(record.getLoc())
               << "the size of what is recorded as \"" << record.getName()
               << "\" is not known to be the number of time steps or the size "
                  "of the batch; record a value of a static size or of one of "
                  "these";
      entry.dims.push_back(*size);
    }
    step.records.push_back({record, step.manifest.entries.size()});
    step.manifest.entries.push_back(std::move(entry));
  }
  return success();
}

FailureOr<StepInterface> StepInterface::read(func::FuncOp function) {
  StepInterface step;
  if (failed(addArguments(function, step)))
    return failure();
  SizeFinder sizes(function, step);
  if (failed(addResults(function, sizes, step)) ||
      failed(addRecords(function, sizes, step)))
    return failure();
  return step;
}
