//===- GradOptOps.td - All ops of the gradopt dialect -*- tablegen -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_IR_OPS_TD
#define GRADOPT_IR_OPS_TD

include "gradopt/IR/CellOps.td"
include "gradopt/IR/GradientOps.td"
include "gradopt/IR/ModelOps.td"
include "gradopt/IR/ObservationOps.td"
include "gradopt/IR/RecipeOps.td"
include "gradopt/IR/ScanOps.td"
include "gradopt/IR/ThreadOps.td"
include "gradopt/IR/UpdateOps.td"

#endif // GRADOPT_IR_OPS_TD
