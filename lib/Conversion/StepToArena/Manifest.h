//===- Manifest.h - The table of a step -------------------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_CONVERSION_STEPTOARENA_MANIFEST_H
#define GRADOPT_LIB_CONVERSION_STEPTOARENA_MANIFEST_H

#include "gradopt/IR/GradOptOps.h"
#include "gradopt/IR/Roles.h"
#include "mlir/IR/Builders.h"

namespace mlir::gradopt {

/// One place of the arena: an argument, a result or a recorded value.
struct ManifestEntry {
  std::string name;
  Role role;
  Type elementType;
  /// As in gradopt_manifest_entry: a constant, GRADOPT_DIM_TIME or _BATCH.
  SmallVector<int64_t> dims;
  /// Two if the step produces the next value.
  unsigned slots = 1;
  Initializer init = Initializer::zeros;
  double initA = 0, initB = 0;
};

/// What the arena of a step holds, in the order of the manifest.
struct Manifest {
  SmallVector<ManifestEntry> entries;

  /// The table as gradopt_runtime.h describes it.
  std::string encode() const;
  /// Fails if `bytes` is no such table.
  static FailureOr<Manifest> decode(StringRef bytes, MLIRContext *context);
};

/// `bytes` rounded up to the arena's alignment, as index arithmetic.
Value buildAligned(OpBuilder &builder, Location loc, Value bytes);

/// The sizes of an entry's dimensions for `time` and `batch`.
SmallVector<Value> buildSizes(OpBuilder &builder, Location loc,
                              const ManifestEntry &entry, Value time,
                              Value batch);

/// The byte offsets of both slots of each entry for these capacities, as index
/// arithmetic, and the end of the last one.
struct ArenaOffsets {
  SmallVector<std::array<Value, 2>> entries;
  Value end;
};
ArenaOffsets buildOffsets(OpBuilder &builder, Location loc,
                          const Manifest &manifest, Value maxTime,
                          Value maxBatch);

/// The function that does a step's work, made by `gradopt-bind-step-to-arena`,
/// its name without the suffix, and the order of its arguments.
inline constexpr llvm::StringLiteral kBodySuffix = ".body";
inline constexpr llvm::StringLiteral kManifestSuffix = "_manifest";
inline constexpr llvm::StringLiteral kLayoutSuffix = "_layout";
inline constexpr llvm::StringLiteral kCommitSuffix = "_commit";
enum BodyArgument {
  kArena,
  kTime,
  kBatch,
  kMaxTime,
  kMaxBatch,
  kSlot,
  kThread,
  kThreads,
  kContext,
  kNumBodyArguments
};

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_CONVERSION_STEPTOARENA_MANIFEST_H
