/*===- instance.c - An arena and the values in it ---------------------------===
 *
 * Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
 * See LICENSE for license information.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===----------------------------------------------------------------------===*/
#include "internal.h"

#include <stdlib.h>
#include <sys/mman.h>

/* A step walks through its whole arena: in pages of the usual size it would
   wait for address translation again and again. */
#define LARGE_PAGE ((uint64_t)1 << 21)

/* `bytes` rounded up to whole alignments, or null. Large pages are a wish: a
   kernel that has none gives usual ones. */
static void *allocate_arena(uint64_t bytes) {
  uint64_t alignment =
      bytes >= LARGE_PAGE ? LARGE_PAGE : (uint64_t)GRADOPT_ARENA_ALIGNMENT;
  if (bytes > SIZE_MAX - alignment)
    return NULL;
  /* aligned_alloc takes multiples of the alignment only. */
  uint64_t rounded = (bytes + alignment - 1) / alignment * alignment;
  void *arena = aligned_alloc((size_t)alignment, (size_t)rounded);
  if (!arena)
    return NULL;
  if (bytes >= LARGE_PAGE)
    (void)madvise(arena, (size_t)(bytes / LARGE_PAGE * LARGE_PAGE),
                  MADV_HUGEPAGE);
  memset(arena, 0, (size_t)bytes);
  return arena;
}

/* Bytes of an entry at the arena's capacities, or -1 if they overflow. */
static int64_t entry_bytes(const gradopt_manifest_entry *entry, int64_t maxTime,
                           int64_t maxBatch) {
  int64_t elements = gradopt_entry_elements(entry, maxTime, maxBatch);
  int64_t size = (int64_t)gradopt_element_size(entry->element_type);
  return elements < 0 || elements > INT64_MAX / size ? -1 : elements * size;
}

/* What is wrong with the two offsets of an entry, or null. */
static const char *check_offsets(const gradopt_manifest_entry *entry,
                                 const int64_t offsets[2], int64_t bytes,
                                 int64_t arenaBytes) {
  for (int slot = 0; slot < 2; ++slot) {
    if (offsets[slot] < (int64_t)sizeof(gradopt_record_header) ||
        offsets[slot] > arenaBytes || bytes > arenaBytes - offsets[slot])
      return "lies outside the arena";
    if (offsets[slot] % (int64_t)gradopt_element_size(entry->element_type))
      return "is not aligned";
  }
  int64_t distance = offsets[0] < offsets[1] ? offsets[1] - offsets[0]
                                             : offsets[0] - offsets[1];
  if (entry->slots == 1 && distance != 0)
    return "has one slot but two places";
  if (entry->slots == 2 && distance < bytes)
    return "has slots that overlap";
  return NULL;
}

static gradopt_status lay_out(gradopt_instance *instance, int64_t maxTime,
                              int64_t maxBatch) {
  const gradopt_manifest *manifest = &instance->manifest;
  size_t places = 2 * (size_t)manifest->header.count;
  /* One more, so that a manifest without entries does not ask for nothing. */
  instance->offsets = malloc((places + 1) * sizeof *instance->offsets);
  if (!instance->offsets)
    return gradopt_fail(GRADOPT_OUT_OF_MEMORY,
                        "not enough memory for the places of %u values",
                        manifest->header.count);
  for (size_t i = 0; i < places; ++i)
    instance->offsets[i] = -1; /* what the layout does not write is refused */
  int64_t bytes =
      instance->program.layout(maxTime, maxBatch, instance->offsets);
  if (bytes < (int64_t)sizeof(gradopt_record_header))
    return gradopt_fail(GRADOPT_INCOMPATIBLE,
                        "the program asks for an arena of %lld bytes, which "
                        "does not hold the record",
                        (long long)bytes);
  for (uint32_t i = 0; i < manifest->header.count; ++i) {
    const gradopt_manifest_entry *entry = &manifest->entries[i];
    const char *name = gradopt_manifest_name(manifest, i);
    int64_t size = entry_bytes(entry, maxTime, maxBatch);
    if (size < 0)
      return gradopt_fail(GRADOPT_INVALID_ARGUMENT,
                          "%s \"%s\" is too large at %lld time steps and %lld "
                          "batch rows",
                          gradopt_role_name(entry->role), name,
                          (long long)maxTime, (long long)maxBatch);
    const char *wrong =
        check_offsets(entry, &instance->offsets[2 * (size_t)i], size, bytes);
    if (wrong)
      return gradopt_fail(GRADOPT_INCOMPATIBLE, "layout: %s \"%s\" %s",
                          gradopt_role_name(entry->role), name, wrong);
  }

  void *arena = allocate_arena((uint64_t)bytes);
  if (!arena)
    return gradopt_fail(GRADOPT_OUT_OF_MEMORY,
                        "not enough memory for an arena of %lld bytes (%lld "
                        "time steps, %lld batch rows)",
                        (long long)bytes, (long long)maxTime,
                        (long long)maxBatch);
  instance->context = (gradopt_context){.abi_version = GRADOPT_ABI_VERSION,
                                        .max_time = maxTime,
                                        .max_batch = maxBatch,
                                        .arena = arena};
  return GRADOPT_OK;
}

gradopt_status gradopt_instance_create(const gradopt_program *program,
                                       int64_t max_time, int64_t max_batch,
                                       gradopt_instance **instance) {
  if (!instance)
    return gradopt_fail(GRADOPT_INVALID_ARGUMENT,
                        "no place was given for the instance");
  *instance = NULL;
  if (!program || !program->manifest || !program->step || !program->layout ||
      !program->commit)
    return gradopt_fail(GRADOPT_INVALID_ARGUMENT,
                        "the program lacks its manifest, step, layout or "
                        "commit symbol");
  if (max_time < 0 || max_batch < 0)
    return gradopt_fail(GRADOPT_INVALID_ARGUMENT,
                        "an instance cannot have %lld time steps and %lld "
                        "batch rows",
                        (long long)max_time, (long long)max_batch);
  gradopt_instance *made = calloc(1, sizeof *made);
  if (!made)
    return gradopt_fail(GRADOPT_OUT_OF_MEMORY,
                        "not enough memory for an instance");
  made->program = *program;
  made->team.threads = 1;
  gradopt_status status =
      gradopt_manifest_read(program->manifest, &made->manifest);
  if (status == GRADOPT_OK)
    status = lay_out(made, max_time, max_batch);
  if (status == GRADOPT_OK)
    status = gradopt_supervisor_create(&made->manifest, &made->supervisor);
  if (status != GRADOPT_OK) {
    gradopt_instance_destroy(made);
    return status;
  }
  *instance = made;
  return GRADOPT_OK;
}

void gradopt_instance_destroy(gradopt_instance *instance) {
  if (!instance)
    return;
  gradopt_team_free(&instance->team);
  gradopt_supervisor_free(&instance->supervisor);
  gradopt_manifest_free(&instance->manifest);
  free(instance->context.arena);
  free(instance->offsets);
  free(instance);
}

static void *slot_data(gradopt_instance *instance, uint32_t index,
                       uint32_t slot) {
  return (char *)instance->context.arena +
         instance->offsets[2 * (size_t)index + slot];
}

void *gradopt_instance_data(gradopt_instance *instance, uint32_t index) {
  if (!instance || index >= instance->manifest.header.count)
    return NULL;
  return slot_data(instance, index, instance->context.slot);
}

static void fill_random_key(const gradopt_manifest_entry *entry,
                            const char *name, uint64_t seed, void *data) {
  int64_t elements = gradopt_entry_elements(entry, 0, 0);
  uint64_t stream = gradopt_stream(seed, name);
  size_t size = gradopt_element_size(entry->element_type);
  for (int64_t i = 0; i < elements; ++i) {
    /* Little-endian, as the manifest: the first bytes are the low ones. */
    uint64_t bits = gradopt_random_bits(stream, (uint64_t)i);
    memcpy((char *)data + (size_t)i * size, &bits, size);
  }
}

gradopt_status gradopt_instance_initialize(gradopt_instance *instance,
                                           uint64_t seed) {
  if (!instance)
    return gradopt_fail(GRADOPT_INVALID_ARGUMENT, "no instance was given");
  instance->context.slot = 0;
  gradopt_supervisor_reset(&instance->supervisor);
  const gradopt_manifest *manifest = &instance->manifest;
  for (uint32_t i = 0; i < manifest->header.count; ++i) {
    const gradopt_manifest_entry *entry = &manifest->entries[i];
    if (entry->role == GRADOPT_ROLE_INPUT)
      continue; /* the caller's */
    size_t bytes = (size_t)entry_bytes(entry, instance->context.max_time,
                                       instance->context.max_batch);
    for (uint32_t slot = 0; slot < 2; ++slot)
      memset(slot_data(instance, i, slot), 0, bytes);
  }
  /* After all zeroing: results may share the memory of other results. */
  for (uint32_t i = 0; i < manifest->header.count; ++i) {
    const gradopt_manifest_entry *entry = &manifest->entries[i];
    const char *name = gradopt_manifest_name(manifest, i);
    void *data = slot_data(instance, i, 0);
    if (entry->role == GRADOPT_ROLE_RANDOM) {
      fill_random_key(entry, name, seed, data);
    } else if (entry->role == GRADOPT_ROLE_PARAM ||
               entry->role == GRADOPT_ROLE_HYPER) {
      gradopt_status status = gradopt_initialize_entry(entry, name, seed, data);
      if (status != GRADOPT_OK)
        return status;
    }
  }
  return GRADOPT_OK;
}

uint32_t gradopt_instance_count(const gradopt_instance *instance) {
  return instance ? instance->manifest.header.count : 0;
}

const gradopt_manifest_entry *
gradopt_instance_entry(const gradopt_instance *instance, uint32_t index) {
  if (!instance || index >= instance->manifest.header.count)
    return NULL;
  return &instance->manifest.entries[index];
}

const char *gradopt_instance_name(const gradopt_instance *instance,
                                  uint32_t index) {
  if (!instance || index >= instance->manifest.header.count)
    return NULL;
  return gradopt_manifest_name(&instance->manifest, index);
}

uint64_t gradopt_instance_model_hash(const gradopt_instance *instance) {
  return instance ? instance->manifest.header.model_hash : 0;
}

int64_t gradopt_instance_find(const gradopt_instance *instance,
                              gradopt_role role, const char *name) {
  if (!instance || !name)
    return -1;
  return gradopt_manifest_find(&instance->manifest, (uint32_t)role, name);
}
