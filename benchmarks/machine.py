# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How the processors are given to whom, and what they can do at most."""

import os
import platform
import re
import subprocess
from pathlib import Path


def cores():
    """One processor of each core that this process may run on."""
    seen, chosen = set(), []
    for cpu in sorted(os.sched_getaffinity(0)):
        path = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
        siblings = path.read_text() if path.is_file() else str(cpu)
        if siblings not in seen:
            seen.add(siblings)
            chosen.append(cpu)
    return chosen


def threads_environment(cpus):
    """The environment in which a library uses these processors, a thread each."""
    count = str(len(cpus))
    return dict(
        os.environ, OMP_NUM_THREADS=count, MKL_NUM_THREADS=count, OMP_PROC_BIND="true",
        OMP_PLACES=",".join("{%d}" % cpu for cpu in cpus), TF_NUM_INTRAOP_THREADS=count,
        JAX_PLATFORMS="cpu",
        XLA_FLAGS="--xla_cpu_multi_thread_eigen=" + ("true" if len(cpus) > 1 else "false"))


def start(command, cpus, **options):
    """A process on these processors."""
    return subprocess.Popen(
        list(map(str, command)), env=threads_environment(cpus), text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, cpus), **options)


def measure_peak(build, cpus):
    """GFLOP/s of multiply-adds with a thread on each of the processors."""
    process = start([build / "bin/gradopt-bench-peak", len(cpus)], cpus, stdout=subprocess.PIPE)
    text, _ = process.communicate()
    return float(text)


def describe():
    info = Path("/proc/cpuinfo").read_text()
    model = re.search(r"model name\s*: (.*)", info)
    flags = (re.search(r"flags\s*: (.*)", info) or [""])[0].split()
    vectors = next((name for flag, name in (("avx512f", "AVX-512"), ("avx2", "AVX2"))
                    if flag in flags), "no AVX2")
    memory = re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())
    return {"processor": model[1] if model else platform.machine(), "vectors": vectors,
            "cores": len(cores()), "memory_gb": round(int(memory[1]) / 2**20) if memory else None,
            "system": f"{platform.system()} {platform.release()}"}
