//===- Evaluation.h - Loss and metrics without training ------- -*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_TOOLS_GRADOPT_TRAIN_EVALUATION_H
#define GRADOPT_TOOLS_GRADOPT_TRAIN_EVALUATION_H

#include "Runner.h"
#include "gradopt_train/Interrupt.h"

namespace mlir::gradopt {

/// The mean results over the evaluation batches of a source; none if a signal
/// came.
::gradopt::train::Expected<std::optional<Results>>
evaluate(Runner &runner, const ::gradopt::train::DataSource &source,
         const ::gradopt::train::InterruptGuard &interrupt);

/// Prints lines of a loss and of metrics: "held out   1.2345 bits/char".
void printResults(const char *title, ::gradopt::train::Metric metric,
                  const std::vector<std::string> &names,
                  const Results &results);

/// Prints what a predictor that learned nothing gets, if the source knows, and
/// alone on the last line the result in a fixed form for scripts.
void printEnd(const ::gradopt::train::DataSource &source,
              std::optional<double> loss);

} // namespace mlir::gradopt

#endif // GRADOPT_TOOLS_GRADOPT_TRAIN_EVALUATION_H
