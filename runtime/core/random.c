/*===- random.c - Counter-based random numbers ------------------------------===
 *
 * Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
 * See LICENSE for license information.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===----------------------------------------------------------------------===*/
/* Philox4x32-10 of Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as
 * easy as 1, 2, 3", SC 2011. Any element of a stream is a pure function of the
 * stream and the element's index, so order and threads cannot change it. */
#include "internal.h"

#include <math.h>

/* Word 3 of the counter. The draws of one stream for different uses come from
 * different blocks, so that they are independent of each other. 4 is that of
 * dropout and zoneout, which compiled steps draw themselves. */
enum { UseUniform = 0, UseNormal = 1, UseInteger = 2, UseBits = 3 };

void gradopt_philox(const uint32_t counter[4], const uint32_t key[2],
                    uint32_t result[4]) {
  uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
  uint32_t k0 = key[0], k1 = key[1];
  for (int round = 0; round < 10; ++round) {
    uint64_t p0 = (uint64_t)UINT32_C(0xD2511F53) * c0;
    uint64_t p1 = (uint64_t)UINT32_C(0xCD9E8D57) * c2;
    c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
    c1 = (uint32_t)p1;
    c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
    c3 = (uint32_t)p0;
    k0 += UINT32_C(0x9E3779B9);
    k1 += UINT32_C(0xBB67AE85);
  }
  result[0] = c0;
  result[1] = c1;
  result[2] = c2;
  result[3] = c3;
}

/* The finalizer of SplitMix64 (Steele, Lea, Flood 2014), a bijection. */
static uint64_t mix(uint64_t z) {
  z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
  return z ^ (z >> 31);
}

uint64_t gradopt_stream(uint64_t seed, const char *name) {
  uint64_t hash = UINT64_C(0xCBF29CE484222325);
  for (const char *c = name ? name : ""; *c; ++c)
    hash = (hash ^ (unsigned char)*c) * UINT64_C(0x100000001B3);
  /* FNV-1a hardly changes the high bits of short names, and seeds in use are
   * small numbers: both are spread over all bits before and after they meet. */
  return mix(hash ^ mix(seed + UINT64_C(0x9E3779B97F4A7C15)));
}

static void draw(uint64_t stream, uint64_t index, uint32_t attempt,
                 uint32_t use, uint64_t result[2]) {
  const uint32_t counter[4] = {(uint32_t)index, (uint32_t)(index >> 32),
                               attempt, use};
  const uint32_t key[2] = {(uint32_t)stream, (uint32_t)(stream >> 32)};
  uint32_t words[4];
  gradopt_philox(counter, key, words);
  result[0] = words[0] | (uint64_t)words[1] << 32;
  result[1] = words[2] | (uint64_t)words[3] << 32;
}

/* A double holds 53 bits exactly, so neither rounding nor 1.0 can occur. */
static double unit_interval(uint64_t bits) {
  return (double)(bits >> 11) * 0x1p-53;
}

double gradopt_uniform(uint64_t stream, uint64_t index) {
  uint64_t bits[2];
  draw(stream, index, 0, UseUniform, bits);
  return unit_interval(bits[0]);
}

static double draw_normal(uint64_t stream, uint64_t index, uint32_t attempt) {
  static const double twoPi = 6.283185307179586476925286766559;
  uint64_t bits[2];
  draw(stream, index, attempt, UseNormal, bits);
  /* 1 - u lies in (0, 1], where the logarithm is finite. */
  double radius = sqrt(-2.0 * log(1.0 - unit_interval(bits[0])));
  return radius * cos(twoPi * unit_interval(bits[1]));
}

double gradopt_normal(uint64_t stream, uint64_t index) {
  return draw_normal(stream, index, 0);
}

double gradopt_truncated_normal(uint64_t stream, uint64_t index) {
  uint32_t attempt = 0;
  double value;
  do
    value = draw_normal(stream, index, attempt++);
  while (fabs(value) > 2);
  return value;
}

uint64_t gradopt_uniform_int(uint64_t stream, uint64_t index, uint64_t bound) {
  if (bound == 0)
    return 0;
  /* 2^64 mod bound: without the draws below it, every remainder is left with
   * the same number of draws. At most half of all draws are refused. */
  uint64_t refused = (0 - bound) % bound;
  uint64_t bits[2];
  uint32_t attempt = 0;
  do
    draw(stream, index, attempt++, UseInteger, bits);
  while (bits[0] < refused);
  return bits[0] % bound;
}

uint64_t gradopt_random_bits(uint64_t stream, uint64_t index) {
  uint64_t bits[2];
  draw(stream, index, 0, UseBits, bits);
  return bits[0];
}
