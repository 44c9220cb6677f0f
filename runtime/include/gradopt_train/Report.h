//===- Report.h - A run as a page -------------------------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef GRADOPT_TRAIN_REPORT_H
#define GRADOPT_TRAIN_REPORT_H

#include "gradopt_train/RunLog.h"

namespace gradopt::train {

/// One HTML page about a run, which needs no other file and no network. A run
/// of any length makes a page of at most some MB: of many steps those are kept
/// in which a value is the largest or the smallest of its neighbourhood.
std::string renderReport(const RunLog &log);

} // namespace gradopt::train

#endif // GRADOPT_TRAIN_REPORT_H
