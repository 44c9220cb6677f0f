/*===- supervisor.c - Policies and what they remember ----------------------===
 *
 * Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
 * See LICENSE for license information.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===----------------------------------------------------------------------===*/
#include "internal.h"

#include <stdlib.h>

static const char rateName[] = "learning_rate";

/*===----------------------------------------------------------------------===*/
/* What the program has for policies to go by */
/*===----------------------------------------------------------------------===*/

/* Whether an entry is a learning rate: that of all, or that of a group. */
static bool is_rate(const gradopt_manifest *manifest, uint32_t index) {
  const gradopt_manifest_entry *entry = &manifest->entries[index];
  const char *name = gradopt_manifest_name(manifest, index);
  const size_t length = sizeof rateName - 1;
  return entry->role == GRADOPT_ROLE_HYPER && entry->rank == 0 &&
         (entry->element_type == GRADOPT_F32 ||
          entry->element_type == GRADOPT_F64) &&
         !strncmp(name, rateName, length) &&
         (name[length] == 0 || name[length] == '.');
}

static gradopt_status find_rates(const gradopt_manifest *manifest,
                                 gradopt_rates *rates) {
  const size_t count = manifest->header.count;
  rates->indices = malloc((count + 1) * sizeof *rates->indices);
  rates->saved = malloc((count + 1) * sizeof *rates->saved);
  if (!rates->indices || !rates->saved)
    return gradopt_fail(GRADOPT_OUT_OF_MEMORY,
                        "not enough memory for the learning rates");
  for (uint32_t i = 0; i < count; ++i)
    if (is_rate(manifest, i))
      rates->indices[rates->count++] = i;
  return GRADOPT_OK;
}

/* Takes memory to mark the rows of any state. */
static gradopt_status find_rows(const gradopt_instance *instance,
                                gradopt_rows *rows) {
  for (uint32_t i = 0; i < instance->manifest.header.count; ++i) {
    const gradopt_manifest_entry *entry = &instance->manifest.entries[i];
    if (entry->role != GRADOPT_ROLE_STATE)
      continue;
    int64_t most = entry->rank == 0 ? 1 : 0;
    for (uint32_t d = 0; d < entry->rank; ++d) {
      int64_t size =
          entry->dims[d] == GRADOPT_DIM_BATCH  ? instance->context.max_batch
          : entry->dims[d] == GRADOPT_DIM_TIME ? instance->context.max_time
                                               : entry->dims[d];
      if ((d == 0 || entry->dims[d] == GRADOPT_DIM_BATCH) && size > most)
        most = size;
    }
    if (most > rows->count)
      rows->count = most;
  }
  rows->bad = calloc((size_t)rows->count + 1, sizeof *rows->bad);
  if (!rows->bad)
    return gradopt_fail(GRADOPT_OUT_OF_MEMORY,
                        "not enough memory for the rows of carried states");
  return GRADOPT_OK;
}

/* A scalar of floating point that can diverge, or -1; without a name the first
 * of its role. */
static int64_t find_measure(const gradopt_manifest *manifest, uint32_t role,
                            const char *name) {
  for (uint32_t i = 0; i < manifest->header.count; ++i) {
    const gradopt_manifest_entry *entry = &manifest->entries[i];
    if (entry->role == role && entry->rank == 0 &&
        (entry->element_type == GRADOPT_F32 ||
         entry->element_type == GRADOPT_F64) &&
        (!name || !strcmp(gradopt_manifest_name(manifest, i), name)))
      return i;
  }
  return -1;
}

gradopt_status gradopt_supervisor_create(gradopt_instance *instance) {
  const gradopt_manifest *manifest = &instance->manifest;
  gradopt_supervisor *supervisor = &instance->supervisor;
  *supervisor = (gradopt_supervisor){.policies = GRADOPT_DEFAULT_POLICIES,
                                     .counters = gradopt_no_counters(),
                                     .last = {.name = "", .time_step = -1}};
  supervisor->measured[GRADOPT_MEASURE_LOSS] =
      find_measure(manifest, GRADOPT_ROLE_LOSS, NULL);
  supervisor->measured[GRADOPT_MEASURE_NORM] =
      find_measure(manifest, GRADOPT_ROLE_RECORD, "gradient/global/norm");
  gradopt_status status = gradopt_watch_record(manifest, supervisor);
  if (status == GRADOPT_OK)
    status = find_rates(manifest, &supervisor->rates);
  if (status == GRADOPT_OK)
    status = find_rows(instance, &supervisor->rows);
  return status;
}

void gradopt_supervisor_free(gradopt_supervisor *supervisor) {
  free(supervisor->watches);
  free(supervisor->watch_names);
  free(supervisor->rates.indices);
  free(supervisor->rates.saved);
  free(supervisor->rows.bad);
  free(supervisor->snapshot.bytes);
  for (int i = 0; i < GRADOPT_MEASURES; ++i)
    gradopt_median_free(&supervisor->medians[i]);
}

void gradopt_supervisor_forget(gradopt_supervisor *supervisor) {
  supervisor->counters = gradopt_no_counters();
  supervisor->snapshot.taken = false;
  for (int i = 0; i < GRADOPT_MEASURES; ++i)
    supervisor->medians[i].count = supervisor->medians[i].next = 0;
}

void gradopt_supervisor_reset(gradopt_supervisor *supervisor) {
  gradopt_supervisor_forget(supervisor);
  supervisor->step = 0;
  supervisor->total_skips = 0;
  supervisor->stopped = false;
}

/*===----------------------------------------------------------------------===*/
/* Policies that make sense */
/*===----------------------------------------------------------------------===*/

static bool has_policy(const gradopt_policies *policies, uint32_t policy) {
  for (int i = 0; i < GRADOPT_EVENTS; ++i)
    if (policies->on_event[i] == policy)
      return true;
  return false;
}

static gradopt_status check_values(const gradopt_policies *policies) {
  const struct {
    const char *name;
    uint32_t value;
  } positive[] = {{"recover_after", policies->recover_after},
                  {"roll_back_after", policies->roll_back_after},
                  {"snapshot_every", policies->snapshot_every},
                  {"median_window", policies->median_window},
                  {"median_warmup", policies->median_warmup}};
  for (size_t i = 0; i < sizeof positive / sizeof *positive; ++i)
    if (positive[i].value == 0)
      return gradopt_fail(GRADOPT_INVALID_ARGUMENT,
                          "%s of the policies must be at least 1",
                          positive[i].name);
  if (policies->median_warmup > policies->median_window)
    return gradopt_fail(GRADOPT_INVALID_ARGUMENT,
                        "median_warmup is %u, which a median of the last "
                        "median_window = %u steps never reaches",
                        policies->median_warmup, policies->median_window);
  if (!(policies->divergence_factor > 1) ||
      !gradopt_is_finite_f64(&policies->divergence_factor))
    return gradopt_fail(GRADOPT_INVALID_ARGUMENT,
                        "divergence_factor must be a finite number above 1, "
                        "not %g",
                        policies->divergence_factor);
  if (!(policies->overflow_fraction > 0 && policies->overflow_fraction < 1))
    return gradopt_fail(GRADOPT_INVALID_ARGUMENT,
                        "overflow_fraction must be above 0 and below 1, not %g",
                        policies->overflow_fraction);
  return GRADOPT_OK;
}

static gradopt_status check_events(const gradopt_policies *policies) {
  const char *const names[GRADOPT_EVENTS] = {"on_nonfinite", "on_overflow",
                                             "on_divergence"};
  for (int i = 0; i < GRADOPT_EVENTS; ++i)
    if (policies->on_event[i] >
        (i == GRADOPT_NONFINITE ? GRADOPT_ROLL_BACK : GRADOPT_IGNORE))
      return gradopt_fail(GRADOPT_INVALID_ARGUMENT,
                          "%s is no policy that this event can have: %u",
                          names[i], policies->on_event[i]);
  for (int i = 1; i < GRADOPT_EVENTS; ++i)
    if (policies->on_event[GRADOPT_NONFINITE] == GRADOPT_REPORT &&
        policies->on_event[i] != GRADOPT_REPORT &&
        policies->on_event[i] != GRADOPT_IGNORE)
      return gradopt_fail(GRADOPT_INVALID_ARGUMENT,
                          "policies contradict each other: on_nonfinite = "
                          "report applies an update with NaN or Inf, and %s "
                          "would hold back a lesser harm",
                          names[i]);
  if (policies->carried_state > GRADOPT_ZERO)
    return gradopt_fail(GRADOPT_INVALID_ARGUMENT,
                        "carried_state is neither GRADOPT_KEEP nor "
                        "GRADOPT_ZERO but %u",
                        policies->carried_state);
  return GRADOPT_OK;
}

/* What the program has nothing for. */
static gradopt_status check_program(const gradopt_instance *instance,
                                    const gradopt_policies *policies) {
  const gradopt_supervisor *supervisor = &instance->supervisor;
  bool counts = false;
  for (uint32_t i = 0; i < supervisor->watch_count; ++i)
    counts |= supervisor->watches[i].quantity == GRADOPT_COUNTS_OVERFLOW;
  if (policies->on_event[GRADOPT_OVERFLOW] != GRADOPT_IGNORE && !counts)
    return gradopt_fail(GRADOPT_INVALID_ARGUMENT,
                        "on_overflow goes by counts that this step does not "
                        "record; compile it with on_overflow");
  if (policies->on_event[GRADOPT_DIVERGENCE] != GRADOPT_IGNORE &&
      supervisor->measured[GRADOPT_MEASURE_LOSS] < 0 &&
      supervisor->measured[GRADOPT_MEASURE_NORM] < 0)
    return gradopt_fail(GRADOPT_INVALID_ARGUMENT,
                        "on_divergence goes by the loss and the gradients' "
                        "norm, and this step has neither");
  if (has_policy(policies, GRADOPT_BACK_OFF) && supervisor->rates.count == 0)
    return gradopt_fail(GRADOPT_INVALID_ARGUMENT,
                        "back off lowers the hyperparameter \"%s\", which this "
                        "step does not have",
                        rateName);
  if (policies->carried_state == GRADOPT_ZERO) {
    bool any = false;
    for (uint32_t i = 0; i < instance->manifest.header.count; ++i)
      any |= instance->manifest.entries[i].role == GRADOPT_ROLE_STATE;
    if (!any)
      return gradopt_fail(GRADOPT_INVALID_ARGUMENT,
                          "carried_state cannot become zero in a step without "
                          "carried state");
  }
  return GRADOPT_OK;
}

/*===----------------------------------------------------------------------===*/
/* Setting them */
/*===----------------------------------------------------------------------===*/

/* Gives the medians this window, with the numbers that they hold. */
static gradopt_status set_window(gradopt_supervisor *supervisor,
                                 uint32_t window) {
  gradopt_median made[GRADOPT_MEASURES] = {{0}};
  for (int i = 0; i < GRADOPT_MEASURES; ++i) {
    gradopt_median *old = &supervisor->medians[i];
    if (old->window == window)
      continue;
    if (!gradopt_median_create(&made[i], window)) {
      for (int k = 0; k < i; ++k)
        gradopt_median_free(&made[k]);
      return gradopt_fail(GRADOPT_OUT_OF_MEMORY,
                          "not enough memory for a median of %u steps", window);
    }
    for (uint32_t k = 0; window > 0 && k < old->count; ++k)
      gradopt_median_push(&made[i], gradopt_median_number(old, k));
  }
  for (int i = 0; i < GRADOPT_MEASURES; ++i)
    if (supervisor->medians[i].window != window) {
      gradopt_median_free(&supervisor->medians[i]);
      supervisor->medians[i] = made[i];
    }
  return GRADOPT_OK;
}

gradopt_status gradopt_instance_set_policies(gradopt_instance *instance,
                                             const gradopt_policies *policies) {
  if (!instance || !policies)
    return gradopt_fail(GRADOPT_INVALID_ARGUMENT,
                        "no instance or no policies were given");
  if (policies->struct_size != sizeof *policies)
    return gradopt_fail(GRADOPT_INVALID_ARGUMENT,
                        "the policies are a structure of %u bytes, this "
                        "runtime's has %zu: initialize it with "
                        "GRADOPT_DEFAULT_POLICIES of the runtime's header",
                        policies->struct_size, sizeof *policies);
  gradopt_supervisor *supervisor = &instance->supervisor;
  gradopt_status status = check_values(policies);
  if (status == GRADOPT_OK)
    status = check_events(policies);
  if (status == GRADOPT_OK)
    status = check_program(instance, policies);
  if (status != GRADOPT_OK)
    return status;

  const bool rollsBack = has_policy(policies, GRADOPT_ROLL_BACK);
  char *bytes = NULL;
  if (rollsBack && !supervisor->snapshot.bytes) {
    size_t size = gradopt_snapshot_size(instance);
    bytes = malloc(size + 1);
    if (!bytes)
      return gradopt_fail(GRADOPT_OUT_OF_MEMORY,
                          "not enough memory for a snapshot of %zu bytes, "
                          "which roll back needs",
                          size);
  }
  status = set_window(supervisor,
                      policies->on_event[GRADOPT_DIVERGENCE] == GRADOPT_IGNORE
                          ? 0
                          : policies->median_window);
  if (status != GRADOPT_OK) {
    free(bytes);
    return status;
  }
  if (bytes) {
    supervisor->snapshot = (gradopt_snapshot){.bytes = bytes};
  } else if (!rollsBack) {
    free(supervisor->snapshot.bytes);
    supervisor->snapshot = (gradopt_snapshot){0};
    supervisor->counters.roll_backs = 0;
    supervisor->counters.good_since_snapshot = 0;
  }
  if (!has_policy(policies, GRADOPT_BACK_OFF)) {
    supervisor->counters.rate_factor = 1;
    supervisor->counters.good_since_back_off = 0;
  }
  supervisor->policies = *policies;
  return GRADOPT_OK;
}

gradopt_status gradopt_instance_set_policy(gradopt_instance *instance,
                                           gradopt_policy on_nonfinite,
                                           uint32_t max_consecutive_skips) {
  gradopt_policies policies = GRADOPT_DEFAULT_POLICIES;
  policies.on_event[GRADOPT_NONFINITE] = (uint32_t)on_nonfinite;
  policies.max_consecutive_skips = max_consecutive_skips;
  return gradopt_instance_set_policies(instance, &policies);
}

void gradopt_instance_on_report(gradopt_instance *instance,
                                gradopt_report_fn take, void *user) {
  if (!instance)
    return;
  instance->supervisor.take = take;
  instance->supervisor.take_user = user;
}
