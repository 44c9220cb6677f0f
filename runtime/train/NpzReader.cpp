//===- NpzReader.cpp - Reading NumPy archives -----------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt_train/Npz.h"

#include <algorithm>
#include <exception>
#include <memory>
#include <zip.h>

using namespace gradopt::train;

static constexpr char suffix[] = ".npy";

namespace {

struct CloseFile {
  void operator()(zip_file_t *file) const { zip_fclose(file); }
};
struct DiscardArchive {
  void operator()(zip_t *archive) const { zip_discard(archive); }
};

} // namespace

/// The message of an error, which owns what it points to.
static std::string describe(zip_error_t &error) {
  std::string text = zip_error_strerror(&error);
  zip_error_fini(&error);
  return text;
}

const NpyArray *NpzFile::find(const std::string &name) const {
  for (const NpyArray &array : arrays)
    if (array.name == name)
      return &array;
  return nullptr;
}

/// The bytes of member number `index`. Its size is what comes out, never what
/// the archive says: that can be anything in a damaged one.
static Expected<std::string> readMember(zip_t *archive, zip_uint64_t index) {
  std::unique_ptr<zip_file_t, CloseFile> member(
      zip_fopen_index(archive, index, 0));
  if (!member)
    return Status::error("cannot be read: " +
                         std::string(zip_strerror(archive)));
  std::string bytes;
  constexpr size_t step = size_t(1) << 16;
  size_t done = 0;
  while (true) {
    bytes.resize(done + step);
    zip_int64_t got = zip_fread(member.get(), &bytes[done], step);
    if (got < 0)
      return Status::error(
          "is damaged: " +
          std::string(zip_error_strerror(zip_file_get_error(member.get()))));
    if (got == 0)
      break;
    done += static_cast<size_t>(got);
  }
  bytes.resize(done);
  return bytes;
}

static Expected<NpzFile> parse(const std::string &file, const std::string &path,
                               const std::vector<std::string> &names) {
  std::string prefix = "npz '" + path + "'";
  // To libzip that would be an archive without members.
  if (file.empty())
    return Status::error(prefix + " is empty");
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t *source =
      zip_source_buffer_create(file.data(), file.size(), 0, &error);
  zip_t *opened =
      source ? zip_open_from_source(source, ZIP_RDONLY, &error) : nullptr;
  if (!opened) {
    if (source)
      zip_source_free(source);
    return Status::error(
        prefix + " is not a zip archive that can be read: " + describe(error));
  }
  std::unique_ptr<zip_t, DiscardArchive> archive(opened);
  zip_error_fini(&error);

  NpzFile result;
  zip_int64_t count = zip_get_num_entries(archive.get(), 0);
  for (zip_int64_t i = 0; i < count; ++i) {
    auto index = static_cast<zip_uint64_t>(i);
    const char *stored = zip_get_name(archive.get(), index, 0);
    if (!stored)
      return Status::error(prefix + " is damaged: member " + std::to_string(i) +
                           " has no name");
    std::string name = stored;
    size_t length = sizeof(suffix) - 1;
    // numpy.load shows other members as files; they are no arrays.
    if (name.size() < length ||
        name.compare(name.size() - length, length, suffix) != 0)
      continue;
    name.resize(name.size() - length);
    if (std::find(result.names.begin(), result.names.end(), name) !=
        result.names.end())
      return Status::error(prefix + " holds two arrays " + quoteName(name));
    result.names.push_back(name);
    if (std::find(names.begin(), names.end(), name) == names.end())
      continue;
    Expected<std::string> bytes = readMember(archive.get(), index);
    Status status = bytes.status();
    if (bytes.ok()) {
      Expected<NpyArray> array = parseNpy(*bytes, name);
      status = array.status();
      if (array.ok())
        result.arrays.push_back(std::move(*array));
    }
    if (!status.ok())
      return Status::error(prefix + ": array " + quoteName(name) + " " +
                           status.message());
  }
  std::sort(result.names.begin(), result.names.end());
  return result;
}

Expected<NpzFile>
gradopt::train::parseNpz(const std::string &file, const std::string &path,
                         const std::vector<std::string> &names) {
  try {
    return parse(file, path, names);
  } catch (const std::exception &error) {
    // A small archive can hold more zeros than there is memory.
    return Status::error("npz '" + path +
                         "' does not fit in memory: " + error.what());
  }
}
