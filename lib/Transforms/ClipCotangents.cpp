//===- ClipCotangents.cpp - Clips of what flows back in a model ---------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Clips.h"
#include "gradopt/IR/Origins.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::gradopt;

namespace {
/// A value in the body of a scan, and the uses that get it behind the clip;
/// without them all do.
struct Site {
  ScanOp scan;
  std::string gate;
  Value value;
  SmallVector<OpOperand *> uses;
};
} // namespace

/// Adds the states of `scan` as they are after each step.
static LogicalResult addStates(ScanOp scan, SmallVectorImpl<Site> &sites) {
  Block &body = scan.getBody().front();
  llvm::SmallDenseSet<Value> computed;
  for (unsigned carry : llvm::seq(scan.getNumCarries())) {
    // In front of the clips that are there already, which act before this one
    // on what flows back.
    OpOperand *use = &scan.getYield()->getOpOperand(carry);
    while (auto clip = use->get().getDefiningOp<ClipCotangentOp>()) {
      if (clip->getBlock() != &body)
        break;
      use = &clip.getValueMutable();
    }
    Value value = use->get();
    Type type = value.getType(), elementType = getElementTypeOrSelf(type);
    if (!elementType.isF32() && !elementType.isF64())
      continue;
    if (!isa<RankedTensorType>(type))
      return scan.emitError()
             << "carry '" << scan.getCarryName(carry) << "' has type " << type
             << "; a clip at every time step acts on tensors: "
                "make it a "
             << RankedTensorType::get({}, type);
    // Where a value comes from elsewhere, only its way through this carry is
    // the state. One computed value that is two states has one derivative.
    bool isComputed = value.getDefiningOp() && value.getParentBlock() == &body;
    if (!isComputed)
      sites.push_back({scan, "", value, {use}});
    else if (computed.insert(value).second)
      sites.push_back({scan, "", value, {}});
  }
  return success();
}

static void addGates(ScanOp scan, SmallVectorImpl<Site> &sites) {
  IRRewriter rewriter(scan.getContext());
  for (GateValue &value : findGateValues(rewriter, scan))
    sites.push_back({scan, value.gate, value.value, value.uses});
}

/// Whether the scan's steps go backward in time. Fails after an error if its
/// sequences do not agree.
static FailureOr<bool> isReverse(ScanOp scan) {
  SmallVector<bool> directions(scan.getInputReverse());
  llvm::append_range(directions, scan.getOutputReverse());
  llvm::append_range(directions, scan.getHistoryReverse());
  if (!llvm::all_equal(directions)) {
    scan.emitError("has sequences in both directions, so that its steps belong "
                   "to no chunk of time; split it or clip at time_step");
    return failure();
  }
  return !directions.empty() && directions.front();
}

/// In the body of `scan`: `threshold` at the first time step of each chunk,
/// else +Inf.
static FailureOr<Value> buildChunkThreshold(ScanOp scan, Value threshold,
                                            int64_t every) {
  FailureOr<bool> reverse = isReverse(scan);
  if (failed(reverse))
    return failure();
  Location loc = withOrigin(scan.getLoc(), scan.getName().value_or(""), "",
                            "forward", kClippingPass);
  OpBuilder b(scan);
  auto type = cast<RankedTensorType>(threshold.getType());
  Value given = tensor::ExtractOp::create(b, loc, threshold, ValueRange());
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(b, loc, value);
  };
  Value last;
  if (*reverse)
    last = arith::SubIOp::create(b, loc, scan.getCount(), constant(1));
  Value zero = constant(0), length = constant(every);
  const llvm::fltSemantics &semantics =
      cast<FloatType>(type.getElementType()).getFloatSemantics();
  Value infinity = arith::ConstantOp::create(
      b, loc,
      b.getFloatAttr(type.getElementType(), APFloat::getInf(semantics)));

  b.setInsertionPointToStart(&scan.getBody().front());
  Value time = scan.getStepIndex();
  if (*reverse)
    time = arith::SubIOp::create(b, loc, last, time);
  Value place = arith::RemUIOp::create(b, loc, time, length);
  Value isFirst =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, place, zero);
  Value selected = arith::SelectOp::create(b, loc, isFirst, given, infinity);
  return Value(tensor::FromElementsOp::create(b, loc, type, selected));
}

static void buildClip(Site &site, const ClipRequest &request, Value threshold) {
  ScanOp scan = site.scan;
  Block &body = scan.getBody().front();
  if (site.uses.empty())
    for (OpOperand &use : site.value.getUses())
      site.uses.push_back(&use);
  OpBuilder b(scan.getContext());
  Operation *def = site.value.getDefiningOp();
  if (def && def->getBlock() == &body)
    b.setInsertionPointAfter(def);
  else
    b.setInsertionPoint(
        body.findAncestorOpInBlock(*site.uses.front()->getOwner()));

  Location loc = withOrigin(site.value.getLoc(), scan.getName().value_or(""),
                            site.gate, "forward", kClippingPass);
  bool isNorm = request.kind == ClipKind::norm;
  auto by = isNorm ? static_cast<CotangentClipKind>(request.p)
                   : CotangentClipKind::value;
  // A scalar has no rows.
  auto type = cast<RankedTensorType>(site.value.getType());
  auto clip = ClipCotangentOp::create(b, loc, type, by, site.value, threshold,
                                      /*whole=*/isNorm && type.getRank() == 0);
  for (OpOperand *use : site.uses)
    use->set(clip.getResult());
}

LogicalResult mlir::gradopt::clipCotangents(FunctionOpInterface model,
                                            const ClipRequest &request,
                                            llvm::Statistic &numClips) {
  bool atGates = request.at == ClipPlacement::gate;
  SmallVector<ScanOp> scans;
  model.walk([&](ScanOp scan) { scans.push_back(scan); });
  SmallVector<Site> sites;
  for (ScanOp scan : scans) {
    if (atGates)
      addGates(scan, sites);
    else if (failed(addStates(scan, sites)))
      return failure();
  }
  if (sites.empty() && atGates)
    return model.emitError()
           << "'" << model.getName()
           << "' has no gates to clip at: no op in a gradopt.scan has an "
              "origin with a gate; use a layer that has gates, such as "
              "gradopt.lstm, "
              "or give the ops of your gates the location "
              "loc(fused<#gradopt.origin<gate = \"NAME\">>[…])";
  if (sites.empty())
    return model.emitError()
           << "'" << model.getName() << "' has no state to clip at "
           << stringifyClipPlacement(request.at)
           << ": it has no recurrent layer and no gradopt.scan with a carry of "
              "f32 or f64; if they are in a function that it calls, run "
              "gradopt-prepare-model first";

  auto values =
      llvm::map_to_vector(sites, [](const Site &site) { return site.value; });
  std::string label = (stringifyClipPlacement(request.at) + "." +
                       stringifyClipKind(request.kind))
                          .str();
  FailureOr<Value> threshold =
      appendThreshold(model, label, request.threshold, getScalarType(values));
  if (failed(threshold))
    return failure();
  llvm::SmallDenseMap<Operation *, Value> ofScan;
  for (Site &site : sites) {
    Value &own = ofScan[site.scan];
    if (!own) {
      FailureOr<Value> built =
          request.at == ClipPlacement::chunk
              ? buildChunkThreshold(site.scan, *threshold, request.every)
              : *threshold;
      if (failed(built))
        return failure();
      own = *built;
    }
    buildClip(site, request, own);
    ++numClips;
  }
  return success();
}
