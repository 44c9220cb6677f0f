//===- gradopt-report.cpp - A training run as a page ----------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt_train/Files.h"
#include "gradopt_train/Report.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"

#include <cstdio>

using namespace ::gradopt::train;
namespace cl = llvm::cl;

static cl::OptionCategory category("Options of gradopt-report");
static cl::opt<std::string> folder(cl::Positional, cl::Required,
                                   cl::desc("RUN"), cl::cat(category));
static cl::opt<std::string>
    output("o", cl::value_desc("file"),
           cl::desc("where the page goes; - is standard output (default: "
                    "report.html in RUN)"),
           cl::cat(category));

static int fail(const std::string &message) {
  std::fprintf(stderr, "gradopt-report: %s\n", message.c_str());
  return 1;
}

int main(int argc, char **argv) {
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(
      argc, argv,
      "Writes one HTML page about the run of gradopt-train in the folder RUN: "
      "loss,\nnorms, gradients through time, and what was clipped, skipped or "
      "stopped.\nThe page needs no network. A run that still goes on is only "
      "read.\n");
  Expected<RunLog> log = readRunLog(folder);
  if (!log.ok())
    return fail(log.message());
  for (const std::string &note : log->notes)
    std::fprintf(stderr, "gradopt-report: %s\n", note.c_str());
  const std::string page = renderReport(*log);
  if (output == "-")
    return std::fwrite(page.data(), 1, page.size(), stdout) == page.size() &&
                   std::fflush(stdout) == 0
               ? 0
               : fail("cannot write to standard output");
  const std::string path = output.empty() ? folder + "/report.html" : output;
  // As root, a device would be replaced, too.
  if (llvm::sys::fs::exists(path) && !llvm::sys::fs::is_regular_file(path))
    return fail("cannot write report '" + path +
                "': it is there and no regular file; give another one with -o");
  Status status = replaceFile(path, {{page.data(), page.size()}}, "report");
  return status.ok() ? 0 : fail(status.message());
}
