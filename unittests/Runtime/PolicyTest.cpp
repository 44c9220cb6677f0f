//===- PolicyTest.cpp - Steps under a policy ------------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PolicyFixture.h"

namespace {

TEST_F(Policy, HealthyStepsCommit) {
  for (uint64_t step = 1; step <= 3; ++step) {
    Bytes before = guarded();
    gradopt_step_report report = run();
    EXPECT_EQ(report.step, step);
    EXPECT_EQ(report.phase, GRADOPT_PHASE_NONE);
    EXPECT_EQ(report.action, GRADOPT_ACTION_COMMITTED);
    EXPECT_STREQ(report.name, "");
    EXPECT_EQ(report.nonfinite, 0);
    EXPECT_EQ(report.bad_values, 0u);
    EXPECT_EQ(report.consecutive_skips, 0u);
    EXPECT_EQ(report.total_skips, 0u);
    EXPECT_NE(guarded(), before);
    EXPECT_EQ(stepCount(), int64_t(step));
  }
}

// What the step computed must be what the next step reads, for every value.
TEST_F(Policy, CommitSwapsAllValues) {
  run();
  Bytes next = RecurrentStep::lastNext;
  EXPECT_EQ(guarded(), next);
  run();
  EXPECT_NE(guarded(), next);
  EXPECT_EQ(guarded(), RecurrentStep::lastNext);
}

TEST_F(Policy, SkipKeepsEveryBit) {
  run();
  Bytes before = guarded();
  for (const char *place :
       {"loss", "gradient/rnn.bias", "update/rnn.bias", "state/h"}) {
    gradopt_step_report report = runWith({{place, nan32, 1}});
    EXPECT_EQ(report.action, GRADOPT_ACTION_SKIPPED) << place;
    EXPECT_EQ(guarded(), before) << place;
    EXPECT_NE(RecurrentStep::lastNext, before) << place;
  }
  // A skipped step can be run again and then gives what it would have given.
  run();
  Bytes retried = guarded();
  SetUp();
  run();
  run();
  EXPECT_EQ(guarded(), retried);
}

struct NamingCase {
  const char *place;
  gradopt_phase phase;
  const char *name;
};

class Naming : public Policy, public testing::WithParamInterface<NamingCase> {};

INSTANTIATE_TEST_SUITE_P(
    Phases, Naming,
    testing::Values(
        NamingCase{"loss", GRADOPT_PHASE_LOSS, ""},
        NamingCase{"gradient/rnn.weight_hh", GRADOPT_PHASE_GRADIENT,
                   "rnn.weight_hh"},
        NamingCase{"gradient/rnn.bias", GRADOPT_PHASE_GRADIENT, "rnn.bias"},
        NamingCase{"update/rnn.weight_hh", GRADOPT_PHASE_UPDATE,
                   "rnn.weight_hh"},
        NamingCase{"update/rnn.weight_hh/m", GRADOPT_PHASE_UPDATE,
                   "rnn.weight_hh/m"},
        NamingCase{"update/rnn.bias", GRADOPT_PHASE_UPDATE, "rnn.bias"},
        NamingCase{"state/h", GRADOPT_PHASE_STATE, "h"}));

TEST_P(Naming, OfNanAndInf) {
  int elements = std::string(GetParam().place) == "loss" ? 1 : 2;
  for (float bad : {nan32, inf32, -inf32}) {
    gradopt_step_report report = runWith({{GetParam().place, bad, elements}});
    EXPECT_EQ(report.action, GRADOPT_ACTION_SKIPPED);
    EXPECT_EQ(report.phase, GetParam().phase);
    EXPECT_STREQ(report.name, GetParam().name);
    EXPECT_EQ(report.nonfinite, elements);
    EXPECT_GE(report.bad_values, 1u);
  }
}

// A signalling NaN and the largest finite number lie next to each other.
TEST_P(Naming, LooksAtExponentsOnly) {
  uint32_t bits = 0x7f800001;
  float signalling;
  std::memcpy(&signalling, &bits, sizeof bits);
  gradopt_step_report report = runWith({{GetParam().place, signalling, 1}});
  EXPECT_EQ(report.phase, GetParam().phase);
}

TEST_F(Policy, EarliestPhaseWins) {
  std::vector<Fault> faults = {{"state/h", nan32, 1},
                               {"update/rnn.bias", nan32, 2},
                               {"gradient/rnn.bias", inf32, 3},
                               {"loss", nan32, 1}};
  const gradopt_phase phases[] = {GRADOPT_PHASE_STATE, GRADOPT_PHASE_UPDATE,
                                  GRADOPT_PHASE_GRADIENT, GRADOPT_PHASE_LOSS};
  for (size_t count = 1; count <= faults.size(); ++count) {
    gradopt_step_report report =
        runWith({faults.begin(), faults.begin() + int64_t(count)});
    EXPECT_EQ(report.phase, phases[count - 1]);
  }
}

// In the record, rnn.weight_hh stands before rnn.bias and both stand after the
// joint count of all gradients.
TEST_F(Policy, EarliestEntryGivesTheName) {
  gradopt_step_report report = runWith(
      {{"gradient/rnn.bias", nan32, 3}, {"gradient/rnn.weight_hh", nan32, 2}});
  EXPECT_STREQ(report.name, "rnn.weight_hh");
  EXPECT_EQ(report.nonfinite, 2);
}

TEST_F(Policy, JointCountNamesNothing) {
  RecurrentStep::hiddenCounts = {"gradient/rnn.bias/nonfinite"};
  gradopt_step_report report = runWith({{"gradient/rnn.bias", nan32, 3}});
  EXPECT_EQ(report.phase, GRADOPT_PHASE_GRADIENT);
  EXPECT_STREQ(report.name, "");
  EXPECT_EQ(report.nonfinite, 3);
}

TEST_F(Policy, UncountedFailureIsNotExplained) {
  Bytes before = guarded();
  RecurrentStep::forceNotOk = true;
  gradopt_step_report report = run();
  EXPECT_EQ(report.action, GRADOPT_ACTION_SKIPPED);
  EXPECT_EQ(report.phase, GRADOPT_PHASE_NONE);
  EXPECT_STREQ(report.name, "");
  EXPECT_EQ(report.nonfinite, 0);
  EXPECT_EQ(guarded(), before);
}

// The loss is in the arena: it can be looked at although nobody counted it.
TEST_F(Policy, UncountedLossIsSeen) {
  RecurrentStep::hiddenCounts = {"loss/nonfinite"};
  gradopt_step_report report = runWith({{"loss", nan32, 1}});
  EXPECT_EQ(report.phase, GRADOPT_PHASE_LOSS);
  EXPECT_EQ(report.nonfinite, 1);
  report = runWith({{"loss", nan32, 1}, {"gradient/rnn.bias", nan32, 1}});
  EXPECT_EQ(report.phase, GRADOPT_PHASE_LOSS);
  EXPECT_STREQ(report.name, "");
}

TEST_F(Policy, ObservedCountDoesNotTrigger) {
  for (gradopt_policy policy : {GRADOPT_REPORT, GRADOPT_SKIP, GRADOPT_STOP}) {
    setPolicy(policy);
    gradopt_step_report report = runWith({{"monitor/activation", nan32, 5}});
    EXPECT_EQ(report.action, GRADOPT_ACTION_COMMITTED);
    EXPECT_EQ(report.phase, GRADOPT_PHASE_NONE);
    EXPECT_STREQ(report.name, "");
    EXPECT_EQ(report.bad_values, 1u);
  }
}

// Even a count of a guarded value: the guard itself found the step sound.
TEST_F(Policy, OkOutweighsCounts) {
  setPolicy(GRADOPT_STOP);
  RecurrentStep::forceOk = true;
  gradopt_step_report report = runWith({{"gradient/rnn.bias", nan32, 1}});
  EXPECT_EQ(report.action, GRADOPT_ACTION_COMMITTED);
  EXPECT_EQ(report.phase, GRADOPT_PHASE_NONE);
  EXPECT_GE(report.bad_values, 1u);
}

TEST_F(Policy, ObservedValueDoesNotExplain) {
  gradopt_step_report report =
      runWith({{"monitor/activation", nan32, 5}, {"state/h", nan32, 1}});
  EXPECT_EQ(report.phase, GRADOPT_PHASE_STATE);
  EXPECT_STREQ(report.name, "h");
}

// The loss names no parameter; what it is made of does.
TEST_F(Policy, LossNamesTheStateThatWentFirst) {
  gradopt_step_report report =
      runWith({{"loss", inf32, 1}, {"through_time", nan32, -1}});
  EXPECT_EQ(report.phase, GRADOPT_PHASE_LOSS);
  EXPECT_STREQ(report.name, "rnn/h");
  EXPECT_EQ(report.time_step, 3);
  char line[256];
  gradopt_format_report(&report, line, sizeof line);
  EXPECT_NE(std::string(line).find("the loss is not finite: state \"rnn/h\" is "
                                   "not, from time step"),
            std::string::npos)
      << line;

  report = runWith({{"loss", inf32, 1}});
  EXPECT_STREQ(report.name, "");
  EXPECT_EQ(report.time_step, -1);

  // A state that is only watched does not explain another phase.
  report =
      runWith({{"gradient/rnn.bias", inf32, 1}, {"through_time", nan32, 1}});
  EXPECT_STREQ(report.name, "rnn.bias");
  EXPECT_EQ(report.time_step, -1);
}

// through_time has one value per time step: only those of this call count.
TEST_F(Policy, RecordedValuesAreReadAtTheSizesOfTheCall) {
  gradopt_step_report report = runWith({{"through_time", inf32, 1}});
  EXPECT_EQ(report.bad_values, 1u);
  RecurrentStep::faults = {{"through_time", inf32, 4}};
  gradopt_step_report shorter;
  ASSERT_EQ(gradopt_instance_run(instance.get(), 0, 3, &shorter), GRADOPT_OK);
  EXPECT_EQ(shorter.bad_values, 0u);
}

TEST_F(Policy, SkipsTenInARowThenStops) {
  Bytes before = guarded();
  for (uint32_t skips = 1; skips <= 10; ++skips) {
    gradopt_step_report report = runWith({{"gradient/rnn.bias", nan32, 1}});
    EXPECT_EQ(report.action, GRADOPT_ACTION_SKIPPED);
    EXPECT_EQ(report.consecutive_skips, skips);
    EXPECT_EQ(report.total_skips, skips);
  }
  gradopt_step_report last =
      runWith({{"gradient/rnn.bias", nan32, 1}}, GRADOPT_STOPPED);
  EXPECT_EQ(last.action, GRADOPT_ACTION_STOPPED);
  EXPECT_EQ(last.step, 11u);
  EXPECT_EQ(last.consecutive_skips, 11u);
  EXPECT_EQ(last.total_skips, 11u);
  EXPECT_EQ(guarded(), before);
  EXPECT_STREQ(gradopt_last_error(),
               "step 11: gradient of \"rnn.bias\" is not finite (1 of its "
               "elements is NaN or Inf); run stopped after 11 such steps in a "
               "row");
}

TEST_F(Policy, HealthyStepEndsARowOfSkips) {
  setPolicy(GRADOPT_SKIP, 2);
  for (int round = 0; round < 3; ++round) {
    runWith({{"loss", nan32, 1}});
    gradopt_step_report report = runWith({{"loss", nan32, 1}});
    EXPECT_EQ(report.consecutive_skips, 2u);
    report = run();
    EXPECT_EQ(report.action, GRADOPT_ACTION_COMMITTED);
    EXPECT_EQ(report.consecutive_skips, 0u);
    EXPECT_EQ(report.total_skips, uint64_t(2 * (round + 1)));
  }
  EXPECT_EQ(stepCount(), 3);
  EXPECT_EQ(gradopt_instance_step(instance.get()), 9u);
}

TEST_F(Policy, NoSkipsAllowed) {
  setPolicy(GRADOPT_SKIP, 0);
  EXPECT_EQ(runWith({{"loss", nan32, 1}}, GRADOPT_STOPPED).action,
            GRADOPT_ACTION_STOPPED);
}

TEST_F(Policy, StopRefusesToGoOn) {
  setPolicy(GRADOPT_STOP);
  run();
  Bytes before = guarded();
  gradopt_step_report report =
      runWith({{"state/h", inf32, 2}}, GRADOPT_STOPPED);
  EXPECT_EQ(report.action, GRADOPT_ACTION_STOPPED);
  EXPECT_EQ(report.step, 2u);
  EXPECT_EQ(guarded(), before);
  // The cause is gone and so is the policy, the run stays stopped.
  setPolicy(GRADOPT_REPORT);
  int calls = RecurrentStep::calls;
  gradopt_step_report again = run(GRADOPT_STOPPED);
  EXPECT_EQ(RecurrentStep::calls, calls);
  EXPECT_EQ(again.step, 2u);
  EXPECT_EQ(again.phase, GRADOPT_PHASE_STATE);
  EXPECT_STREQ(again.name, "h");
  EXPECT_EQ(again.nonfinite, 2);
  EXPECT_EQ(gradopt_instance_step(instance.get()), 2u);
  EXPECT_EQ(guarded(), before);
  ASSERT_EQ(gradopt_instance_initialize(instance.get(), 1), GRADOPT_OK);
  EXPECT_EQ(run().step, 1u);
}

TEST_F(Policy, ReportCommitsAllTheSame) {
  setPolicy(GRADOPT_REPORT);
  for (int step = 1; step <= 12; ++step) {
    gradopt_step_report report = runWith({{"gradient/rnn.bias", nan32, 1}});
    EXPECT_EQ(report.action, GRADOPT_ACTION_REPORTED);
    EXPECT_EQ(report.phase, GRADOPT_PHASE_GRADIENT);
    EXPECT_STREQ(report.name, "rnn.bias");
    EXPECT_EQ(report.consecutive_skips, 0u);
    EXPECT_EQ(report.total_skips, 0u);
    EXPECT_EQ(guarded(), RecurrentStep::lastNext);
    EXPECT_EQ(stepCount(), step);
  }
}

TEST_F(Policy, StepNumbersGoOnFromACheckpoint) {
  gradopt_instance_set_step(instance.get(), 36);
  EXPECT_EQ(run().step, 37u);
  EXPECT_EQ(gradopt_instance_step(instance.get()), 37u);
}

TEST_F(Policy, SizesBeyondTheCapacityAreRefused) {
  int calls = RecurrentStep::calls;
  for (auto [time, batch] :
       {std::pair{5, 3}, std::pair{4, 4}, std::pair{-1, 3}, std::pair{4, -1}}) {
    gradopt_step_report report;
    EXPECT_EQ(gradopt_instance_run(instance.get(), time, batch, &report),
              GRADOPT_INVALID_ARGUMENT);
    EXPECT_STREQ(report.name, "");
  }
  EXPECT_EQ(RecurrentStep::calls, calls);
  EXPECT_EQ(gradopt_instance_step(instance.get()), 0u);
  EXPECT_EQ(gradopt_instance_run(instance.get(), 0, 0, nullptr), GRADOPT_OK);
}

// The record of the step before must not be taken for this step's.
TEST_F(Policy, StepThatWritesNoRecordIsRefused) {
  run();
  Bytes before = guarded();
  RecurrentStep::writesRecord = false;
  run(GRADOPT_INCOMPATIBLE);
  EXPECT_EQ(guarded(), before);
  EXPECT_EQ(gradopt_instance_step(instance.get()), 1u);
}

TEST_F(Policy, CommitToAnUnknownSlotIsRefused) {
  gradopt_program program = RecurrentStep::get();
  program.commit = [](gradopt_context *context) { context->slot = 2; };
  instance = create(program, 4, 3);
  ASSERT_TRUE(instance);
  run(GRADOPT_INCOMPATIBLE);
}

} // namespace
