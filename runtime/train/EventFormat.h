//===- EventFormat.h - What event files are named by ------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef GRADOPT_TRAIN_EVENTFORMAT_H
#define GRADOPT_TRAIN_EVENTFORMAT_H

namespace gradopt::train {

/// The first event of a file.
inline constexpr char kEventVersion[] = "brain.Event:2";

/// TensorBoard's names of its tabs.
inline constexpr char kHistogramPlugin[] = "histograms";
inline constexpr char kTextPlugin[] = "text";

} // namespace gradopt::train

#endif // GRADOPT_TRAIN_EVENTFORMAT_H
