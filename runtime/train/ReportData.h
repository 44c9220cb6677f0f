//===- ReportData.h - What a report's page shows ----------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef GRADOPT_TRAIN_REPORTDATA_H
#define GRADOPT_TRAIN_REPORTDATA_H

#include "gradopt_train/RunLog.h"

namespace gradopt::train {

/// The data of a report's page as JSON; docs/report.md says what is in it.
std::string describeRun(const RunLog &log);

} // namespace gradopt::train

#endif // GRADOPT_TRAIN_REPORTDATA_H
