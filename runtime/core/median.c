/*===- median.c - The running median of the last numbers -------------------===
 *
 * Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
 * See LICENSE for license information.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===----------------------------------------------------------------------===*/
#include "internal.h"

#include <stdlib.h>

bool gradopt_median_create(gradopt_median *median, uint32_t window) {
  *median = (gradopt_median){.window = window};
  if (window == 0)
    return true;
  median->recent = calloc(window, 2 * sizeof(double));
  if (!median->recent)
    return false;
  median->sorted = median->recent + window;
  return true;
}

void gradopt_median_free(gradopt_median *median) {
  free(median->recent);
  *median = (gradopt_median){0};
}

/* How many numbers of the sorted ones are below `number`. */
static uint32_t lower_bound(const gradopt_median *median, double number) {
  uint32_t low = 0, high = median->count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (median->sorted[middle] < number)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

void gradopt_median_push(gradopt_median *median, double number) {
  double *sorted = median->sorted;
  if (median->count == median->window) {
    uint32_t oldest = lower_bound(median, median->recent[median->next]);
    --median->count;
    memmove(sorted + oldest, sorted + oldest + 1,
            (median->count - oldest) * sizeof *sorted);
  }
  uint32_t place = lower_bound(median, number);
  memmove(sorted + place + 1, sorted + place,
          (median->count - place) * sizeof *sorted);
  sorted[place] = number;
  ++median->count;
  median->recent[median->next] = number;
  median->next = (median->next + 1) % median->window;
}

double gradopt_median_get(const gradopt_median *median) {
  uint32_t half = median->count / 2;
  const double *sorted = median->sorted;
  /* Halves, since the sum of two large numbers can be Inf. */
  return median->count % 2 ? sorted[half]
                           : sorted[half - 1] / 2 + sorted[half] / 2;
}

double gradopt_median_number(const gradopt_median *median, uint32_t i) {
  uint64_t oldest = (uint64_t)median->next + median->window - median->count;
  return median->recent[(oldest + i) % median->window];
}
