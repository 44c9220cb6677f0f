# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

# What an installation has beside libraries and tools, which install themselves:
# headers, documents, and what find_package(GradOpt) reads. The latter is written
# for the build tree too, so that a project can use gradopt from there.

include(CMakePackageConfigHelpers)

set(config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/GradOpt)

# Headers, and the .td files that another dialect's .td files include.
install(DIRECTORY ${GRADOPT_SOURCE_DIR}/include/gradopt
                  ${GRADOPT_BINARY_DIR}/include/gradopt
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.h" PATTERN "*.td" PATTERN "*.inc"
  PATTERN CMakeFiles EXCLUDE)
install(DIRECTORY ${GRADOPT_SOURCE_DIR}/runtime/include/
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

install(FILES CHANGELOG.md LICENSE README.md
  DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs examples DESTINATION ${CMAKE_INSTALL_DOCDIR}
  PATTERN __pycache__ EXCLUDE)
install(DIRECTORY ${GRADOPT_BINARY_DIR}/docs
  DESTINATION ${CMAKE_INSTALL_DOCDIR})

foreach(set IN ITEMS Runtime Train Compiler)
  install(EXPORT GradOpt${set}Targets NAMESPACE GradOpt::
    DESTINATION ${config_dir})
  export(EXPORT GradOpt${set}Targets NAMESPACE GradOpt::
    FILE ${GRADOPT_BINARY_DIR}/lib/cmake/GradOpt/GradOpt${set}Targets.cmake)
  string(TOUPPER ${set} upper)
  get_property(${upper}_COMPONENTS GLOBAL PROPERTY GRADOPT_${set}_COMPONENTS)
endforeach()

set(CONFIG_INCLUDE_DIRS "\"${GRADOPT_SOURCE_DIR}/include\" \"${GRADOPT_BINARY_DIR}/include\"")
configure_package_config_file(cmake/GradOptConfig.cmake.in
  ${GRADOPT_BINARY_DIR}/lib/cmake/GradOpt/GradOptConfig.cmake
  INSTALL_DESTINATION ${GRADOPT_BINARY_DIR}/lib/cmake/GradOpt
  INSTALL_PREFIX ${GRADOPT_BINARY_DIR}
  NO_SET_AND_CHECK_MACRO)
set(CONFIG_INCLUDE_DIRS "\"\${PACKAGE_PREFIX_DIR}/${CMAKE_INSTALL_INCLUDEDIR}\"")
configure_package_config_file(cmake/GradOptConfig.cmake.in
  ${GRADOPT_BINARY_DIR}/cmake/GradOptConfig.cmake
  INSTALL_DESTINATION ${config_dir}
  NO_SET_AND_CHECK_MACRO)

# Before 1.0 a new minor version may break what was there.
foreach(folder IN ITEMS cmake lib/cmake/GradOpt)
  write_basic_package_version_file(
    ${GRADOPT_BINARY_DIR}/${folder}/GradOptConfigVersion.cmake
    COMPATIBILITY SameMinorVersion)
endforeach()
install(FILES ${GRADOPT_BINARY_DIR}/cmake/GradOptConfig.cmake
              ${GRADOPT_BINARY_DIR}/cmake/GradOptConfigVersion.cmake
  DESTINATION ${config_dir})
