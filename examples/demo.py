#!/usr/bin/env python3
# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Trains the two examples and checks what they are there to show.

usage: demo.py BUILD
"""

import os
import re
import subprocess
import sys
import tempfile
import time

EXAMPLES = os.path.dirname(os.path.abspath(__file__))
TEXT = "/usr/share/common-licenses/GPL-3"


def train(build, *arguments):
    """Runs gradopt-train, shows what it prints; returns its status and output."""
    command = [os.path.join(build, "bin", "gradopt-train"), *arguments]
    print("$", " ".join([os.path.relpath(command[0]), *arguments]), flush=True)
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    output = ""
    for line in process.stdout:
        print(line, end="", flush=True)
        output += line
    return process.wait(), output


def read_result(output, label):
    """The number that follows `label` at the beginning of a line."""
    match = re.search(rf"^{label} +([0-9.]+|nan)", output, re.MULTILINE)
    return float(match.group(1)) if match else float("nan")


def check(what, good):
    print(f"{'ok' if good else 'FAILED'}: {what}\n", flush=True)
    return good


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip())
    build = os.path.abspath(sys.argv[1])
    begun = time.monotonic()
    good = True
    with tempfile.TemporaryDirectory() as scratch:
        print("A character model on the text of the GPL, a tenth of it held out\n")
        status, output = train(
            build, os.path.join(EXAMPLES, "char_lm.mlir"), "--data", "text:" + TEXT,
            "--steps", "150", "--seed", "1", "--hold-out", "0.1",
            "--out", os.path.join(scratch, "char_lm"))
        training = read_result(output, "training")
        held_out = read_result(output, "held out")
        bound = 0.8 * read_result(output, "baseline")
        good &= check(
            f"{training:.3f} bits/char on the training text and {held_out:.3f} on the held-out "
            f"text; 0.8 x the unigram entropy is {bound:.3f}",
            status == 0 and training < bound and held_out < bound)

        model = os.path.join(EXAMPLES, "exploding_rnn.mlir")
        run = ("--data", "task:adding?length=30", "--steps", "4000", "--seed", "1", "--batch", "20")
        print("A network made to explode, without gradient clipping\n")
        status, output = train(build, model, *run, "--clip", "none",
                               "--out", os.path.join(scratch, "unclipped"))
        good &= check("the runtime stopped the run and said where it went wrong", status == 1)

        print("The same with the clip of its recipe\n")
        status, output = train(build, model, *run, "--out", os.path.join(scratch, "clipped"))
        error = read_result(output, "held out")
        good &= check(f"mean squared error {error:.4f}; half of the mean predictor's is 0.0833",
                      status == 0 and error < 1 / 12)
    print(f"the demo took {time.monotonic() - begun:.0f} s")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
