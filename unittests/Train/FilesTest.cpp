//===- FilesTest.cpp - Reading and replacing files ------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt_train/Files.h"

#include "TestSupport.h"
#include "gradopt_train/Checksum.h"

using namespace gradopt::train;

TEST(Files, ReadsAllBytes) {
  TemporaryFolder folder;
  std::string bytes("a\0b\r\n\xff", 6);
  put(folder.file("f"), bytes);
  auto read = readFile(folder.file("f"), "text");
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(*read, bytes);
  put(folder.file("f"), "");
  EXPECT_EQ(*readFile(folder.file("f"), "text"), "");
}

TEST(Files, RefusesWhatIsNoFile) {
  TemporaryFolder folder;
  expectError(readFile(folder.file("f"), "text"), "cannot read text",
              "no such file");
  expectError(readFile(folder.path(), "text"), "folder");
  expectError(readFile("/dev/zero", "text"), "not a regular file");
  ASSERT_EQ(::mkfifo(folder.file("fifo").c_str(), 0600), 0);
  expectError(readFile(folder.file("fifo"), "text"), "not a regular file");
  expectError(readFile(std::string(10000, 'x'), "text"), "too long");
}

TEST(Files, ReplacesWithTheUsualPermissions) {
  TemporaryFolder folder;
  mode_t mask = ::umask(027);
  EXPECT_TRUE(replaceFile(folder.file("f"), {{"ab", 2}, {"", 0}, {"c", 1}},
                          "checkpoint")
                  .ok());
  ::umask(mask);
  EXPECT_EQ(contents(folder.file("f")), "abc");
  struct stat info;
  ASSERT_EQ(::stat(folder.file("f").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0640u);
  EXPECT_EQ(folder.names().size(), 1u);
}

TEST(Files, DoesNotFollowALinkThatWaitsForIt) {
  TemporaryFolder folder;
  put(folder.file("victim"), "precious");
  ASSERT_EQ(
      ::symlink(folder.file("victim").c_str(), folder.file("f.tmp").c_str()),
      0);
  EXPECT_FALSE(replaceFile(folder.file("f"), {{"abc", 3}}, "checkpoint").ok());
  EXPECT_EQ(contents(folder.file("victim")), "precious");
}

TEST(Files, ReplacesInTheCurrentFolder) {
  TemporaryFolder folder;
  auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  Status status = replaceFile("f", {{"abc", 3}}, "checkpoint");
  std::filesystem::current_path(before);
  EXPECT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(contents(folder.file("f")), "abc");
  expectError(replaceFile(folder.file("none/f"), {{"abc", 3}}, "checkpoint"),
              "cannot write checkpoint", "No such file");
}

TEST(Checksum, KnownValues) {
  // RFC 3720, appendix B.4.
  EXPECT_EQ(crc32c("123456789", 9), 0xe3069283u);
  std::string zeros(32, '\0'), ones(32, '\xff');
  EXPECT_EQ(crc32c(zeros.data(), 32), 0x8a9136aau);
  EXPECT_EQ(crc32c(ones.data(), 32), 0x62a8ab43u);
  EXPECT_EQ(crc32c({{"1234", 4}, {"", 0}, {"56789", 5}}), 0xe3069283u);
  EXPECT_EQ(crc32c("", 0), 0u);
}
