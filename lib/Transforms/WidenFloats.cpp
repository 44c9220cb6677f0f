//===- WidenFloats.cpp - f32 to f64 ---------------------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/AttrTypeSubElements.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/Interfaces/CastInterfaces.h"
#include "mlir/Interfaces/DataLayoutInterfaces.h"

namespace mlir::gradopt {
#define GEN_PASS_DEF_WIDENFLOATS
#include "gradopt/Transforms/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;

static APFloat widen(APFloat value) {
  bool losesInfo;
  value.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                &losesInfo);
  return value;
}

/// Constants that hold f32 values. Attributes of other kinds are replaced part
/// by part.
static Attribute widenConstant(ElementsAttr constant) {
  Type f64 = Float64Type::get(constant.getContext());
  if (auto dense = dyn_cast<DenseFPElementsAttr>(constant))
    return dense.mapValues(f64, [](const APFloat &value) {
      return widen(value).bitcastToAPInt();
    });
  if (auto resource = dyn_cast<DenseF32ResourceElementsAttr>(constant))
    if (std::optional<ArrayRef<float>> values = resource.tryGetAsArrayRef())
      return DenseElementsAttr::get(
          resource.getType().clone(f64),
          ArrayRef(SmallVector<double>(values->begin(), values->end())));
  return nullptr;
}

namespace {
struct WidenFloats : gradopt::impl::WidenFloatsBase<WidenFloats> {
  using WidenFloatsBase::WidenFloatsBase;

  void runOnOperation() override;
};
} // namespace

void WidenFloats::runOnOperation() {
  Attribute unknown;
  AttrTypeReplacer replacer;
  replacer.addReplacement([](Float32Type type) -> std::optional<Type> {
    return Float64Type::get(type.getContext());
  });
  replacer.addReplacement([](FloatAttr attr) -> std::optional<Attribute> {
    if (!attr.getType().isF32())
      return std::nullopt;
    return FloatAttr::get(Float64Type::get(attr.getContext()),
                          widen(attr.getValue()));
  });
  replacer.addReplacement(
      [](DenseF32ArrayAttr attr) -> std::optional<Attribute> {
        SmallVector<double> values(attr.asArrayRef());
        return DenseF64ArrayAttr::get(attr.getContext(), values);
      });
  // What a target says of f32 stays true of f32.
  replacer.addReplacement([](DataLayoutSpecInterface attr) {
    return std::make_pair(Attribute(attr), WalkResult::skip());
  });
  replacer.addReplacement(
      [&](ElementsAttr attr)
          -> std::optional<std::pair<Attribute, WalkResult>> {
        if (replacer.replace(attr.getElementType()) == attr.getElementType())
          return std::make_pair(Attribute(attr), WalkResult::skip());
        Attribute wide = widenConstant(attr);
        if (!wide)
          unknown = attr;
        return std::make_pair(wide ? wide : Attribute(attr),
                              WalkResult::skip());
      });

  WalkResult result = getOperation()->walk([&](Operation *op) {
    if (isa<arith::BitcastOp, tensor::BitcastOp>(op) &&
        getElementTypeOrSelf(op->getOperand(0)).isF32() !=
            getElementTypeOrSelf(op->getResult(0)).isF32()) {
      op->emitOpError(
          "reads or makes the bits of an f32, which do not mean the "
          "same as those of an f64; widen before such casts are "
          "made");
      return WalkResult::interrupt();
    }
    return WalkResult::advance();
  });
  if (result.wasInterrupted())
    return signalPassFailure();

  result = getOperation()->walk([&](Operation *op) {
    replacer.replaceElementsIn(op, /*replaceAttrs=*/true,
                               /*replaceLocs=*/false, /*replaceTypes=*/true);
    if (!unknown)
      return WalkResult::advance();
    op->emitOpError("has a constant that cannot be widened to f64, because its "
                    "values are not here or not real numbers; write it as "
                    "'dense<...>' of f32: its type is ")
        << cast<ElementsAttr>(unknown).getShapedType();
    return WalkResult::interrupt();
  });
  if (result.wasInterrupted())
    return signalPassFailure();

  // What converted between the two types.
  getOperation()->walk([](CastOpInterface cast) {
    if (cast->getOperandTypes() != cast->getResultTypes())
      return;
    cast->replaceAllUsesWith(cast->getOperands());
    cast->erase();
  });
}
