//===- PolicyResumeTest.cpp - Policies over a checkpoint ------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PolicyFixture.h"

namespace {

class PolicyResume : public Policy {
protected:
  static gradopt_policies makePolicies() {
    gradopt_policies policies = GRADOPT_DEFAULT_POLICIES;
    policies.on_event[GRADOPT_NONFINITE] = GRADOPT_BACK_OFF;
    policies.on_event[GRADOPT_OVERFLOW] = GRADOPT_SKIP;
    policies.on_event[GRADOPT_DIVERGENCE] = GRADOPT_ROLL_BACK;
    policies.carried_state = GRADOPT_ZERO;
    policies.max_consecutive_skips = 5;
    policies.recover_after = 3;
    policies.roll_back_after = 2;
    policies.snapshot_every = 4;
    policies.median_window = 5;
    policies.median_warmup = 2;
    policies.divergence_factor = 3;
    return policies;
  }

  void setPolicies(const gradopt_policies &policies) {
    ASSERT_EQ(gradopt_instance_set_policies(instance.get(), &policies),
              GRADOPT_OK);
  }

  /// What happens in step `i` of a run that sees everything.
  static std::vector<Fault> script(int i) {
    std::vector<Fault> faults = {{"loss", float(8 + i % 5), 1}};
    if (i % 11 == 6)
      faults.push_back({"gradient/rnn.bias", nan32, 1});
    if (i % 13 == 9)
      faults.push_back({"state/h", 1e37f, 2});
    if (i % 10 == 3 || i % 10 == 4)
      faults[0].value = 500;
    return faults;
  }

  std::string step(int i) {
    gradopt_step_report report = runWith(script(i));
    char line[512];
    gradopt_format_report(&report, line, sizeof line);
    return line;
  }

  std::vector<uint64_t> save() const {
    size_t size = gradopt_instance_policy_state_size(instance.get());
    EXPECT_EQ(size % 8, 0u);
    std::vector<uint64_t> words(size / 8);
    gradopt_instance_save_policy_state(instance.get(), words.data());
    return words;
  }

  gradopt_status load(const std::vector<uint64_t> &words) {
    return gradopt_instance_load_policy_state(instance.get(), words.data(),
                                              words.size() * 8);
  }

  /// Puts `bits`, as guarded() gave them, into the instance.
  void restore(const Bytes &bits) {
    const unsigned char *from = bits.data();
    for (uint32_t i = 0; i < gradopt_instance_count(instance.get()); ++i) {
      const gradopt_manifest_entry *entry =
          gradopt_instance_entry(instance.get(), i);
      if (entry->slots != 2)
        continue;
      auto bytes = size_t(gradopt_entry_elements(entry, 4, 3)) *
                   gradopt_element_size(entry->element_type);
      std::memcpy(gradopt_instance_data(instance.get(), i), from, bytes);
      from += bytes;
    }
  }
};

// Wherever a run is cut, it goes on as if it had not been.
TEST_F(PolicyResume, GoesOnBitByBit) {
  constexpr int steps = 40;
  setPolicies(makePolicies());
  std::vector<std::string> lines;
  std::vector<Bytes> values = {guarded()};
  std::vector<std::vector<uint64_t>> states = {save()};
  std::string all;
  for (int i = 0; i < steps; ++i) {
    lines.push_back(step(i));
    all += lines.back() + "\n";
    values.push_back(guarded());
    states.push_back(save());
  }
  // The script has seen everything.
  for (const char *part : {"step skipped (1", "learning rates times 0.5",
                           "rolled back to the state after step", "zeroed"})
    EXPECT_NE(all.find(part), std::string::npos) << part << "\n" << all;

  for (int cut = 0; cut < steps; ++cut) {
    SetUp();
    setPolicies(makePolicies());
    restore(values[size_t(cut)]);
    gradopt_instance_set_step(instance.get(), uint64_t(cut));
    ASSERT_EQ(load(states[size_t(cut)]), GRADOPT_OK) << gradopt_last_error();
    EXPECT_EQ(save(), states[size_t(cut)]);
    for (int i = cut; i < steps; ++i) {
      ASSERT_EQ(step(i), lines[size_t(i)]) << "cut at " << cut;
      ASSERT_EQ(guarded(), values[size_t(i) + 1]) << "cut at " << cut;
    }
  }
}

TEST_F(PolicyResume, NothingToRememberIsNothing) {
  run();
  EXPECT_EQ(gradopt_instance_policy_state_size(instance.get()), 0u);
  runWith({{"loss", nan32, 1}});
  EXPECT_EQ(gradopt_instance_policy_state_size(instance.get()), 80u);
  run();
  EXPECT_EQ(gradopt_instance_policy_state_size(instance.get()), 0u);
}

// To resume a stopped run is to try again.
TEST_F(PolicyResume, AStoppedRunForgetsItsRow) {
  gradopt_instance_set_policy(instance.get(), GRADOPT_SKIP, 1);
  runWith({{"loss", nan32, 1}});
  runWith({{"loss", nan32, 1}}, GRADOPT_STOPPED);
  EXPECT_EQ(gradopt_instance_policy_state_size(instance.get()), 0u);
}

TEST_F(PolicyResume, AStoppedRunForgetsItsRollBacks) {
  gradopt_policies policies = GRADOPT_DEFAULT_POLICIES;
  policies.on_event[GRADOPT_NONFINITE] = GRADOPT_ROLL_BACK;
  policies.roll_back_after = policies.max_roll_backs = 1;
  setPolicies(policies);
  EXPECT_EQ(runWith({kNonfinite}).action, GRADOPT_ACTION_ROLLED_BACK);
  runWith({kNonfinite}, GRADOPT_STOPPED);
  std::vector<uint64_t> state = save();
  SetUp();
  setPolicies(policies);
  ASSERT_EQ(load(state), GRADOPT_OK);
  EXPECT_EQ(runWith({kNonfinite}).action, GRADOPT_ACTION_ROLLED_BACK);
}

// Other policies take what they have a use for.
TEST_F(PolicyResume, UnderOtherPolicies) {
  setPolicies(makePolicies());
  for (int i = 0; i < 7; ++i)
    step(i);
  std::vector<uint64_t> state = save();
  SetUp();
  gradopt_policies policies = makePolicies();
  policies.median_window = 3;
  policies.on_event[GRADOPT_NONFINITE] = GRADOPT_SKIP;
  setPolicies(policies);
  ASSERT_EQ(load(state), GRADOPT_OK);
  std::vector<uint64_t> kept = save();
  EXPECT_LT(kept.size(), state.size());
  EXPECT_EQ(run().rate_factor, 1);
  SetUp();
  ASSERT_EQ(load(state), GRADOPT_OK);
  EXPECT_EQ(run().action, GRADOPT_ACTION_COMMITTED);
  ASSERT_EQ(load({}), GRADOPT_OK);
}

TEST_F(PolicyResume, DamagedStatesAreRefused) {
  setPolicies(makePolicies());
  for (int i = 0; i < 9; ++i)
    step(i);
  const std::vector<uint64_t> state = save();
  for (size_t size = 1; size < state.size(); ++size)
    EXPECT_EQ(load({state.begin(), state.begin() + int64_t(size)}),
              GRADOPT_INCOMPATIBLE)
        << size;
  std::vector<uint64_t> longer = state;
  longer.push_back(0);
  EXPECT_EQ(load(longer), GRADOPT_INCOMPATIBLE);
  // Each word of the head but the snapshot's step, which may be any.
  for (size_t word = 0; word < 9; ++word) {
    std::vector<uint64_t> damaged = state;
    damaged[word] ^= uint64_t(1) << 40;
    EXPECT_EQ(load(damaged), GRADOPT_INCOMPATIBLE) << word;
  }
  std::vector<uint64_t> notFinite = state;
  notFinite[10] = UINT64_C(0x7ff0000000000000);
  EXPECT_EQ(load(notFinite), GRADOPT_INCOMPATIBLE);
  EXPECT_EQ(gradopt_instance_load_policy_state(instance.get(), state.data(),
                                               state.size() * 8 - 1),
            GRADOPT_INCOMPATIBLE);
  // None of them changed anything.
  EXPECT_EQ(save(), state);
}

} // namespace
