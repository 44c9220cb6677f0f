# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

# cmake -DGradOpt_DIR=FOLDER -DWANTED="VERSION COMPONENTS NAME…" -P find.cmake

separate_arguments(WANTED)
find_package(GradOpt ${WANTED} REQUIRED CONFIG)
