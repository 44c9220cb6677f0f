//===- MergeContractions.h - One contraction of several ---------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_TRANSFORMS_MERGECONTRACTIONS_H
#define GRADOPT_LIB_TRANSFORMS_MERGECONTRACTIONS_H

#include "StackTensors.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "llvm/ADT/MapVector.h"
#include <optional>
#include <string>

namespace mlir::gradopt {

/// A contraction that can be written as a `linalg.contract`: of two tensors, in
/// whatever form.
struct Contraction {
  Operation *op;
  /// Whether the inputs are taken in the other order.
  bool swapped = false;

  OpOperand &input(unsigned index) const {
    return op->getOpOperand(swapped ? 1 - index : index);
  }
  OpOperand &init() const { return op->getOpOperand(2); }
  AffineMap map(OpOperand &operand) const {
    return cast<linalg::LinalgOp>(op).getMatchingIndexingMap(&operand);
  }
  RankedTensorType type() const {
    return cast<RankedTensorType>(op->getResult(0).getType());
  }
};

std::optional<Contraction> matchContraction(Operation *op);

/// The loops of each of the operands, numbered as they appear: equal for
/// contractions that do the same with them.
SmallVector<SmallVector<unsigned>> numberLoops(const Contraction &contraction,
                                               ArrayRef<OpOperand *> operands);

/// Whether the inputs `index` of two contractions that do the same with them
/// have the same sizes but for that of `loop`. Sizes of loops in `known`, a map
/// of `first`, are known to be the same if they are dynamic.
bool haveSameLoops(const Contraction &first, const Contraction &second,
                   unsigned index, unsigned loop, AffineMap known);

/// Merges contractions of one function.
class ContractionMerger {
public:
  ContractionMerger(RewriterBase &rewriter, Operation *function);

  /// Makes contractions that are summed start one from the other, and the first
  /// of them from the rest of the sum.
  void chainSums();

  /// Makes one of contractions that start one from the other, the last of which
  /// is `last`.
  bool joinChain(const Contraction &last);

  /// Makes one of `first` and later contractions that share an operand with it.
  bool mergeShared(const Contraction &first);

  void remarkMissed();

  /// Contractions that became part of another one.
  unsigned numMerged = 0;
  /// Why contractions were not merged.
  llvm::MapVector<Operation *, std::string> missed;

private:
  /// Operands, one of each contraction, to be stacked along `dim`.
  struct Operands {
    SmallVector<OpOperand *> uses;
    int64_t dim;
  };

  bool joinTerms(ArrayRef<Contraction> chain, ArrayRef<Contraction> terms,
                 unsigned loop);
  bool mergeGroup(ArrayRef<Contraction> group, unsigned loop);
  Value buildSharedInit(const Operands &inits, bool canStack, Location loc);
  void replaceCarries(ScanOp scan, ArrayRef<unsigned> carries, unsigned stacked,
                      int64_t dim, Location loc);

  /// An order in which all `lists` can be stacked, or else the first of them;
  /// `all` says which.
  std::optional<SmallVector<unsigned>>
  findOrder(ArrayRef<Operands> lists, bool &all, std::string &reason);
  static Operands permute(const Operands &list, ArrayRef<unsigned> order);
  void remarkMerged(Operation *merged, StringRef name, unsigned count);

  RewriterBase &rewriter;
  Operation *function;
  TensorStacker stacker;
};

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_TRANSFORMS_MERGECONTRACTIONS_H
