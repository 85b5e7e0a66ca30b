#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Makes the committed media of testdata/ again and writes MANIFEST.  usage: testdata/generate.sh [BIN_DIR]
#   testdata/generate.sh --check     the files are those that MANIFEST says
# Encoders change between distributions: what is committed was made on Debian 12, and is not expected to be made again
# byte for byte elsewhere. Tests that need more make it when they run.
set -euo pipefail
[ -z "${1:-}" ] || [ ! -d "$1" ] || set -- "$(realpath "$1")"
cd "$(dirname "$0")"
if [ "${1:-}" = --check ]; then
    sed -n 's/^file: \(.*\)  sha256: \(.*\)$/\2  \1/p' MANIFEST | sha256sum --check --quiet
    exit
fi
bin=${1:-../build/release/bin}
small=(--size 96x64 --bitrate 40k --channels 1 --audio-bitrate 32k --for 2s)
{
    echo "# What each file is, the command that made it (sightline-signals, see generate.sh), its sum and licence."
    echo "# The .json beside each is its ground truth, written by the same command with --truth."
} >MANIFEST
make() {  # NAME WHAT OPTION…
    make_as ts "$@"
}
make_as() {  # ts|flv NAME WHAT OPTION…
    local name=$1/$2 kind=$1 what=$3
    shift 3
    "$bin/sightline-signals" "${small[@]}" --to "$name.$kind" --truth "$name.json" "$@"
    {
        echo
        echo "what: $what"
        echo "made: sightline-signals ${small[*]} --to $name.$kind --truth $name.json $*"
        echo "licence: Apache-2.0 (computed picture and tone)"
        for file in "$name.$kind" "$name.json"; do echo "file: $file  sha256: $(sha256sum <"$file" | cut -d' ' -f1)"; done
    } >>MANIFEST
}
make cc_gap_pid256 "three video packets lost in a row, then one" --fault drop@0.5:pid=256,count=3 --fault drop@1.2:pid=256
make cc_copies_pid257 "one sound packet sent twice (legal), another three times (an error)" \
    --fault duplicate@0.5:pid=257 --fault duplicate@1.2:pid=257,copies=2
make pts_wrap "timestamps pass 2^33 after half a second" --start-pts 8589889592
make tei_sync_swap "transport_error_indicator, a broken sync byte, two packets swapped" \
    --fault transport-error@0.4:pid=video --fault sync-byte@0.9:pid=video --fault reorder@1.4:pid=video
make pids_move "the PMT and then the elementary streams move to other PIDs" --fault pmt-pid@0.6:shift=7 --fault es-pids@1.3:shift=64
make_as flv black "black for a while, as RTMP carries it" --gop 5 --fault black@1.2+0.4
