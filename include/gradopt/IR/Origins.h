//===- Origins.h - Where ops came from --------------------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_IR_ORIGINS_H
#define GRADOPT_IR_ORIGINS_H

#include "gradopt/IR/GradOptDialect.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Location.h"

namespace mlir::gradopt {

/// Whether `location` holds an origin anywhere inside.
bool hasOrigin(Location location);

/// All origins that `location` holds, outermost first.
void collectOrigins(Location location, SmallVectorImpl<OriginAttr> &origins);

/// Whether `location` holds a position in a file anywhere inside.
bool hasFilePosition(Location location);

/// `location` with an origin whose fields are those given and, where these are
/// empty, those of the first origin that `location` already holds. The file
/// positions and call stack of `location` are kept.
Location withOrigin(Location location, StringRef layer, StringRef gate,
                    StringRef direction, StringRef source);

/// The location of an op that does what several did: all of theirs, each origin
/// once. Made by the pass `source`, which ops without an origin get.
Location fuseOrigins(MLIRContext *context, ArrayRef<Location> locations,
                     StringRef source);

/// Gives every op that a builder inserts an origin: wraps the locations of ops
/// that have none, and fills empty fields of those that have one. Set it as the
/// builder's listener for as long as it lives.
class OriginListener : public OpBuilder::Listener {
public:
  OriginListener(StringRef layer, StringRef direction, StringRef source)
      : layer(layer), direction(direction), source(source) {}
  void notifyOperationInserted(Operation *op,
                               OpBuilder::InsertPoint previous) override;

  std::string layer, direction, source;
};

} // namespace mlir::gradopt

#endif // GRADOPT_IR_ORIGINS_H
