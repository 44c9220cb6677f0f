/*===- internal.h - Shared by the files of the runtime ----------------------===
 *
 * Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
 * See LICENSE for license information.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===----------------------------------------------------------------------===*/
#ifndef GRADOPT_CORE_INTERNAL_H
#define GRADOPT_CORE_INTERNAL_H

#include "gradopt_runtime.h"

#include <fenv.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

/* Everything here stays inside the library. */
#pragma GCC visibility push(hidden)

/*===----------------------------------------------------------------------===*/
/* Failures (error.c) */
/*===----------------------------------------------------------------------===*/

/* Keeps the formatted reason for gradopt_last_error and returns `status`. */
gradopt_status gradopt_fail(gradopt_status status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*===----------------------------------------------------------------------===*/
/* Finiteness */
/*===----------------------------------------------------------------------===*/

/* The exponent is tested as an integer: a compiler told that no NaN and no Inf
 * exist, as -ffast-math does, may fold isnan and isfinite to constants. */
static inline bool gradopt_is_finite_f32(const void *value) {
  uint32_t bits;
  memcpy(&bits, value, sizeof bits);
  return (bits & UINT32_C(0x7f800000)) != UINT32_C(0x7f800000);
}

static inline bool gradopt_is_finite_f64(const void *value) {
  uint64_t bits;
  memcpy(&bits, value, sizeof bits);
  return (bits & UINT64_C(0x7ff0000000000000)) != UINT64_C(0x7ff0000000000000);
}

/*===----------------------------------------------------------------------===*/
/* The manifest (manifest.c) */
/*===----------------------------------------------------------------------===*/

typedef struct gradopt_manifest_key {
  uint32_t role;
  uint32_t index;
  const char *name;
} gradopt_manifest_key;

typedef struct gradopt_manifest {
  void *table; /* a copy, so that it is aligned and stays as it was checked */
  gradopt_manifest_header header;
  const gradopt_manifest_entry *entries;
  const char *strings;
  gradopt_manifest_key *keys; /* one per entry, sorted by role and name */
} gradopt_manifest;

/* Checks every field of the table and copies it. On failure `manifest` needs
 * no freeing. */
gradopt_status gradopt_manifest_read(const void *table,
                                     gradopt_manifest *manifest);
void gradopt_manifest_free(gradopt_manifest *manifest);
const char *gradopt_manifest_name(const gradopt_manifest *manifest,
                                  uint32_t index);
int64_t gradopt_manifest_find(const gradopt_manifest *manifest, uint32_t role,
                              const char *name);
const char *gradopt_role_name(uint32_t role);

/*===----------------------------------------------------------------------===*/
/* Initial values (initializers.c, orthogonal.c, random.c) */
/*===----------------------------------------------------------------------===*/

/* Fills `data` with the entry's initial value. */
gradopt_status gradopt_initialize_entry(const gradopt_manifest_entry *entry,
                                        const char *name, uint64_t seed,
                                        void *data);

/* Called with each element of a matrix, in no particular order. */
typedef void (*gradopt_store_fn)(void *target, int64_t row, int64_t column,
                                 double value);

/* A random rows x columns matrix, rows >= columns, with orthonormal columns,
 * uniform over all such matrices. Returns false if memory runs out. */
bool gradopt_random_orthogonal(uint64_t stream, int64_t rows, int64_t columns,
                               gradopt_store_fn store, void *target);

/* Element `index` of a stream, standard normal and drawn again, with the next
 * attempt of its block, while it is outside of [-2, 2]. The first attempt is
 * that of gradopt_normal. */
double gradopt_truncated_normal(uint64_t stream, uint64_t index);

/* Element `index` of a stream as 64 random bits. */
uint64_t gradopt_random_bits(uint64_t stream, uint64_t index);

/*===----------------------------------------------------------------------===*/
/* What policies go by */
/*===----------------------------------------------------------------------===*/

/* What a watched record entry holds. */
typedef enum gradopt_quantity {
  GRADOPT_COUNTS_NONFINITE,
  GRADOPT_COUNTS_OVERFLOW,
  GRADOPT_STATE_NORMS /* one per time step */
} gradopt_quantity;

/* A record entry that says something about what a guard checks: where in the
 * step it stands and what it speaks of. */
typedef struct gradopt_watch {
  uint32_t index;
  gradopt_phase phase; /* NONE for norms */
  gradopt_quantity quantity;
  const char *name; /* "" for the loss and for joint counts */
} gradopt_watch;

/* The running median of the last `window` numbers (median.c). */
typedef struct gradopt_median {
  double *recent; /* a ring; null for a window of 0 */
  double *sorted; /* the same in ascending order */
  uint32_t window;
  uint32_t count; /* numbers in it */
  uint32_t next;  /* where in the ring the next one goes */
} gradopt_median;

/* Takes memory for an empty window; false if there is none. */
bool gradopt_median_create(gradopt_median *median, uint32_t window);
void gradopt_median_free(gradopt_median *median);
/* Adds a number that is not NaN; the oldest goes if the window is full. */
void gradopt_median_push(gradopt_median *median, double number);
/* Of at least one number; of an even count the mean of the two in the middle.
 */
double gradopt_median_get(const gradopt_median *median);
/* Number i of those in the window, 0 for the oldest. */
double gradopt_median_number(const gradopt_median *median, uint32_t i);

/* What can diverge. */
enum { GRADOPT_MEASURE_LOSS, GRADOPT_MEASURE_NORM, GRADOPT_MEASURES };

/* A copy of everything that a commit changes (snapshot.c): each current value
 * at the capacities, filled up with zeros to 8 bytes. */
typedef struct gradopt_snapshot {
  char *bytes; /* null if no policy rolls back */
  bool taken;
  uint64_t step; /* the last one in it */
} gradopt_snapshot;

size_t gradopt_snapshot_size(const gradopt_instance *instance);
void gradopt_snapshot_take(gradopt_instance *instance);
void gradopt_snapshot_restore(gradopt_instance *instance);

/* Rows of carried states (states.c). */
typedef struct gradopt_rows {
  bool *bad;
  int64_t count; /* most rows that a state has */
} gradopt_rows;

/* Marks the rows in which a carried state, now or next, is not finite or, with
 * `fraction` below 1, is beyond that part of its type's range; says in the
 * report how many they are and which is the first. */
void gradopt_find_bad_rows(gradopt_instance *instance, double fraction,
                           gradopt_step_report *report);
/* Makes the marked rows of all current states zero. */
void gradopt_zero_bad_rows(gradopt_instance *instance);

/* Learning rates (rates.c): what back off multiplies. */
typedef struct gradopt_rates {
  uint32_t *indices;
  uint64_t *saved; /* the bits of each while a step runs */
  uint32_t count;
} gradopt_rates;

/* They do not fall below this part of what they would be. */
#define GRADOPT_LOWEST_FACTOR (1.0 / 1024)

void gradopt_scale_rates(gradopt_instance *instance);
/* Puts back what scaling changed. */
void gradopt_restore_rates(gradopt_instance *instance);

/*===----------------------------------------------------------------------===*/
/* Policies (policy.c, supervisor.c, record.c, policy_state.c) */
/*===----------------------------------------------------------------------===*/

/* What a checkpoint keeps besides medians and snapshot. */
typedef struct gradopt_counters {
  uint32_t consecutive_skips;
  uint32_t good_since_back_off; /* while the factor is below 1 */
  uint32_t good_since_snapshot;
  uint32_t roll_backs; /* to the last snapshot */
  double rate_factor;  /* a power of two */
} gradopt_counters;

typedef struct gradopt_supervisor {
  gradopt_policies policies;
  gradopt_counters counters;
  gradopt_median medians[GRADOPT_MEASURES];
  int64_t measured[GRADOPT_MEASURES]; /* entries, or -1 */
  gradopt_snapshot snapshot;
  gradopt_rows rows;
  gradopt_rates rates;
  uint64_t total_skips;
  uint64_t step;
  bool stopped;
  gradopt_step_report last; /* what a stopped run goes on to answer */
  gradopt_watch *watches;
  uint32_t watch_count;
  char *watch_names;
  gradopt_report_fn take;
  void *take_user;
} gradopt_supervisor;

/* Finds in the instance's manifest what policies can go by. */
gradopt_status gradopt_supervisor_create(gradopt_instance *instance);
void gradopt_supervisor_free(gradopt_supervisor *supervisor);
/* Forgets all steps; the policies stay. */
void gradopt_supervisor_reset(gradopt_supervisor *supervisor);
/* Forgets what a checkpoint keeps. */
void gradopt_supervisor_forget(gradopt_supervisor *supervisor);
static inline gradopt_counters gradopt_no_counters(void) {
  return (gradopt_counters){.rate_factor = 1};
}

/* Watches of the record (record.c). */
gradopt_status gradopt_watch_record(const gradopt_manifest *manifest,
                                    gradopt_supervisor *supervisor);
uint32_t gradopt_count_bad_values(gradopt_instance *instance);
bool gradopt_has_overflow(gradopt_instance *instance);
/* Finds the first phase in which something was not finite (or else what was
 * near overflow), and its name. */
void gradopt_find_origin(gradopt_instance *instance, gradopt_quantity quantity,
                         gradopt_step_report *report);

/*===----------------------------------------------------------------------===*/
/* Threads (threads.c, barrier.c) */
/*===----------------------------------------------------------------------===*/

/* Processors fetch cache lines in pairs: what one thread writes often and what
 * another does are so far apart. */
#define GRADOPT_THREAD_ALIGNMENT 128

/* What one of the threads that run a step has for itself. */
typedef struct gradopt_member {
  /* Read by the others: twice the number of signals that this thread has given
   * in this call of the step, plus 1 if somebody sleeps until the next one. */
  _Alignas(GRADOPT_THREAD_ALIGNMENT) _Atomic uint32_t signals;
  /* Read by this thread: a copy of the instance's, so that no thread reads a
   * line that another writes, with this member as the barrier's state. */
  _Alignas(GRADOPT_THREAD_ALIGNMENT) gradopt_context context;
  int32_t thread;
  bool spins; /* before it sleeps: there is a processor for every thread */
  _Atomic bool runs;
  /* For those that sleep until this thread's next signal. */
  _Alignas(GRADOPT_THREAD_ALIGNMENT) pthread_mutex_t mutex;
  pthread_cond_t signalled;
} gradopt_member;

/* The barrier of a context whose barrier_state is a member of an array of at
 * least `threads`. */
void gradopt_barrier(gradopt_context *context, int32_t threads);

typedef struct gradopt_team {
  int32_t threads;
  gradopt_member *members; /* null for one thread */
  gradopt_parallel_for_fn run;
  void *user;
  fenv_t environment; /* of the thread that runs the instance */
} gradopt_team;

void gradopt_team_free(gradopt_team *team);
/* Calls the step on all threads. */
gradopt_status gradopt_run_step(gradopt_instance *instance);

/*===----------------------------------------------------------------------===*/
/* Instances (instance.c) */
/*===----------------------------------------------------------------------===*/

/* Bytes of an entry at the instance's capacities. */
int64_t gradopt_entry_bytes(const gradopt_instance *instance, uint32_t index);
void *gradopt_slot_data(gradopt_instance *instance, uint32_t index,
                        uint32_t slot);

struct gradopt_instance {
  gradopt_program program;
  gradopt_manifest manifest;
  int64_t *offsets; /* two per entry, as the layout function writes them */
  gradopt_context context;
  gradopt_supervisor supervisor;
  gradopt_team team;
};

#pragma GCC visibility pop

#endif /* GRADOPT_CORE_INTERNAL_H */
