//===- Toy.h - A dialect beside gradopt ------------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TOY_H
#define TOY_H

#include "gradopt/Interfaces/GradOptInterfaces.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "ToyDialect.h.inc"

namespace toy {

inline mlir::FloatAttr getF64(mlir::MLIRContext *context, double value) {
  return mlir::Builder(context).getF64FloatAttr(value);
}

/// Attaches the derivative of toy.gelu.
void registerGeluModel(mlir::DialectRegistry &registry);

/// The pass convert-toy-to-linalg.
void registerConvertToLinalg();

} // namespace toy

#define GET_ATTRDEF_CLASSES
#include "ToyAttrs.h.inc"

#define GET_OP_CLASSES
#include "ToyOps.h.inc"

#endif // TOY_H
