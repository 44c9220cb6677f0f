//===- GradOptInterfaces.h - Interfaces to attach ---------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_INTERFACES_GRADOPTINTERFACES_H
#define GRADOPT_INTERFACES_GRADOPTINTERFACES_H

#include "gradopt/Interfaces/StepBatch.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/OpDefinition.h"

#include "gradopt/Interfaces/GradOptInterfaces.h.inc"

// It refers to the interfaces of ops.
#include "gradopt/Interfaces/GradOptAttrInterfaces.h.inc"

#endif // GRADOPT_INTERFACES_GRADOPTINTERFACES_H
