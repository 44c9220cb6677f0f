//===- ManifestTest.cpp - What a compiled step says of itself -------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestStep.h"

#include <gtest/gtest.h>

#include <sstream>

using mlir::gradopt::CompiledStep;

namespace {

constexpr int64_t T = GRADOPT_DIM_TIME, B = GRADOPT_DIM_BATCH;

std::ostream &print(std::ostream &out, const Value &value) {
  out << "role " << value.role << " \"" << value.name << "\" type "
      << value.elementType << " slots " << value.slots << " init " << value.init
      << "(" << value.a << ", " << value.b << ") dims";
  for (int64_t dim : value.dims)
    out << " " << dim;
  return out;
}

std::string toString(const Value &value) {
  std::ostringstream text;
  print(text, value);
  return text.str();
}

/// The table, read byte by byte as the header describes it.
std::vector<std::string> readManifest(const gradopt_program &program) {
  const auto *table = static_cast<const char *>(program.manifest);
  gradopt_manifest_header header;
  std::memcpy(&header, table, sizeof header);
  EXPECT_STREQ(header.magic, GRADOPT_MANIFEST_MAGIC);
  EXPECT_EQ(header.abi_version, GRADOPT_ABI_VERSION);
  EXPECT_EQ(header.entry_size, sizeof(gradopt_manifest_entry));
  EXPECT_EQ(header.strings_offset,
            sizeof header + header.count * sizeof(gradopt_manifest_entry));
  std::vector<std::string> values;
  uint64_t end = header.strings_offset;
  for (uint32_t i = 0; i < header.count; ++i) {
    gradopt_manifest_entry entry;
    std::memcpy(&entry, table + entryPosition(i), sizeof entry);
    Value value;
    value.name = table + header.strings_offset + entry.name;
    end += value.name.size() + 1;
    value.role = entry.role;
    value.elementType = entry.element_type;
    value.slots = entry.slots;
    value.init = entry.init;
    value.a = entry.init_a;
    value.b = entry.init_b;
    value.dims.assign(entry.dims, entry.dims + entry.rank);
    values.push_back(toString(value));
  }
  EXPECT_EQ(header.size, end);
  return values;
}

void expectManifest(const CompiledStep &step,
                    const std::vector<Value> &expected) {
  std::vector<std::string> values = readManifest(step.getProgram());
  ASSERT_EQ(values.size(), expected.size());
  for (size_t i = 0; i < values.size(); ++i)
    EXPECT_EQ(values[i], toString(expected[i])) << "entry " << i;
}

TEST(StepManifest, OfAForeignStep) {
  auto step = compileForeign(kForeignStep, kGuardWithClip);
  ASSERT_TRUE(step);
  const uint32_t f32 = GRADOPT_F32, i64 = GRADOPT_I64;
  const uint32_t record = GRADOPT_ROLE_RECORD;
  expectManifest(
      *step,
      {
          {"w.bad", GRADOPT_ROLE_INPUT, f32, {3, 2}},
          {"b.bad", GRADOPT_ROLE_INPUT, f32, {2}},
          {"loss.bad", GRADOPT_ROLE_INPUT, f32, {}},
          {"h.bad", GRADOPT_ROLE_INPUT, f32, {B, 2}},
          {"w", GRADOPT_ROLE_PARAM, f32, {3, 2}, 2, GRADOPT_INIT_NORMAL, 0, 1},
          {"b", GRADOPT_ROLE_PARAM, f32, {2}, 2, GRADOPT_INIT_NORMAL, 0, 1},
          {"h", GRADOPT_ROLE_STATE, f32, {B, 2}, 2},
          {"", GRADOPT_ROLE_STEP_COUNT, i64, {}, 2},
          {"w/m", GRADOPT_ROLE_OPTIMIZER_STATE, f32, {3, 2}, 2},
          {"w/v", GRADOPT_ROLE_OPTIMIZER_STATE, f32, {3, 2}, 2},
          {"learning_rate",
           GRADOPT_ROLE_HYPER,
           f32,
           {},
           1,
           GRADOPT_INIT_CONSTANT,
           1},
          {"", GRADOPT_ROLE_LOSS, f32, {}},
          {"gradient/w/norm", record, f32, {}},
          {"gradient/b/norm", record, f32, {}},
          {"gradient/global/norm", record, f32, {}},
          {"loss/nonfinite", record, i64, {}},
          {"gradient/w/nonfinite", record, i64, {}},
          {"gradient/b/nonfinite", record, i64, {}},
          {"update/w/nonfinite", record, i64, {}},
          {"update/b/nonfinite", record, i64, {}},
          {"state/h/nonfinite", record, i64, {}},
          {"update/w/m/nonfinite", record, i64, {}},
          {"update/w/v/nonfinite", record, i64, {}},
      });
}

// A float is widened to a double, as the attribute has it.
TEST(StepManifest, OfAModel) {
  auto step = compileModel(kModel);
  ASSERT_TRUE(step);
  const uint32_t f32 = GRADOPT_F32, f64 = GRADOPT_F64, i64 = GRADOPT_I64;
  const uint32_t param = GRADOPT_ROLE_PARAM, grad = GRADOPT_ROLE_GRAD,
                 state = GRADOPT_ROLE_OPTIMIZER_STATE,
                 record = GRADOPT_ROLE_RECORD;
  expectManifest(
      *step,
      {
          {"x", GRADOPT_ROLE_INPUT, f32, {T, B, 2}},
          {"target", GRADOPT_ROLE_INPUT, f32, {T, B, 5}},
          {"h", GRADOPT_ROLE_STATE, f32, {B, 3}, 2},
          {"rnn.weight_ih", param, f32, {2, 3}, 2, GRADOPT_INIT_XAVIER, 1},
          {"rnn.weight_hh", param, f32, {3, 3}, 2, GRADOPT_INIT_ORTHOGONAL, 1},
          {"out.weight", param, f32, {3, 5}, 2, GRADOPT_INIT_NORMAL, 0.25, 0.5},
      });
}

} // namespace
