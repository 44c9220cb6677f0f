//===- InsertNormMonitors.cpp - Record norms ------------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StepEditing.h"
#include "gradopt/IR/Origins.h"
#include "gradopt/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Remarks.h"

namespace mlir::gradopt {
#define GEN_PASS_DEF_INSERTNORMMONITORS
#include "gradopt/Transforms/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;

static constexpr StringLiteral kPass = "gradopt-insert-norm-monitors";

namespace {

struct InsertNormMonitors
    : gradopt::impl::InsertNormMonitorsBase<InsertNormMonitors> {
  using InsertNormMonitorsBase::InsertNormMonitorsBase;

  void runOnOperation() override {
    if (failed(run()))
      signalPassFailure();
  }

private:
  LogicalResult run();
  LogicalResult monitor(FunctionOpInterface function, bool watchNorms,
                        bool watchTime);
  void watchThroughTime(FunctionOpInterface function, RecordNames &records);
  void watchGradients(ArrayRef<GradientSite> sites, RecordNames &records);
};

/// A value of a scan's body and the name of its norms for all steps.
struct Watched {
  Value value;
  std::string layer;
  /// STATE/QUANTITY.
  std::string rest;

  std::string getRecord() const { return "through_time/" + layer + "/" + rest; }
};

} // namespace

static bool isFloatTensor(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor &&
         (tensor.getElementType().isF32() || tensor.getElementType().isF64());
}

/// The l2 norm of float tensors together.
static Value buildNorm(OpBuilder &builder, Location loc, ValueRange values) {
  auto type = RankedTensorType::get({}, getScalarType(values));
  SmallVector<Value> narrow, wide;
  for (Value value : values)
    (getElementTypeOrSelf(value.getType()).isF32() ? narrow : wide)
        .push_back(value);
  if (narrow.empty() || wide.empty())
    return NormOp::create(builder, loc, type, NormKind::l2, values);
  // A norm op takes one element type. The norm of norms is the norm of all.
  Value norms[] = {NormOp::create(builder, loc, type, NormKind::l2, narrow),
                   NormOp::create(builder, loc, type, NormKind::l2, wide)};
  return NormOp::create(builder, loc, type, NormKind::l2, norms);
}

/// What to watch in a scan. One that holds marked gradients is the backward
/// pass of another one: its carries are those gradients and sums of weight
/// gradients.
static SmallVector<Watched> getWatched(ScanOp scan, StringRef layer) {
  SmallVector<Watched> watched;
  for (auto marker : scan.getBody().getOps<GradientOp>()) {
    StringRef group = marker.getGroup().value_or(layer);
    watched.push_back({marker.getResult(), group.str(),
                       (marker.getOf() + "/gradient_norm").str()});
  }
  if (!watched.empty())
    return watched;
  for (auto [i, carry] : llvm::enumerate(scan.getYieldedCarries()))
    if (isFloatTensor(carry.getType()))
      watched.push_back({carry, layer.str(), scan.getCarryName(i) + "/norm"});
  return watched;
}

void InsertNormMonitors::watchThroughTime(FunctionOpInterface function,
                                          RecordNames &records) {
  SmallVector<ScanOp> scans;
  function.walk([&](ScanOp scan) {
    if (scan->getParentOp() == function)
      return scans.push_back(scan);
    remark::missed(scan.getLoc(), remark::RemarkOpts::name("nested-scan")
                                      .category(kPass)
                                      .function(function.getName()))
        << remark::reason("a scan in another op's region is not watched: a "
                          "record holds one value for each of its steps");
  });
  const RecordNames before = records;
  llvm::StringSet<> used;
  IRRewriter rewriter(&getContext());
  for (auto [index, found] : llvm::enumerate(scans)) {
    ScanOp scan = found;
    std::string layer = scan.getName().value_or("").str();
    if (layer.empty())
      layer = ("scan" + Twine(index)).str();
    SmallVector<Watched> watched = getWatched(scan, layer);
    llvm::erase_if(watched, [&](const Watched &entry) {
      return before.contains(entry.getRecord());
    });
    if (watched.empty())
      continue;

    SmallVector<Value> norms;
    for (Watched &entry : watched) {
      // Two layers of one name are told apart by a number.
      std::string base = entry.layer;
      for (unsigned n = 1; before.contains(entry.getRecord()) ||
                           !used.insert(entry.getRecord()).second;
           ++n)
        entry.layer = (base + "_" + Twine(n)).str();
      if (Operation *def = entry.value.getDefiningOp();
          def && def->getParentRegion() == &scan.getBody())
        rewriter.setInsertionPointAfter(def);
      else
        rewriter.setInsertionPoint(scan.getYield());
      Location loc = withOrigin(entry.value.getLoc(), layer, "", "", kPass);
      norms.push_back(buildNorm(rewriter, loc, entry.value));
    }
    rewriter.setInsertionPoint(scan);
    SmallVector<bool> directions(norms.size(), runsInReverse(scan));
    scan = appendScanOutputs(rewriter, scan, norms, directions);
    rewriter.setInsertionPointAfter(scan);
    for (auto [entry, output] :
         llvm::zip_equal(watched, scan.getOutputs().take_back(norms.size()))) {
      Location loc = withOrigin(scan.getLoc(), layer, "", "", kPass);
      numMonitors += records.record(rewriter, loc, entry.getRecord(), output);
    }
  }
}

void InsertNormMonitors::watchGradients(ArrayRef<GradientSite> sites,
                                        RecordNames &records) {
  OpBuilder builder(&getContext());
  SmallVector<Value> gradients;
  for (const GradientSite &site : sites) {
    gradients.push_back(site.gradient);
    std::string name = "gradient/" + site.name + "/norm";
    if (records.contains(name))
      continue;
    builder.setInsertionPointAfterValue(site.gradient);
    Location loc = getOriginOf(site.gradient, site.name, "backward", kPass);
    Value norm = buildNorm(builder, loc, site.gradient);
    numMonitors += records.record(builder, loc, name, norm);
  }

  std::string name = "gradient/global/norm";
  if (records.contains(name))
    return;
  Operation *end = &gradients.front().getParentRegion()->front().back();
  builder.setInsertionPoint(end);
  Location loc = getOriginOf(gradients, "", "backward", kPass);
  numMonitors +=
      records.record(builder, loc, name, buildNorm(builder, loc, gradients));
}

LogicalResult InsertNormMonitors::monitor(FunctionOpInterface function,
                                          bool watchNorms, bool watchTime) {
  if (!getOnlyReturn(function, kPass))
    return failure();
  RecordNames records(function);
  if (watchTime)
    watchThroughTime(function, records);
  if (!watchNorms)
    return success();
  SmallVector<GradientSite> sites = findGradients(function);
  if (failed(checkGradients(function, sites, /*inBody=*/true)))
    return failure();
  watchGradients(sites, records);
  return success();
}

LogicalResult InsertNormMonitors::run() {
  FailureOr<RecipeOp> recipe = findRecipe(getOperation());
  if (failed(recipe))
    return failure();
  bool watchNorms = norms, watchTime = throughTime;
  if (MonitorAttr part = *recipe ? recipe->getMonitorAttr() : MonitorAttr()) {
    if (!watchNorms && !watchTime) {
      watchNorms = part.getNorms();
      watchTime = part.getThroughTime();
    }
    recipe->removeMonitorAttr();
  }
  if (!watchNorms && !watchTime)
    return success();

  bool any = false;
  for (auto function : getOperation().getOps<FunctionOpInterface>()) {
    if (findGradients(function).empty())
      continue;
    any = true;
    if (failed(monitor(function, watchNorms, watchTime)))
      return failure();
  }
  return any ? success() : emitNoGradients(getOperation());
}
