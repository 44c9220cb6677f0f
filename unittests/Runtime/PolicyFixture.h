//===- PolicyFixture.h - Steps under policies -------------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_UNITTESTS_RUNTIME_POLICYFIXTURE_H
#define GRADOPT_UNITTESTS_RUNTIME_POLICYFIXTURE_H

#include "RecurrentStep.h"

#include <gtest/gtest.h>

#include <limits>

inline const float nan32 = std::numeric_limits<float>::quiet_NaN();
inline const float inf32 = std::numeric_limits<float>::infinity();

/// An instance of RecurrentStep of 4 time steps and 3 batch rows.
class Policy : public testing::Test {
protected:
  void SetUp() override {
    RecurrentStep::reset();
    instance = create(RecurrentStep::get(), 4, 3);
    ASSERT_TRUE(instance) << gradopt_last_error();
    ASSERT_EQ(gradopt_instance_initialize(instance.get(), 1), GRADOPT_OK);
    float *x = data<float>(instance, GRADOPT_ROLE_INPUT, "x");
    for (int i = 0; i < 12; ++i)
      x[i] = 0.25f * float(i);
  }

  gradopt_step_report run(gradopt_status expected = GRADOPT_OK) {
    gradopt_step_report report;
    EXPECT_EQ(gradopt_instance_run(instance.get(), 4, 3, &report), expected);
    return report;
  }

  /// Runs a step in which these faults happen.
  gradopt_step_report runWith(std::vector<Fault> faults,
                              gradopt_status expected = GRADOPT_OK) {
    RecurrentStep::faults = std::move(faults);
    gradopt_step_report report = run(expected);
    RecurrentStep::faults.clear();
    return report;
  }

  /// The bits of all that a skipped step must not change.
  Bytes guarded() const {
    Bytes bits;
    for (uint32_t i = 0; i < gradopt_instance_count(instance.get()); ++i) {
      const gradopt_manifest_entry *entry =
          gradopt_instance_entry(instance.get(), i);
      if (entry->slots != 2)
        continue;
      auto *bytes = static_cast<const unsigned char *>(
          gradopt_instance_data(instance.get(), i));
      bits.insert(bits.end(), bytes,
                  bytes +
                      gradopt_entry_elements(entry, 4, 3) *
                          int64_t(gradopt_element_size(entry->element_type)));
    }
    return bits;
  }

  int64_t stepCount() const {
    return *data<int64_t>(instance, GRADOPT_ROLE_STEP_COUNT, "");
  }

  void setPolicy(gradopt_policy policy, uint32_t skips = 10) {
    gradopt_instance_set_policy(instance.get(), policy, skips);
  }

  Instance instance;
};

inline constexpr float kLarge = 1e37f; // finite, beyond 0.001 of the range

inline const Fault kNonfinite = {"state/h", nan32, 1};
inline const Fault kOverflow = {"gradient/rnn.bias", kLarge, 2};
// The gradients are made of the loss.
inline const Fault kDivergence = {"loss", 1e4f, 1};

/// The same with policies to be set.
class Policies : public Policy {
public:
  using Policy::guarded;

protected:
  gradopt_policies policies = GRADOPT_DEFAULT_POLICIES;

  void SetUp() override {
    Policy::SetUp();
    policies.median_warmup = 1;
  }

  gradopt_status set(uint32_t nonfinite, uint32_t overflow = GRADOPT_IGNORE,
                     uint32_t divergence = GRADOPT_IGNORE) {
    policies.on_event[GRADOPT_NONFINITE] = nonfinite;
    policies.on_event[GRADOPT_OVERFLOW] = overflow;
    policies.on_event[GRADOPT_DIVERGENCE] = divergence;
    return gradopt_instance_set_policies(instance.get(), &policies);
  }

  std::string format(const gradopt_step_report &report) const {
    char line[512];
    gradopt_format_report(&report, line, sizeof line);
    return line;
  }

  float bias(int i) const {
    return data<float>(instance, GRADOPT_ROLE_PARAM, "rnn.bias")[i];
  }
  float *h() const { return data<float>(instance, GRADOPT_ROLE_STATE, "h"); }
  void setRate(float rate) const {
    *data<float>(instance, GRADOPT_ROLE_HYPER, "learning_rate") = rate;
  }
};

#endif // GRADOPT_UNITTESTS_RUNTIME_POLICYFIXTURE_H
