//===- BackwardOrigins.h - Origins of the backward pass ---------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_TRANSFORMS_BACKWARDORIGINS_H
#define GRADOPT_TRANSFORMS_BACKWARDORIGINS_H

#include "gradopt/IR/Origins.h"

namespace mlir::gradopt {

/// For a builder of the backward pass: what it inserts has the location of the
/// op that is being differentiated, whose origin says `forward`. It becomes
/// `backward` and names that op as its source; layer and gate are kept.
class BackwardOrigins : public OpBuilder::Listener {
public:
  /// `layer` is for ops whose own origin has none.
  BackwardOrigins(OpBuilder &builder, StringRef layer, StringRef source)
      : builder(builder), previous(builder.getListener()), layer(layer),
        source(source) {
    builder.setListener(this);
  }
  ~BackwardOrigins() { builder.setListener(previous); }

  /// The name of the op that is differentiated from now on.
  void setSource(StringRef name) { source = name; }

  void notifyOperationInserted(Operation *op,
                               OpBuilder::InsertPoint previous) override {
    if (previous.isSet())
      return;
    SmallVector<OriginAttr> origins;
    collectOrigins(op->getLoc(), origins);
    bool hasLayer = !origins.empty() && !origins.front().getLayer().empty();
    op->setLoc(withOrigin(op->getLoc(), hasLayer ? "" : layer, /*gate=*/"",
                          "backward", source));
  }

private:
  OpBuilder &builder;
  OpBuilder::Listener *previous;
  StringRef layer, source;
};

} // namespace mlir::gradopt

#endif // GRADOPT_TRANSFORMS_BACKWARDORIGINS_H
