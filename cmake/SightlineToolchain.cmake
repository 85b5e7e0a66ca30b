# SPDX-License-Identifier: Apache-2.0
# The language, the warnings and the sanitizers, once for every target.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
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
endif()
if(SIGHTLINE_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(SIGHTLINE_COVERAGE)
  add_compile_options(--coverage)
  add_link_options(--coverage)
endif()
