// load, verify and parse_safetensors of any bytes: a net is read as a whole or not at all.
#include "fuzz.hpp"

#include <cstdint>

using namespace fuzz;

namespace {

using namespace tenon;

/// One line that names no other place; empty if the bytes were read.
template <class Net> void read(const std::string& bytes, const ReadOptions& options) {
    Net net;
    for (auto& p : net.parameters()) p = 7;
    const Net before = net;
    const VerifyReport verified = verify_bytes(net, bytes);
    check(!verified.error.empty() || verified.samples > 0, "there are samples, or an error");
    check(std::ranges::none_of(verified.error.view(), is_control), "an error is one line", verified.error);
    const ReadReport report = read_tensors(bytes, net, options);
    const ParsedNet<Net> parsed = parse_safetensors<Net>(bytes, options);
    check(parsed.error == report.error && parsed.warning == report.warning, "both readers say the same",
          report.error);
    check(std::ranges::none_of(report.error.view(), is_control), "an error is one line", report.error);
    check(std::ranges::none_of(report.warning.view(), is_control), "a warning is one line", report.warning);
    if (!report) {
        check(std::ranges::equal(net.parameters(), before.parameters()), "a refused file changes nothing",
              report.error);
        return;
    }
    const bool finite =
        std::ranges::all_of(net.parameters(), [](auto value) { return math::is_finite(value); });
    check(finite == report.warning.empty(), "a warning names numbers that are not finite", report.warning);

    // What was read is written, and read again as the same bits.
    std::array<char, bytes_size<Net>> written{};
    to_bytes(net, written);
    Net again;
    const ReadReport second = read_tensors(written, again, {});
    check(second.error.empty(), "what is written is read", second.error);
    check(std::memcmp(net.parameters().data(), again.parameters().data(),
                      sizeof(typename Net::Scalar) * Net::parameter_count) == 0,
          "the same bits are read");
}

/// Writes the right checksum into a file that states one.
void set_checksum(std::string& file) {
    const detail::ByteText<char> text{file.data(), file.size()};
    detail::SafetensorsFile<char> tensors{text};
    for (detail::TensorEntry<char> entry; tensors.next(entry);) {}
    const auto digits = tensors.checksum.raw();
    if (!tensors.has_checksum || digits.size() != 16) return;
    std::uint64_t sum = tensors.computed_checksum();
    for (std::size_t i = 16; i-- > 0; sum >>= 4)
        file[static_cast<std::size_t>(digits.bytes - file.data()) + i] = "0123456789abcdef"[sum & 15];
}

/// Bytes that are drawn as they are, or with the size of the header and a checksum that fit, so that the
/// fuzzer gets beyond them.
std::string file_of(Bytes& bytes) {
    const bool is_raw = bytes.flag();
    const std::size_t data = bytes.draw<std::uint16_t>() % 64;
    std::string rest = bytes.rest();
    if (is_raw) return rest;
    const std::size_t header = rest.size() - std::min(data, rest.size());
    std::string size(8, '\0');
    for (std::size_t i = 0; i < 8; ++i) size[i] = static_cast<char>(header >> (8 * i) & 255);
    size += rest;
    set_checksum(size);
    return size;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Bytes bytes{data, size};
    const std::size_t which = bytes.below(4);
    constexpr std::array<Renamed, 2> names{{{"", "model"}, {"1.bias", "b"}}};
    const ReadOptions options{.names =
                                  bytes.flag() ? std::span<const Renamed>{names} : std::span<const Renamed>{},
                              .strict = bytes.flag(),
                              .check_type = bytes.flag()};
    const std::string file = file_of(bytes);
    if (which == 0) read<Net<Dense<2, 3, Sigmoid>, Dense<3, 1, Sigmoid>>>(file, options);
    else if (which == 1) read<NetOf<double, Dense<2, 2, Tanh>, Dense<2, 1>>>(file, options);
    else if (which == 2) read<Net<BatchNorm<Shape<2>>, Net<Dense<2, 1, Relu, false>>>>(file, {});
    else {
        using Line = Net<Dense<2, 1>>;
        const File on_disk{file};
        try {
            const auto net = load<Line>(on_disk.path());
            verify(net, on_disk.path());
        } catch (const Error& error) {
            check(std::string_view{error.what()}.starts_with(on_disk.path()),
                  "a message begins with the file's name", error.what());
        }
    }
    return 0;
}
