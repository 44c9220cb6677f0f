//===- DryRun.cpp - What a run would take ---------------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Modes.h"
#include "PyTorchNames.h"
#include "Setup.h"
#include "gradopt/IR/Roles.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace mlir::gradopt;
using namespace ::gradopt::train;

static void printRow(const std::string &name, const std::string &shape,
                     const std::string &type, const std::string &more = "") {
  std::string line = "  " + name;
  auto pad = [&](size_t column) {
    line.append(line.size() < column ? column - line.size() : 1, ' ');
  };
  pad(28);
  line += shape;
  pad(44);
  line += type;
  if (!more.empty()) {
    pad(50);
    line += more;
  }
  std::printf("%s\n", line.c_str());
}

static void printEntries(const Runner &runner, gradopt_role role,
                         const char *title) {
  bool any = false;
  for (uint32_t i = 0; i < runner.size(); ++i) {
    const gradopt_manifest_entry &entry = runner.entry(i);
    if (entry.role != role)
      continue;
    if (!any)
      std::printf("%s\n", title);
    any = true;
    printRow(runner.name(i), describeShape(entry.dims, entry.rank),
             describeType(entry.element_type));
  }
}

/// How a parameter starts, as its attribute says.
static std::string describeInitializer(const gradopt_manifest_entry &entry) {
  std::string text =
      stringifyInitializer(static_cast<Initializer>(entry.init)).str();
  auto number = [](double value) {
    char buffer[32];
    std::snprintf(buffer, sizeof(buffer), "%g", value);
    return std::string(buffer);
  };
  switch (entry.init) {
  case GRADOPT_INIT_ZEROS:
    return text;
  case GRADOPT_INIT_UNIFORM:
  case GRADOPT_INIT_NORMAL:
  case GRADOPT_INIT_TRUNCATED_NORMAL:
    return text + "(" + number(entry.init_a) + ", " + number(entry.init_b) +
           ")";
  default:
    return text + "(" + number(entry.init_a) + ")";
  }
}

/// Bytes and elements of all entries of a role.
static std::pair<int64_t, int64_t> measure(const Runner &runner,
                                           gradopt_role role) {
  std::pair<int64_t, int64_t> total;
  for (uint32_t i = 0; i < runner.size(); ++i) {
    const gradopt_manifest_entry &entry = runner.entry(i);
    if (entry.role != role)
      continue;
    int64_t elements = gradopt_entry_elements(&entry, runner.getMaxTime(),
                                              runner.getMaxBatch());
    total.first += elements * gradopt_element_size(entry.element_type);
    total.second += elements;
  }
  return total;
}

static void printParameters(const Runner &runner) {
  std::printf("parameters\n");
  for (uint32_t i = 0; i < runner.size(); ++i) {
    const gradopt_manifest_entry &entry = runner.entry(i);
    if (entry.role != GRADOPT_ROLE_PARAM)
      continue;
    printRow(runner.name(i), describeShape(entry.dims, entry.rank),
             describeType(entry.element_type),
             std::to_string(gradopt_entry_elements(&entry, 0, 0)) + "  " +
                 describeInitializer(entry));
  }
  auto [bytes, elements] = measure(runner, GRADOPT_ROLE_PARAM);
  std::printf("  %lld in all, %lld bytes\n", static_cast<long long>(elements),
              static_cast<long long>(bytes));
}

int mlir::gradopt::runDryRun(Model &model, const Options &options) {
  auto sizes = chooseSizes(model, options,
                           {Options::defaultWindow, Options::defaultBatch});
  if (!sizes.ok())
    return fail(sizes.message());
  std::unique_ptr<DataSource> source;
  if (!options.data.empty()) {
    auto opened = openData(model, options, nullptr, /*whole=*/false);
    if (!opened.ok())
      return fail(opened.message());
    source = std::move(*opened);
    sizes = Capacity{source->time(), source->batch()};
  }
  if (!options.init.empty() && failed(findPyTorchNames(model.getLoss())))
    return 1;
  if (failed(model.compileEvaluation()) ||
      failed(model.compileStep(options.step)))
    return 1;
  auto create = [&](const gradopt_program &program) {
    return source ? Runner::create(program, *source, 0, options.threads)
                  : Runner::create(program, sizes->time, sizes->batch, 0,
                                   options.threads);
  };
  auto evaluation = create(model.getEvaluation()),
       step = create(model.getStep());
  for (auto *runner : {&evaluation, &step})
    if (!runner->ok())
      return fail(runner->message());
  Status status = setThreshold(model, **step);
  if (status.ok())
    status = setLearningRate(options, **step);
  if (status.ok() && !options.init.empty())
    status = loadParameters(model, options, nullptr, **step);
  if (!status.ok())
    return fail(status.message());

  if (source)
    std::printf("data\n  %s\n", source->identity().c_str());
  printEntries(**step, GRADOPT_ROLE_INPUT, "inputs");
  printEntries(**step, GRADOPT_ROLE_STATE, "states");
  printEntries(**evaluation, GRADOPT_ROLE_OUTPUT, "outputs");
  printEntries(**evaluation, GRADOPT_ROLE_METRIC, "metrics");
  printParameters(**step);
  std::printf("training\n");
  for (uint32_t i = 0; i < (*step)->size(); ++i)
    if ((*step)->entry(i).role == GRADOPT_ROLE_HYPER)
      std::printf("  %s %g\n", (*step)->name(i).c_str(), (*step)->getScalar(i));
  std::printf("  schedule %s\n", describeSchedule(model.getSchedule()).c_str());
  if (model.getAccumulate() > 1)
    std::printf("  updates after every %lld batches\n",
                static_cast<long long>(model.getAccumulate()));
  std::printf("  threads %d%s\n", options.threads,
              options.lowering == Lowering::reference
                  ? ", all that plain loops use"
                  : "");
  std::printf("  optimizer state %lld bytes\n",
              static_cast<long long>(
                  measure(**step, GRADOPT_ROLE_OPTIMIZER_STATE).first));
  auto arena = [&](const gradopt_program &program) {
    return static_cast<long long>(
        program.layout(sizes->time, sizes->batch, nullptr));
  };
  std::printf("memory at T = %lld, B = %lld\n",
              static_cast<long long>(sizes->time),
              static_cast<long long>(sizes->batch));
  std::printf("  training %lld bytes\n", arena(model.getStep()));
  std::printf("  evaluation %lld bytes\n", arena(model.getEvaluation()));
  return 0;
}
