//===- TestSupport.h - Files and folders to test with -----------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef GRADOPT_UNITTESTS_TRAIN_TESTSUPPORT_H
#define GRADOPT_UNITTESTS_TRAIN_TESTSUPPORT_H

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace gradopt::train {

/// A folder of its own for a test.
class TemporaryFolder {
public:
  TemporaryFolder() {
    std::string name =
        (std::filesystem::temp_directory_path() / "gradopt-XXXXXX").string();
    if (!::mkdtemp(name.data()))
      std::abort();
    // Unprivileged has to get in.
    ::chmod(name.c_str(), 0755);
    folder = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }
  TemporaryFolder(const TemporaryFolder &) = delete;
  TemporaryFolder &operator=(const TemporaryFolder &) = delete;

  std::string path() const { return folder; }
  std::string file(const std::string &name) const {
    return folder + "/" + name;
  }
  std::vector<std::string> names() const {
    std::vector<std::string> result;
    for (const auto &entry : std::filesystem::directory_iterator(folder))
      result.push_back(entry.path().filename().string());
    return result;
  }

private:
  std::string folder;
};

/// Permissions mean nothing to root; while this lives, we are somebody else.
class Unprivileged {
public:
  Unprivileged() : root(::geteuid() == 0) {
    constexpr uid_t nobody = 65534;
    if (root && ::seteuid(nobody) != 0)
      std::abort();
  }
  ~Unprivileged() {
    if (root && ::seteuid(0) != 0)
      std::abort();
  }
  Unprivileged(const Unprivileged &) = delete;
  Unprivileged &operator=(const Unprivileged &) = delete;

private:
  bool root;
};

inline void put(const std::string &path, const std::string &bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

inline std::string contents(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The status fails, on one line that holds all of `parts`.
template <typename Result, typename... Parts>
void expectError(const Result &result, const Parts &...parts) {
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.message(), testing::Not(testing::HasSubstr("\n")));
  for (const std::string &part : std::vector<std::string>{parts...})
    EXPECT_THAT(result.message(), testing::HasSubstr(part));
}

} // namespace gradopt::train

#endif // GRADOPT_UNITTESTS_TRAIN_TESTSUPPORT_H
