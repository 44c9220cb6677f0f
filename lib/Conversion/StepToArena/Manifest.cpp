//===- Manifest.cpp - The table of a step ---------------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Manifest.h"
#include "gradopt_runtime.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::gradopt;

// The enums of the dialect and those of the runtime's header are the same
// numbers.
static_assert(uint32_t(Role::Input) == GRADOPT_ROLE_INPUT &&
              uint32_t(Role::Record) == GRADOPT_ROLE_RECORD &&
              uint32_t(Role::Loss) == GRADOPT_ROLE_LOSS &&
              uint32_t(Role::Hyper) == GRADOPT_ROLE_HYPER);
static_assert(uint32_t(Initializer::zeros) == GRADOPT_INIT_ZEROS &&
              uint32_t(Initializer::identity) == GRADOPT_INIT_IDENTITY &&
              uint32_t(Initializer::normal) == GRADOPT_INIT_NORMAL);

/// The code of an element type; the attributes that give a value its role let
/// no other types pass.
static uint32_t getElementTypeCode(Type type) {
  if (type.isF32())
    return GRADOPT_F32;
  if (type.isF64())
    return GRADOPT_F64;
  if (type.isInteger(1))
    return GRADOPT_I1;
  if (type.isInteger(32))
    return GRADOPT_I32;
  assert(type.isInteger(64) && "no value of a step has this element type");
  return GRADOPT_I64;
}

/// The type of a code, null if it is none.
static Type getElementType(uint32_t code, MLIRContext *context) {
  switch (code) {
  case GRADOPT_F32:
    return Float32Type::get(context);
  case GRADOPT_F64:
    return Float64Type::get(context);
  case GRADOPT_I1:
    return IntegerType::get(context, 1);
  case GRADOPT_I32:
    return IntegerType::get(context, 32);
  case GRADOPT_I64:
    return IntegerType::get(context, 64);
  default:
    return {};
  }
}

static int64_t getElementBytes(Type type) {
  return llvm::divideCeil(type.getIntOrFloatBitWidth(), 8);
}

/// FNV-1a over everything that a checkpoint must agree with.
static uint64_t hashModel(ArrayRef<ManifestEntry> entries) {
  uint64_t hash = 0xcbf29ce484222325u;
  auto add = [&](StringRef bytes) {
    for (unsigned char byte : bytes) {
      hash ^= byte;
      hash *= 0x100000001b3u;
    }
  };
  for (const ManifestEntry &entry : entries) {
    if (entry.slots != 2)
      continue;
    add(std::to_string(uint32_t(entry.role)) + ":" + entry.name + ":" +
        std::to_string(getElementTypeCode(entry.elementType)));
    for (int64_t dim : entry.dims)
      add("," + std::to_string(dim));
    add(";");
  }
  return hash;
}

template <typename T>
static void append(std::string &bytes, const T &value) {
  bytes.append(reinterpret_cast<const char *>(&value), sizeof(T));
}

std::string Manifest::encode() const {
  static_assert(llvm::endianness::native == llvm::endianness::little,
                "the table is little-endian");
  std::string strings, table;
  for (const ManifestEntry &entry : entries) {
    gradopt_manifest_entry encoded = {};
    encoded.name = strings.size();
    encoded.role = uint32_t(entry.role);
    encoded.element_type = getElementTypeCode(entry.elementType);
    encoded.rank = entry.dims.size();
    encoded.slots = entry.slots;
    encoded.init = uint32_t(entry.init);
    encoded.init_a = entry.initA;
    encoded.init_b = entry.initB;
    llvm::copy(entry.dims, encoded.dims);
    append(table, encoded);
    strings += entry.name;
    strings += '\0';
  }
  gradopt_manifest_header header = {};
  static_assert(sizeof(GRADOPT_MANIFEST_MAGIC) == sizeof(header.magic));
  std::memcpy(header.magic, GRADOPT_MANIFEST_MAGIC, sizeof(header.magic));
  header.abi_version = GRADOPT_ABI_VERSION;
  header.count = entries.size();
  header.entry_size = sizeof(gradopt_manifest_entry);
  header.strings_offset = sizeof(header) + table.size();
  header.size = header.strings_offset + strings.size();
  header.model_hash = hashModel(entries);
  std::string bytes;
  append(bytes, header);
  return bytes + table + strings;
}

FailureOr<Manifest> Manifest::decode(StringRef bytes, MLIRContext *context) {
  gradopt_manifest_header header;
  if (bytes.size() < sizeof(header))
    return failure();
  std::memcpy(&header, bytes.data(), sizeof(header));
  uint64_t entriesEnd =
      sizeof(header) + uint64_t(header.count) * sizeof(gradopt_manifest_entry);
  if (std::memcmp(header.magic, GRADOPT_MANIFEST_MAGIC, sizeof(header.magic)) ||
      header.abi_version != GRADOPT_ABI_VERSION ||
      header.strings_offset != entriesEnd || entriesEnd > bytes.size())
    return failure();
  StringRef strings = bytes.drop_front(header.strings_offset);
  if (header.count > 0 && !strings.ends_with(StringRef("\0", 1)))
    return failure();
  Manifest manifest;
  for (uint32_t i = 0; i < header.count; ++i) {
    gradopt_manifest_entry encoded;
    std::memcpy(&encoded, bytes.data() + sizeof(header) + i * sizeof(encoded),
                sizeof(encoded));
    ManifestEntry entry;
    entry.elementType = getElementType(encoded.element_type, context);
    if (encoded.name >= strings.size() || !entry.elementType ||
        encoded.rank > GRADOPT_MAX_RANK || encoded.slots < 1 ||
        encoded.slots > 2)
      return failure();
    entry.name = strings.drop_front(encoded.name).data();
    entry.role = Role(encoded.role);
    entry.dims.assign(encoded.dims, encoded.dims + encoded.rank);
    entry.slots = encoded.slots;
    entry.init = Initializer(encoded.init);
    entry.initA = encoded.init_a;
    entry.initB = encoded.init_b;
    manifest.entries.push_back(std::move(entry));
  }
  return manifest;
}

static Value buildIndex(OpBuilder &builder, Location loc, int64_t value) {
  return arith::ConstantIndexOp::create(builder, loc, value);
}

Value gradopt::buildAligned(OpBuilder &builder, Location loc, Value bytes) {
  Value alignment = buildIndex(builder, loc, GRADOPT_ARENA_ALIGNMENT);
  Value up = arith::AddIOp::create(
      builder, loc, bytes,
      buildIndex(builder, loc, GRADOPT_ARENA_ALIGNMENT - 1));
  Value blocks = arith::DivUIOp::create(builder, loc, up, alignment);
  return arith::MulIOp::create(builder, loc, blocks, alignment);
}

SmallVector<Value> gradopt::buildSizes(OpBuilder &builder, Location loc,
                                       const ManifestEntry &entry, Value time,
                                       Value batch) {
  return llvm::map_to_vector(entry.dims, [&](int64_t dim) -> Value {
    if (dim == GRADOPT_DIM_TIME)
      return time;
    if (dim == GRADOPT_DIM_BATCH)
      return batch;
    return buildIndex(builder, loc, dim);
  });
}

ArenaOffsets gradopt::buildOffsets(OpBuilder &builder, Location loc,
                                   const Manifest &manifest, Value maxTime,
                                   Value maxBatch) {
  ArenaOffsets offsets;
  // The record's header comes first.
  offsets.end = buildIndex(builder, loc, sizeof(gradopt_record_header));
  for (const ManifestEntry &entry : manifest.entries) {
    Value bytes = buildIndex(builder, loc, getElementBytes(entry.elementType));
    for (Value size : buildSizes(builder, loc, entry, maxTime, maxBatch))
      bytes = arith::MulIOp::create(builder, loc, bytes, size);
    bytes = buildAligned(builder, loc, bytes);
    std::array<Value, 2> slots;
    for (unsigned slot = 0; slot < 2; ++slot) {
      if (slot < entry.slots) {
        slots[slot] = offsets.end;
        offsets.end = arith::AddIOp::create(builder, loc, offsets.end, bytes);
      } else {
        slots[slot] = slots[0];
      }
    }
    offsets.entries.push_back(slots);
  }
  return offsets;
}
