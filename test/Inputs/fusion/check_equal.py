# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares networks after fusion with the same networks before it.

    check_equal.py GRADCHECK PASSES [PASSES...] -- [networks.py's arguments]

Each PASSES is a name below, or a pipeline:

    single       every pass alone
    pairs:K/N    of all ordered pairs of passes every N-th from the K-th on
    pipeline     the pipelines with all passes
    full         all of these; with all networks the whole product, which takes
                 hours: not a part of the tests

Prints what failed, and one line that says what was compared. Dynamic networks
run with 0, 1, 2 and 7 steps and one row or three, and NaN behind the lengths.
"""

import itertools
import os
import subprocess
import sys
import tempfile

PASSES = [
    "gradopt-batch-time-parallel",
    "gradopt-sink-weight-gradients",
    "gradopt-sink-weight-gradients{chunk=3}",
    "gradopt-merge-contractions",
    "gradopt-simplify-slices",
    "gradopt-fuse-pointwise",
    "gradopt-merge-scans",
    "gradopt-checkpoint-scan",
    "gradopt-checkpoint-scan{every=3}",
    "gradopt-checkpoint-scan{recompute=true}",
    "gradopt-raise-loops",
]
PIPELINES = [
    "gradopt-fuse-recurrent-backward",
    "gradopt-fuse-recurrent-backward{chunk=3}",
    "gradopt-fuse-recurrent-backward{checkpoint=sqrt}",
]
# A pass twice is a pair too: what it leaves must be what it can read.
PAIRS = [",".join(pair) for pair in itertools.product(PASSES, PASSES)]


def get_pipelines(name):
    if name == "single":
        return PASSES
    if name == "pipeline":
        return PIPELINES
    if name == "full":
        return PASSES + PIPELINES + PAIRS
    if name.startswith("pairs:"):
        first, step = map(int, name[6:].split("/"))
        return PAIRS[first::step]
    return [name]


def main():
    gradcheck, *rest = sys.argv[1:]
    split = rest.index("--")
    pipelines = sum(map(get_pipelines, rest[:split]), [])
    generator = os.path.join(os.path.dirname(os.path.abspath(__file__)), "networks.py")
    with tempfile.NamedTemporaryFile("w", suffix=".mlir") as file:
        subprocess.run([sys.executable, generator, *rest[split + 1:]], stdout=file, check=True)
        check = subprocess.Popen(
            [gradcheck, file.name, "--time=0,1,2,7", "--batch=3,1", "--padding=x=n",
             *("--compare=" + pipeline for pipeline in pipelines)],
            stdout=subprocess.PIPE, text=True)
        failed, line = False, "no output"
        for line in check.stdout:
            failed = line.endswith("FAILED\n") or (failed and line.startswith(" "))
            if failed:
                print(line, end="", flush=True)
        print(line, end="")
        return check.wait()


if __name__ == "__main__":
    sys.exit(main())
