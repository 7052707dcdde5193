// The pictures for terminals, of any numbers: they end, and are text of bounded size.
#include "fuzz.hpp"

#include <array>
#include <limits>
#include <sstream>

using namespace fuzz;

namespace {

/// Text is whole UTF-8 whose only control characters are those that the terminal's lines are made of.
bool is_text(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const std::size_t size = byte < 0x80 ? 1 : byte < 0xc2 ? 0 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 0;
        if (size == 0 || i + size > text.size() || (is_control(text[i]) && text[i] != '\n')) return false;
        for (std::size_t j = 1; j < size; ++j)
            if ((static_cast<unsigned char>(text[i + j]) & 0xc0) != 0x80) return false;
        i += size;
    }
    return true;
}

void check_picture(const std::ostringstream& out, std::size_t most) {
    const std::string picture = out.str();
    check(picture.size() < most, "a picture has a bounded size", picture.substr(0, 1000));
    check(is_text(picture), "a picture is text", picture);
}

/// A number of any bits, a remarkable one, or a neighbour of the last.
double number(Bytes& bytes, double last) {
    using Limits = std::numeric_limits<double>;
    switch (bytes.below(8)) {
    case 0:
        return std::nextafter(last, Limits::infinity());
    case 1:
        return std::nextafter(last, -Limits::infinity());
    case 2:
        return last;
    case 3:
        return std::array{0.,
                          -0.,
                          Limits::infinity(),
                          -Limits::infinity(),
                          Limits::quiet_NaN(),
                          Limits::max(),
                          Limits::lowest(),
                          Limits::min(),
                          Limits::denorm_min(),
                          1.,
                          1e15,
                          1e-15}[bytes.below(12)];
    case 4:
        return bytes.draw<std::int8_t>();
    case 5:
        return last * std::exp2(bytes.draw<std::int8_t>());
    case 6:
        return static_cast<double>(bytes.draw<float>());
    default:
        return bytes.draw<double>();
    }
}

void draw_history(Bytes& bytes) {
    tenon::History history;
    const std::size_t repeat = 1 + bytes.below(4) * 64;
    const bool validated = bytes.flag();
    double loss = 1, validation = 1;
    std::size_t epochs = 0;
    while (!bytes.empty() && epochs < 700) {
        loss = number(bytes, loss);
        if (validated) validation = number(bytes, validation);
        for (std::size_t i = 0; i < repeat; ++i)
            history.add(
                {++epochs, 1000, loss, validated ? validation : std::numeric_limits<double>::quiet_NaN()});
    }
    std::ostringstream out;
    tenon::print(out, history);
    check_picture(out, 40'000);
}

void draw_progress(Bytes& bytes) {
    std::ostringstream out;
    std::size_t shown = 0;
    {
        tenon::Progress progress{out};
        const std::size_t of =
            std::max<std::size_t>(1, bytes.flag() ? bytes.draw<std::size_t>() : bytes.below(256));
        double loss = 1, validation = 1, accuracy = 1;
        for (std::size_t epoch = 1; epoch <= of && !bytes.empty(); ++epoch, ++shown) {
            loss = number(bytes, loss);
            validation = number(bytes, validation);
            accuracy = number(bytes, accuracy);
            progress({epoch, of, loss, validation}, accuracy);
        }
    }
    check_picture(out, 400 * (shown + 1));
}

template <std::size_t Classes> void draw_matrix(Bytes& bytes) {
    tenon::ConfusionMatrix<Classes> matrix;
    const bool large = bytes.flag();
    for (auto& row : matrix.counts)
        for (std::size_t& count : row) count = large ? bytes.draw<std::size_t>() : bytes.below(256);
    std::vector<std::string> names;
    for (std::size_t c = bytes.below(Classes + 1); c > 0; --c) {
        std::string name(bytes.below(64), 'a');
        for (char& letter : name) letter = static_cast<char>('a' + bytes.below(26));
        names.push_back(name);
    }
    std::ostringstream out;
    tenon::print(out, matrix, names);
    check_picture(out, 400 * (Classes + 3) * (Classes + 3));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Bytes bytes{data, size};
    switch (bytes.below(8)) {
    case 0:
        draw_progress(bytes);
        break;
    case 1:
        draw_matrix<2>(bytes);
        break;
    case 2:
        draw_matrix<12>(bytes);
        break;
    default:
        draw_history(bytes);
    }
    return 0;
}
