//===- RunFolderTest.cpp - The output folder of a run ---------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt_train/RunFolder.h"

#include "TestSupport.h"

using namespace gradopt::train;

TEST(RunFolder, MakesFolders) {
  TemporaryFolder folder;
  std::string path = folder.file("a/b/c");
  auto run = openRunFolder(path, false);
  ASSERT_TRUE(run.ok()) << run.message();
  EXPECT_EQ(run->path(), path);
  EXPECT_EQ(run->checkpointPath(), path + "/checkpoint.safetensors");
  EXPECT_EQ(run->checkpointPath(), checkpointPath(path));
  EXPECT_TRUE(std::filesystem::is_empty(path));
}

TEST(RunFolder, OtherFilesDoNotMatter) {
  TemporaryFolder folder;
  put(folder.file("notes.txt"), "x");
  EXPECT_TRUE(openRunFolder(folder.path(), false).ok());
}

TEST(RunFolder, DoesNotWriteOverARun) {
  TemporaryFolder folder;
  put(folder.file("events.out.tfevents.1.gradopt"), "");
  expectError(openRunFolder(folder.path(), false), folder.path(),
              "events.out.tfevents.1.gradopt", "--resume", "another folder");
  put(folder.file("checkpoint.safetensors"), "");
  expectError(openRunFolder(folder.path(), false), "checkpoint.safetensors",
              "--resume", "another folder");
  EXPECT_TRUE(openRunFolder(folder.path(), true).ok());
}

TEST(RunFolder, NothingToResume) {
  TemporaryFolder folder;
  expectError(openRunFolder(folder.path(), true), "no checkpoint",
              "leave --resume out");
  expectError(openRunFolder(folder.file("none"), true), "no such folder");
  EXPECT_FALSE(std::filesystem::exists(folder.file("none")));
  put(folder.file("events.out.tfevents.1.gradopt"), "");
  expectError(openRunFolder(folder.path(), true), "no checkpoint");
}

TEST(RunFolder, RefusesWhatCannotBeUsed) {
  TemporaryFolder folder;
  put(folder.file("f"), "");
  expectError(openRunFolder(folder.file("f"), false), "it is a file");
  expectError(openRunFolder(folder.file("f/x"), false), "cannot use");
  expectError(openRunFolder("", false), "empty");
  ::chmod(folder.path().c_str(), 0555);
  Unprivileged unprivileged;
  expectError(openRunFolder(folder.path(), false), "Permission denied",
              "may write to");
  expectError(openRunFolder(folder.file("new"), false), "Permission denied",
              "may make");
}

TEST(RunFolder, OneRunAtATime) {
  TemporaryFolder folder;
  {
    auto first = openRunFolder(folder.path(), false);
    ASSERT_TRUE(first.ok());
    RunFolder moved = std::move(*first);
    expectError(openRunFolder(folder.path(), false), "another process");
  }
  EXPECT_TRUE(openRunFolder(folder.path(), false).ok());
}
