//===- EventReader.cpp - Reading TensorBoard event files ------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt_train/Events.h"

#include "Encoding.h"
#include "EventFormat.h"
#include "gradopt_train/Checksum.h"
#include "gradopt_train/Files.h"

#include "event.pb.h"

using namespace gradopt::train;

static void readHistogram(const std::string &tag, const events::Tensor &tensor,
                          Event &event) {
  Histogram &histogram = event.histograms.emplace_back();
  histogram.tag = tag;
  for (int i = 0; i + 2 < tensor.double_val_size(); i += 3)
    histogram.bars.push_back({tensor.double_val(i), tensor.double_val(i + 1),
                              tensor.double_val(i + 2)});
}

static void readText(const std::string &tag, const events::Tensor &tensor,
                     Event &event) {
  Text &text = event.texts.emplace_back();
  text.tag = tag;
  text.cells.assign(tensor.string_val().begin(), tensor.string_val().end());
  const events::TensorShape &shape = tensor.tensor_shape();
  if (shape.dim_size() == 2 && shape.dim(1).size() > 0)
    text.columns = static_cast<size_t>(shape.dim(1).size());
}

static Event convert(const events::Event &message) {
  Event event;
  event.wallTime = message.wall_time();
  event.step = message.step();
  event.fileVersion = message.file_version();
  event.sessionStart =
      message.session_log().status() == events::SessionLog::START;
  for (const events::Summary::Value &value : message.summary().value()) {
    const std::string &plugin = value.metadata().plugin_data().plugin_name();
    if (value.value_case() == events::Summary::Value::kSimpleValue)
      event.scalars.emplace_back(value.tag(), value.simple_value());
    else if (plugin == kHistogramPlugin)
      readHistogram(value.tag(), value.tensor(), event);
    else if (plugin == kTextPlugin)
      readText(value.tag(), value.tensor(), event);
  }
  return event;
}

/// The first event says what the others are.
static Status checkVersion(const std::string &path, const std::string &found) {
  if (found == kEventVersion)
    return Status();
  if (found.rfind("brain.Event:", 0) == 0)
    return Status::error("event file '" + path + "' is of the version '" +
                         found + "'; only '" + kEventVersion + "' is read");
  return Status::error("'" + path +
                       "' is not an event file: it does not begin with '" +
                       kEventVersion + "'");
}

/// With `salvage`, a damaged record is no error.
static Expected<EventFile> readEvents(const std::string &path, bool salvage) {
  Expected<std::string> bytes = readFile(path, "event file");
  if (!bytes.ok())
    return bytes.status();
  constexpr size_t headSize = 8 + 4, tailSize = 4;

  EventFile file;
  size_t offset = 0, record = 1;
  auto damage = [&](const std::string &why) {
    return "event file '" + path + "' is damaged: record " +
           std::to_string(record) + " at byte " + std::to_string(offset) + " " +
           why;
  };
  for (; offset < bytes->size(); ++record) {
    const char *head = bytes->data() + offset;
    size_t left = bytes->size() - offset;
    auto truncated = [&] {
      file.truncation = "event file '" + path + "' ends within a record: its " +
                        "last " + std::to_string(left) + " bytes are left out";
      return file;
    };
    if (left < headSize)
      return truncated();
    if (readLittleEndian(head + 8, 4) != maskedCrc32c(head, 8)) {
      std::string line = damage("has a length with a wrong checksum");
      if (!salvage || record == 1)
        return Status::error(line);
      file.damage.push_back(line + "; the " + std::to_string(left) +
                            " bytes from there on are left out");
      return file;
    }
    uint64_t length = readLittleEndian(head, 8);
    // In this order the sum cannot overflow.
    if (length > left || length + headSize + tailSize > left)
      return truncated();
    const char *payload = head + headSize;
    std::string wrong;
    events::Event message;
    if (readLittleEndian(payload + length, 4) != maskedCrc32c(payload, length))
      wrong = damage("has content with a wrong checksum");
    else if (!message.ParseFromString(std::string(payload, length)))
      wrong = damage("does not hold an event");
    if (!wrong.empty() && !salvage)
      return Status::error(wrong);
    if (record == 1 && wrong.empty())
      if (Status status = checkVersion(path, message.file_version());
          !status.ok())
        return status;
    if (wrong.empty())
      file.events.push_back(convert(message));
    else
      file.damage.push_back(wrong + "; it is left out");
    offset += headSize + length + tailSize;
  }
  return file;
}

Expected<EventFile> gradopt::train::parseEventFile(const std::string &path) {
  return readEvents(path, /*salvage=*/false);
}

Expected<EventFile> gradopt::train::salvageEventFile(const std::string &path) {
  return readEvents(path, /*salvage=*/true);
}
