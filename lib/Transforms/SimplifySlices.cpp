//===- SimplifySlices.cpp - Tensors put together and taken apart ----------===//
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
#define GEN_PASS_DEF_SIMPLIFYSLICES
#include "gradopt/Transforms/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;

namespace {
struct SimplifySlices : gradopt::impl::SimplifySlicesBase<SimplifySlices> {
  using SimplifySlicesBase::SimplifySlicesBase;

  void runOnOperation() override {}
};
} // namespace
