//===- RecurrentStep.h - A training step that can fail ----------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_UNITTESTS_RUNTIME_RECURRENTSTEP_H
#define GRADOPT_UNITTESTS_RUNTIME_RECURRENTSTEP_H

#include "TestProgram.h"

#include <algorithm>
#include <cmath>
#include <limits>

/// The first `elements` elements of what `place` says become `value`; if it is
/// negative, the last ones.
struct Fault {
  std::string place;
  float value;
  int elements;
};

/// A step as a compiler would write it, of arithmetic that is as small as can
/// be: it reads the current slots, writes the next ones, counts what is not
/// finite and sets the record.
struct RecurrentStep {
  static inline std::vector<Fault> faults;
  static inline std::vector<std::string> hiddenCounts; // recorded as 0
  static inline bool forceOk = false;
  static inline bool forceNotOk = false;
  static inline bool writesRecord = true;
  static inline int calls = 0;
  static inline Bytes lastNext; // the next values of the last call

  static void reset() {
    faults.clear();
    hiddenCounts.clear();
    forceOk = forceNotOk = false;
    writesRecord = true;
    calls = 0;
  }

  static std::vector<Value> values() {
    const uint32_t record = GRADOPT_ROLE_RECORD;
    return {
        {"x", GRADOPT_ROLE_INPUT, GRADOPT_F32, {-1, -2}},
        {"rnn.weight_hh",
         GRADOPT_ROLE_PARAM,
         GRADOPT_F32,
         {2, 3},
         2,
         GRADOPT_INIT_UNIFORM,
         -1,
         1},
        {"rnn.bias", GRADOPT_ROLE_PARAM, GRADOPT_F32, {3}, 2},
        {"rnn.weight_hh/m",
         GRADOPT_ROLE_OPTIMIZER_STATE,
         GRADOPT_F32,
         {2, 3},
         2},
        {"h", GRADOPT_ROLE_STATE, GRADOPT_F32, {-2, 3}, 2},
        {"", GRADOPT_ROLE_STEP_COUNT, GRADOPT_I64, {}, 2},
        {"learning_rate",
         GRADOPT_ROLE_HYPER,
         GRADOPT_F32,
         {},
         1,
         GRADOPT_INIT_CONSTANT,
         0.5},
        {"", GRADOPT_ROLE_LOSS, GRADOPT_F32},
        {"rnn.weight_hh", GRADOPT_ROLE_GRAD, GRADOPT_F32, {2, 3}},
        {"rnn.bias", GRADOPT_ROLE_GRAD, GRADOPT_F32, {3}},
        // Not in the order of the phases: the phase decides, not the place.
        {"state/h/nonfinite", record, GRADOPT_I64},
        {"update/rnn.weight_hh/nonfinite", record, GRADOPT_I64},
        {"update/rnn.weight_hh/m/nonfinite", record, GRADOPT_I64},
        {"update/rnn.bias/nonfinite", record, GRADOPT_I64},
        {"gradient/global/nonfinite", record, GRADOPT_I64},
        {"gradient/rnn.weight_hh/nonfinite", record, GRADOPT_I64},
        {"gradient/rnn.bias/nonfinite", record, GRADOPT_I64},
        {"loss/nonfinite", record, GRADOPT_I64},
        {"monitor/activation/nonfinite", record, GRADOPT_I64},
        {"state/h/overflow", record, GRADOPT_I64},
        {"update/rnn.weight_hh/overflow", record, GRADOPT_I64},
        {"update/rnn.weight_hh/m/overflow", record, GRADOPT_I64},
        {"update/rnn.bias/overflow", record, GRADOPT_I64},
        {"gradient/rnn.weight_hh/overflow", record, GRADOPT_I64},
        {"gradient/rnn.bias/overflow", record, GRADOPT_I64},
        {"loss/overflow", record, GRADOPT_I64},
        {"monitor/activation/overflow", record, GRADOPT_I64},
        {"gradient/global/norm", record, GRADOPT_F64},
        {"through_time/rnn/h/norm", record, GRADOPT_F32, {-1}},
    };
  }

  static gradopt_program get() {
    static const Bytes table = makeManifest(values());
    gradopt_program program = TestProgram::get(table);
    program.step = step;
    return program;
  }

private:
  struct Place {
    char *bytes;
    int64_t elements;
  };

  static Place place(const gradopt_context *context, uint32_t role,
                     const std::string &name, uint32_t slot) {
    static const std::vector<Value> all = values();
    std::vector<int64_t> offsets(2 * all.size());
    TestProgram::layout(context->max_time, context->max_batch, offsets.data());
    for (uint32_t i = 0; i < all.size(); ++i)
      if (all[i].role == role && all[i].name == name) {
        gradopt_manifest_entry entry = readEntry(*TestProgram::manifest, i);
        return {static_cast<char *>(context->arena) + offsets[2 * i + slot],
                gradopt_entry_elements(&entry, context->time, context->batch)};
      }
    std::abort();
  }

  /// Applies the faults of this place, counts and records what is not finite.
  static int64_t check(const gradopt_context *context, const std::string &name,
                       Place at) {
    float *values = reinterpret_cast<float *>(at.bytes);
    for (const Fault &fault : faults)
      if (fault.place == name)
        for (int64_t
                 i = std::max<int64_t>(
                     fault.elements < 0 ? at.elements + fault.elements : 0, 0),
                 e = fault.elements < 0 ? at.elements : fault.elements;
             i < e && i < at.elements; ++i)
          // Not an assignment: it could make a signalling NaN a quiet one.
          std::memcpy(values + i, &fault.value, sizeof fault.value);
    int64_t count = 0, overflowing = 0;
    for (int64_t i = 0; i < at.elements; ++i) {
      uint32_t bits;
      std::memcpy(&bits, values + i, sizeof bits);
      const bool isFinite = (bits & 0x7f800000) != 0x7f800000;
      count += !isFinite;
      overflowing += isFinite && std::abs(values[i]) >
                                     0.001f * std::numeric_limits<float>::max();
    }
    if (name != "through_time") {
      recordCount(context, name + "/nonfinite", count);
      recordCount(context, name + "/overflow", overflowing);
    }
    return count;
  }

  static void recordCount(const gradopt_context *context,
                          const std::string &name, int64_t count) {
    if (std::find(hiddenCounts.begin(), hiddenCounts.end(), name) !=
        hiddenCounts.end())
      count = 0;
    std::memcpy(place(context, GRADOPT_ROLE_RECORD, name, 0).bytes, &count,
                sizeof count);
  }

  static void step(gradopt_context *context, int32_t, int32_t) {
    ++calls;
    const uint32_t slot = context->slot, next = 1 - slot;
    auto now = [&](uint32_t role, const char *name) {
      return place(context, role, name, slot);
    };
    auto floats = [](Place at) { return reinterpret_cast<float *>(at.bytes); };

    const Place x = now(GRADOPT_ROLE_INPUT, "x");
    float sum = 1;
    for (int64_t i = 0; i < x.elements; ++i)
      sum += floats(x)[i];
    const Place loss = now(GRADOPT_ROLE_LOSS, "");
    *floats(loss) = sum;
    int64_t bad = check(context, "loss", loss);

    const float rate = *floats(now(GRADOPT_ROLE_HYPER, "learning_rate"));
    int64_t badGradients = 0;
    double squares = 0;
    lastNext.clear();
    auto keep = [&](Place at, size_t elementSize) {
      lastNext.insert(lastNext.end(), at.bytes,
                      at.bytes + at.elements * int64_t(elementSize));
    };
    Place momentum =
        place(context, GRADOPT_ROLE_OPTIMIZER_STATE, "rnn.weight_hh/m", next);
    for (const char *name : {"rnn.weight_hh", "rnn.bias"}) {
      const Place gradient = now(GRADOPT_ROLE_GRAD, name);
      for (int64_t i = 0; i < gradient.elements; ++i)
        floats(gradient)[i] = *floats(loss) * float(i + 1);
      badGradients += check(context, "gradient/" + std::string(name), gradient);
      for (int64_t i = 0; i < gradient.elements; ++i)
        squares += double(floats(gradient)[i]) * floats(gradient)[i];
      const Place old = now(GRADOPT_ROLE_PARAM, name);
      const Place updated = place(context, GRADOPT_ROLE_PARAM, name, next);
      for (int64_t i = 0; i < updated.elements; ++i)
        floats(updated)[i] = floats(old)[i] - rate * floats(gradient)[i];
      bad += check(context, "update/" + std::string(name), updated);
      keep(updated, 4);
    }
    bad += badGradients;
    recordCount(context, "gradient/global/nonfinite", badGradients);
    const double norm = std::sqrt(squares);
    std::memcpy(now(GRADOPT_ROLE_RECORD, "gradient/global/norm").bytes, &norm,
                sizeof norm);

    const Place oldMomentum =
        now(GRADOPT_ROLE_OPTIMIZER_STATE, "rnn.weight_hh/m");
    for (int64_t i = 0; i < momentum.elements; ++i)
      floats(momentum)[i] = 0.5f * floats(oldMomentum)[i] +
                            floats(now(GRADOPT_ROLE_GRAD, "rnn.weight_hh"))[i];
    bad += check(context, "update/rnn.weight_hh/m", momentum);
    keep(momentum, 4);

    const Place h = place(context, GRADOPT_ROLE_STATE, "h", next);
    for (int64_t i = 0; i < h.elements; ++i)
      floats(h)[i] = floats(now(GRADOPT_ROLE_STATE, "h"))[i] + 1;
    bad += check(context, "state/h", h);
    keep(h, 4);

    const Place count = place(context, GRADOPT_ROLE_STEP_COUNT, "", next);
    int64_t steps;
    std::memcpy(&steps, now(GRADOPT_ROLE_STEP_COUNT, "").bytes, sizeof steps);
    ++steps;
    std::memcpy(count.bytes, &steps, sizeof steps);
    keep(count, 8);

    // Observed, but none of the guard's business.
    std::vector<float> activation(6, 1.0f);
    check(context, "monitor/activation",
          {reinterpret_cast<char *>(activation.data()), 6});
    const Place history = now(GRADOPT_ROLE_RECORD, "through_time/rnn/h/norm");
    std::fill_n(floats(history), history.elements, 1.0f);
    check(context, "through_time", history);

    if (!writesRecord)
      return;
    gradopt_record_header header = {GRADOPT_ABI_VERSION, bad == 0, {}};
    if (forceOk || forceNotOk)
      header.ok = forceOk;
    std::memcpy(context->arena, &header, sizeof header);
  }
};

#endif // GRADOPT_UNITTESTS_RUNTIME_RECURRENTSTEP_H
