# SPDX-License-Identifier: Apache-2.0
# The language, the warnings and the sanitizers, once for every target.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
if(SIGHTLINE_QUICK)
  add_compile_options(-fPIC -pthread)  # the same for all that share the precompiled headers
  # Half the time. What stands in an anonymous namespace is named apart within its folder; the other presets compile each
  # file alone, so that a missing #include is an error there.
  set(CMAKE_UNITY_BUILD ON)
  set(CMAKE_UNITY_BUILD_BATCH_SIZE 8)
else()
  set(CMAKE_POSITION_INDEPENDENT_CODE ON)
endif()
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

find_program(SIGHTLINE_CCACHE ccache)
if(SIGHTLINE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${SIGHTLINE_CCACHE})
endif()

add_library(sightline_toolchain INTERFACE)
target_compile_options(sightline_toolchain INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor -Woverloaded-virtual
  $<$<BOOL:${SIGHTLINE_WERROR}>:-Werror>)

if(SIGHTLINE_SANITIZE)
  add_compile_options(-fsanitize=${SIGHTLINE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all -g1)
  add_link_options(-fsanitize=${SIGHTLINE_SANITIZE})
  find_program(SIGHTLINE_LLD NAMES ld.lld)
  if(SIGHTLINE_LLD AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    add_link_options(-fuse-ld=lld)  # a fifth of the time
  endif()
  if(SIGHTLINE_SANITIZE MATCHES undefined AND NOT SIGHTLINE_FUZZ)
    # A third of the build time, for what AddressSanitizer sees as well; the fuzzers keep them.
    add_compile_options(-fno-sanitize=null,vptr,object-size,alignment)
  endif()
endif()
if(SIGHTLINE_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(SIGHTLINE_COVERAGE)
  add_compile_options(--coverage)
  add_link_options(--coverage)
endif()

# The standard headers nearly every file reads, parsed once.
# sightline_precompile(<name> [OPTIONS …] [HEADERS …]): a set of them as <name>, for targets compiled with these options.
function(sightline_precompile name)
  cmake_parse_arguments(ARG "" "" "OPTIONS;HEADERS" ${ARGN})
  file(WRITE ${CMAKE_BINARY_DIR}/${name}.cpp "")
  add_library(${name} OBJECT ${CMAKE_BINARY_DIR}/${name}.cpp)
  target_link_libraries(${name} PRIVATE sightline_toolchain)
  target_compile_options(${name} PRIVATE ${ARG_OPTIONS})
  target_compile_definitions(${name} PRIVATE FMT_SHARED)
  if(SIGHTLINE_SANITIZE)  # clang halves with it what GCC does not gain from
    list(APPEND ARG_HEADERS <nlohmann/json.hpp>)
  endif()
  target_precompile_headers(${name} PRIVATE
    <algorithm> <array> <chrono> <cmath> <cstdint> <cstring> <deque> <filesystem> <fstream> <functional> <map> <memory> <mutex>
    <optional> <random> <set> <span> <sstream> <string> <string_view> <thread> <unordered_map> <utility> <variant> <vector>
    <fmt/format.h> <tl/expected.hpp> ${ARG_HEADERS})
endfunction()
if(SIGHTLINE_QUICK)
  sightline_precompile(sightline_pch)
endif()
if(SIGHTLINE_QUICK AND SIGHTLINE_SANITIZE)
  sightline_precompile(sightline_hot_pch OPTIONS -O1)
endif()
# sightline_share_headers(<target> [<set>]): the target reads the precompiled headers where there are any.
function(sightline_share_headers target)
  if(SIGHTLINE_QUICK)
    set(headers ${ARGN} sightline_pch)
    list(GET headers 0 headers)
    target_precompile_headers(${target} REUSE_FROM ${headers})
    target_compile_definitions(${target} PRIVATE FMT_SHARED)  # as it was when they were parsed
  endif()
endfunction()
# sightline_hot(<target>): what every byte, picture or sample passes. The sanitizer presets do not optimise, for a quick build;
# this they do, for quick tests.
function(sightline_hot target)
  if(SIGHTLINE_SANITIZE)
    target_compile_options(${target} PRIVATE -O1)
    sightline_share_headers(${target} sightline_hot_pch)
  else()
    sightline_share_headers(${target})
  endif()
endfunction()
