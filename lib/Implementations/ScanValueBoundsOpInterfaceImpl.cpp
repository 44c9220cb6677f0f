//===- ScanValueBoundsOpInterfaceImpl.cpp - Sizes of a scan ---------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/IR/GradOptOps.h"
#include "gradopt/Implementations/Implementations.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Interfaces/ValueBoundsOpInterface.h"

using namespace mlir;
using namespace mlir::gradopt;

namespace {
/// What upstream analyses can know of sizes, so that slices of what a scan
/// gives are seen to be inside of it.
struct ScanModel : ValueBoundsOpInterface::ExternalModel<ScanModel, ScanOp> {
  void
  populateBoundsForIndexValue(Operation *op, Value value,
                              ValueBoundsConstraintSet &constraints) const {
    auto scan = cast<ScanOp>(op);
    if (value != scan.getStepIndex())
      return;
    constraints.bound(value) >= 0;
    constraints.bound(value) < constraints.getExpr(scan.getCount());
  }

  void
  populateBoundsForShapedValueDim(Operation *op, Value value, int64_t dim,
                                  ValueBoundsConstraintSet &constraints) const {
    auto scan = cast<ScanOp>(op);
    auto isSameAs = [&](Value other, int64_t otherDim) {
      constraints.bound(value)[dim] == constraints.getExpr(other, otherDim);
    };
    auto argument = dyn_cast<BlockArgument>(value);
    unsigned number = argument ? argument.getArgNumber() - 1
                               : cast<OpResult>(value).getResultNumber();
    if (number < scan.getNumCarries())
      return isSameAs(scan.getInits()[number], dim);
    number -= scan.getNumCarries();
    if (argument)
      return isSameAs(scan.getInputs()[number], dim + 1);
    bool isHistory = number >= scan.getNumOutputs();
    if (dim == 0)
      constraints.bound(value)[0] ==
          constraints.getExpr(scan.getCount()) + (isHistory ? 1 : 0);
    else if (isHistory)
      isSameAs(
          scan.getInits()[scan.getHistories()[number - scan.getNumOutputs()]],
          dim - 1);
  }
};
} // namespace

void gradopt::registerScanValueBoundsOpInterfaceModel(
    DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, GradOptDialect *) {
    ScanOp::attachInterface<ScanModel>(*context);
  });
}
