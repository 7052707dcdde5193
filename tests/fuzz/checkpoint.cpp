// resume of any file, and of a checkpoint with changed bytes whose size and checksum may be right again. The
// first byte says which; the others are the file, or positions and values.
#include "fuzz.hpp"

#include <memory>

using namespace fuzz;

namespace {

using N = tenon::Net<tenon::Dense<2, 3, tenon::Tanh>, tenon::Dropout<tenon::Shape<3>, 50>,
                     tenon::Dense<3, 2, tenon::Softmax>>;

struct Training {
    N net, best;
    tenon::Trainer<N, tenon::CrossEntropy, tenon::Adam, 8> trainer{net, tenon::CrossEntropy{}, tenon::Adam{}};

    explicit Training(std::uint64_t seed) {
        tenon::initialize(net, seed);
        trainer.seed(seed);
        trainer.step({1, 0}, 1);
        best = net;
    }
    std::string file() const { return tenon::detail::Checkpoint<decltype(trainer)>::file_of(trainer, &best); }
};

/// A checkpoint with some changes.
std::string changed(Bytes& bytes) {
    std::string file = Training{1}.file();
    const bool repairs = bytes.flag();
    while (!bytes.empty()) {
        const std::size_t at = bytes.draw<std::uint16_t>() % file.size();
        switch (bytes.below(4)) {
        case 0:
            file[at] = static_cast<char>(bytes.draw<std::uint8_t>());
            break;
        case 1:
            file.erase(at, 1 + bytes.below(16));
            if (file.empty()) return file;
            break;
        case 2:
            file.insert(at, bytes.text(8));
            break;
        default:
            file.resize(at + 1);
        }
    }
    if (!repairs || file.size() < 28) return file;
    const std::uint64_t size = file.size();
    std::memcpy(file.data() + 16, &size, sizeof size);
    const std::uint32_t crc = tenon::detail::crc32_of(std::string_view{file}.substr(0, file.size() - 4));
    std::memcpy(file.data() + file.size() - 4, &crc, sizeof crc);
    return file;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Bytes bytes{data, size};
    const std::string text = bytes.flag() ? changed(bytes) : bytes.rest();
    const File file{text};
    const auto training = std::make_unique<Training>(2);
    const std::string before = training->file();
    const auto epoch = read_or_refuse(
        [&] { return tenon::resume(training->trainer, training->best, file.path()); }, {file.path()});
    if (epoch) check(training->file() == text, "what is resumed is saved again as the same file");
    else check(training->file() == before, "a refused file changes nothing");
    return 0;
}
