# SPDX-License-Identifier: Apache-2.0
# Which Debian packages what needs, and how they get installed. Sourced by ./run and ./test.

# To build and run.
BUILD_PACKAGES=(
  g++ cmake ninja-build pkg-config ccache git ca-certificates
  libavformat-dev libavcodec-dev libavutil-dev libswscale-dev libswresample-dev
  libsrt-gnutls-dev libcurl4-gnutls-dev libgnutls28-dev
  libyaml-cpp-dev nlohmann-json3-dev libcli11-dev libspdlog-dev libfmt-dev libexpected-dev
  libsqlite3-dev libmicrohttpd-dev libseccomp-dev libjpeg-dev libhwy-dev libebur128-dev
  libimgui-dev libglfw3-dev libepoxy-dev libpng-dev libstb-dev fonts-b612 libgl1-mesa-dri libegl1
  libgstreamer1.0-dev libgstreamer-plugins-base1.0-dev gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly
)
# The real servers of the demo and of the system tests.
SERVER_PACKAGES=(nginx libnginx-mod-rtmp srt-tools ffmpeg curl jq)
# The tests beside them.
TEST_PACKAGES=(catch2 openssl python3 snmptrapd prometheus-alertmanager xvfb xauth xdotool x11-utils)
# Sanitizers (llvm: their symbolizer), gates and fuzzers of one compiler version; where a release does not have it, they are left out, in words.
CLANG_PACKAGES=(clang-14 clang-format-14 clang-tidy-14 libclang-rt-14-dev lld llvm)

# ensure_packages WHY PACKAGE…: installs what is missing; says what and why. Nothing missing: nothing is asked of anyone.
ensure_packages() {
  local why=$1 missing=() name
  shift
  for name in "$@"; do
    dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q 'ok installed' && continue
    # A virtual name that another package provides (libjpeg-dev) counts.
    dpkg-query -W -f '${Status} ${Provides}\n' 2>/dev/null | grep -q "ok installed.*\b$name\b" && continue
    missing+=("$name")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "missing packages ($why): ${missing[*]}; run as root, or install sudo" >&2; return 1; }
    as_root=(sudo)
  fi
  echo "installing, $why: ${missing[*]}" >&2
  if ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/tmp/sightline-apt.$$ 2>&1; then
    "${as_root[@]}" apt-get update -qq >>/tmp/sightline-apt.$$ 2>&1
    if ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >>/tmp/sightline-apt.$$ 2>&1; then
      tail -5 /tmp/sightline-apt.$$ >&2
      rm -f /tmp/sightline-apt.$$
      echo "apt could not install: ${missing[*]}" >&2
      return 1
    fi
  fi
  rm -f /tmp/sightline-apt.$$
}

# A compiler needs about 1 GB for the heaviest file, several times that under sanitizers.
build_jobs() {
  local cores memory
  cores=$(nproc)
  memory=$(awk '/MemAvailable/ {print int($2 / 1500000)}' /proc/meminfo)
  [ "$memory" -lt 1 ] && memory=1
  echo $((cores < memory ? cores : memory))
}
