/*===- error.c - The last failure of a thread -------------------------------===
 *
 * Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
 * See LICENSE for license information.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===----------------------------------------------------------------------===*/
#include "internal.h"

#include <stdarg.h>
#include <stdio.h>

static _Thread_local char lastError[1024];

const char *gradopt_last_error(void) { return lastError; }

gradopt_status gradopt_fail(gradopt_status status, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(lastError, sizeof lastError, format, arguments);
  va_end(arguments);
  /* Names are free text; the message is promised to be one line. */
  for (char *c = lastError; *c; ++c)
    if ((unsigned char)*c < 0x20 || *c == 0x7f)
      *c = '?';
  return status;
}
