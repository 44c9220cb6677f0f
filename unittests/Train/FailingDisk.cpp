//===- FailingDisk.cpp - System calls that fail when told to --------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FailingDisk.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool armed = false;
static int countdown = 0;
static int failure = 0;
static bool repeat = false;
static bool happened = false;

/// Whether this call has to fail; sets errno.
static bool fails() {
  if (!armed || (countdown-- > 0) || (happened && !repeat))
    return false;
  happened = true;
  errno = failure;
  return true;
}

// The program's own definitions come before those of the C library.
extern "C" {

ssize_t write(int file, const void *data, size_t size) {
  return fails() ? -1 : ::syscall(SYS_write, file, data, size);
}

int fsync(int file) {
  return fails() ? -1 : static_cast<int>(::syscall(SYS_fsync, file));
}

int close(int file) {
  // As in the kernel, the file is closed whatever is returned.
  bool failing = fails();
  int error = errno;
  int result = static_cast<int>(::syscall(SYS_close, file));
  errno = failing ? error : errno;
  return failing ? -1 : result;
}

int rename(const char *from, const char *to) noexcept {
  return fails() ? -1
                 : static_cast<int>(::syscall(SYS_renameat2, AT_FDCWD, from,
                                              AT_FDCWD, to, 0));
}
}

using namespace gradopt::train;

FailingDisk::FailingDisk(int first, int error, bool persistent) {
  countdown = first;
  failure = error;
  repeat = persistent;
  happened = false;
  armed = true;
}

FailingDisk::~FailingDisk() { armed = false; }

bool FailingDisk::failed() const { return happened; }
