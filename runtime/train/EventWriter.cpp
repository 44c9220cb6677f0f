//===- EventWriter.cpp - Writing TensorBoard event files ------------------===//
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

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

using namespace gradopt::train;

static double wallTime() {
  return std::chrono::duration<double>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

static Status cannotWrite(const std::string &file, int error) {
  return Status::error("cannot write event file '" + file +
                       "': " + std::strerror(error) +
                       (error == ENOSPC ? "; free some space" : ""));
}

Expected<std::unique_ptr<EventWriter>>
EventWriter::create(const std::string &folder,
                    std::optional<int64_t> resumedStep) {
  auto seconds = static_cast<int64_t>(wallTime());
  std::string file;
  int descriptor = -1;
  // A run that is resumed within the same second takes the next free name.
  do {
    file = folder + "/events.out.tfevents." + std::to_string(seconds++) +
           ".gradopt";
    descriptor = ::open(
        file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
  } while (descriptor < 0 && errno == EEXIST);
  if (descriptor < 0)
    return cannotWrite(file, errno);
  std::unique_ptr<EventWriter> writer(new EventWriter(file, descriptor));

  events::Event version;
  version.set_wall_time(wallTime());
  version.set_file_version(kEventVersion);
  Status status = writer->writeRecord(version.SerializeAsString());
  if (status.ok() && resumedStep) {
    events::Event start;
    start.set_wall_time(wallTime());
    start.set_step(*resumedStep);
    start.mutable_session_log()->set_status(events::SessionLog::START);
    status = writer->writeRecord(start.SerializeAsString());
  }
  if (!status.ok()) {
    ::unlink(file.c_str());
    return status;
  }
  return writer;
}

EventWriter::~EventWriter() { ::close(descriptor); }

static events::Tensor *addTensor(events::Summary &summary,
                                 const std::string &tag, const char *plugin,
                                 events::DataType type) {
  events::Summary::Value *entry = summary.add_value();
  entry->set_tag(tag);
  entry->mutable_metadata()->mutable_plugin_data()->set_plugin_name(plugin);
  entry->mutable_metadata()->set_data_class(events::DATA_CLASS_TENSOR);
  entry->mutable_tensor()->set_dtype(type);
  return entry->mutable_tensor();
}

static void addDim(events::Tensor &tensor, size_t size) {
  tensor.mutable_tensor_shape()->add_dim()->set_size(
      static_cast<int64_t>(size));
}

static void addHistogram(events::Summary &summary, const Histogram &histogram) {
  events::Tensor *tensor =
      addTensor(summary, histogram.tag, kHistogramPlugin, events::DT_DOUBLE);
  addDim(*tensor, histogram.bars.size());
  addDim(*tensor, 3);
  for (const Histogram::Bar &bar : histogram.bars) {
    tensor->add_double_val(bar.left);
    tensor->add_double_val(bar.right);
    tensor->add_double_val(bar.height);
  }
}

static void addText(events::Summary &summary, const Text &text) {
  events::Tensor *tensor =
      addTensor(summary, text.tag, kTextPlugin, events::DT_STRING);
  // A tensor without dimensions still says so.
  tensor->mutable_tensor_shape();
  if (text.columns != 0) {
    addDim(*tensor, text.cells.size() / text.columns);
    addDim(*tensor, text.columns);
  }
  for (const std::string &cell : text.cells)
    tensor->add_string_val(cell);
}

Status EventWriter::add(int64_t step, const Summary &summary) {
  events::Event event;
  event.set_wall_time(wallTime());
  event.set_step(step);
  // Also with nothing in it this makes it a summary.
  events::Summary *message = event.mutable_summary();
  for (const auto &[tag, value] : summary.scalars) {
    events::Summary::Value *entry = message->add_value();
    entry->set_tag(tag);
    entry->set_simple_value(value);
  }
  for (const Histogram &histogram : summary.histograms)
    addHistogram(*message, histogram);
  for (const Text &text : summary.texts)
    addText(*message, text);
  return writeRecord(event.SerializeAsString());
}

/// A TFRecord: length, its checksum, the payload, its checksum.
Status EventWriter::writeRecord(const std::string &payload) {
  std::string record;
  appendLittleEndian(record, payload.size(), 8);
  appendLittleEndian(record, maskedCrc32c(record.data(), 8), 4);
  record += payload;
  appendLittleEndian(record, maskedCrc32c(payload.data(), payload.size()), 4);
  if (!writeAll(descriptor, record.data(), record.size())) {
    int error = errno;
    // A part of a record would make all that follow it unreadable.
    if (::ftruncate(descriptor, size) != 0)
      return Status::error(cannotWrite(file, error).message() +
                           "; its last record is damaged");
    return cannotWrite(file, error);
  }
  size += static_cast<int64_t>(record.size());
  return Status();
}
