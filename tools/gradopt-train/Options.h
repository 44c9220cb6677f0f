//===- Options.h - What gradopt-train is asked to do ---------- -*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_TOOLS_GRADOPT_TRAIN_OPTIONS_H
#define GRADOPT_TOOLS_GRADOPT_TRAIN_OPTIONS_H

#include "gradopt/Target/CompiledStep.h"
#include <cstdint>
#include <optional>
#include <string>

namespace mlir::gradopt {

enum class Mode {
  Train = 1,
  Evaluate = 2,
  Predict = 4,
  Sample = 8,
  DryRun = 16,
  Gradcheck = 32,
  Export = 64
};

/// The command line, checked as far as it can be without the model.
struct Options {
  Mode mode = Mode::Train;
  std::string model;
  std::string data; ///< "" if not given
  std::string out;  ///< the same
  uint64_t steps = 0;
  std::optional<uint64_t> seed;
  bool resume = false;
  std::optional<double> holdOut;
  uint64_t checkpointEvery = 0; ///< 0: at the end only
  uint64_t evaluateEvery = 0;   ///< 0: at the end only
  uint64_t patience = 0;        ///< evaluations; 0: without end
  /// Steps between profiles of norms through time; 0: some 500 in a run.
  uint64_t throughTimeEvery = 0;
  uint64_t histogramsEvery = 0; ///< of parameters; 0: none
  std::optional<double> learningRate;
  std::string clip; ///< "" if not given
  std::optional<int64_t> batch, window;
  int32_t threads = 1; ///< that run a step
  /// Where parameters come from: a checkpoint, a folder with one, or a file
  /// with PyTorch's names; "" if not given.
  std::string checkpoint, init;
  std::string prediction;   ///< the file that --predict writes
  std::string exported;     ///< the file that --export writes
  uint64_t sampleCount = 0; ///< of --sample
  std::string prompt;
  double temperature = 1.0;
  Lowering lowering = Lowering::cpu;

  static constexpr uint64_t defaultSeed = 1;
  static constexpr int64_t defaultBatch = 32, defaultWindow = 32;
};

/// Parses the command line. Prints what is wrong with it and returns nothing,
/// or ends the process where LLVM's parser does.
std::optional<Options> parseOptions(int argc, char **argv);

/// Prints an error of the tool; returns its exit status.
int fail(const std::string &message);

} // namespace mlir::gradopt

#endif // GRADOPT_TOOLS_GRADOPT_TRAIN_OPTIONS_H
