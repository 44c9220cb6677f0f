//===- ClipDifferentiableOpInterfaceImpl.cpp - Clips of cotangents --------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/IR/GradOptOps.h"
#include "gradopt/Implementations/Implementations.h"
#include "mlir/IR/DialectRegistry.h"

using namespace mlir;
using namespace mlir::gradopt;

/// What goes on to the operand of `clip`.
static Value buildClipped(OpBuilder &builder, ClipCotangentOp clip,
                          Value cotangent) {
  Location loc = clip.getLoc();
  Value threshold = clip.getThreshold();
  if (clip.getBy() == CotangentClipKind::value)
    return ClipByValueOp::create(builder, loc, cotangent.getType(), cotangent,
                                 threshold);
  auto type = cast<RankedTensorType>(cotangent.getType());
  ArrayRef<int64_t> shape;
  if (!clip.getWhole())
    shape = type.getShape().drop_back();
  auto normType =
      RankedTensorType::get(shape, getElementTypeOrSelf(threshold.getType()));
  auto p = static_cast<NormKind>(clip.getBy());
  return ClipByNormOp::create(builder, loc, type, normType, p, cotangent,
                              threshold, /*rows=*/!clip.getWhole())
      .getResult();
}

namespace {
struct ClipCotangentModel
    : DifferentiableOpInterface::ExternalModel<ClipCotangentModel,
                                               ClipCotangentOp> {
  FailureOr<SmallVector<Value>> buildVJP(Operation *op, OpBuilder &builder,
                                         ValueRange cotangents,
                                         ValueRange wanted) const {
    auto clip = cast<ClipCotangentOp>(op);
    // A threshold gets nothing.
    return llvm::map_to_vector(wanted, [&](Value value) {
      return value == clip.getValue()
                 ? buildClipped(builder, clip, cotangents.front())
                 : Value();
    });
  }
};
} // namespace

void gradopt::registerClipDifferentiableOpInterfaceModels(
    DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, GradOptDialect *) {
    ClipCotangentOp::attachInterface<ClipCotangentModel>(*context);
  });
}
