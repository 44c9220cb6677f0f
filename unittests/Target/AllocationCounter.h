//===- AllocationCounter.h - Heap calls of this program ---------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_UNITTESTS_TARGET_ALLOCATIONCOUNTER_H
#define GRADOPT_UNITTESTS_TARGET_ALLOCATIONCOUNTER_H

#include <cstdint>

/// How often this program, with all of its libraries and the code that it
/// compiled, has called malloc, calloc, realloc, free or one of their aligned
/// forms.
uint64_t getHeapCalls();

#endif // GRADOPT_UNITTESTS_TARGET_ALLOCATIONCOUNTER_H
