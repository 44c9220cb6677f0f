/*===- gradopt_runtime.h - C interface of a compiled training step ----------===
 *
 * Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
 * See LICENSE for license information.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===----------------------------------------------------------------------===*/
/* The contract between an object that gradopt compiled and whoever runs it, and
 * the small runtime that initializes, runs and guards such a step. Plain C: no
 * LLVM, no exceptions, no third-party library. Every function that can fail
 * returns a gradopt_status and leaves the reason in gradopt_last_error(). */
#ifndef GRADOPT_RUNTIME_H
#define GRADOPT_RUNTIME_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Version of everything in this header that compiled objects depend on: the
 * context, the manifest and the record header. An object of another version is
 * refused when an instance is created. */
#define GRADOPT_ABI_VERSION 2u

/*===----------------------------------------------------------------------===*/
/* What a compiled object exports (NAME is the step's symbol in the IR) */
/*===----------------------------------------------------------------------===*/

/* The state that the caller owns and hands to every call of a step. */
typedef struct gradopt_context {
  uint32_t abi_version; /* GRADOPT_ABI_VERSION */
  uint32_t slot;        /* 0 or 1: the slot that holds the current values; the
                           step writes the next ones into the other */
  int64_t time;         /* time steps of this call, 0 <= time <= max_time */
  int64_t batch;        /* batch rows of this call, 0 <= batch <= max_batch */
  int64_t max_time;     /* capacities that the arena was laid out for */
  int64_t max_batch;
  void *arena; /* layout(max_time, max_batch, ...) bytes, aligned to
                  GRADOPT_ARENA_ALIGNMENT */
  /* Called by each of `threads` threads, `threads` > 1; returns when all have
     called it. What was written before is seen by all after it. In one call of
     the step it is always the same number, and threads 0 .. threads - 1. */
  void (*barrier)(struct gradopt_context *context, int32_t threads);
  void *barrier_state; /* the barrier's own */
} gradopt_context;

#define GRADOPT_ARENA_ALIGNMENT 64

/* NAME: runs one training step on the current slot. It reads inputs, states and
 * parameters, writes results, the record and the next values, and changes none
 * of what it reads. Threads beyond those that the step uses return at once. */
typedef void (*gradopt_step_fn)(gradopt_context *context, int32_t thread,
                                int32_t threads);

/* NAME_layout: returns the arena's size in bytes for these capacities. If
 * `offsets` is not null, writes two byte offsets per manifest entry:
 * offsets[2 * i + slot]; both are equal for an entry with one slot. */
typedef int64_t (*gradopt_layout_fn)(int64_t max_time, int64_t max_batch,
                                     int64_t *offsets);

/* NAME_commit: makes the next values the current ones, all of them at once. */
typedef void (*gradopt_commit_fn)(gradopt_context *context);

/*===----------------------------------------------------------------------===*/
/* The manifest: NAME_manifest, a constant table in the object */
/*===----------------------------------------------------------------------===*/

typedef enum gradopt_element_type {
  GRADOPT_F32 = 1,
  GRADOPT_F64 = 2,
  GRADOPT_I1 = 3, /* one byte, 0 or 1 */
  GRADOPT_I32 = 4,
  GRADOPT_I64 = 5
} gradopt_element_type;

typedef enum gradopt_role {
  GRADOPT_ROLE_INPUT = 1,
  GRADOPT_ROLE_PARAM = 2,
  GRADOPT_ROLE_STATE = 3,
  GRADOPT_ROLE_OPTIMIZER_STATE = 4,
  GRADOPT_ROLE_STEP_COUNT = 5,
  GRADOPT_ROLE_CLIP_STATE = 6,
  GRADOPT_ROLE_HYPER = 7,
  GRADOPT_ROLE_RANDOM = 8,
  GRADOPT_ROLE_LOSS = 9,
  GRADOPT_ROLE_METRIC = 10,
  GRADOPT_ROLE_OUTPUT = 11,
  GRADOPT_ROLE_GRAD = 12,
  GRADOPT_ROLE_RECORD = 13
} gradopt_role;

/* How a parameter starts (`a` and `b` are the entry's init_a and init_b). The
 * formulas are in docs/runtime.md. Fan-in and fan-out are the first and the
 * last dimension. */
typedef enum gradopt_initializer {
  GRADOPT_INIT_ZEROS = 0,
  GRADOPT_INIT_CONSTANT = 1,   /* a */
  GRADOPT_INIT_UNIFORM = 2,    /* in [a, b) */
  GRADOPT_INIT_NORMAL = 3,     /* mean a, standard deviation b */
  GRADOPT_INIT_XAVIER = 4,     /* uniform, gain a; Glorot and Bengio 2010 */
  GRADOPT_INIT_ORTHOGONAL = 5, /* gain a; Saxe, McClelland, Ganguli 2014 */
  GRADOPT_INIT_IDENTITY = 6,   /* a on the main diagonal, else 0; Le, Jaitly,
                                  Hinton 2015 */
  GRADOPT_INIT_HE = 7, /* normal, gain a: deviation a sqrt(2 / fan-in); He et
                          al. 2015 */
  GRADOPT_INIT_TRUNCATED_NORMAL = 8, /* mean a, deviation b, within two
                                        deviations */
  GRADOPT_INIT_FORGET_BIAS = 9 /* a in the second quarter of the last dimension,
                                  else 0; Gers et al. 2000, Jozefowicz et al.
                                  2015 */
} gradopt_initializer;

#define GRADOPT_MAX_RANK 8
#define GRADOPT_DIM_TIME (-1)  /* the context's time */
#define GRADOPT_DIM_BATCH (-2) /* the context's batch */
#define GRADOPT_MANIFEST_MAGIC "GRADOPT"

/* All integers are little-endian; every field is naturally aligned when the
 * table is. Layout: header, `count` entries of `entry_size` bytes, then the
 * names as zero-terminated UTF-8. */
typedef struct gradopt_manifest_header {
  char magic[8];           /* GRADOPT_MANIFEST_MAGIC, zero-terminated */
  uint32_t abi_version;    /* GRADOPT_ABI_VERSION */
  uint32_t count;          /* number of entries */
  uint32_t entry_size;     /* sizeof(gradopt_manifest_entry) */
  uint32_t strings_offset; /* from the start of the table */
  uint64_t size;           /* bytes of the whole table */
  uint64_t model_hash;     /* of the names, roles, types and dimensions of
                              everything that a checkpoint holds */
} gradopt_manifest_header;

typedef struct gradopt_manifest_entry {
  uint32_t name;         /* offset of the name from strings_offset */
  uint32_t role;         /* gradopt_role */
  uint32_t element_type; /* gradopt_element_type */
  uint32_t rank;         /* 0 .. GRADOPT_MAX_RANK */
  uint32_t slots;        /* 2 if the step produces the next value, else 1 */
  uint32_t init;         /* gradopt_initializer; parameters and hypers */
  double init_a;
  double init_b;
  int64_t dims[GRADOPT_MAX_RANK]; /* >= 0, GRADOPT_DIM_TIME or
                                     GRADOPT_DIM_BATCH */
} gradopt_manifest_entry;

/* A program: the symbols of one compiled step. */
typedef struct gradopt_program {
  const void *manifest;
  gradopt_step_fn step;
  gradopt_layout_fn layout;
  gradopt_commit_fn commit;
} gradopt_program;

/*===----------------------------------------------------------------------===*/
/* The record */
/*===----------------------------------------------------------------------===*/

/* First bytes of the arena, written by every call of the step. The values that
 * the step records are the manifest's entries of role RECORD. Their names read
 * SUBJECT/NAME/QUANTITY, for example
 *   loss/nonfinite                 gradient/lstm.weight_hh/nonfinite
 *   update/lstm.weight_hh/nonfinite  update/lstm.weight_hh/m/nonfinite
 *   state/h/nonfinite              gradient/lstm.weight_hh/norm
 *   gradient/global/norm           gradient/global/clip_factor
 *   through_time/lstm/h            one value per time step
 * A `nonfinite` quantity is a count (i64) of NaN and Inf elements, `overflow`
 * one of finite elements that are near the end of their type's range. NAME may
 * hold dots and slashes; the NAME `global` is that of joint quantities, which
 * belong to no one parameter. */
typedef struct gradopt_record_header {
  uint32_t abi_version; /* GRADOPT_ABI_VERSION */
  uint32_t ok;          /* 1: all that the guard checks is finite */
  uint64_t reserved[7];
} gradopt_record_header;

/*===----------------------------------------------------------------------===*/
/* Instances */
/*===----------------------------------------------------------------------===*/

typedef enum gradopt_status {
  GRADOPT_OK = 0,
  GRADOPT_INVALID_ARGUMENT = 1, /* a value that the call does not take */
  GRADOPT_OUT_OF_MEMORY = 2,
  GRADOPT_INCOMPATIBLE = 3, /* manifest damaged or of another version */
  GRADOPT_STOPPED = 4       /* a policy stopped the run: see the report */
} gradopt_status;

/* The last failure in this thread as one line of text; "" if there was none. A
 * call that succeeds leaves it as it is. */
const char *gradopt_last_error(void);

typedef struct gradopt_instance gradopt_instance;

/* Checks the manifest, allocates and zeroes the arena for these capacities. */
gradopt_status gradopt_instance_create(const gradopt_program *program,
                                       int64_t max_time, int64_t max_batch,
                                       gradopt_instance **instance);
void gradopt_instance_destroy(gradopt_instance *instance);

/* Sets parameters by their initializers, hyperparameters to their initial
 * values, the random key from the seed, and all states and results to zero;
 * inputs stay as they are. Forgets all steps, and that a policy stopped the
 * run. A parameter's values depend on the seed and its name only. */
gradopt_status gradopt_instance_initialize(gradopt_instance *instance,
                                           uint64_t seed);

/* Of an index that is out of range, entry, name and data are null. */
uint32_t gradopt_instance_count(const gradopt_instance *instance);
const gradopt_manifest_entry *
gradopt_instance_entry(const gradopt_instance *instance, uint32_t index);
const char *gradopt_instance_name(const gradopt_instance *instance,
                                  uint32_t index);
uint64_t gradopt_instance_model_hash(const gradopt_instance *instance);

/* The index of the entry of this role and name, or -1. */
int64_t gradopt_instance_find(const gradopt_instance *instance,
                              gradopt_role role, const char *name);

/* The entry's current value, dense and row-major. Valid until the instance is
 * destroyed or, for an entry with two slots, until the next commit. */
void *gradopt_instance_data(gradopt_instance *instance, uint32_t index);

/* The whole entry in elements, for given time and batch sizes; -1 if that is
 * more than an int64_t holds or a dimension is negative. */
int64_t gradopt_entry_elements(const gradopt_manifest_entry *entry,
                               int64_t time, int64_t batch);
/* Bytes of one element; 0 for an unknown type. */
size_t gradopt_element_size(uint32_t element_type);

/*===----------------------------------------------------------------------===*/
/* Policies: what happens after a bad step (docs/policies.md) */
/*===----------------------------------------------------------------------===*/

/* What can be bad in a step. Several of them may be in one. */
typedef enum gradopt_event {
  GRADOPT_NONFINITE = 0, /* the record's `ok` is 0: something that the guard
                            checks is NaN or Inf */
  GRADOPT_OVERFLOW = 1,  /* an `overflow` count of the record is above 0 */
  GRADOPT_DIVERGENCE = 2 /* the loss, or gradient/global/norm where it is
                            recorded, is beyond divergence_factor times its
                            running median */
} gradopt_event;
#define GRADOPT_EVENTS 3

typedef enum gradopt_policy {
  GRADOPT_REPORT = 0,    /* say so and commit all the same: the parameters may
                            be ruined */
  GRADOPT_SKIP = 1,      /* commit nothing; stop after max_consecutive_skips + 1
                            such steps in a row */
  GRADOPT_STOP = 2,      /* commit nothing and refuse to go on */
  GRADOPT_BACK_OFF = 3,  /* skip, and halve the learning rates */
  GRADOPT_ROLL_BACK = 4, /* skip; after roll_back_after bad steps in a row go
                            back to the last snapshot */
  GRADOPT_IGNORE = 5     /* do not look; not for GRADOPT_NONFINITE */
} gradopt_policy;

/* What becomes of carried state after a bad step. */
typedef enum gradopt_carried_state {
  GRADOPT_KEEP = 0, /* as the policy leaves it */
  GRADOPT_ZERO = 1  /* zero in those batch rows in which a carried state is
                       bad, before the step or after it */
} gradopt_carried_state;

#define GRADOPT_DEFAULT_MAX_CONSECUTIVE_SKIPS 10

/* Initialize with GRADOPT_DEFAULT_POLICIES and change what is to be other. */
typedef struct gradopt_policies {
  uint32_t struct_size;              /* sizeof(gradopt_policies) */
  uint32_t on_event[GRADOPT_EVENTS]; /* gradopt_policy, by gradopt_event */
  uint32_t carried_state;            /* gradopt_carried_state */
  uint32_t max_consecutive_skips;    /* of skip and back off */
  uint32_t recover_after;   /* of back off: good steps in a row after which the
                               rates double again, >= 1 */
  uint32_t roll_back_after; /* of roll back: bad steps in a row, >= 1 */
  uint32_t snapshot_every;  /* of roll back: good steps, >= 1 */
  uint32_t max_roll_backs;  /* of roll back: to one snapshot; one more stops */
  uint32_t median_window;   /* good steps that the medians are of, >= 1 */
  uint32_t median_warmup;   /* good steps before they judge, >= 1, at most
                               median_window */
  double divergence_factor; /* > 1 */
  double overflow_fraction; /* of the largest number of the type; what the step
                               counts beyond. In (0, 1) */
} gradopt_policies;

#define GRADOPT_DEFAULT_POLICIES                                               \
  {sizeof(gradopt_policies),                                                   \
   {GRADOPT_SKIP, GRADOPT_IGNORE, GRADOPT_IGNORE},                             \
   GRADOPT_KEEP,                                                               \
   GRADOPT_DEFAULT_MAX_CONSECUTIVE_SKIPS,                                      \
   100,                                                                        \
   3,                                                                          \
   100,                                                                        \
   3,                                                                          \
   101,                                                                        \
   20,                                                                         \
   10.0,                                                                       \
   0.001}

/* Gives an instance, which starts with GRADOPT_DEFAULT_POLICIES, others.
 * Refused, with the old ones kept, are values out of their range, policies that
 * contradict each other, and what the program has nothing for: overflow without
 * counts, back off without a learning rate, GRADOPT_ZERO without carried state.
 * What was counted so far is kept as far as it still means something; a stopped
 * run stays stopped: initialize sets it going again. Roll back takes memory for
 * a snapshot, as much as the step's next values. */
gradopt_status gradopt_instance_set_policies(gradopt_instance *instance,
                                             const gradopt_policies *policies);

/* The default policies, but for these two. */
gradopt_status gradopt_instance_set_policy(gradopt_instance *instance,
                                           gradopt_policy on_nonfinite,
                                           uint32_t max_consecutive_skips);

/* What the policies remember from step to step, as bytes for a checkpoint:
 * steps in a row, learning rates' factor, medians, snapshot. The size is a
 * multiple of 8, and 0 if there is nothing to remember. Of a stopped run the
 * steps in a row are left out: to resume is to try again. */
size_t gradopt_instance_policy_state_size(const gradopt_instance *instance);
void gradopt_instance_save_policy_state(const gradopt_instance *instance,
                                        void *bytes);
/* Puts it into an instance with the same capacities, or changes nothing: bytes
 * that are damaged or of another program are refused. Set the policies before:
 * what they have no use for is left out. A size of 0 forgets everything. */
gradopt_status gradopt_instance_load_policy_state(gradopt_instance *instance,
                                                  const void *bytes,
                                                  size_t size);

/*===----------------------------------------------------------------------===*/
/* Running a step */
/*===----------------------------------------------------------------------===*/

typedef enum gradopt_phase {
  GRADOPT_PHASE_NONE = 0,
  GRADOPT_PHASE_LOSS = 1,     /* the loss itself */
  GRADOPT_PHASE_GRADIENT = 2, /* the loss was good, a gradient was not */
  GRADOPT_PHASE_UPDATE = 3,   /* the gradients were good, an updated parameter
                                 or optimizer state was not */
  GRADOPT_PHASE_STATE = 4     /* a carried state was not, and nothing before */
} gradopt_phase;

typedef enum gradopt_action {
  GRADOPT_ACTION_COMMITTED = 0,
  GRADOPT_ACTION_REPORTED = 1, /* committed although bad */
  GRADOPT_ACTION_SKIPPED = 2,
  GRADOPT_ACTION_STOPPED = 3,
  GRADOPT_ACTION_BACKED_OFF = 4, /* skipped, and the rates were halved */
  GRADOPT_ACTION_ROLLED_BACK = 5 /* everything is as in the last snapshot */
} gradopt_action;

/* What was bad and what was done. The first fields speak of NaN and Inf if
 * there are any, else of values near overflow. */
typedef struct gradopt_step_report {
  uint64_t step;       /* 1 for the first call after initialize */
  gradopt_phase phase; /* the first phase in which something was bad */
  gradopt_action action;
  const char *name;           /* of the parameter or state that went bad, ""
                                 where nothing did and where the record does not
                                 tell; for a loss that is not finite,
                                 LAYER/STATE of the first recurrence in which a
                                 state was not finite; owned by the instance */
  int64_t time_step;          /* with such a name: the first time step after
                                 which the state was not finite; else -1 */
  int64_t nonfinite;          /* how many elements of it are NaN or Inf */
  uint32_t bad_values;        /* how many entries of the record count or hold
                                 NaN or Inf, guarded or only observed */
  uint32_t consecutive_skips; /* steps in a row, this one included, that were
                                 not committed */
  uint64_t total_skips;       /* the same since initialize */
  uint32_t events;            /* bit 1 << gradopt_event for each one */
  gradopt_event cause;        /* of several events the one whose policy was
                                 followed; of equal policies the first */
  int64_t overflowing;        /* how many elements of `name` are near overflow,
                                 if none is NaN or Inf */
  const char *diverged;       /* what diverged: "loss", "gradient/global/norm",
                                 or "" */
  double value;               /* its value, and its running median */
  double median;
  double rate_factor;       /* of the learning rates in the next step */
  uint64_t restored_step;   /* rolled back: to the state after this step */
  uint32_t roll_backs;      /* to that snapshot so far, this one included */
  uint32_t zeroed_rows;     /* batch rows whose carried state became zero */
  int64_t first_zeroed_row; /* the first of them, else -1 */
} gradopt_step_report;

/* Runs one step on the values in the arena and applies the policies. While it
 * runs, and only then, every hyperparameter `learning_rate` and
 * `learning_rate.GROUP` is multiplied by the factor of back off. Returns
 * GRADOPT_STOPPED if a policy stopped the run, now or earlier; `report` (may be
 * null) is then the one of the step that stopped it. */
gradopt_status gradopt_instance_run(gradopt_instance *instance, int64_t time,
                                    int64_t batch, gradopt_step_report *report);

/* Has `take` called with the report of every bad step before anything is done
 * about it: all values are those that the step read, results and record those
 * that it wrote, and the update, if it is to be applied, is held back until
 * `take` returns. It must not run, set or load anything of the instance. The
 * report's counts of roll backs and rows are already those of what follows.
 * Null takes it away. */
typedef void (*gradopt_report_fn)(void *user,
                                  const gradopt_step_report *report);
void gradopt_instance_on_report(gradopt_instance *instance,
                                gradopt_report_fn take, void *user);

/* How many processors this process may run on, by OpenMP, which this starts:
 * more threads do not make a step faster. */
int32_t gradopt_processors(void);

/* How many threads run a step, 1 at first. No bit of a result depends on it.
 * The runtime's own threads are OpenMP's; more of them than there are
 * processors are refused, since each would wait for others that cannot run.
 * Where OpenMP has fewer to give (OMP_THREAD_LIMIT, a caller that is in a
 * parallel region itself), a step runs on those. */
gradopt_status gradopt_instance_set_threads(gradopt_instance *instance,
                                            int32_t threads);

/* Runs task(argument, thread) for each thread in 0 .. threads - 1, all at the
 * same time, since the tasks wait for each other, and returns when all have
 * returned. */
typedef void (*gradopt_parallel_for_fn)(void *user, int32_t threads,
                                        void (*task)(void *argument,
                                                     int32_t thread),
                                        void *argument);

/* Has steps run on threads of the caller's (a pool, for example) instead of
 * OpenMP's, which null brings back. `user` is handed to `run`. With threads of
 * the caller's any number is allowed, once this was called. */
void gradopt_instance_set_parallel_for(gradopt_instance *instance,
                                       gradopt_parallel_for_fn run, void *user);

/* Calls of run since initialize, for checkpoints. */
uint64_t gradopt_instance_step(const gradopt_instance *instance);
void gradopt_instance_set_step(gradopt_instance *instance, uint64_t step);

/* The report as one line of plain text. Writes at most `size` bytes with the
 * terminating zero; returns the length of the whole line. */
size_t gradopt_format_report(const gradopt_step_report *report, char *buffer,
                             size_t size);

/*===----------------------------------------------------------------------===*/
/* Counter-based random numbers: Philox4x32-10, Salmon et al. 2011 */
/*===----------------------------------------------------------------------===*/

/* Block `counter` of the stream `key`: four independent 32-bit words. */
void gradopt_philox(const uint32_t counter[4], const uint32_t key[2],
                    uint32_t result[4]);

/* The stream of a name under a seed: FNV-1a of the name, mixed with it. */
uint64_t gradopt_stream(uint64_t seed, const char *name);

/* Element `index` of a stream: uniform in [0, 1) with 53 random bits, standard
 * normal (Box and Muller 1958), and uniform in 0 .. bound - 1 (0 for a bound of
 * 0). The three are independent of each other. */
double gradopt_uniform(uint64_t stream, uint64_t index);
double gradopt_normal(uint64_t stream, uint64_t index);
uint64_t gradopt_uniform_int(uint64_t stream, uint64_t index, uint64_t bound);

#ifdef __cplusplus
}
#endif

#endif /* GRADOPT_RUNTIME_H */
