//===- TestStep.h - Steps compiled to test with -----------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_UNITTESTS_TARGET_TESTSTEP_H
#define GRADOPT_UNITTESTS_TARGET_TESTSTEP_H

#include "Runtime/TestProgram.h"
#include "gradopt/Target/CompiledStep.h"

#include <map>
#include <utility>

/// Makes a training step of the loss and the recipe in `source`, lowers and
/// compiles it. Prints the diagnostics and returns null if that fails.
std::unique_ptr<mlir::gradopt::CompiledStep> compileModel(
    const std::string &source,
    mlir::gradopt::Lowering lowering = mlir::gradopt::Lowering::reference);

/// Runs `passes` on the function @step in `source`, which another compiler may
/// have made, lowers and compiles it.
std::unique_ptr<mlir::gradopt::CompiledStep>
compileForeign(const std::string &source, const std::string &passes);

/// A step in the LLVM dialect, as `gradopt-lower-reference` leaves one.
std::unique_ptr<mlir::gradopt::CompiledStep>
compileLLVM(const std::string &source);

//===----------------------------------------------------------------------===//
// Models
//===----------------------------------------------------------------------===//

/// A recurrent network that carries its state from step to step: an rnn layer,
/// an output layer, Adam, a global clip, all monitors. Time and batch are
/// dynamic.
extern const char *const kModel;

/// A hand-written step whose gradients, loss and next state are sums of
/// something sound and of an input ("w.bad", "b.bad", "loss.bad", "h.bad"), so
/// that each can be made bad alone. "w" is updated by Adam, "b" by SGD.
extern const char *const kForeignStep;
/// What makes it safe, with a clip that acts on large gradients and without.
extern const char *const kGuardWithClip;
extern const char *const kGuard;

//===----------------------------------------------------------------------===//
// What is in an instance
//===----------------------------------------------------------------------===//

/// The bytes of entries by role and name.
using Contents = std::map<std::pair<uint32_t, std::string>, Bytes>;

/// Bytes of an entry at these sizes.
inline int64_t getBytes(const gradopt_manifest_entry &entry, int64_t time,
                        int64_t batch) {
  return gradopt_entry_elements(&entry, time, batch) *
         int64_t(gradopt_element_size(entry.element_type));
}

/// The current values of the entries that `wanted` holds for.
template <typename Predicate>
Contents readCurrent(const Instance &instance, int64_t time, int64_t batch,
                     Predicate wanted) {
  Contents contents;
  for (uint32_t i = 0; i < gradopt_instance_count(instance.get()); ++i) {
    const gradopt_manifest_entry &entry =
        *gradopt_instance_entry(instance.get(), i);
    if (!wanted(entry))
      continue;
    auto *bytes =
        static_cast<unsigned char *>(gradopt_instance_data(instance.get(), i));
    contents[{entry.role, gradopt_instance_name(instance.get(), i)}] =
        Bytes(bytes, bytes + getBytes(entry, time, batch));
  }
  return contents;
}

/// What a skipped step must not change: parameters, optimizer state, step
/// count, clip state and carried states.
inline Contents readUpdated(const Instance &instance, int64_t time,
                            int64_t batch) {
  return readCurrent(
      instance, time, batch,
      [](const gradopt_manifest_entry &entry) { return entry.slots == 2; });
}

inline Contents readAll(const Instance &instance, int64_t time, int64_t batch) {
  return readCurrent(instance, time, batch,
                     [](const gradopt_manifest_entry &) { return true; });
}

/// Fills the inputs with small numbers that depend on `seed`, the name and the
/// element only. Integer inputs get 0.
void fillInputs(const Instance &instance, int64_t time, int64_t batch,
                uint64_t seed);

#endif // GRADOPT_UNITTESTS_TARGET_TESTSTEP_H
