//===- AttrAssembly.h - Custom assembly of attributes -----------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_IR_ATTRASSEMBLY_H
#define GRADOPT_LIB_IR_ATTRASSEMBLY_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/DialectImplementation.h"

namespace mlir::gradopt {

/// `learning_rate = NUMBER`, of an optimizer that has no other part.
ParseResult parseLearningRate(AsmParser &parser, FloatAttr &learningRate);
void printLearningRate(AsmPrinter &printer, FloatAttr learningRate);

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_IR_ATTRASSEMBLY_H
