//===- NpzTest.cpp - NumPy's archives of arrays ---------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt_train/Npz.h"

#include "TestSupport.h"

#include <cstring>

using namespace gradopt::train;

/// A .npy file of version 1 with this header and data.
static std::string npy(std::string header, const std::string &data,
                       char version = 1) {
  header += '\n';
  std::string file = "\x93NUMPY";
  file += version;
  file += '\0';
  for (int i = 0; i < (version == 1 ? 2 : 4); ++i)
    file += static_cast<char>(header.size() >> (8 * i));
  return file + header + data;
}

static std::string dict(const std::string &descr, const std::string &shape,
                        const std::string &order = "False") {
  return "{'descr': " + descr + ", 'fortran_order': " + order +
         ", 'shape': " + shape + ", }";
}

/// numpy.savez_compressed of x = arange(12, float32).reshape(3, 2, 2) / 4,
/// lengths = [2, 1, 2] and "layer/\u00fc" = [True, False].
static std::string fromNumpy() {
  const char *digits =
      "504b03042d000000080000002100f267a1d1ffffffffffffffff05001400782e6e7079"
      "01001000b00000000000000069000000000000009bec17ea1b10c9c850c650ad9e925a"
      "9c5ca46ea5a06e9366a2aea3a09e965f54529498179f5f94920a12774bcc294e058a17"
      "672416a402f91ac63a0a4640a4a9a350ab401ee0620083063b2061cfc0e000c40d40bc"
      "00880f00f1032066706060100062052036700000504b03042d000000080000002100f8"
      "8c2933ffffffffffffffff0b0014006c656e677468732e6e7079010010009800000000"
      "0000004c000000000000009bec17ea1b10c9c850c650ad9e925a9c5ca46ea5a06e9369"
      "a1aea3a09e965f54529498179f5f94920a12774bcc294e058a17672416a402f91ac63a"
      "9a3a0ab50a14002e2606086084d2303e00504b03042d000008080000002100ee19bb5d"
      "ffffffffffffffff0c0014006c617965722fc3bc2e6e70790100100082000000000000"
      "0046000000000000009bec17ea1b10c9c850c650ad9e925a9c5ca46ea5a05e9364a8ae"
      "a3a09e965f54529498179f5f94920a12774bcc294e058a17672416a402f91a463a9a3a"
      "0ab50a14002e460600504b01022d032d000000080000002100f267a1d169000000b000"
      "0000050000000000000000000000800100000000782e6e7079504b01022d032d000000"
      "080000002100f88c29334c000000980000000b00000000000000000000008001a00000"
      "006c656e677468732e6e7079504b01022d032d000008080000002100ee19bb5d460000"
      "00820000000c00000000000000000000008001290100006c617965722fc3bc2e6e7079"
      "504b05060000000003000300a6000000ad0100000000";
  std::string bytes;
  for (; *digits; digits += 2)
    bytes += static_cast<char>(std::stoi(std::string(digits, 2), nullptr, 16));
  return bytes;
}

template <typename T>
static std::vector<T> values(const NpyArray &array) {
  std::vector<T> result(array.data.size() / sizeof(T));
  std::memcpy(result.data(), array.data.data(), array.data.size());
  return result;
}

static const std::vector<std::string> fixtureNames = {"x", "lengths",
                                                      "layer/\u00fc", "none"};

TEST(Npz, ReadsWhatNumpyCompressed) {
  auto file = parseNpz(fromNumpy(), "f", fixtureNames);
  ASSERT_TRUE(file.ok()) << file.message();
  EXPECT_EQ(file->names,
            (std::vector<std::string>{"layer/\u00fc", "lengths", "x"}));
  const NpyArray *x = file->find("x");
  ASSERT_TRUE(x);
  EXPECT_EQ(x->type, NpyType::F32);
  EXPECT_EQ(x->dims, (std::vector<int64_t>{3, 2, 2}));
  std::vector<float> expected;
  for (int i = 0; i < 12; ++i)
    expected.push_back(static_cast<float>(i) / 4);
  EXPECT_EQ(values<float>(*x), expected);
  EXPECT_EQ(values<int64_t>(*file->find("lengths")),
            (std::vector<int64_t>{2, 1, 2}));
  EXPECT_EQ(file->find("layer/\u00fc")->type, NpyType::Bool);
  EXPECT_EQ(file->find("none"), nullptr);
  // Only what is asked for is read.
  EXPECT_EQ(parseNpz(fromNumpy(), "f", {"x"})->arrays.size(), 1u);
}

TEST(Npz, WritesWhatItReads) {
  TemporaryFolder folder;
  std::string path = folder.file("out.npz");
  float scalar = 0.5f;
  double matrix[] = {1, 2, 3, 4, 5, 6};
  uint8_t flags[] = {1, 0};
  int32_t ints[] = {-7};
  int64_t longs[] = {int64_t(1) << 40};
  std::vector<TensorView> arrays = {
      {"scalar", GRADOPT_F32, {}, &scalar},
      {"rnn.layer/h \u00e9", GRADOPT_F64, {2, 3}, matrix},
      {"flags", GRADOPT_I1, {2}, flags},
      {"ints", GRADOPT_I32, {1, 1}, ints},
      {"longs", GRADOPT_I64, {1}, longs},
      {"empty", GRADOPT_F32, {0, 4}, nullptr}};
  Status status = writeNpz(path, arrays);
  ASSERT_TRUE(status.ok()) << status.message();
  std::vector<std::string> names;
  for (const TensorView &array : arrays)
    names.push_back(array.name);
  auto file = parseNpz(contents(path), path, names);
  ASSERT_TRUE(file.ok()) << file.message();
  ASSERT_EQ(file->arrays.size(), arrays.size());
  for (const TensorView &array : arrays) {
    const NpyArray *read = file->find(array.name);
    ASSERT_TRUE(read) << array.name;
    EXPECT_EQ(read->dims, array.dims);
    if (array.data) {
      EXPECT_EQ(std::memcmp(read->data.data(), array.data, read->data.size()),
                0);
    }
  }
  EXPECT_EQ(file->find("scalar")->type, NpyType::F32);
  EXPECT_EQ(file->find("rnn.layer/h \u00e9")->type, NpyType::F64);
  EXPECT_EQ(file->find("flags")->type, NpyType::Bool);
  EXPECT_EQ(file->find("ints")->type, NpyType::I32);
  EXPECT_EQ(file->find("longs")->type, NpyType::I64);

  // The same arrays are the same bytes.
  std::string other = folder.file("again.npz");
  ASSERT_TRUE(writeNpz(other, arrays).ok());
  EXPECT_EQ(contents(path), contents(other));
}

TEST(Npz, HeadersAreNumpys) {
  // As numpy.save writes them.
  EXPECT_EQ(formatNpyHeader({"x", GRADOPT_F32, {}, nullptr}),
            npy(dict("'<f4'", "()") + std::string(62, ' '), ""));
  EXPECT_EQ(formatNpyHeader({"x", GRADOPT_I64, {3}, nullptr}),
            npy(dict("'<i8'", "(3,)") + std::string(60, ' '), ""));
  EXPECT_EQ(formatNpyHeader({"x", GRADOPT_F64, {2, 0, 5}, nullptr}),
            npy(dict("'<f8'", "(2, 0, 5)") + std::string(55, ' '), ""));
  EXPECT_EQ(formatNpyHeader({"x", GRADOPT_I1, {4, 2}, nullptr}),
            npy(dict("'|b1'", "(4, 2)") + std::string(58, ' '), ""));
}

TEST(Npz, RefusesToWrite) {
  TemporaryFolder folder;
  std::string path = folder.file("out.npz");
  put(path, "before");
  float value = 1;
  TensorView x{"x", GRADOPT_F32, {1}, &value};
  expectError(writeNpz(path, {}), "out.npz", "no arrays");
  expectError(writeNpz(path, {x, x}), "array 'x'", "already exists");
  expectError(
      writeNpz(path, {{"x", GRADOPT_F32, {int64_t(1) << 62, 8}, &value}}),
      "array 'x'");
  expectError(writeNpz(path, {{"\xff", GRADOPT_F32, {1}, &value}}), "array '");
  EXPECT_EQ(contents(path), "before");
  expectError(writeNpz(folder.file("none/out.npz"), {x}), "cannot write npz",
              "No such file");
  EXPECT_EQ(folder.names(), (std::vector<std::string>{"out.npz"}));
}

TEST(Npz, ReadsEveryType) {
  auto type = [](const char *descr, const std::string &data) {
    auto array = parseNpy(npy(dict(descr, "(1,)"), data), "x");
    EXPECT_TRUE(array.ok()) << array.message();
    return npyTypeName(array.ok() ? array->type : NpyType::Bool);
  };
  EXPECT_STREQ(type("'<f4'", "1234"), "float32");
  EXPECT_STREQ(type("\"<f8\"", "12345678"), "float64");
  EXPECT_STREQ(type("'|i1'", "1"), "int8");
  EXPECT_STREQ(type("'<i2'", "12"), "int16");
  EXPECT_STREQ(type("'<i4'", "1234"), "int32");
  EXPECT_STREQ(type("'=i8'", "12345678"), "int64");
  EXPECT_STREQ(type("'|u1'", "1"), "uint8");
  EXPECT_STREQ(type("'<u2'", "12"), "uint16");
  EXPECT_STREQ(type("'<u4'", "1234"), "uint32");
  EXPECT_STREQ(type("'<u8'", "12345678"), "uint64");
  EXPECT_STREQ(type("'|b1'", "\x01"), "bool");
}

TEST(Npz, ReadsEveryForm) {
  auto dims = [](const std::string &file) {
    auto array = parseNpy(file, "x");
    EXPECT_TRUE(array.ok()) << array.message();
    return array.ok() ? array->dims : std::vector<int64_t>{-1};
  };
  using Dims = std::vector<int64_t>;
  std::string data(24, '\0');
  for (char version : {1, 2, 3})
    EXPECT_EQ(dims(npy(dict("'<f4'", "(3, 2)"), data, version)), (Dims{3, 2}));
  EXPECT_EQ(dims(npy(dict("'<f4'", "(6,)"), data)), (Dims{6}));
  EXPECT_EQ(dims(npy(dict("'<f4'", "(6,)", "True"), data)), (Dims{6}));
  EXPECT_EQ(dims(npy(dict("'<f8'", "(3L, )"), data)), (Dims{3}));
  EXPECT_EQ(dims(npy(dict("'<f4'", "()"), "1234")), (Dims{}));
  EXPECT_EQ(dims(npy(dict("'<f4'", "(2, 0)"), "")), (Dims{2, 0}));
  EXPECT_EQ(
      dims(npy("{\"shape\":(6,),\"fortran_order\":False,'descr':'<f4'}", data)),
      (Dims{6}));
}

TEST(Npz, RefusesArrays) {
  std::string data(24, '\0');
  auto refuse = [&](const std::string &header, auto... parts) {
    expectError(parseNpy(npy(header, data), "x"), parts...);
  };
  refuse(dict("'|O'", "(3,)"), "pickled", "never loaded");
  refuse(dict("'>f4'", "(6,)"), "big-endian", ".astype('<f4')");
  refuse(dict("'>i8'", "(3,)"), "big-endian", ".astype('<i8')");
  refuse(dict("'<f2'", "(12,)"), "'<f2'", "not read");
  refuse(dict("'<c8'", "(3,)"), "'<c8'", "not read");
  refuse(dict("'<U3'", "(2,)"), "'<U3'", "not read");
  refuse(dict("'<M8[ns]'", "(3,)"), "not read");
  refuse(dict("'<f4,<f4'", "(3,)"), "not read");
  refuse(dict("''", "(3,)"), "not read");
  refuse(dict("[('a', '<f4'), ('b', '<f4', (2, 2))]", "(3,)"), "structures");
  refuse(dict("'<f4'", "(3, 2)", "True"), "Fortran order", "ascontiguousarray");
  refuse(dict("'<f4'", "(7,)"), "damaged", "28 bytes of data, there are 24");
  refuse(dict("'<f4'", "(5,)"), "damaged", "20 bytes of data, there are 24");
  refuse(dict("'<f4'", "(4611686018427387904, 4)"), "damaged",
         "more bytes than there can be");
}

TEST(Npz, RefusesDamagedHeaders) {
  for (const char *header :
       {"", "{", "{}", "[]", "{'descr': '<f4', 'fortran_order': False}",
        "{'descr': '<f4', 'shape': (6,)}",
        "{'fortran_order': False, 'shape': (6,)}",
        "{'descr': '<f4, 'fortran_order': False, 'shape': (6,)}",
        "{'descr': '<f4', 'fortran_order': None, 'shape': (6,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (6}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-6,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (6.0,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (6 6)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': "
        "(99999999999999999999,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (6,)} x",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (6,), 'more': 1}",
        "{'descr': [('a', '<f4'), 'fortran_order': False, 'shape': (6,)}"})
    expectError(parseNpy(npy(header, std::string(24, '\0')), "x"),
                "is damaged: its header is not that of an array");
  expectError(parseNpy("", "x"), "does not begin as a .npy file");
  expectError(parseNpy("\x93NUMPY", "x"), "does not begin as a .npy file");
  expectError(parseNpy("PK something", "x"), "does not begin as a .npy file");
  expectError(parseNpy(std::string("\x93NUMPY\x04\0ab", 10), "x"), "version 4");
  expectError(parseNpy(std::string("\x93NUMPY\x01\0a", 9), "x"), "cut off");
  expectError(parseNpy(std::string("\x93NUMPY\x01\0\x50\0{", 11), "x"),
              "cut off");
  expectError(parseNpy(npy(dict("'|b1'", "(1,)"), "\x02"), "x"), "damaged",
              "neither 0 nor 1");
}

TEST(Npz, RefusesDamagedArchives) {
  std::string good = fromNumpy();
  expectError(parseNpz("", "f", {"x"}), "npz 'f' is empty");
  expectError(parseNpz("no archive", "f", {"x"}), "not a zip archive");
  for (size_t size = 0; size < good.size(); ++size)
    expectError(parseNpz(good.substr(0, size), "f", {"x"}), "npz 'f'");
  // Bits of x's compressed data, which begins behind a header of 55 bytes.
  std::string flipped = good;
  flipped[90] = static_cast<char>(flipped[90] ^ 4);
  expectError(parseNpz(flipped, "f", {"x"}), "npz 'f': array 'x' is damaged");
}

TEST(Npz, NoFlippedByteCrashesTheReader) {
  std::string good = fromNumpy();
  for (size_t i = 0; i < good.size(); ++i)
    for (int value : {0x00, 0x01, 0x7f, 0x80, 0xff}) {
      std::string bad = good;
      bad[i] = static_cast<char>(bad[i] ^ value);
      auto file = parseNpz(bad, "f", fixtureNames);
      if (!file.ok()) {
        EXPECT_THAT(file.message(), testing::HasSubstr("npz 'f'"));
      }
    }
}
