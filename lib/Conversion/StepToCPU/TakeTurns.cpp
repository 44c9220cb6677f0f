//===- TakeTurns.cpp - Ops that are done part by part in turns ------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TakeTurns.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace mlir::gradopt;
using linalg::LinalgOp;

Division Division::get(LinalgOp op) {
  Division division;
  division.kernel = getKernel(op);
  division.columnLoop = getColumnLoop(op);
  if (division.kernel.getSplit() >= 0)
    division.kind = division.columnLoop == unsigned(division.kernel.getSplit())
                        ? Kind::columns
                        : Kind::other;
  if (!division.columnLoop || division.kernel.getColumns() == 0)
    return division;
  int64_t size = op.getStaticLoopRanges()[*division.columnLoop];
  int64_t period = division.kernel.getPeriod();
  if (ShapedType::isDynamic(size) || (period != 0 && size % period != 0))
    return division;
  division.run = period != 0 ? period : size;
  division.runs = division.run != 0 ? size / division.run : 1;
  return division;
}

/// Whether parts of both ops may be done in turns: as if these parts, shares by
/// `firstPlan` and `secondPlan`, were given to threads that need not wait.
static bool areFreeOfConflicts(LinalgOp first, KernelAttr firstPlan,
                               LinalgOp second, KernelAttr secondPlan) {
  std::vector<BufferAccess> accesses, later;
  for (auto [op, plan, list] : {std::tuple(first, firstPlan, &accesses),
                                std::tuple(second, secondPlan, &later)}) {
    KernelAttr kernel = getKernel(op);
    op->setAttr(attr::kKernel, plan);
    collectAccesses(op, *list);
    op->setAttr(attr::kKernel, kernel);
  }
  return llvm::none_of(accesses, [&](const BufferAccess &access) {
    return llvm::any_of(later, [&](const BufferAccess &other) {
      return isConflict(access, other, /*iv=*/Value(), /*next=*/false);
    });
  });
}

static KernelAttr getPlan(LinalgOp op, unsigned split, int64_t period,
                          int64_t grain) {
  return KernelAttr::get(op->getContext(), split, period, grain, /*rows=*/0,
                         /*columns=*/0, /*depth=*/0, /*overwrite=*/false);
}

bool gradopt::canShareTiles(LinalgOp first, LinalgOp second) {
  Division one = Division::get(first), other = Division::get(second);
  if (!one.isTiled() || !other.isTiled() || one.kind != other.kind ||
      one.run != other.run ||
      one.kernel.getColumns() != other.kernel.getColumns())
    return false;
  if (one.kind == Division::Kind::other) {
    OpFoldResult rows = getLoopSize(first, one.kernel.getSplit());
    OpFoldResult others = getLoopSize(second, other.kernel.getSplit());
    if (!rows || !others || !isEqualConstantIntOrValue(rows, others))
      return false;
  }
  auto getTiles = [](LinalgOp op, const Division &division) {
    return getPlan(op, *division.columnLoop, division.kernel.getPeriod(),
                   division.kernel.getColumns());
  };
  return areFreeOfConflicts(first, getTiles(first, one), second,
                            getTiles(second, other));
}

/// Whether any of two ops writes what the other one touches.
static bool touchTheSame(LinalgOp first, LinalgOp second) {
  std::vector<BufferAccess> accesses, later;
  collectAccesses(first, accesses);
  collectAccesses(second, later);
  return llvm::any_of(accesses, [&](const BufferAccess &access) {
    return llvm::any_of(later, [&](const BufferAccess &other) {
      return (access.isWrite || other.isWrite) &&
             access.view.memory == other.view.memory;
    });
  });
}

bool gradopt::canShareRows(LinalgOp first, LinalgOp second) {
  Division one = Division::get(first), other = Division::get(second);
  for (auto [op, division] : {std::pair(first, one), std::pair(second, other)})
    if (division.kind != Division::Kind::columns || division.isTiled() ||
        division.kernel.getPeriod() != 0 ||
        linalg::isaContractionOpInterface(op))
      return false;
  OpFoldResult columns = getLoopSize(first, *one.columnLoop);
  OpFoldResult others = getLoopSize(second, *other.columnLoop);
  if (one.kernel.getGrain() != other.kernel.getGrain() || !columns || !others ||
      !isEqualConstantIntOrValue(columns, others))
    return false;
  if (!one.isByRows(first))
    return other.isByRows(second) || !touchTheSame(first, second);
  if (!other.isByRows(second))
    return !touchTheSame(first, second);
  OpFoldResult rows = getLoopSize(first, 0), otherRows = getLoopSize(second, 0);
  if (one.kernel.getRows() != other.kernel.getRows() || !rows || !otherRows ||
      !isEqualConstantIntOrValue(rows, otherRows))
    return false;
  auto getRows = [](LinalgOp op, const Division &division) {
    return getPlan(op, /*split=*/0, /*period=*/0, division.kernel.getRows());
  };
  return areFreeOfConflicts(first, getRows(first, one), second,
                            getRows(second, other));
}
