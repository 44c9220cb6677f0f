//===- CountWork.cpp - Operations and bytes of a step ---------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::gradopt {
#define GEN_PASS_DEF_COUNTWORK
#include "gradopt/Transforms/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;

namespace {
struct CountWork : gradopt::impl::CountWorkBase<CountWork> {
  using CountWorkBase::CountWorkBase;

  void runOnOperation() override {}
};
} // namespace
