//===- InterruptTest.cpp - Ending a run in good order ---------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt_train/Interrupt.h"

#include "TestSupport.h"

#include <csignal>

using namespace gradopt::train;

namespace {
/// A program that was started in the background ignores SIGINT, and the guard
/// leaves an ignored signal alone: here it is what a terminal gives.
class Interrupt : public testing::Test {
protected:
  void SetUp() override { std::signal(SIGINT, SIG_DFL); }
};
} // namespace

TEST_F(Interrupt, TheFirstSignalOnlySetsAFlag) {
  for (int signal : {SIGINT, SIGTERM}) {
    InterruptGuard guard;
    EXPECT_FALSE(guard.interrupted());
    std::raise(signal);
    EXPECT_TRUE(guard.interrupted());
    EXPECT_EQ(guard.signal(), signal);
  }
}

TEST_F(Interrupt, TheSecondEndsTheProcess) {
  auto twice = [](int signal) {
    InterruptGuard guard;
    std::raise(signal);
    std::raise(signal);
  };
  EXPECT_EXIT(twice(SIGINT), testing::KilledBySignal(SIGINT), "");
  EXPECT_EXIT(twice(SIGTERM), testing::KilledBySignal(SIGTERM), "");
}

TEST_F(Interrupt, LeavesThingsAsTheyWere) {
  auto afterwards = [] {
    {
      InterruptGuard guard;
    }
    std::raise(SIGTERM);
  };
  EXPECT_EXIT(afterwards(), testing::KilledBySignal(SIGTERM), "");
}

TEST_F(Interrupt, WhatIsIgnoredStaysIgnored) {
  auto before = std::signal(SIGINT, SIG_IGN);
  {
    InterruptGuard guard;
    std::raise(SIGINT);
    EXPECT_FALSE(guard.interrupted());
  }
  EXPECT_EQ(std::signal(SIGINT, before), SIG_IGN);
}
