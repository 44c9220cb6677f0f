# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks that two files hold gradients of all parameters of a third, and nearly
the same ones that are not all zero."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "benchmarks"))
import gradients  # noqa: E402


def main():
    data, ours, theirs = sys.argv[1:]
    # Inputs may be integers, which no gradient is.
    gradients.CODES["<i4"] = "i"
    parameters = {name for name in gradients.read(data) if not name.startswith("input/")}
    for path in (ours, theirs):
        arrays = gradients.read(path)
        if set(arrays) != parameters:
            sys.exit(f"{path} has {sorted(arrays)}, not {sorted(parameters)}")
        for name, values in arrays.items():
            if not any(values):
                sys.exit(f"{path}: {name} is zero")
    difference = gradients.largest_difference(ours, theirs)
    if difference > 1e-5:
        sys.exit(f"{ours} and {theirs} differ by {difference}")


if __name__ == "__main__":
    main()
