#!/usr/bin/env python3
# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs every test of a build and closes with the sum over all of them.

usage: run_all.py BUILD
"""

import json
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

LIT = "/usr/lib/llvm-22/bin/lit"


def run_lit(build, scratch):
    """Runs the lit tests; returns (passed, failed)."""
    report = os.path.join(scratch, "lit.json")
    process = subprocess.run(
        [sys.executable, LIT, "-v", "--order=lexical", "-o", report,
         os.path.join(build, "test")])
    if not os.path.exists(report):
        print("lit wrote no report", file=sys.stderr)
        return 0, 1
    with open(report) as file:
        codes = [test["code"] for test in json.load(file)["tests"]]
    passed = sum(code in ("PASS", "XFAIL", "FLAKYPASS") for code in codes)
    failed = len(codes) - passed - codes.count("UNSUPPORTED")
    if not codes or (process.returncode != 0 and failed == 0):
        failed += 1
    return passed, failed


def run_gtest(binary, scratch):
    """Runs one GoogleTest program; returns (passed, failed)."""
    report = os.path.join(scratch, os.path.basename(binary) + ".xml")
    process = subprocess.run([binary, "--gtest_brief=1", "--gtest_output=xml:" + report])
    if not os.path.exists(report):
        print(f"{binary} ended without a report", file=sys.stderr)
        return 0, 1
    root = ElementTree.parse(report).getroot()
    total = int(root.get("tests")) - int(root.get("disabled", 0))
    failed = int(root.get("failures")) + int(root.get("errors", 0))
    if total == 0 or (process.returncode != 0 and failed == 0):
        failed += 1
    return total - failed, failed


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip())
    build = os.path.abspath(sys.argv[1])
    passed = failed = 0
    with tempfile.TemporaryDirectory() as scratch:
        for program in ("Runtime/gradopt-runtime-tests", "Target/gradopt-target-tests",
                        "Train/gradopt-train-tests"):
            counts = run_gtest(os.path.join(build, "unittests", program), scratch)
            passed, failed = passed + counts[0], failed + counts[1]
        counts = run_lit(build, scratch)
        passed, failed = passed + counts[0], failed + counts[1]
    print(f"{passed} passed, {failed} failed", flush=True)
    sys.exit(failed != 0)


if __name__ == "__main__":
    main()
