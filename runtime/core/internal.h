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
/* Policies (policy.c) */
/*===----------------------------------------------------------------------===*/

/* A record entry that counts the NaN and Inf of something that a guard checks:
 * where in the step it stands and what it is the count of. */
typedef struct gradopt_watch {
  uint32_t index;
  gradopt_phase phase;
  bool through_time; /* the norms of a state instead, one per time step */
  const char *name;  /* "" for the loss and for joint counts */
} gradopt_watch;

typedef struct gradopt_supervisor {
  gradopt_policy policy;
  uint32_t max_consecutive_skips;
  uint32_t consecutive_skips;
  uint64_t total_skips;
  uint64_t step;
  bool stopped;
  gradopt_step_report last; /* what a stopped run goes on to answer */
  gradopt_watch *watches;
  uint32_t watch_count;
  char *watch_names;
} gradopt_supervisor;

gradopt_status gradopt_supervisor_create(const gradopt_manifest *manifest,
                                         gradopt_supervisor *supervisor);
void gradopt_supervisor_free(gradopt_supervisor *supervisor);
/* Forgets all steps; the policy stays. */
void gradopt_supervisor_reset(gradopt_supervisor *supervisor);

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
