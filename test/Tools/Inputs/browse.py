# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Opens a report in headless Chromium and compares what it shows with the events.

usage: browse.py CHROMIUM RUN [--dark] [--width=PIXELS]

A script at the end of a copy of the page moves the cursors by keys and writes what
is then to be read into the document, with all errors.
"""

import html
import json
import math
import os
import re
import subprocess
import sys
import tempfile

import report

WATCH = """<script>
const errors = [];
addEventListener("error", event => errors.push(event.message));
addEventListener("unhandledrejection", event => errors.push(String(event.reason)));
for (const level of ["error", "warn"]) console[level] = (...words) => errors.push(words.join(" "));
</script>"""

LOOK = """<script>
function press(target, key, options) {
  target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...options }));
}
function legend(card) {
  return Object.fromEntries([...card.querySelectorAll(".u-series")].map(row =>
    [row.querySelector(".u-label").textContent, row.querySelector(".u-value").textContent]));
}
function countColors(canvas) {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height), colors = {};
  for (let i = 0; i < data.length; i += 4) {
    const color = [data[i], data[i + 1], data[i + 2]].join();
    colors[color] = (colors[color] || 0) + 1;
  }
  return colors;
}
setTimeout(() => {
  const found = { errors, tiles: {}, charts: {}, heatmaps: {}, texts: {} };
  for (const tile of document.querySelectorAll("[data-tile]"))
    found.tiles[tile.dataset.tile] = [...tile.querySelectorAll("dd")].map(part => part.textContent);
  // Cursors move together.
  const cards = [...document.querySelectorAll("[data-chart]")], lasts = cards.map(legend);
  for (const card of cards) {
    const plot = card.querySelector(".plot"), last = lasts.shift();
    press(plot, "Home");
    const first = legend(card);
    press(plot, "ArrowRight");
    const second = legend(card);
    press(plot, "ArrowRight", { shiftKey: true });
    found.charts[card.dataset.chart] = { last, first, second, later: legend(card), colors: Object.keys(countColors(card.querySelector("canvas"))).length };
  }
  for (const card of document.querySelectorAll("[data-heatmap]")) {
    const canvas = card.querySelector("canvas"), readout = card.querySelector(".readout"), rest = readout.textContent, cells = [];
    const colors = countColors(canvas);
    press(canvas, "ArrowUp");
    cells.push([readout.dataset.value, readout.textContent]);
    for (const [key, options] of [["ArrowRight"], ["ArrowRight", { shiftKey: true }], ["ArrowDown"], ["End"]]) {
      press(canvas, key, options);
      cells.push([readout.dataset.value, readout.textContent]);
    }
    found.heatmaps[card.dataset.heatmap] = { rest, cells, colors: Object.keys(colors).length, bad: colors["255,45,85"] || 0, label: canvas.getAttribute("aria-label") };
  }
  for (const id of ["name", "state", "notes", "happened", "heatmaps-hint", "failures"]) found.texts[id] = document.getElementById(id).innerText;
  found.wide = document.documentElement.scrollWidth > innerWidth;
  found.background = getComputedStyle(document.body).backgroundColor;
  const written = document.createElement("pre");
  written.id = "found";
  written.textContent = JSON.stringify(found);
  document.body.append(written);
}, 500);
</script>"""


def browse(chromium, page, options):
    """What the page shows, as the script above tells it."""
    width = next((option[8:] for option in options if option.startswith("--width=")), "1280")
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "page.html"), "w", encoding="utf-8") as file:
            file.write(page.replace("<head>", "<head>" + WATCH, 1).replace("</body>", LOOK + "</body>"))
        command = [chromium, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
                   "--user-data-dir=" + os.path.join(folder, "profile"), f"--window-size={width},1400",
                   "--virtual-time-budget=10000", "--dump-dom", "file://" + os.path.join(folder, "page.html")]
        if "--dark" in options:
            command.insert(1, "--blink-settings=preferredColorScheme=0")
        done = subprocess.run(command, capture_output=True, text=True, timeout=120,
                              env={**os.environ, "HOME": folder})
    match = re.search(r'<pre id="found">(.*?)</pre>', done.stdout, re.S)
    if not match:
        sys.exit("browse.py: the page's script did not end\n" + done.stdout[-2000:] + done.stderr[-2000:])
    return json.loads(html.unescape(match.group(1)))


def parse(text):
    """A number as the page writes it, with its unit if it is a time."""
    text = text.replace("\u202f", "").replace("\u2212", "-")
    if text == "\u2013":
        return None
    parts = text.split(" ")
    unit = {"µs": 1e-6, "ms": 1e-3, "s": 1}[parts[1]] if len(parts) > 1 else 1
    return float(parts[0].replace("Inf", "inf")) * unit


def near(shown, value):
    """Equal up to the digits that are shown, of which there are at least three."""
    if value is None or shown is None:
        return value is shown
    if not math.isfinite(value):
        return report.same(shown, value)
    return math.isclose(shown, value, rel_tol=6e-3, abs_tol=1e-30)


SERIES = {
    "Loss": {"training": "loss", "held out": "held_out/loss"},
    "Gradient norm, all parameters": {"norm": "gradient/global/norm", "clip above": "clip.global_norm.threshold"},
    "Learning rate": {"rate": "learning_rate"},
    "Time of a step": {"step": "step_seconds"},
}


def check_charts(run, charts):
    steps = sorted(run.scalars)
    for title, chart in charts.items():
        report.check(chart["colors"] > 3, title, "is empty")
        for at, row in ("last", -1), ("first", 0), ("second", 1), ("later", 11):
            step = steps[min(row, len(steps) - 1)]
            shown = chart[at]
            for label, text in shown.items():
                tag = SERIES.get(title, {}).get(label)
                if title == "Gradient norms by parameter" and label != "step":
                    tag = f"gradient/{label}/norm"
                if tag:
                    report.check(near(parse(text), run.scalars[step].get(tag)),
                                 title, label, "at step", step, text, run.scalars[step].get(tag))


def check_heatmaps(run, heatmaps):
    report.check(sorted(heatmaps) == sorted(run.profiles), "heatmaps:", sorted(heatmaps))
    for tag, heatmap in heatmaps.items():
        rows = run.profiles[tag]
        columns = max(len(heights) for _, _, heights in rows)
        row, column = len(rows) - 1, 0
        for (value, text), move in zip(heatmap["cells"], [(0, 0), (0, 1), (0, 10), (-1, 0), (0, columns)]):
            row = min(max(row + move[0], 0), len(rows) - 1)
            column = min(column + move[1], columns - 1)
            first, last, heights = rows[row]
            place = f"step {last}" if first == last else f"steps {first}–{last}"
            report.check(text.startswith(f"{place}, time step {column}:"), tag, text, place, column)
            if column < len(heights):
                report.check(report.same(float(value), heights[column]), tag, text, value, heights[column])


def main():
    chromium, folder = sys.argv[1:3]
    run = report.Run(folder)
    found = browse(chromium, report.read_page(folder + "/report.html")[1], sys.argv[3:])
    report.check(not found["errors"], "errors:", found["errors"])
    report.check(not found["wide"], "the page is wider than the window")
    check_charts(run, found["charts"])
    check_heatmaps(run, found["heatmaps"])
    for name, parts in found["tiles"].items():
        print(f"{name}: {', '.join(parts)}")
    print("charts:", ", ".join(found["charts"]))
    for tag, heatmap in found["heatmaps"].items():
        print(f"{tag}: {'colours' if heatmap['colors'] > 20 else 'few colours'}, "
              f"{'some' if heatmap['bad'] else 'none'} not finite; {heatmap['rest']}")
    print("background:", found["background"])
    for name, text in found["texts"].items():
        print(f"{name}:", " | ".join(text.split("\n")))


main()
