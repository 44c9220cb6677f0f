/*===- snapshot.c - What a run can be rolled back to -----------------------===
 *
 * Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
 * See LICENSE for license information.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===----------------------------------------------------------------------===*/
/* A snapshot is a plain copy, the only copy that a policy makes: it is taken
 * every N good steps and costs reading and writing the next values once. */
#include "internal.h"

static size_t padded(int64_t bytes) { return ((size_t)bytes + 7) / 8 * 8; }

static bool is_updated(const gradopt_instance *instance, uint32_t index) {
  return instance->manifest.entries[index].slots == 2;
}

size_t gradopt_snapshot_size(const gradopt_instance *instance) {
  size_t size = 0;
  for (uint32_t i = 0; i < instance->manifest.header.count; ++i)
    if (is_updated(instance, i))
      size += padded(gradopt_entry_bytes(instance, i));
  return size;
}

void gradopt_snapshot_take(gradopt_instance *instance) {
  gradopt_supervisor *supervisor = &instance->supervisor;
  char *to = supervisor->snapshot.bytes;
  for (uint32_t i = 0; i < instance->manifest.header.count; ++i) {
    if (!is_updated(instance, i))
      continue;
    size_t bytes = (size_t)gradopt_entry_bytes(instance, i);
    memcpy(to, gradopt_instance_data(instance, i), bytes);
    memset(to + bytes, 0, padded((int64_t)bytes) - bytes);
    to += padded((int64_t)bytes);
  }
  supervisor->snapshot.taken = true;
  supervisor->snapshot.step = supervisor->step;
  supervisor->counters.good_since_snapshot = 0;
  supervisor->counters.roll_backs = 0;
}

void gradopt_snapshot_restore(gradopt_instance *instance) {
  const char *from = instance->supervisor.snapshot.bytes;
  for (uint32_t i = 0; i < instance->manifest.header.count; ++i) {
    if (!is_updated(instance, i))
      continue;
    int64_t bytes = gradopt_entry_bytes(instance, i);
    memcpy(gradopt_instance_data(instance, i), from, (size_t)bytes);
    from += padded(bytes);
  }
}
