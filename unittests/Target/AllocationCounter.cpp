//===- AllocationCounter.cpp - Heap calls of this program -----------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// A program's own malloc takes the place of the C library's everywhere, which
// is called by its inner names.

#include "AllocationCounter.h"

#include <atomic>
#include <cerrno>
#include <cstddef>

static std::atomic<uint64_t> calls{0};

uint64_t getHeapCalls() { return calls; }

extern "C" {
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);
void __libc_free(void *);

void *malloc(size_t size) noexcept {
  ++calls;
  return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) noexcept {
  ++calls;
  return __libc_calloc(count, size);
}

void *realloc(void *pointer, size_t size) noexcept {
  ++calls;
  return __libc_realloc(pointer, size);
}

void *memalign(size_t alignment, size_t size) noexcept {
  ++calls;
  return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) noexcept {
  ++calls;
  return __libc_memalign(alignment, size);
}

int posix_memalign(void **result, size_t alignment, size_t size) noexcept {
  ++calls;
  *result = __libc_memalign(alignment, size);
  return *result ? 0 : ENOMEM;
}

void free(void *pointer) noexcept {
  ++calls;
  __libc_free(pointer);
}
} // extern "C"
