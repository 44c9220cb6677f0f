//===- ManifestTest.cpp - Manifests, sound and damaged --------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestProgram.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

namespace {

std::vector<Value> sampleValues() {
  return {
      {"tokens", GRADOPT_ROLE_INPUT, GRADOPT_I32, {-1, -2}},
      {"lstm.weight_hh",
       GRADOPT_ROLE_PARAM,
       GRADOPT_F32,
       {4, 16},
       2,
       GRADOPT_INIT_ORTHOGONAL,
       1.0},
      {"h", GRADOPT_ROLE_STATE, GRADOPT_F32, {-2, 4}, 2},
      {"lstm.weight_hh/m",
       GRADOPT_ROLE_OPTIMIZER_STATE,
       GRADOPT_F32,
       {4, 16},
       2},
      {"", GRADOPT_ROLE_STEP_COUNT, GRADOPT_I64, {}, 2},
      {"global", GRADOPT_ROLE_CLIP_STATE, GRADOPT_F32, {8}, 2},
      {"learning_rate",
       GRADOPT_ROLE_HYPER,
       GRADOPT_F32,
       {},
       1,
       GRADOPT_INIT_CONSTANT,
       0.5},
      {"", GRADOPT_ROLE_RANDOM, GRADOPT_I64, {2}},
      {"", GRADOPT_ROLE_LOSS, GRADOPT_F32, {}},
      {"accuracy", GRADOPT_ROLE_METRIC, GRADOPT_F32, {}},
      {"logits", GRADOPT_ROLE_OUTPUT, GRADOPT_F64, {-1, -2, 7}},
      {"lstm.weight_hh", GRADOPT_ROLE_GRAD, GRADOPT_F32, {4, 16}},
      {"gradient/lstm.weight_hh/nonfinite",
       GRADOPT_ROLE_RECORD,
       GRADOPT_I64,
       {}},
      {"mask", GRADOPT_ROLE_INPUT, GRADOPT_I1, {-2}},
  };
}

TEST(Manifest, RoundTrip) {
  std::vector<Value> values = sampleValues();
  Bytes table = makeManifest(values);
  Instance instance = create(TestProgram::get(table));
  ASSERT_TRUE(instance) << gradopt_last_error();
  ASSERT_EQ(gradopt_instance_count(instance.get()), values.size());
  EXPECT_EQ(gradopt_instance_model_hash(instance.get()), 0x0123456789abcdefu);
  for (uint32_t i = 0; i < values.size(); ++i) {
    const gradopt_manifest_entry *entry =
        gradopt_instance_entry(instance.get(), i);
    ASSERT_TRUE(entry);
    gradopt_manifest_entry expected = readEntry(table, i);
    EXPECT_EQ(std::memcmp(entry, &expected, sizeof expected), 0) << i;
    EXPECT_EQ(gradopt_instance_name(instance.get(), i), values[i].name);
    EXPECT_EQ(gradopt_instance_find(instance.get(),
                                    gradopt_role(values[i].role),
                                    values[i].name.c_str()),
              int64_t(i));
  }
  EXPECT_EQ(gradopt_instance_find(instance.get(), GRADOPT_ROLE_PARAM, "h"), -1);
  EXPECT_EQ(gradopt_instance_find(instance.get(), GRADOPT_ROLE_PARAM, nullptr),
            -1);
  uint32_t end = uint32_t(values.size());
  EXPECT_EQ(gradopt_instance_entry(instance.get(), end), nullptr);
  EXPECT_EQ(gradopt_instance_name(instance.get(), end), nullptr);
  EXPECT_EQ(gradopt_instance_data(instance.get(), end), nullptr);
}

TEST(Manifest, MayBeEmptyOrUnaligned) {
  Bytes empty = makeManifest({});
  EXPECT_TRUE(create(TestProgram::get(empty))) << gradopt_last_error();

  Bytes table = makeManifest(sampleValues());
  gradopt_program program = TestProgram::get(table);
  Bytes shifted(table.size() + 1);
  std::copy(table.begin(), table.end(), shifted.begin() + 1);
  program.manifest = shifted.data() + 1;
  Instance instance = create(program);
  ASSERT_TRUE(instance) << gradopt_last_error();
  EXPECT_STREQ(gradopt_instance_name(instance.get(), 0), "tokens");
}

// The instance keeps what it checked, whatever becomes of the table.
TEST(Manifest, IsCopied) {
  Bytes table = makeManifest(sampleValues());
  Instance instance = create(TestProgram::get(table));
  ASSERT_TRUE(instance);
  std::fill(table.begin(), table.end(), 0xff);
  EXPECT_STREQ(gradopt_instance_name(instance.get(), 1), "lstm.weight_hh");
}

TEST(Manifest, ElementCounts) {
  auto elements = [](std::vector<int64_t> dims, int64_t time, int64_t batch) {
    Bytes table = makeManifest({{"x", GRADOPT_ROLE_INPUT, GRADOPT_F32, dims}});
    gradopt_manifest_entry entry = readEntry(table, 0);
    return gradopt_entry_elements(&entry, time, batch);
  };
  const int64_t large = int64_t(1) << 40;
  EXPECT_EQ(elements({}, 5, 7), 1);
  EXPECT_EQ(elements({-1, -2, 3}, 5, 7), 105);
  EXPECT_EQ(elements({-1, 3}, 0, 7), 0);
  EXPECT_EQ(elements({large, large, 0}, 5, 7), 0);
  EXPECT_EQ(elements({large, large}, 5, 7), -1);
  EXPECT_EQ(elements({0, -3}, 5, 7), -1);
  EXPECT_EQ(elements({-1}, -5, 7), -1);
  EXPECT_EQ(elements(std::vector<int64_t>(9, 1), 5, 7), -1);
  EXPECT_EQ(gradopt_entry_elements(nullptr, 5, 7), -1);
  EXPECT_EQ(gradopt_element_size(GRADOPT_I1), 1u);
  EXPECT_EQ(gradopt_element_size(GRADOPT_F32), 4u);
  EXPECT_EQ(gradopt_element_size(GRADOPT_I32), 4u);
  EXPECT_EQ(gradopt_element_size(GRADOPT_F64), 8u);
  EXPECT_EQ(gradopt_element_size(GRADOPT_I64), 8u);
  EXPECT_EQ(gradopt_element_size(0), 0u);
  EXPECT_EQ(gradopt_element_size(6), 0u);
}

void expectRefused(const Bytes &table, const std::string &reason) {
  Bytes sound = makeManifest({});
  gradopt_program program = TestProgram::get(sound);
  program.manifest = table.data();
  gradopt_status status;
  EXPECT_FALSE(create(program, 4, 3, &status)) << reason;
  EXPECT_EQ(status, GRADOPT_INCOMPATIBLE) << reason;
  EXPECT_NE(std::string(gradopt_last_error()).find(reason), std::string::npos)
      << "expected \"" << reason << "\", got \"" << gradopt_last_error() << '"';
}

void expectHeaderRefused(
    const std::string &reason,
    const std::function<void(gradopt_manifest_header &)> &damage) {
  Bytes table = makeManifest(sampleValues());
  gradopt_manifest_header header = readHeader(table);
  damage(header);
  writeHeader(table, header);
  expectRefused(table, reason);
}

TEST(Manifest, DamagedHeader) {
  using Header = gradopt_manifest_header;
  expectHeaderRefused("this is no gradopt manifest",
                      [](Header &h) { h.magic[6] = 'X'; });
  expectHeaderRefused("this is no gradopt manifest",
                      [](Header &h) { h.magic[7] = '2'; });
  expectHeaderRefused("compiled for version 1",
                      [](Header &h) { h.abi_version = 1; });
  expectHeaderRefused("entries have 96 bytes instead of 104",
                      [](Header &h) { h.entry_size = 96; });
  expectHeaderRefused("a size of 39 bytes", [](Header &h) { h.size = 39; });
  expectHeaderRefused("a size of 18446744073709551615 bytes",
                      [](Header &h) { h.size = UINT64_MAX; });
  expectHeaderRefused("4294967295 entries do not fit",
                      [](Header &h) { h.count = UINT32_MAX; });
  expectHeaderRefused("15 entries do not fit", [](Header &h) {
    h.count = 15;
    h.size = entryPosition(15) - 1;
  });
  expectHeaderRefused("between the entries and the end",
                      [](Header &h) { --h.strings_offset; });
  expectHeaderRefused("between the entries and the end", [](Header &h) {
    h.strings_offset = uint32_t(h.size) + 1;
  });
  expectHeaderRefused("do not end with a zero byte",
                      [](Header &h) { h.strings_offset = uint32_t(h.size); });
  expectHeaderRefused("do not end with a zero byte",
                      [](Header &h) { --h.size; });
}

void expectEntryRefused(const std::string &reason, Value value) {
  expectRefused(makeManifest({std::move(value)}), reason);
}

TEST(Manifest, DamagedNames) {
  Bytes table = makeManifest(sampleValues());
  gradopt_manifest_entry entry = readEntry(table, 2);
  gradopt_manifest_header header = readHeader(table);
  entry.name = uint32_t(header.size - header.strings_offset);
  writeEntry(table, 2, entry);
  expectRefused(table, "the name of entry 2 lies outside");
  entry.name = UINT32_MAX;
  writeEntry(table, 2, entry);
  expectRefused(table, "the name of entry 2 lies outside");

  for (const char *name :
       {"\x80", "\xbf\xbf", "\xc3", "\xc0\xaf", "\xe2\x82", "\xe0\x9f\xbf",
        "\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xff"})
    expectEntryRefused("the name of entry 0 is not UTF-8", {name});
  for (const char *name : {"\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80"}) {
    Bytes sound = makeManifest({{name}});
    EXPECT_TRUE(create(TestProgram::get(sound))) << gradopt_last_error();
  }

  for (uint32_t role : {GRADOPT_ROLE_INPUT, GRADOPT_ROLE_PARAM,
                        GRADOPT_ROLE_STATE, GRADOPT_ROLE_HYPER})
    expectEntryRefused("it has no name", {"", role});
  expectRefused(makeManifest({{"w"}, {"v"}, {"w"}}),
                "more than one parameter \"w\"");
  expectRefused(
      makeManifest({{"", GRADOPT_ROLE_LOSS}, {"", GRADOPT_ROLE_LOSS}}),
      "more than one loss \"\"");
  // A message is one line, whatever a name holds.
  expectEntryRefused("parameter \"a?b\"",
                     {"a\nb", GRADOPT_ROLE_PARAM, GRADOPT_I32});
}

TEST(Manifest, DamagedEntries) {
  const uint32_t param = GRADOPT_ROLE_PARAM, f32 = GRADOPT_F32;
  expectEntryRefused("unknown role 0", {"w", 0});
  expectEntryRefused("unknown role 14", {"w", 14});
  expectEntryRefused("unknown role 4294967295", {"w", UINT32_MAX});
  expectEntryRefused("unknown element type", {"w", param, 0});
  expectEntryRefused("unknown element type", {"w", param, 6});
  for (uint32_t role : {GRADOPT_ROLE_PARAM, GRADOPT_ROLE_HYPER,
                        GRADOPT_ROLE_LOSS, GRADOPT_ROLE_GRAD})
    expectEntryRefused("not f32 or f64", {"w", role, GRADOPT_I64});
  expectEntryRefused("not i32 or i64", {"key", GRADOPT_ROLE_RANDOM, f32});
  expectEntryRefused("too many dimensions",
                     {"w", param, f32, std::vector<int64_t>(9, 1)});
  expectEntryRefused("negative dimension",
                     {"x", GRADOPT_ROLE_INPUT, f32, {2, -3}});
  expectEntryRefused("negative dimension",
                     {"x", GRADOPT_ROLE_INPUT, f32, {INT64_MIN}});
  for (uint32_t role :
       {GRADOPT_ROLE_PARAM, GRADOPT_ROLE_OPTIMIZER_STATE,
        GRADOPT_ROLE_CLIP_STATE, GRADOPT_ROLE_HYPER, GRADOPT_ROLE_GRAD})
    expectEntryRefused("may not depend on time or batch",
                       {"w", role, f32, {-2}});
  expectEntryRefused("dimensions overflow",
                     {"w", param, f32, {INT64_MAX, INT64_MAX}});
  expectEntryRefused("neither one nor two slots", {"w", param, f32, {}, 0});
  expectEntryRefused("neither one nor two slots", {"w", param, f32, {}, 3});
  for (uint32_t role :
       {GRADOPT_ROLE_INPUT, GRADOPT_ROLE_LOSS, GRADOPT_ROLE_METRIC,
        GRADOPT_ROLE_OUTPUT, GRADOPT_ROLE_GRAD, GRADOPT_ROLE_RECORD})
    expectEntryRefused("of this role has one slot", {"w", role, f32, {}, 2});
  expectEntryRefused(
      "has no initializer",
      {"h", GRADOPT_ROLE_STATE, f32, {}, 1, GRADOPT_INIT_CONSTANT, 1});
  expectEntryRefused("a count of non-finite elements is i64",
                     {"gradient/w/nonfinite", GRADOPT_ROLE_RECORD, f32});
}

TEST(Manifest, DamagedInitializers) {
  auto refused = [](const std::string &reason, uint32_t init, double a,
                    double b, std::vector<int64_t> dims = {2, 2}) {
    expectEntryRefused(reason, {"w", GRADOPT_ROLE_PARAM, GRADOPT_F32,
                                std::move(dims), 1, init, a, b});
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double inf = std::numeric_limits<double>::infinity();
  refused("unknown initializer", 10, 0, 0);
  refused("unknown initializer", UINT32_MAX, 0, 0);
  for (uint32_t init = GRADOPT_INIT_CONSTANT; init <= GRADOPT_INIT_FORGET_BIAS;
       ++init)
    for (double bad : {nan, inf, -inf})
      refused("initializer is NaN or Inf", init, bad, 1);
  for (uint32_t init : {GRADOPT_INIT_UNIFORM, GRADOPT_INIT_NORMAL,
                        GRADOPT_INIT_TRUNCATED_NORMAL})
    for (double bad : {nan, inf, -inf})
      refused("initializer is NaN or Inf", init, 0, bad);
  refused("in the wrong order", GRADOPT_INIT_UNIFORM, 1, 0.5);
  refused("standard deviation", GRADOPT_INIT_NORMAL, 0, -1);
  refused("standard deviation", GRADOPT_INIT_TRUNCATED_NORMAL, 0, -1);
  refused("xavier initializer needs", GRADOPT_INIT_XAVIER, 1, 0, {});
  refused("he initializer needs", GRADOPT_INIT_HE, 1, 0, {});
  refused("forget_bias initializer needs", GRADOPT_INIT_FORGET_BIAS, 1, 0, {});
  refused("forget_bias initializer needs", GRADOPT_INIT_FORGET_BIAS, 1, 0,
          {4, 6});
  refused("orthogonal initializer needs", GRADOPT_INIT_ORTHOGONAL, 1, 0, {4});
  refused("identity initializer needs", GRADOPT_INIT_IDENTITY, 1, 0, {4});
  refused("identity initializer needs", GRADOPT_INIT_IDENTITY, 1, 0, {2, 2, 2});
}

/// Puts every value at the same place of a small arena: what a damaged table
/// makes too large does not fit.
int64_t smallLayout(int64_t, int64_t, int64_t *offsets) {
  const Bytes &table = *TestProgram::manifest;
  for (uint32_t i = 0; i < readHeader(table).count; ++i) {
    offsets[2 * i] = sizeof(gradopt_record_header);
    offsets[2 * i + 1] = offsets[2 * i];
    if (readEntry(table, i).slots == 2)
      offsets[2 * i + 1] += 4096;
  }
  return 16384;
}

// Every byte of a table set to every interesting value: refused with a reason
// or accepted, but nothing outside the table is read (run under a sanitizer).
TEST(Manifest, HostileBytes) {
  Bytes sound = makeManifest(sampleValues());
  int refused = 0, accepted = 0;
  for (size_t position = 0; position < sound.size(); ++position)
    for (unsigned value : {0x00u, 0x01u, 0x7fu, 0x80u, 0xfeu, 0xffu}) {
      Bytes table = sound;
      table[position] = static_cast<unsigned char>(value);
      // How much memory the table has is known from its size field alone.
      uint64_t size = readHeader(table).size;
      if (size > sound.size() && size < (uint64_t(1) << 32))
        continue;
      gradopt_program program = TestProgram::get(table);
      program.layout = smallLayout;
      gradopt_status status;
      Instance instance = create(program, 4, 3, &status);
      ASSERT_EQ(status == GRADOPT_OK, instance != nullptr);
      if (instance) {
        gradopt_instance_initialize(instance.get(), 1);
        gradopt_instance_run(instance.get(), 4, 3, nullptr);
        ++accepted;
      } else {
        ++refused;
      }
    }
  EXPECT_GT(refused, 1000);
  EXPECT_GT(accepted, 1000);
}

} // namespace
