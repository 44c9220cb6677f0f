//===- Interrupt.cpp - Ending a run in good order -------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt_train/Interrupt.h"

#include <cassert>

using namespace gradopt::train;

static volatile std::sig_atomic_t received = 0;
static bool guarded = false;

extern "C" {
static void remember(int signal) { received = signal; }
}

static void install(int signal, struct sigaction &previous) {
  ::sigaction(signal, nullptr, &previous);
  // nohup and shells that start a job in the background ask for this.
  if (previous.sa_handler == SIG_IGN)
    return;
  struct sigaction action = {};
  action.sa_handler = remember;
  sigemptyset(&action.sa_mask);
  // RESETHAND: the second signal finds the default action. RESTART: writing a
  // checkpoint goes on.
  action.sa_flags = SA_RESETHAND | SA_RESTART;
  ::sigaction(signal, &action, nullptr);
}

InterruptGuard::InterruptGuard() {
  assert(!guarded && "there is an InterruptGuard already");
  guarded = true;
  received = 0;
  install(SIGINT, previousInt);
  install(SIGTERM, previousTerm);
}

InterruptGuard::~InterruptGuard() {
  ::sigaction(SIGINT, &previousInt, nullptr);
  ::sigaction(SIGTERM, &previousTerm, nullptr);
  guarded = false;
}

int InterruptGuard::signal() const { return received; }
