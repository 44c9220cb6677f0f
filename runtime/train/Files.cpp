//===- Files.cpp - Reading files, replacing files atomically --------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt_train/Files.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace gradopt::train;

namespace {

/// An open file that is closed at the end of its scope.
struct Descriptor {
  explicit Descriptor(int value) : value(value) {}
  ~Descriptor() {
    if (value >= 0)
      ::close(value);
  }
  Descriptor(const Descriptor &) = delete;
  Descriptor &operator=(const Descriptor &) = delete;

  /// Closes it now, because that too can report a failed write.
  bool close() {
    int closed = value;
    value = -1;
    return ::close(closed) == 0;
  }

  int value;
};

std::string folderOf(const std::string &path) {
  size_t slash = path.rfind('/');
  if (slash == std::string::npos)
    return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Status cannotRead(const std::string &path, const std::string &what,
                  const std::string &why) {
  return Status::error("cannot read " + what + " '" + path + "': " + why);
}

/// What a user can do about a failed write.
std::string advice(int error) {
  switch (error) {
  case ENOSPC:
  case EDQUOT:
    return "; free some space and try again";
  case EACCES:
  case EPERM:
  case EROFS:
    return "; choose a folder that you may write to";
  case EFBIG:
    return "; raise the limit on file sizes (ulimit -f)";
  default:
    return "";
  }
}

} // namespace

Expected<std::string> gradopt::train::readFile(const std::string &path,
                                               const std::string &what) {
  // Opening a FIFO that nobody writes to would wait for ever.
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.value < 0) {
    if (errno == ENOENT)
      return cannotRead(path, what, "there is no such file");
    return cannotRead(path, what, std::strerror(errno));
  }
  struct stat info;
  if (::fstat(file.value, &info) != 0)
    return cannotRead(path, what, std::strerror(errno));
  if (S_ISDIR(info.st_mode))
    return cannotRead(path, what, "it is a folder, not a file");
  if (!S_ISREG(info.st_mode))
    return cannotRead(path, what, "it is not a regular file");

  std::string bytes;
  try {
    bytes.resize(static_cast<size_t>(info.st_size));
  } catch (const std::exception &) {
    return cannotRead(path, what,
                      "its " + std::to_string(info.st_size) +
                          " bytes do not fit in memory");
  }
  size_t done = 0;
  while (done < bytes.size()) {
    ssize_t got = ::read(file.value, &bytes[done], bytes.size() - done);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return cannotRead(path, what, std::strerror(errno));
    if (got == 0)
      return cannotRead(path, what, "it became shorter while it was read");
    done += static_cast<size_t>(got);
  }
  return bytes;
}

bool gradopt::train::writeAll(int descriptor, const void *data, size_t size) {
  const char *next = static_cast<const char *>(data);
  while (size > 0) {
    ssize_t written = ::write(descriptor, next, size);
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return false;
    next += written;
    size -= static_cast<size_t>(written);
  }
  return true;
}

Status gradopt::train::replaceFile(const std::string &path,
                                   const std::vector<Chunk> &chunks,
                                   const std::string &what) {
  // One fixed name: what a killed process leaves behind is used again, so that
  // leftovers do not pile up.
  std::string temporary = path + ".tmp";
  auto fail = [&](int error) {
    return Status::error(
        "cannot write " + what + " '" + path + "': " + std::strerror(error) +
        "; what was there before is unchanged" + advice(error));
  };

  Descriptor file(::open(temporary.c_str(),
                         O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
                         0666));
  if (file.value < 0)
    return fail(errno);
  auto failAndRemove = [&](int error) {
    ::unlink(temporary.c_str());
    return fail(error);
  };
  for (const Chunk &chunk : chunks)
    if (!writeAll(file.value, chunk.data, chunk.size))
      return failAndRemove(errno);
  if (::fsync(file.value) != 0)
    return failAndRemove(errno);
  if (!file.close())
    return failAndRemove(errno);
  if (::rename(temporary.c_str(), path.c_str()) != 0)
    return failAndRemove(errno);

  Descriptor folder(
      ::open(folderOf(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // Some file systems cannot synchronize a folder; they say EINVAL.
  if (folder.value < 0 || (::fsync(folder.value) != 0 && errno != EINVAL))
    return Status::error("wrote " + what + " '" + path +
                         "', but cannot make it survive a power failure: " +
                         std::strerror(errno));
  return Status();
}
