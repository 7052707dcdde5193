# Runs vcpkg's port with replacements for vcpkg's functions, written from vcpkg's documentation.
#
#   cmake -DSUBMISSION=FOLDER -DCURRENT_PACKAGES_DIR=FOLDER -P vcpkg.cmake      SUBMISSION is the folder that tests/packaging/submit has written
set(port ${SUBMISSION}/ports/tenon)
file(READ ${port}/vcpkg.json manifest)
string(JSON PORT GET "${manifest}" name)
string(JSON VERSION GET "${manifest}" version)
set(build ${CURRENT_PACKAGES_DIR}.build)
file(REMOVE_RECURSE ${CURRENT_PACKAGES_DIR} ${build})

function(vcpkg_from_github)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "OUT_SOURCE_PATH;REPO;REF;SHA512;HEAD_REF" "")
    file(SHA512 ${SUBMISSION}/tenon.tar.gz hash)
    if(NOT arg_SHA512 STREQUAL hash OR NOT arg_REF STREQUAL "v${VERSION}" OR NOT arg_REPO STREQUAL "somebody/tenon")
        message(FATAL_ERROR "the port requests another archive: ${ARGN}")
    endif()
    file(ARCHIVE_EXTRACT INPUT ${SUBMISSION}/tenon.tar.gz DESTINATION ${build})
    file(GLOB source ${build}/*)
    set(${arg_OUT_SOURCE_PATH} ${source} PARENT_SCOPE)
endfunction()

function(vcpkg_cmake_configure)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "SOURCE_PATH" "OPTIONS")
    execute_process(COMMAND ${CMAKE_COMMAND} -S ${arg_SOURCE_PATH} -B ${build}/build ${arg_OPTIONS}
                            -DCMAKE_INSTALL_PREFIX=${CURRENT_PACKAGES_DIR} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

function(vcpkg_cmake_install)
    execute_process(COMMAND ${CMAKE_COMMAND} --build ${build}/build --target install COMMAND_ERROR_IS_FATAL ANY)
endfunction()

function(vcpkg_cmake_config_fixup)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "CONFIG_PATH" "")
    set(up "get_filename_component(_IMPORT_PREFIX \"\${_IMPORT_PREFIX}\" PATH)\n")
    file(GLOB files ${CURRENT_PACKAGES_DIR}/${arg_CONFIG_PATH}/*.cmake)
    foreach(file IN LISTS files) # their new folder is one level closer to the prefix
        file(READ ${file} text)
        string(REPLACE "${up}${up}${up}" "${up}${up}" text "${text}")
        get_filename_component(name ${file} NAME)
        file(WRITE ${CURRENT_PACKAGES_DIR}/share/${PORT}/${name} "${text}")
    endforeach()
    file(REMOVE_RECURSE ${CURRENT_PACKAGES_DIR}/share/cmake)
endfunction()

function(vcpkg_fixup_pkgconfig)
    if(NOT EXISTS ${CURRENT_PACKAGES_DIR}/share/pkgconfig/tenon.pc)
        message(FATAL_ERROR "there is no pkg-config file")
    endif()
endfunction()

function(vcpkg_install_copyright)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "FILE_LIST" "")
    configure_file(${arg_FILE_LIST} ${CURRENT_PACKAGES_DIR}/share/${PORT}/copyright COPYONLY)
endfunction()

include(${port}/portfile.cmake)
file(GLOB_RECURSE files RELATIVE ${CURRENT_PACKAGES_DIR} ${CURRENT_PACKAGES_DIR}/*)
list(FILTER files EXCLUDE REGEX "^include/tenon/")
set(wanted share/pkgconfig/tenon.pc share/tenon/copyright share/tenon/tenonConfig.cmake
           share/tenon/tenonConfigVersion.cmake share/tenon/tenonTargets.cmake share/tenon/usage)
if(NOT files STREQUAL wanted)
    message(FATAL_ERROR "the port installs ${files}, wanted ${wanted}")
endif()
