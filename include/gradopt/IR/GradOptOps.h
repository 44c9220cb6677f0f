//===- GradOptOps.h - Ops of the gradopt dialect ----------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_IR_GRADOPTOPS_H
#define GRADOPT_IR_GRADOPTOPS_H

#include "gradopt/IR/GradOptDialect.h"
#include "gradopt/IR/Policies.h"
#include "gradopt/Interfaces/GradOptInterfaces.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace mlir::gradopt {

/// The record that `gradopt.record` writes to.
struct RecordResource : public SideEffects::Resource::Base<RecordResource> {
  llvm::StringRef getName() final { return "gradopt.record"; }
};

/// See GradOpt_Observation in GradOptOpBase.td.
template <typename ConcreteType>
class Observation : public OpTrait::TraitBase<ConcreteType, Observation> {};

} // namespace mlir::gradopt

#define GET_OP_CLASSES
#include "gradopt/IR/GradOptOps.h.inc"

#endif // GRADOPT_IR_GRADOPTOPS_H
