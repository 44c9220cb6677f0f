//===- ScfDifferentiableOpInterfaceImpl.cpp - Derivatives of scf ----------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/Implementations/Implementations.h"
#include "gradopt/Interfaces/GradOptInterfaces.h"
#include "gradopt/Interfaces/ReverseMode.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace mlir::gradopt;

namespace {

/// One branch of the derivative of an `if`: the forward branch once more, and
/// its derivative.
struct Branch {
  Region region;
  /// One for each wanted value; null is zero.
  SmallVector<Value> cotangents;
};

class IfVJP {
public:
  IfVJP(OpBuilder &builder, scf::IfOp op, ValueRange cotangents,
        ValueRange wanted)
      : builder(builder), op(op), loc(op.getLoc()), cotangents(cotangents),
        wanted(wanted) {}

  FailureOr<SmallVector<Value>> build();

private:
  LogicalResult buildBranch(Block &forward, Branch &branch);
  void finish(Branch &branch, ArrayRef<unsigned> kept, Region &region);

  OpBuilder &builder;
  scf::IfOp op;
  Location loc;
  ValueRange cotangents, wanted;
};

} // namespace

LogicalResult IfVJP::buildBranch(Block &forward, Branch &branch) {
  auto *block = new Block();
  branch.region.push_back(block);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(block);
  IRMapping mapping;
  for (Operation &nested : forward.without_terminator())
    builder.clone(nested, mapping);

  llvm::DenseSet<Value> active(wanted.begin(), wanted.end());
  propagateActivity(*block, active);
  ReverseMode mode(builder, active);
  for (auto [value, cotangent] :
       llvm::zip_equal(forward.getTerminator()->getOperands(), cotangents))
    mode.accumulate(mapping.lookupOrDefault(value), cotangent);
  if (failed(mode.run(*block)))
    return failure();
  for (Value value : wanted)
    branch.cotangents.push_back(mode.getCotangent(value));
  return success();
}

void IfVJP::finish(Branch &branch, ArrayRef<unsigned> kept, Region &region) {
  region.takeBody(branch.region);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(&region.front());
  SmallVector<Value> yielded;
  for (unsigned index : kept) {
    Value cotangent = branch.cotangents[index];
    yielded.push_back(cotangent ? cotangent
                                : buildZero(builder, loc, wanted[index]));
  }
  scf::YieldOp::create(builder, loc, yielded);
  eraseDeadOps(region.front());
}

FailureOr<SmallVector<Value>> IfVJP::build() {
  Branch then, otherwise;
  if (failed(buildBranch(*op.thenBlock(), then)) ||
      failed(buildBranch(*op.elseBlock(), otherwise)))
    return failure();

  SmallVector<unsigned> kept;
  SmallVector<Type> types;
  for (auto [index, value] : llvm::enumerate(wanted))
    if (then.cotangents[index] || otherwise.cotangents[index]) {
      kept.push_back(index);
      types.push_back(value.getType());
    }
  SmallVector<Value> result(wanted.size());
  if (kept.empty())
    return result;
  auto reverse = scf::IfOp::create(builder, loc, types, op.getCondition(),
                                   /*addThenBlock=*/false,
                                   /*addElseBlock=*/false);
  finish(then, kept, reverse.getThenRegion());
  finish(otherwise, kept, reverse.getElseRegion());
  for (auto [index, cotangent] : llvm::zip_equal(kept, reverse.getResults()))
    result[index] = cotangent;
  return result;
}

namespace {
struct IfModel : DifferentiableOpInterface::ExternalModel<IfModel, scf::IfOp> {
  FailureOr<SmallVector<Value>> buildVJP(Operation *op, OpBuilder &builder,
                                         ValueRange cotangents,
                                         ValueRange wanted) const {
    return IfVJP(builder, cast<scf::IfOp>(op), cotangents, wanted).build();
  }
};
} // namespace

void gradopt::registerScfDifferentiableOpInterfaceModels(
    DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, scf::SCFDialect *) {
    scf::IfOp::attachInterface<IfModel>(*context);
  });
}
