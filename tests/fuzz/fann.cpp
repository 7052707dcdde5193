// read_fann of any bytes.
#include "fuzz.hpp"

using namespace fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const File file{Bytes{data, size}.rest()};
    const auto samples = read_or_refuse([&] { return tenon::read_fann(file.path()); }, {file.path()});
    if (!samples) return 0;
    check_dataset(*samples);
    use_dataset(*samples, size);
    return 0;
}
