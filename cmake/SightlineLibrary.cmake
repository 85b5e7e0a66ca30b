# SPDX-License-Identifier: Apache-2.0
# sightline_library(<folder> [HOT] HEADERS … SOURCES … LINKS … PRIVATE_LINKS …)
#   static library sightline_<folder>, alias sightline::<folder>. Headers form a FILE_SET, so that
#   `cmake --build --preset headers` compiles each of them alone. HOT: see sightline_hot.
function(sightline_library folder)
  cmake_parse_arguments(ARG "HOT" "" "HEADERS;SOURCES;LINKS;PRIVATE_LINKS" ${ARGN})
  set(target sightline_${folder})
  if(NOT ARG_SOURCES)  # a folder of headers only still is a target
    file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/${target}.cpp "")
    set(ARG_SOURCES ${CMAKE_CURRENT_BINARY_DIR}/${target}.cpp)
  endif()
  add_library(${target} STATIC)
  add_library(sightline::${folder} ALIAS ${target})
  target_sources(${target}
    PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${ARG_HEADERS}
    PRIVATE ${ARG_SOURCES})
  set_target_properties(${target} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON LINKER_LANGUAGE CXX)
  target_link_libraries(${target} PUBLIC ${ARG_LINKS} PRIVATE sightline_toolchain ${ARG_PRIVATE_LINKS})
  if(ARG_HOT)
    sightline_hot(${target})
  else()
    sightline_share_headers(${target})
  endif()
endfunction()
