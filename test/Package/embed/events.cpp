//===- events.cpp - A C++ program with the training library ---------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt_train/Events.h"
#include <cstdio>

/// events FOLDER: writes an event file there.
int main(int argc, char **argv) {
  auto writer = gradopt::train::EventWriter::create(argc > 1 ? argv[1] : "");
  if (!writer.ok() || !(*writer)->addScalars(1, {{"loss", 0.5}}).ok())
    return 1;
  std::printf("wrote %s\n", (*writer)->path().c_str());
}
