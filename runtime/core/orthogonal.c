/*===- orthogonal.c - Random matrices with orthonormal columns --------------===
 *
 * Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
 * See LICENSE for license information.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===----------------------------------------------------------------------===*/
/* Householder QR of a Gaussian matrix. With the signs chosen so that R has a
 * positive diagonal, Q is uniform over all matrices with orthonormal columns
 * (Mezzadri 2007). Householder and not Gram-Schmidt: Q is orthogonal to machine
 * precision even if the Gaussian matrix is nearly singular. */
#include "internal.h"

#include <math.h>
#include <stdlib.h>

/* Columns worked on at a time: a panel of long columns stays in the second
 * level cache and the partial products of one row in registers. A column's
 * arithmetic does not depend on its neighbours, so the width changes no bit. */
enum { PanelWidth = 16 };

/* panel -= scale * v (v^T panel) on rows first .. rows - 1. */
static void reflect(const double *v, double scale, int64_t first, int64_t rows,
                    double *panel) {
  double product[PanelWidth] = {0};
  for (int64_t i = first; i < rows; ++i)
    for (int c = 0; c < PanelWidth; ++c)
      product[c] += v[i] * panel[i * PanelWidth + c];
  for (int c = 0; c < PanelWidth; ++c)
    product[c] *= scale;
  for (int64_t i = first; i < rows; ++i)
    for (int c = 0; c < PanelWidth; ++c)
      panel[i * PanelWidth + c] -= v[i] * product[c];
}

/* Makes the reflector `v` that maps column `c` of the panel, from row `pivot`
 * down, to a multiple of the first unit vector. Returns 2 / (v^T v), or 0 for
 * a zero column; `sign` becomes the sign of that multiple. */
static double make_reflector(const double *panel, int64_t c, int64_t pivot,
                             int64_t rows, double *v, double *sign) {
  double squares = 0;
  for (int64_t i = pivot; i < rows; ++i) {
    v[i] = panel[i * PanelWidth + c];
    squares += v[i] * v[i];
  }
  /* Away from the pivot's own sign, so that nothing cancels. */
  *sign = v[pivot] > 0 ? -1 : 1;
  if (squares == 0)
    return 0;
  double below = squares - v[pivot] * v[pivot];
  if (below < 0)
    below = 0;
  v[pivot] -= *sign * sqrt(squares);
  return 2 / (below + v[pivot] * v[pivot]);
}

bool gradopt_random_orthogonal(uint64_t stream, int64_t rows, int64_t columns,
                               gradopt_store_fn store, void *target) {
  if (columns == 0)
    return true;
  if ((uint64_t)rows > SIZE_MAX / sizeof(double) / PanelWidth ||
      (uint64_t)columns > SIZE_MAX / sizeof(double) / 2 / (uint64_t)rows)
    return false;
  double *panel = malloc((size_t)rows * PanelWidth * sizeof(double));
  double *reflectors = malloc((size_t)rows * (size_t)columns * sizeof(double));
  double *scales = malloc((size_t)columns * sizeof(double));
  double *signs = malloc((size_t)columns * sizeof(double));
  bool enough = panel && reflectors && scales && signs;

  for (int64_t begin = 0; enough && begin < columns; begin += PanelWidth) {
    int64_t end = columns < begin + PanelWidth ? columns : begin + PanelWidth;
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t c = 0; c < PanelWidth; ++c)
        panel[i * PanelWidth + c] =
            begin + c < end
                ? gradopt_normal(stream, (uint64_t)i * (uint64_t)columns +
                                             (uint64_t)(begin + c))
                : 0;
    for (int64_t k = 0; k < end; ++k) {
      double *v = reflectors + k * rows;
      if (k >= begin)
        scales[k] = make_reflector(panel, k - begin, k, rows, v, &signs[k]);
      reflect(v, scales[k], k, rows, panel);
    }
  }

  /* Column j of Q is H_0 ... H_j e_j: later reflectors leave e_j alone. */
  for (int64_t begin = 0; enough && begin < columns; begin += PanelWidth) {
    int64_t end = columns < begin + PanelWidth ? columns : begin + PanelWidth;
    memset(panel, 0, (size_t)rows * PanelWidth * sizeof(double));
    for (int64_t j = begin; j < end; ++j)
      panel[j * PanelWidth + (j - begin)] = signs[j];
    for (int64_t k = end - 1; k >= 0; --k)
      reflect(reflectors + k * rows, scales[k], k, rows, panel);
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = begin; j < end; ++j)
        store(target, i, j, panel[i * PanelWidth + (j - begin)]);
  }

  free(panel);
  free(reflectors);
  free(scales);
  free(signs);
  return enough;
}
