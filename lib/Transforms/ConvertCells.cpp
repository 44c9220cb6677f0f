//===- ConvertCells.cpp - Layers of one kind to another -------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StepEditing.h"
#include "gradopt/IR/Origins.h"
#include "gradopt/Interfaces/ReverseMode.h"
#include "gradopt/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"

namespace mlir::gradopt {
#define GEN_PASS_DEF_CONVERTCELLS
#include "gradopt/Transforms/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;

static constexpr StringLiteral kPass = "gradopt-convert-cells";

namespace {

/// The layers of one function that are converted, and what belongs to them.
class FunctionConversion {
public:
  FunctionConversion(FunctionOpInterface function, ArrayRef<RnnOp> layers,
                     bool toLstm)
      : function(function), layers(layers), toLstm(toLstm) {}

  /// Fails after an error, before anything is changed, if the layers cannot be
  /// converted.
  LogicalResult collect();
  void convert();

private:
  bool isConverted(Operation *op) {
    auto layer = dyn_cast<RnnOp>(op);
    return layer && llvm::is_contained(layers, layer);
  }
  LogicalResult checkUses(RnnOp layer, StringRef what, BlockArgument arg,
                          bool isState);
  LogicalResult collectWeights(RnnOp layer);
  LogicalResult collectStates(RnnOp layer);
  void setInitializer(Value parameter, Initializer init, double number);
  void changeInitializers(RnnOp layer);
  void convertParameters();
  void convertToGru(RnnOp layer);
  void convertToLstm(RnnOp layer);
  remark::RemarkOpts getRemark(StringRef name) {
    return remark::RemarkOpts::name(name).category(kPass).function(
        function.getName());
  }

  FunctionOpInterface function;
  ArrayRef<RnnOp> layers;
  bool toLstm;

  llvm::SetVector<BlockArgument> parameters;
  llvm::DenseSet<BlockArgument> states;
};

struct ConvertCells : gradopt::impl::ConvertCellsBase<ConvertCells> {
  using ConvertCellsBase::ConvertCellsBase;

  void runOnOperation() override {
    if (failed(run()))
      signalPassFailure();
  }

private:
  LogicalResult run();
};

} // namespace

static std::string getLabel(RnnOp layer) {
  StringRef name = layer.getLayerName();
  return name.empty() ? "this layer" : ("layer \"" + name + "\"").str();
}

static Location getLocation(RnnOp layer) {
  return withOrigin(layer.getLoc(), layer.getLayerName(), "", "forward", kPass);
}

//===----------------------------------------------------------------------===//
// What belongs to the layers
//===----------------------------------------------------------------------===//

/// Whether a layer uses the value as the initial state of a direction.
static bool isInitialState(OpOperand &use) {
  auto layer = cast<RnnOp>(use.getOwner());
  for (unsigned direction : llvm::seq(layer.getDirections().size()))
    if (layer.getInitialStates(direction).front() == use.get())
      return true;
  return false;
}

LogicalResult FunctionConversion::checkUses(RnnOp layer, StringRef what,
                                            BlockArgument arg, bool isState) {
  for (OpOperand &use : arg.getUses()) {
    Operation *user = use.getOwner();
    // The sizes of a state stay, those of a weight do not.
    if (isState ? isa<tensor::DimOp>(user) || isConverted(user)
                : isConverted(user) && !isInitialState(use))
      continue;
    InFlightDiagnostic diag = layer.emitError()
                              << what << " of " << getLabel(layer)
                              << " is used by something else than layers that "
                                 "are converted, so that it must stay what it "
                                 "is; give the layer one of its own";
    diag.attachNote(user->getLoc()) << "it is used here";
    return diag;
  }
  return success();
}

LogicalResult FunctionConversion::collectWeights(RnnOp layer) {
  for (unsigned direction : llvm::seq(layer.getDirections().size()))
    for (auto [name, value] : layer.getWeights(direction)) {
      auto arg = dyn_cast<BlockArgument>(value);
      if (!arg || arg.getOwner() != &function.getFunctionBody().front() ||
          !function.getArgAttr(arg.getArgNumber(), attr::kParam))
        return layer.emitError()
               << name << " of " << getLabel(layer)
               << " is no parameter: it must be an argument of '"
               << function.getName()
               << "' marked gradopt.param, so that it can get a block of "
                  "columns for each gate; if the model calls '"
               << function.getName() << "', run gradopt-prepare-model first";
      if (failed(checkUses(layer, name, arg, /*isState=*/false)))
        return failure();
      parameters.insert(arg);
    }
  return success();
}

/// The state of the model that the layer begins a direction with; null if that
/// is something else.
static BlockArgument getModelState(FunctionOpInterface function,
                                   Value initial) {
  auto arg = dyn_cast_or_null<BlockArgument>(initial);
  if (arg && arg.getOwner() == &function.getFunctionBody().front() &&
      function.getArgAttr(arg.getArgNumber(), attr::kState))
    return arg;
  return {};
}

LogicalResult FunctionConversion::collectStates(RnnOp layer) {
  for (unsigned direction : llvm::seq(layer.getDirections().size())) {
    BlockArgument state =
        getModelState(function, layer.getInitialStates(direction).front());
    if (!state)
      continue;
    if (failed(checkUses(layer, "the state", state, /*isState=*/true)))
      return failure();
    if (layer->getParentOp() != function)
      return layer.emitError()
             << getLabel(layer) << " begins with a state of '"
             << function.getName()
             << "' and is inside another op, from where its cell state cannot "
                "be returned; move the layer to the body of the function";
    if (!states.insert(state).second)
      return layer.emitError()
             << getLabel(layer)
             << " begins with the state of another layer, so that its cell "
                "state would have the same name; give it a state of its own";
  }
  return success();
}

LogicalResult FunctionConversion::collect() {
  for (RnnOp layer : layers)
    if (failed(collectWeights(layer)) ||
        (toLstm && failed(collectStates(layer))))
      return failure();
  if (toLstm && !states.empty() && !getOnlyReturn(function, kPass))
    return failure();
  return checkNoCallers(function, "the parameters of another kind of layer");
}

//===----------------------------------------------------------------------===//
// Parameters
//===----------------------------------------------------------------------===//

void FunctionConversion::setInitializer(Value parameter, Initializer init,
                                        double number) {
  unsigned index = cast<BlockArgument>(parameter).getArgNumber();
  auto param = function.getArgAttrOfType<ParamAttr>(index, attr::kParam);
  Builder b(function.getContext());
  function.setArgAttr(index, attr::kParam,
                      ParamAttr::get(b.getContext(), param.getName(), init,
                                     b.getF64FloatAttr(number),
                                     b.getF64FloatAttr(0.0)));
}

/// What an initializer of an rnn means for the weights of several gates.
void FunctionConversion::changeInitializers(RnnOp layer) {
  auto getParam = [&](Value value) {
    return function.getArgAttrOfType<ParamAttr>(
        cast<BlockArgument>(value).getArgNumber(), attr::kParam);
  };
  for (unsigned direction : llvm::seq(layer.getDirections().size())) {
    Value biases[2];
    for (auto [name, value] : layer.getWeights(direction)) {
      ParamAttr param = getParam(value);
      if (name == "bias_hh")
        biases[0] = value;
      else if (name == "bias_ih")
        biases[1] = value;
      else if (param.getInit() == Initializer::identity) {
        double scale = param.getA().getValueAsDouble();
        setInitializer(value, Initializer::orthogonal, scale);
        remark::passed(layer.getLoc(), getRemark("initializer"))
            << remark::reason(
                   "parameter \"{0}\" begins with orthogonal({1}) "
                   "instead of identity: a matrix of several gates is not "
                   "square",
                   param.getName(), scale);
      }
    }
    // A forget gate that begins open lets gradients through time (Gers,
    // Schmidhuber and Cummins 2000). One of two biases is enough.
    auto isForgetBias = [&](Value bias) {
      return bias && getParam(bias).getInit() == Initializer::forget_bias;
    };
    if (!toLstm || llvm::any_of(biases, isForgetBias))
      continue;
    for (Value bias : biases)
      if (bias && getParam(bias).getInit() == Initializer::zeros) {
        setInitializer(bias, Initializer::forget_bias, 1.0);
        break;
      }
  }
}

void FunctionConversion::convertParameters() {
  for (RnnOp layer : layers)
    changeInitializers(layer);
  SmallVector<Type> types(function.getArgumentTypes());
  for (BlockArgument arg : parameters) {
    auto type = cast<RankedTensorType>(arg.getType());
    SmallVector<int64_t> shape(type.getShape());
    shape.back() *= toLstm ? 4 : 3;
    arg.setType(type.clone(shape));
    types[arg.getArgNumber()] = arg.getType();
  }
  function.setType(function.cloneTypeWith(types, function.getResultTypes()));
}

//===----------------------------------------------------------------------===//
// States
//===----------------------------------------------------------------------===//

/// The name of the cell state beside a hidden state: the last part "h", also
/// with a number, becomes "c".
static std::string getCellName(StringRef hidden) {
  for (size_t i = hidden.size(); i-- > 0;) {
    bool begins = i == 0 || !llvm::isAlnum(hidden[i - 1]);
    StringRef rest = hidden.drop_front(i + 1);
    StringRef digits = rest.take_while(llvm::isDigit);
    bool ends =
        digits.size() == rest.size() || !llvm::isAlnum(rest[digits.size()]);
    if (hidden[i] == 'h' && begins && ends)
      return (hidden.take_front(i) + "c" + rest).str();
  }
  return (hidden + "_c").str();
}

/// A name that no state of the function has.
static std::string makeUnique(FunctionOpInterface function, StringRef base) {
  std::string name = base.str();
  for (unsigned n = 2; findArg(function, {Role::State, name}) ||
                       findResult(function, {Role::State, name});
       ++n)
    name = (base + "_" + Twine(n)).str();
  return name;
}

/// Makes the cell state that starts as `initial` and ends as `final` a state of
/// the model beside the hidden state `hidden`. What else the attributes say of
/// that is true of it, too.
static Value addCellState(FunctionOpInterface function, BlockArgument hidden,
                          Value final) {
  MLIRContext *context = function.getContext();
  auto name = function.getArgAttrOfType<StringAttr>(hidden.getArgNumber(),
                                                    attr::kState);
  auto cellName = StringAttr::get(
      context, makeUnique(function, getCellName(name.getValue())));
  auto getAttributes = [&](DictionaryAttr ofHidden) {
    NamedAttrList attributes(ofHidden);
    attributes.set(attr::kState, cellName);
    return attributes.getDictionary(context);
  };
  if (std::optional<unsigned> result =
          findResult(function, {Role::State, name.getValue()})) {
    Operation *returnOp = function.getFunctionBody().front().getTerminator();
    returnOp->insertOperands(*result + 1, final);
    (void)function.insertResult(
        *result + 1, final.getType(),
        getAttributes(function.getResultAttrDict(*result)));
  }
  unsigned index = hidden.getArgNumber() + 1;
  (void)function.insertArgument(
      index, hidden.getType(),
      getAttributes(function.getArgAttrDict(hidden.getArgNumber())),
      hidden.getLoc());
  return function.getArgument(index);
}

//===----------------------------------------------------------------------===//
// Layers
//===----------------------------------------------------------------------===//

void FunctionConversion::convertToGru(RnnOp layer) {
  IRRewriter rewriter(layer);
  auto gru = GruOp::create(
      rewriter, getLocation(layer), layer.getResultTypes(), layer.getX(),
      layer.getLengths(), layer.getH0(), layer.getWIh(), layer.getWHh(),
      layer.getBiasIh(), layer.getBiasHh(), layer.getReverseH0(),
      layer.getReverseWIh(), layer.getReverseWHh(), layer.getReverseBiasIh(),
      layer.getReverseBiasHh(), layer.getZoneoutKey(), layer.getZoneoutStep(),
      /*linear_before_reset=*/true, layer.getReverse(), layer.getZoneout(),
      layer.getNameAttr());
  rewriter.replaceOp(layer, gru);
}

void FunctionConversion::convertToLstm(RnnOp layer) {
  IRRewriter rewriter(layer);
  Location loc = getLocation(layer);
  // A hidden state that is no state of the model, such as zero, has a cell
  // state that starts from zero.
  auto buildInitial = [&](Value hidden) -> Value {
    if (!hidden || getModelState(function, hidden))
      return hidden;
    return buildZero(rewriter, loc, hidden);
  };
  Value c0 = buildInitial(layer.getH0());
  Value reverseC0 = buildInitial(layer.getReverseH0());
  SmallVector<double> zoneout(layer.getZoneout());
  if (!zoneout.empty())
    zoneout.push_back(zoneout.front());
  Type state = layer.getHN().getType(), reverseState;
  if (layer.getReverseHN())
    reverseState = layer.getReverseHN().getType();
  auto lstm = LstmOp::create(
      rewriter, loc, layer.getY().getType(), state, state, reverseState,
      reverseState, layer.getX(), layer.getLengths(), layer.getH0(), c0,
      layer.getWIh(), layer.getWHh(), layer.getBiasIh(), layer.getBiasHh(),
      /*peepholes=*/ValueRange(), /*w_proj=*/Value(), layer.getReverseH0(),
      reverseC0, layer.getReverseWIh(), layer.getReverseWHh(),
      layer.getReverseBiasIh(), layer.getReverseBiasHh(),
      /*reverse_peepholes=*/ValueRange(), /*reverse_w_proj=*/Value(),
      layer.getZoneoutKey(), layer.getZoneoutStep(), layer.getReverse(),
      zoneout, layer.getNameAttr());
  SmallVector<Value> results{lstm.getY(), lstm.getHN()};
  if (reverseState)
    results.push_back(lstm.getReverseHN());
  rewriter.replaceOp(layer, results);

  if (BlockArgument hidden = getModelState(function, lstm.getH0()))
    lstm.getC0Mutable().assign(addCellState(function, hidden, lstm.getCN()));
  if (BlockArgument hidden = getModelState(function, lstm.getReverseH0()))
    lstm.getReverseC0Mutable().assign(
        addCellState(function, hidden, lstm.getReverseCN()));
}

void FunctionConversion::convert() {
  convertParameters();
  for (RnnOp layer : layers) {
    if (layer.getActivation() != RnnActivation::tanh)
      remark::passed(layer.getLoc(), getRemark("activation")) << remark::reason(
          "{0} loses its activation {1}: the gates of an lstm and "
          "a gru have their own",
          getLabel(layer), stringifyRnnActivation(layer.getActivation()));
    if (toLstm)
      convertToLstm(layer);
    else
      convertToGru(layer);
  }
}

LogicalResult ConvertCells::run() {
  ModuleOp module = getOperation();
  if (from != "rnn" || (to != "lstm" && to != "gru"))
    return emitError(module.getLoc())
           << "cannot convert layers from '" << from << "' to '" << to
           << "': 'from' is rnn, and 'to' is lstm or gru";
  SmallVector<std::pair<FunctionOpInterface, SmallVector<RnnOp>>> functions;
  for (auto function : module.getOps<FunctionOpInterface>()) {
    if (function->hasAttr(attr::kDifferentiated))
      return function.emitError()
             << "'" << function.getName()
             << "' was made of a model by gradopt-differentiate and would keep "
                "the old layers; run '"
             << kPass << "' on the model before it";
    SmallVector<RnnOp> layers;
    function.walk([&](RnnOp layer) { layers.push_back(layer); });
    if (!layers.empty())
      functions.push_back({function, layers});
  }
  // A module without a `module` op has no position of its own.
  if (functions.empty())
    return emitError(module.getBody()->empty()
                         ? module.getLoc()
                         : module.getBody()->front().getLoc())
           << "there is no gradopt." << from << " to convert to " << to;

  SmallVector<FunctionConversion> conversions;
  for (auto &[function, layers] : functions) {
    conversions.emplace_back(function, layers, to == "lstm");
    if (failed(conversions.back().collect()))
      return failure();
    numConverted += layers.size();
  }
  for (FunctionConversion &conversion : conversions)
    conversion.convert();
  return success();
}
