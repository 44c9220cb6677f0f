//===- RunLog.cpp - What a run folder tells -------------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt_train/RunLog.h"

#include "gradopt_train/Files.h"

#include <algorithm>
#include <filesystem>

using namespace gradopt::train;
namespace fs = std::filesystem;

/// Reports are for people, not data to carry.
static constexpr size_t kMaxFailureBytes = 64 << 10;

static void readFailure(const fs::path &folder, RunLog &log) {
  std::error_code error;
  fs::path path = folder / "report.txt";
  if (!fs::exists(path, error))
    return;
  Expected<std::string> text = readFile(path.string(), "failure report");
  if (!text.ok()) {
    log.notes.push_back(text.message());
    return;
  }
  if (text->size() > kMaxFailureBytes) {
    text->resize(kMaxFailureBytes);
    log.notes.push_back("failure report '" + path.string() +
                        "' is shown up to its first 64 KiB");
  }
  log.failures.push_back({folder.filename().string(), std::move(*text)});
}

static Status readEvents(const std::string &path, RunLog &log) {
  Expected<EventFile> file = salvageEventFile(path);
  if (!file.ok())
    return file.status();
  for (const std::string &line : file->damage)
    log.notes.push_back(line);
  if (!file->truncation.empty())
    log.notes.push_back(file->truncation);
  for (Event &event : file->events) {
    if (event.sessionStart)
      for (RunLog::Entry &earlier : log.events)
        earlier.madeAgain |= earlier.step >= event.step;
    if (event.fileVersion.empty())
      log.events.push_back({std::move(event)});
  }
  return Status();
}

Expected<RunLog> gradopt::train::readRunLog(const std::string &folder) {
  auto cannotRead = [&](const std::string &why) {
    return Status::error("cannot read run folder '" + folder + "': " + why);
  };
  std::error_code error;
  if (!fs::exists(folder, error))
    return cannotRead(error ? error.message() : "there is no such folder");
  if (!fs::is_directory(folder, error))
    return cannotRead("it is a file, not a folder");
  RunLog log;
  log.folder = folder;
  std::vector<fs::path> failures;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::string name = entry->path().filename().string();
    std::error_code ignored;
    if (entry->is_directory(ignored)) {
      if (name.rfind("failure", 0) == 0)
        failures.push_back(entry->path());
    } else if (name.find("tfevents") != std::string::npos) {
      log.files.push_back(name);
    }
  }
  if (error)
    return cannotRead(error.message());
  if (log.files.empty())
    return cannotRead("it holds no event files; give the folder that --out of "
                      "gradopt-train named");
  // The names hold the time at which each start began.
  std::sort(log.files.begin(), log.files.end());
  for (const std::string &name : log.files)
    if (Status status = readEvents(folder + "/" + name, log); !status.ok())
      return status;
  std::sort(failures.begin(), failures.end());
  for (const fs::path &path : failures)
    readFailure(path, log);
  return log;
}
