//===- StepEditing.cpp - Signatures and records of training steps ---------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StepEditing.h"
#include "gradopt/IR/Origins.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::gradopt;

Operation *mlir::gradopt::getOnlyReturn(FunctionOpInterface function,
                                        StringRef pass) {
  Region &body = function.getFunctionBody();
  if (body.hasOneBlock()) {
    Operation *last = &body.front().back();
    if (last->hasTrait<OpTrait::ReturnLike>() &&
        last->getNumOperands() == function.getNumResults())
      return last;
  }
  function.emitError() << "'" << pass
                       << "' needs a function of one block that ends in a "
                          "return of its results";
  return nullptr;
}

LogicalResult mlir::gradopt::checkNoCallers(FunctionOpInterface function,
                                            StringRef what) {
  auto module = function->getParentOfType<ModuleOp>();
  auto uses = SymbolTable::getSymbolUses(function, module);
  Operation *user = nullptr;
  if (uses) {
    // A recipe only names the step that it is about.
    auto caller = llvm::find_if(*uses, [](SymbolTable::SymbolUse use) {
      return !isa<RecipeOp>(use.getUser());
    });
    if (caller == uses->end())
      return success();
    user = caller->getUser();
  }
  InFlightDiagnostic diag = function.emitError()
                            << "cannot add " << what << " to '"
                            << function.getName()
                            << "' because other code may call it; call it only "
                               "once all training passes have run";
  if (user)
    diag.attachNote(user->getLoc()) << "it is used here";
  return diag;
}

std::string mlir::gradopt::describe(NamedRole role) {
  std::string text = getRoleAttrName(role.role).str();
  return role.name.empty() ? text : (text + " '" + role.name + "'").str();
}

NamedAttribute mlir::gradopt::getRoleAttr(MLIRContext *context,
                                          NamedRole role) {
  Attribute value = role.name.empty()
                        ? Attribute(UnitAttr::get(context))
                        : Attribute(StringAttr::get(context, role.name));
  return NamedAttribute(getRoleAttrName(role.role), value);
}

FailureOr<Value> mlir::gradopt::appendArgument(FunctionOpInterface function,
                                               Type type, NamedRole role,
                                               ArrayRef<NamedAttribute> more) {
  MLIRContext *context = function.getContext();
  SmallVector<NamedAttribute> attributes(more);
  attributes.push_back(getRoleAttr(context, role));
  unsigned index = function.getNumArguments();
  if (failed(function.insertArgument(index, type,
                                     DictionaryAttr::get(context, attributes),
                                     function.getLoc())))
    return failure();
  return Value(function.getArgument(index));
}

LogicalResult mlir::gradopt::appendResult(FunctionOpInterface function,
                                          Operation *returnOp, Value value,
                                          DictionaryAttr attributes) {
  if (failed(function.insertResult(function.getNumResults(), value.getType(),
                                   attributes)))
    return failure();
  returnOp->insertOperands(returnOp->getNumOperands(), value);
  return success();
}

bool mlir::gradopt::returnsGradients(FunctionOpInterface function) {
  if (function.isExternal())
    return false;
  return llvm::any_of(llvm::seq(function.getNumResults()), [&](unsigned i) {
    return function.getResultAttr(i, attr::kGrad);
  });
}

Value mlir::gradopt::buildIsMultiple(OpBuilder &builder, Location loc,
                                     Value count, int64_t divisor) {
  auto buildInteger = [&](int64_t value) {
    return arith::ConstantOp::create(builder, loc,
                                     builder.getI64IntegerAttr(value));
  };
  Value scalar = tensor::ExtractOp::create(builder, loc, count, ValueRange());
  Value rest =
      arith::RemSIOp::create(builder, loc, scalar, buildInteger(divisor));
  return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, rest,
                               buildInteger(0));
}

Type mlir::gradopt::getScalarType(ValueRange values) {
  Type type = getElementTypeOrSelf(values.front().getType());
  for (Value value : values)
    if (getElementTypeOrSelf(value.getType()) != type)
      return Float64Type::get(type.getContext());
  return type;
}

Location mlir::gradopt::getOriginOf(ValueRange values, StringRef layer,
                                    StringRef direction, StringRef source) {
  auto locations = llvm::map_to_vector(
      values, [](Value value) -> Location { return value.getLoc(); });
  Location loc = FusedLoc::get(values.front().getContext(), locations);
  return withOrigin(loc, layer, "", direction, source);
}

RecordNames::RecordNames(FunctionOpInterface function) {
  function.walk([&](RecordOp op) { names[op.getName()] = op.getValue(); });
}

bool RecordNames::record(OpBuilder &builder, Location loc, const Twine &name,
                         Value value) {
  std::string text = name.str();
  if (!names.try_emplace(text, value).second)
    return false;
  RecordOp::create(builder, loc, text, value);
  return true;
}
