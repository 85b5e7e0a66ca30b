#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Real encodes of freezes and of what only looks like one, and what video.freeze says of them.

Needs ffmpeg with libx264 and libx265, and bench/freeze_lab (cmake --preset bench). Media stay in --dir for the next run.
Each sequence has 351 pictures at 25 a second. A freeze repeats picture 99 as 100 to 249; 250 is new again. A near freeze
has something alive in every stretch of 5 s, and no freeze of 5 s may be said of it.
"""
import argparse
import os
import re
import subprocess

HOLD = "loop=loop=-1:size=1:start=30"  # what a static camera looks at
FREEZE = "loop=loop=150:size=1:start=100"
STILL = "mandelbrot=s={w}x{h}:r=25:start_scale=0.3," + HOLD
CARD = "testsrc2=s={w}x{h}:r=25," + HOLD

MOVING = {
    "testsrc2": "testsrc2=s={w}x{h}:r=25",
    "mandelbrot": "mandelbrot=s={w}x{h}:r=25:start_scale=1.5:end_scale=0.2:end_pts=200",
    "gradients": "gradients=s={w}x{h}:r=25:speed=0.01",
    "mandelbrot+noise6": "mandelbrot=s={w}x{h}:r=25:end_pts=200,noise=c0s=12:c0f=t",
    "testsrc2+noise6": "testsrc2=s={w}x{h}:r=25,noise=c0s=12:c0f=t",
    "camera+noise4": STILL + ",noise=c0s=8:c0f=t",
}
# FFmpeg's noise strength is about twice the standard deviation: 4 is 2 steps, 8 is 4.
NEAR = {
    "noise2": STILL + ",noise=c0s=4:c0f=t",
    "noise4": STILL + ",noise=c0s=8:c0f=t",
    "card+noise2": CARD + ",noise=c0s=4:c0f=t",
    "card+noise4": CARD + ",noise=c0s=8:c0f=t",
    "ball": STILL + "[a];color=white:s=24x24:r=25[b];[a][b]overlay=x='W/2+W/5*sin(t)':y='H/2+H/8*cos(t*0.7)'",
    "grey-dot": STILL + "[a];color=0x909090:s=10x10:r=25[b];[a][b]overlay=x='W/2+W/5*sin(t/3)':y='H/2+H/8*cos(t*0.2)'",
    "second-hand": STILL + "[a];color=white:s=2x46:r=25[b];[a][b]overlay=x=W/2:y=H/2:enable='lt(mod(t,2),1)'[d];"
                           "color=white:s=46x2:r=25[e];[d][e]overlay=x=W/2:y=H/2:enable='gte(mod(t,2),1)'",
    "mouth": STILL + "[a];color=0xc09070:s=64x36:r=25[b];color=0x703030:s=40x10:r=25[c];"
                     "[b][c]overlay=x=12:y='13+6*sin(t*25)'[d];[a][d]overlay=x=W/2:y=H/2",
    "fade-20s": STILL + ",fade=out:0:500",
    "fade-60s": STILL + ",fade=out:0:1500",
    "pan": STILL.replace("{w}x{h}", "{w2}x{h2}") + ",crop={w}:{h}:x='t*6':y='t*2'",
}
CODECS = {
    "x264-gop25": "-c:v libx264 -preset veryfast -g 25 -b:v {r} -maxrate {r} -bufsize {r}",
    "x264-gop250": "-c:v libx264 -preset medium -g 250 -b:v {r}",
    "x264-zerolatency": "-c:v libx264 -preset veryfast -tune zerolatency -g 50 -b:v {r} -maxrate {r} -bufsize {r}",
    "mpeg2-gop12": "-c:v mpeg2video -g 12 -bf 2 -b:v {r} -maxrate {r} -bufsize 1835k",
    "x265-gop50": "-c:v libx265 -preset ultrafast -x265-params log-level=error:keyint=50:vbv-maxrate={k}:vbv-bufsize={k} -b:v {r}",
}
SIZES = {"360": (640, 360), "1080": (1920, 1080)}


def shell(command):
    subprocess.run(command, shell=True, check=True, stderr=subprocess.DEVNULL)


def make(folder, name, graph, size, codec, rate):
    out = f"{folder}/{name}.{size}.{codec}.{rate}.ts"
    if os.path.exists(out):
        return out
    width, height = SIZES[size]
    words = {"w": width, "h": height, "w2": width + 128, "h2": height + 64, "r": rate, "k": int(rate[:-1]) * 1000}
    raw = f"{folder}/{name}.{size}.mkv"
    if not os.path.exists(raw):
        shell(f'ffmpeg -v error -y -filter_complex "{graph.format(**words)},format=yuv420p[o]" -map "[o]" -frames:v 351 '
              f"-c:v ffv1 {raw}.part.mkv && mv {raw}.part.mkv {raw}")
    shell(f"ffmpeg -v error -y -i {raw} {CODECS[codec].format(**words)} -f mpegts {out}.part && mv {out}.part {out}")
    return out


def judge(name, said):
    spans = [(int(a), int(b)) for a, b in re.findall(r"(\d+)\??-(\d+)", said)]
    if name.startswith("freeze-"):
        if len(spans) != 1 or spans[0][1] - spans[0][0] < 125:
            return "MISSED"
        off = max(abs(spans[0][0] - 100), abs(spans[0][1] - 250))
        return "exact" if off <= 1 else f"off by {off}"
    longest = max([b - a for a, b in spans], default=0) / 25
    return "FALSE" if longest >= 5 else f"longest {longest:.1f} s"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dir", default="freeze_lab", help="where media are made and kept")
    parser.add_argument("--program", default="build/bench/bin/freeze_lab")
    parser.add_argument("--sizes", default="360")
    parser.add_argument("--rates", default="1M,4M,8M")
    parser.add_argument("--codecs", default=",".join(CODECS))
    parser.add_argument("--cases", default="", help="a regular expression")
    parser.add_argument("--set", default="", help="parameters of video.freeze: 'change=12 noise=0.4'")
    options = parser.parse_args()
    os.makedirs(options.dir, exist_ok=True)
    cases = {f"freeze-{name}": f"{graph},{FREEZE}" for name, graph in MOVING.items()}
    cases.update({f"near-{name}": graph for name, graph in NEAR.items()})
    for size in options.sizes.split(","):
        for name, graph in cases.items():
            if not re.search(options.cases, name):
                continue
            for rate in options.rates.split(","):
                for codec in options.codecs.split(","):
                    path = make(options.dir, name, graph, size, codec, rate)
                    width, height = SIZES[size]
                    said = subprocess.run(
                        f"ffmpeg -v error -i {path} -f rawvideo -pix_fmt gray -vsync passthrough - | "
                        f"{options.program} {width} {height} 25 {options.set}",
                        shell=True, check=True, capture_output=True, text=True).stdout.strip()
                    print(f"{size:>5} {rate:>3} {codec:17} {name:27} {judge(name, said):12} {said}", flush=True)


main()
