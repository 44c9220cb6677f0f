# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks the data in a report's page against the events, which are read by events.py.

usage: report.py RUN [PAGE]    PAGE: RUN/report.html unless given

Every number of every step, every profile and every text has to be there; long runs,
of which a page holds a part, are not for this. Prints what was compared.
"""

import base64
import glob
import json
import math
import re
import struct
import sys

import events


# Of the runtime, by their numbers.
ACTIONS = "committed reported skipped stopped backed_off rolled_back".split()


class Run:
    """The events of a run folder, as a resumed run leaves them."""

    def __init__(self, folder):
        self.files = sorted(glob.glob(glob.escape(folder) + "/*tfevents*"))
        self.scalars = {}   # step -> tag -> value
        self.profiles = {}  # tag -> [(first, last, heights)]
        self.policies = []  # (step, action, text)
        begin = 0
        for path in self.files:
            for event in events.read(path, partial=True):
                if events.is_start(event):
                    begin = dict(events.fields(event))[2]
                    self.forget(begin)
                action = "policy"
                for step, tag, value in events.scalars(event):
                    if tag == "policy/action":
                        action = ACTIONS[int(value)]
                    self.scalars.setdefault(step, {})[tag] = value
                for step, tag, plugin, values in events.tensors(event):
                    if tag == "policy":
                        self.policies.append((step, action, values[0]))
                    elif tag.startswith("through_time/"):
                        rows = self.profiles.setdefault(tag, [])
                        first = max(rows[-1][1] + 1 if rows else 1, begin)
                        rows.append((first, step, values[2::3]))

    def forget(self, begin):
        self.scalars = {step: row for step, row in self.scalars.items() if step < begin}
        self.profiles = {tag: [row for row in rows if row[1] < begin]
                         for tag, rows in self.profiles.items()}


def read_page(path):
    with open(path, encoding="utf-8") as file:
        page = file.read()
    pattern = r'<script type="application/json" id="data">(.*?)</script>'
    return json.loads(re.search(pattern, page, re.S).group(1)), page


def number(value):
    return value if value is None else float(value)


def same(a, b):
    return a == b or (a is not None and b is not None and math.isnan(a) and math.isnan(b))


def as_f32(value):
    """What a number that was written for an f32 means."""
    if value is None or not math.isfinite(value):
        return value
    return struct.unpack("<f", struct.pack("<f", value))[0]


def check(condition, *what):
    if not condition:
        sys.exit("report.py: " + " ".join(map(str, what)))


def check_table(run, table):
    check(table["steps"] == sorted(run.scalars), "steps:", table["steps"])
    check(table["total"] == len(run.scalars), "total:", table["total"])
    tags = sorted({tag for row in run.scalars.values() for tag in row})
    check(sorted(table["series"]) == tags, "tags:", sorted(table["series"]), tags)
    for tag in tags:
        for step, value in zip(table["steps"], table["series"][tag]):
            expected = run.scalars[step].get(tag)
            check(same(as_f32(number(value)), expected), tag, "at", step, value, expected)
    return tags


def decode(heatmap):
    data = base64.b64decode(heatmap["norms"])
    norms = struct.unpack(f"<{len(data) // 8}d", data)
    columns = heatmap["columns"]
    return [list(norms[i:i + columns]) for i in range(0, len(norms), columns)]


def check_heatmaps(run, heatmaps):
    check([heatmap["tag"] for heatmap in heatmaps] == sorted(run.profiles), "heatmaps")
    for heatmap in heatmaps:
        rows = run.profiles[heatmap["tag"]]
        check(heatmap["rows"] == [[first, last] for first, last, _ in rows],
              heatmap["tag"], heatmap["rows"])
        for row, norms, (_, last, heights) in zip(heatmap["rows"], decode(heatmap), rows):
            heights = heights + [-1] * (len(norms) - len(heights))
            check(len(norms) == len(heights) and all(map(same, norms, heights)),
                  heatmap["tag"], "at", last)


def main():
    run = Run(sys.argv[1])
    data, page = read_page(sys.argv[2] if len(sys.argv) > 2 else sys.argv[1] + "/report.html")
    tags = check_table(run, data["table"])
    check_heatmaps(run, data["heatmaps"])
    listed = [(entry["step"], entry["kind"], entry["text"]) for entry in data["happened"]
              if entry["kind"] not in ("ended", "resumed")]
    check(listed == run.policies, "happened:", listed, run.policies)
    factors = [row["gradient/global/clip_factor"] for row in run.scalars.values()
               if "gradient/global/clip_factor" in row]
    clip = data["summary"]["clip"]
    check((clip is None) == (not factors), "clip:", clip)
    check(not factors or (clip["steps"], clip["clipped"]) ==
          (len(factors), sum(factor < 1 for factor in factors)), "clip:", clip)
    for link in re.findall(r"(?:src|href)=[^ >]*|@import[^;]*|url\([^)]*", page):
        sys.exit(f"report.py: the page asks for {link}")

    print(f"{len(run.scalars)} steps, {len(tags)} tags, {len(listed)} events")
    for heatmap in data["heatmaps"]:
        print(f"{heatmap['tag']}: {len(heatmap['rows'])} x {heatmap['columns']}")
    if clip:
        print("clipped", clip["clipped"], "of", clip["steps"])
    print("end:", data["end"])
    for note in data["notes"]:
        print("note:", note)


if __name__ == "__main__":
    main()
