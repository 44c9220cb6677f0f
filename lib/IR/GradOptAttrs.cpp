//===- GradOptAttrs.cpp - Attributes of the gradopt dialect ---------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AttrAssembly.h"
#include "Verify.h"
#include "gradopt/IR/GradOptDialect.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::gradopt;

//===----------------------------------------------------------------------===//
// Parts `key = value`
//===----------------------------------------------------------------------===//

/// Parses `, key = value` or, if `first`, `key = value`, any number of times.
/// `parseValue` is called with each key that is one of `keys`, each once.
static ParseResult parseParts(AsmParser &parser, ArrayRef<StringRef> keys,
                              bool first,
                              function_ref<ParseResult(StringRef)> parseValue) {
  SmallVector<StringRef> seen;
  auto parsePart = [&]() -> ParseResult {
    SMLoc loc = parser.getCurrentLocation();
    StringRef key;
    if (parser.parseKeyword(&key))
      return failure();
    if (!llvm::is_contained(keys, key))
      return parser.emitError(loc) << "unknown part '" << key << "': write "
                                   << llvm::join(keys, ", ");
    if (llvm::is_contained(seen, key))
      return parser.emitError(loc) << "part '" << key << "' is given twice";
    seen.push_back(key);
    return failure(parser.parseEqual() || parseValue(key));
  };
  if (first) {
    if (parsePart())
      return failure();
  }
  while (succeeded(parser.parseOptionalComma()))
    if (parsePart())
      return failure();
  return success();
}

FailureOr<FloatAttr> mlir::gradopt::parseNumber(AsmParser &parser) {
  double value;
  if (parser.parseFloat(value))
    return failure();
  return parser.getBuilder().getF64FloatAttr(value);
}

static ParseResult parseNumberInto(AsmParser &parser, FloatAttr &result) {
  FailureOr<FloatAttr> number = parseNumber(parser);
  if (failed(number))
    return failure();
  result = *number;
  return success();
}

ParseResult mlir::gradopt::parseLearningRate(AsmParser &parser,
                                             FloatAttr &learningRate) {
  auto parse = [&](StringRef) { return parseNumberInto(parser, learningRate); };
  return parseParts(parser, {"learning_rate"}, /*first=*/true, parse);
}

void mlir::gradopt::printLearningRate(AsmPrinter &printer,
                                      FloatAttr learningRate) {
  printer << "learning_rate = ";
  printer.printFloat(learningRate.getValue());
}

/// Parses a keyword that is a case of an enum.
template <typename Enum>
static ParseResult parseCase(AsmParser &parser, Enum &result, StringRef what,
                             StringRef cases) {
  SMLoc loc = parser.getCurrentLocation();
  StringRef keyword;
  if (parser.parseKeyword(&keyword))
    return failure();
  std::optional<Enum> parsed = symbolizeEnum<Enum>(keyword);
  if (!parsed)
    return parser.emitError(loc)
           << "unknown " << what << " '" << keyword << "': write " << cases;
  result = *parsed;
  return success();
}

static void printNumber(AsmPrinter &printer, FloatAttr number) {
  printer.printFloat(number.getValue());
}

//===----------------------------------------------------------------------===//
// ParamAttr
//===----------------------------------------------------------------------===//

namespace {
struct InitializerForm {
  StringRef example;
  unsigned minNumbers, maxNumbers;
};
} // namespace

static InitializerForm getForm(Initializer init) {
  switch (init) {
  case Initializer::zeros:
    return {"zeros", 0, 0};
  case Initializer::constant:
    return {"constant(c)", 1, 1};
  case Initializer::uniform:
    return {"uniform(low, high)", 2, 2};
  case Initializer::normal:
    return {"normal(mean, deviation)", 2, 2};
  case Initializer::xavier:
    return {"xavier or xavier(gain)", 0, 1};
  case Initializer::orthogonal:
    return {"orthogonal or orthogonal(gain)", 0, 1};
  case Initializer::identity:
    return {"identity or identity(scale)", 0, 1};
  case Initializer::he:
    return {"he or he(gain)", 0, 1};
  case Initializer::truncated_normal:
    return {"truncated_normal(mean, deviation)", 2, 2};
  case Initializer::forget_bias:
    return {"forget_bias or forget_bias(value)", 0, 1};
  }
  llvm_unreachable("not an initializer");
}

/// Whether the only number may be left out, and is 1 then.
static bool hasOptionalScale(Initializer init) {
  InitializerForm form = getForm(init);
  return form.minNumbers == 0 && form.maxNumbers == 1;
}

Attribute ParamAttr::parse(AsmParser &parser, Type) {
  SMLoc loc = parser.getCurrentLocation();
  Builder &builder = parser.getBuilder();
  std::string name;
  Initializer init = Initializer::zeros;
  SmallVector<FloatAttr> numbers;
  auto parseInit = [&](StringRef) -> ParseResult {
    SMLoc initLoc = parser.getCurrentLocation();
    if (parseCase(parser, init, "initializer",
                  "zeros, constant, uniform, normal, xavier, orthogonal, "
                  "identity, he, truncated_normal or forget_bias"))
      return failure();
    if (succeeded(parser.parseOptionalLParen())) {
      if (parser.parseCommaSeparatedList([&]() {
            return parseNumberInto(parser, numbers.emplace_back());
          }) ||
          parser.parseRParen())
        return failure();
    }
    InitializerForm form = getForm(init);
    if (numbers.size() < form.minNumbers || numbers.size() > form.maxNumbers)
      return parser.emitError(initLoc)
             << "wrong number of arguments: write " << form.example;
    return success();
  };
  if (parser.parseLess() || parser.parseString(&name) ||
      parseParts(parser, {"init"}, /*first=*/false, parseInit) ||
      parser.parseGreater())
    return {};
  if (numbers.empty() && hasOptionalScale(init))
    numbers.push_back(builder.getF64FloatAttr(1.0));
  numbers.resize(2, builder.getF64FloatAttr(0.0));
  return parser.getChecked<ParamAttr>(loc, parser.getContext(), StringRef(name),
                                      init, numbers[0], numbers[1]);
}

void ParamAttr::print(AsmPrinter &printer) const {
  printer << '<';
  printer.printString(getName());
  if (getInit() != Initializer::zeros) {
    printer << ", init = " << stringifyEnum(getInit());
    bool isDefault =
        hasOptionalScale(getInit()) && getA().getValueAsDouble() == 1.0;
    if (!isDefault) {
      printer << '(';
      printNumber(printer, getA());
      if (getForm(getInit()).maxNumbers == 2) {
        printer << ", ";
        printNumber(printer, getB());
      }
      printer << ')';
    }
  }
  printer << '>';
}

LogicalResult ParamAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                StringRef name, Initializer init, FloatAttr a,
                                FloatAttr b) {
  if (name.empty())
    return emitError() << "the name of a parameter must not be empty";
  if (name == "global")
    return emitError() << "a parameter cannot have the name 'global', which is "
                          "that of all gradients together in the record";
  if (failed(verifyNumber(emitError, "an initializer's number", a)) ||
      failed(verifyNumber(emitError, "an initializer's number", b)))
    return failure();
  double first = a.getValueAsDouble(), second = b.getValueAsDouble();
  if (init == Initializer::uniform && !(first < second))
    return emitError() << "uniform(low, high) needs low < high, got low = "
                       << first << " and high = " << second;
  if ((init == Initializer::normal || init == Initializer::truncated_normal) &&
      second < 0.0)
    return emitError() << stringifyEnum(init)
                       << "(mean, deviation) needs a deviation that is "
                          "not negative, got "
                       << second;
  return success();
}

//===----------------------------------------------------------------------===//
// OriginAttr
//===----------------------------------------------------------------------===//

Attribute OriginAttr::parse(AsmParser &parser, Type) {
  std::string layer, gate, direction, source;
  if (parser.parseLess())
    return {};
  if (failed(parser.parseOptionalGreater())) {
    if (parseParts(parser, {"layer", "gate", "direction", "source"},
                   /*first=*/true,
                   [&](StringRef key) {
                     std::string &field = key == "layer"       ? layer
                                          : key == "gate"      ? gate
                                          : key == "direction" ? direction
                                                               : source;
                     return parser.parseString(&field);
                   }) ||
        parser.parseGreater())
      return {};
  }
  return get(parser.getContext(), layer, gate, direction, source);
}

void OriginAttr::print(AsmPrinter &printer) const {
  printer << '<';
  StringRef separator;
  auto printField = [&](StringRef key, StringRef value) {
    if (value.empty())
      return;
    printer << separator << key << " = ";
    printer.printString(value);
    separator = ", ";
  };
  printField("layer", getLayer());
  printField("gate", getGate());
  printField("direction", getDirection());
  printField("source", getSource());
  printer << '>';
}

//===----------------------------------------------------------------------===//
// ClipAttr
//===----------------------------------------------------------------------===//

Attribute ClipAttr::parse(AsmParser &parser, Type) {
  SMLoc loc = parser.getCurrentLocation();
  ClipKind kind;
  FloatAttr threshold;
  std::optional<NormKind> p;
  ClipPlacement at = ClipPlacement::gradient;
  int64_t every = 0;
  auto parsePart = [&](StringRef key) -> ParseResult {
    if (key == "threshold")
      return parseNumberInto(parser, threshold);
    if (key == "at")
      return parseCase(parser, at, "placement",
                       "gradient, time_step, chunk or gate");
    if (key == "every")
      return parser.parseInteger(every);
    SMLoc pLoc = parser.getCurrentLocation();
    if (parseCase(parser, p.emplace(), "norm", "l1, l2 or linf"))
      return failure();
    if (kind == ClipKind::value)
      return parser.emitError(pLoc,
                              "a clip by value looks at no norm: leave out p");
    return success();
  };
  if (parser.parseLess() ||
      parseCase(parser, kind, "kind of clip",
                "value, norm, group_norm or global_norm") ||
      parseParts(parser, {"threshold", "p", "at", "every"}, /*first=*/false,
                 parsePart) ||
      parser.parseGreater())
    return {};
  if (!threshold) {
    parser.emitError(loc, "a clip needs threshold = …");
    return {};
  }
  return parser.getChecked<ClipAttr>(loc, parser.getContext(), kind, threshold,
                                     p.value_or(NormKind::l2), at, every);
}

void ClipAttr::print(AsmPrinter &printer) const {
  printer << '<' << stringifyEnum(getKind()) << ", threshold = ";
  printNumber(printer, getThreshold());
  if (getP() != NormKind::l2)
    printer << ", p = " << stringifyEnum(getP());
  if (getAt() != ClipPlacement::gradient)
    printer << ", at = " << stringifyEnum(getAt());
  if (getEvery() != 0)
    printer << ", every = " << getEvery();
  printer << '>';
}

LogicalResult ClipAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                               ClipKind kind, FloatAttr threshold, NormKind p,
                               ClipPlacement at, int64_t every) {
  // +Inf is allowed: such a clip changes nothing, but it records the norm.
  if (!threshold || !threshold.getType().isF64() ||
      !(threshold.getValueAsDouble() >= 0.0))
    return emitError() << "the threshold of a clip must be a number (f64) that "
                          "is not negative, got "
                       << threshold;
  if (kind == ClipKind::value && p != NormKind::l2)
    return emitError() << "a clip by value looks at no norm: leave out p";
  if (at != ClipPlacement::gradient && kind != ClipKind::value &&
      kind != ClipKind::norm)
    return emitError() << "a clip at " << stringifyEnum(at)
                       << " is by value or by norm, got "
                       << stringifyEnum(kind);
  if (at == ClipPlacement::chunk ? every < 1 : every != 0)
    return emitError()
           << "every = N, the time steps of a chunk, goes with at = "
              "chunk and is at least 1, got every = "
           << every << " at " << stringifyEnum(at);
  return success();
}

//===----------------------------------------------------------------------===//
// MonitorAttr
//===----------------------------------------------------------------------===//

Attribute MonitorAttr::parse(AsmParser &parser, Type) {
  SMLoc start = parser.getCurrentLocation();
  bool norms = false, throughTime = false;
  auto parseOne = [&]() -> ParseResult {
    SMLoc loc = parser.getCurrentLocation();
    StringRef keyword;
    if (parser.parseKeyword(&keyword))
      return failure();
    bool *flag = keyword == "norms"          ? &norms
                 : keyword == "through_time" ? &throughTime
                                             : nullptr;
    if (!flag)
      return parser.emitError(loc) << "unknown quantity '" << keyword
                                   << "': write norms or through_time";
    if (*flag)
      return parser.emitError(loc) << "'" << keyword << "' is given twice";
    *flag = true;
    return success();
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::LessGreater,
                                     parseOne))
    return {};
  return parser.getChecked<MonitorAttr>(start, parser.getContext(), norms,
                                        throughTime);
}

LogicalResult MonitorAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                  bool norms, bool throughTime) {
  if (!norms && !throughTime)
    return emitError() << "a monitor needs norms, through_time or both";
  return success();
}

void MonitorAttr::print(AsmPrinter &printer) const {
  printer << '<' << (getNorms() ? "norms" : "")
          << (getNorms() && getThroughTime() ? ", " : "")
          << (getThroughTime() ? "through_time" : "") << '>';
}

LogicalResult KernelAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 int64_t split, int64_t period, int64_t grain,
                                 int64_t rows, int64_t columns, int64_t depth,
                                 bool overwrite) {
  if (split < -1)
    return emitError()
           << "split must be a loop of the op, or -1 for one thread";
  if (grain < 1)
    return emitError() << "grain must be at least 1, got " << grain;
  for (auto [name, value] :
       {std::pair("period", period), std::pair("rows", rows),
        std::pair("columns", columns), std::pair("depth", depth)})
    if (value < 0)
      return emitError() << name << " must not be negative, got " << value;
  return success();
}
