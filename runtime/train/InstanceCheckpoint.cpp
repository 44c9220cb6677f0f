//===- InstanceCheckpoint.cpp - Checkpoints of a running step -------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt_train/Checkpoint.h"

#include <cstring>

using namespace gradopt::train;

/// The prefix that tells a role's names from those of others; null for what a
/// checkpoint does not hold.
static const char *rolePrefix(uint32_t role) {
  switch (role) {
  case GRADOPT_ROLE_PARAM:
    return "";
  case GRADOPT_ROLE_STATE:
    return "state:";
  case GRADOPT_ROLE_OPTIMIZER_STATE:
    return "optimizer_state:";
  case GRADOPT_ROLE_STEP_COUNT:
    return "step_count:";
  case GRADOPT_ROLE_CLIP_STATE:
    return "clip_state:";
  case GRADOPT_ROLE_HYPER:
    return "hyper:";
  case GRADOPT_ROLE_RANDOM:
    return "random:";
  default:
    return nullptr;
  }
}

static std::vector<int64_t> resolveDims(const gradopt_manifest_entry &entry,
                                        int64_t time, int64_t batch) {
  std::vector<int64_t> dims(entry.dims, entry.dims + entry.rank);
  for (int64_t &dim : dims) {
    if (dim == GRADOPT_DIM_TIME)
      dim = time;
    else if (dim == GRADOPT_DIM_BATCH)
      dim = batch;
  }
  return dims;
}

/// The entries whose role `wanted` takes.
template <typename Predicate>
static std::vector<TensorView> collect(gradopt_instance *instance, int64_t time,
                                       int64_t batch, Predicate wanted) {
  std::vector<TensorView> tensors;
  uint32_t count = gradopt_instance_count(instance);
  for (uint32_t index = 0; index < count; ++index) {
    const gradopt_manifest_entry *entry =
        gradopt_instance_entry(instance, index);
    const char *prefix = rolePrefix(entry->role);
    if (!prefix || !wanted(entry->role))
      continue;
    tensors.push_back(
        {std::string(prefix) + gradopt_instance_name(instance, index),
         static_cast<gradopt_element_type>(entry->element_type),
         resolveDims(*entry, time, batch),
         gradopt_instance_data(instance, index)});
  }
  return tensors;
}

std::vector<TensorView>
gradopt::train::checkpointTensors(gradopt_instance *instance, int64_t time,
                                  int64_t batch) {
  return collect(instance, time, batch, [](uint32_t) { return true; });
}

static std::vector<TensorView> tensorsOf(gradopt_instance *instance,
                                         uint32_t wanted) {
  return collect(instance, 0, 0, [&](uint32_t role) { return role == wanted; });
}

/// Overwrites tensors of an instance by those of a checkpoint that was found to
/// agree with them.
static void copyInto(const std::vector<TensorView> &tensors,
                     const Checkpoint &checkpoint) {
  for (const TensorView &tensor : tensors) {
    const StoredTensor *stored = checkpoint.find(tensor.name);
    // The instance hands out its memory for writing; a view is read-only
    // because writers of checkpoints need no more.
    std::memcpy(const_cast<void *>(tensor.data), checkpoint.bytes(*stored),
                stored->end - stored->begin);
  }
}

Status gradopt::train::saveInstance(
    const std::string &path, gradopt_instance *instance, int64_t time,
    int64_t batch, uint64_t seed,
    const std::map<std::string, std::string> &metadata) {
  CheckpointInfo info;
  info.modelHash = gradopt_instance_model_hash(instance);
  info.step = gradopt_instance_step(instance);
  info.seed = seed;
  info.metadata = metadata;
  std::vector<TensorView> tensors = checkpointTensors(instance, time, batch);
  std::vector<int64_t> words(gradopt_instance_policy_state_size(instance) /
                             sizeof(int64_t));
  if (!words.empty()) {
    gradopt_instance_save_policy_state(instance, words.data());
    tensors.push_back({policiesName,
                       GRADOPT_I64,
                       {static_cast<int64_t>(words.size())},
                       words.data()});
  }
  return writeCheckpoint(path, tensors, info);
}

Status gradopt::train::loadInstance(const Checkpoint &checkpoint,
                                    gradopt_instance *instance, int64_t time,
                                    int64_t batch) {
  std::vector<TensorView> tensors = checkpointTensors(instance, time, batch);
  std::vector<TensorView> wanted = tensors;
  const void *words = nullptr;
  size_t size = 0;
  if (const StoredTensor *stored = checkpoint.find(policiesName)) {
    // Of any length: how much there is to remember changes from step to step.
    words = checkpoint.bytes(*stored);
    wanted.push_back(
        {policiesName, GRADOPT_I64,
         stored->dims.size() == 1 ? stored->dims : std::vector<int64_t>{0},
         words});
    size = stored->end - stored->begin;
  }
  Status status =
      checkModel(checkpoint, gradopt_instance_model_hash(instance), wanted);
  if (!status.ok())
    return status;
  if (gradopt_instance_load_policy_state(instance, words, size) != GRADOPT_OK)
    return Status::error("checkpoint '" + checkpoint.path +
                         "': " + gradopt_last_error());
  copyInto(tensors, checkpoint);
  gradopt_instance_set_step(instance, checkpoint.info.step);
  return Status();
}

Status gradopt::train::loadParameters(const Checkpoint &checkpoint,
                                      gradopt_instance *instance) {
  std::vector<TensorView> tensors = tensorsOf(instance, GRADOPT_ROLE_PARAM);
  for (const TensorView &hyper : tensorsOf(instance, GRADOPT_ROLE_HYPER))
    if (checkpoint.find(hyper.name))
      tensors.push_back(hyper);
  Status status = checkParameters(checkpoint, tensors);
  if (!status.ok())
    return status;
  copyInto(tensors, checkpoint);
  return Status();
}
