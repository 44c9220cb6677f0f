# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

# gradopt_install_component(TARGET SET COMPONENT): installs a library and exports it
# as GradOpt::COMPONENT.
#
# SET is what find_package loads together: Runtime, Train or Compiler. A project
# that only links the C runtime needs neither MLIR nor protobuf.
function(gradopt_install_component name set component)
  set_target_properties(${name} PROPERTIES EXPORT_NAME ${component})
  install(TARGETS ${name} EXPORT GradOpt${set}Targets
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
    INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  set_property(GLOBAL APPEND PROPERTY GRADOPT_${set}_COMPONENTS ${component})
endfunction()

# gradopt_add_library(NAME [INTERNAL] sources... GRADOPT_LIBS libs... MLIR_LIBS libs...)
#
# One component; INTERNAL: what tools share, which is not installed. MLIR_LIBS names what it needs of MLIR; where MLIR is one shared
# library, that is linked instead: never both, or every type would be registered
# twice.
function(gradopt_add_library name)
  cmake_parse_arguments(ARG "INTERNAL" "" "GRADOPT_LIBS;MLIR_LIBS" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  llvm_update_compile_flags(${name})
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  target_precompile_headers(${name} REUSE_FROM gradopt_pch)
  target_include_directories(${name} INTERFACE
    $<BUILD_INTERFACE:${GRADOPT_SOURCE_DIR}/include>
    $<BUILD_INTERFACE:${GRADOPT_BINARY_DIR}/include>)
  target_compile_features(${name} INTERFACE cxx_std_17)
  add_dependencies(${name} gradopt-headers)
  target_link_libraries(${name} PUBLIC ${ARG_GRADOPT_LIBS})
  mlir_target_link_libraries(${name} PUBLIC ${ARG_MLIR_LIBS})
  if(LLVM_LINK_LLVM_DYLIB)
    target_link_libraries(${name} PUBLIC LLVM)
  endif()
  if(NOT ARG_INTERNAL)
    string(REGEX REPLACE "^GradOpt" "" component ${name})
    gradopt_install_component(${name} Compiler ${component})
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
  # Installed, it finds the runtime beside it, wherever that was moved to.
  file(RELATIVE_PATH to_libs
    ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR})
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${GRADOPT_BINARY_DIR}/bin
    INSTALL_RPATH "$ORIGIN/${to_libs}"
    INSTALL_RPATH_USE_LINK_PATH ON)
  install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
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
