# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""lit configuration of gradopt's tests."""

import os
import platform
import shutil
import subprocess

import lit.formats
from lit.llvm import llvm_config
from lit.llvm.subst import ToolSubst

config.name = "gradopt"
config.test_format = lit.formats.ShTest(not llvm_config.use_lit_shell)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs", "CMakeLists.txt", "lit.cfg.py", "lit.site.cfg.py"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.gradopt_obj_root, "test")

llvm_config.with_system_environment(["HOME", "TMP", "TEMP"])
llvm_config.use_default_substitutions()
llvm_config.with_environment("PATH", config.llvm_tools_dir, append_path=True)
llvm_config.with_environment("PATH", config.gradopt_tools_dir, append_path=True)

config.substitutions.append(
    ("%{plugin}", os.path.join(config.gradopt_obj_root, "lib", "gradopt-plugin.so")))
config.substitutions.append(("%mlir_lib_dir", config.llvm_lib_dir))
config.substitutions.append(("%{examples}", os.path.join(config.gradopt_src_root, "examples")))
config.substitutions.append(("%{inputs}", os.path.join(config.test_source_root, "Inputs")))
config.substitutions.append(("%{python}", config.python_executable))
config.substitutions.append(("%{source}", config.gradopt_src_root))
config.substitutions.append(("%{build}", config.gradopt_obj_root))
config.substitutions.append(("%{llvm}", config.llvm_prefix))
config.substitutions.append(("%{cc}", config.c_compiler))
config.substitutions.append(("%{cxx}", config.cxx_compiler))
config.substitutions.append(("%{launcher}", config.compiler_launcher))
config.substitutions.append(("%{runtime}", os.path.join(
    config.gradopt_obj_root, "runtime", "core", "libgradopt_runtime.so")))

# What the executable tests share: from loops on buffers to a running program.
config.substitutions.append((
    "%{lower-to-llvm}",
    "--convert-linalg-to-loops --expand-strided-metadata --lower-affine "
    "--convert-scf-to-cf --convert-math-to-llvm --convert-math-to-libm "
    "--convert-to-llvm --reconcile-unrealized-casts"))
config.substitutions.append((
    "%{runner-libs}",
    "--shared-libs=%s/libmlir_runner_utils.so,%s/libmlir_c_runner_utils.so"
    % (config.llvm_lib_dir, config.llvm_lib_dir)))

# Root reads and writes whatever the bits say, so it runs those tests as nobody,
# if nobody can reach the build.
unprivileged = ""
if os.geteuid() == 0:
    unprivileged = "setpriv --reuid=65534 --regid=65534 --clear-groups"
probe = "%s %s --version" % (
    unprivileged, os.path.join(config.gradopt_tools_dir, "gradopt-train"))
if subprocess.run(probe, shell=True, capture_output=True).returncode == 0:
    config.available_features.add("permission-bits")
if platform.machine() == "x86_64":
    config.available_features.add("x86")
config.substitutions.append(("%{unprivileged}", unprivileged))

processors = sorted(os.sched_getaffinity(0))
if len(processors) > 1:
    config.available_features.add("two-processors")
config.substitutions.append(("%{one-processor}", "taskset -c %d" % processors[0]))

chromium = shutil.which("chromium")
if chromium:
    config.available_features.add("chromium")
    config.substitutions.append(("%{chromium}", chromium))

tools = [
    ToolSubst("gradopt-opt", unresolved="ignore"),
    ToolSubst("gradopt-compile", unresolved="ignore"),
    ToolSubst("gradopt-train", unresolved="ignore"),
    ToolSubst("gradopt-gradcheck", unresolved="ignore"),
    ToolSubst("gradopt-report", unresolved="ignore"),
    ToolSubst("gradopt-bench-step", unresolved="ignore"),
    "mlir-opt", "mlir-runner", "split-file",
]
llvm_config.add_tool_substitutions(
    tools, [config.gradopt_tools_dir, config.llvm_tools_dir])
