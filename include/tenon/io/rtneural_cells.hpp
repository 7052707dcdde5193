// Recurrent layers of RTNeural's JSON.
#pragma once

#include <tenon/cells/gru.hpp>
#include <tenon/cells/lstm.hpp>
#include <tenon/io/rtneural_layers.hpp>
#include <tenon/tensor.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// A recurrent layer as Keras stores it: kernel [in][gate][unit], recurrent kernel [unit][gate][unit], and
/// biases. Gate g of tenon, in PyTorch's order, is gate `order[g]` of Keras.
template <class L, std::size_t Gates> struct RtneuralCell {
    static constexpr std::size_t in = L::InputShape::size, units = L::OutputShape::size, row = Gates * units;

    /// Calls f(parameter, number in the file) for each element of a tensor, whose inputs are in this order in
    /// the file.
    template <class F>
    static void for_each(std::string_view name, const std::array<std::size_t, Gates>& order,
                         const RtneuralOrder& inputs, F f) {
        const Tensor& tensor = *std::ranges::find(L::tensors, name, &Tensor::name);
        for (std::size_t r = 0; r < row; ++r) {
            const std::size_t column = order[r / units] * units + r % units;
            if (tensor.rank == 1) f(tensor.at(r), column);
            else
                for (std::size_t i = 0; i < tensor.shape[1]; ++i)
                    f(tensor.at(r, i), inputs.in_file(i) * row + column);
        }
    }
    template <class T>
    static void take(std::string_view name, const std::array<std::size_t, Gates>& order, const T* from,
                     T* parameters, const RtneuralOrder& inputs = {}) {
        for_each(name, order, inputs, [&](std::size_t p, std::size_t e) { parameters[p] = from[e]; });
    }
    template <class T>
    static void give(std::string_view name, const std::array<std::size_t, Gates>& order, const T* parameters,
                     T* to, const RtneuralOrder& inputs = {}) {
        for_each(name, order, inputs, [&](std::size_t p, std::size_t e) { to[e] = parameters[p]; });
    }
    /// Both kernels.
    template <class Reader, class T>
    static void read_kernels(Reader& reader, const std::array<std::size_t, Gates>& order, T* parameters) {
        std::vector<T> values(std::max(in, units) * row);
        reader.template array<L>(0, std::array{in, row}, values.data());
        take("weight_ih_l0", order, values.data(), parameters, std::exchange(reader.order, {}));
        reader.template array<L>(1, std::array{units, row}, values.data());
        take("weight_hh_l0", order, values.data(), parameters);
    }
    template <class Writer, class T>
    static void write_kernels(Writer& writer, const std::array<std::size_t, Gates>& order,
                              const T* parameters) {
        std::vector<T> values(std::max(in, units) * row);
        give("weight_ih_l0", order, parameters, values.data(), std::exchange(writer.order, {}));
        writer.array(std::array{in, row}, values.data());
        give("weight_hh_l0", order, parameters, values.data());
        writer.array(std::array{units, row}, values.data());
    }
};

/// Keras' gates i, f, c, o are PyTorch's i, f, g, o.
template <std::size_t In, std::size_t Hidden> struct RtneuralEntry<LSTM<In, Hidden>> {
    using L = LSTM<In, Hidden>;
    using Cell = RtneuralCell<L, 4>;
    static constexpr bool exists = true;
    static constexpr std::array<std::size_t, 4> order{0, 1, 2, 3};
    template <class Reader, class T> static void read(Reader& reader, T* parameters) {
        std::vector<T> bias(Cell::row);
        reader.template layer<L>("lstm", 3);
        reader.template fixed_activation<L>("tanh");
        Cell::read_kernels(reader, order, parameters);
        reader.template array<L>(2, std::array{Cell::row}, bias.data());
        Cell::take("bias_ih_l0", order, bias.data(), parameters);
    }
    template <class Writer, class T> static void write(Writer& writer, const T* parameters) {
        std::vector<T> bias(Cell::row);
        Cell::give("bias_ih_l0", order, parameters, bias.data());
        writer.template layer<L>("lstm", "tanh");
        Cell::write_kernels(writer, order, parameters);
        writer.array(std::array{Cell::row}, bias.data());
        writer.end();
    }
};

/// Keras' gates are z, r, h, PyTorch's r, z, n; both have a bias of W x and one of U h (reset_after).
template <std::size_t In, std::size_t Hidden> struct RtneuralEntry<GRU<In, Hidden>> {
    using L = GRU<In, Hidden>;
    using Cell = RtneuralCell<L, 3>;
    static constexpr bool exists = true;
    static constexpr std::array<std::size_t, 3> order{1, 0, 2};
    template <class Reader, class T> static void read(Reader& reader, T* parameters) {
        std::vector<T> biases(2 * Cell::row);
        reader.template layer<L>("gru", 3);
        reader.template fixed_activation<L>("tanh");
        Cell::read_kernels(reader, order, parameters);
        reader.template array<L>(2, std::array{std::size_t{2}, Cell::row}, biases.data());
        Cell::take("bias_ih_l0", order, biases.data(), parameters);
        Cell::take("bias_hh_l0", order, biases.data() + Cell::row, parameters);
    }
    template <class Writer, class T> static void write(Writer& writer, const T* parameters) {
        std::vector<T> biases(2 * Cell::row);
        Cell::give("bias_ih_l0", order, parameters, biases.data());
        Cell::give("bias_hh_l0", order, parameters, biases.data() + Cell::row);
        writer.template layer<L>("gru", "tanh");
        Cell::write_kernels(writer, order, parameters);
        writer.array(std::array{std::size_t{2}, Cell::row}, biases.data());
        writer.end();
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
