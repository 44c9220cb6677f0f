//===- RecipeOp.cpp - How a model is trained ------------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/IR/GradOptOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace mlir::gradopt;

std::string RecipeOp::getStepName() {
  if (std::optional<StringRef> result = getResult())
    return result->str();
  return (getModel() + "_step").str();
}

/// Parses the value of one part and adds it to `attributes`.
static ParseResult parsePart(OpAsmParser &parser, SMLoc keyLoc, StringRef key,
                             NamedAttrList &attributes) {
  SMLoc loc = parser.getCurrentLocation();
  if (key == "model" || key == "result") {
    FlatSymbolRefAttr symbol;
    return parser.parseAttribute(symbol, key, attributes);
  }
  if (key == "optimizer") {
    Attribute optimizer;
    return parser.parseAttribute(optimizer, key, attributes);
  }
  if (key == "clip" || key == "regularize" || key == "groups") {
    ArrayAttr parts;
    return parser.parseAttribute(parts, key, attributes);
  }
  if (key == "schedule") {
    Attribute schedule;
    if (parser.parseAttribute(schedule))
      return failure();
    if (!isa<ScheduleAttr>(schedule))
      return parser.emitError(loc)
             << "schedule must be #gradopt.schedule<…>, got " << schedule;
    attributes.append(key, schedule);
    return success();
  }
  if (key == "accumulate") {
    int64_t batches;
    if (parser.parseInteger(batches))
      return failure();
    attributes.append(key, parser.getBuilder().getI64IntegerAttr(batches));
    return success();
  }
  if (key == "monitor") {
    Attribute monitor;
    if (parser.parseAttribute(monitor))
      return failure();
    if (!isa<MonitorAttr>(monitor))
      return parser.emitError(loc)
             << "monitor must be #gradopt.monitor<…>, got " << monitor;
    attributes.append(key, monitor);
    return success();
  }
  if (key == "on_nonfinite") {
    StringRef keyword;
    if (parser.parseKeyword(&keyword))
      return failure();
    std::optional<Policy> policy = symbolizePolicy(keyword);
    if (!policy)
      return parser.emitError(loc) << "unknown policy '" << keyword
                                   << "': write report, skip or stop";
    attributes.append(key, PolicyAttr::get(parser.getContext(), *policy));
    return success();
  }
  return parser.emitError(keyLoc)
         << "unknown part '" << key
         << "' of a recipe: write model, result, optimizer, schedule, "
            "accumulate, clip, regularize, groups, monitor or on_nonfinite";
}

ParseResult RecipeOp::parse(OpAsmParser &parser, OperationState &result) {
  StringAttr name;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseSymbolName(name, getSymNameAttrName(result.name),
                             result.attributes) ||
      parser.parseOptionalAttrDictWithKeyword(result.attributes))
    return failure();
  llvm::StringSet<> seen;
  if (parser.parseCommaSeparatedList(
          OpAsmParser::Delimiter::Braces, [&]() -> ParseResult {
            SMLoc keyLoc = parser.getCurrentLocation();
            StringRef key;
            if (parser.parseKeyword(&key) || parser.parseEqual())
              return failure();
            if (!seen.insert(key).second)
              return parser.emitError(keyLoc)
                     << "part '" << key << "' is given twice";
            return parsePart(parser, keyLoc, key, result.attributes);
          }))
    return failure();
  if (!result.attributes.get(getModelAttrName(result.name)))
    return parser.emitError(loc, "a recipe needs model = @…, the symbol of the "
                                 "loss function");
  return success();
}

void RecipeOp::print(OpAsmPrinter &printer) {
  printer << ' ';
  printer.printSymbolName(getSymName());
  printer.printOptionalAttrDictWithKeyword(
      (*this)->getAttrs(),
      {getSymNameAttrName(), getModelAttrName(), getResultAttrName(),
       getOptimizerAttrName(), getScheduleAttrName(), getAccumulateAttrName(),
       getClipAttrName(), getRegularizeAttrName(), getGroupsAttrName(),
       getMonitorAttrName(), getOnNonfiniteAttrName()});
  printer << " {";
  printer.increaseIndent();
  StringRef separator = "";
  auto printPart = [&](StringAttr key, Attribute value) {
    if (!value)
      return;
    printer << separator;
    printer.printNewline();
    printer << key.getValue() << " = ";
    if (auto policy = dyn_cast<PolicyAttr>(value))
      printer << stringifyPolicy(policy.getValue());
    else if (auto number = dyn_cast<IntegerAttr>(value))
      printer << number.getInt();
    else
      printer.printAttribute(value);
    separator = ",";
  };
  printPart(getModelAttrName(), getModelAttr());
  printPart(getResultAttrName(), getResultAttr());
  printPart(getOptimizerAttrName(), getOptimizerAttr());
  printPart(getScheduleAttrName(), getScheduleAttr());
  printPart(getAccumulateAttrName(), getAccumulateAttr());
  printPart(getClipAttrName(), getClipAttr());
  printPart(getRegularizeAttrName(), getRegularizeAttr());
  printPart(getGroupsAttrName(), getGroupsAttr());
  printPart(getMonitorAttrName(), getMonitorAttr());
  printPart(getOnNonfiniteAttrName(), getOnNonfiniteAttr());
  printer.decreaseIndent();
  printer.printNewline();
  printer << '}';
}

LogicalResult RecipeOp::verify() {
  if (Attribute optimizer = getOptimizerAttr();
      optimizer && !isa<OptimizerAttrInterface>(optimizer))
    return emitOpError()
           << "optimizer must be #gradopt.sgd<…>, momentum, adam, adamw or "
              "rmsprop, or another dialect's attribute that implements "
              "OptimizerAttrInterface, got "
           << optimizer;
  if (ArrayAttr clips = getClipAttr()) {
    if (clips.empty())
      return emitOpError("clip lists no clip: leave it out");
    for (Attribute clip : clips)
      if (!isa<ClipAttr>(clip))
        return emitOpError()
               << "clip must be a list of #gradopt.clip<…>, got " << clip;
  }
  return success();
}

LogicalResult RecipeOp::verifySymbolUses(SymbolTableCollection &symbolTable) {
  if (!symbolTable.lookupNearestSymbolFrom<func::FuncOp>(*this, getModelAttr()))
    return emitOpError() << "names a missing function: there is no func.func "
                         << getModelAttr();
  std::string step = getStepName();
  if (step == getModel())
    return emitOpError() << "result must be another symbol than the model "
                         << getModelAttr();
  auto stepSymbol = FlatSymbolRefAttr::get(getContext(), step);
  Operation *other =
      symbolTable.lookupNearestSymbolFrom(*this, stepSymbol.getAttr());
  if (other && !isa<func::FuncOp>(other)) {
    InFlightDiagnostic diag =
        emitOpError() << "would make the step " << stepSymbol
                      << ", but that symbol is not a function: give another "
                         "result = @…";
    diag.attachNote(other->getLoc()) << "it is defined here";
    return diag;
  }
  return success();
}
