# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sums up what gradopt-gradcheck prints.

usage: gradopt-gradcheck ... | summary.py

Prints how many functions ran at how many sizes and how many parameters were
compared, and the decade of the worst error. Exits with 1 after the lines of
those that differ.
"""

import math
import re
import sys

functions, calls, checks, worst, failed = set(), 0, 0, 0.0, False
call = ""
for line in sys.stdin:
    if line.startswith("@"):
        call = line
        functions.add(re.match(r"@(\w+)", line).group(1))
        calls += 1
        continue
    match = re.search(r"worst error (\S+)", line)
    if not match or not line.rstrip().endswith("ok"):
        failed = True
        sys.stderr.write(call + line)
        continue
    checks += 1
    worst = max(worst, float(match.group(1)))
decade = math.ceil(math.log10(worst)) if worst else -math.inf
print("%d functions, %d calls, %d parameters, worst error below 1e%s" % (len(functions), calls, checks, decade))
sys.exit(failed)
