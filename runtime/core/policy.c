/*===- policy.c - Running a step and acting on its record ------------------===
 *
 * Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
 * See LICENSE for license information.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===----------------------------------------------------------------------===*/
/* That a step is not finite is said by the record's `ok` alone, which is what
 * the step's guard itself went by. The counts say what to name. A monitor that
 * counts something else therefore never skips a step. */
#include "internal.h"

/*===----------------------------------------------------------------------===*/
/* What is bad */
/*===----------------------------------------------------------------------===*/

static double read_number(gradopt_instance *instance, uint32_t index) {
  const void *data = gradopt_instance_data(instance, index);
  if (instance->manifest.entries[index].element_type == GRADOPT_F32) {
    float value;
    memcpy(&value, data, sizeof value);
    return value;
  }
  double value;
  memcpy(&value, data, sizeof value);
  return value;
}

/* Whether the loss or the norm is far above what it was in good steps. A median
 * that is not above 0 says nothing about how large is too large. */
static bool has_diverged(gradopt_instance *instance,
                         gradopt_step_report *report) {
  static const char *const names[GRADOPT_MEASURES] = {"loss",
                                                      "gradient/global/norm"};
  const gradopt_supervisor *supervisor = &instance->supervisor;
  const gradopt_policies *policies = &supervisor->policies;
  for (int i = 0; i < GRADOPT_MEASURES; ++i) {
    const gradopt_median *median = &supervisor->medians[i];
    if (supervisor->measured[i] < 0 || median->count < policies->median_warmup)
      continue;
    double value = read_number(instance, (uint32_t)supervisor->measured[i]);
    double middle = gradopt_median_get(median);
    if (middle > 0 && value > policies->divergence_factor * middle) {
      report->diverged = names[i];
      report->value = value;
      report->median = middle;
      return true;
    }
  }
  return false;
}

static bool is_asked_for(const gradopt_supervisor *supervisor,
                         gradopt_event event) {
  return supervisor->policies.on_event[event] != GRADOPT_IGNORE;
}

static uint32_t bit(gradopt_event event) { return 1u << event; }

/* Finds the events of a step, and what to name. */
static void judge(gradopt_instance *instance, bool ok,
                  gradopt_step_report *report) {
  const gradopt_supervisor *supervisor = &instance->supervisor;
  report->bad_values = gradopt_count_bad_values(instance);
  if (!ok) {
    report->events |= bit(GRADOPT_NONFINITE);
    gradopt_find_origin(instance, GRADOPT_COUNTS_NONFINITE, report);
  }
  if (is_asked_for(supervisor, GRADOPT_OVERFLOW) &&
      gradopt_has_overflow(instance)) {
    report->events |= bit(GRADOPT_OVERFLOW);
    if (ok)
      gradopt_find_origin(instance, GRADOPT_COUNTS_OVERFLOW, report);
  }
  if (is_asked_for(supervisor, GRADOPT_DIVERGENCE) &&
      has_diverged(instance, report))
    report->events |= bit(GRADOPT_DIVERGENCE);
}

/*===----------------------------------------------------------------------===*/
/* What is done about it */
/*===----------------------------------------------------------------------===*/

static bool is_beyond_skips(const gradopt_supervisor *supervisor) {
  return supervisor->counters.consecutive_skips >
         supervisor->policies.max_consecutive_skips;
}

static gradopt_action roll_back_or_wait(gradopt_supervisor *supervisor,
                                        gradopt_step_report *report) {
  gradopt_counters *counters = &supervisor->counters;
  if (counters->consecutive_skips < supervisor->policies.roll_back_after)
    return GRADOPT_ACTION_SKIPPED;
  report->restored_step = supervisor->snapshot.step;
  report->roll_backs = counters->roll_backs;
  if (counters->roll_backs >= supervisor->policies.max_roll_backs)
    return GRADOPT_ACTION_STOPPED;
  report->roll_backs = ++counters->roll_backs;
  return GRADOPT_ACTION_ROLLED_BACK;
}

static gradopt_action back_off(gradopt_supervisor *supervisor) {
  if (is_beyond_skips(supervisor))
    return GRADOPT_ACTION_STOPPED;
  gradopt_counters *counters = &supervisor->counters;
  if (counters->rate_factor > GRADOPT_LOWEST_FACTOR)
    counters->rate_factor /= 2;
  return GRADOPT_ACTION_BACKED_OFF;
}

/* The event of the strongest policy; of equals the first. */
static gradopt_event find_cause(const gradopt_supervisor *supervisor,
                                uint32_t events) {
  static const int strength[] = {
      [GRADOPT_REPORT] = 1,    [GRADOPT_SKIP] = 2, [GRADOPT_BACK_OFF] = 3,
      [GRADOPT_ROLL_BACK] = 4, [GRADOPT_STOP] = 5, [GRADOPT_IGNORE] = 0};
  int strongest = -1;
  for (int i = 0; i < GRADOPT_EVENTS; ++i)
    if ((events & bit((gradopt_event)i)) &&
        (strongest < 0 ||
         strength[supervisor->policies.on_event[i]] >
             strength[supervisor->policies.on_event[strongest]]))
      strongest = i;
  return (gradopt_event)strongest;
}

/* Decides what is done about the events of a report, and counts it. */
static gradopt_action decide(gradopt_supervisor *supervisor,
                             gradopt_step_report *report) {
  gradopt_counters *counters = &supervisor->counters;
  report->cause = find_cause(supervisor, report->events);
  const uint32_t policy = supervisor->policies.on_event[report->cause];
  counters->good_since_back_off = 0;
  if (policy == GRADOPT_REPORT) {
    counters->consecutive_skips = 0;
    return GRADOPT_ACTION_REPORTED;
  }
  ++counters->consecutive_skips;
  ++supervisor->total_skips;
  switch (policy) {
  case GRADOPT_STOP:
    return GRADOPT_ACTION_STOPPED;
  case GRADOPT_ROLL_BACK:
    return roll_back_or_wait(supervisor, report);
  case GRADOPT_BACK_OFF:
    return back_off(supervisor);
  default:
    return is_beyond_skips(supervisor) ? GRADOPT_ACTION_STOPPED
                                       : GRADOPT_ACTION_SKIPPED;
  }
}

/* Counts a good step and lets the learning rates recover. */
static void count_good_step(gradopt_instance *instance) {
  gradopt_supervisor *supervisor = &instance->supervisor;
  gradopt_counters *counters = &supervisor->counters;
  counters->consecutive_skips = 0;
  if (counters->rate_factor < 1 &&
      ++counters->good_since_back_off >= supervisor->policies.recover_after) {
    counters->rate_factor *= 2;
    counters->good_since_back_off = 0;
  }
  for (int i = 0; i < GRADOPT_MEASURES; ++i) {
    if (supervisor->measured[i] < 0 || supervisor->medians[i].window == 0)
      continue;
    double value = read_number(instance, (uint32_t)supervisor->measured[i]);
    if (gradopt_is_finite_f64(&value))
      gradopt_median_push(&supervisor->medians[i], value);
  }
}

/*===----------------------------------------------------------------------===*/
/* Steps */
/*===----------------------------------------------------------------------===*/

/* Runs the step on the current slot and reads back whether it is finite. */
static gradopt_status run_once(gradopt_instance *instance, bool *ok) {
  gradopt_context *context = &instance->context;
  /* So that the record of an earlier step cannot pass for this one's. */
  memset(context->arena, 0, sizeof(gradopt_record_header));
  gradopt_scale_rates(instance);
  gradopt_status status = gradopt_run_step(instance);
  gradopt_restore_rates(instance);
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
  char line[1024];
  gradopt_format_report(&supervisor->last, line, sizeof line);
  return gradopt_fail(GRADOPT_STOPPED, "%s", line);
}

static gradopt_status commit(gradopt_instance *instance) {
  gradopt_context *context = &instance->context;
  instance->program.commit(context);
  if (context->slot > 1) {
    context->slot = 0;
    return gradopt_fail(GRADOPT_INCOMPATIBLE,
                        "the program's commit chose a slot that is not 0 or 1");
  }
  return GRADOPT_OK;
}

static gradopt_status finish_good_step(gradopt_instance *instance) {
  gradopt_supervisor *supervisor = &instance->supervisor;
  count_good_step(instance);
  gradopt_status status = commit(instance);
  if (status == GRADOPT_OK && supervisor->snapshot.bytes &&
      ++supervisor->counters.good_since_snapshot >=
          supervisor->policies.snapshot_every)
    gradopt_snapshot_take(instance);
  return status;
}

/* Decides about a bad step, says so, and does it. */
static gradopt_status finish_bad_step(gradopt_instance *instance,
                                      gradopt_step_report *report) {
  gradopt_supervisor *supervisor = &instance->supervisor;
  const gradopt_policies *policies = &supervisor->policies;
  report->action = decide(supervisor, report);
  report->consecutive_skips = supervisor->counters.consecutive_skips;
  report->total_skips = supervisor->total_skips;
  report->rate_factor = supervisor->counters.rate_factor;
  /* A snapshot has no bad rows, and a stopped run changes nothing. */
  const bool zeroes = policies->carried_state == GRADOPT_ZERO &&
                      report->action != GRADOPT_ACTION_STOPPED &&
                      report->action != GRADOPT_ACTION_ROLLED_BACK;
  if (zeroes)
    gradopt_find_bad_rows(instance,
                          is_asked_for(supervisor, GRADOPT_OVERFLOW)
                              ? policies->overflow_fraction
                              : 1,
                          report);
  if (supervisor->take)
    supervisor->take(supervisor->take_user, report);

  gradopt_status status = GRADOPT_OK;
  if (report->action == GRADOPT_ACTION_STOPPED) {
    supervisor->stopped = true;
    supervisor->last = *report;
    return stopped(supervisor);
  }
  if (report->action == GRADOPT_ACTION_ROLLED_BACK) {
    gradopt_snapshot_restore(instance);
    supervisor->counters.consecutive_skips = 0;
  }
  if (report->action == GRADOPT_ACTION_REPORTED)
    status = commit(instance);
  if (status == GRADOPT_OK && report->zeroed_rows > 0)
    gradopt_zero_bad_rows(instance);
  return status;
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
  /* What the run starts with is the first that it can go back to. */
  if (supervisor->snapshot.bytes && !supervisor->snapshot.taken)
    gradopt_snapshot_take(instance);

  bool ok;
  gradopt_status status = run_once(instance, &ok);
  if (status != GRADOPT_OK)
    return status;
  report->step = ++supervisor->step;
  judge(instance, ok, report);
  if (report->events != 0)
    return finish_bad_step(instance, report);
  status = finish_good_step(instance);
  report->total_skips = supervisor->total_skips;
  report->rate_factor = supervisor->counters.rate_factor;
  return status;
}

gradopt_status gradopt_instance_run(gradopt_instance *instance, int64_t time,
                                    int64_t batch,
                                    gradopt_step_report *report) {
  gradopt_step_report local;
  if (!report)
    report = &local;
  *report = (gradopt_step_report){.name = "",
                                  .time_step = -1,
                                  .diverged = "",
                                  .rate_factor = 1,
                                  .first_zeroed_row = -1};
  return run(instance, time, batch, report);
}

uint64_t gradopt_instance_step(const gradopt_instance *instance) {
  return instance ? instance->supervisor.step : 0;
}

void gradopt_instance_set_step(gradopt_instance *instance, uint64_t step) {
  if (instance)
    instance->supervisor.step = step;
}
