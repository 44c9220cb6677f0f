//===- NpzWriter.cpp - Writing NumPy archives -----------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt_train/Npz.h"

#include "gradopt_train/Files.h"

#include <exception>
#include <zip.h>

using namespace gradopt::train;

namespace {

/// A zip archive that is made in memory.
class Archive {
public:
  Archive() {
    zip_error_init(&error);
    buffer = zip_source_buffer_create(nullptr, 0, 0, &error);
    if (!buffer)
      return;
    // The archive frees one reference of the buffer, which is read afterwards.
    zip_source_keep(buffer);
    archive = zip_open_from_source(buffer, ZIP_TRUNCATE, &error);
    if (!archive)
      zip_source_free(buffer);
  }
  ~Archive() {
    if (archive)
      zip_discard(archive);
    if (buffer)
      zip_source_free(buffer);
    zip_error_fini(&error);
  }
  Archive(const Archive &) = delete;
  Archive &operator=(const Archive &) = delete;

  bool valid() const { return archive; }

  /// `data` must live until finish().
  bool add(const std::string &name, const std::string &data) {
    zip_source_t *source =
        zip_source_buffer(archive, data.data(), data.size(), 0);
    if (!source)
      return false;
    zip_int64_t index =
        zip_file_add(archive, name.c_str(), source, ZIP_FL_ENC_UTF_8);
    if (index < 0) {
      zip_source_free(source);
      return false;
    }
    auto place = static_cast<zip_uint64_t>(index);
    // The same arrays give the same bytes: the date is the first of zip's.
    constexpr zip_uint16_t firstDate = (1 << 5) | 1;
    return zip_set_file_compression(archive, place, ZIP_CM_STORE, 0) == 0 &&
           zip_file_set_dostime(archive, place, 0, firstDate, 0) == 0;
  }

  bool finish(std::string &bytes) {
    if (zip_close(archive) != 0)
      return false;
    archive = nullptr;
    zip_stat_t info;
    if (zip_source_open(buffer) != 0)
      return false;
    bool read = zip_source_stat(buffer, &info) == 0;
    if (read) {
      bytes.resize(info.size);
      for (size_t done = 0; read && done < bytes.size();) {
        zip_int64_t got =
            zip_source_read(buffer, &bytes[done], bytes.size() - done);
        read = got > 0;
        done += read ? static_cast<size_t>(got) : 0;
      }
    }
    zip_source_close(buffer);
    return read;
  }

  std::string message() {
    return archive  ? zip_strerror(archive)
           : buffer ? zip_error_strerror(zip_source_error(buffer))
                    : zip_error_strerror(&error);
  }

private:
  zip_error_t error;
  zip_source_t *buffer = nullptr;
  zip_t *archive = nullptr;
};

} // namespace

static Status write(const std::string &path,
                    const std::vector<TensorView> &arrays) {
  if (arrays.empty())
    return Status::error("cannot write npz '" + path +
                         "': there are no arrays to put into it");
  std::vector<std::string> members;
  for (const TensorView &array : arrays) {
    Expected<uint64_t> bytes = tensorBytes(array.type, array.dims);
    if (!bytes.ok())
      return Status::error("cannot write npz '" + path + "': array " +
                           quoteName(array.name) + ": " + bytes.message());
    members.push_back(formatNpyHeader(array));
    members.back().append(static_cast<const char *>(array.data), *bytes);
  }
  Archive archive;
  std::string bytes;
  bool good = archive.valid();
  for (size_t i = 0; good && i < arrays.size(); ++i) {
    good = archive.add(arrays[i].name + ".npy", members[i]);
    if (!good)
      return Status::error("cannot write npz '" + path + "': array " +
                           quoteName(arrays[i].name) + ": " +
                           archive.message());
  }
  if (!good || !archive.finish(bytes))
    return Status::error("cannot write npz '" + path +
                         "': " + archive.message());
  return replaceFile(path, {{bytes.data(), bytes.size()}}, "npz");
}

Status gradopt::train::writeNpz(const std::string &path,
                                const std::vector<TensorView> &arrays) {
  try {
    return write(path, arrays);
  } catch (const std::exception &error) {
    return Status::error("cannot write npz '" + path + "': " + error.what());
  }
}
