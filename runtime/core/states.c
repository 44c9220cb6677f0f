/*===- states.c - Rows of carried state that went bad ----------------------===
 *
 * Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
 * See LICENSE for license information.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===----------------------------------------------------------------------===*/
#include "internal.h"

#include <float.h>
#include <math.h>

/* A state as a table at the sizes of the call: outer x rows x inner elements.
 * Rows are the batch's: the first dimension unless one is called so. */
typedef struct state_table {
  int64_t outer, rows, inner;
  uint32_t type;
} state_table;

static state_table table_of(const gradopt_instance *instance, uint32_t index) {
  const gradopt_manifest_entry *entry = &instance->manifest.entries[index];
  state_table table = {1, 1, 1, entry->element_type};
  uint32_t batch = 0;
  for (uint32_t i = 0; i < entry->rank; ++i)
    if (entry->dims[i] == GRADOPT_DIM_BATCH) {
      batch = i;
      break;
    }
  for (uint32_t i = 0; i < entry->rank; ++i) {
    int64_t size = entry->dims[i] == GRADOPT_DIM_BATCH ? instance->context.batch
                   : entry->dims[i] == GRADOPT_DIM_TIME ? instance->context.time
                                                        : entry->dims[i];
    if (i < batch)
      table.outer *= size;
    else if (i == batch)
      table.rows = size;
    else
      table.inner *= size;
  }
  return table;
}

static bool is_bad(const char *element, uint32_t type, double fraction) {
  if (type == GRADOPT_F32) {
    float value;
    memcpy(&value, element, sizeof value);
    return !gradopt_is_finite_f32(element) ||
           (fraction < 1 && fabsf(value) > (float)fraction * FLT_MAX);
  }
  if (type == GRADOPT_F64) {
    double value;
    memcpy(&value, element, sizeof value);
    return !gradopt_is_finite_f64(element) ||
           (fraction < 1 && fabs(value) > fraction * DBL_MAX);
  }
  return false;
}

static void mark_rows(gradopt_instance *instance, uint32_t index, uint32_t slot,
                      double fraction) {
  const state_table table = table_of(instance, index);
  const char *element = gradopt_slot_data(instance, index, slot);
  const size_t size = gradopt_element_size(table.type);
  for (int64_t o = 0; o < table.outer; ++o)
    for (int64_t r = 0; r < table.rows; ++r)
      for (int64_t i = 0; i < table.inner; ++i, element += size)
        if (is_bad(element, table.type, fraction))
          instance->supervisor.rows.bad[r] = true;
}

void gradopt_find_bad_rows(gradopt_instance *instance, double fraction,
                           gradopt_step_report *report) {
  gradopt_rows *rows = &instance->supervisor.rows;
  memset(rows->bad, 0, (size_t)rows->count * sizeof *rows->bad);
  for (uint32_t i = 0; i < instance->manifest.header.count; ++i)
    if (instance->manifest.entries[i].role == GRADOPT_ROLE_STATE)
      for (uint32_t slot = 0; slot < 2; ++slot)
        mark_rows(instance, i, slot, fraction);
  for (int64_t r = 0; r < rows->count; ++r)
    if (rows->bad[r]) {
      if (report->zeroed_rows++ == 0)
        report->first_zeroed_row = r;
    }
}

void gradopt_zero_bad_rows(gradopt_instance *instance) {
  for (uint32_t i = 0; i < instance->manifest.header.count; ++i) {
    if (instance->manifest.entries[i].role != GRADOPT_ROLE_STATE)
      continue;
    const state_table table = table_of(instance, i);
    const size_t bytes = (size_t)table.inner * gradopt_element_size(table.type);
    char *row = gradopt_instance_data(instance, i);
    for (int64_t o = 0; o < table.outer; ++o)
      for (int64_t r = 0; r < table.rows; ++r, row += bytes)
        if (instance->supervisor.rows.bad[r])
          memset(row, 0, bytes);
  }
}
