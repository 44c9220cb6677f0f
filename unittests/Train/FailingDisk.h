//===- FailingDisk.h - System calls that fail when told to ------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef GRADOPT_UNITTESTS_TRAIN_FAILINGDISK_H
#define GRADOPT_UNITTESTS_TRAIN_FAILINGDISK_H

namespace gradopt::train {

/// While it lives, the call number `first` (from 0) of write, fsync, close and
/// rename fails with `error`; with `persistent` all later ones too.
class FailingDisk {
public:
  FailingDisk(int first, int error, bool persistent);
  ~FailingDisk();
  FailingDisk(const FailingDisk &) = delete;
  FailingDisk &operator=(const FailingDisk &) = delete;

  /// Whether a call has failed.
  bool failed() const;
};

} // namespace gradopt::train

#endif // GRADOPT_UNITTESTS_TRAIN_FAILINGDISK_H
