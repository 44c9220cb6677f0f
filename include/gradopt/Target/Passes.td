//===- Passes.td - Passes that know LLVM's targets ---------*- tablegen -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_TARGET_PASSES_TD
#define GRADOPT_TARGET_PASSES_TD

include "mlir/Pass/PassBase.td"

def DescribeTarget : Pass<"gradopt-describe-target", "::mlir::ModuleOp"> {
  let summary = "Say which processor the module is compiled for";
  let description = [{
    Sets `dlti.target_system_spec` of the module to what LLVM knows about a
    processor: the width in bits of the vectors that code should use, the number
    of vector registers and the sizes of the first two caches. Passes that choose
    tiles read nothing else. For the host the caches are those that the system
    reports, where it does. Also sets `llvm.data_layout` and `llvm.target_triple`.

    What the module says already stays, so that a test or a user can pin any of
    it; each of the three attributes is looked at for itself.

    The width is the one that LLVM tunes the processor for, which may be less
    than its widest: LLVM prefers 256 bits on some processors with AVX-512.
    `features=-prefer-256-bit` takes 512 there.

    Example, for `cpu=x86-64-v3`:

    ```mlir
    module attributes {dlti.target_system_spec = #dlti.target_system_spec<
        "CPU" = #dlti.target_device_spec<"max_vector_op_width" = 256 : i64,
          "vector_registers" = 16 : i64, "L1_cache_size_in_bytes" = 32768 : i64,
          "L2_cache_size_in_bytes" = 262144 : i64>>} {
    }
    ```
  }];
  let options = [
    Option<"cpu", "cpu", "std::string", /*default=*/"\"host\"",
      "processor by LLVM's name, such as x86-64-v3; host: this machine's">,
    Option<"features", "features", "std::string", /*default=*/"\"\"",
      "what it has beyond that or not, as +NAME,-NAME">];
  let dependentDialects = ["::mlir::DLTIDialect", "::mlir::LLVM::LLVMDialect"];
}

#endif // GRADOPT_TARGET_PASSES_TD
