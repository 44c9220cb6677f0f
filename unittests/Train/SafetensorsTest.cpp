//===- SafetensorsTest.cpp - The safetensors format -----------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt_train/Safetensors.h"

#include "TestSupport.h"

using namespace gradopt::train;

/// A file with this header and so many bytes of data.
static std::string file(const std::string &header, size_t dataSize) {
  std::string bytes(8, '\0');
  for (int i = 0; i < 8; ++i)
    bytes[i] = static_cast<char>(header.size() >> (8 * i));
  return bytes + header + std::string(dataSize, 'x');
}

TEST(Safetensors, ParsesAFileOfTheReferenceLibrary) {
  auto header = parseSafetensors(
      file(R"({"__metadata__":{"format":"pt"},)"
           R"("b":{"dtype":"F32","shape":[2,3],"data_offsets":[16,40]},)"
           R"("a":{"dtype":"I64","shape":[2],"data_offsets":[0,16]},)"
           R"("scalar":{"dtype":"BOOL","shape":[],"data_offsets":[40,41]},)"
           R"("none":{"dtype":"F64","shape":[0,9],"data_offsets":[41,41]}}   )",
           41));
  ASSERT_TRUE(header.ok()) << header.message();
  EXPECT_EQ(header->metadata.at("format"), "pt");
  ASSERT_EQ(header->tensors.size(), 4u);
  EXPECT_EQ(header->tensors[0].name, "a");
  EXPECT_EQ(header->tensors[0].type, GRADOPT_I64);
  EXPECT_EQ(header->tensors[1].name, "b");
  EXPECT_EQ(header->tensors[1].dims, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(header->tensors[1].begin, 16u);
  EXPECT_EQ(header->tensors[2].type, GRADOPT_I1);
  EXPECT_EQ(header->tensors[3].dims, (std::vector<int64_t>{0, 9}));
}

TEST(Safetensors, EmptyFile) {
  EXPECT_TRUE(parseSafetensors(file("{}", 0)).ok());
  expectError(parseSafetensors(file("{}", 1)), "1 bytes after the last tensor");
}

TEST(Safetensors, WritesWhatItReads) {
  float f[6] = {};
  double d[2] = {};
  std::vector<TensorView> tensors = safetensorsOrder({
      {"weights", GRADOPT_F32, {2, 3}, f},
      {"flag", GRADOPT_I1, {3}, f},
      {"empty", GRADOPT_F32, {0, 5}, f},
      {"d", GRADOPT_F64, {2}, d},
      {"scalar", GRADOPT_I32, {}, f},
  });
  auto head = formatSafetensors(tensors, {{"key", "value \"quoted\" \u00e9"}});
  ASSERT_TRUE(head.ok());
  EXPECT_EQ(head->size() % 8, 0u);
  auto parsed = parseSafetensors(*head + std::string(16 + 24 + 4 + 3, '\0'));
  ASSERT_TRUE(parsed.ok()) << parsed.message();
  EXPECT_EQ(parsed->metadata.at("key"), "value \"quoted\" \u00e9");
  ASSERT_EQ(parsed->tensors.size(), 5u);
  for (const StoredTensor &tensor : parsed->tensors) {
    auto size = tensorBytes(tensor.type, {});
    EXPECT_EQ(tensor.begin % *size, 0u) << tensor.name << " is not aligned";
  }
}

TEST(Safetensors, RefusesToWrite) {
  float f[1] = {};
  TensorView a = {"a", GRADOPT_F32, {1}, f};
  expectError(formatSafetensors({a, a}, {}), "same name 'a'");
  a.name = "__metadata__";
  expectError(formatSafetensors({a}, {}), "__metadata__");
  a.name = "\xff\xfe";
  expectError(formatSafetensors({a}, {}), "UTF-8");
  a.name = "a";
  expectError(formatSafetensors({a}, {{"key", "\xc3"}}), "UTF-8");
  a.dims = {-1};
  expectError(formatSafetensors({a}, {}), "'a'", "negative");
}

TEST(Safetensors, RefusesForeignFiles) {
  expectError(parseSafetensors(""), "not a safetensors file", "0 bytes");
  expectError(parseSafetensors("{}"), "2 bytes");
  expectError(parseSafetensors("\x7f"
                               "ELF and so on, a program"),
              "not a safetensors file", "the limit is 100000000");
  expectError(parseSafetensors(file("[1, 2, 3]", 0)), "'{'");
  expectError(parseSafetensors(file("", 0)), "JSON");
}

TEST(Safetensors, HeaderSizeLimit) {
  std::string bytes = file("{}", 0);
  auto withLength = [&](uint64_t length) {
    for (int i = 0; i < 8; ++i)
      bytes[i] = static_cast<char>(length >> (8 * i));
    return parseSafetensors(bytes);
  };
  expectError(withLength(maxSafetensorsHeader + 1), "the limit is");
  expectError(withLength(maxSafetensorsHeader), "truncated");
  expectError(withLength(3), "truncated");
  for (uint64_t huge : {UINT64_MAX, UINT64_MAX - 7, uint64_t(1) << 63})
    expectError(withLength(huge), "the limit is");
  EXPECT_TRUE(withLength(2).ok());
}

TEST(Safetensors, RefusesDamagedHeaders) {
  struct {
    const char *header;
    size_t data;
    const char *message;
  } cases[] = {
      {R"({"a":)", 0, "JSON"},
      {R"({} x)", 0, "JSON"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
       R"("a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
       4, "the key 'a' twice"},
      {R"({"a":{"dtype":"F32","dtype":"F32","shape":[1],)"
       R"("data_offsets":[0,4]}})",
       4, "the key 'dtype' twice"},
      {R"({"__metadata__":{"x":"1","x":"2"}})", 0, "the key 'x' twice"},
      {R"({"__metadata__":{},"__metadata__":{}})", 0,
       "the key '__metadata__' twice"},
      {R"({"__metadata__":{"x":1}})", 0, "'x' is not a string"},
      {R"({"__metadata__":[]})", 0, "metadata is not an object"},
      {R"({"a":[[[[1]]]]})", 0, "nests deeper"},
      {R"({"a":{"b":{"c":{"d":1}}}})", 0, "nests deeper"},
      {R"({"a":3})", 0, "exactly the keys"},
      {R"({"a":{"dtype":"F32","shape":[1]}})", 0, "exactly the keys"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":0}})", 4,
       "exactly the keys"},
      {R"({"a":{"dtype":4,"shape":[1],"data_offsets":[0,4]}})", 4,
       "dtype that is not a string"},
      {R"({"a":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}})", 4,
       "type 'BF16', supported are F32"},
      {R"({"a":{"dtype":"F32","shape":1,"data_offsets":[0,4]}})", 4,
       "shape that is not an array"},
      {R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", 4,
       "no size"},
      {R"({"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}})", 4,
       "no size"},
      {R"({"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}})", 4,
       "no size"},
      {R"({"a":{"dtype":"F32","shape":[18446744073709551615],)"
       R"("data_offsets":[0,4]}})",
       4, "no size"},
      {R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],)"
       R"("data_offsets":[0,0]}})",
       0, "63 bits"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}})", 4,
       "not two offsets"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}})", 4,
       "not two offsets"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}})", 4,
       "not two offsets"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,1e1]}})", 4,
       "not two offsets"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})", 4,
       "ends before it begins"},
      {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", 4,
       "F32[2] of 8 bytes, but its offsets span 4"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", 8,
       "hole of 4 bytes"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 3,
       "of which there are 3"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 6,
       "2 bytes after the last tensor"},
      {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
       R"("b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})",
       12, "overlaps"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
       R"("b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
       4, "overlaps"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
       R"("b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}})",
       12, "hole of 4 bytes"},
      {R"({"a":{"dtype":"F32","shape":[4611686018427387903],)"
       R"("data_offsets":[0,4]}})",
       4, "63 bits"},
      {"{\"a\xff\":1}", 0, "JSON"},
  };
  for (const auto &c : cases) {
    SCOPED_TRACE(c.header);
    expectError(parseSafetensors(file(c.header, c.data)), c.message);
  }
}

TEST(Safetensors, NothingHidesBehindANul) {
  expectError(parseSafetensors(file(std::string("{}\0", 3), 0)), "JSON");
  expectError(parseSafetensors(file(std::string("{}\0{\"a\":1}", 10), 0)),
              "JSON");
}

TEST(Safetensors, DeepNestingIsNoStackOverflow) {
  for (const char *opening : {"{\"a\":", "["}) {
    std::string header = "{\"a\":";
    for (int i = 0; i < 1000000; ++i)
      header += opening;
    expectError(parseSafetensors(file(header, 0)), "nests deeper");
  }
}

TEST(Safetensors, NamesInMessagesAreOneShortLine) {
  EXPECT_EQ(quoteName("lstm.weight"), "'lstm.weight'");
  EXPECT_EQ(quoteName("a\nb\x1b"), "'a\\nb\\u001b'");
  EXPECT_LT(quoteName(std::string(5000, 'x')).size(), 120u);
  EXPECT_EQ(describeTensor(GRADOPT_F32, {2, 3}), "F32[2x3]");
  EXPECT_EQ(describeTensor(GRADOPT_I1, {}), "BOOL[]");
}
