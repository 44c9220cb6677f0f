//===- TestProgram.h - Hand-written programs to test with -------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_UNITTESTS_RUNTIME_TESTPROGRAM_H
#define GRADOPT_UNITTESTS_RUNTIME_TESTPROGRAM_H

#include "gradopt_runtime.h"

#include <cstring>
#include <memory>
#include <string>
#include <vector>

/// What a manifest says about one value.
struct Value {
  std::string name;
  uint32_t role = GRADOPT_ROLE_PARAM;
  uint32_t elementType = GRADOPT_F32;
  std::vector<int64_t> dims = {};
  uint32_t slots = 1;
  uint32_t init = GRADOPT_INIT_ZEROS;
  double a = 0;
  double b = 0;
};

using Bytes = std::vector<unsigned char>;

inline gradopt_manifest_header readHeader(const Bytes &table) {
  gradopt_manifest_header header;
  std::memcpy(&header, table.data(), sizeof header);
  return header;
}

inline void writeHeader(Bytes &table, const gradopt_manifest_header &header) {
  std::memcpy(table.data(), &header, sizeof header);
}

inline size_t entryPosition(uint32_t index) {
  return sizeof(gradopt_manifest_header) +
         index * sizeof(gradopt_manifest_entry);
}

inline gradopt_manifest_entry readEntry(const Bytes &table, uint32_t index) {
  gradopt_manifest_entry entry;
  std::memcpy(&entry, table.data() + entryPosition(index), sizeof entry);
  return entry;
}

inline void writeEntry(Bytes &table, uint32_t index,
                       const gradopt_manifest_entry &entry) {
  std::memcpy(table.data() + entryPosition(index), &entry, sizeof entry);
}

/// The table that a compiler would emit for these values.
inline Bytes makeManifest(const std::vector<Value> &values) {
  std::string names;
  std::vector<gradopt_manifest_entry> entries;
  for (const Value &value : values) {
    gradopt_manifest_entry entry = {};
    entry.name = uint32_t(names.size());
    names += value.name;
    names += '\0';
    entry.role = value.role;
    entry.element_type = value.elementType;
    entry.rank = uint32_t(value.dims.size());
    for (size_t i = 0; i < value.dims.size() && i < GRADOPT_MAX_RANK; ++i)
      entry.dims[i] = value.dims[i];
    entry.slots = value.slots;
    entry.init = value.init;
    entry.init_a = value.a;
    entry.init_b = value.b;
    entries.push_back(entry);
  }
  gradopt_manifest_header header = {};
  std::memcpy(header.magic, GRADOPT_MANIFEST_MAGIC, sizeof header.magic);
  header.abi_version = GRADOPT_ABI_VERSION;
  header.count = uint32_t(values.size());
  header.entry_size = sizeof(gradopt_manifest_entry);
  header.strings_offset = uint32_t(entryPosition(header.count));
  header.size = header.strings_offset + names.size();
  header.model_hash = 0x0123456789abcdef;
  Bytes table(header.size);
  writeHeader(table, header);
  for (uint32_t i = 0; i < header.count; ++i)
    writeEntry(table, i, entries[i]);
  std::copy(names.begin(), names.end(), table.begin() + header.strings_offset);
  return table;
}

/// The layout and commit of whatever manifest is in use. A layout function gets
/// no pointer to what it lays out: a compiled one is made for one manifest.
struct TestProgram {
  static inline const Bytes *manifest = nullptr;

  static int64_t layout(int64_t maxTime, int64_t maxBatch, int64_t *offsets) {
    int64_t end = sizeof(gradopt_record_header);
    for (uint32_t i = 0; i < readHeader(*manifest).count; ++i) {
      gradopt_manifest_entry entry = readEntry(*manifest, i);
      int64_t bytes = gradopt_entry_elements(&entry, maxTime, maxBatch) *
                      int64_t(gradopt_element_size(entry.element_type));
      for (uint32_t slot = 0; slot < 2; ++slot) {
        if (slot < entry.slots) {
          if (offsets)
            offsets[2 * i + slot] = end;
          end = (end + bytes + 63) / 64 * 64;
        } else if (offsets) {
          offsets[2 * i + slot] = offsets[2 * i];
        }
      }
    }
    return end;
  }

  static void step(gradopt_context *context, int32_t, int32_t) {
    gradopt_record_header record = {GRADOPT_ABI_VERSION, 1, {}};
    std::memcpy(context->arena, &record, sizeof record);
  }

  static void commit(gradopt_context *context) { context->slot ^= 1; }

  static gradopt_program get(const Bytes &table) {
    manifest = &table;
    return {table.data(), step, layout, commit};
  }
};

struct DestroyInstance {
  void operator()(gradopt_instance *instance) const {
    gradopt_instance_destroy(instance);
  }
};
using Instance = std::unique_ptr<gradopt_instance, DestroyInstance>;

/// Creates an instance, or returns null and the status.
inline Instance create(const gradopt_program &program, int64_t maxTime = 4,
                       int64_t maxBatch = 3, gradopt_status *status = nullptr) {
  gradopt_instance *instance = nullptr;
  gradopt_status result =
      gradopt_instance_create(&program, maxTime, maxBatch, &instance);
  if (status)
    *status = result;
  return Instance(instance);
}

/// The current value of the entry of this role and name.
template <typename T>
T *data(const Instance &instance, gradopt_role role, const char *name) {
  int64_t index = gradopt_instance_find(instance.get(), role, name);
  return index < 0 ? nullptr
                   : static_cast<T *>(gradopt_instance_data(instance.get(),
                                                            uint32_t(index)));
}

#endif // GRADOPT_UNITTESTS_RUNTIME_TESTPROGRAM_H
