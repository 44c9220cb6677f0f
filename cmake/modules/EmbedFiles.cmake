# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

# cmake -DOUTPUT=HEADER -DNAMESPACE=NAME -DFILES="constant=path;…" -P this file:
# writes a header with each file's text as a constant.

set(text "// Written by EmbedFiles.cmake.\n\nnamespace ${NAMESPACE} {\n")
foreach(item IN LISTS FILES)
  string(REPLACE "=" ";" parts "${item}")
  list(GET parts 0 constant)
  list(GET parts 1 path)
  file(READ "${path}" content)
  string(APPEND text
    "inline constexpr char ${constant}[] = R\"gradopt(${content})gradopt\";\n")
endforeach()
string(APPEND text "} // namespace ${NAMESPACE}\n")
file(WRITE "${OUTPUT}" "${text}")
