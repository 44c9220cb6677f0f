//===- ScanEditor.h - Other carries, inputs and outputs of a scan -*- C++
//-*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_TRANSFORMS_SCANEDITOR_H
#define GRADOPT_LIB_TRANSFORMS_SCANEDITOR_H

#include "gradopt/IR/GradOptOps.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir::gradopt {

/// Gives a scan more carries, inputs, outputs and histories. Its body is edited
/// in place, so that values in it stay what they are; `finish` puts an op with
/// the new parts in its place. Between the first change and `finish` the scan
/// does not verify.
class ScanEditor {
public:
  ScanEditor(RewriterBase &rewriter, ScanOp scan);

  /// The slice of `sequence` in the body: that of an input which is there
  /// already, or of a new last one.
  BlockArgument addInput(Value sequence, bool reverse);

  /// The number of the output that holds `slice`, a ranked tensor in the body:
  /// one that is there already, or a new last one.
  unsigned addOutput(Value slice, bool reverse);
  /// A new last output, whatever is there already.
  unsigned appendOutput(Value slice, bool reverse);

  /// The number of a history of `carry`: one that is there already, or a new
  /// last one.
  unsigned addHistory(unsigned carry, bool reverse);

  /// A new last carry, whose next value is itself until `setNext`. `name` is
  /// used if the scan names its carries.
  unsigned addCarry(Value init, StringRef name);
  BlockArgument getCarryArg(unsigned carry);
  void setNext(unsigned carry, Value next) { nextCarries[carry] = next; }

  /// Replaces the scan. What nothing needs any more is still there: the
  /// canonicalization of scans removes it.
  ScanOp finish();

private:
  RewriterBase &rewriter;
  ScanOp scan;
  unsigned firstCarries, firstOutputs, firstHistories;
  SmallVector<Value> inits, inputs, nextCarries, outputs;
  SmallVector<bool> inputReverse, outputReverse, historyReverse;
  SmallVector<int64_t> histories;
  SmallVector<Attribute> carryNames;
};

/// Takes out of all scans in `root` what nothing needs, and dead ops.
void removeUnneededParts(Operation *root);

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_TRANSFORMS_SCANEDITOR_H
