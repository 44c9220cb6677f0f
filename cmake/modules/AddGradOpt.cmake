# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

# gradopt_add_library(NAME sources... GRADOPT_LIBS libs... MLIR_LIBS libs...)
#
# One component. MLIR_LIBS names what it needs of MLIR; where MLIR is one shared
# library, that is linked instead: never both, or every type would be registered
# twice.
function(gradopt_add_library name)
  cmake_parse_arguments(ARG "" "" "GRADOPT_LIBS;MLIR_LIBS" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  llvm_update_compile_flags(${name})
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  target_precompile_headers(${name} REUSE_FROM gradopt_pch)
  add_dependencies(${name} gradopt-headers)
  target_link_libraries(${name} PUBLIC ${ARG_GRADOPT_LIBS})
  mlir_target_link_libraries(${name} PUBLIC ${ARG_MLIR_LIBS})
  if(LLVM_LINK_LLVM_DYLIB)
    target_link_libraries(${name} PUBLIC LLVM)
  endif()
endfunction()

# gradopt_add_tool(NAME sources... LIBS libs...)
function(gradopt_add_tool name)
  cmake_parse_arguments(ARG "" "" "LIBS" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  llvm_update_compile_flags(${name})
  add_dependencies(${name} gradopt-headers)
  target_link_libraries(${name} PRIVATE ${ARG_LIBS})
  if(TARGET MLIR)
    # The shared MLIR does not pass on the shared LLVM.
    target_link_libraries(${name} PRIVATE LLVM)
  endif()
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${GRADOPT_BINARY_DIR}/bin)
endfunction()

# gradopt_add_doc(TD PAGE flags...): docs/PAGE.md in the build folder, of TD.td.
function(gradopt_add_doc td page)
  set(LLVM_TARGET_DEFINITIONS ${td}.td)
  tablegen(MLIR ${page}.md ${ARGN})
  add_custom_command(OUTPUT ${GRADOPT_BINARY_DIR}/docs/${page}.md
    COMMAND ${CMAKE_COMMAND} -E copy ${CMAKE_CURRENT_BINARY_DIR}/${page}.md
            ${GRADOPT_BINARY_DIR}/docs/${page}.md
    DEPENDS ${CMAKE_CURRENT_BINARY_DIR}/${page}.md)
  add_custom_target(doc-${page} DEPENDS ${GRADOPT_BINARY_DIR}/docs/${page}.md)
  add_dependencies(gradopt-doc doc-${page})
endfunction()
