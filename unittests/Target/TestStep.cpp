//===- TestStep.cpp - Steps compiled to test with -------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestStep.h"
#include "gradopt/InitAll.h"
#include "gradopt/Pipelines/Pipelines.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace mlir::gradopt;

static MLIRContext &getContext() {
  static MLIRContext *context = [] {
    mlir::gradopt::registerAllPasses();
    DialectRegistry registry;
    mlir::registerAllDialects(registry);
    mlir::registerAllExtensions(registry);
    mlir::gradopt::registerAllDialects(registry);
    auto *made = new MLIRContext(registry);
    made->printOpOnDiagnostic(false);
    return made;
  }();
  return *context;
}

static std::unique_ptr<CompiledStep>
compile(const std::string &source,
        llvm::function_ref<LogicalResult(PassManager &)> addPasses) {
  MLIRContext &context = getContext();
  auto module = parseSourceString<ModuleOp>(source, &context);
  PassManager pm(&context);
  if (!module || failed(addPasses(pm)) || failed(pm.run(*module)))
    return nullptr;
  auto step = CompiledStep::create(*module, "step");
  return failed(step) ? nullptr : std::move(*step);
}

std::unique_ptr<CompiledStep> compileModel(const std::string &source,
                                           Lowering lowering) {
  return compile(source, [&](PassManager &pm) {
    buildTrainingStepPipeline(pm, TrainingStepOptions());
    LoweringOptions options;
    options.lowering = lowering;
    buildLowering(pm, "step", options);
    return success();
  });
}

std::unique_ptr<CompiledStep> compileForeign(const std::string &source,
                                             const std::string &passes) {
  return compile(source, [&](PassManager &pm) -> LogicalResult {
    if (failed(parsePassPipeline(passes, pm, llvm::errs())))
      return failure();
    LowerReferenceOptions options;
    options.function = "step";
    buildLowerReferencePipeline(pm, options);
    return success();
  });
}

std::unique_ptr<CompiledStep> compileLLVM(const std::string &source) {
  return compile(source, [](PassManager &) { return success(); });
}

void fillInputs(const Instance &instance, int64_t time, int64_t batch,
                uint64_t seed) {
  for (uint32_t i = 0; i < gradopt_instance_count(instance.get()); ++i) {
    const gradopt_manifest_entry &entry =
        *gradopt_instance_entry(instance.get(), i);
    if (entry.role != GRADOPT_ROLE_INPUT)
      continue;
    void *data = gradopt_instance_data(instance.get(), i);
    std::memset(data, 0, getBytes(entry, time, batch));
    if (entry.element_type != GRADOPT_F32)
      continue;
    uint64_t stream =
        gradopt_stream(seed, gradopt_instance_name(instance.get(), i));
    for (int64_t e = 0; e < gradopt_entry_elements(&entry, time, batch); ++e)
      static_cast<float *>(data)[e] = float(gradopt_normal(stream, e));
  }
}

const char *const kModel = R"mlir(
func.func @loss(
    %x: tensor<?x?x2xf32> {gradopt.input = "x"},
    %target: tensor<?x?x5xf32> {gradopt.input = "target"},
    %h: tensor<?x3xf32> {gradopt.state = "h"},
    %w_ih: tensor<2x3xf32> {gradopt.param = #gradopt.param<"rnn.weight_ih", init = xavier>},
    %w_hh: tensor<3x3xf32> {gradopt.param = #gradopt.param<"rnn.weight_hh", init = orthogonal>},
    %w_out: tensor<3x5xf32> {gradopt.param = #gradopt.param<"out.weight", init = normal(0.25, 0.5)>})
    -> (tensor<f32> {gradopt.loss}, tensor<?x3xf32> {gradopt.state = "h"},
        tensor<?x?x5xf32> {gradopt.output = "prediction"}) {
  %y, %h_n = gradopt.rnn tanh "rnn" %x : tensor<?x?x2xf32>
      init(%h : tensor<?x3xf32>)
      weights(%w_ih, %w_hh : tensor<2x3xf32>, tensor<3x3xf32>)
      -> tensor<?x?x3xf32>, tensor<?x3xf32>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %T = tensor.dim %x, %c0 : tensor<?x?x2xf32>
  %B = tensor.dim %x, %c1 : tensor<?x?x2xf32>
  %empty = tensor.empty(%T, %B) : tensor<?x?x5xf32>
  %zeros = linalg.fill ins(%zero : f32) outs(%empty : tensor<?x?x5xf32>) -> tensor<?x?x5xf32>
  %p = linalg.contract indexing_maps = [affine_map<(t, b, o, i) -> (t, b, i)>,
                                        affine_map<(t, b, o, i) -> (i, o)>,
                                        affine_map<(t, b, o, i) -> (t, b, o)>]
      ins(%y, %w_out : tensor<?x?x3xf32>, tensor<3x5xf32>)
      outs(%zeros : tensor<?x?x5xf32>) -> tensor<?x?x5xf32>
  %loss = gradopt.mean_squared_error %p, %target
      : tensor<?x?x5xf32>, tensor<?x?x5xf32> -> tensor<f32>
  return %loss, %h_n, %p : tensor<f32>, tensor<?x3xf32>, tensor<?x?x5xf32>
}

gradopt.recipe @train {
  model = @loss, result = @step,
  optimizer = #gradopt.adam<learning_rate = 1.0e-2>,
  clip = [#gradopt.clip<global_norm, threshold = 0.5>],
  monitor = #gradopt.monitor<norms, through_time>,
  on_nonfinite = skip
}
)mlir";

const char *const kForeignStep = R"mlir(
func.func @step(
    %w_bad: tensor<3x2xf32> {gradopt.input = "w.bad"},
    %b_bad: tensor<2xf32> {gradopt.input = "b.bad"},
    %loss_bad: tensor<f32> {gradopt.input = "loss.bad"},
    %h_bad: tensor<?x2xf32> {gradopt.input = "h.bad", gradopt.dims = "B"},
    %w: tensor<3x2xf32> {gradopt.param = #gradopt.param<"w", init = normal(0.0, 1.0)>},
    %b: tensor<2xf32> {gradopt.param = #gradopt.param<"b", init = normal(0.0, 1.0)>},
    %h: tensor<?x2xf32> {gradopt.state = "h"},
    %n: tensor<i64> {gradopt.step_count},
    %m: tensor<3x2xf32> {gradopt.optimizer_state = "w/m"},
    %v: tensor<3x2xf32> {gradopt.optimizer_state = "w/v"},
    %rate: tensor<f32> {gradopt.hyper = "learning_rate", gradopt.init = 1.0 : f64})
    -> (tensor<f32> {gradopt.loss},
        tensor<3x2xf32> {gradopt.param = #gradopt.param<"w", init = normal(0.0, 1.0)>},
        tensor<2xf32> {gradopt.param = #gradopt.param<"b", init = normal(0.0, 1.0)>},
        tensor<?x2xf32> {gradopt.state = "h"},
        tensor<i64> {gradopt.step_count},
        tensor<3x2xf32> {gradopt.optimizer_state = "w/m"},
        tensor<3x2xf32> {gradopt.optimizer_state = "w/v"}) {
  %one = arith.constant dense<1.0> : tensor<f32>
  %next = arith.constant dense<1> : tensor<i64>
  %half_w = arith.constant dense<0.5> : tensor<3x2xf32>
  %half_b = arith.constant dense<0.5> : tensor<2xf32>

  %loss = arith.addf %one, %loss_bad : tensor<f32>
  %w_sound = arith.mulf %w, %half_w : tensor<3x2xf32>
  %w_sum = arith.addf %w_sound, %w_bad : tensor<3x2xf32>
  %dw = gradopt.gradient %w_sum of "w" : tensor<3x2xf32>
  %b_sound = arith.mulf %b, %half_b : tensor<2xf32>
  %b_sum = arith.addf %b_sound, %b_bad : tensor<2xf32>
  %db = gradopt.gradient %b_sum of "b" : tensor<2xf32>

  %n1 = arith.addi %n, %next : tensor<i64>
  %w1, %m1, %v1 = gradopt.adam %w, %dw, %m, %v step %n1 rate %rate
      {beta1 = 0.9 : f64, beta2 = 0.999 : f64, epsilon = 1.0e-8 : f64}
      : tensor<3x2xf32>, tensor<f32>
  %b1 = gradopt.sgd %b, %db rate %rate : tensor<2xf32>, tensor<f32>
  %h1 = arith.addf %h, %h_bad : tensor<?x2xf32>
  return %loss, %w1, %b1, %h1, %n1, %m1, %v1
      : tensor<f32>, tensor<3x2xf32>, tensor<2xf32>, tensor<?x2xf32>,
        tensor<i64>, tensor<3x2xf32>, tensor<3x2xf32>
}
)mlir";

const char *const kGuardWithClip =
    "gradopt-insert-gradient-clipping{kind=global_norm threshold=1.0},"
    "gradopt-insert-norm-monitors{norms=true},"
    "gradopt-insert-finite-checks{on-nonfinite=skip}";

const char *const kGuard = "gradopt-insert-norm-monitors{norms=true},"
                           "gradopt-insert-finite-checks{on-nonfinite=skip}";
