# Installs the headers, the CMake package and a pkg-config file. find_package also works with the build folder.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(headers INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
if(CMAKE_VERSION VERSION_GREATER_EQUAL 3.23)
    list(PREPEND headers FILE_SET HEADERS)
else()
    install(DIRECTORY include/tenon DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
endif()

# No versions are required here, because the version files of xsimd and Boost would refuse newer versions that work.
file(CONFIGURE OUTPUT tenonConfig.cmake @ONLY CONTENT [[
include(CMakeFindDependencyMacro)
if(POLICY CMP0167)
    cmake_policy(SET CMP0167 NEW) # Boost is found by its own BoostConfig.cmake.
endif()
if(NOT TARGET Boost::headers)
    find_dependency(Boost)
endif()
if(NOT "@TENON_SCALAR@" AND NOT TARGET xsimd AND NOT TARGET xsimd::xsimd)
    find_dependency(xsimd)
endif()
include("${CMAKE_CURRENT_LIST_DIR}/tenonTargets.cmake")
]])
write_basic_package_version_file(tenonConfigVersion.cmake COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)

set(package_dir ${CMAKE_INSTALL_DATADIR}/cmake/tenon)
install(TARGETS tenon EXPORT tenon ${headers})
install(EXPORT tenon NAMESPACE tenon:: FILE tenonTargets.cmake DESTINATION ${package_dir})
install(FILES ${PROJECT_BINARY_DIR}/tenonConfig.cmake ${PROJECT_BINARY_DIR}/tenonConfigVersion.cmake
        DESTINATION ${package_dir})
export(EXPORT tenon NAMESPACE tenon:: FILE tenonTargets.cmake)

# Paths are relative to the file, because the prefix may still be changed by cmake --install --prefix.
file(RELATIVE_PATH prefix ${CMAKE_INSTALL_FULL_DATADIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" prefix ${prefix})
file(RELATIVE_PATH includedir ${CMAKE_INSTALL_PREFIX} ${CMAKE_INSTALL_FULL_INCLUDEDIR})
set(flags -I\${includedir})
set(requires "xsimd >= 8.1")
if(TENON_SCALAR)
    string(APPEND flags " -DTENON_SCALAR")
    set(requires)
endif()
file(CONFIGURE OUTPUT tenon.pc @ONLY CONTENT [[
prefix=${pcfiledir}/@prefix@
includedir=${prefix}/@includedir@

Name: tenon
Description: @PROJECT_DESCRIPTION@
Version: @PROJECT_VERSION@
Requires: @requires@
Cflags: @flags@
]])
install(FILES ${PROJECT_BINARY_DIR}/tenon.pc DESTINATION ${CMAKE_INSTALL_DATADIR}/pkgconfig)
