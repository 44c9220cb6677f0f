#!/usr/bin/env python3
# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Reads a run folder with TensorBoard's own reader.

Usage: tensorboard_reader.py RUN_FOLDER

Installs TensorBoard from PyPI into a virtual environment in a temporary folder
(so it needs a network and some minutes), opens the event files of RUN_FOLDER
with TensorBoard's EventFileLoader and EventAccumulator, and prints one line for
each tag: the plugin that shows it, how many values it has, and the first and the
last step. Fails if there are none. `./dev test` does not run this: our own reader checks
the same files there.
"""

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

READER = """
import glob
import sys
from tensorboard.backend.event_processing.event_accumulator import (
    EventAccumulator)
from tensorboard.backend.event_processing.event_file_loader import (
    EventFileLoader)

folder = sys.argv[1]
for file in sorted(glob.glob(glob.escape(folder) + "/*tfevents*")):
    events = list(EventFileLoader(file).Load())
    print(f"{file}: {len(events)} events")

accumulator = EventAccumulator(folder, size_guidance={"scalars": 0,
                                                      "tensors": 0})
accumulator.Reload()
# TensorBoard turns scalars of a run into tensors when it loads them.
tags = accumulator.Tags()
series = {tag: accumulator.Tensors(tag) for tag in tags["tensors"]}
series.update({tag: accumulator.Scalars(tag) for tag in tags["scalars"]})
for tag, values in sorted(series.items()):
    metadata = accumulator.summary_metadata.get(tag)
    plugin = metadata.plugin_data.plugin_name if metadata else "scalars"
    print(f"{tag}: {plugin}, {len(values)} values, "
          f"steps {values[0].step} to {values[-1].step}")
if not series:
    sys.exit(f"TensorBoard finds no scalars in '{folder}'")
"""


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = Path(sys.argv[1])
    if not folder.is_dir():
        sys.exit(f"'{folder}' is not a folder")
    with tempfile.TemporaryDirectory() as environment:
        venv.create(environment, with_pip=True)
        python = str(Path(environment) / "bin" / "python")
        # Some releases import pkg_resources, which setuptools 82 dropped.
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", "tensorboard",
             "setuptools<82"], check=True)
        result = subprocess.run([python, "-c", READER, str(folder.resolve())])
    sys.exit(result.returncode)


if __name__ == "__main__":
    main()
