// save and verify: nets as safetensors files, with PyTorch's names and layouts. load.hpp reads them.
#pragma once

#include <tenon/exchange/read_tensors.hpp>
#include <tenon/exchange/to_bytes.hpp>
#include <tenon/exchange/verify.hpp>
#include <tenon/io/bytes.hpp>
#include <tenon/io/error.hpp>
#include <tenon/io/write_file.hpp>
#include <tenon/net.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// The number format of a written file.
enum class SavedNumbers { of_the_net, f32, f64 };

template <class Net> struct SaveOptions {
    std::span<const typename Net::Input> x{}; ///< test vectors, which become the tensor x
    std::span<const typename Net::Output>
        y{}; ///< the outputs wanted for them; empty: those of the net; see verify
    SavedNumbers numbers = SavedNumbers::of_the_net;
    Numbering numbering = Numbering::layers; ///< Numbering::sequential for load_state_dict of a Sequential
    std::vector<Renamed> names{};            ///< what the file calls otherwise
};

/// Of safetensors files: see ReadOptions.
struct LoadOptions {
    std::vector<Renamed> names{};
    bool strict = true, check_type = true;
};

/// What load says of a file that it has read.
struct LoadReport {
    std::string warning; ///< numbers that are not finite; empty if there are none
};

namespace detail {

inline Error safetensors_error(const std::filesystem::path& path, const Message& message) {
    return Error{path.string() + ", " + std::string{message.view()}};
}

template <class Net>
std::string file_of(const Net& net, const std::string& file, const SaveOptions<Net>& options) {
    using T = typename Net::Scalar;
    const std::size_t number_size = options.numbers == SavedNumbers::f32   ? 4
                                    : options.numbers == SavedNumbers::f64 ? 8
                                                                           : sizeof(T);
    if (!options.y.empty() && options.y.size() != options.x.size())
        throw Error{file, "as many y as x",
                    std::to_string(options.x.size()) + " x and " + std::to_string(options.y.size()) + " y"};
    const FilePlan plan{options.numbering, options.names, number_size, options.x.size()};
    const auto check = [&](T value) {
        if (number_size < sizeof(T) && math::is_finite(value) && !math::is_finite(static_cast<float>(value)))
            throw Error{file, "numbers that F32 can hold", quote(static_cast<double>(value))};
    };
    for (const T value : net.parameters()) check(value);

    std::string bytes(file_size<Net>(plan), '\0');
    write_net(net, bytes.data(), plan, [&](auto& write) {
        for (const auto& x : options.x)
            for (const T value : x) write(value);
        OutputsInOrder outputs{net};
        for (std::size_t s = 0; s < options.x.size(); ++s)
            for (const T value : options.y.empty() ? outputs(options.x[s]) : options.y[s]) write(value);
    });
    if (!options.names.empty()) { // which may give two tensors one name
        const ReadOptions read{.names = options.names};
        const FoundTensors<Net, char> found{byte_text(bytes), read};
        if (!found.file.error.empty()) throw safetensors_error(file, found.file.error);
    }
    return bytes;
}

/// Whether a file begins as safetensors does: with the size of a header that is within the file. The first 8
/// characters of a text are too large a size.
inline bool is_safetensors(std::string_view bytes) noexcept {
    return bytes.size() > 8 && read_bits<std::uint64_t>(&bytes.front()) <= bytes.size() - 8;
}

template <class Net>
LoadReport load_safetensors(Net& net, const std::filesystem::path& path, std::string_view bytes,
                            const LoadOptions& options) {
    const ReadReport report = read_tensors(
        bytes, net,
        ReadOptions{.names = options.names, .strict = options.strict, .check_type = options.check_type});
    if (!report) throw safetensors_error(path, report.error);
    return {std::string{report.warning.view()}};
}

} // namespace detail

/// Writes a net to a safetensors file: tensors named and shaped as in PyTorch (0.weight [out, in], 0.bias),
/// and in __metadata__ the net's type, tenon's version and a checksum. An old file stays until the new one is
/// complete. With test vectors: save(net, path, {.x = xs}), for verify. Throws Error.
template <class T, class... Layers>
void save(const NetOf<T, Layers...>& net, const std::filesystem::path& path,
          const SaveOptions<NetOf<T, Layers...>>& options = {}) {
    detail::write_file(path, detail::file_of(net, path.string(), options));
}

/// Evaluates the net for the tensor x of a safetensors file, and returns the largest difference to its tensor
/// y, in absolute value; NaN if an output is NaN. Throws Error if the file has no such tensors.
template <class T, class... Layers>
double verify(const NetOf<T, Layers...>& net, const std::filesystem::path& path) {
    const std::string bytes = detail::read_bytes(path);
    const VerifyReport report = verify_bytes(net, bytes);
    if (!report) throw detail::safetensors_error(path, report.error);
    return report.largest_error;
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
