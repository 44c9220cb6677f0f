/*===- record.c - What a step's record says --------------------------------===
 *
 * Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
 * See LICENSE for license information.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===----------------------------------------------------------------------===*/
#include "internal.h"

#include <stdlib.h>

/*===----------------------------------------------------------------------===*/
/* What the record can name */
/*===----------------------------------------------------------------------===*/

/* Joint quantities read SUBJECT/global/QUANTITY. They name no one value. */
static const char jointName[] = "global";

static gradopt_phase phase_of(const char *subject, size_t length) {
  static const struct {
    const char *subject;
    gradopt_phase phase;
  } phases[] = {{"loss", GRADOPT_PHASE_LOSS},
                {"gradient", GRADOPT_PHASE_GRADIENT},
                {"update", GRADOPT_PHASE_UPDATE},
                {"state", GRADOPT_PHASE_STATE}};
  for (size_t i = 0; i < sizeof phases / sizeof *phases; ++i)
    if (strlen(phases[i].subject) == length &&
        !strncmp(phases[i].subject, subject, length))
      return phases[i].phase;
  return GRADOPT_PHASE_NONE;
}

/* Reads through_time/LAYER/STATE/norm, the norms of a state after every time
 * step; LAYER/STATE is written to `name`. Returns whether this is such a name.
 */
static bool parse_through_time(const char *recordName, char *name) {
  static const char prefix[] = "through_time/";
  const char *last = strrchr(recordName, '/');
  *name = 0;
  if (!last || strcmp(last, "/norm") != 0 ||
      strncmp(recordName, prefix, sizeof prefix - 1) != 0)
    return false;
  const char *first = recordName + sizeof prefix - 1;
  if (first >= last)
    return false;
  memcpy(name, first, (size_t)(last - first));
  name[last - first] = 0;
  return true;
}

/* Reads SUBJECT/NAME/QUANTITY into `watch`; the name, which may hold slashes
 * and dots, is written to `name` (strlen(recordName) + 1 bytes). Returns
 * whether a policy can go by this entry. */
static bool parse_record_name(const char *recordName, gradopt_watch *watch,
                              char *name) {
  if (parse_through_time(recordName, name)) {
    watch->quantity = GRADOPT_STATE_NORMS;
    return true;
  }
  *name = 0;
  const char *first = strchr(recordName, '/');
  const char *last = strrchr(recordName, '/');
  if (!first)
    return false;
  if (!strcmp(last, "/nonfinite"))
    watch->quantity = GRADOPT_COUNTS_NONFINITE;
  else if (!strcmp(last, "/overflow"))
    watch->quantity = GRADOPT_COUNTS_OVERFLOW;
  else
    return false;
  watch->phase = phase_of(recordName, (size_t)(first - recordName));
  if (watch->phase == GRADOPT_PHASE_NONE)
    return false;
  if (watch->phase == GRADOPT_PHASE_LOSS || first == last)
    return true;
  size_t length = (size_t)(last - first - 1);
  memcpy(name, first + 1, length);
  name[length] = 0;
  if (!strcmp(name, jointName))
    *name = 0;
  return true;
}

gradopt_status gradopt_watch_record(const gradopt_manifest *manifest,
                                    gradopt_supervisor *supervisor) {
  uint32_t records = 0;
  size_t nameBytes = 0;
  for (uint32_t i = 0; i < manifest->header.count; ++i)
    if (manifest->entries[i].role == GRADOPT_ROLE_RECORD) {
      ++records;
      nameBytes += strlen(gradopt_manifest_name(manifest, i)) + 1;
    }
  supervisor->watches = malloc(((size_t)records + 1) * sizeof(gradopt_watch));
  supervisor->watch_names = malloc(nameBytes + 1);
  if (!supervisor->watches || !supervisor->watch_names)
    return gradopt_fail(GRADOPT_OUT_OF_MEMORY,
                        "not enough memory to watch %u record entries",
                        records);
  char *name = supervisor->watch_names;
  for (uint32_t i = 0; i < manifest->header.count; ++i) {
    if (manifest->entries[i].role != GRADOPT_ROLE_RECORD)
      continue;
    gradopt_watch watch = {.index = i, .name = name};
    if (!parse_record_name(gradopt_manifest_name(manifest, i), &watch, name))
      continue;
    supervisor->watches[supervisor->watch_count++] = watch;
    name += strlen(name) + 1;
  }
  return GRADOPT_OK;
}

/*===----------------------------------------------------------------------===*/
/* Reading the record */
/*===----------------------------------------------------------------------===*/

static int64_t elements_of_call(gradopt_instance *instance, uint32_t index) {
  return gradopt_entry_elements(&instance->manifest.entries[index],
                                instance->context.time,
                                instance->context.batch);
}

/* NaN and Inf elements of a floating-point entry, 0 for other types. */
static int64_t count_nonfinite(gradopt_instance *instance, uint32_t index) {
  uint32_t type = instance->manifest.entries[index].element_type;
  const char *data = gradopt_instance_data(instance, index);
  int64_t elements = elements_of_call(instance, index), count = 0;
  if (type == GRADOPT_F32)
    for (int64_t i = 0; i < elements; ++i)
      count += !gradopt_is_finite_f32(data + 4 * i);
  else if (type == GRADOPT_F64)
    for (int64_t i = 0; i < elements; ++i)
      count += !gradopt_is_finite_f64(data + 8 * i);
  return count;
}

/* The sum of a record entry that holds counts. */
static int64_t recorded_count(gradopt_instance *instance, uint32_t index) {
  const int64_t *counts = gradopt_instance_data(instance, index);
  int64_t elements = elements_of_call(instance, index), sum = 0;
  for (int64_t i = 0; i < elements; ++i)
    if (counts[i] > 0)
      sum = counts[i] > INT64_MAX - sum ? INT64_MAX : sum + counts[i];
  return sum;
}

uint32_t gradopt_count_bad_values(gradopt_instance *instance) {
  const gradopt_manifest *manifest = &instance->manifest;
  uint32_t bad = 0;
  for (uint32_t i = 0; i < manifest->header.count; ++i) {
    if (manifest->entries[i].role != GRADOPT_ROLE_RECORD)
      continue;
    const char *last = strrchr(gradopt_manifest_name(manifest, i), '/');
    bool isCount = last && !strcmp(last, "/nonfinite");
    bad += isCount ? recorded_count(instance, i) > 0
                   : count_nonfinite(instance, i) > 0;
  }
  return bad;
}

/* Whether `watch` says earlier, or as early but by name, what went bad. */
static bool is_better(const gradopt_watch *watch,
                      const gradopt_step_report *report) {
  if (report->phase == GRADOPT_PHASE_NONE || watch->phase < report->phase)
    return true;
  return watch->phase == report->phase && *watch->name && !*report->name;
}

/* The first element of a floating-point entry that is NaN or Inf, or -1. */
static int64_t first_nonfinite(gradopt_instance *instance, uint32_t index) {
  uint32_t type = instance->manifest.entries[index].element_type;
  const char *data = gradopt_instance_data(instance, index);
  int64_t elements = elements_of_call(instance, index);
  for (int64_t i = 0; i < elements; ++i)
    if ((type == GRADOPT_F32 && !gradopt_is_finite_f32(data + 4 * i)) ||
        (type == GRADOPT_F64 && !gradopt_is_finite_f64(data + 8 * i)))
      return i;
  return -1;
}

/* Names the state that made the loss go bad: the first layer in which one was
 * not finite, and the time step there. */
static void find_state(gradopt_instance *instance,
                       gradopt_step_report *report) {
  const gradopt_supervisor *supervisor = &instance->supervisor;
  for (uint32_t i = 0; i < supervisor->watch_count; ++i) {
    const gradopt_watch *watch = &supervisor->watches[i];
    if (watch->quantity != GRADOPT_STATE_NORMS)
      continue;
    report->time_step = first_nonfinite(instance, watch->index);
    if (report->time_step >= 0) {
      report->name = watch->name;
      return;
    }
  }
}

bool gradopt_has_overflow(gradopt_instance *instance) {
  const gradopt_supervisor *supervisor = &instance->supervisor;
  for (uint32_t i = 0; i < supervisor->watch_count; ++i)
    if (supervisor->watches[i].quantity == GRADOPT_COUNTS_OVERFLOW &&
        recorded_count(instance, supervisor->watches[i].index) > 0)
      return true;
  return false;
}

/* The loss itself is there to look at, whether or not it was counted. */
static void find_loss(gradopt_instance *instance, gradopt_step_report *report) {
  for (uint32_t i = 0; i < instance->manifest.header.count; ++i) {
    if (instance->manifest.entries[i].role != GRADOPT_ROLE_LOSS)
      continue;
    int64_t count = count_nonfinite(instance, i);
    if (count > 0) {
      report->phase = GRADOPT_PHASE_LOSS;
      report->name = "";
      report->nonfinite = count;
      return;
    }
  }
}

void gradopt_find_origin(gradopt_instance *instance, gradopt_quantity quantity,
                         gradopt_step_report *report) {
  const gradopt_supervisor *supervisor = &instance->supervisor;
  int64_t *number = quantity == GRADOPT_COUNTS_OVERFLOW ? &report->overflowing
                                                        : &report->nonfinite;
  for (uint32_t i = 0; i < supervisor->watch_count; ++i) {
    const gradopt_watch *watch = &supervisor->watches[i];
    if (watch->quantity != quantity)
      continue;
    int64_t count = recorded_count(instance, watch->index);
    if (count > 0 && is_better(watch, report)) {
      report->phase = watch->phase;
      report->name = watch->name;
      *number = count;
    }
  }
  if (quantity != GRADOPT_COUNTS_NONFINITE)
    return;
  if (report->phase != GRADOPT_PHASE_LOSS)
    find_loss(instance, report);
  if (report->phase == GRADOPT_PHASE_LOSS)
    find_state(instance, report);
}
