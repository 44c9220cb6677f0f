//===- Report.cpp - A run as a page ---------------------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt_train/Report.h"

#include "ReportAssets.h"
#include "ReportData.h"

using namespace gradopt::train;

/// In a script element nothing may look like the end of it, nor like a comment.
static std::string escapeForScript(const std::string &json) {
  std::string text;
  for (char c : json)
    if (c == '<')
      text += "\\u003c";
    else
      text += c;
  return text;
}

std::string gradopt::train::renderReport(const RunLog &log) {
  const std::pair<std::string, std::string> parts[] = {
      {"{{STYLE}}", std::string(assets::uPlotCss) + assets::styleCss},
      {"{{LICENSE}}", assets::uPlotLicense},
      {"{{DATA}}", escapeForScript(describeRun(log))},
      {"{{UPLOT}}", assets::uPlotJs},
      {"{{SCRIPT}}", std::string(assets::numbersJs) + assets::chartsJs +
                         assets::heatmapsJs + assets::pageJs}};
  // Each once and in this order, so that what is put in is not looked at.
  std::string frame = assets::pageHtml, page;
  size_t offset = 0;
  for (const auto &[mark, text] : parts) {
    size_t found = frame.find(mark, offset);
    page.append(frame, offset, found - offset);
    page += text;
    offset = found + mark.size();
  }
  return page.append(frame, offset);
}
