//===- Export.cpp - Parameters for PyTorch --------------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Modes.h"
#include "PyTorchFile.h"
#include "Setup.h"

using namespace mlir;
using namespace mlir::gradopt;
using namespace ::gradopt::train;

int mlir::gradopt::runExport(Model &model, const Options &options) {
  auto checkpoint = openCheckpoint(options);
  if (!checkpoint.ok())
    return fail(checkpoint.message());
  auto names = findPyTorchNames(model.getLoss());
  if (failed(names) || failed(model.compileEvaluation()))
    return 1;
  auto runner = Runner::create(model.getEvaluation(), 1, 1, 0, /*threads=*/1);
  if (!runner.ok())
    return fail(runner.message());
  Status status = loadParameters(
      model, options, *checkpoint ? &**checkpoint : nullptr, **runner);
  if (status.ok())
    status = writePyTorchFile(options.exported, *names, **runner);
  if (!status.ok())
    return fail(status.message());
  std::printf("%zu parameters written to %s\n", names->size(),
              options.exported.c_str());
  return 0;
}
