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

/// One array that a source fills, or that a model takes: its name and type.
/// Dimensions are constants, GRADOPT_DIM_TIME or GRADOPT_DIM_BATCH. What is
/// time or batch says so here even if the model's size of it is static.
struct ArrayInfo {
  std::string name;
  gradopt_element_type type;
  std::vector<int64_t> dims;
};

/// What a batch holds besides its arrays.
struct BatchInfo {
  /// Time steps in the arrays. Less than DataSource::time() in the last
  /// evaluation batch of a text, and where all rows of a batch are shorter; see
  /// DataOptions::fixedTime.
  int64_t time = 0;
  /// Rows in the arrays. Less than DataSource::batch() in the last batch of an
  /// epoch or of an evaluation; see DataOptions::fixedBatch.
  int64_t batch = 0;
  /// The streams do not continue the previous batch: zero the carried states
  /// before the step. True for every batch of a task.
  bool restart = false;
  /// How many units (unitName()) it holds, the weight of its mean loss unless
  /// the model's loss counts steps itself: for a
  /// text characters; for a loss per symbol of rows of different lengths the
  /// symbols that are not padding; else rows.
  int64_t units = 0;
};

/// What the loss of a source means and how it is shown.
enum class Metric {
  BitsPerCharacter, ///< cross entropy in nats, divided by ln 2
  MeanSquaredError, ///< as is
  Loss,             ///< as is; what it means is the model's affair
  CrossEntropy,     ///< as is, in nats per sequence
  SymbolEntropy,    ///< as is, in nats per symbol
};

/// The value shown for a mean loss.
double metricValue(Metric metric, double loss);
/// "bits/char", "mse", "loss" or "nats".
const char *metricName(Metric metric);
/// "char", "sequence", "row" or "symbol".
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
  /// The metric of a simple predictor that learned nothing, and what it is in
  /// words; nothing and "" if the source knows none.
  virtual std::optional<double> baseline() const = 0;
  virtual std::string baselineName() const = 0;
  /// Training batches after which each row or window came once; 0 if the source
  /// never repeats itself.
  virtual int64_t batchesPerEpoch() const = 0;

  /// Writes training batch `index` to `pointers`, one per array in the order of
  /// arrays(), each with room for time() and batch(). The arrays are dense and
  /// row-major with the sizes of the BatchInfo. Thread-safe, as fillEvaluation.
  virtual BatchInfo fill(uint64_t index, void *const *pointers) const = 0;

  /// Batches that no training batch shares anything with, or all of the data in
  /// its order with DataOptions::wholeData; 0 if nothing is held out.
  virtual int64_t evaluationBatches() const = 0;
  /// Evaluation batch 0 <= `index` < evaluationBatches().
  virtual BatchInfo fillEvaluation(int64_t index,
                                   void *const *pointers) const = 0;

  /// Entries that a checkpoint needs besides the position, e.g. a vocabulary;
  /// see DataOptions::stored.
  virtual std::map<std::string, std::string> metadata() const { return {}; }

  /// fill(position(), ...), then steps the position.
  BatchInfo next(void *const *pointers) { return fill(cursor++, pointers); }
  /// next() without the batch.
  void skip() { ++cursor; }
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
/// Key of a text's vocabulary: its characters in UTF-8 or its bytes, in
/// hexadecimal, in the order of ids, and key of what they are.
inline constexpr char vocabularyKey[] = "gradopt.vocabulary";
inline constexpr char vocabularyUnitsKey[] = "gradopt.vocabulary_units";
/// Key of the mean and deviation of each column of a table, a JSON object.
inline constexpr char columnStatisticsKey[] = "gradopt.column_statistics";
/// Key of what a table's columns were to the model: one line with its inputs,
/// targets and horizon.
inline constexpr char columnRolesKey[] = "gradopt.columns";

struct DataOptions {
  int64_t batch = 32;
  /// Window of truncated back-propagation for a text, in steps. 0 takes the
  /// length that a task, a table's window or an array has; another one must be
  /// equal to it. A text needs a positive one.
  int64_t time = 0;
  /// The model's time size is static: each batch has time() steps, shorter rows
  /// are padded, and evaluation drops a text's last window that is shorter.
  bool fixedTime = false;
  /// The model's batch size is static: a partial batch is left out. With
  /// `wholeData` it is an error.
  bool fixedBatch = false;
  /// Share of the rows, windows or characters, from the end of the file, that
  /// is kept for evaluation: [0, 1).
  double holdOut = 0.0;
  /// Evaluation goes over all of the data in file order; nothing is held out.
  bool wholeData = false;
  /// Of a task's sequences and of the order of rows.
  uint64_t seed = 0;
  /// The inputs of the model. A source of named arrays gives these; one that
  /// can give an array in two forms gives the form that stands here.
  std::vector<ArrayInfo> wanted;
  /// By input: the entries of the table or the classes that its integers choose
  /// from. An integer outside is an error.
  std::map<std::string, int64_t> indexLimits;
  /// A checkpoint's metadata: its vocabulary and statistics are used instead of
  /// those of the data.
  std::map<std::string, std::string> stored;
};

/// Refuses batch sizes and windows that no source takes.
Status checkDataOptions(const DataOptions &options);

/// A source specification, KIND:NAME or KIND:NAME?OPTION=VALUE&OPTION=VALUE.
/// Options begin at the last `?`. So a file name that holds a `?` itself is
/// followed by one, with options or nothing after it. In a value, %XX is the
/// byte of that hexadecimal number.
struct SourceSpec {
  std::string kind; ///< "text", "csv", "npz" or "task"
  std::string name; ///< file name or task name
  std::vector<std::pair<std::string, std::string>> options; ///< as written
};

Expected<SourceSpec> parseSourceSpec(const std::string &text);

/// The source that a specification such as `text:FILE` or
/// `task:adding?length=100` names. docs/data.md describes all of them.
Expected<std::unique_ptr<DataSource>>
openDataSource(const std::string &spec, const DataOptions &options);

} // namespace gradopt::train

#endif // GRADOPT_TRAIN_DATASOURCE_H
