// SPDX-License-Identifier: Apache-2.0
#include "ui/still_picture.hpp"

#include <fmt/format.h>

#include <array>
#include <csetjmp>
#include <cstdio>
#include <string>

#include <jpeglib.h>

namespace sightline::ui {
namespace {

/// libjpeg's way of failing is a jump. Everything that needs a destructor lives outside of what is jumped over.
struct Failure {
    jpeg_error_mgr manager{};
    std::jmp_buf back{};
    std::array<char, JMSG_LENGTH_MAX> words{};
    bool warned = false;
};

Failure& failure_of(j_common_ptr jpeg) {
    return *reinterpret_cast<Failure*>(jpeg->err);  // the manager is its first member
}

[[noreturn]] void fail(j_common_ptr jpeg) {
    Failure& failure = failure_of(jpeg);
    jpeg->err->format_message(jpeg, failure.words.data());
    std::longjmp(failure.back, 1);  // NOLINT(cert-err52-cpp): there is no other way out of libjpeg
}

/// Damage that libjpeg would paint over in grey.
void warn(j_common_ptr jpeg, int level) {
    if (level >= 0) return;
    Failure& failure = failure_of(jpeg);
    if (!failure.warned) jpeg->err->format_message(jpeg, failure.words.data());
    failure.warned = true;
}

/// Rows of Y Cb Cr triples, as they come out of the decoder.
struct Triples {
    int width = 0, height = 0;
    std::vector<JSAMPLE> samples;
};

/// Between setjmp and the end there is nothing to destroy.
bool read_triples(std::string_view jpeg, Failure& failure, jpeg_decompress_struct& decoder, Triples& out) {
    if (setjmp(failure.back) != 0) return false;  // NOLINT(cert-err52-cpp)
    jpeg_create_decompress(&decoder);
    jpeg_mem_src(&decoder, reinterpret_cast<const unsigned char*>(jpeg.data()), jpeg.size());
    jpeg_read_header(&decoder, TRUE);
    out.width = static_cast<int>(decoder.image_width);
    out.height = static_cast<int>(decoder.image_height);
    const bool small = out.width > 0 && out.height > 0 && out.width <= kMostStillEdge && out.height <= kMostStillEdge;
    if (!small || decoder.jpeg_color_space != JCS_YCbCr || decoder.num_components != 3) return false;
    decoder.out_color_space = JCS_YCbCr;
    decoder.buffered_image = FALSE;
    out.samples.resize(static_cast<std::size_t>(out.width) * static_cast<std::size_t>(out.height) * 3);
    jpeg_start_decompress(&decoder);
    while (decoder.output_scanline < decoder.output_height) {
        JSAMPROW row = out.samples.data() +
                       static_cast<std::size_t>(decoder.output_scanline) * static_cast<std::size_t>(out.width) * 3;
        jpeg_read_scanlines(&decoder, &row, 1);
    }
    return !failure.warned;
}

/// Chroma is the mean of up to four samples.
std::vector<std::byte> planes_of(const Triples& from) {
    const auto width = static_cast<std::size_t>(from.width);
    const auto height = static_cast<std::size_t>(from.height);
    const std::size_t half_width = (width + 1) / 2;
    const std::size_t half_height = (height + 1) / 2;
    std::vector<std::byte> planes(width * height + 2 * half_width * half_height);
    for (std::size_t n = 0; n < width * height; ++n) planes[n] = static_cast<std::byte>(from.samples[3 * n]);
    for (std::size_t plane = 1; plane <= 2; ++plane) {
        std::byte* out = planes.data() + width * height + (plane - 1) * half_width * half_height;
        for (std::size_t y = 0; y < height; y += 2)
            for (std::size_t x = 0; x < width; x += 2) {
                const std::size_t right = x + 1 < width ? x + 1 : x;
                const std::size_t below = y + 1 < height ? y + 1 : y;
                const unsigned sum = unsigned{from.samples[3 * (y * width + x) + plane]} +
                                     from.samples[3 * (y * width + right) + plane] +
                                     from.samples[3 * (below * width + x) + plane] +
                                     from.samples[3 * (below * width + right) + plane];
                *out++ = static_cast<std::byte>((sum + 2) / 4);
            }
    }
    return planes;
}

}  // namespace

core::Result<StillPicture> decode_still(std::string_view jpeg) {
    Failure failure;
    Triples triples;
    jpeg_decompress_struct decoder{};
    decoder.err = jpeg_std_error(&failure.manager);
    failure.manager.error_exit = fail;
    failure.manager.emit_message = warn;
    const bool good = !jpeg.empty() && read_triples(jpeg, failure, decoder, triples);
    if (decoder.mem != nullptr) jpeg_destroy_decompress(&decoder);
    if (!good)
        return core::fail(core::ErrorCode::Corrupt,
                          failure.words[0] != '\0'
                              ? fmt::format("no JPEG that can be shown: {}", failure.words.data())
                              : fmt::format("a picture of {}x{} that is no small JPEG of three colours", triples.width,
                                            triples.height));
    return StillPicture{triples.width, triples.height, planes_of(triples), {}};
}

void StillBook::take(const std::string& probe, const std::map<std::string, link::StillReport>& stills) {
    for (auto one = kept_.begin(); one != kept_.end();)
        one = one->first.probe == probe && !stills.contains(one->first.stream) ? kept_.erase(one) : std::next(one);
    for (const auto& [stream, report] : stills) {
        Kept& kept = kept_[{probe, stream}];
        if (kept.taken == report.at || report.jpeg == nullptr) continue;
        kept.taken = report.at;
        auto decoded = decode_still(*report.jpeg);
        if (!decoded) continue;
        decoded->at = report.at;
        kept.picture = std::make_shared<const StillPicture>(std::move(*decoded));
    }
}

std::shared_ptr<const StillPicture> StillBook::of(const StreamKey& stream) const {
    const auto found = kept_.find(stream);
    return found != kept_.end() ? found->second.picture : nullptr;
}

}  // namespace sightline::ui
