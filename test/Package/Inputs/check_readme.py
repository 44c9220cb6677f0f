# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Fails unless the one cmake block of a page is a part of a file.

usage: check_readme.py PAGE FILE
"""

import re
import sys

page, file = (open(name).read() for name in sys.argv[1:])
blocks = re.findall(r"^```cmake\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
if len(blocks) != 1 or blocks[0] not in file:
    sys.exit(f"{sys.argv[1]} has no cmake block that is in {sys.argv[2]}")
