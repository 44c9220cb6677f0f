# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How a peer talks to the driver: one JSON object a line, over pipes.

A peer is started as `PEER.py REQUEST` with the JSON of a request:

    case        the case, as cases.py describes it
    peer_file   the cell of a file for the peers, or null
    data        an npz of inputs and parameters, by name
    gradients   where the gradients of the first step go, as npz
    threads     how many
    variant     one of the peer's VARIANTS

It says {"ready": ...} or {"unsupported": REASON}, then answers {"steps": N}
with {"seconds": [...]}, and {"memory": true} with its megabytes, and ends when
its standard input does.
"""

import json
import os
import sys
import time


class Unsupported(Exception):
    """What the peer cannot express, with the reason."""


def read_status(key):
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith(key + ":"):
                return int(line.split()[1]) / 1024
    return None


def reset_peak():
    with open("/proc/self/clear_refs", "w") as clear:
        clear.write("5")


def serve(load, build):
    """`load(threads)` imports the libraries; `build(request, arrays)` returns a
    step, which returns when all is done, and a function that returns the
    gradients of the last step by name, as arrays of NumPy."""
    # Libraries print where they like; the pipe is for the answers only.
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def say(**answer):
        print(json.dumps(answer), file=out, flush=True)

    request = json.loads(sys.argv[1])
    try:
        load(request["threads"])
        import numpy
        base = read_status("VmRSS")
        reset_peak()
        with numpy.load(request["data"]) as data:
            arrays = {name: data[name] for name in data.files}
        start = time.perf_counter()
        step, gradients = build(request, arrays)
        step()
        compiled = time.perf_counter() - start
    except Unsupported as error:
        say(unsupported=str(error))
        return
    numpy.savez(request["gradients"], **{name: numpy.ascontiguousarray(value)
                                         for name, value in gradients().items()})
    step()
    start = time.perf_counter()
    step()
    say(ready=True, first_step_s=compiled, step_s=time.perf_counter() - start)
    whole = read_status("VmHWM")
    reset_peak()
    for line in sys.stdin:
        question = json.loads(line)
        if "memory" in question:
            steps = read_status("VmHWM")
            say(peak_memory_mb=max(whole, steps) - base, step_memory_mb=steps - base)
            continue
        # The caches are the last one's; that step does not count.
        step()
        seconds = []
        for _ in range(question["steps"]):
            start = time.perf_counter()
            step()
            seconds.append(time.perf_counter() - start)
        say(seconds=seconds)
