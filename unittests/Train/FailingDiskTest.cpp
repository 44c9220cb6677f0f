//===- FailingDiskTest.cpp - Checkpoints and events on a failing disk -----===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FailingDisk.h"
#include "TestSupport.h"
#include "gradopt_train/Checkpoint.h"
#include "gradopt_train/Events.h"

#include <cerrno>
#include <csignal>
#include <sys/mount.h>
#include <sys/resource.h>

using namespace gradopt::train;

namespace {

/// No file can grow beyond so many bytes.
class FileSizeLimit {
public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before);
    oldHandler = std::signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit = {bytes, before.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, oldHandler);
  }
  FileSizeLimit(const FileSizeLimit &) = delete;
  FileSizeLimit &operator=(const FileSizeLimit &) = delete;

private:
  struct rlimit before;
  void (*oldHandler)(int);
};

/// A folder with a checkpoint of step 1, and the tensors of step 2.
struct SavedRun {
  SavedRun() {
    EXPECT_TRUE(save(1).ok());
    before = contents(path);
  }

  Status save(uint64_t step) {
    weights.assign(300, static_cast<float>(step));
    CheckpointInfo info;
    info.step = step;
    return writeCheckpoint(path, {{"w", GRADOPT_F32, {300}, weights.data()}},
                           info);
  }

  void expectStep(uint64_t step) {
    auto read = readCheckpoint(path);
    ASSERT_TRUE(read.ok()) << read.message();
    EXPECT_EQ(read->info.step, step);
    EXPECT_EQ(folder.names(), (std::vector<std::string>{"c.safetensors"}));
  }

  TemporaryFolder folder;
  std::string path = folder.file("c.safetensors");
  std::vector<float> weights;
  std::string before;
};

} // namespace

TEST(FailingDisk, CheckpointIsOldOrNewWhicheverCallFails) {
  for (bool persistent : {false, true}) {
    int unchanged = 0;
    for (int call = 0;; ++call) {
      ASSERT_LT(call, 100);
      SCOPED_TRACE(call);
      SavedRun run;
      Status status;
      bool failed;
      {
        FailingDisk disk(call, EIO, persistent);
        status = run.save(2);
        failed = disk.failed();
      }
      if (!failed) {
        EXPECT_TRUE(status.ok()) << status.message();
        run.expectStep(2);
        // At least header, data, fsync, close and rename can fail.
        EXPECT_GE(unchanged, 5);
        break;
      }
      if (status.ok()) { // closing the folder says nothing about the file
        run.expectStep(2);
        continue;
      }
      expectError(status, run.path, "Input/output error");
      bool kept = status.message().find("is unchanged") != std::string::npos;
      unchanged += kept;
      run.expectStep(kept ? 1 : 2);
    }
  }
}

TEST(FailingDisk, FullDiskSaysWhatToDo) {
  SavedRun run;
  Status status;
  {
    FailingDisk disk(1, ENOSPC, true);
    status = run.save(2);
  }
  expectError(status, "No space left on device", "is unchanged",
              "free some space");
  run.expectStep(1);
  EXPECT_TRUE(run.save(2).ok());
  run.expectStep(2);
}

TEST(FailingDisk, CheckpointAtEverySizeLimit) {
  SavedRun run;
  for (size_t limit = 0; limit < run.before.size(); limit += 7) {
    Status status;
    {
      FileSizeLimit limited(limit);
      status = run.save(2);
    }
    expectError(status, "File too large", "is unchanged", "ulimit -f");
    EXPECT_EQ(contents(run.path), run.before);
    EXPECT_EQ(run.folder.names().size(), 1u);
  }
}

TEST(FailingDisk, CheckpointOnAFullFileSystem) {
  TemporaryFolder folder;
  if (::mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=64k") != 0)
    GTEST_SKIP() << "mounting a file system needs root";
  std::string path = folder.file("c.safetensors");
  std::vector<float> weights(10000, 1.0f);
  std::vector<TensorView> views = {{"w", GRADOPT_F32, {10000}, weights.data()}};
  CheckpointInfo info;
  EXPECT_TRUE(writeCheckpoint(path, views, info).ok());
  info.step = 1;
  // Both together do not fit.
  expectError(writeCheckpoint(path, views, info), "No space left on device",
              "is unchanged", "free some space");
  auto read = readCheckpoint(path);
  EXPECT_TRUE(read.ok() && read->info.step == 0) << read.message();
  EXPECT_EQ(folder.names().size(), 1u);
  ::umount(folder.path().c_str());
}

TEST(FailingDisk, LeftoverOfAKilledRunIsReplaced) {
  SavedRun run;
  put(run.path + ".tmp", std::string(100000, 'x'));
  EXPECT_TRUE(run.save(2).ok());
  run.expectStep(2);
}

TEST(FailingDisk, FolderThatCannotBeWritten) {
  SavedRun run;
  ::chmod(run.folder.path().c_str(), 0555);
  {
    Unprivileged unprivileged;
    expectError(run.save(2), "Permission denied", "is unchanged",
                "that you may write to");
  }
  run.expectStep(1);
}

TEST(FailingDisk, EventFileStaysReadable) {
  TemporaryFolder folder;
  auto writer = EventWriter::create(folder.path());
  ASSERT_TRUE(writer.ok());
  ASSERT_TRUE((*writer)->addScalars(1, {{"loss", 1.0f}}).ok());
  auto size = std::filesystem::file_size((*writer)->path());
  // Some of these leave a part of the record before they fail.
  for (size_t more = 0; more < 30; ++more) {
    Status status;
    {
      FileSizeLimit limited(size + more);
      status = (*writer)->addScalars(2, {{"loss", 2.0f}});
    }
    expectError(status, (*writer)->path(), "File too large");
    EXPECT_EQ(std::filesystem::file_size((*writer)->path()), size);
  }
  ASSERT_TRUE((*writer)->addScalars(3, {{"loss", 3.0f}}).ok());
  auto file = parseEventFile((*writer)->path());
  ASSERT_TRUE(file.ok()) << file.message();
  ASSERT_EQ(file->events.size(), 3u);
  EXPECT_EQ(file->events[2].step, 3);
  EXPECT_EQ(file->truncation, "");
}

TEST(FailingDisk, EventFileThatCannotBeginIsNotLeft) {
  TemporaryFolder folder;
  {
    FileSizeLimit limited(3);
    expectError(EventWriter::create(folder.path()), "File too large");
  }
  EXPECT_TRUE(folder.names().empty());
}
