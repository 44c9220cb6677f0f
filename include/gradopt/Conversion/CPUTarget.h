//===- CPUTarget.h - What kernels are planned for ---------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_CONVERSION_CPUTARGET_H
#define GRADOPT_CONVERSION_CPUTARGET_H

#include "mlir/IR/Operation.h"

namespace mlir::gradopt {

/// What the passes on kernels know about a processor. It is an attribute of the
/// module, so that a test or a user can pin it:
///
///   module attributes {dlti.target_system_spec = #dlti.target_system_spec<
///     "CPU" = #dlti.target_device_spec<"max_vector_op_width" = 256 : i64,
///       "vector_registers" = 16 : i64, "L1_cache_size_in_bytes" = 32768 : i64,
///       "L2_cache_size_in_bytes" = 524288 : i64>>}
///
/// `gradopt-describe-target` sets it from LLVM's description of a processor.
struct CPUTarget {
  static constexpr llvm::StringLiteral kVectorWidthKey = "max_vector_op_width";
  static constexpr llvm::StringLiteral kVectorRegistersKey = "vector_registers";
  static constexpr llvm::StringLiteral kL1SizeKey = "L1_cache_size_in_bytes";
  static constexpr llvm::StringLiteral kL2SizeKey = "L2_cache_size_in_bytes";
  static constexpr llvm::StringLiteral kFMAKey = "fma";

  /// What a cache brings in at a time, on every x86-64.
  static constexpr int64_t kCacheLineBytes = 64;

  // Of x86-64 without extensions, where nothing is said.
  int64_t vectorBytes = 16;
  int64_t vectorRegisters = 16;
  int64_t l1Bytes = 32768;
  int64_t l2Bytes = 262144;
  /// a * b + c is one instruction. Where nothing is said, from 32 bytes on.
  bool fma = false;

  /// The description in the nearest module around `op`.
  static CPUTarget get(Operation *op);

  /// Elements of `bits` bits in a vector register.
  int64_t getLanes(unsigned bits) const { return vectorBytes * 8 / bits; }
};

} // namespace mlir::gradopt

#endif // GRADOPT_CONVERSION_CPUTARGET_H
