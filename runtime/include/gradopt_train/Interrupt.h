//===- Interrupt.h - Ending a run in good order -----------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef GRADOPT_TRAIN_INTERRUPT_H
#define GRADOPT_TRAIN_INTERRUPT_H

#include <csignal>

namespace gradopt::train {

/// While it lives, the first SIGINT or SIGTERM only sets a flag, so that the
/// step can be finished and saved; a second one of the same kind ends the
/// process at once. There can be only one at a time.
class InterruptGuard {
public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard &) = delete;
  InterruptGuard &operator=(const InterruptGuard &) = delete;

  /// The signal that came, or 0.
  int signal() const;
  bool interrupted() const { return signal() != 0; }

private:
  struct sigaction previousInt;
  struct sigaction previousTerm;
};

} // namespace gradopt::train

#endif // GRADOPT_TRAIN_INTERRUPT_H
