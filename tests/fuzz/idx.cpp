// read_idx of images and labels, plain or gzip. The first bytes say how the two files are packed, how many
// classes are asked for, and how long the labels are.
#include "fuzz.hpp"

#include <array>
#include <zlib.h>

using namespace fuzz;

namespace {

std::string gzip(std::string plain) {
    z_stream stream{};
    check(deflateInit2(&stream, 1, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK, "zlib begins");
    std::string packed(deflateBound(&stream, plain.size()) + 32, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(plain.data());
    stream.avail_in = static_cast<uInt>(plain.size());
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    check(deflate(&stream, Z_FINISH) == Z_STREAM_END, "zlib ends");
    packed.resize(stream.total_out);
    deflateEnd(&stream);
    return packed;
}

enum class Packed { no, whole, two_members, padded, cut, changed };

std::string pack(const std::string& plain, Packed how, std::size_t where) {
    switch (how) {
    case Packed::no:
        return plain;
    case Packed::whole:
        return gzip(plain);
    case Packed::two_members: {
        const std::size_t half = plain.size() / 2;
        return gzip(plain.substr(0, half)) + gzip(plain.substr(half));
    }
    case Packed::padded:
        return gzip(plain) + std::string(where % 1024, '\0');
    default:
        break;
    }
    std::string packed = gzip(plain);
    where %= packed.size();
    if (how == Packed::cut) packed.resize(where);
    else packed[where] = static_cast<char>(packed[where] ^ 1);
    return packed;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Bytes bytes{data, size};
    const auto images_packed = static_cast<Packed>(bytes.below(6));
    const auto labels_packed = static_cast<Packed>(bytes.below(6));
    const std::size_t where = bytes.draw<std::uint16_t>();
    const std::size_t classes = bytes.below(8) ? bytes.draw<std::uint16_t>() : bytes.draw<std::size_t>();
    const std::string label_bytes = bytes.text(bytes.draw<std::uint8_t>()), image_bytes = bytes.rest();

    const auto read = [&](const File& images, const File& labels) {
        const auto set =
            read_or_refuse([&] { return tenon::read_idx(images.path(), labels.path(), classes); },
                           {images.path(), labels.path()});
        if (!set) return set;
        check_dataset(*set);
        check(!set->classes.empty() && (classes == 0 || set->classes.size() == classes),
              "classes are those asked for");
        for (std::size_t i = 0; i < set->inputs.size(); ++i)
            check(set->inputs[i] >= 0 && set->inputs[i] <= 1, "pixels are from 0 to 1");
        return set;
    };
    const File images{pack(image_bytes, images_packed, where)},
        labels{pack(label_bytes, labels_packed, where)};
    const auto packed = read(images, labels);
    if (packed) use_dataset(*packed, size);
    if (images_packed == Packed::no && labels_packed == Packed::no) return 0;

    const File plain_images{image_bytes}, plain_labels{label_bytes};
    const auto plain = read(plain_images, plain_labels);
    const auto is_whole = [](Packed how) { return how <= Packed::padded; };
    if (is_whole(images_packed) && is_whole(labels_packed) && !tenon::detail::is_gzip(image_bytes) &&
        !tenon::detail::is_gzip(label_bytes))
        check(packed.has_value() == plain.has_value(), "what is packed is read as what is plain");
    if (!packed || !plain) return 0;
    check(packed->inputs.size() == plain->inputs.size() && packed->targets.size() == plain->targets.size(),
          "what is packed has as many values");
    for (std::size_t i = 0; i < plain->inputs.size(); ++i)
        check(packed->inputs[i] == plain->inputs[i], "what is packed reads the same");
    for (std::size_t i = 0; i < plain->targets.size(); ++i)
        check(packed->targets[i] == plain->targets[i], "what is packed reads the same");
    return 0;
}
