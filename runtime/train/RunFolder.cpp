//===- RunFolder.cpp - The output folder of a run -------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt_train/RunFolder.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <unistd.h>
#include <utility>

using namespace gradopt::train;
namespace fs = std::filesystem;

std::string gradopt::train::checkpointPath(const std::string &folder) {
  return folder + "/checkpoint.safetensors";
}

RunFolder::RunFolder(RunFolder &&other) noexcept
    : folder(std::move(other.folder)), lock(std::exchange(other.lock, -1)) {}

RunFolder &RunFolder::operator=(RunFolder &&other) noexcept {
  std::swap(folder, other.folder);
  std::swap(lock, other.lock);
  return *this;
}

RunFolder::~RunFolder() {
  if (lock >= 0)
    ::close(lock);
}

std::string RunFolder::checkpointPath() const {
  return train::checkpointPath(folder);
}

/// Tries it, because permission bits say nothing about root, read-only mounts
/// and full disks. Returns 0 or the error.
static int probeWriting(const std::string &folder) {
  std::string probe = folder + "/.gradopt-XXXXXX";
  int file = ::mkstemp(probe.data());
  if (file < 0)
    return errno;
  ::close(file);
  ::unlink(probe.c_str());
  return 0;
}

/// The first event file in a folder, or "".
static std::string findEvents(const std::string &folder,
                              std::error_code &error) {
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::string name = entry->path().filename().string();
    if (name.find("tfevents") != std::string::npos)
      return name;
  }
  return "";
}

Expected<RunFolder> gradopt::train::openRunFolder(const std::string &path,
                                                  bool resume) {
  auto cannotUse = [&](const std::string &why) {
    return Status::error("cannot use output folder '" + path + "': " + why);
  };
  auto cannotResume = [&](const std::string &why) {
    return Status::error("cannot resume from '" + path + "': " + why +
                         "; leave --resume out to begin a run");
  };
  if (path.empty())
    return cannotUse("its name is empty");

  std::error_code error;
  bool exists = fs::exists(path, error);
  if (exists && !fs::is_directory(path, error))
    return cannotUse("it is a file, not a folder");
  if (!exists && resume)
    return cannotResume("there is no such folder");
  if (!exists) {
    fs::create_directories(path, error);
    if (error)
      return cannotUse(error.message() + "; choose a folder that you may make");
  }

  int lock = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (lock < 0)
    return cannotUse(std::strerror(errno));
  RunFolder folder(path, lock);
  // File systems without locks say something else; they get none.
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
    return cannotUse("another process writes a run to it; wait for it or "
                     "choose another folder");
  if (int failure = probeWriting(path))
    return cannotUse(std::string(std::strerror(failure)) +
                     "; choose a folder that you may write to");

  bool checkpoint = fs::exists(folder.checkpointPath(), error);
  if (error)
    return cannotUse(error.message());
  if (resume && !checkpoint)
    return cannotResume("it holds no checkpoint");
  std::string events = findEvents(path, error);
  if (error)
    return cannotUse(error.message());
  if (!resume && (checkpoint || !events.empty()))
    return cannotUse("it already holds a run ('" +
                     (checkpoint ? "checkpoint.safetensors" : events) +
                     "'); add --resume to go on with it, or choose another "
                     "folder");
  return folder;
}
