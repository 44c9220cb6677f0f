/* Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
 * See LICENSE for license information.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Trains the step for some calls and prints the loss before and after. */
#include "step.h"

#include <stdio.h>

static float train(gradopt_instance *instance, int64_t time, int64_t batch) {
  int64_t inputs[] = {
      gradopt_instance_find(instance, GRADOPT_ROLE_INPUT, "x"),
      gradopt_instance_find(instance, GRADOPT_ROLE_INPUT, "target")};
  for (int i = 0; i < 2; ++i) {
    uint32_t index = (uint32_t)inputs[i];
    float *data = gradopt_instance_data(instance, index);
    int64_t count = gradopt_entry_elements(
        gradopt_instance_entry(instance, index), time, batch);
    for (int64_t e = 0; e < count; ++e)
      data[e] = (float)gradopt_uniform(7 + (uint64_t)i, (uint64_t)e) - 0.5f;
  }
  if (gradopt_instance_run(instance, time, batch, NULL) != GRADOPT_OK) {
    fprintf(stderr, "%s\n", gradopt_last_error());
    return -1;
  }
  int64_t loss = gradopt_instance_find(instance, GRADOPT_ROLE_LOSS, "");
  return *(float *)gradopt_instance_data(instance, (uint32_t)loss);
}

int main(void) {
  gradopt_program program = step_program();
  gradopt_instance *instance = NULL;
  if (gradopt_instance_create(&program, 9, 5, &instance) != GRADOPT_OK ||
      gradopt_instance_initialize(instance, 1) != GRADOPT_OK) {
    fprintf(stderr, "%s\n", gradopt_last_error());
    return 1;
  }
  int64_t sizes[][2] = {{9, 5}, {2, 1}};
  for (int i = 0; i < 2; ++i) {
    gradopt_instance_initialize(instance, 1);
    float first = train(instance, sizes[i][0], sizes[i][1]), last = first;
    for (int step = 0; step < 60; ++step)
      last = train(instance, sizes[i][0], sizes[i][1]);
    printf("T = %d, B = %d: %s\n", (int)sizes[i][0], (int)sizes[i][1],
           first > 0 && last >= 0 && last < 0.8f * first ? "learns" : "does not");
  }
  gradopt_instance_destroy(instance);
  return 0;
}
