# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares the sizes of the IR of few time steps and of many.

    check_size.py GRADOPT_OPT PASSES [PASSES...] -- [networks.py's patterns]

PASSES are as for check_equal.py. Prints where the number of lines of the
gradients after the passes depends on the number of steps, and one line that
says what was compared.
"""

import os
import subprocess
import sys
import tempfile

from check_equal import get_pipelines
from networks import select

STEPS = (16, 4096)


def main():
    optimizer, *rest = sys.argv[1:]
    split = rest.index("--")
    pipelines = sum(map(get_pipelines, rest[:split]), [])
    networks = select(rest[split + 1:])
    generator = os.path.join(os.path.dirname(os.path.abspath(__file__)), "networks.py")

    def count(path, pipeline, output=os.devnull):
        text = subprocess.run([optimizer, path, f"--pass-pipeline=builtin.module({pipeline})"],
                              stdout=subprocess.PIPE, check=True).stdout
        with open(output, "wb") as file:
            file.write(text)
        return text.count(b"\n")

    different, total = 0, 0
    with tempfile.TemporaryDirectory() as folder:
        for network in networks:
            paths = []
            for steps in STEPS:
                path = os.path.join(folder, f"{steps}.mlir")
                with open(path, "w") as file:
                    subprocess.run([sys.executable, generator, f"--time={steps}", network.name],
                                   stdout=file, check=True)
                model = network.name.replace("-", "_")
                count(path, f"gradopt-differentiate{{model={model}}},canonicalize,cse", path)
                paths.append(path)
            for pipeline in pipelines:
                few, many = (count(path, pipeline) for path in paths)
                total += few
                if few != many:
                    different += 1
                    print(f"{network.name}  {pipeline}: {few} lines at {STEPS[0]} steps, {many} at {STEPS[1]}")
    print(f"{len(networks)} networks, {len(pipelines)} pipelines, {different} differ, {total} lines")
    return different > 0


if __name__ == "__main__":
    sys.exit(main())
