//===- Origins.cpp - Where ops came from ----------------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/IR/Origins.h"

using namespace mlir;
using namespace mlir::gradopt;

bool mlir::gradopt::hasOrigin(Location location) {
  SmallVector<OriginAttr> origins;
  collectOrigins(location, origins);
  return !origins.empty();
}

void mlir::gradopt::collectOrigins(Location location,
                                   SmallVectorImpl<OriginAttr> &origins) {
  if (auto fused = dyn_cast<FusedLoc>(location)) {
    if (auto origin = dyn_cast_or_null<OriginAttr>(fused.getMetadata()))
      origins.push_back(origin);
    for (Location inner : fused.getLocations())
      collectOrigins(inner, origins);
  } else if (auto name = dyn_cast<NameLoc>(location)) {
    collectOrigins(name.getChildLoc(), origins);
  } else if (auto call = dyn_cast<CallSiteLoc>(location)) {
    collectOrigins(call.getCallee(), origins);
    collectOrigins(call.getCaller(), origins);
  } else if (auto opaque = dyn_cast<OpaqueLoc>(location)) {
    collectOrigins(opaque.getFallbackLocation(), origins);
  }
}

bool mlir::gradopt::hasFilePosition(Location location) {
  if (isa<FileLineColRange>(location))
    return true;
  if (auto fused = dyn_cast<FusedLoc>(location))
    return llvm::any_of(fused.getLocations(), hasFilePosition);
  if (auto name = dyn_cast<NameLoc>(location))
    return hasFilePosition(name.getChildLoc());
  if (auto call = dyn_cast<CallSiteLoc>(location))
    return hasFilePosition(call.getCallee()) ||
           hasFilePosition(call.getCaller());
  if (auto opaque = dyn_cast<OpaqueLoc>(location))
    return hasFilePosition(opaque.getFallbackLocation());
  return false;
}

Location mlir::gradopt::withOrigin(Location location, StringRef layer,
                                   StringRef gate, StringRef direction,
                                   StringRef source) {
  SmallVector<OriginAttr> origins;
  collectOrigins(location, origins);
  auto pick = [&](StringRef given, StringRef (OriginAttr::*field)() const) {
    return given.empty() && !origins.empty() ? (origins.front().*field)()
                                             : given;
  };
  MLIRContext *context = location.getContext();
  auto origin = OriginAttr::get(context, pick(layer, &OriginAttr::getLayer),
                                pick(gate, &OriginAttr::getGate),
                                pick(direction, &OriginAttr::getDirection),
                                pick(source, &OriginAttr::getSource));
  // An outermost origin is replaced, not wrapped, so that locations do not grow
  // with the number of passes.
  SmallVector<Location> inner{location};
  if (auto fused = dyn_cast<FusedLoc>(location))
    if (isa_and_nonnull<OriginAttr>(fused.getMetadata()))
      inner.assign(fused.getLocations().begin(), fused.getLocations().end());
  return FusedLoc::get(context, inner, origin);
}

Location mlir::gradopt::fuseOrigins(MLIRContext *context,
                                    ArrayRef<Location> locations,
                                    StringRef source) {
  // Flat, so that what is fused again and again does not nest.
  llvm::SetVector<Location> parts;
  auto add = [&](auto &&self, Location location) -> void {
    auto fused = dyn_cast<FusedLoc>(location);
    if (fused && !fused.getMetadata()) {
      for (Location inner : fused.getLocations())
        self(self, inner);
    } else if (!isa<UnknownLoc>(location)) {
      parts.insert(location);
    }
  };
  for (Location location : locations)
    add(add, location);
  Location result = FusedLoc::get(context, parts.getArrayRef());
  return hasOrigin(result) ? result
                           : withOrigin(result, /*layer=*/"", /*gate=*/"",
                                        /*direction=*/"", source);
}

void OriginListener::notifyOperationInserted(Operation *op,
                                             OpBuilder::InsertPoint previous) {
  // An op that is only moved keeps what it has.
  if (previous.isSet())
    return;
  SmallVector<OriginAttr> origins;
  collectOrigins(op->getLoc(), origins);
  StringRef newLayer = layer, newDirection = direction, newSource = source;
  if (!origins.empty()) {
    // What the op says already is nearer to it than what the listener knows.
    OriginAttr own = origins.front();
    if (!own.getLayer().empty())
      newLayer = own.getLayer();
    if (!own.getDirection().empty())
      newDirection = own.getDirection();
    if (!own.getSource().empty())
      newSource = own.getSource();
  }
  op->setLoc(
      withOrigin(op->getLoc(), newLayer, /*gate=*/"", newDirection, newSource));
}
