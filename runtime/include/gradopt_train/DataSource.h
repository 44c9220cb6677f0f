//===- DataSource.h - Where training batches come from ----------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef GRADOPT_TRAIN_DATASOURCE_H
#define GRADOPT_TRAIN_DATASOURCE_H

#include "gradopt_runtime.h"
#include "gradopt_train/Status.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gradopt::train {

/// One array that a source fills: a model's input of this name and type.
/// Dimensions are constants, GRADOPT_DIM_TIME or GRADOPT_DIM_BATCH.
struct ArrayInfo {
  std::string name;
  gradopt_element_type type;
  std::vector<int64_t> dims;
};

/// What a batch holds besides its arrays.
struct BatchInfo {
  /// Time steps in the arrays; less than DataSource::time() only in the last
  /// evaluation batch of a text (see DataOptions::fixedTime).
  int64_t time = 0;
  int64_t batch = 0;
  /// The streams do not continue the previous batch: zero the carried states
  /// before the step. True for every batch of a task.
  bool restart = false;
  /// How many predicted units (characters or sequences) it holds, the weight of
  /// its mean loss.
  int64_t units = 0;
};

/// What the loss of a source means and how it is shown.
enum class Metric {
  BitsPerCharacter, ///< cross entropy in nats, divided by ln 2
  MeanSquaredError, ///< as is
};

/// The value shown for a mean loss.
double metricValue(Metric metric, double loss);
/// "bits/char" or "mse".
const char *metricName(Metric metric);
/// "char" or "sequence".
const char *unitName(Metric metric);

/// A source of batches. Batch number i is a pure function of the source and i,
/// so that the position of a run is one number and resuming is exact.
class DataSource {
public:
  virtual ~DataSource();

  /// One line that tells this source, its options and its content from any
  /// other; a position is only good for the source that it was saved from.
  virtual std::string identity() const = 0;
  virtual const std::vector<ArrayInfo> &arrays() const = 0;
  virtual int64_t time() const = 0;
  virtual int64_t batch() const = 0;
  virtual Metric metric() const = 0;
  /// The metric of the best predictor that learned nothing, and what it is in
  /// words.
  virtual double baseline() const = 0;
  virtual std::string baselineName() const = 0;

  /// Writes training batch `index` to `pointers`, one per array in the order of
  /// arrays(), dense and row-major, each with room for time() and batch().
  virtual BatchInfo fill(uint64_t index, void *const *pointers) const = 0;

  /// Batches that no training batch shares anything with; 0 for a text without
  /// hold-out.
  virtual int64_t evaluationBatches() const = 0;
  /// Evaluation batch 0 <= `index` < evaluationBatches().
  virtual BatchInfo fillEvaluation(int64_t index,
                                   void *const *pointers) const = 0;

  /// Entries that a checkpoint needs besides the position, e.g. a vocabulary.
  virtual std::map<std::string, std::string> metadata() const { return {}; }

  /// fill(position(), ...), then steps the position.
  BatchInfo next(void *const *pointers) { return fill(cursor++, pointers); }
  /// Number of the batch that next() gives.
  uint64_t position() const { return cursor; }

  /// The position, the identity and metadata() for a checkpoint's metadata, and
  /// back. Refuses a position of another source, naming both.
  std::map<std::string, std::string> savePosition() const;
  Status restorePosition(const std::map<std::string, std::string> &saved);

private:
  uint64_t cursor = 0;
};

/// Keys that savePosition() writes.
inline constexpr char dataPositionKey[] = "gradopt.data_position";
inline constexpr char dataSourceKey[] = "gradopt.data_source";
/// Key of a text's vocabulary: its bytes in hexadecimal, in the order of ids.
inline constexpr char vocabularyKey[] = "gradopt.vocabulary";

struct DataOptions {
  int64_t batch = 32;
  /// Window of truncated back-propagation for a text, in steps. 0 takes a
  /// task's length; a text needs a positive one.
  int64_t time = 0;
  /// The model's time size is static: evaluation drops a last window that is
  /// shorter.
  bool fixedTime = false;
  /// Share of a text, from its end, that is kept for evaluation: [0, 1).
  double holdOut = 0.0;
  /// For tasks.
  uint64_t seed = 0;
  /// Rows of the model's embedding; 0 is no limit.
  int64_t vocabularyLimit = 0;
  /// Ids as in a checkpoint (the bytes of vocabularyKey) instead of those of
  /// the text; a byte outside it is an error.
  std::optional<std::string> vocabulary;
};

/// Refuses batch sizes and windows that no source takes.
Status checkDataOptions(const DataOptions &options);

/// A source specification, KIND:NAME or KIND:NAME?OPTION=VALUE&OPTION=VALUE.
/// The name of a text is a file name as it stands, with any `?` in it.
struct SourceSpec {
  std::string kind; ///< "text" or "task"
  std::string name; ///< file name or task name
  std::vector<std::pair<std::string, std::string>> options;
};

Expected<SourceSpec> parseSourceSpec(const std::string &text);

/// The source that a specification such as `text:FILE` or
/// `task:adding?length=100` names.
Expected<std::unique_ptr<DataSource>>
openDataSource(const std::string &spec, const DataOptions &options);

} // namespace gradopt::train

#endif // GRADOPT_TRAIN_DATASOURCE_H
