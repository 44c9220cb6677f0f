#===- check_links.cmake - What the runtime links and exports ---------------===#
#
# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===----------------------------------------------------------------------===#

# cmake -DLIBRARY=libgradopt_runtime.so -DHEADER=gradopt_runtime.h -DNM=nm
#       -P check_links.cmake

cmake_policy(SET CMP0007 NEW)

# libc, libm and OpenMP, the loader, and the kernel's own page.
set(allowed "linux-vdso|linux-gate|ld-linux[^ ]*|libc|libm|libomp|libgomp")
execute_process(COMMAND ldd ${LIBRARY}
  OUTPUT_VARIABLE dependencies COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "[^\n]+" dependencies "${dependencies}")
if(NOT dependencies MATCHES "libc\\.so")
  message(FATAL_ERROR "ldd says nothing of libc: ${dependencies}")
endif()
foreach(line IN LISTS dependencies)
  if(NOT line MATCHES "^[ \t]*([^ ]*/)?(${allowed})\\.so")
    message(FATAL_ERROR "the runtime links more than libc, libm and OpenMP:${line}")
  endif()
endforeach()

file(READ ${HEADER} header)
execute_process(COMMAND ${NM} -D --defined-only ${LIBRARY}
  OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "[^\n]+" symbols "${symbols}")
if(NOT symbols MATCHES "gradopt_instance_create")
  message(FATAL_ERROR "nm sees no exports: ${symbols}")
endif()
foreach(line IN LISTS symbols)
  string(REGEX REPLACE "^.* " "" symbol "${line}")
  string(FIND "${header}" "${symbol}(" declared)
  if(declared EQUAL -1)
    message(FATAL_ERROR "the runtime exports what its header does not declare: ${symbol}")
  endif()
endforeach()
