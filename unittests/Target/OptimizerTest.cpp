//===- OptimizerTest.cpp - Optimizers of other dialects -------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/IR/GradOptOps.h"
#include "gradopt/InitAll.h"
#include "gradopt/Transforms/Passes.h"
#include "mlir/InitAllDialects.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace mlir::gradopt;

namespace {

/// Attributes of another dialect that are optimizers: strings, which keep one
/// state, and, as one that does not keep its word, types, which say two.
template <typename Attr>
struct ForeignOptimizer
    : OptimizerAttrInterface::ExternalModel<ForeignOptimizer<Attr>, Attr> {
  FloatAttr getLearningRate(Attribute attr) const {
    return Builder(attr.getContext()).getF64FloatAttr(0.25);
  }
  Attribute withLearningRate(Attribute attr, FloatAttr) const { return attr; }
  SmallVector<StringRef> getSlots(Attribute attr) const {
    if (isa<StringAttr>(attr))
      return {"trace"};
    return {"trace", "other"};
  }
  bool countsSteps(Attribute) const { return false; }
  FloatAttr getDecay(Attribute) const { return {}; }
  ParameterUpdateOpInterface buildUpdate(Attribute attr, OpBuilder &builder,
                                         Location loc, Value parameter,
                                         Value gradient, ValueRange states,
                                         Value step, Value learningRate,
                                         FloatAttr decay) const {
    EXPECT_FALSE(step);
    EXPECT_FALSE(decay);
    Type type = parameter.getType();
    Operation *op = MomentumOp::create(
        builder, loc, type, type, parameter, gradient, states[0], learningRate,
        builder.getF64FloatAttr(0.5), builder.getUnitAttr());
    return cast<ParameterUpdateOpInterface>(op);
  }
};

class ForeignOptimizers : public testing::Test {
protected:
  ForeignOptimizers() {
    DialectRegistry registry;
    mlir::registerAllDialects(registry);
    mlir::gradopt::registerAllDialects(registry);
    context.appendDialectRegistry(registry);
    StringAttr::attachInterface<ForeignOptimizer<StringAttr>>(context);
    TypeAttr::attachInterface<ForeignOptimizer<TypeAttr>>(context);
  }

  /// Inserts updates by `optimizer` and returns what becomes of a step, or the
  /// error.
  std::string insertUpdates(const std::string &optimizer) {
    auto module = parseSourceString<ModuleOp>(R"mlir(
      func.func @loss() { return }
      func.func @step(%w: tensor<2xf32> {gradopt.param = #gradopt.param<"w">})
          -> (tensor<2xf32> {gradopt.grad = "w"}) {
        return %w : tensor<2xf32>
      }
      gradopt.recipe @train { model = @loss, optimizer = )mlir" +
                                                  optimizer + " }",
                                              &context);
    if (!module)
      return "not parsed";
    std::string text;
    ScopedDiagnosticHandler handler(
        &context, [&](Diagnostic &diagnostic) { text += diagnostic.str(); });
    PassManager pm(&context);
    pm.addPass(createInsertUpdates());
    if (succeeded(pm.run(*module))) {
      llvm::raw_string_ostream stream(text);
      module->print(stream);
    }
    return text;
  }

  MLIRContext context;
};

bool contains(const std::string &text, const std::string &part) {
  return text.find(part) != std::string::npos;
}

TEST_F(ForeignOptimizers, UpdateLikeOnesOfTheDialect) {
  std::string step = insertUpdates("\"theirs\"");
  EXPECT_TRUE(contains(step, "tensor<f32> {gradopt.hyper = \"learning_rate\", "
                             "gradopt.init = 2.500000e-01 : f64}"))
      << step;
  EXPECT_TRUE(contains(step, "tensor<2xf32> {gradopt.optimizer_state = "
                             "\"w/trace\"})"))
      << step;
  EXPECT_TRUE(contains(step, "gradopt.momentum %arg0, %arg0, %arg2 rate %arg1 "
                             "{momentum = 5.000000e-01 : f64, nesterov}"))
      << step;
  EXPECT_FALSE(contains(step, "step_count")) << step;
  EXPECT_FALSE(contains(step, "optimizer = ")) << step;
}

TEST_F(ForeignOptimizers, ThatBreakTheirWordAreAnError) {
  EXPECT_EQ(insertUpdates("f32"),
            "the optimizer f32 does not update 'w' and its 2 states to values "
            "of the type 'tensor<2xf32>'");
}

} // namespace
