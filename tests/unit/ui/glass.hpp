// SPDX-License-Identifier: Apache-2.0
// All views in one window, drawn by ImGui without GL, and a wall to show in it.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "ui/imgui.hpp"
#include "ui/theme.hpp"
#include "ui/views.hpp"

namespace sightline::ui::test {

using namespace std::chrono_literals;

/// One window, as the shell lays it out, without a GPU.
struct Glass {
    explicit Glass(float window_width = 1920, float window_height = 1080)
        : width(window_width), height(window_height), unit(window_height / 1080) {
        ImGui::SetCurrentContext(context);
        ImGuiIO& io = ImGui::GetIO();
        io.BackendFlags |= ImGuiBackendFlags_RendererHasVtxOffset;  // as the wall's own: more than 65,536 vertices
        io.IniFilename = nullptr;
        io.DisplaySize = {width, height};
        unsigned char* pixels = nullptr;
        int texture_width = 0;
        int texture_height = 0;
        theme = std::make_unique<Theme>(*io.Fonts, unit);
        io.Fonts->GetTexDataAsRGBA32(&pixels, &texture_width, &texture_height);
#if IMGUI_VERSION_NUM < 18700
        for (int key = 0; key < ImGuiKey_COUNT; ++key) io.KeyMap[key] = key;
#endif
        style_widgets(unit);
        state.layout.zone = ClockZone::utc();
        snapshot.zone = ClockZone::utc();
    }
    ~Glass() {
        ImGui::DestroyContext(context);
    }
    Glass(const Glass&) = delete;
    Glass& operator=(const Glass&) = delete;

    /// @return vertices drawn.
    int refresh(core::Duration later = 20ms) {
        now += later;
        utc += later;
        ImGui::GetIO().DeltaTime = 0.02F;
        ImGui::NewFrame();
        RedrawWish wish;
        for (const View& view : views()) {
            const Rect area = view.area({0, 0, width, height}, unit, state);
            if (area.empty()) continue;
            ImGui::SetNextWindowPos({area.left, area.top});
            ImGui::SetNextWindowSize({area.width(), area.height()});
            ImGui::Begin(std::string(view.name).c_str(), nullptr, ImGuiWindowFlags_NoDecoration);
            const Canvas canvas{ImGui::GetWindowDrawList(), area, *theme, media, wish, now, utc, true, 0};
            view.draw(canvas, snapshot, state, commands);
            ImGui::End();
        }
        ImGui::Render();
        return ImGui::GetDrawData()->TotalVtxCount;
    }
    void type(char character) {
        ImGui::GetIO().AddInputCharacter(static_cast<unsigned>(character));
        refresh();
    }
    void key(ImGuiKey which) {
#if IMGUI_VERSION_NUM >= 18700
        ImGui::GetIO().AddKeyEvent(which, true);
        refresh();
        ImGui::GetIO().AddKeyEvent(which, false);
#else
        ImGui::GetIO().KeysDown[which] = true;
        refresh();
        ImGui::GetIO().KeysDown[which] = false;
#endif
        refresh();
    }
    const float width, height, unit;
    ImGuiContext* context = ImGui::CreateContext();
    std::unique_ptr<Theme> theme;
    NoLiveMedia media;
    WallSnapshot snapshot;
    ViewState state;
    CommandQueue commands;
    core::ArrivalTime now{1h};
    core::UtcTime utc{std::chrono::hours{480'000}};
};

inline void fill_wall(Glass& glass, int streams, int incidents, const std::string& name = "News HD contribution") {
    ProbeState probe;
    probe.id = "hall";
    probe.address = "unix:/run/x.sock";
    probe.link = LinkState::Live;
    probe.last_answer = glass.now;
    glass.snapshot.probes = {probe};
    for (int n = 0; n < streams; ++n) {
        StreamState stream;
        stream.key = {"hall", "s" + std::to_string(n)};
        stream.name = name + " " + std::to_string(n);
        stream.watch = static_cast<Watch>(n % 5 == 0 ? 2 : n % 7 == 0 ? 1 : 0);
        stream.watch_reason = "SRT: " + name;
        stream.air = n % 11 == 0 ? core::AirState::Standby : core::AirState::OnAir;
        if (n < incidents) {
            AlarmView alarm;
            alarm.id = "a" + std::to_string(n);
            alarm.stream = stream.key;
            alarm.severity = static_cast<core::Severity>(1 + n % 4);
            alarm.text = name;
            alarm.since = glass.utc - std::chrono::seconds{n};
            stream.alarms = {alarm};
        }
        glass.snapshot.streams.push_back(stream);
    }
    for (int n = 0; n < incidents; ++n) {
        IncidentView incident;
        incident.id = "hall-i" + std::to_string(n);
        incident.state = "open";
        incident.severity = static_cast<core::Severity>(1 + n % 4);
        incident.title = name;
        incident.why = name + " " + name + " " + name;
        incident.since = glass.utc - std::chrono::seconds{n};
        incident.probe = "hall";
        incident.streams = {{"hall", "s" + std::to_string(n % std::max(1, streams))}};
        glass.snapshot.incidents.push_back(incident);
    }
}

}  // namespace sightline::ui::test
