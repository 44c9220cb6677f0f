//===- Gelu.cpp - An interface attached from outside
//------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Toy.h"

using namespace mlir;

namespace {
/// The op is not touched: its dialect could be somebody else's.
struct GeluModel
    : gradopt::DifferentiableOpInterface::ExternalModel<GeluModel,
                                                        toy::GeluOp> {
  FailureOr<SmallVector<Value>> buildVJP(Operation *op, OpBuilder &builder,
                                         ValueRange cotangents,
                                         ValueRange wanted) const {
    auto gelu = cast<toy::GeluOp>(op);
    // One result, so its cotangent is there; one operand, so it is wanted.
    return SmallVector<Value>{toy::GeluGradOp::create(
        builder, op->getLoc(), gelu.getX(), cotangents[0])};
  }
};
} // namespace

void toy::registerGeluModel(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, toy::ToyDialect *) {
    toy::GeluOp::attachInterface<GeluModel>(*context);
  });
}
