//===- PyTorchNames.cpp - What PyTorch calls parameters -------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PyTorchNames.h"
#include "gradopt/IR/GradOptOps.h"
#include "gradopt/IR/Roles.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/IR/LinalgInterfaces.h"
#include "llvm/ADT/MapVector.h"
#include <map>
#include <set>

using namespace mlir;
using namespace mlir::gradopt;

namespace {
/// A layer as a part of a module of PyTorch.
struct LayerName {
  std::string module;
  unsigned index = 0;
};
} // namespace

/// PREFIX_lK, PREFIX.K or PREFIXK as layer K of the module PREFIX.
static std::optional<LayerName> splitNumber(StringRef name) {
  StringRef prefix = name.rtrim("0123456789");
  StringRef digits = name.drop_front(prefix.size());
  LayerName split;
  // A number has one form, so that no two layers have the same name.
  if (digits.getAsInteger(10, split.index) ||
      (digits.size() > 1 && digits.front() == '0'))
    return std::nullopt;
  if (!prefix.consume_back("_l"))
    prefix.consume_back(".");
  if (prefix.empty())
    return std::nullopt;
  split.module = prefix.str();
  return split;
}

/// The modules that layers of these names belong to. Numbers are those of
/// layers only if they are 0, 1, ... without a hole; else each layer is a
/// module.
static std::map<std::string, LayerName>
nameLayers(const std::set<std::string> &names) {
  std::map<std::string, std::set<unsigned>> numbers;
  for (const std::string &name : names)
    if (auto split = splitNumber(name))
      numbers[split->module].insert(split->index);
  std::map<std::string, LayerName> layers;
  for (const std::string &name : names) {
    layers[name] = {name, 0};
    auto split = splitNumber(name);
    if (split &&
        *numbers[split->module].rbegin() + 1 == numbers[split->module].size())
      layers[name] = *split;
  }
  return layers;
}

/// Whether a matrix is in × out in all contractions that use it: its rows are
/// summed over and its columns are not.
static bool isInputByOutput(Value matrix) {
  auto type = cast<RankedTensorType>(matrix.getType());
  bool found = false;
  for (OpOperand &use : matrix.getUses()) {
    if (isa<EmbeddingOp>(use.getOwner()))
      return false;
    auto contraction = dyn_cast<linalg::LinalgOp>(use.getOwner());
    if (!contraction || !linalg::isaContractionOpInterface(contraction))
      continue;
    auto dims = linalg::inferContractionDims(contraction);
    AffineMap map = contraction.getMatchingIndexingMap(&use);
    if (failed(dims) || type.getRank() != 2 || map.getNumResults() != 2)
      return false;
    auto sums = [&](unsigned result) {
      auto dim = dyn_cast<AffineDimExpr>(map.getResult(result));
      return dim && llvm::is_contained(dims->k, dim.getPosition());
    };
    if (!sums(0) || sums(1))
      return false;
    found = true;
  }
  return found;
}

namespace {
/// Finds the names of one model's parameters.
class Names {
public:
  explicit Names(func::FuncOp model) : model(model) {}
  FailureOr<std::vector<PyTorchParameter>> find();

private:
  LogicalResult checkLayer(RecurrentCellOpInterface cell);
  LogicalResult addLayer(RecurrentCellOpInterface cell, LayerName layer);
  LogicalResult addWeight(RecurrentCellOpInterface cell, Value weight,
                          PyTorchParameter parameter);
  LogicalResult checkUnique();

  func::FuncOp model;
  /// By argument.
  llvm::MapVector<unsigned, PyTorchParameter> found;
};
} // namespace

/// Refuses what a layer of PyTorch does not compute.
LogicalResult Names::checkLayer(RecurrentCellOpInterface cell) {
  auto refuse = [&](const Twine &what) {
    return emitError(cell.getLoc())
           << "layer \"" << cell.getLayerName() << "\" has no counterpart in "
           << "PyTorch: " << what;
  };
  if (cell.getLayerName().empty())
    return emitError(cell.getLoc())
           << "a layer without a name has none in PyTorch either: write one "
              "after the operation, as in gradopt.lstm \"lstm\"";
  if (auto gru = dyn_cast<GruOp>(cell.getOperation());
      gru && !gru.getLinearBeforeReset())
    return refuse("its gru is of the form linear_before_reset");
  if (auto rnn = dyn_cast<RnnOp>(cell.getOperation());
      rnn && rnn.getActivation() == RnnActivation::identity)
    return refuse("the activation of its rnn is tanh or relu");
  return success();
}

LogicalResult Names::addWeight(RecurrentCellOpInterface cell, Value weight,
                               PyTorchParameter parameter) {
  auto argument = dyn_cast<BlockArgument>(weight);
  ParamAttr param;
  if (argument && argument.getOwner() == &model.getBody().front())
    param = model.getArgAttrOfType<ParamAttr>(argument.getArgNumber(),
                                              attr::kParam);
  if (!param)
    return emitError(cell.getLoc())
           << "what would be \"" << parameter.tensor << "\" in PyTorch is no "
           << "parameter of the model, but computed: it cannot be exchanged";
  parameter.name = param.getName().str();
  auto [place, isNew] = found.insert({argument.getArgNumber(), parameter});
  if (!isNew)
    return emitError(cell.getLoc())
           << "the parameter \"" << parameter.name << "\" would be both \""
           << place->second.tensor << "\" and \"" << parameter.tensor
           << "\" in PyTorch, where no two layers share a weight";
  return success();
}

LogicalResult Names::addLayer(RecurrentCellOpInterface cell, LayerName layer) {
  unsigned directions = cell.getDirections().size();
  for (unsigned direction = 0; direction < directions; ++direction) {
    auto name = [&](StringRef weight) {
      return (layer.module + "." + weight + "_l" + Twine(layer.index) +
              (direction == 1 ? "_reverse" : ""))
          .str();
    };
    auto weights = cell.getWeights(direction);
    auto has = [&](StringRef weight) {
      return llvm::any_of(weights,
                          [&](auto &entry) { return entry.first == weight; });
    };
    for (auto [weight, value] : weights) {
      if (weight.starts_with("peephole"))
        return emitError(cell.getLoc())
               << "layer \"" << cell.getLayerName() << "\" has peepholes, "
               << "which PyTorch does not have";
      PyTorchParameter parameter;
      parameter.tensor = name(weight);
      parameter.transposed = weight.starts_with("weight");
      StringRef other = weight == "bias_ih" ? "bias_hh" : "bias_ih";
      if (weight.starts_with("bias") && !has(other)) {
        parameter.otherBias = name(other);
        if (isa<GruOp>(cell.getOperation()))
          parameter.unsummedFrom =
              cast<RankedTensorType>(value.getType()).getDimSize(0) / 3 * 2;
      }
      if (failed(addWeight(cell, value, parameter)))
        return failure();
    }
  }
  return success();
}

LogicalResult Names::checkUnique() {
  std::map<std::string, std::string> owners;
  for (auto &[argument, parameter] : found)
    for (const std::string &tensor : {parameter.tensor, parameter.otherBias}) {
      if (tensor.empty())
        continue;
      auto [place, isNew] = owners.insert({tensor, parameter.name});
      if (!isNew)
        return emitError(model.getArgument(argument).getLoc())
               << "the parameters \"" << place->second << "\" and \""
               << parameter.name << "\" would both be \"" << tensor
               << "\" in PyTorch: rename one, or its layer";
    }
  return success();
}

FailureOr<std::vector<PyTorchParameter>> Names::find() {
  SmallVector<RecurrentCellOpInterface> cells;
  std::set<std::string> layerNames;
  model.walk([&](RecurrentCellOpInterface cell) {
    cells.push_back(cell);
    layerNames.insert(cell.getLayerName().str());
  });
  std::map<std::string, LayerName> layers = nameLayers(layerNames);
  for (RecurrentCellOpInterface cell : cells)
    if (failed(checkLayer(cell)) ||
        failed(addLayer(cell, layers[cell.getLayerName().str()])))
      return failure();
  for (BlockArgument argument : model.getArguments()) {
    auto param = model.getArgAttrOfType<ParamAttr>(argument.getArgNumber(),
                                                   attr::kParam);
    if (!param || found.contains(argument.getArgNumber()))
      continue;
    PyTorchParameter parameter;
    parameter.name = parameter.tensor = param.getName().str();
    parameter.transposed = isInputByOutput(argument);
    found.insert({argument.getArgNumber(), parameter});
  }
  if (failed(checkUnique()))
    return failure();
  std::vector<PyTorchParameter> parameters;
  for (BlockArgument argument : model.getArguments()) {
    auto place = found.find(argument.getArgNumber());
    if (place != found.end())
      parameters.push_back(place->second);
  }
  return parameters;
}

FailureOr<std::vector<PyTorchParameter>>
mlir::gradopt::findPyTorchNames(func::FuncOp model) {
  return Names(model).find();
}
