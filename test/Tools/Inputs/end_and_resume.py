# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Ends a run by a signal, resumes it, and compares it with one that was not ended.

usage: end_and_resume.py int|kill FOLDER COMMAND...

COMMAND is gradopt-train without --out, --steps and --resume. The first run would
go on for ever, so that no test depends on the speed of the machine.
"""

import pathlib
import signal
import subprocess
import sys
import time

from checkpoint import read_step

FOR_EVER = 10**12
LONG = 60  # seconds, for what takes one


def wait_until(condition, process):
    deadline = time.monotonic() + LONG
    while not condition():
        if process.poll() is not None or time.monotonic() > deadline:
            sys.exit("the run ended or hung before it could be ended")
        time.sleep(0.01)


def run(command, folder, steps, *options):
    subprocess.run([*command, f"--steps={steps}", f"--out={folder}", *options],
                   check=True, stdout=subprocess.DEVNULL)


def end(process, how, ended):
    """Sends the signal as soon as there is something to lose."""
    if how == "int":
        # The event file is there before the first step, and holds it after it.
        wait_until(lambda: any(file.stat().st_size > 200
                               for file in ended.glob("*tfevents*")), process)
        process.send_signal(signal.SIGINT)
        expected = 130
    else:
        wait_until((ended / "checkpoint.safetensors").exists, process)
        process.kill()
        expected = -signal.SIGKILL
    if process.wait(LONG) != expected:
        sys.exit(f"the status is {process.returncode}, not {expected}")


def main():
    how, folder, command = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:]
    ended, whole = folder / "ended", folder / "whole"
    checkpoint = ended / "checkpoint.safetensors"
    # A shell that starts a job in the background has it ignore SIGINT.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    process = subprocess.Popen(
        [*command, f"--steps={FOR_EVER}", f"--out={ended}"])
    try:
        end(process, how, ended)
    finally:
        process.kill()

    done = read_step(checkpoint)
    run(command, ended, done + 9, "--resume")
    run(command, whole, done + 9)
    if read_step(checkpoint) != done + 9:
        sys.exit("the resumed run did not make its 9 steps")
    same = checkpoint.read_bytes() == (
        whole / "checkpoint.safetensors").read_bytes()
    print("the same bits" if same else "other bits")


if __name__ == "__main__":
    main()
