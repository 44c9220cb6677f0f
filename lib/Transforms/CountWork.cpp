//===- CountWork.cpp - Operations and bytes of a step ---------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WorkCounter.h"
#include "gradopt/Transforms/Passes.h"

namespace mlir::gradopt {
#define GEN_PASS_DEF_COUNTWORK
#include "gradopt/Transforms/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;

namespace {
/// Cells that are printed below each other: the first columns from the left,
/// numbers from the right.
class Table {
public:
  explicit Table(unsigned numLeft) : numLeft(numLeft) {}

  void add(SmallVector<std::string> cells) {
    widths.resize(std::max(widths.size(), cells.size()), 0);
    for (auto [width, cell] : llvm::zip(widths, cells))
      width = std::max(width, cell.size());
    lines.push_back(std::move(cells));
  }

  void print(raw_ostream &stream) const {
    for (const SmallVector<std::string> &line : lines) {
      std::string text;
      llvm::raw_string_ostream cells(text);
      for (auto [i, cell] : llvm::enumerate(line)) {
        std::string padding(widths[i] - cell.size(), ' ');
        cells << "  " << (i < numLeft ? cell + padding : padding + cell);
      }
      stream << "  " << StringRef(text).rtrim() << "\n";
    }
  }

private:
  unsigned numLeft;
  SmallVector<size_t> widths;
  std::vector<SmallVector<std::string>> lines;
};
} // namespace

/// A polynomial and, where T and B are given, its value.
static SmallVector<std::string>
getCells(const WorkSizes &sizes, const Polynomial &polynomial, bool withValue) {
  SmallVector<std::string> cells{sizes.print(polynomial)};
  if (withValue) {
    std::string value = sizes.printValue(polynomial);
    cells.push_back(value.empty() ? "-" : value);
  }
  return cells;
}

static void print(raw_ostream &stream, FunctionOpInterface function,
                  const Work &work, const WorkSizes &sizes, bool withValues) {
  stream << "@" << function.getName() << "\n";
  for (const std::string &meaning : sizes.getLegend())
    stream << "  " << meaning << "\n";
  if (work.layers)
    stream << "  layers not expanded: " << work.layers
           << ", run gradopt-expand-cells first\n";

  Table sums(/*numLeft=*/1);
  auto addSum = [&](StringRef name, const Polynomial &sum) {
    SmallVector<std::string> cells{name.str()};
    llvm::append_range(cells, getCells(sizes, sum, withValues));
    sums.add(std::move(cells));
  };
  addSum("flops of contractions", work.totals.contractionFlops);
  addSum("other flops", work.totals.otherFlops);
  addSum("functions (exp, tanh, ...)", work.totals.functions);
  addSum("bytes read", work.totals.bytesRead);
  addSum("bytes written", work.totals.bytesWritten);
  addSum("ops executed", work.totals.ops);
  sums.print(stream);

  stream << "  loops\n";
  Table loops(/*numLeft=*/2);
  loops.add({"name", "direction", "steps", "contractions", "pointwise",
             "reductions", "fills", "slices", "loops", "other", "outputs",
             "histories", "carries"});
  for (const LoopLine &line : work.loops) {
    SmallVector<std::string> cells{line.name, line.direction,
                                   sizes.print(line.steps)};
    for (unsigned number : line.kinds)
      cells.push_back(std::to_string(number));
    for (unsigned number : {line.outputs, line.histories, line.carries})
      cells.push_back(std::to_string(number));
    loops.add(std::move(cells));
  }
  loops.print(stream);

  if (work.contractions.empty())
    return;
  stream << "  contractions\n";
  Table contractions(/*numLeft=*/3);
  SmallVector<std::string> head{"loop", "direction", "space", "times", "flops"};
  if (withValues)
    head.push_back("");
  head.push_back("bytes written");
  contractions.add(std::move(head));
  for (const ContractionLine &line : work.contractions) {
    SmallVector<std::string> cells{work.loops[line.loop].name,
                                   work.loops[line.loop].direction, line.space,
                                   sizes.print(line.executions)};
    llvm::append_range(cells, getCells(sizes, line.flops, withValues));
    llvm::append_range(cells, getCells(sizes, line.bytesWritten, withValues));
    contractions.add(std::move(cells));
  }
  contractions.print(stream);
}

namespace {
struct CountWork : gradopt::impl::CountWorkBase<CountWork> {
  using CountWorkBase::CountWorkBase;

  void runOnOperation() override {
    // Printed at once: other functions may be counted at the same time.
    std::string text;
    llvm::raw_string_ostream stream(text);
    getOperation()->walk<WalkOrder::PreOrder>(
        [&](FunctionOpInterface function) {
          if (function.isExternal())
            return;
          WorkSizes sizes(function, time, batch);
          Work work = countWork(function, sizes);
          print(stream, function, work, sizes, time > 0 || batch > 0);
        });
    llvm::outs() << text;
    markAllAnalysesPreserved();
  }
};
} // namespace
