# SPDX-License-Identifier: Apache-2.0
# Every third-party library, by its Debian package. Targets are named <library>::<library>.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)                  # libfmt-dev
find_package(spdlog REQUIRED)               # libspdlog-dev
find_package(nlohmann_json 3 REQUIRED)      # nlohmann-json3-dev
find_package(tl-expected REQUIRED)          # libexpected-dev
find_package(CLI11 REQUIRED)                # libcli11-dev
find_package(SQLite3 REQUIRED)              # libsqlite3-dev
pkg_check_modules(yaml_cpp REQUIRED IMPORTED_TARGET yaml-cpp)                      # libyaml-cpp-dev
pkg_check_modules(curl REQUIRED IMPORTED_TARGET libcurl)                           # libcurl4-gnutls-dev
pkg_check_modules(microhttpd REQUIRED IMPORTED_TARGET libmicrohttpd)               # libmicrohttpd-dev
pkg_check_modules(seccomp REQUIRED IMPORTED_TARGET libseccomp)                     # libseccomp-dev
pkg_check_modules(jpeg REQUIRED IMPORTED_TARGET libjpeg)                           # libjpeg62-turbo-dev
pkg_check_modules(hwy REQUIRED IMPORTED_TARGET libhwy)                             # libhwy-dev
pkg_check_modules(ebur128 REQUIRED IMPORTED_TARGET libebur128)                     # libebur128-dev
pkg_check_modules(gnutls REQUIRED IMPORTED_TARGET gnutls)                          # libgnutls28-dev
pkg_check_modules(ffmpeg REQUIRED IMPORTED_TARGET                                  # libav*-dev, libsw*-dev
  libavformat libavcodec libavutil libswscale libswresample)
pkg_check_modules(srt REQUIRED IMPORTED_TARGET srt)                                # libsrt-gnutls-dev

# libsrt-openssl-dev ships the same srt.pc; two TLS libraries in one process (FFmpeg links the other) must not meet.
if(NOT srt_LINK_LIBRARIES MATCHES "srt-gnutls")
  message(FATAL_ERROR "srt.pc names ${srt_LINK_LIBRARIES}, not libsrt-gnutls: install libsrt-gnutls-dev")
endif()

# The wall's own. Without them everything else still builds.
if(SIGHTLINE_UI)
  set(SIGHTLINE_UI_MISSING "")
  pkg_check_modules(imgui IMPORTED_TARGET imgui)     # libimgui-dev
  pkg_check_modules(glfw IMPORTED_TARGET glfw3)      # libglfw3-dev
  pkg_check_modules(epoxy IMPORTED_TARGET epoxy)     # libepoxy-dev
  pkg_check_modules(png IMPORTED_TARGET libpng)      # libpng-dev
  pkg_check_modules(gstreamer IMPORTED_TARGET gstreamer-1.0 gstreamer-app-1.0)  # libgstreamer-plugins-base1.0-dev
  foreach(library IN ITEMS imgui glfw epoxy png gstreamer)
    if(NOT ${library}_FOUND)
      list(APPEND SIGHTLINE_UI_MISSING ${library})
    endif()
  endforeach()
  if(SIGHTLINE_UI_MISSING)
    message(STATUS "the wall is left out, missing: ${SIGHTLINE_UI_MISSING}")
    set(SIGHTLINE_UI OFF)
  endif()
endif()
