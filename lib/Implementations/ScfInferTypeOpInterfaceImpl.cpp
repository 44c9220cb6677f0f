//===- ScfInferTypeOpInterfaceImpl.cpp - Sizes of what scf gives ----------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/IR/RegionSizes.h"
#include "gradopt/Implementations/Implementations.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"

using namespace mlir;
using namespace mlir::gradopt;

namespace {
/// A size on which the branches agree. The memory of a step is planned before
/// it runs.
struct IfModel
    : ReifyRankedShapedTypeOpInterface::ExternalModel<IfModel, scf::IfOp> {
  FailureOr<OpFoldResult> reifyDimOfResult(Operation *op, OpBuilder &builder,
                                           int resultIndex, int dim) const {
    return reifyRegionDim(builder, op, op->getResult(resultIndex), dim);
  }

  FailureOr<SmallVector<OpFoldResult>>
  reifyShapeOfResult(Operation *op, OpBuilder &builder, int resultIndex) const {
    SmallVector<OpFoldResult> shape;
    auto type =
        dyn_cast<RankedTensorType>(op->getResult(resultIndex).getType());
    for (int64_t dim = 0, rank = type ? type.getRank() : 0; dim < rank; ++dim)
      shape.push_back(reifyDimOfResult(op, builder, resultIndex, dim)
                          .value_or(OpFoldResult()));
    return shape;
  }

  LogicalResult reifyResultShapes(Operation *op, OpBuilder &builder,
                                  ReifiedRankedShapedTypeDims &shapes) const {
    for (unsigned result : llvm::seq(op->getNumResults())) {
      shapes.push_back(*reifyShapeOfResult(op, builder, result));
      // Bufferization takes each of them for known.
      if (llvm::is_contained(shapes.back(), OpFoldResult()))
        return failure();
    }
    return success();
  }
};
} // namespace

void gradopt::registerScfInferTypeOpInterfaceModels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, scf::SCFDialect *) {
    scf::IfOp::attachInterface<IfModel>(*context);
  });
}
