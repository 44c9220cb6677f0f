//===- Checkpoint.h - Saved runs --------------------------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef GRADOPT_TRAIN_CHECKPOINT_H
#define GRADOPT_TRAIN_CHECKPOINT_H

#include "gradopt_train/Safetensors.h"

namespace gradopt::train {

/// Keys of a checkpoint's metadata beside those of DataSource.h; all are
/// required on load.
inline constexpr char checkpointVersion[] = "1";
inline constexpr char versionKey[] = "gradopt.checkpoint_version";
/// CRC-32C, in hexadecimal, of the header as it would be without this entry and
/// of the data after it.
inline constexpr char checksumKey[] = "gradopt.crc32c";
inline constexpr char modelHashKey[] = "gradopt.model_hash";
inline constexpr char stepKey[] = "gradopt.step";
inline constexpr char seedKey[] = "gradopt.seed";

/// The tensor that holds what the runtime's policies remember, if they do.
inline constexpr char policiesName[] = "policies:";

/// What is saved besides tensors.
struct CheckpointInfo {
  uint64_t modelHash = 0;
  uint64_t step = 0;
  uint64_t seed = 0;
  /// Further entries, e.g. DataSource::savePosition().
  std::map<std::string, std::string> metadata;
};

/// A loaded checkpoint.
struct Checkpoint {
  std::string path;
  CheckpointInfo info; ///< its metadata holds all entries of the file
  std::vector<StoredTensor> tensors;
  std::string data; ///< the file's data part

  const StoredTensor *find(const std::string &name) const;
  const void *bytes(const StoredTensor &tensor) const {
    return data.data() + tensor.begin;
  }
};

/// Writes a safetensors file atomically: after a failure a file that stood
/// there is intact.
Status writeCheckpoint(const std::string &path,
                       const std::vector<TensorView> &tensors,
                       const CheckpointInfo &info);

/// Reads and checks the whole file, checksum included.
Expected<Checkpoint> readCheckpoint(const std::string &path);

/// The same of a file's bytes; `path` is used in messages.
Expected<Checkpoint> parseCheckpoint(std::string file, const std::string &path);

/// Refuses a checkpoint of another model, saying which tensors are missing, too
/// many, or of another type or shape. `wanted` needs no data.
Status checkModel(const Checkpoint &checkpoint, uint64_t modelHash,
                  const std::vector<TensorView> &wanted);

/// Refuses a checkpoint that does not hold all of `wanted`; it may hold more.
Status checkParameters(const Checkpoint &checkpoint,
                       const std::vector<TensorView> &wanted);

/// What a checkpoint of this instance holds: parameters under their names, and,
/// with the role in front (e.g. "optimizer_state:lstm.weight_hh/m"), states,
/// optimizer states, step counts, clip states, hyperparameters and random keys.
std::vector<TensorView> checkpointTensors(gradopt_instance *instance,
                                          int64_t time, int64_t batch);

/// Saves an instance, with its model hash, its step and what its policies
/// remember, to `path`.
Status saveInstance(const std::string &path, gradopt_instance *instance,
                    int64_t time, int64_t batch, uint64_t seed,
                    const std::map<std::string, std::string> &metadata);

/// Puts a checkpoint into the instance, with step and what the policies that
/// the instance has by then remember, or changes nothing.
Status loadInstance(const Checkpoint &checkpoint, gradopt_instance *instance,
                    int64_t time, int64_t batch);

/// Puts the parameters of a checkpoint into the instance of another function of
/// the same model, e.g. its loss for evaluation, or changes nothing. So are
/// hyperparameters that both have. What else the checkpoint holds is left out.
Status loadParameters(const Checkpoint &checkpoint, gradopt_instance *instance);

} // namespace gradopt::train

#endif // GRADOPT_TRAIN_CHECKPOINT_H
