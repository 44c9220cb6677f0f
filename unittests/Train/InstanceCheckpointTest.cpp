//===- InstanceCheckpointTest.cpp - Checkpoints of a running step ---------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt_train/Checkpoint.h"

#include "Runtime/TestProgram.h"
#include "TestSupport.h"

using namespace gradopt::train;

static std::vector<Value> trainingValues() {
  return {
      {"x", GRADOPT_ROLE_INPUT, GRADOPT_F32, {-1, -2}},
      {"w",
       GRADOPT_ROLE_PARAM,
       GRADOPT_F32,
       {2, 3},
       2,
       GRADOPT_INIT_UNIFORM,
       -1,
       1},
      {"h", GRADOPT_ROLE_STATE, GRADOPT_F32, {-2, 4}, 2},
      {"w/m", GRADOPT_ROLE_OPTIMIZER_STATE, GRADOPT_F32, {2, 3}, 2},
      {"count", GRADOPT_ROLE_STEP_COUNT, GRADOPT_I64, {}, 2},
      {"learning_rate",
       GRADOPT_ROLE_HYPER,
       GRADOPT_F32,
       {},
       1,
       GRADOPT_INIT_CONSTANT,
       0.5},
      {"key", GRADOPT_ROLE_RANDOM, GRADOPT_I64, {2}, 2},
      {"loss", GRADOPT_ROLE_LOSS, GRADOPT_F32, {}},
  };
}

namespace {

class InstanceCheckpoint : public testing::Test {
protected:
  static constexpr int64_t time = 4, batch = 3;

  /// The program is used for as long as this one is the latest.
  Instance make(const std::vector<Value> &values, uint64_t seed) {
    manifests.push_back(std::make_unique<Bytes>(makeManifest(values)));
    Instance instance =
        create(TestProgram::get(*manifests.back()), time, batch);
    EXPECT_TRUE(instance) << gradopt_last_error();
    EXPECT_EQ(gradopt_instance_initialize(instance.get(), seed), GRADOPT_OK);
    return instance;
  }

  std::vector<std::unique_ptr<Bytes>> manifests;
  TemporaryFolder folder;
  std::string path = folder.file("c");
};

} // namespace

TEST_F(InstanceCheckpoint, RestoresEverythingButInputsAndResults) {
  Instance saved = make(trainingValues(), 1);
  float *h = data<float>(saved, GRADOPT_ROLE_STATE, "h");
  float *m = data<float>(saved, GRADOPT_ROLE_OPTIMIZER_STATE, "w/m");
  for (int i = 0; i < 12; ++i)
    h[i] = static_cast<float>(i);
  m[5] = 55;
  *data<int64_t>(saved, GRADOPT_ROLE_STEP_COUNT, "count") = 17;
  *data<float>(saved, GRADOPT_ROLE_HYPER, "learning_rate") = 0.125;
  gradopt_instance_set_step(saved.get(), 20);
  ASSERT_TRUE(
      saveInstance(path, saved.get(), time, batch, 1, {{"k", "v"}}).ok());

  auto checkpoint = readCheckpoint(path);
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.message();
  EXPECT_EQ(checkpoint->info.metadata.at("k"), "v");
  std::vector<std::string> names;
  for (const StoredTensor &tensor : checkpoint->tensors)
    names.push_back(tensor.name);
  EXPECT_THAT(names,
              testing::UnorderedElementsAre(
                  "w", "state:h", "optimizer_state:w/m", "step_count:count",
                  "hyper:learning_rate", "random:key"));

  Instance loaded = make(trainingValues(), 2);
  Status status = loadInstance(*checkpoint, loaded.get(), time, batch);
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(gradopt_instance_step(loaded.get()), 20u);
  auto same = [&](gradopt_role role, const char *name, size_t bytes) {
    return std::memcmp(data<char>(saved, role, name),
                       data<char>(loaded, role, name), bytes) == 0;
  };
  EXPECT_TRUE(same(GRADOPT_ROLE_PARAM, "w", 24));
  EXPECT_TRUE(same(GRADOPT_ROLE_STATE, "h", 48));
  EXPECT_TRUE(same(GRADOPT_ROLE_OPTIMIZER_STATE, "w/m", 24));
  EXPECT_TRUE(same(GRADOPT_ROLE_STEP_COUNT, "count", 8));
  EXPECT_TRUE(same(GRADOPT_ROLE_HYPER, "learning_rate", 4));
  EXPECT_TRUE(same(GRADOPT_ROLE_RANDOM, "key", 16));
}

TEST_F(InstanceCheckpoint, OfAnotherModelChangesNothing) {
  Instance saved = make(trainingValues(), 1);
  ASSERT_TRUE(saveInstance(path, saved.get(), time, batch, 1, {}).ok());
  auto checkpoint = readCheckpoint(path);
  ASSERT_TRUE(checkpoint.ok());

  std::vector<Value> values = trainingValues();
  values[3].dims = {3, 2};
  Instance other = make(values, 2);
  float before = *data<float>(other, GRADOPT_ROLE_PARAM, "w");
  expectError(loadInstance(*checkpoint, other.get(), time, batch),
              "'optimizer_state:w/m' is F32[2x3] in the checkpoint, F32[3x2]");
  EXPECT_EQ(*data<float>(other, GRADOPT_ROLE_PARAM, "w"), before);

  // Another batch size shows in the carried states.
  Instance same = make(trainingValues(), 2);
  expectError(loadInstance(*checkpoint, same.get(), time, 2),
              "'state:h' is F32[3x4] in the checkpoint, F32[2x4]");
}

TEST_F(InstanceCheckpoint, ParametersForAnotherFunctionOfTheModel) {
  Instance saved = make(trainingValues(), 1);
  *data<float>(saved, GRADOPT_ROLE_HYPER, "learning_rate") = 0.125f;
  ASSERT_TRUE(saveInstance(path, saved.get(), time, batch, 1, {}).ok());
  float expected = *data<float>(saved, GRADOPT_ROLE_PARAM, "w");
  auto checkpoint = readCheckpoint(path);
  ASSERT_TRUE(checkpoint.ok());

  std::vector<Value> loss = trainingValues();
  loss.resize(3);
  loss[1].slots = loss[2].slots = 1;
  // Hyperparameters too, as far as the checkpoint has them.
  for (const char *name : {"learning_rate", "scale"})
    loss.push_back({name,
                    GRADOPT_ROLE_HYPER,
                    GRADOPT_F32,
                    {},
                    1,
                    GRADOPT_INIT_CONSTANT,
                    0.75});
  Instance evaluation = make(loss, 2);
  EXPECT_NE(*data<float>(evaluation, GRADOPT_ROLE_PARAM, "w"), expected);
  Status status = loadParameters(*checkpoint, evaluation.get());
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(*data<float>(evaluation, GRADOPT_ROLE_PARAM, "w"), expected);

  EXPECT_EQ(*data<float>(evaluation, GRADOPT_ROLE_HYPER, "learning_rate"),
            0.125f);
  EXPECT_EQ(*data<float>(evaluation, GRADOPT_ROLE_HYPER, "scale"), 0.75f);

  loss[1].name = "v";
  Instance foreign = make(loss, 2);
  expectError(loadParameters(*checkpoint, foreign.get()),
              "'v' is not in the checkpoint");
}

// A parameter that no step updates has one slot.
TEST_F(InstanceCheckpoint, HoldsAFrozenParameter) {
  std::vector<Value> values = trainingValues();
  values.push_back({"frozen",
                    GRADOPT_ROLE_PARAM,
                    GRADOPT_F32,
                    {2},
                    1,
                    GRADOPT_INIT_NORMAL,
                    0,
                    1});
  Instance saved = make(values, 1);
  float expected = *data<float>(saved, GRADOPT_ROLE_PARAM, "frozen");
  EXPECT_NE(expected, 0);
  ASSERT_TRUE(saveInstance(path, saved.get(), time, batch, 1, {}).ok());
  auto checkpoint = readCheckpoint(path);
  ASSERT_TRUE(checkpoint.ok());
  Instance loaded = make(values, 2);
  EXPECT_NE(*data<float>(loaded, GRADOPT_ROLE_PARAM, "frozen"), expected);
  ASSERT_TRUE(loadInstance(*checkpoint, loaded.get(), time, batch).ok());
  EXPECT_EQ(*data<float>(loaded, GRADOPT_ROLE_PARAM, "frozen"), expected);
}

// A step in a row is remembered, and forgotten with the row.
TEST_F(InstanceCheckpoint, HoldsWhatPoliciesRemember) {
  Instance saved = make(trainingValues(), 1);
  gradopt_policies policies = GRADOPT_DEFAULT_POLICIES;
  policies.on_event[GRADOPT_NONFINITE] = GRADOPT_ROLL_BACK;
  policies.on_event[GRADOPT_DIVERGENCE] = GRADOPT_SKIP;
  ASSERT_EQ(gradopt_instance_set_policies(saved.get(), &policies), GRADOPT_OK);
  ASSERT_EQ(gradopt_instance_run(saved.get(), time, batch, nullptr),
            GRADOPT_OK);
  ASSERT_TRUE(saveInstance(path, saved.get(), time, batch, 1, {}).ok());
  auto checkpoint = readCheckpoint(path);
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.message();
  ASSERT_TRUE(checkpoint->find(policiesName));

  auto remembered = [](const Instance &instance) {
    Bytes bytes(gradopt_instance_policy_state_size(instance.get()));
    gradopt_instance_save_policy_state(instance.get(), bytes.data());
    return bytes;
  };
  Instance loaded = make(trainingValues(), 2);
  ASSERT_EQ(gradopt_instance_set_policies(loaded.get(), &policies), GRADOPT_OK);
  Status status = loadInstance(*checkpoint, loaded.get(), time, batch);
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(remembered(loaded), remembered(saved));

  // Evaluation has no use for it, and damage changes nothing.
  EXPECT_TRUE(loadParameters(*checkpoint, loaded.get()).ok());
  float before = *data<float>(loaded, GRADOPT_ROLE_PARAM, "w");
  *data<float>(loaded, GRADOPT_ROLE_PARAM, "w") = before + 1;
  checkpoint->data[checkpoint->find(policiesName)->begin] ^= 1;
  expectError(loadInstance(*checkpoint, loaded.get(), time, batch),
              "the state of the policies is not one, or of another version");
  EXPECT_EQ(*data<float>(loaded, GRADOPT_ROLE_PARAM, "w"), before + 1);
  EXPECT_EQ(remembered(loaded), remembered(saved));
}
