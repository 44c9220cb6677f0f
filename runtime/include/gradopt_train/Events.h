//===- Events.h - TensorBoard event files -----------------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef GRADOPT_TRAIN_EVENTS_H
#define GRADOPT_TRAIN_EVENTS_H

#include "gradopt_train/Status.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gradopt::train {

using Scalar = std::pair<std::string, float>; ///< tag and value

/// What TensorBoard's histogram tab shows.
struct Histogram {
  /// `height` over [left, right).
  struct Bar {
    double left, right, height;
  };
  std::string tag;
  std::vector<Bar> bars;
};

/// What TensorBoard's text tab shows: one text, or a table of several columns.
struct Text {
  std::string tag;
  std::vector<std::string> cells; ///< row by row
  size_t columns = 0;             ///< 0: no table, one cell
};

struct Summary {
  std::vector<Scalar> scalars;
  std::vector<Histogram> histograms;
  std::vector<Text> texts;
};

/// Writes summaries for TensorBoard; every event is in the file when a call
/// returns, so a killed run loses none.
class EventWriter {
public:
  /// Makes a new file events.out.tfevents.<unixtime>.gradopt in `folder`, never
  /// touching one that is there. A run that continues at `resumedStep` tells
  /// TensorBoard to forget what earlier files hold from that step on.
  static Expected<std::unique_ptr<EventWriter>>
  create(const std::string &folder,
         std::optional<int64_t> resumedStep = std::nullopt);
  ~EventWriter();
  EventWriter(const EventWriter &) = delete;
  EventWriter &operator=(const EventWriter &) = delete;

  const std::string &path() const { return file; }

  /// One event with all of these. A record that cannot be written whole is
  /// taken back, so that the file stays readable.
  Status add(int64_t step, const Summary &summary);
  Status addScalars(int64_t step, const std::vector<Scalar> &scalars) {
    return add(step, {scalars, {}, {}});
  }

private:
  EventWriter(std::string file, int descriptor)
      : file(std::move(file)), descriptor(descriptor) {}
  Status writeRecord(const std::string &payload);

  std::string file;
  int descriptor;
  int64_t size = 0;
};

struct Event : Summary {
  double wallTime = 0; ///< seconds since 1970
  int64_t step = 0;
  std::string fileVersion;   ///< first event only
  bool sessionStart = false; ///< the run was resumed at `step`
};

struct EventFile {
  std::vector<Event> events;
  /// If the file ends within a record, as after a killed run: what was left
  /// out, in one line; else "".
  std::string truncation;
  /// Records that salvageEventFile() left out, one line each.
  std::vector<std::string> damage;
};

/// Reads an event file, checking the lengths and both checksums of every
/// record. A damaged record is an error that names its place.
Expected<EventFile> parseEventFile(const std::string &path);

/// The same, but a damaged record is left out and told in `damage`. What comes
/// behind it is read where its length is right, else nothing is.
Expected<EventFile> salvageEventFile(const std::string &path);

} // namespace gradopt::train

#endif // GRADOPT_TRAIN_EVENTS_H
