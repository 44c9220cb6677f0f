/*===- policy_state.c - What policies remember, as bytes -------------------===
 *
 * Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
 * See LICENSE for license information.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===----------------------------------------------------------------------===*/
/* 64-bit words in the machine's byte order, as all values of a checkpoint: a
 * head, the numbers of the medians from the oldest on, the snapshot. */
#include "internal.h"

enum {
  WORD_VERSION,
  WORD_CONSECUTIVE_SKIPS,
  WORD_GOOD_SINCE_BACK_OFF,
  WORD_GOOD_SINCE_SNAPSHOT,
  WORD_ROLL_BACKS,
  WORD_RATE_FACTOR, /* the bits of a double */
  WORD_LOSSES,      /* how many numbers the loss's median holds */
  WORD_NORMS,
  WORD_SNAPSHOT_WORDS, /* 0 if none was taken */
  WORD_SNAPSHOT_STEP,
  HEAD_WORDS
};

/* "GRPOLICY" and a version number, so that other bytes are not taken for it. */
static const uint64_t version = UINT64_C(0x4752504f4c494301);

static gradopt_counters kept_counters(const gradopt_supervisor *supervisor) {
  gradopt_counters counters = supervisor->counters;
  if (supervisor->stopped) {
    counters.consecutive_skips = 0;
    counters.roll_backs = 0;
  }
  return counters;
}

static bool remembers(const gradopt_supervisor *supervisor) {
  const gradopt_counters counters = kept_counters(supervisor);
  return counters.consecutive_skips || counters.good_since_back_off ||
         counters.good_since_snapshot || counters.roll_backs ||
         counters.rate_factor != 1 || supervisor->snapshot.taken ||
         supervisor->medians[GRADOPT_MEASURE_LOSS].count ||
         supervisor->medians[GRADOPT_MEASURE_NORM].count;
}

size_t gradopt_instance_policy_state_size(const gradopt_instance *instance) {
  if (!instance || !remembers(&instance->supervisor))
    return 0;
  const gradopt_supervisor *supervisor = &instance->supervisor;
  size_t words = HEAD_WORDS;
  for (int i = 0; i < GRADOPT_MEASURES; ++i)
    words += supervisor->medians[i].count;
  return words * 8 +
         (supervisor->snapshot.taken ? gradopt_snapshot_size(instance) : 0);
}

void gradopt_instance_save_policy_state(const gradopt_instance *instance,
                                        void *bytes) {
  if (gradopt_instance_policy_state_size(instance) == 0 || !bytes)
    return;
  const gradopt_supervisor *supervisor = &instance->supervisor;
  const gradopt_counters counters = kept_counters(supervisor);
  const bool taken = supervisor->snapshot.taken;
  const size_t size = taken ? gradopt_snapshot_size(instance) : 0;
  uint64_t head[HEAD_WORDS] = {
      [WORD_VERSION] = version,
      [WORD_CONSECUTIVE_SKIPS] = counters.consecutive_skips,
      [WORD_GOOD_SINCE_BACK_OFF] = counters.good_since_back_off,
      [WORD_GOOD_SINCE_SNAPSHOT] = counters.good_since_snapshot,
      [WORD_ROLL_BACKS] = counters.roll_backs,
      [WORD_LOSSES] = supervisor->medians[GRADOPT_MEASURE_LOSS].count,
      [WORD_NORMS] = supervisor->medians[GRADOPT_MEASURE_NORM].count,
      [WORD_SNAPSHOT_WORDS] = size / 8,
      [WORD_SNAPSHOT_STEP] = taken ? supervisor->snapshot.step : 0};
  memcpy(&head[WORD_RATE_FACTOR], &counters.rate_factor, sizeof(double));
  char *to = bytes;
  memcpy(to, head, sizeof head);
  to += sizeof head;
  for (int i = 0; i < GRADOPT_MEASURES; ++i)
    for (uint32_t k = 0; k < supervisor->medians[i].count; ++k) {
      double number = gradopt_median_number(&supervisor->medians[i], k);
      memcpy(to, &number, sizeof number);
      to += sizeof number;
    }
  if (taken)
    memcpy(to, supervisor->snapshot.bytes, size);
}

static gradopt_status damaged(const char *what) {
  return gradopt_fail(GRADOPT_INCOMPATIBLE, "the state of the policies %s",
                      what);
}

/* Whether the factor is one that back off can have come to. */
static bool is_factor(double factor) {
  for (double possible = 1; possible >= GRADOPT_LOWEST_FACTOR; possible /= 2)
    if (factor == possible)
      return true;
  return false;
}

/* Checks everything, so that nothing is changed if something is wrong. */
static gradopt_status check(const gradopt_instance *instance, const char *bytes,
                            size_t size, uint64_t head[HEAD_WORDS]) {
  if (size % 8 != 0 || size / 8 < HEAD_WORDS)
    return damaged("is cut off");
  memcpy(head, bytes, HEAD_WORDS * 8);
  if (head[WORD_VERSION] != version)
    return damaged("is not one, or of another version");
  for (int i = WORD_CONSECUTIVE_SKIPS; i <= WORD_ROLL_BACKS; ++i)
    if (head[i] > UINT32_MAX)
      return damaged("is damaged: a count is too large");
  double factor;
  memcpy(&factor, &head[WORD_RATE_FACTOR], sizeof factor);
  if (!is_factor(factor))
    return damaged("is damaged: the learning rates' factor is none that back "
                   "off gives");
  uint64_t left = size / 8 - HEAD_WORDS;
  for (int i = WORD_LOSSES; i <= WORD_SNAPSHOT_WORDS; ++i) {
    if (head[i] > left)
      return damaged("is damaged: it is shorter than it says");
    left -= head[i];
  }
  if (left != 0)
    return damaged("is damaged: it is longer than it says");
  const char *number = bytes + HEAD_WORDS * 8;
  for (uint64_t i = 0; i < head[WORD_LOSSES] + head[WORD_NORMS];
       ++i, number += 8)
    if (!gradopt_is_finite_f64(number))
      return damaged("is damaged: a median is of something not finite");
  if (head[WORD_SNAPSHOT_WORDS] != 0 &&
      head[WORD_SNAPSHOT_WORDS] != gradopt_snapshot_size(instance) / 8)
    return damaged("has a snapshot of another size: use the batch rows that "
                   "it was saved with");
  return GRADOPT_OK;
}

gradopt_status gradopt_instance_load_policy_state(gradopt_instance *instance,
                                                  const void *bytes,
                                                  size_t size) {
  if (!instance || (size > 0 && !bytes))
    return gradopt_fail(GRADOPT_INVALID_ARGUMENT,
                        "no instance or no bytes were given");
  gradopt_supervisor *supervisor = &instance->supervisor;
  if (size == 0) {
    gradopt_supervisor_forget(supervisor);
    return GRADOPT_OK;
  }
  uint64_t head[HEAD_WORDS];
  gradopt_status status = check(instance, bytes, size, head);
  if (status != GRADOPT_OK)
    return status;

  gradopt_supervisor_forget(supervisor);
  gradopt_counters *counters = &supervisor->counters;
  counters->consecutive_skips = (uint32_t)head[WORD_CONSECUTIVE_SKIPS];
  bool backsOff = false;
  for (int i = 0; i < GRADOPT_EVENTS; ++i)
    backsOff |= supervisor->policies.on_event[i] == GRADOPT_BACK_OFF;
  if (backsOff) {
    counters->good_since_back_off = (uint32_t)head[WORD_GOOD_SINCE_BACK_OFF];
    memcpy(&counters->rate_factor, &head[WORD_RATE_FACTOR], sizeof(double));
  }
  const char *from = (const char *)bytes + HEAD_WORDS * 8;
  for (int i = 0; i < GRADOPT_MEASURES; ++i)
    for (uint64_t k = 0; k < head[WORD_LOSSES + i]; ++k, from += 8) {
      double number;
      memcpy(&number, from, sizeof number);
      if (supervisor->medians[i].window > 0)
        gradopt_median_push(&supervisor->medians[i], number);
    }
  if (supervisor->snapshot.bytes && head[WORD_SNAPSHOT_WORDS] != 0) {
    memcpy(supervisor->snapshot.bytes, from, head[WORD_SNAPSHOT_WORDS] * 8);
    supervisor->snapshot.taken = true;
    supervisor->snapshot.step = head[WORD_SNAPSHOT_STEP];
    counters->good_since_snapshot = (uint32_t)head[WORD_GOOD_SINCE_SNAPSHOT];
    counters->roll_backs = (uint32_t)head[WORD_ROLL_BACKS];
  }
  return GRADOPT_OK;
}
