//===- RecipeOp.cpp - How a model is trained ------------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/IR/GradOptOps.h"
#include "gradopt/IR/Groups.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::gradopt;

std::string RecipeOp::getStepName() {
  if (std::optional<StringRef> result = getResult())
    return result->str();
  return (getModel() + "_step").str();
}

Policies RecipeOp::getPolicies() {
  return {getOnNonfinite(), getOnOverflow(), getOnDivergence()};
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
  if (key == "on_nonfinite" || key == "on_overflow" || key == "on_divergence") {
    StringRef keyword;
    if (parser.parseKeyword(&keyword))
      return failure();
    std::optional<Policy> policy = symbolizePolicy(keyword);
    if (!policy)
      return parser.emitError(loc)
             << "unknown policy '" << keyword << "': write " << kPolicyNames;
    attributes.append(key, PolicyAttr::get(parser.getContext(), *policy));
    return success();
  }
  if (key == "policy_options") {
    Attribute options;
    if (parser.parseAttribute(options))
      return failure();
    if (!isa<PolicyOptionsAttr>(options))
      return parser.emitError(loc)
             << "policy_options must be #gradopt.policy_options<…>, got "
             << options;
    attributes.append(key, options);
    return success();
  }
  return parser.emitError(keyLoc)
         << "unknown part '" << key
         << "' of a recipe: write model, result, optimizer, schedule, "
            "accumulate, clip, regularize, groups, monitor, on_nonfinite, "
            "on_overflow, on_divergence or policy_options";
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
       getMonitorAttrName(), getOnNonfiniteAttrName(), getOnOverflowAttrName(),
       getOnDivergenceAttrName(), getPolicyOptionsAttrName()});
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
  printPart(getOnOverflowAttrName(), getOnOverflowAttr());
  printPart(getOnDivergenceAttrName(), getOnDivergenceAttr());
  printPart(getPolicyOptionsAttrName(), getPolicyOptionsAttr());
  printer.decreaseIndent();
  printer.printNewline();
  printer << '}';
}

//===----------------------------------------------------------------------===//
// The parts by themselves
//===----------------------------------------------------------------------===//

/// A part that is a list, of at least one of `Attrs`, which `what` names.
template <typename... Attrs>
static LogicalResult verifyList(RecipeOp recipe, StringAttr part,
                                ArrayAttr list, StringRef one, StringRef what) {
  if (!list)
    return success();
  if (list.empty())
    return recipe.emitOpError()
           << part.getValue() << " lists no " << one << ": leave it out";
  for (Attribute entry : list)
    if (!isa<Attrs...>(entry))
      return recipe.emitOpError() << part.getValue() << " must be a list of "
                                  << what << ", got " << entry;
  return success();
}

LogicalResult RecipeOp::verify() {
  auto optimizer = dyn_cast_or_null<OptimizerAttrInterface>(getOptimizerAttr());
  if (getOptimizerAttr() && !optimizer)
    return emitOpError()
           << "optimizer must be #gradopt.sgd<…>, momentum, adam, adamw or "
              "rmsprop, or another dialect's attribute that implements "
              "OptimizerAttrInterface, got "
           << getOptimizerAttr();
  if (std::optional<uint64_t> batches = getAccumulate();
      batches && static_cast<int64_t>(*batches) < 1)
    return emitOpError() << "accumulate is a number of batches of at least 1, "
                            "got "
                         << static_cast<int64_t>(*batches);
  if (failed(verifyList<ClipAttr>(*this, getClipAttrName(), getClipAttr(),
                                  "clip", "#gradopt.clip<…>")) ||
      failed(verifyList<L1Attr, L2Attr, DecoupledDecayAttr, MaxNormAttr>(
          *this, getRegularizeAttrName(), getRegularizeAttr(), "regularizer",
          "#gradopt.l1<…>, l2, decoupled_decay and max_norm")) ||
      failed(verifyList<GroupAttr>(*this, getGroupsAttrName(), getGroupsAttr(),
                                   "group", "#gradopt.group<…>")))
    return failure();

  auto emit = [&] { return emitOpError(); };
  if (failed(verifyPolicies(emit, getPolicies())))
    return failure();
  if (PolicyOptionsAttr options = getPolicyOptionsAttr()) {
    Policies policies = getPolicies();
    // What the checks are inserted with if the recipe does not say it.
    if (!policies.onNonfinite)
      policies.onNonfinite = Policy::skip;
    if (failed(verifyPolicyOptions(emit, policies, options)))
      return failure();
  }

  if (optimizer && optimizer.getDecay() && getRegularizeAttr())
    for (auto decay : getRegularizeAttr().getAsRange<Attribute>())
      if (isa<DecoupledDecayAttr>(decay))
        return emitOpError()
               << "would decay weights twice: by " << decay
               << " and by the weight_decay of the optimizer " << optimizer
               << "; leave out decoupled_decay, or choose an optimizer "
                  "without a weight decay";
  return success();
}

//===----------------------------------------------------------------------===//
// The parts and the model
//===----------------------------------------------------------------------===//

/// Adds what a pattern could have matched to the error that it does not.
static LogicalResult listParameters(InFlightDiagnostic diag,
                                    func::FuncOp model) {
  diag << "; the parameters of @" << model.getName() << " are ";
  bool first = true;
  for (unsigned i : llvm::seq(model.getNumArguments())) {
    auto param = model.getArgAttrOfType<ParamAttr>(i, attr::kParam);
    if (!param)
      continue;
    diag << (first ? "\"" : ", \"") << param.getName() << "\"";
    first = false;
  }
  if (first)
    diag << "none";
  return diag;
}

/// Calls `visit` with the name and the type of each parameter of `model` that
/// `pattern` matches; whether there is one.
static bool forEachMatch(func::FuncOp model, StringRef pattern,
                         function_ref<void(StringRef, Type)> visit) {
  bool any = false;
  for (auto [i, type] : llvm::enumerate(model.getArgumentTypes())) {
    auto param = model.getArgAttrOfType<ParamAttr>(i, attr::kParam);
    if (!param || !matchesName(pattern, param.getName()))
      continue;
    any = true;
    visit(param.getName(), type);
  }
  return any;
}

static LogicalResult verifyGroups(RecipeOp recipe, func::FuncOp model) {
  llvm::StringSet<> names;
  llvm::StringMap<GroupAttr> owners;
  for (auto group : recipe.getGroupsAttr().getAsRange<GroupAttr>()) {
    if (!names.insert(group.getName()).second)
      return recipe.emitOpError()
             << "has two groups of the name \"" << group.getName() << "\"";
    std::string twice;
    bool any =
        forEachMatch(model, group.getMatch(), [&](StringRef parameter, Type) {
          if (!owners.try_emplace(parameter, group).second && twice.empty())
            twice = parameter.str();
        });
    if (!any)
      return listParameters(recipe.emitOpError()
                                << "group \"" << group.getName()
                                << "\" matches no parameter by its pattern \""
                                << group.getMatch() << "\"",
                            model);
    if (!twice.empty()) {
      GroupAttr other = owners.lookup(twice);
      return recipe.emitOpError()
             << "parameter \"" << twice << "\" is matched by two groups, \""
             << other.getName() << "\" (\"" << other.getMatch() << "\") and \""
             << group.getName() << "\" (\"" << group.getMatch()
             << "\"); a parameter belongs to one group at most";
    }
  }
  return success();
}

static LogicalResult verifyRegularizers(RecipeOp recipe, func::FuncOp model) {
  for (Attribute regularizer : recipe.getRegularizeAttr()) {
    StringAttr match =
        llvm::TypeSwitch<Attribute, StringAttr>(regularizer)
            .Case<L1Attr, L2Attr, DecoupledDecayAttr, MaxNormAttr>(
                [](auto attr) { return attr.getMatch(); });
    bool anyMatrix = false;
    bool any = forEachMatch(model, match, [&](StringRef, Type parameter) {
      auto type = dyn_cast<ShapedType>(parameter);
      anyMatrix |= type && type.hasRank() && type.getRank() == 2;
    });
    if (!any)
      return listParameters(recipe.emitOpError()
                                << regularizer << " matches no parameter",
                            model);
    if (isa<MaxNormAttr>(regularizer) && !anyMatrix)
      return listParameters(
          recipe.emitOpError()
              << regularizer
              << " matches no parameter of two dimensions, whose columns it "
                 "would bound",
          model);
  }
  return success();
}

LogicalResult RecipeOp::verifySymbolUses(SymbolTableCollection &symbolTable) {
  auto model =
      symbolTable.lookupNearestSymbolFrom<func::FuncOp>(*this, getModelAttr());
  if (!model)
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
  if (getGroupsAttr() && failed(verifyGroups(*this, model)))
    return failure();
  if (getRegularizeAttr() && failed(verifyRegularizers(*this, model)))
    return failure();
  return success();
}
