# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A virtual environment for each peer, made once."""

import functools
import os
import platform
import subprocess
import sys
from pathlib import Path

# tensorflow-cpu is built for x86 only.
TENSORFLOW = "tensorflow-cpu" if platform.machine() == "x86_64" else "tensorflow"
# What pip installs. The CPU builds of PyTorch are in an index of their own.
PACKAGES = {
    "torch": ["--extra-index-url", "https://download.pytorch.org/whl/cpu", "torch==2.13.0", "numpy"],
    "jax": ["jax==0.10.0"],
    "tf": [TENSORFLOW + "==2.21.0"],
}


class Missing(Exception):
    """A peer that cannot be installed, with the reason."""


def folder():
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "gradopt" / "bench"


@functools.cache
def try_install(peer):
    """The interpreter of the peer's environment, which is made if it is not
    there, and the reason why there is none."""
    packages = PACKAGES[peer]
    place = folder() / peer
    done = place / "installed"
    python = place / "bin" / "python"
    if done.is_file() and done.read_text() == " ".join(packages):
        return python, None
    print(f"Installing {next(p for p in packages if '==' in p)} into {place}", flush=True)
    steps = [[sys.executable, "-m", "venv", "--clear", place],
             [python, "-m", "pip", "install", "--disable-pip-version-check", *packages]]
    for step in steps:
        process = subprocess.run(list(map(str, step)), stdin=subprocess.DEVNULL,
                                 stderr=subprocess.PIPE, text=True)
        if process.returncode != 0:
            lines = process.stderr.strip().splitlines() or ["no reason given"]
            return None, f"cannot be installed into {place}: {lines[-1]}"
    done.write_text(" ".join(packages))
    return python, None


def find_python(peer):
    """The interpreter of the peer's environment, which is made at the first call
    of all."""
    python, reason = try_install(peer)
    if reason:
        raise Missing(reason)
    return python
