//===- TapeReaders.cpp - Scans that read what others keep -----------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TapeReaders.h"
#include "ScanUtils.h"
#include "gradopt/IR/RegionSizes.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace mlir::gradopt;

/// The input of a scan in the other direction that the use is, if it is one.
static std::optional<unsigned> getReadInput(OpOperand &use, ScanOp scan,
                                            bool reverse) {
  auto reader = dyn_cast<ScanOp>(use.getOwner());
  // Without the same static count they could not be split alike.
  if (!reader || reader == scan || reader->getBlock() != scan->getBlock() ||
      reader.getStaticCount() != scan.getStaticCount() ||
      !haveSameCount(scan, reader))
    return std::nullopt;
  unsigned first = 1 + reader.getNumCarries();
  if (use.getOperandNumber() < first)
    return std::nullopt;
  unsigned input = use.getOperandNumber() - first;
  if (reader.getInputReverse()[input] == reverse)
    return std::nullopt;
  return input;
}

/// Whether these are rows of a history of `scan`, one for each of its steps.
static bool areStepRows(tensor::ExtractSliceOp rows, ScanOp scan) {
  if (!rows || rows.getType().getRank() != rows.getSourceType().getRank())
    return false;
  std::optional<int64_t> offset =
      getConstantIntValue(rows.getMixedOffsets()[0]);
  if (!offset || (*offset != 0 && *offset != 1) ||
      !isOneInteger(rows.getMixedStrides()[0]))
    return false;
  OpFoldResult length = rows.getMixedSizes()[0];
  Builder builder(scan.getContext());
  if (isSameSize(builder, length, scan.getCount()))
    return true;
  std::optional<int64_t> constant = getConstantIntValue(length);
  return constant && *constant == scan.getStaticCount();
}

bool gradopt::isSizeOnly(Operation *op) {
  auto dim = dyn_cast<tensor::DimOp>(op);
  auto type = dim ? dyn_cast<RankedTensorType>(dim.getSource().getType())
                  : RankedTensorType();
  std::optional<int64_t> index;
  if (type)
    index = dim.getConstantIndex();
  return index && *index >= 0 && *index < type.getRank();
}

SmallVector<Tape> gradopt::findTapes(ScanOp scan, Operation **other) {
  SmallVector<Tape> tapes;
  auto find = [&](OpResult result, bool reverse, bool isHistory) {
    Tape tape{result.getResultNumber(), {}};
    Operation *needs = nullptr;
    auto follow = [&](Value value, tensor::ExtractSliceOp rows) {
      for (OpOperand &use : value.getUses())
        if (std::optional<unsigned> input = getReadInput(use, scan, reverse))
          tape.uses.push_back({use.getOwner(), *input, rows});
        else if (!isSizeOnly(use.getOwner()))
          needs = use.getOwner();
    };
    if (!isHistory)
      follow(result, {});
    else
      for (OpOperand &use : result.getUses())
        if (auto rows = dyn_cast<tensor::ExtractSliceOp>(use.getOwner());
            areStepRows(rows, scan))
          follow(rows.getResult(), rows);
        else if (!isSizeOnly(use.getOwner()))
          needs = use.getOwner();
    if (!needs && !tape.uses.empty())
      tapes.push_back(std::move(tape));
    else if (needs && !tape.uses.empty() && other)
      *other = needs;
  };
  for (auto [output, reverse] :
       llvm::zip_equal(scan.getOutputs(), scan.getOutputReverse()))
    find(output, reverse, /*isHistory=*/false);
  for (auto [history, reverse] :
       llvm::zip_equal(scan.getHistoryResults(), scan.getHistoryReverse()))
    find(history, reverse, /*isHistory=*/true);
  return tapes;
}

int64_t gradopt::getBytesPerStep(ScanOp scan, const Tape &tape) {
  auto slice = ScanOp::getSliceType(
      cast<RankedTensorType>(scan->getResult(tape.result).getType()));
  Type element = slice.getElementType();
  int64_t bytes = element.isIntOrFloat()
                      ? llvm::divideCeil(element.getIntOrFloatBitWidth(), 8)
                      : 8;
  for (int64_t size : slice.getShape())
    if (ShapedType::isStatic(size))
      bytes *= size;
  return bytes;
}

std::string gradopt::describeBytes(ScanOp scan, ArrayRef<Tape> tapes) {
  int64_t bytes = 0;
  bool isDynamic = false;
  for (const Tape &tape : tapes) {
    bytes += getBytesPerStep(scan, tape);
    auto type = cast<RankedTensorType>(scan->getResult(tape.result).getType());
    isDynamic |= !ScanOp::getSliceType(type).hasStaticShape();
  }
  return (Twine(bytes) + " bytes" + (isDynamic ? " for each row" : "")).str();
}
