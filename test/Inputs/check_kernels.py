# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks the inner loops of contractions in x86-64 assembly.

    check_kernels.py FILE.s LEAST

An inner loop with LEAST fused multiply-adds or more and no other arithmetic on
vectors is a kernel. Its sums are to stay in registers: no vector is stored in it, and none is read from a fixed place
of the stack, where registers that are spilled lie. (Panels on the stack are read
with an index.) Prints a summary; exits with 1 if a kernel breaks the rule or there
is none.
"""

import re
import sys

LABEL = re.compile(r"^(\.L\w+):")
JUMP = re.compile(r"^\tj\w+\t(\.L\w+)")
STORE = re.compile(r"^\tv\w+\t.*%[xyz]mm\d+,.*\(%\w*.*\)$")
SPILLED = re.compile(r"^\tv\w+\t-?\d*\(%r[sb]p\)(\{\w+\})?, .*%[xyz]mm\d+")

OTHER = re.compile(r"^\tv(add|sub|mul|div|min|max|and|or|xor|round|cvt|cmp)\w*\t")


def find_inner_loops(lines):
    """Blocks of lines from a label to a jump back to it, without others inside."""
    labels = {}
    for number, line in enumerate(lines):
        if match := LABEL.match(line):
            labels[match.group(1)] = number
    loops = []
    for number, line in enumerate(lines):
        match = JUMP.match(line)
        if match and labels.get(match.group(1), number) < number:
            loops.append((labels[match.group(1)], number))
    return [loop for loop in loops
            if not any(loop[0] <= other[0] and other[1] <= loop[1] and other != loop
                       for other in loops)]


def main():
    with open(sys.argv[1]) as file:
        lines = file.read().splitlines()
    least = int(sys.argv[2])
    kernels, most, broken = 0, 0, []
    for begin, end in find_inner_loops(lines):
        body = lines[begin:end]
        count = sum("vfmadd" in line for line in body)
        if count < least or any(OTHER.match(line) for line in body):
            continue
        kernels += 1
        most = max(most, count)
        broken += [line.strip() for line in body
                   if STORE.match(line) or SPILLED.match(line)]
    print(f"{'no' if kernels == 0 else 'some'} kernels, in one of them {most} "
          f"multiply-adds, {len(broken)} vectors in memory")
    print("\n".join(broken))
    sys.exit(kernels == 0 or bool(broken))


main()
