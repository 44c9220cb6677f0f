/*===- random.c - A C program with the runtime
------------------------------===*\
|*
|* Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
|* See LICENSE for license information.
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
|*
\*===----------------------------------------------------------------------===*/

#include "gradopt_runtime.h"
#include <inttypes.h>
#include <stdio.h>

int main(void) {
  const uint32_t counter[4] = {0, 0, 0, 0};
  const uint32_t key[2] = {0, 0};
  uint32_t words[4];
  gradopt_philox(counter, key, words);
  printf("philox %08" PRIx32 " %08" PRIx32 "\n", words[0], words[1]);
  return 0;
}
