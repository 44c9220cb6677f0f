# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Makes one table of what gradopt-count-work prints for several programs.

usage: work_table.py FUNCTION TITLE=FILE...

A column for each file, with what stands there for FUNCTION. The rows are the
sums, then what the contractions do that sum over rows of the batch: those of
weight gradients.
"""

import re
import sys

SUMS = ["flops of contractions", "other flops", "functions (exp, tanh, ...)",
        "bytes read", "bytes written", "ops executed"]


def cell(term, value):
    """A term in T and B, and its value."""
    value = "{:,}".format(int(value))
    return value if term.isdigit() else "`%s` = %s" % (term, value)


def read(path, function):
    """The sums, and for each weight gradient its space, times and writes."""
    sums, gradients, inside = {}, [], False
    for line in open(path):
        if line.startswith("@"):
            inside = line.strip() == "@" + function
        cells = re.split(r"\s{2,}", line.strip())
        if not inside:
            continue
        if cells[0] in SUMS:
            sums[cells[0]] = cell(*cells[1:])
        elif len(cells) == 8 and re.search(r"\([^)]*B[^)]*\)", cells[2]):
            gradients.append((cells[2], cells[3], cell(*cells[6:])))
    return sums, gradients


def main():
    function, files = sys.argv[1], [a.split("=", 1) for a in sys.argv[2:]]
    columns = [read(path, function) for _, path in files]
    print("| | %s |" % " | ".join(title for title, _ in files))
    print("| --- |%s" % (" ---: |" * len(files)))
    for name in SUMS:
        print("| %s | %s |" % (name, " | ".join(c[0][name] for c in columns)))
    for number in range(max(len(c[1]) for c in columns)):
        rows = [c[1][number] if number < len(c[1]) else ("", "", "") for c in columns]
        for place, what in enumerate(["sums over", "times executed", "bytes written"]):
            print("| weight gradient %d: %s | %s |" %
                  (number + 1, what, " | ".join(row[place] for row in rows)))


main()
