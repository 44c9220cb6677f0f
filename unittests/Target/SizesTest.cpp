//===- SizesTest.cpp - One step for all sizes -----------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestStep.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

using mlir::gradopt::CompiledStep;

namespace {

const CompiledStep &getModel() {
  static auto step = compileModel(kModel);
  return *step;
}

// Softmax attention over time from the last state, dropout in front of it and
// within the recurrence, a loss over the steps that count.
const char *const kAttention = R"mlir(
func.func private @attend(%memory: tensor<?x?x3xf32>, %query: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %T = tensor.dim %memory, %c0 : tensor<?x?x3xf32>
  %B = tensor.dim %memory, %c1 : tensor<?x?x3xf32>
  %e = tensor.empty(%T, %B) : tensor<?x?xf32>
  %none = linalg.fill ins(%zero : f32) outs(%e : tensor<?x?xf32>) -> tensor<?x?xf32>
  %scores = linalg.contract indexing_maps = [affine_map<(t, b, h) -> (t, b, h)>,
                                             affine_map<(t, b, h) -> (b, h)>,
                                             affine_map<(t, b, h) -> (t, b)>]
      ins(%memory, %query : tensor<?x?x3xf32>, tensor<?x3xf32>) outs(%none : tensor<?x?xf32>) -> tensor<?x?xf32>
  %weights = linalg.softmax dimension(0) ins(%scores : tensor<?x?xf32>) outs(%e : tensor<?x?xf32>) -> tensor<?x?xf32>
  %f = tensor.empty(%B) : tensor<?x3xf32>
  %nothing = linalg.fill ins(%zero : f32) outs(%f : tensor<?x3xf32>) -> tensor<?x3xf32>
  %found = linalg.contract indexing_maps = [affine_map<(b, h, t) -> (t, b)>,
                                            affine_map<(b, h, t) -> (t, b, h)>,
                                            affine_map<(b, h, t) -> (b, h)>]
      ins(%weights, %memory : tensor<?x?xf32>, tensor<?x?x3xf32>) outs(%nothing : tensor<?x3xf32>) -> tensor<?x3xf32>
  return %found : tensor<?x3xf32>
}
func.func @loss(
    %x: tensor<?x?x3xf32> {gradopt.input = "x"},
    %lengths: tensor<?xi32> {gradopt.input = "lengths", gradopt.dims = "B"},
    %h: tensor<?x3xf32> {gradopt.state = "h"},
    %key: tensor<2xi64> {gradopt.random}, %n: tensor<i64> {gradopt.step_count},
    %w: tensor<3x3xf32> {gradopt.param = #gradopt.param<"w", init = orthogonal>})
    -> (tensor<f32> {gradopt.loss}, tensor<?x3xf32> {gradopt.state = "h"},
        tensor<?x3xf32> {gradopt.output = "found", gradopt.dims = "B"}) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %c1 = arith.constant 1 : index
  %T = tensor.dim %x, %c0 : tensor<?x?x3xf32>
  %B = tensor.dim %x, %c1 : tensor<?x?x3xf32>
  %h_n, %y = gradopt.scan "rnn" (%s) to %T
      carries(%h_s = %h : tensor<?x3xf32>)
      inputs(%x_t = %x : tensor<?x?x3xf32>) outputs(tensor<?x?x3xf32>) {
    %d = gradopt.dropout %h_s rate 0.25 id 1 key(%key, %n) index(%s) : tensor<?x3xf32>
    %odd = arith.remui %s, %c2 : index
    %isOdd = arith.cmpi ne, %odd, %c0 : index
    %a = scf.if %isOdd -> tensor<?x3xf32> {
      %b = linalg.matmul ins(%d, %w : tensor<?x3xf32>, tensor<3x3xf32>) outs(%x_t : tensor<?x3xf32>) -> tensor<?x3xf32>
      scf.yield %b : tensor<?x3xf32>
    } else {
      %b = arith.addf %x_t, %d : tensor<?x3xf32>
      scf.yield %b : tensor<?x3xf32>
    }
    %h1 = math.tanh %a : tensor<?x3xf32>
    gradopt.yield %h1, %h1 : tensor<?x3xf32>, tensor<?x3xf32>
  }
  %dropped = gradopt.dropout %y rate 0.5 id 2 key(%key, %n) : tensor<?x?x3xf32>
  %found = call @attend(%dropped, %h_n) : (tensor<?x?x3xf32>, tensor<?x3xf32>) -> tensor<?x3xf32>
  %wide = tensor.empty(%T, %B) : tensor<?x?x3xf32>
  %everywhere = linalg.broadcast ins(%found : tensor<?x3xf32>) outs(%wide : tensor<?x?x3xf32>) dimensions = [0]
  %z = arith.mulf %everywhere, %y : tensor<?x?x3xf32>
  %loss = gradopt.mean_squared_error %z, %x lengths(%lengths : tensor<?xi32>)
      : tensor<?x?x3xf32>, tensor<?x?x3xf32> -> tensor<f32>
  return %loss, %h_n, %found : tensor<f32>, tensor<?x3xf32>, tensor<?x3xf32>
}
gradopt.recipe @train { model = @loss, result = @step,
  optimizer = #gradopt.adam<learning_rate = 1.0e-2>, on_nonfinite = skip }
)mlir";

/// Two steps of these sizes in an arena of these capacities, from the same
/// start and on the same inputs. Returns all that the arena holds.
Contents train(const CompiledStep &step, int64_t time, int64_t batch,
               int64_t maxTime, int64_t maxBatch) {
  Instance instance = create(step.getProgram(), maxTime, maxBatch);
  EXPECT_EQ(gradopt_instance_initialize(instance.get(), 5), GRADOPT_OK);
  for (uint64_t seed = 0; seed < 2; ++seed) {
    fillInputs(instance, time, batch, seed);
    if (gradopt_instance_find(instance.get(), GRADOPT_ROLE_INPUT, "lengths") >=
        0) {
      auto *lengths = data<int32_t>(instance, GRADOPT_ROLE_INPUT, "lengths");
      for (int64_t b = 0; b < batch; ++b)
        lengths[b] = int32_t(3 * b + 1);
    }
    gradopt_step_report report;
    EXPECT_EQ(gradopt_instance_run(instance.get(), time, batch, &report),
              GRADOPT_OK);
    EXPECT_EQ(report.action, GRADOPT_ACTION_COMMITTED);
  }
  return readAll(instance, time, batch);
}

void checkCapacities(const CompiledStep &step) {
  for (int64_t time : {0, 1, 2, 7, 16})
    for (int64_t batch : {0, 1, 3, 8}) {
      Contents exact = train(step, time, batch, time, batch);
      EXPECT_TRUE(train(step, time, batch, 16, 8) == exact)
          << "T = " << time << ", B = " << batch;
      EXPECT_TRUE(train(step, time, batch, 16, batch) == exact);
      EXPECT_TRUE(train(step, time, batch, time, 9) == exact);
    }
}

TEST(Sizes, CapacityDoesNotChangeABit) { checkCapacities(getModel()); }

TEST(Sizes, CapacityDoesNotChangeABitOfAttention) {
  auto step = compileModel(kAttention);
  ASSERT_TRUE(step);
  checkCapacities(*step);
  // And something happens.
  Contents contents = train(*step, 7, 3, 7, 3);
  float loss;
  std::memcpy(&loss, contents[{GRADOPT_ROLE_LOSS, ""}].data(), sizeof loss);
  EXPECT_GT(loss, 0);
}

// A row of the batch does not see the others, and steps of different sizes may
// follow each other in one instance.
TEST(Sizes, ChangeFromStepToStep) {
  Instance instance = create(getModel().getProgram(), 8, 4);
  ASSERT_EQ(gradopt_instance_initialize(instance.get(), 5), GRADOPT_OK);
  std::vector<float> first;
  for (auto [time, batch] : {std::pair{8, 4}, {1, 1}, {0, 2}, {5, 0}, {8, 4}}) {
    ASSERT_EQ(gradopt_instance_initialize(instance.get(), 5), GRADOPT_OK);
    fillInputs(instance, time, batch, 1);
    ASSERT_EQ(gradopt_instance_run(instance.get(), time, batch, nullptr),
              GRADOPT_OK);
    float loss = *data<float>(instance, GRADOPT_ROLE_LOSS, "");
    EXPECT_TRUE(std::isfinite(loss));
    first.push_back(loss);
  }
  EXPECT_EQ(first.front(), first.back());
}

TEST(Sizes, OfNothingAllSumsAreZero) {
  for (auto [time, batch] : {std::pair{0, 2}, {3, 0}, {0, 0}}) {
    Instance instance = create(getModel().getProgram(), 4, 4);
    ASSERT_EQ(gradopt_instance_initialize(instance.get(), 5), GRADOPT_OK);
    fillInputs(instance, time, batch, 1);
    Contents before = readUpdated(instance, time, batch);
    gradopt_step_report report;
    ASSERT_EQ(gradopt_instance_run(instance.get(), time, batch, &report),
              GRADOPT_OK);
    EXPECT_EQ(report.action, GRADOPT_ACTION_COMMITTED);
    EXPECT_EQ(*data<float>(instance, GRADOPT_ROLE_LOSS, ""), 0);
    for (const char *name : {"rnn.weight_ih", "rnn.weight_hh", "out.weight"}) {
      int64_t index =
          gradopt_instance_find(instance.get(), GRADOPT_ROLE_GRAD, name);
      ASSERT_GE(index, 0);
      const auto *entry = gradopt_instance_entry(instance.get(), index);
      const auto *gradient =
          static_cast<float *>(gradopt_instance_data(instance.get(), index));
      for (int64_t i = 0; i < gradopt_entry_elements(entry, time, batch); ++i)
        EXPECT_EQ(gradient[i], 0);
    }
    // Parameters and states stay; a step is counted.
    Contents after = readUpdated(instance, time, batch);
    EXPECT_EQ(*data<int64_t>(instance, GRADOPT_ROLE_STEP_COUNT, ""), 1);
    after.erase({GRADOPT_ROLE_STEP_COUNT, ""});
    before.erase({GRADOPT_ROLE_STEP_COUNT, ""});
    EXPECT_TRUE(after == before);
  }
}

//===----------------------------------------------------------------------===//
// Layout
//===----------------------------------------------------------------------===//

struct Range {
  int64_t begin, end;
};

/// Both slots of every entry, in the arena's order, and the arena's size.
std::pair<std::vector<Range>, int64_t> layOut(const gradopt_program &program,
                                              int64_t time, int64_t batch) {
  // An instance says what the entries are.
  static Instance instance = create(program, 1, 1);
  uint32_t count = gradopt_instance_count(instance.get());
  std::vector<int64_t> offsets(2 * count, -1);
  int64_t bytes = program.layout(time, batch, offsets.data());
  std::vector<Range> ranges;
  for (uint32_t i = 0; i < count; ++i) {
    const auto *entry = gradopt_instance_entry(instance.get(), i);
    for (uint32_t slot = 0; slot < entry->slots; ++slot)
      ranges.push_back({offsets[2 * i + slot],
                        offsets[2 * i + slot] + getBytes(*entry, time, batch)});
    if (entry->slots == 1)
      EXPECT_EQ(offsets[2 * i], offsets[2 * i + 1]);
  }
  return {ranges, bytes};
}

TEST(Sizes, LayoutHoldsEveryEntryApart) {
  const gradopt_program &program = getModel().getProgram();
  for (int64_t time : {0, 1, 3, 17, 1000})
    for (int64_t batch : {0, 1, 5, 64}) {
      auto [ranges, bytes] = layOut(program, time, batch);
      std::sort(ranges.begin(), ranges.end(), [](Range a, Range b) {
        return std::pair{a.begin, a.end} < std::pair{b.begin, b.end};
      });
      int64_t end = sizeof(gradopt_record_header);
      for (Range range : ranges) {
        EXPECT_EQ(range.begin % GRADOPT_ARENA_ALIGNMENT, 0);
        EXPECT_GE(range.begin, end);
        end = range.end;
      }
      EXPECT_LE(end, bytes);
      EXPECT_EQ(program.layout(time, batch, nullptr), bytes);
    }
}

TEST(Sizes, LayoutGrowsWithTheCapacities) {
  const gradopt_program &program = getModel().getProgram();
  int64_t sizes[] = {0, 1, 2, 3, 8, 9, 100, 4096};
  for (int64_t other : sizes) {
    int64_t time = 0, batch = 0;
    for (int64_t size : sizes) {
      EXPECT_GE(program.layout(size, other, nullptr), time);
      EXPECT_GE(program.layout(other, size, nullptr), batch);
      time = program.layout(size, other, nullptr);
      batch = program.layout(other, size, nullptr);
    }
  }
  EXPECT_GT(program.layout(100, 8, nullptr), program.layout(8, 8, nullptr));
  EXPECT_GT(program.layout(8, 100, nullptr), program.layout(8, 8, nullptr));
}

} // namespace
