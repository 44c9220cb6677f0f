//===- Checkpoint.cpp - Saved runs ----------------------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt_train/Checkpoint.h"

#include "Encoding.h"
#include "gradopt_train/Checksum.h"
#include "gradopt_train/Files.h"

#include <algorithm>
#include <set>

using namespace gradopt::train;

const StoredTensor *Checkpoint::find(const std::string &name) const {
  auto found =
      std::find_if(tensors.begin(), tensors.end(),
                   [&](const StoredTensor &t) { return t.name == name; });
  return found == tensors.end() ? nullptr : &*found;
}

/// The checksum of a file with these tensors and metadata (without checksum).
static Expected<uint32_t>
checksum(const std::vector<TensorView> &tensors,
         const std::map<std::string, std::string> &metadata,
         const std::vector<Chunk> &data) {
  Expected<std::string> head = formatSafetensors(tensors, metadata);
  if (!head.ok())
    return head.status();
  std::vector<Chunk> chunks = {{head->data(), head->size()}};
  chunks.insert(chunks.end(), data.begin(), data.end());
  return crc32c(chunks);
}

Status gradopt::train::writeCheckpoint(const std::string &path,
                                       const std::vector<TensorView> &unordered,
                                       const CheckpointInfo &info) {
  auto fail = [&](const Status &status) {
    return Status::error("cannot write checkpoint '" + path +
                         "': " + status.message());
  };
  std::vector<TensorView> tensors = safetensorsOrder(unordered);
  std::vector<Chunk> data;
  for (const TensorView &tensor : tensors) {
    Expected<uint64_t> size = tensorBytes(tensor.type, tensor.dims);
    if (!size.ok())
      return fail(Status::error("tensor " + quoteName(tensor.name) + ": " +
                                size.message()));
    data.push_back({tensor.data, static_cast<size_t>(*size)});
  }

  std::map<std::string, std::string> metadata = info.metadata;
  metadata[versionKey] = checkpointVersion;
  metadata[modelHashKey] = hexadecimal(info.modelHash, 16);
  metadata[stepKey] = std::to_string(info.step);
  metadata[seedKey] = std::to_string(info.seed);
  metadata.erase(checksumKey);
  Expected<uint32_t> crc = checksum(tensors, metadata, data);
  if (!crc.ok())
    return fail(crc.status());
  metadata[checksumKey] = hexadecimal(*crc, 8);

  Expected<std::string> head = formatSafetensors(tensors, metadata);
  if (!head.ok())
    return fail(head.status());
  data.insert(data.begin(), {head->data(), head->size()});
  return replaceFile(path, data, "checkpoint");
}

static std::vector<TensorView> viewsOf(const Checkpoint &checkpoint) {
  std::vector<TensorView> views;
  for (const StoredTensor &tensor : checkpoint.tensors)
    views.push_back(
        {tensor.name, tensor.type, tensor.dims, checkpoint.bytes(tensor)});
  return views;
}

/// Reads the entries of CheckpointInfo that have fields of their own.
static Status parseInfo(CheckpointInfo &info) {
  const auto &metadata = info.metadata;
  auto version = metadata.find(versionKey);
  if (version == metadata.end())
    return Status::error("is a safetensors file, but not a checkpoint of "
                         "gradopt: its metadata has no '" +
                         std::string(versionKey) + "'");
  if (version->second != checkpointVersion)
    return Status::error("is a checkpoint of version " +
                         quoteName(version->second) +
                         ", this program reads version " + checkpointVersion);
  auto number = [&](const char *key, int base, uint64_t &result) {
    auto entry = metadata.find(key);
    std::optional<uint64_t> value;
    if (entry != metadata.end())
      value = parseUnsigned(entry->second, base);
    if (!value)
      return Status::error("is damaged: its metadata '" + std::string(key) +
                           "' is not a number");
    result = *value;
    return Status();
  };
  Status status = number(modelHashKey, 16, info.modelHash);
  if (status.ok())
    status = number(stepKey, 10, info.step);
  if (status.ok())
    status = number(seedKey, 10, info.seed);
  return status;
}

static Status verifyContent(const Checkpoint &checkpoint) {
  std::map<std::string, std::string> metadata = checkpoint.info.metadata;
  std::string stored = metadata[checksumKey];
  metadata.erase(checksumKey);
  Expected<uint32_t> crc =
      checksum(safetensorsOrder(viewsOf(checkpoint)), metadata,
               {{checkpoint.data.data(), checkpoint.data.size()}});
  if (!crc.ok())
    return Status::error("is damaged: " + crc.message());
  if (stored != hexadecimal(*crc, 8))
    return Status::error("is damaged: its content has the CRC32C " +
                         hexadecimal(*crc, 8) + ", it should be " +
                         quoteName(stored));
  for (const StoredTensor &tensor : checkpoint.tensors) {
    const char *bytes = checkpoint.data.data();
    if (tensor.type == GRADOPT_I1 &&
        std::any_of(bytes + tensor.begin, bytes + tensor.end,
                    [](unsigned char byte) { return byte > 1; }))
      return Status::error("is damaged: the BOOL tensor " +
                           quoteName(tensor.name) +
                           " holds something other than 0 and 1");
  }
  return Status();
}

Expected<Checkpoint> gradopt::train::readCheckpoint(const std::string &path) {
  Expected<std::string> file = readFile(path, "checkpoint");
  if (!file.ok())
    return file.status();
  return parseCheckpoint(std::move(*file), path);
}

Expected<Checkpoint> gradopt::train::parseCheckpoint(std::string file,
                                                     const std::string &path) {
  auto fail = [&](const Status &status) {
    return Status::error("'" + path + "' " + status.message());
  };
  Expected<SafetensorsHeader> header = parseSafetensors(file);
  if (!header.ok())
    return fail(header.status());

  Checkpoint checkpoint;
  checkpoint.path = path;
  checkpoint.info.metadata = std::move(header->metadata);
  checkpoint.tensors = std::move(header->tensors);
  file.erase(0, header->dataOffset);
  checkpoint.data = std::move(file);
  Status status = parseInfo(checkpoint.info);
  if (status.ok())
    status = verifyContent(checkpoint);
  if (!status.ok())
    return fail(status);
  return checkpoint;
}

namespace {

/// Collects the first few differences between a checkpoint and a model.
class Differences {
public:
  void add(const std::string &text) {
    constexpr int shown = 5;
    if (++count <= shown)
      all += (count > 1 ? "; " : "") + text;
    else
      omitted = "; and " + std::to_string(count - shown) + " more";
  }
  bool empty() const { return count == 0; }
  std::string text() const { return all + omitted; }

private:
  int count = 0;
  std::string all;
  std::string omitted;
};

} // namespace

/// What the model wants and the checkpoint does not hold like this.
static Differences compare(const Checkpoint &checkpoint,
                           const std::vector<TensorView> &wanted) {
  Differences differences;
  for (const TensorView &tensor : wanted) {
    const StoredTensor *stored = checkpoint.find(tensor.name);
    if (!stored)
      differences.add(quoteName(tensor.name) + " is not in the checkpoint");
    else if (stored->type != tensor.type || stored->dims != tensor.dims)
      differences.add(
          quoteName(tensor.name) + " is " +
          describeTensor(stored->type, stored->dims) + " in the checkpoint, " +
          describeTensor(tensor.type, tensor.dims) + " in the model");
  }
  return differences;
}

static Status otherModel(const Checkpoint &checkpoint, const std::string &why) {
  return Status::error("checkpoint '" + checkpoint.path +
                       "' is of another model: " + why);
}

Status gradopt::train::checkModel(const Checkpoint &checkpoint,
                                  uint64_t modelHash,
                                  const std::vector<TensorView> &wanted) {
  Differences differences = compare(checkpoint, wanted);
  std::set<std::string> names;
  for (const TensorView &tensor : wanted)
    names.insert(tensor.name);
  for (const StoredTensor &tensor : checkpoint.tensors)
    if (!names.count(tensor.name))
      differences.add(quoteName(tensor.name) + " is not in the model");
  if (!differences.empty())
    return otherModel(checkpoint, differences.text());
  if (checkpoint.info.modelHash != modelHash)
    return otherModel(checkpoint,
                      "all tensors agree, but its hash is " +
                          hexadecimal(checkpoint.info.modelHash, 16) +
                          ", the model's " + hexadecimal(modelHash, 16));
  return Status();
}

Status gradopt::train::checkParameters(const Checkpoint &checkpoint,
                                       const std::vector<TensorView> &wanted) {
  Differences differences = compare(checkpoint, wanted);
  if (!differences.empty())
    return otherModel(checkpoint, differences.text());
  return Status();
}
