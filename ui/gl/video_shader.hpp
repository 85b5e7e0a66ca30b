// SPDX-License-Identifier: Apache-2.0
// The shaders of the video renderer: planar Y'CbCr in texture arrays to what the display wants. Its arithmetic is
// that of gl/colour.hpp; tests/ui holds the two together.
#pragma once

namespace sightline::ui {

inline constexpr const char* kVideoVertexShader = R"(#version 330 core
layout(location = 0) in vec4 box;        // left, bottom, right, top in clip space
layout(location = 1) in vec4 look;       // layer, brightness, grey, transfer
layout(location = 2) in vec4 to_red;     // dot with (Y, Cb, Cr, 1)
layout(location = 3) in vec4 to_green;
layout(location = 4) in vec4 to_blue;
layout(location = 5) in vec2 chroma_part; // how much of the chroma planes the picture covers
out vec2 luma_at;
out vec2 chroma_at;
flat out vec4 v_look;
flat out vec4 v_red;
flat out vec4 v_green;
flat out vec4 v_blue;
void main() {
    vec2 corner = vec2(float(gl_VertexID & 1), float(gl_VertexID >> 1));
    gl_Position = vec4(mix(box.xy, box.zw, corner), 0.0, 1.0);
    luma_at = vec2(corner.x, 1.0 - corner.y);
    chroma_at = luma_at * chroma_part;
    v_look = look;
    v_red = to_red;
    v_green = to_green;
    v_blue = to_blue;
}
)";

/// What stands before kVideoFragmentShader. Two programs, not one that decides: Mesa's software renderer computes both
/// sides of every `if`, and HDR's powers cost more than all the rest.
inline constexpr const char* kVideoSdr = "#version 330 core\n";
inline constexpr const char* kVideoHdr = "#version 330 core\n#define HDR\n";

inline constexpr const char* kVideoFragmentShader = R"(
uniform sampler2DArray luma;
uniform sampler2DArray cb;
uniform sampler2DArray cr;
in vec2 luma_at;
in vec2 chroma_at;
flat in vec4 v_look;
flat in vec4 v_red;
flat in vec4 v_green;
flat in vec4 v_blue;
out vec4 colour;

#ifdef HDR
vec3 pq_to_light(vec3 value) {           // relative to diffuse white
    vec3 power = pow(clamp(value, 0.0, 1.0), vec3(32.0 / 2523.0));
    return 10000.0 / 203.0 *
        pow(max(power - 0.8359375, 0.0) / (18.8515625 - 18.6875 * power), vec3(16384.0 / 2610.0));
}
float hlg_to_scene(float value) {
    float v = clamp(value, 0.0, 1.0);
    return v <= 0.5 ? v * v / 3.0 : (exp((v - 0.55991073) / 0.17883277) + 0.28466892) / 12.0;
}
vec3 hlg_to_light(vec3 value) {
    vec3 scene = vec3(hlg_to_scene(value.r), hlg_to_scene(value.g), hlg_to_scene(value.b));
    float luminance = dot(scene, vec3(0.2627, 0.6780, 0.0593));
    return luminance > 0.0 ? scene * (1000.0 / 203.0) * pow(luminance, 0.2) : vec3(0.0);
}
float tone_map(float light) {
    const float knee = 0.6;
    float x = light * 0.8;
    float most = 0.8 * 1000.0 / 203.0;
    float t = min((x - knee) / (most - knee), 1.0);
    float slope = (most - knee) / (1.0 - knee);
    return x <= knee ? x : knee + (1.0 - knee) * slope * t / (1.0 + (slope - 1.0) * t);
}
vec3 to_sdr(vec3 light) {
    vec3 l = max(mat3(1.6605, -0.1246, -0.0182, -0.5876, 1.1329, -0.1006, -0.0728, -0.0083, 1.1187) * light, 0.0);
    return pow(clamp(vec3(tone_map(l.r), tone_map(l.g), tone_map(l.b)), 0.0, 1.0), vec3(1.0 / 2.4));
}
#endif
void main() {
    vec4 yuv = vec4(texture(luma, vec3(luma_at, v_look.x)).r, texture(cb, vec3(chroma_at, v_look.x)).r,
                    texture(cr, vec3(chroma_at, v_look.x)).r, 1.0);
    vec3 rgb = vec3(dot(v_red, yuv), dot(v_green, yuv), dot(v_blue, yuv));
#ifdef HDR
    rgb = to_sdr(v_look.w > 1.5 ? hlg_to_light(rgb) : pq_to_light(rgb));
#endif
    rgb = mix(rgb, vec3(dot(rgb, vec3(0.2126, 0.7152, 0.0722))), v_look.z);
    colour = vec4(clamp(rgb, 0.0, 1.0) * v_look.y, 1.0);
}
)";

}  // namespace sightline::ui
