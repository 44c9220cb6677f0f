/*===- manifest.c - Reading and checking a manifest -------------------------===
 *
 * Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
 * See LICENSE for license information.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===----------------------------------------------------------------------===*/
/* A manifest may come from any compiler and from a damaged file: every field is
 * checked before it is used, and sizes are compared without overflow. */
#include "internal.h"

#include <stdlib.h>

_Static_assert(sizeof(gradopt_manifest_header) == 40, "ABI");
_Static_assert(sizeof(gradopt_manifest_entry) == 104, "ABI");
_Static_assert(sizeof(gradopt_record_header) == 64, "ABI");

/* Far above any model; a size beyond it is a damaged field. */
static const uint64_t maxTableBytes = UINT64_C(1) << 26;

enum {
  MayBeUnnamed = 1, /* at most one value of this role is usual */
  HasNext = 2,      /* a step may produce the next value */
  Static = 4,       /* does not depend on time or batch */
  Floating = 8,     /* f32 or f64 */
  Integer = 16,     /* i32 or i64 */
  HasInitializer = 32
};

static const struct {
  const char *name;
  unsigned traits;
} roles[] = {
    [GRADOPT_ROLE_INPUT] = {"input", 0},
    [GRADOPT_ROLE_PARAM] = {"parameter",
                            HasNext | Static | Floating | HasInitializer},
    [GRADOPT_ROLE_STATE] = {"state", HasNext},
    [GRADOPT_ROLE_OPTIMIZER_STATE] = {"optimizer state", HasNext | Static},
    [GRADOPT_ROLE_STEP_COUNT] = {"step count", MayBeUnnamed | HasNext | Static},
    [GRADOPT_ROLE_CLIP_STATE] = {"clip state", HasNext | Static},
    [GRADOPT_ROLE_HYPER] = {"hyperparameter",
                            HasNext | Static | Floating | HasInitializer},
    [GRADOPT_ROLE_RANDOM] = {"random key",
                             MayBeUnnamed | HasNext | Static | Integer},
    [GRADOPT_ROLE_LOSS] = {"loss", MayBeUnnamed | Static | Floating},
    [GRADOPT_ROLE_METRIC] = {"metric", 0},
    [GRADOPT_ROLE_OUTPUT] = {"output", 0},
    [GRADOPT_ROLE_GRAD] = {"gradient", Static | Floating},
    [GRADOPT_ROLE_RECORD] = {"record", 0},
};

const char *gradopt_role_name(uint32_t role) {
  if (role == 0 || role >= sizeof roles / sizeof *roles)
    return "unknown role";
  return roles[role].name;
}

size_t gradopt_element_size(uint32_t type) {
  switch (type) {
  case GRADOPT_I1:
    return 1;
  case GRADOPT_F32:
  case GRADOPT_I32:
    return 4;
  case GRADOPT_F64:
  case GRADOPT_I64:
    return 8;
  default:
    return 0;
  }
}

int64_t gradopt_entry_elements(const gradopt_manifest_entry *entry,
                               int64_t time, int64_t batch) {
  if (!entry || entry->rank > GRADOPT_MAX_RANK)
    return -1;
  int64_t sizes[GRADOPT_MAX_RANK];
  bool empty = false;
  for (uint32_t i = 0; i < entry->rank; ++i) {
    int64_t size = entry->dims[i];
    sizes[i] = size == GRADOPT_DIM_TIME    ? time
               : size == GRADOPT_DIM_BATCH ? batch
                                           : size;
    if (sizes[i] < 0)
      return -1;
    empty = empty || sizes[i] == 0;
  }
  /* However large the other dimensions are. */
  if (empty)
    return 0;
  int64_t elements = 1;
  for (uint32_t i = 0; i < entry->rank; ++i) {
    if (elements > INT64_MAX / sizes[i])
      return -1;
    elements *= sizes[i];
  }
  return elements;
}

/* Whether these bytes are UTF-8: no overlong forms, surrogates or values above
 * U+10FFFF. */
static bool is_utf8(const char *text) {
  const unsigned char *c = (const unsigned char *)text;
  while (*c) {
    uint32_t length = *c < 0x80 ? 1 : *c < 0xE0 ? 2 : *c < 0xF0 ? 3 : 4;
    if (length == 1) {
      ++c;
      continue;
    }
    if (*c < 0xC2 || *c > 0xF4)
      return false;
    uint32_t value = *c & (0x7Fu >> length);
    for (uint32_t i = 1; i < length; ++i) {
      /* Stops at the terminating zero: it is no continuation byte. */
      if ((c[i] & 0xC0) != 0x80)
        return false;
      value = value << 6 | (c[i] & 0x3Fu);
    }
    if (value < (length == 3   ? 0x800u
                 : length == 4 ? 0x10000u
                               : 0x80u) ||
        value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
      return false;
    c += length;
  }
  return true;
}

/* What is wrong with the initializer, or null. */
static const char *check_initializer(const gradopt_manifest_entry *entry) {
  bool finiteA = gradopt_is_finite_f64(&entry->init_a);
  bool finiteB = gradopt_is_finite_f64(&entry->init_b);
  if (entry->init != GRADOPT_INIT_ZEROS && !finiteA)
    return "a parameter of its initializer is NaN or Inf";
  switch (entry->init) {
  case GRADOPT_INIT_ZEROS:
  case GRADOPT_INIT_CONSTANT:
    return NULL;
  case GRADOPT_INIT_UNIFORM:
    if (!finiteB)
      return "a parameter of its initializer is NaN or Inf";
    return entry->init_a <= entry->init_b
               ? NULL
               : "the bounds of its uniform initializer are in the wrong order";
  case GRADOPT_INIT_NORMAL:
    if (!finiteB)
      return "a parameter of its initializer is NaN or Inf";
    return entry->init_b >= 0
               ? NULL
               : "the standard deviation of its normal initializer is negative";
  case GRADOPT_INIT_TRUNCATED_NORMAL:
    if (!finiteB)
      return "a parameter of its initializer is NaN or Inf";
    return entry->init_b >= 0 ? NULL
                              : "the standard deviation of its truncated "
                                "normal initializer is negative";
  case GRADOPT_INIT_XAVIER:
    return entry->rank >= 1 ? NULL : "its xavier initializer needs a dimension";
  case GRADOPT_INIT_HE:
    return entry->rank >= 1 ? NULL : "its he initializer needs a dimension";
  case GRADOPT_INIT_ORTHOGONAL:
    return entry->rank >= 2 ? NULL
                            : "its orthogonal initializer needs a matrix";
  case GRADOPT_INIT_IDENTITY:
    return entry->rank == 2 ? NULL : "its identity initializer needs a matrix";
  case GRADOPT_INIT_FORGET_BIAS:
    return entry->rank >= 1 && entry->dims[entry->rank - 1] % 4 == 0
               ? NULL
               : "its forget_bias initializer needs a last dimension that 4 "
                 "divides";
  default:
    return "it has an unknown initializer";
  }
}

static bool ends_with(const char *text, const char *end) {
  size_t length = strlen(text), endLength = strlen(end);
  return length >= endLength && !strcmp(text + length - endLength, end);
}

/* What is wrong with a named entry of a known role, or null. */
static const char *check_entry(const gradopt_manifest_entry *entry,
                               const char *name) {
  unsigned traits = roles[entry->role].traits;
  if (!*name && !(traits & MayBeUnnamed))
    return "it has no name";
  if (!gradopt_element_size(entry->element_type))
    return "it has an unknown element type";
  bool floating =
      entry->element_type == GRADOPT_F32 || entry->element_type == GRADOPT_F64;
  if ((traits & Floating) && !floating)
    return "its element type is not f32 or f64";
  if ((traits & Integer) && entry->element_type != GRADOPT_I32 &&
      entry->element_type != GRADOPT_I64)
    return "its element type is not i32 or i64";
  if (entry->rank > GRADOPT_MAX_RANK)
    return "it has too many dimensions";
  for (uint32_t i = 0; i < entry->rank; ++i) {
    if (entry->dims[i] < GRADOPT_DIM_BATCH)
      return "it has a negative dimension";
    if (entry->dims[i] < 0 && (traits & Static))
      return "its dimensions may not depend on time or batch";
  }
  if (gradopt_entry_elements(entry, 1, 1) < 0)
    return "its dimensions overflow";
  if (entry->slots != 1 && entry->slots != 2)
    return "it has neither one nor two slots";
  if (entry->slots == 2 && !(traits & HasNext))
    return "a value of this role has one slot";
  if (!(traits & HasInitializer) && entry->init != GRADOPT_INIT_ZEROS)
    return "a value of this role has no initializer";
  if (entry->role == GRADOPT_ROLE_RECORD && ends_with(name, "/nonfinite") &&
      entry->element_type != GRADOPT_I64)
    return "a count of non-finite elements is i64";
  return check_initializer(entry);
}

static gradopt_status check_entries(gradopt_manifest *manifest) {
  uint64_t stringBytes =
      manifest->header.size - manifest->header.strings_offset;
  /* With a zero at the very end, no name can run out of the table. */
  if (manifest->header.count > 0 &&
      (stringBytes == 0 || manifest->strings[stringBytes - 1] != 0))
    return gradopt_fail(GRADOPT_INCOMPATIBLE,
                        "manifest: the names do not end with a zero byte");
  for (uint32_t i = 0; i < manifest->header.count; ++i) {
    const gradopt_manifest_entry *entry = &manifest->entries[i];
    if (entry->role == 0 || entry->role >= sizeof roles / sizeof *roles)
      return gradopt_fail(GRADOPT_INCOMPATIBLE,
                          "manifest: entry %u has the unknown role %u", i,
                          entry->role);
    if (entry->name >= stringBytes)
      return gradopt_fail(GRADOPT_INCOMPATIBLE,
                          "manifest: the name of entry %u lies outside the "
                          "table",
                          i);
    const char *name = gradopt_manifest_name(manifest, i);
    if (!is_utf8(name))
      return gradopt_fail(GRADOPT_INCOMPATIBLE,
                          "manifest: the name of entry %u is not UTF-8", i);
    const char *wrong = check_entry(entry, name);
    if (wrong)
      return gradopt_fail(GRADOPT_INCOMPATIBLE,
                          "manifest: %s \"%s\" (entry %u): %s",
                          gradopt_role_name(entry->role), name, i, wrong);
  }
  return GRADOPT_OK;
}

static int compare_keys(const void *left, const void *right) {
  const gradopt_manifest_key *a = left, *b = right;
  if (a->role != b->role)
    return a->role < b->role ? -1 : 1;
  return strcmp(a->name, b->name);
}

static gradopt_status sort_keys(gradopt_manifest *manifest) {
  uint32_t count = manifest->header.count;
  for (uint32_t i = 0; i < count; ++i)
    manifest->keys[i] = (gradopt_manifest_key){
        manifest->entries[i].role, i, gradopt_manifest_name(manifest, i)};
  qsort(manifest->keys, count, sizeof *manifest->keys, compare_keys);
  for (uint32_t i = 1; i < count; ++i)
    if (compare_keys(&manifest->keys[i - 1], &manifest->keys[i]) == 0)
      return gradopt_fail(
          GRADOPT_INCOMPATIBLE, "manifest: there is more than one %s \"%s\"",
          gradopt_role_name(manifest->keys[i].role), manifest->keys[i].name);
  return GRADOPT_OK;
}

static gradopt_status check_header(const gradopt_manifest_header *header) {
  if (memcmp(header->magic, GRADOPT_MANIFEST_MAGIC, sizeof header->magic) != 0)
    return gradopt_fail(GRADOPT_INCOMPATIBLE, "this is no gradopt manifest");
  if (header->abi_version != GRADOPT_ABI_VERSION)
    return gradopt_fail(GRADOPT_INCOMPATIBLE,
                        "the program was compiled for version %u of the "
                        "runtime interface, this runtime has version %u",
                        header->abi_version, GRADOPT_ABI_VERSION);
  if (header->entry_size != sizeof(gradopt_manifest_entry))
    return gradopt_fail(GRADOPT_INCOMPATIBLE,
                        "manifest: entries have %u bytes instead of %zu",
                        header->entry_size, sizeof(gradopt_manifest_entry));
  if (header->size < sizeof *header || header->size > maxTableBytes)
    return gradopt_fail(GRADOPT_INCOMPATIBLE,
                        "manifest: a size of %llu bytes is not possible",
                        (unsigned long long)header->size);
  uint64_t entriesEnd =
      sizeof *header + (uint64_t)header->count * header->entry_size;
  if (entriesEnd > header->size)
    return gradopt_fail(GRADOPT_INCOMPATIBLE,
                        "manifest: %u entries do not fit in %llu bytes",
                        header->count, (unsigned long long)header->size);
  if (header->strings_offset < entriesEnd ||
      header->strings_offset > header->size)
    return gradopt_fail(GRADOPT_INCOMPATIBLE,
                        "manifest: the names do not lie between the entries "
                        "and the end");
  return GRADOPT_OK;
}

gradopt_status gradopt_manifest_read(const void *table,
                                     gradopt_manifest *manifest) {
  memset(manifest, 0, sizeof *manifest);
  memcpy(&manifest->header, table, sizeof manifest->header);
  gradopt_status status = check_header(&manifest->header);
  if (status != GRADOPT_OK)
    return status;

  manifest->table = malloc((size_t)manifest->header.size);
  manifest->keys =
      malloc(((size_t)manifest->header.count + 1) * sizeof *manifest->keys);
  if (!manifest->table || !manifest->keys) {
    gradopt_manifest_free(manifest);
    return gradopt_fail(GRADOPT_OUT_OF_MEMORY,
                        "not enough memory for a manifest of %llu bytes",
                        (unsigned long long)manifest->header.size);
  }
  memcpy(manifest->table, table, (size_t)manifest->header.size);
  const char *bytes = manifest->table;
  manifest->entries = (const void *)(bytes + sizeof(gradopt_manifest_header));
  manifest->strings = bytes + manifest->header.strings_offset;

  status = check_entries(manifest);
  if (status == GRADOPT_OK)
    status = sort_keys(manifest);
  if (status != GRADOPT_OK)
    gradopt_manifest_free(manifest);
  return status;
}

void gradopt_manifest_free(gradopt_manifest *manifest) {
  free(manifest->table);
  free(manifest->keys);
  manifest->table = NULL;
  manifest->keys = NULL;
}

const char *gradopt_manifest_name(const gradopt_manifest *manifest,
                                  uint32_t index) {
  return manifest->strings + manifest->entries[index].name;
}

int64_t gradopt_manifest_find(const gradopt_manifest *manifest, uint32_t role,
                              const char *name) {
  gradopt_manifest_key wanted = {role, 0, name};
  const gradopt_manifest_key *found =
      bsearch(&wanted, manifest->keys, manifest->header.count, sizeof wanted,
              compare_keys);
  return found ? (int64_t)found->index : -1;
}
