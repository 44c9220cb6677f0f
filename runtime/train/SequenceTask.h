//===- SequenceTask.h - Tasks of random sequences ---------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef GRADOPT_TRAIN_SEQUENCETASK_H
#define GRADOPT_TRAIN_SEQUENCETASK_H

#include "gradopt_train/DataSource.h"

namespace gradopt::train {

/// What all tasks share: sequences of `length` steps, or of lengths that are
/// drawn evenly from a range, without an end. Row b of batch i is sequence i *
/// batch + b of the seed's stream. Evaluation sequences come from one fixed
/// stream, the same under every seed.
///
/// With a range, and where the model takes it, an array "lengths" (batch, i32)
/// says how long each row is; behind it all arrays are 0. A batch has as many
/// steps as its longest row.
///
/// Options: `length` (N or LOW..HIGH), `evaluation` (sequences, default 1000,
/// rounded up to whole batches).
class SequenceTask : public DataSource {
public:
  std::string identity() const override;
  const std::vector<ArrayInfo> &arrays() const override { return infos; }
  int64_t time() const override { return maxLength; }
  int64_t batch() const override { return rows; }
  int64_t batchesPerEpoch() const override { return 0; }
  BatchInfo fill(uint64_t index, void *const *pointers) const override;
  int64_t evaluationBatches() const override;
  BatchInfo fillEvaluation(int64_t index, void *const *pointers) const override;

protected:
  /// Streams of random numbers.
  struct Streams {
    uint64_t values = 0;
    uint64_t places = 0;
    uint64_t lengths = 0;
  };
  /// One row of a batch, whose arrays are zero.
  struct Row {
    const Streams &streams;
    uint64_t sequence;
    int64_t length;
    int64_t row;   ///< its place in the batch
    int64_t batch; ///< rows of the batch
    void *const *pointers;

    /// Element [t, row, 0] of an array of time × batch × `size`.
    template <typename T>
    T *at(size_t array, int64_t t, int64_t size = 1) const {
      return static_cast<T *>(pointers[array]) + (t * batch + row) * size;
    }
  };

  struct Description {
    std::string name;
    std::string placesName; ///< of the stream
    std::vector<ArrayInfo> arrays;
    int64_t minLength = 1;
    int64_t defaultLength = 100;
    /// Integers of these arrays are below these numbers.
    std::map<std::string, int64_t> entries;
  };

  Status initialize(const Description &description, const SourceSpec &spec,
                    const DataOptions &options);
  int64_t shortest() const { return minLength; }
  int64_t longest() const { return maxLength; }

  virtual void fillRow(const Row &row) const = 0;

private:
  BatchInfo fillFrom(const Streams &streams, uint64_t firstSequence,
                     void *const *pointers) const;

  std::string name;
  std::vector<ArrayInfo> infos;
  bool givesLengths = false;
  bool fixedTime = false;
  int64_t minLength = 0;
  int64_t maxLength = 0;
  int64_t rows = 0;
  int64_t evaluationSequences = 0;
  uint64_t seed = 0;
  Streams training;
  Streams evaluation;
};

/// Draws the steps of a sequence: element t of sequence s is number s * longest
/// + t of a stream.
inline uint64_t stepIndex(uint64_t sequence, int64_t longest, int64_t t) {
  return sequence * static_cast<uint64_t>(longest) + static_cast<uint64_t>(t);
}

/// The tasks.
Expected<std::unique_ptr<DataSource>>
createAddingTask(const SourceSpec &spec, const DataOptions &options);
Expected<std::unique_ptr<DataSource>>
createTemporalOrderTask(const SourceSpec &spec, const DataOptions &options);
Expected<std::unique_ptr<DataSource>>
createCopyTask(const SourceSpec &spec, const DataOptions &options);

} // namespace gradopt::train

#endif // GRADOPT_TRAIN_SEQUENCETASK_H
