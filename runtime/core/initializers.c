/*===- initializers.c - Initial values of parameters ------------------------===
 *
 * Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
 * See LICENSE for license information.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===----------------------------------------------------------------------===*/
/* The formulas and their sources are in docs/runtime.md. */
#include "internal.h"

#include <math.h>

/* An entry being filled: where elements go and how they are rounded. */
typedef struct fill_target {
  void *data;
  bool single;     /* f32, else f64 */
  bool transposed; /* a matrix whose orthonormal vectors are its rows */
  int64_t stride;  /* between the rows of the stored matrix */
  double scale;
  bool finite; /* nothing stored so far was NaN or Inf */
} fill_target;

static void store(fill_target *target, int64_t index, double value) {
  if (target->single) {
    float rounded = (float)value;
    ((float *)target->data)[index] = rounded;
    target->finite = target->finite && gradopt_is_finite_f32(&rounded);
  } else {
    ((double *)target->data)[index] = value;
    target->finite = target->finite && gradopt_is_finite_f64(&value);
  }
}

static void store_matrix(void *opaque, int64_t row, int64_t column,
                         double value) {
  fill_target *target = opaque;
  int64_t index = target->transposed ? column * target->stride + row
                                     : row * target->stride + column;
  store(target, index, target->scale * value);
}

/* [low, high) with both ends rounded to the element type. Rounding a draw may
 * hit the upper end, which the interval excludes: such a draw becomes the
 * largest value below it. */
static void fill_uniform(fill_target *target, int64_t elements, uint64_t stream,
                         double low, double high) {
  double last = high;
  if (target->single) {
    low = (float)low;
    high = (float)high;
    last = nextafterf((float)high, (float)low);
  } else {
    last = nextafter(high, low);
  }
  for (int64_t i = 0; i < elements; ++i) {
    double value = low + gradopt_uniform(stream, (uint64_t)i) * (high - low);
    if (target->single)
      value = (float)value;
    store(target, i, value < high ? value : last);
  }
}

static bool fill_orthogonal(fill_target *target,
                            const gradopt_manifest_entry *entry,
                            int64_t elements, uint64_t stream) {
  int64_t rows = entry->dims[0], columns = elements / rows;
  target->stride = columns;
  target->scale = entry->init_a;
  target->transposed = rows < columns;
  return gradopt_random_orthogonal(stream, rows < columns ? columns : rows,
                                   rows < columns ? rows : columns,
                                   store_matrix, target);
}

gradopt_status gradopt_initialize_entry(const gradopt_manifest_entry *entry,
                                        const char *name, uint64_t seed,
                                        void *data) {
  int64_t elements = gradopt_entry_elements(entry, 0, 0);
  if (elements <= 0)
    return GRADOPT_OK;
  uint64_t stream = gradopt_stream(seed, name);
  double a = entry->init_a, b = entry->init_b;
  fill_target target = {.data = data,
                        .single = entry->element_type == GRADOPT_F32,
                        .finite = true};
  switch ((gradopt_initializer)entry->init) {
  case GRADOPT_INIT_ZEROS:
    memset(data, 0,
           (size_t)elements * gradopt_element_size(entry->element_type));
    break;
  case GRADOPT_INIT_CONSTANT:
    for (int64_t i = 0; i < elements; ++i)
      store(&target, i, a);
    break;
  case GRADOPT_INIT_UNIFORM:
    fill_uniform(&target, elements, stream, a, b);
    break;
  case GRADOPT_INIT_NORMAL:
    for (int64_t i = 0; i < elements; ++i)
      store(&target, i, a + b * gradopt_normal(stream, (uint64_t)i));
    break;
  case GRADOPT_INIT_XAVIER: {
    double fans = (double)entry->dims[0] + (double)entry->dims[entry->rank - 1];
    double limit = fabs(a) * sqrt(6 / fans);
    fill_uniform(&target, elements, stream, -limit, limit);
    break;
  }
  case GRADOPT_INIT_HE: {
    double deviation = a * sqrt(2 / (double)entry->dims[0]);
    for (int64_t i = 0; i < elements; ++i)
      store(&target, i, deviation * gradopt_normal(stream, (uint64_t)i));
    break;
  }
  case GRADOPT_INIT_TRUNCATED_NORMAL:
    for (int64_t i = 0; i < elements; ++i)
      store(&target, i, a + b * gradopt_truncated_normal(stream, (uint64_t)i));
    break;
  case GRADOPT_INIT_FORGET_BIAS: {
    int64_t width = entry->dims[entry->rank - 1], gate = width / 4;
    for (int64_t i = 0; i < elements; ++i)
      store(&target, i, i % width / gate == 1 ? a : 0);
    break;
  }
  case GRADOPT_INIT_ORTHOGONAL:
    if (!fill_orthogonal(&target, entry, elements, stream))
      return gradopt_fail(GRADOPT_OUT_OF_MEMORY,
                          "not enough memory to make the initial value of "
                          "\"%s\" orthogonal",
                          name);
    break;
  case GRADOPT_INIT_IDENTITY:
    memset(data, 0,
           (size_t)elements * gradopt_element_size(entry->element_type));
    for (int64_t i = 0; i < entry->dims[0] && i < entry->dims[1]; ++i)
      store(&target, i * entry->dims[1] + i, a);
    break;
  }
  if (!target.finite)
    return gradopt_fail(GRADOPT_INVALID_ARGUMENT,
                        "the initial value of \"%s\" is too large for %s: an "
                        "element is NaN or Inf",
                        name, target.single ? "f32" : "f64");
  return GRADOPT_OK;
}
