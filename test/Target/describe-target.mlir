// RUN: gradopt-opt %s -split-input-file --gradopt-describe-target=cpu=x86-64 | FileCheck %s --check-prefixes=CHECK,SSE
// RUN: gradopt-opt %s -split-input-file --gradopt-describe-target=cpu=x86-64-v3 | FileCheck %s --check-prefixes=CHECK,AVX2
// RUN: gradopt-opt %s -split-input-file --gradopt-describe-target=cpu=skylake-avx512 | FileCheck %s --check-prefixes=CHECK,NARROW
// RUN: gradopt-opt %s -split-input-file --gradopt-describe-target="cpu=skylake-avx512 features=-prefer-256-bit" | FileCheck %s --check-prefixes=CHECK,AVX512
// RUN: gradopt-opt %s -split-input-file --gradopt-describe-target=cpu=znver4 | FileCheck %s --check-prefixes=CHECK,AVX512
// RUN: gradopt-opt %s -split-input-file --gradopt-describe-target | FileCheck %s --check-prefix=HOST
// RUN: mlir-opt %s -split-input-file --load-dialect-plugin=%{plugin} --load-pass-plugin=%{plugin} \
// RUN:   --pass-pipeline='builtin.module(gradopt-describe-target{cpu=x86-64-v3})' | FileCheck %s --check-prefixes=CHECK,AVX2
// RUN: not gradopt-opt %s --gradopt-describe-target=cpu=x86-65 2>&1 | FileCheck %s --check-prefix=CPU
// RUN: not gradopt-opt %s --gradopt-describe-target="cpu=x86-64 features=avx2" 2>&1 | FileCheck %s --check-prefix=SIGN
// RUN: not gradopt-opt %s --gradopt-describe-target="cpu=x86-64 features=+sse2,+avx3" 2>&1 | FileCheck %s --check-prefix=FEATURE
// REQUIRES: x86

// CPU: describe-target.mlir:{{.*}}: error: 'x86-65' is no processor that LLVM knows for x86_64; give a name such as x86-64-v3, or host
// SIGN: error: 'avx2' is no feature that LLVM knows for x86_64; write +NAME or -NAME, with commas between
// FEATURE: error: '+avx3' is no feature

// SSE: "max_vector_op_width" = 128 : i64, "vector_registers" = 16 : i64
// AVX2: "max_vector_op_width" = 256 : i64, "vector_registers" = 16 : i64
// What LLVM prefers on this processor.
// NARROW: "max_vector_op_width" = 256 : i64, "vector_registers" = 32 : i64
// AVX512: "max_vector_op_width" = 512 : i64, "vector_registers" = 32 : i64
// CHECK-SAME: "L1_cache_size_in_bytes" = 32768 : i64, "L2_cache_size_in_bytes" = 262144 : i64
// CHECK-SAME: llvm.data_layout = "e-m:e
// CHECK-SAME: llvm.target_triple = "x86_64-{{.*}}"
// HOST: "max_vector_op_width" = {{[0-9]+}} : i64, "vector_registers" = {{[0-9]+}} : i64
// HOST-SAME: "L1_cache_size_in_bytes" = {{[0-9]+}} : i64, "L2_cache_size_in_bytes" = {{[0-9]+}} : i64
module {}

// -----

// What is pinned stays, the rest is added.
// CHECK: module attributes {dlti.target_system_spec = #dlti.target_system_spec<"CPU" = #dlti.target_device_spec<"max_vector_op_width" = 64 : i64>>,
// CHECK-SAME: llvm.data_layout = "e-m:e
// CHECK-SAME: llvm.target_triple = "mine"
module attributes {
  dlti.target_system_spec = #dlti.target_system_spec<
    "CPU" = #dlti.target_device_spec<"max_vector_op_width" = 64 : i64>>,
  llvm.target_triple = "mine"} {}
