/*===- policy.c - Running a step and judging its record ---------------------===
 *
 * Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
 * See LICENSE for license information.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===----------------------------------------------------------------------===*/
/* What a policy acts on is the record's `ok` alone, which is what the step's
 * guard itself went by. The counts say what to name. A monitor that counts
 * something else therefore never skips a step. */
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

/* Reads SUBJECT/NAME/nonfinite; the name, which may hold slashes and dots, is
 * written to `name` (strlen(recordName) + 1 bytes). Returns the phase that the
 * subject belongs to, or NONE if this is not such a count. */
static gradopt_phase parse_record_name(const char *recordName, char *name) {
  *name = 0;
  const char *first = strchr(recordName, '/');
  const char *last = strrchr(recordName, '/');
  if (!first || strcmp(last, "/nonfinite") != 0)
    return GRADOPT_PHASE_NONE;
  gradopt_phase phase = phase_of(recordName, (size_t)(first - recordName));
  if (phase == GRADOPT_PHASE_LOSS || first == last)
    return phase;
  size_t length = (size_t)(last - first - 1);
  memcpy(name, first + 1, length);
  name[length] = 0;
  if (!strcmp(name, jointName))
    *name = 0;
  return phase;
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

gradopt_status gradopt_supervisor_create(const gradopt_manifest *manifest,
                                         gradopt_supervisor *supervisor) {
  uint32_t records = 0;
  size_t nameBytes = 0;
  for (uint32_t i = 0; i < manifest->header.count; ++i)
    if (manifest->entries[i].role == GRADOPT_ROLE_RECORD) {
      ++records;
      nameBytes += strlen(gradopt_manifest_name(manifest, i)) + 1;
    }
  *supervisor = (gradopt_supervisor){
      .policy = GRADOPT_SKIP,
      .max_consecutive_skips = GRADOPT_DEFAULT_MAX_CONSECUTIVE_SKIPS,
      .last = {.name = "", .time_step = -1},
      .watches = malloc(((size_t)records + 1) * sizeof(gradopt_watch)),
      .watch_names = malloc(nameBytes + 1)};
  if (!supervisor->watches || !supervisor->watch_names)
    return gradopt_fail(GRADOPT_OUT_OF_MEMORY,
                        "not enough memory to watch %u record entries",
                        records);
  char *name = supervisor->watch_names;
  for (uint32_t i = 0; i < manifest->header.count; ++i) {
    if (manifest->entries[i].role != GRADOPT_ROLE_RECORD)
      continue;
    gradopt_phase phase =
        parse_record_name(gradopt_manifest_name(manifest, i), name);
    bool throughTime =
        phase == GRADOPT_PHASE_NONE &&
        parse_through_time(gradopt_manifest_name(manifest, i), name);
    if (phase == GRADOPT_PHASE_NONE && !throughTime)
      continue;
    supervisor->watches[supervisor->watch_count++] = (gradopt_watch){
        .index = i, .phase = phase, .through_time = throughTime, .name = name};
    name += strlen(name) + 1;
  }
  return GRADOPT_OK;
}

void gradopt_supervisor_free(gradopt_supervisor *supervisor) {
  free(supervisor->watches);
  free(supervisor->watch_names);
}

void gradopt_supervisor_reset(gradopt_supervisor *supervisor) {
  supervisor->step = 0;
  supervisor->consecutive_skips = 0;
  supervisor->total_skips = 0;
  supervisor->stopped = false;
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

static uint32_t count_bad_values(gradopt_instance *instance) {
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
    if (!watch->through_time)
      continue;
    report->time_step = first_nonfinite(instance, watch->index);
    if (report->time_step >= 0) {
      report->name = watch->name;
      return;
    }
  }
}

/* Finds the first phase in which something was not finite, and its name. */
static void find_origin(gradopt_instance *instance,
                        gradopt_step_report *report) {
  const gradopt_supervisor *supervisor = &instance->supervisor;
  for (uint32_t i = 0; i < supervisor->watch_count; ++i) {
    const gradopt_watch *watch = &supervisor->watches[i];
    if (watch->through_time)
      continue;
    int64_t count = recorded_count(instance, watch->index);
    if (count > 0 && is_better(watch, report)) {
      report->phase = watch->phase;
      report->name = watch->name;
      report->nonfinite = count;
    }
  }
  if (report->phase == GRADOPT_PHASE_LOSS) {
    find_state(instance, report);
    return;
  }
  /* The loss itself is there to look at, whether or not it was counted. */
  for (uint32_t i = 0; i < instance->manifest.header.count; ++i) {
    if (instance->manifest.entries[i].role != GRADOPT_ROLE_LOSS)
      continue;
    int64_t count = count_nonfinite(instance, i);
    if (count > 0) {
      report->phase = GRADOPT_PHASE_LOSS;
      report->name = "";
      report->nonfinite = count;
      find_state(instance, report);
      return;
    }
  }
}

/*===----------------------------------------------------------------------===*/
/* Steps */
/*===----------------------------------------------------------------------===*/

/* What the policy does with a step that is not finite. */
static gradopt_action decide(gradopt_supervisor *supervisor) {
  if (supervisor->policy == GRADOPT_REPORT) {
    supervisor->consecutive_skips = 0;
    return GRADOPT_ACTION_REPORTED;
  }
  ++supervisor->consecutive_skips;
  ++supervisor->total_skips;
  if (supervisor->policy == GRADOPT_STOP ||
      supervisor->consecutive_skips > supervisor->max_consecutive_skips)
    return GRADOPT_ACTION_STOPPED;
  return GRADOPT_ACTION_SKIPPED;
}

/* Runs the step on the current slot and reads back whether it is finite. */
static gradopt_status run_once(gradopt_instance *instance, bool *ok) {
  gradopt_context *context = &instance->context;
  /* So that the record of an earlier step cannot pass for this one's. */
  memset(context->arena, 0, sizeof(gradopt_record_header));
  gradopt_status status = gradopt_run_step(instance);
  if (status != GRADOPT_OK)
    return status;
  gradopt_record_header record;
  memcpy(&record, context->arena, sizeof record);
  if (record.abi_version != GRADOPT_ABI_VERSION)
    return gradopt_fail(GRADOPT_INCOMPATIBLE,
                        "the step wrote a record of version %u, this runtime "
                        "reads version %u; nothing was committed",
                        record.abi_version, GRADOPT_ABI_VERSION);
  *ok = record.ok == 1;
  return GRADOPT_OK;
}

static gradopt_status stopped(const gradopt_supervisor *supervisor) {
  char line[512];
  gradopt_format_report(&supervisor->last, line, sizeof line);
  return gradopt_fail(GRADOPT_STOPPED, "%s", line);
}

static gradopt_status run(gradopt_instance *instance, int64_t time,
                          int64_t batch, gradopt_step_report *report) {
  if (!instance)
    return gradopt_fail(GRADOPT_INVALID_ARGUMENT, "no instance was given");
  gradopt_context *context = &instance->context;
  gradopt_supervisor *supervisor = &instance->supervisor;
  if (supervisor->stopped) {
    *report = supervisor->last;
    return stopped(supervisor);
  }
  if (time < 0 || time > context->max_time || batch < 0 ||
      batch > context->max_batch)
    return gradopt_fail(GRADOPT_INVALID_ARGUMENT,
                        "%lld time steps and %lld batch rows are not within "
                        "the instance's capacity of %lld and %lld",
                        (long long)time, (long long)batch,
                        (long long)context->max_time,
                        (long long)context->max_batch);
  context->time = time;
  context->batch = batch;

  bool ok;
  gradopt_status status = run_once(instance, &ok);
  if (status != GRADOPT_OK)
    return status;
  report->step = ++supervisor->step;
  report->bad_values = count_bad_values(instance);
  if (ok) {
    supervisor->consecutive_skips = 0;
  } else {
    find_origin(instance, report);
    report->action = decide(supervisor);
  }
  report->consecutive_skips = supervisor->consecutive_skips;
  report->total_skips = supervisor->total_skips;

  if (report->action == GRADOPT_ACTION_STOPPED) {
    supervisor->stopped = true;
    supervisor->last = *report;
    return stopped(supervisor);
  }
  if (report->action == GRADOPT_ACTION_SKIPPED)
    return GRADOPT_OK;
  instance->program.commit(context);
  if (context->slot > 1) {
    context->slot = 0;
    return gradopt_fail(GRADOPT_INCOMPATIBLE,
                        "the program's commit chose a slot that is not 0 or 1");
  }
  return GRADOPT_OK;
}

gradopt_status gradopt_instance_run(gradopt_instance *instance, int64_t time,
                                    int64_t batch,
                                    gradopt_step_report *report) {
  gradopt_step_report local;
  if (!report)
    report = &local;
  *report = (gradopt_step_report){.name = "", .time_step = -1};
  return run(instance, time, batch, report);
}

void gradopt_instance_set_policy(gradopt_instance *instance,
                                 gradopt_policy policy,
                                 uint32_t max_consecutive_skips) {
  if (!instance)
    return;
  instance->supervisor.policy = policy;
  instance->supervisor.max_consecutive_skips = max_consecutive_skips;
}

uint64_t gradopt_instance_step(const gradopt_instance *instance) {
  return instance ? instance->supervisor.step : 0;
}

void gradopt_instance_set_step(gradopt_instance *instance, uint64_t step) {
  if (instance)
    instance->supervisor.step = step;
}
