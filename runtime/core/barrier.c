/*===- barrier.c - Threads of a step wait for each other --------------------===
 *
 * Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
 * See LICENSE for license information.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===----------------------------------------------------------------------===*/
/* The dissemination barrier of Hensgen, Finkel and Manber (1988): in round r
 * each thread signals and waits for the one 2^r before it. After log2(threads)
 * rounds each has heard of all. No thread writes what another one writes; for
 * two threads one cache line travels each way, at the same time. */
#include "internal.h"

#include <time.h>

/* Several times what a thread needs to sleep and to wake up: who has waited for
 * so long loses little by sleeping. */
static const int64_t spinNanoseconds = 30000;

static void relax(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb");
#endif
}

static int64_t read_clock(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* Whether a word of signals shows that there were `signals` or more, in the
 * same doubled count. It may have gone round: the difference is small. */
static bool reaches(uint32_t word, uint32_t signals) {
  return (int32_t)(word - signals) >= 0;
}

static uint32_t look(gradopt_member *member) {
  return atomic_load_explicit(&member->signals, memory_order_acquire);
}

/* Returns the doubled number of signals that the thread has given. */
static uint32_t give_signal(gradopt_member *self) {
  uint32_t next =
      (atomic_load_explicit(&self->signals, memory_order_relaxed) & ~1u) + 2;
  uint32_t last =
      atomic_exchange_explicit(&self->signals, next, memory_order_acq_rel);
  if (last & 1) {
    pthread_mutex_lock(&self->mutex);
    pthread_cond_broadcast(&self->signalled);
    pthread_mutex_unlock(&self->mutex);
  }
  return next;
}

/* Waits actively for a bounded time. */
static bool spin(gradopt_member *other, uint32_t signals) {
  int64_t end = 0;
  for (;;) {
    for (int i = 0; i < 64; ++i) {
      if (reaches(look(other), signals))
        return true;
      relax();
    }
    int64_t now = read_clock();
    if (end == 0)
      end = now + spinNanoseconds;
    else if (now >= end)
      return false;
  }
}

static void sleep_until(gradopt_member *other, uint32_t signals) {
  uint32_t word = look(other);
  while (!reaches(word, signals)) {
    /* Only a thread that saw this bit go away wakes anybody up. */
    if (!(word & 1) && !atomic_compare_exchange_strong_explicit(
                           &other->signals, &word, word | 1,
                           memory_order_acq_rel, memory_order_acquire))
      continue;
    word |= 1;
    pthread_mutex_lock(&other->mutex);
    while (look(other) == word)
      pthread_cond_wait(&other->signalled, &other->mutex);
    pthread_mutex_unlock(&other->mutex);
    word = look(other);
  }
}

void gradopt_barrier(gradopt_context *context, int32_t threads) {
  gradopt_member *self = context->barrier_state;
  gradopt_member *members = self - self->thread;
  for (int64_t distance = 1; distance < threads; distance *= 2) {
    uint32_t signals = give_signal(self);
    int64_t other = self->thread - distance;
    gradopt_member *awaited = &members[other < 0 ? other + threads : other];
    if (reaches(look(awaited), signals))
      continue;
    if (!self->spins || !spin(awaited, signals))
      sleep_until(awaited, signals);
  }
}
