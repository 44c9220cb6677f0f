//===- GradOptDialect.cpp - The gradopt dialect ---------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/IR/GradOptDialect.h"

#include "AttrAssembly.h"
#include "gradopt/IR/GradOptOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Transforms/InliningUtils.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::gradopt;

#include "gradopt/IR/GradOptDialect.cpp.inc"
#include "gradopt/IR/GradOptEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "gradopt/IR/GradOptAttrs.cpp.inc"

#define GET_OP_CLASSES
#include "gradopt/IR/GradOptOps.cpp.inc"

namespace {
/// A function that is called anywhere in a model can become part of it, so that
/// it is differentiated.
struct GradOptInlinerInterface : DialectInlinerInterface {
  using DialectInlinerInterface::DialectInlinerInterface;

  /// Nothing of several blocks goes into a body, which has one.
  bool isLegalToInline(Region *, Region *source, bool,
                       IRMapping &) const final {
    return source->hasOneBlock();
  }

  /// What has an effect, such as a record, stands in a function itself.
  bool isLegalToInline(Operation *op, Region *dest, bool,
                       IRMapping &) const final {
    return isMemoryEffectFree(op) ||
           isa<FunctionOpInterface>(dest->getParentOp());
  }
};
} // namespace

void GradOptDialect::initialize() {
  addInterfaces<GradOptInlinerInterface>();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "gradopt/IR/GradOptAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "gradopt/IR/GradOptOps.cpp.inc"
      >();
}
