// read_tensors: the tensors of a safetensors file in memory into a net: all of them, or none.
#pragma once

#include <tenon/exchange/net_type.hpp>
#include <tenon/exchange/safetensors_file.hpp>
#include <tenon/exchange/tensor_entry.hpp>
#include <tenon/exchange/tensor_names.hpp>
#include <tenon/net.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// How tensors of a file are matched with those of a net. The file may be numbered as the net or as
/// torch.nn.Sequential (see Numbering): the numbering that fits more names is taken.
struct ReadOptions {
    std::span<const Renamed> names{}; ///< tensors that the file calls otherwise
    bool strict = true;               ///< whether a tensor that the net lacks is an error, as in PyTorch
    bool check_type = true;           ///< whether another net's type in the file is an error
};

/// The result of reading: an error, after which the net is unchanged, or none.
struct ReadReport {
    Message error, warning;
    constexpr explicit operator bool() const noexcept { return error.empty(); }
};

namespace detail {

/// The tensors of a net, found in a file.
template <class Net, class B> struct FoundTensors {
    using T = typename Net::Scalar;
    static constexpr std::size_t count = net_tensors<Net>.size();

    SafetensorsFile<B> file;
    const ReadOptions& options;
    Numbering numbering = Numbering::layers;
    std::array<TensorData<B>, count + 1> tensors{}; // one more, because an array of none is special

    constexpr FoundTensors(ByteText<B> bytes, const ReadOptions& given) noexcept
        : file(bytes), options(given) {
        if constexpr (!one_numbering<Net>) choose_numbering(file);
        check_names();
        TensorEntry<B> entry;
        while (file.next(entry)) find(entry);
        if (file.error.empty()) check_all();
    }

    /// Reads all numbers into the net. Returns a warning if some are not finite.
    constexpr Message take(Net& net) const noexcept {
        Message warning;
        T* const to = net.parameters().data();
        for (std::size_t i = 0; i < count; ++i) {
            std::size_t not_finite = 0, first = 0;
            with_format(tensors[i].format, [&]<NumberFormat F>() {
                for_each_element(net_tensors<Net>[i], [&](std::size_t p, std::size_t e) {
                    const T number = read_number<F, T>(number_at<F>(i, e));
                    to[p] = net_tensors<Net>[i].is_added ? to[p] + number : number;
                    if (!math::is_finite(to[p]) && not_finite++ == 0) first = e;
                });
            });
            if (not_finite == 0 || !warning.empty()) continue;
            write_name(warning, i);
            warning(": wanted finite numbers, found ");
            warning(not_finite);
            warning(not_finite == 1 ? " that is not, number " : " that are not, the first of them number ");
            warning(first);
        }
        return warning;
    }

private:
    template <NumberFormat F>
    constexpr const B* number_at(std::size_t tensor, std::size_t element) const noexcept {
        constexpr std::size_t size = F == NumberFormat::f64 ? 8 : F == NumberFormat::f32 ? 4 : 2;
        return file.data() + tensors[tensor].begin + element * size;
    }
    constexpr FileName name_of(std::size_t i) const noexcept {
        return file_name<Net>(numbering, options.names, i);
    }
    constexpr void write_name(Message& message, std::size_t i) const noexcept {
        auto out = [&](std::string_view text) { message(text); };
        name_of(i).write(out);
    }

    /// By the number of names in the file that fit.
    constexpr void choose_numbering(SafetensorsFile<B> copy) noexcept {
        std::size_t by_layers = 0, sequential = 0;
        for (TensorEntry<B> entry; copy.next(entry);)
            for (std::size_t i = 0; i < count; ++i) {
                by_layers += is_named(entry.name, file_name<Net>(Numbering::layers, options.names, i));
                sequential += is_named(entry.name, file_name<Net>(Numbering::sequential, options.names, i));
            }
        if (sequential > by_layers) numbering = Numbering::sequential;
    }
    /// Refuses names in the options that the net does not have.
    constexpr void check_names() noexcept {
        for (const Renamed& renamed : options.names) {
            bool is_used = false;
            for (std::size_t i = 0; i < count; ++i)
                is_used = is_used || is_within(tensor_name<Net>(Numbering::layers, i), renamed.tenon);
            if (is_used || !file.error.empty()) continue;
            file.fail("names: wanted a tensor or a layer of the net, found ");
            file.error.quote(renamed.tenon);
        }
    }

    constexpr void find(const TensorEntry<B>& entry) noexcept {
        std::size_t i = 0;
        while (i < count && !is_named(entry.name, name_of(i))) ++i;
        if (i == count) {
            if (options.strict && !(entry.name == "x") && !(entry.name == "y") &&
                !is_counter_of_batches(entry))
                file.fail_at(entry.name, "wanted only tensors of the net, and x and y, found this one; "
                                         ".names tells what layers are called in the file");
            return;
        }
        if (tensors[i].is_found) return file.fail_at(entry.name, "wanted one tensor of this name, found two");
        const Tensor& wanted = net_tensors<Net>[i];
        bool fits = entry.rank == wanted.rank;
        for (std::size_t axis = 0; axis < wanted.rank && fits; ++axis)
            fits = entry.shape[axis] == wanted.shape[axis];
        if (!fits) {
            file.fail_at(entry.name, "wanted shape ");
            write_shape_of(file.error, wanted);
            file.error(", found ");
            return entry.write_shape(file.error);
        }
        if (entry.format.format == NumberFormat::other)
            return file.fail_at(entry.name, "wanted F32, F64, F16 or BF16, found ", entry.format.name);
        tensors[i] = {entry.name, entry.format.format, entry.begin, true};
    }

    constexpr void check_all() noexcept {
        for (std::size_t i = 0; i < count; ++i)
            if (!tensors[i].is_found) {
                write_name(file.error, i);
                file.error(": wanted a tensor of shape ");
                write_shape_of(file.error, net_tensors<Net>[i]);
                return file.error(", found none of this name");
            }
        if (!file.is_filled())
            return file.fail("wanted tensors that follow one another and fill the ", file.data_size(),
                             " bytes of data, found gaps, or bytes of two tensors");
        check_metadata();
        for (std::size_t i = 0; i < count && file.error.empty(); ++i) check_range(i);
    }

    /// A file of tenon has all of its keys, so that no change of a single bit makes it look like another's.
    constexpr void check_metadata() noexcept {
        if (!file.has_net && !file.has_version && !file.has_checksum) return;
        if (!file.has_net || !file.has_version || !file.has_checksum)
            return file.fail("__metadata__: wanted ", net_key, ", ", version_key, " and ", checksum_key,
                             ", or none of them, found only some");
        if (options.check_type && !(file.net == net_type<Net>)) {
            file.error = different_types(net_type<Net>, file.net.escaped());
            return;
        }
        std::uint64_t stated = 0;
        const ByteText<B> digits = file.checksum.escaped();
        bool is_number = digits.size() == checksum_digits;
        for (std::size_t i = 0; i < digits.size() && is_number; ++i) {
            const std::size_t digit = index_of("0123456789abcdef", digits[i]);
            is_number = digit < 16;
            stated = stated << 4 | (digit & 15);
        }
        if (!is_number) {
            file.fail("__metadata__, ", checksum_key, ": wanted 16 hexadecimal digits, found ");
            return file.error.quote(digits);
        }
        if (stated != file.computed_checksum())
            file.fail("__metadata__, ", checksum_key,
                      ": wanted the checksum of the bytes, found another: the bytes have changed since they "
                      "were written");
    }

    constexpr void check_range(std::size_t i) noexcept {
        bool fits = true;
        std::size_t first = 0;
        with_format(tensors[i].format, [&]<NumberFormat F>() {
            if constexpr (F == NumberFormat::f64 && sizeof(T) < sizeof(double))
                for (std::size_t e = 0; e < net_tensors<Net>[i].size() && fits; ++e) {
                    fits = !is_out_of_range<F, T>(number_at<F>(i, e));
                    first = e;
                }
        });
        if (!fits)
            file.fail_at(tensors[i].name, "wanted numbers that a float can hold, found a larger one, number ",
                         first);
    }
};

} // namespace detail

/// Reads the tensors of a safetensors file in memory into a net. If there is an error, the net is as before.
template <class Bytes, class T, class... Layers>
    requires detail::ByteRange<Bytes>
constexpr ReadReport read_tensors(const Bytes& bytes, NetOf<T, Layers...>& net,
                                  const ReadOptions& options = {}) noexcept {
    const auto text = detail::byte_text(bytes);
    const detail::FoundTensors<NetOf<T, Layers...>, std::remove_cvref_t<decltype(*text.bytes)>> found{
        text, options};
    ReadReport report;
    report.error = found.file.error;
    if (report.error.empty()) report.warning = found.take(net);
    return report;
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
