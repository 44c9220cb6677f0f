//===- EventReader.cpp - Reading TensorBoard event files ------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt_train/Events.h"

#include "Encoding.h"
#include "gradopt_train/Checksum.h"
#include "gradopt_train/Files.h"

#include "event.pb.h"

using namespace gradopt::train;

static Event convert(const events::Event &message) {
  Event event;
  event.wallTime = message.wall_time();
  event.step = message.step();
  event.fileVersion = message.file_version();
  event.sessionStart =
      message.session_log().status() == events::SessionLog::START;
  for (const events::Summary::Value &value : message.summary().value()) {
    if (value.value_case() == events::Summary::Value::kSimpleValue)
      event.scalars.emplace_back(value.tag(), value.simple_value());
    else if (value.tensor().dtype() == events::TensorProto::DT_STRING)
      event.texts.push_back({value.tag(),
                             {value.tensor().string_val().begin(),
                              value.tensor().string_val().end()}});
  }
  return event;
}

Expected<EventFile> gradopt::train::parseEventFile(const std::string &path) {
  Expected<std::string> bytes = readFile(path, "event file");
  if (!bytes.ok())
    return bytes.status();
  constexpr size_t headSize = 8 + 4, tailSize = 4;

  EventFile file;
  size_t offset = 0;
  auto damaged = [&](const std::string &why) {
    return Status::error("event file '" + path + "' is damaged: record " +
                         std::to_string(file.events.size() + 1) + " at byte " +
                         std::to_string(offset) + " " + why);
  };
  while (offset < bytes->size()) {
    const char *head = bytes->data() + offset;
    size_t left = bytes->size() - offset;
    auto truncated = [&] {
      file.truncation = "event file '" + path + "' ends within a record: its " +
                        "last " + std::to_string(left) + " bytes are left out";
      return file;
    };
    if (left < headSize)
      return truncated();
    if (readLittleEndian(head + 8, 4) != maskedCrc32c(head, 8))
      return damaged("has a length with a wrong checksum");
    uint64_t length = readLittleEndian(head, 8);
    // In this order the sum cannot overflow.
    if (length > left || length + headSize + tailSize > left)
      return truncated();
    const char *payload = head + headSize;
    if (readLittleEndian(payload + length, 4) != maskedCrc32c(payload, length))
      return damaged("has content with a wrong checksum");
    events::Event message;
    if (!message.ParseFromString(std::string(payload, length)))
      return damaged("does not hold an event");
    if (file.events.empty() &&
        message.file_version().rfind("brain.Event:", 0) != 0)
      return Status::error("'" + path +
                           "' is not an event file: it does not begin with "
                           "'brain.Event:'");
    file.events.push_back(convert(message));
    offset += headSize + length + tailSize;
  }
  return file;
}
