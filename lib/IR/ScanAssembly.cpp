//===- ScanAssembly.cpp - Parser and printer of the scan ------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/IR/GradOptOps.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace mlir::gradopt;

ParseResult ScanOp::parse(OpAsmParser &parser, OperationState &result) {
  Builder &builder = parser.getBuilder();
  Properties &properties = result.getOrAddProperties<Properties>();
  std::string name;
  if (succeeded(parser.parseOptionalString(&name)))
    properties.name = builder.getStringAttr(name);

  OpAsmParser::Argument step;
  OpAsmParser::UnresolvedOperand count;
  step.type = builder.getIndexType();
  if (parser.parseLParen() || parser.parseArgument(step) ||
      parser.parseRParen() || parser.parseKeyword("to") ||
      parser.parseOperand(count) ||
      parser.resolveOperand(count, builder.getIndexType(), result.operands))
    return failure();

  SmallVector<OpAsmParser::Argument> arguments = {step};
  auto parseReverse = [&](SmallVectorImpl<bool> &reverse) {
    reverse.push_back(succeeded(parser.parseOptionalKeyword("reverse")));
  };
  auto parseSequenceType = [&](RankedTensorType &type) -> ParseResult {
    SMLoc loc = parser.getCurrentLocation();
    if (parser.parseType(type))
      return failure();
    if (type.getRank() == 0)
      return parser.emitError(loc, "expected a tensor whose first dimension is "
                                   "time, but it has no dimension");
    return success();
  };

  int32_t numInits = 0;
  if (succeeded(parser.parseOptionalKeyword("carries")) &&
      parser.parseCommaSeparatedList(
          OpAsmParser::Delimiter::Paren, [&]() -> ParseResult {
            OpAsmParser::UnresolvedOperand init;
            OpAsmParser::Argument &carry = arguments.emplace_back();
            ++numInits;
            return failure(
                parser.parseArgument(carry) || parser.parseEqual() ||
                parser.parseOperand(init) ||
                parser.parseColonType(carry.type) ||
                parser.resolveOperand(init, carry.type, result.operands));
          }))
    return failure();
  for (OpAsmParser::Argument &carry : llvm::drop_begin(arguments))
    result.addTypes(carry.type);

  SmallVector<bool> inputReverse, outputReverse, historyReverse;
  if (succeeded(parser.parseOptionalKeyword("inputs")) &&
      parser.parseCommaSeparatedList(
          OpAsmParser::Delimiter::Paren, [&]() -> ParseResult {
            OpAsmParser::UnresolvedOperand input;
            RankedTensorType type;
            OpAsmParser::Argument &slice = arguments.emplace_back();
            if (parser.parseArgument(slice) || parser.parseEqual())
              return failure();
            parseReverse(inputReverse);
            if (parser.parseOperand(input) || parser.parseColon() ||
                parseSequenceType(type) ||
                parser.resolveOperand(input, type, result.operands))
              return failure();
            slice.type = getSliceType(type);
            return success();
          }))
    return failure();

  if (succeeded(parser.parseOptionalKeyword("outputs")) &&
      parser.parseCommaSeparatedList(OpAsmParser::Delimiter::Paren,
                                     [&]() -> ParseResult {
                                       RankedTensorType type;
                                       parseReverse(outputReverse);
                                       if (parseSequenceType(type))
                                         return failure();
                                       result.addTypes(type);
                                       return success();
                                     }))
    return failure();

  SmallVector<int64_t> histories;
  if (succeeded(parser.parseOptionalKeyword("histories")) &&
      parser.parseCommaSeparatedList(
          OpAsmParser::Delimiter::Paren, [&]() -> ParseResult {
            RankedTensorType type;
            parseReverse(historyReverse);
            if (parser.parseInteger(histories.emplace_back()) ||
                parser.parseColon() || parseSequenceType(type))
              return failure();
            result.addTypes(type);
            return success();
          }))
    return failure();

  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseOptionalAttrDictWithKeyword(result.attributes) ||
      failed(verifyInherentAttrs(result.name, result.attributes,
                                 [&] { return parser.emitError(loc); })))
    return failure();
  for (StringRef given :
       {"name", "input_reverse", "output_reverse", "histories",
        "history_reverse", "operandSegmentSizes"})
    if (result.attributes.get(given))
      return parser.emitError(loc) << "'" << given
                                   << "' is written in the syntax of the scan, "
                                      "not in its attributes";
  properties.operandSegmentSizes = {1, numInits,
                                    static_cast<int32_t>(inputReverse.size())};
  properties.input_reverse = builder.getDenseBoolArrayAttr(inputReverse);
  properties.output_reverse = builder.getDenseBoolArrayAttr(outputReverse);
  properties.histories = builder.getDenseI64ArrayAttr(histories);
  properties.history_reverse = builder.getDenseBoolArrayAttr(historyReverse);
  return parser.parseRegion(*result.addRegion(), arguments);
}

void ScanOp::print(OpAsmPrinter &p) {
  p << ' ';
  if (StringAttr name = getNameAttr())
    p << name << ' ';
  auto printArgument = [&](Value argument) {
    p.printRegionArgument(cast<BlockArgument>(argument), {},
                          /*omitType=*/true);
  };
  p << '(';
  printArgument(getStepIndex());
  p << ") to " << getCount();

  if (!getInits().empty()) {
    p << " carries(";
    llvm::interleaveComma(llvm::zip_equal(getCarryArgs(), getInits()), p,
                          [&](auto pair) {
                            auto [argument, init] = pair;
                            printArgument(argument);
                            p << " = " << init << " : " << init.getType();
                          });
    p << ')';
  }
  if (!getInputs().empty()) {
    p << " inputs(";
    llvm::interleaveComma(
        llvm::zip_equal(getSliceArgs(), getInputs(), getInputReverse()), p,
        [&](auto triple) {
          auto [argument, input, reverse] = triple;
          printArgument(argument);
          p << " = " << (reverse ? "reverse " : "") << input << " : "
            << input.getType();
        });
    p << ')';
  }
  if (getNumOutputs() > 0) {
    p << " outputs(";
    llvm::interleaveComma(
        llvm::zip_equal(getOutputs(), getOutputReverse()), p, [&](auto pair) {
          auto [output, reverse] = pair;
          p << (reverse ? "reverse " : "") << output.getType();
        });
    p << ')';
  }
  if (getNumHistories() > 0) {
    p << " histories(";
    llvm::interleaveComma(llvm::zip_equal(getHistories(), getHistoryReverse(),
                                          getHistoryResults()),
                          p, [&](auto triple) {
                            auto [carry, reverse, history] = triple;
                            p << (reverse ? "reverse " : "") << carry << " : "
                              << history.getType();
                          });
    p << ')';
  }
  p.printOptionalAttrDictWithKeyword(
      (*this)->getAttrs(),
      {getNameAttrName(), getInputReverseAttrName(), getOutputReverseAttrName(),
       getHistoriesAttrName(), getHistoryReverseAttrName(),
       getOperandSegmentSizesAttrName()});
  p << ' ';
  p.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}
