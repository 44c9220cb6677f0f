//===- SplitScan.h - A scan over segments of time ---------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_TRANSFORMS_SPLITSCAN_H
#define GRADOPT_LIB_TRANSFORMS_SPLITSCAN_H

#include "gradopt/IR/GradOptOps.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir::gradopt {

/// How many steps a segment has.
struct SegmentLength {
  /// An index that is not below 1: an attribute or a value.
  OpFoldResult steps;
  /// If `steps` is a value: not below the number of full segments, and growing
  /// with the number of all steps, so that memory can be planned.
  Value mostSegments;
};

/// The greatest number whose square is not above the step count, but 1 without
/// steps. Computed in front of the scan if the count is not static.
SegmentLength getSquareRootLength(OpBuilder &builder, ScanOp scan);

/// Which steps are left for the tail.
enum class TailPlace { LastSteps, FirstSteps };

/// What a scan was split into.
struct SplitScan {
  /// Over the full segments. Its body holds `segment`.
  ScanOp outer;
  /// The steps of one segment, with the parts of the scan that was split.
  ScanOp segment;
  /// The remaining steps, with the same parts; null if there are none.
  ScanOp tail;
  /// The numbers of steps in one segment and in the tail.
  OpFoldResult segmentSteps, tailSteps;
};

/// Replaces a scan of T steps by one over the T floordiv k full segments of k
/// steps each, and one over the steps that remain. Sequences stay in time
/// order; where they are put together or taken apart that is done around the
/// scans. Fails, and changes nothing, if all steps are known to be in one
/// segment.
FailureOr<SplitScan> splitScan(RewriterBase &rewriter, ScanOp scan,
                               SegmentLength length, TailPlace place);

/// A scan like `scan` over `count` of its steps, `first` being the number of
/// the first of them. `inits` and `inputs` take the place of its own.
ScanOp cloneSteps(OpBuilder &builder, ScanOp scan, OpFoldResult count,
                  OpFoldResult first, ValueRange inits, ValueRange inputs);

/// `length` rows of a sequence from row `offset` on: the sequence itself if
/// these are all that it has.
Value sliceSteps(OpBuilder &builder, Location loc, Value sequence,
                 OpFoldResult offset, OpFoldResult length);

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_TRANSFORMS_SPLITSCAN_H
