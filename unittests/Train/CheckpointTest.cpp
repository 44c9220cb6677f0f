//===- CheckpointTest.cpp - Checkpoint files ------------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt_train/Checkpoint.h"

#include "TestSupport.h"

#include <cstring>

using namespace gradopt::train;

namespace {

/// A model of some tensors.
struct Model {
  float weights[6] = {1, 2, 3, 4, 5, 6};
  double moments[2] = {0.5, -0.25};
  int64_t step = 7;
  int32_t small[3] = {-1, 0, 1};
  uint8_t flags[3] = {1, 0, 1};

  std::vector<TensorView> views() const {
    return {{"weights", GRADOPT_F32, {2, 3}, weights},
            {"moments", GRADOPT_F64, {2}, moments},
            {"step", GRADOPT_I64, {}, &step},
            {"small", GRADOPT_I32, {3}, small},
            {"flags", GRADOPT_I1, {3}, flags},
            {"empty64", GRADOPT_F64, {0}, nullptr},
            {"a.empty", GRADOPT_F32, {2, 0}, nullptr}};
  }
};

class CheckpointFile : public testing::Test {
protected:
  void SetUp() override {
    info.modelHash = 0xfedcba9876543210;
    info.step = 1234567890123;
    info.seed = UINT64_MAX;
    info.metadata = {{"gradopt.data_position", "42"}};
    ASSERT_TRUE(writeCheckpoint(path, model.views(), info).ok());
  }

  TemporaryFolder folder;
  std::string path = folder.file("c.safetensors");
  Model model;
  CheckpointInfo info;
};

} // namespace

TEST_F(CheckpointFile, HoldsWhatWasSaved) {
  auto read = readCheckpoint(path);
  ASSERT_TRUE(read.ok()) << read.message();
  EXPECT_EQ(read->info.modelHash, info.modelHash);
  EXPECT_EQ(read->info.step, info.step);
  EXPECT_EQ(read->info.seed, info.seed);
  EXPECT_EQ(read->info.metadata.at("gradopt.data_position"), "42");
  ASSERT_EQ(read->tensors.size(), model.views().size());
  for (const TensorView &view : model.views()) {
    const StoredTensor *stored = read->find(view.name);
    ASSERT_TRUE(stored) << view.name;
    EXPECT_EQ(stored->type, view.type);
    EXPECT_EQ(stored->dims, view.dims);
    if (uint64_t size = stored->end - stored->begin) {
      EXPECT_EQ(std::memcmp(read->bytes(*stored), view.data, size), 0);
    }
  }
  EXPECT_TRUE(checkModel(*read, info.modelHash, model.views()).ok());
  EXPECT_EQ(read->find("none"), nullptr);
}

TEST_F(CheckpointFile, IsAFunctionOfItsContent) {
  std::string again = folder.file("again");
  std::vector<TensorView> views = model.views();
  std::reverse(views.begin(), views.end());
  ASSERT_TRUE(writeCheckpoint(again, views, info).ok());
  EXPECT_EQ(contents(again), contents(path));
}

TEST_F(CheckpointFile, MetadataOfALoadedOneCanBeSavedAgain) {
  auto read = readCheckpoint(path);
  ASSERT_TRUE(read.ok());
  model.weights[0] = 100;
  ASSERT_TRUE(writeCheckpoint(path, model.views(), read->info).ok());
  read = readCheckpoint(path);
  EXPECT_TRUE(read.ok()) << read.message();
}

TEST_F(CheckpointFile, TruncatedAnywhereIsRefused) {
  std::string bytes = contents(path);
  for (size_t size = 0; size < bytes.size(); ++size) {
    SCOPED_TRACE(size);
    expectError(parseCheckpoint(bytes.substr(0, size), "cut"), "'cut'");
  }
}

TEST_F(CheckpointFile, AnyFlippedBitIsRefused) {
  const std::string bytes = contents(path);
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = bytes;
      changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
      SCOPED_TRACE(std::to_string(i) + " bit " + std::to_string(bit));
      expectError(parseCheckpoint(changed, "bad"), "'bad'");
    }
  }
}

TEST_F(CheckpointFile, WrongChecksumSaysSo) {
  std::string bytes = contents(path);
  bytes.back() ^= 1;
  put(path, bytes);
  expectError(readCheckpoint(path), "CRC32C");
}

TEST_F(CheckpointFile, AppendedBytesAreRefused) {
  put(path, contents(path) + "x");
  expectError(readCheckpoint(path), "1 bytes after");
}

TEST_F(CheckpointFile, RefusesOtherFiles) {
  expectError(readCheckpoint(folder.file("none")), "no such file");
  expectError(readCheckpoint(folder.path()), "folder");
  std::string foreign = folder.file("foreign");
  auto head = formatSafetensors({}, {{"format", "pt"}});
  put(foreign, *head);
  expectError(readCheckpoint(foreign), foreign, "not a checkpoint of gradopt");
  head = formatSafetensors({}, {{versionKey, "2"}});
  put(foreign, *head);
  expectError(readCheckpoint(foreign), "version '2'", "reads version 1");
  head = formatSafetensors({}, {{versionKey, "1"}});
  put(foreign, *head);
  expectError(readCheckpoint(foreign), modelHashKey, "not a number");
  head = formatSafetensors(
      {},
      {{versionKey, "1"}, {modelHashKey, "0"}, {stepKey, "0"}, {seedKey, "0"}});
  put(foreign, *head);
  expectError(readCheckpoint(foreign), "CRC32C");
}

TEST_F(CheckpointFile, RefusesFlagsThatAreNoFlags) {
  model.flags[1] = 2;
  ASSERT_TRUE(writeCheckpoint(path, model.views(), info).ok());
  expectError(readCheckpoint(path), "'flags'", "other than 0 and 1");
}

TEST_F(CheckpointFile, OtherModelNamesTheDifferences) {
  auto read = readCheckpoint(path);
  ASSERT_TRUE(read.ok());
  std::vector<TensorView> views = model.views();
  expectError(checkModel(*read, 1, views), "another model", "all tensors agree",
              "fedcba9876543210", "0000000000000001");

  views[0].dims = {3, 2};
  views[1].type = GRADOPT_F32;
  views[2].name = "count";
  expectError(checkModel(*read, info.modelHash, views), path,
              "'weights' is F32[2x3] in the checkpoint, F32[3x2] in the model",
              "'moments' is F64[2] in the checkpoint, F32[2] in the model",
              "'count' is not in the checkpoint", "'step' is not in the model");
}

TEST_F(CheckpointFile, ManyDifferencesAreCounted) {
  auto read = readCheckpoint(path);
  ASSERT_TRUE(read.ok());
  std::vector<TensorView> views;
  for (int i = 0; i < 20; ++i)
    views.push_back({"p" + std::to_string(i), GRADOPT_F32, {1}, nullptr});
  // 20 that it lacks and 7 of its own.
  expectError(checkModel(*read, info.modelHash, views), "'p4'", "and 22 more");
  EXPECT_EQ(checkModel(*read, 0, views).message().find("'p5'"),
            std::string::npos);
}

TEST_F(CheckpointFile, ParametersMayBeAPart) {
  auto read = readCheckpoint(path);
  ASSERT_TRUE(read.ok());
  std::vector<TensorView> views = {model.views()[0]};
  EXPECT_TRUE(checkParameters(*read, views).ok());
  views[0].dims = {6};
  expectError(checkParameters(*read, views), "F32[6] in the model");
}
