# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares networks with the values that are stored of them.

    check_networks.py GRADCHECK VALUES PATTERN...

runs GRADCHECK, the tool gradopt-gradcheck, in f64 and f32 on each network of
networks.py whose name matches a pattern, as a shell would match it, with the
files of the folder VALUES. Prints what the tool says of those that differ, and
at the end the number of networks and of tensors compared in each of the two, and
the worst errors. Exit status: 0 when all agree, 1 when not.
"""

import contextlib
import fnmatch
import io
import os
import re
import subprocess
import sys
import tempfile

import networks

LINE = re.compile(r"(\S+)  error (\S+), at most (\S+)  (ok|FAILED)")


def check(command, names):
    """The worst error among the tensors named, which must all be compared."""
    run = subprocess.run(command, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, text=True)
    lines = LINE.findall(run.stdout)
    ok = (run.returncode == 0 and [line[0] for line in lines] == names
          and all(line[3] == "ok" for line in lines))
    if not ok:
        print(" ".join(command), f"exit status {run.returncode}", run.stdout,
              "Expected: " + " ".join(names), sep="\n")
    return ok, max((float(line[1]) for line in lines), default=0.0)


def main(gradcheck, folder, *patterns):
    chosen = [network for name, network in networks.NETWORKS.items()
              if any(fnmatch.fnmatchcase(name, p) for p in patterns)]
    all_ok, tensors, worst = True, 0, {"f64": 0.0, "f32": 0.0}
    with tempfile.NamedTemporaryFile("w", suffix=".mlir") as file:
        for network in chosen:
            model = io.StringIO()
            with contextlib.redirect_stdout(model):
                networks.print_model(network)
            file.seek(0)
            file.truncate()
            file.write(model.getvalue())
            file.flush()
            names = [*network.results(),
                     *("grad." + name for name in network.parameters())]
            tensors += len(names)
            values = {kind: os.path.join(folder, f"{network.name}_{kind}.safetensors")
                      for kind in worst}
            command = [gradcheck, file.name, "--values=" + values["f64"]]
            for kind, more in [("f64", []), ("f32", [
                    "--float=as-is", "--float32-values=" + values["f32"]])]:
                ok, error = check(command + more, names)
                all_ok &= ok
                worst[kind] = max(worst[kind], error)
    print(f"{len(chosen)} networks, {tensors} tensors, worst error "
          f"{worst['f64']:.2e} in f64, {worst['f32']:.2e} in f32")
    return 0 if all_ok and chosen else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
