//===- IndexBuilder.cpp - Arithmetic on sizes -----------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "IndexBuilder.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/OperationSupport.h"

using namespace mlir;
using namespace mlir::gradopt;

void IndexBuilder::loop(Value begin, Value end, int64_t step,
                        function_ref<void(Value)> body) {
  std::optional<int64_t> from = getConstantIntValue(begin);
  std::optional<int64_t> to = getConstantIntValue(end);
  if (begin == end || (from && to && *from >= *to))
    return;
  if (from && to && *to - *from <= step)
    return body(begin);
  auto loop = scf::ForOp::create(builder, begin, end, constant(step));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  body(loop.getInductionVar());
}

void IndexBuilder::branch(Value condition, function_ref<void()> then,
                          function_ref<void()> otherwise) {
  std::optional<int64_t> known =
      condition ? getConstantIntValue(condition) : std::optional<int64_t>(1);
  if (known)
    return *known ? then() : otherwise();
  auto branch = scf::IfOp::create(builder, condition, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(branch.thenBlock());
  then();
  builder.setInsertionPointToStart(branch.elseBlock());
  otherwise();
}

bool gradopt::isEqual(Value a, Value b) {
  if (a == b)
    return true;
  Operation *first = a.getDefiningOp(), *second = b.getDefiningOp();
  return first && second && a.getType() == b.getType() &&
         isa<arith::ConstantOp, arith::AddIOp, arith::MulIOp, memref::DimOp>(
             first) &&
         OperationEquivalence::isEquivalentTo(
             first, second,
             [](Value x, Value y) { return success(isEqual(x, y)); },
             /*markEquivalent=*/nullptr, OperationEquivalence::IgnoreLocations);
}
