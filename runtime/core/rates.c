/*===- rates.c - Learning rates while a step runs --------------------------===
 *
 * Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
 * See LICENSE for license information.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===----------------------------------------------------------------------===*/
#include "internal.h"

/* The caller's values are those before back off: it may read them, and set them
 * by a schedule, without knowing the factor. */
void gradopt_scale_rates(gradopt_instance *instance) {
  const gradopt_rates *rates = &instance->supervisor.rates;
  const double factor = instance->supervisor.counters.rate_factor;
  for (uint32_t i = 0; i < rates->count; ++i) {
    void *rate = gradopt_instance_data(instance, rates->indices[i]);
    uint32_t type = instance->manifest.entries[rates->indices[i]].element_type;
    memcpy(&rates->saved[i], rate, gradopt_element_size(type));
    if (type == GRADOPT_F32) {
      float value;
      memcpy(&value, rate, sizeof value);
      value = (float)(value * factor);
      memcpy(rate, &value, sizeof value);
    } else {
      double value;
      memcpy(&value, rate, sizeof value);
      value *= factor;
      memcpy(rate, &value, sizeof value);
    }
  }
}

void gradopt_restore_rates(gradopt_instance *instance) {
  const gradopt_rates *rates = &instance->supervisor.rates;
  for (uint32_t i = 0; i < rates->count; ++i) {
    uint32_t type = instance->manifest.entries[rates->indices[i]].element_type;
    memcpy(gradopt_instance_data(instance, rates->indices[i]), &rates->saved[i],
           gradopt_element_size(type));
  }
}
