/*===- threads.c - A step on several threads --------------------------------===
 *
 * Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
 * See LICENSE for license information.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===----------------------------------------------------------------------===*/
#include "internal.h"

#include <omp.h>
#include <stdlib.h>
#include <unistd.h>

/* The operating system tells only where the calling thread may run, and with
 * OMP_PROC_BIND OpenMP binds that to one processor. */
int32_t gradopt_processors(void) { return omp_get_num_procs(); }

/* Whether so many threads can all run at the same time. */
static bool can_all_run(const gradopt_team *team, int32_t threads) {
  if (!team->run)
    return threads <= gradopt_processors();
  /* Who brings threads of his own may bind them to processors himself, and may
   * not want to start OpenMP, of which a process bears one library only. */
  return threads <= sysconf(_SC_NPROCESSORS_ONLN);
}

static void free_members(gradopt_member *members, int32_t count) {
  for (int32_t i = 0; i < count; ++i) {
    pthread_cond_destroy(&members[i].signalled);
    pthread_mutex_destroy(&members[i].mutex);
  }
  free(members);
}

void gradopt_team_free(gradopt_team *team) {
  if (team->members)
    free_members(team->members, team->threads);
  team->members = NULL;
}

/* Null if memory, or something else that a lock needs, runs out. */
static gradopt_member *make_members(int32_t count, bool spins) {
  size_t bytes = (size_t)count * sizeof(gradopt_member);
  if (bytes / sizeof(gradopt_member) != (size_t)count)
    return NULL;
  gradopt_member *members = aligned_alloc(GRADOPT_THREAD_ALIGNMENT, bytes);
  if (!members)
    return NULL;
  for (int32_t i = 0; i < count; ++i) {
    gradopt_member *member = &members[i];
    memset(member, 0, sizeof *member);
    member->thread = i;
    member->spins = spins;
    bool locks = pthread_mutex_init(&member->mutex, NULL) == 0;
    if (locks && pthread_cond_init(&member->signalled, NULL) == 0)
      continue;
    if (locks)
      pthread_mutex_destroy(&member->mutex);
    free_members(members, i);
    return NULL;
  }
  return members;
}

gradopt_status gradopt_instance_set_threads(gradopt_instance *instance,
                                            int32_t threads) {
  if (!instance)
    return gradopt_fail(GRADOPT_INVALID_ARGUMENT, "no instance was given");
  gradopt_team *team = &instance->team;
  if (threads < 1)
    return gradopt_fail(GRADOPT_INVALID_ARGUMENT,
                        "a step cannot run on %d threads: there is at least 1",
                        threads);
  bool allRun = threads == 1 || can_all_run(team, threads);
  if (!allRun && !team->run)
    return gradopt_fail(GRADOPT_INVALID_ARGUMENT,
                        "%d threads are more than the %d processors that this "
                        "process may run on: each would wait for others that "
                        "cannot run; give at most %d, or set a parallel-for of "
                        "your own first",
                        threads, gradopt_processors(), gradopt_processors());
  gradopt_member *members = NULL;
  if (threads > 1 && !(members = make_members(threads, allRun)))
    return gradopt_fail(GRADOPT_OUT_OF_MEMORY,
                        "not enough memory for %d threads", threads);
  gradopt_team_free(team);
  team->threads = threads;
  team->members = members;
  return GRADOPT_OK;
}

void gradopt_instance_set_parallel_for(gradopt_instance *instance,
                                       gradopt_parallel_for_fn run,
                                       void *user) {
  if (!instance)
    return;
  instance->team.run = run;
  instance->team.user = user;
}

static void run_member(gradopt_instance *instance, int32_t thread,
                       int32_t threads) {
  gradopt_member *member = &instance->team.members[thread];
  member->context = instance->context;
  member->context.barrier = gradopt_barrier;
  member->context.barrier_state = member;
  /* Whether small numbers are flushed to zero and how results are rounded is a
   * thread's own: bits would depend on which thread computes them. */
  fenv_t own;
  fegetenv(&own);
  fesetenv(&instance->team.environment);
  instance->program.step(&member->context, thread, threads);
  fesetenv(&own);
}

/* A task of the caller's threads. */
static void run_task(void *argument, int32_t thread) {
  gradopt_instance *instance = argument;
  gradopt_team *team = &instance->team;
  if (thread >= 0 && thread < team->threads &&
      !atomic_exchange(&team->members[thread].runs, true))
    run_member(instance, thread, team->threads);
}

static gradopt_status run_on_callers_threads(gradopt_instance *instance) {
  gradopt_team *team = &instance->team;
  team->run(team->user, team->threads, run_task, instance);
  for (int32_t i = 0; i < team->threads; ++i)
    if (!atomic_load(&team->members[i].runs))
      return gradopt_fail(GRADOPT_INVALID_ARGUMENT,
                          "the caller's parallel-for returned without having "
                          "run thread %d of %d; nothing was committed",
                          i, team->threads);
  return GRADOPT_OK;
}

static void run_on_openmp(gradopt_instance *instance) {
  /* There may be more if they were meant for a parallel-for that was taken away
   * again. */
  int32_t wanted = instance->team.threads, processors = gradopt_processors();
  if (wanted > processors)
    wanted = processors;
  /* The step is told how many there are, whatever was asked for. */
#pragma omp parallel num_threads(wanted)
  run_member(instance, omp_get_thread_num(), omp_get_num_threads());
}

gradopt_status gradopt_run_step(gradopt_instance *instance) {
  gradopt_team *team = &instance->team;
  if (team->threads == 1) {
    instance->program.step(&instance->context, 0, 1);
    return GRADOPT_OK;
  }
  for (int32_t i = 0; i < team->threads; ++i) {
    atomic_store_explicit(&team->members[i].signals, 0, memory_order_relaxed);
    atomic_store_explicit(&team->members[i].runs, false, memory_order_relaxed);
  }
  fegetenv(&team->environment);
  if (team->run)
    return run_on_callers_threads(instance);
  run_on_openmp(instance);
  return GRADOPT_OK;
}
