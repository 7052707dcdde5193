// Orthogonal: starting weights whose rows or columns are orthonormal.
#pragma once

#include <tenon/random.hpp>
#include <tenon/simd/primitives.hpp>
#include <tenon/tensor.hpp>

#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// gain times a random matrix with orthonormal rows, or columns if there are more rows than columns: Saxe et
/// al., 2014, as PyTorch's orthogonal_. A weight [out, in...] is a matrix of `out` rows. All such matrices
/// are equally likely: they are normal numbers, made orthogonal one after another (Gram and Schmidt, twice,
/// because once leaves the roundings of nearly parallel vectors).
///
/// Orthogonal to about 1e-7, for double nets too: vectors and coefficients have 24 bits, so that products are
/// exact, and no result depends on whether a compiler rounds them.
struct Orthogonal {
    double gain = 1;

    /// One weight of a matrix 1 x 1.
    constexpr double operator()(Random& random, std::size_t, std::size_t) const noexcept {
        return random.normal() < 0 ? -gain : gain;
    }

    template <class T>
    constexpr void fill(Random& random, T* parameters, const Tensor& tensor) const noexcept {
        const std::size_t rows = tensor.shape[0], columns = tensor.size() / rows;
        const bool by_row = rows <= columns;
        const std::size_t vectors = by_row ? rows : columns, length = by_row ? columns : rows;
        const auto at = [&](std::size_t vector, std::size_t i) -> T& {
            return parameters[by_row ? place(tensor, vector, i) : place(tensor, i, vector)];
        };
        for (std::size_t v = 0; v < vectors; ++v)
            for (double norm = 0; norm == 0;) { // again if the numbers depend on the vectors before
                for (std::size_t i = 0; i < length; ++i)
                    at(v, i) = static_cast<T>(static_cast<float>(random.normal()));
                for (std::size_t u = 0; u < 2 * v; ++u) subtract_projection(at, v, u % v, length);
                norm = static_cast<float>(math::sqrt(dot(at, v, v, length)));
                if (norm == 0) continue;
                const double scale = static_cast<double>(static_cast<float>(1 / norm));
                for (std::size_t i = 0; i < length; ++i)
                    at(v, i) = static_cast<T>(static_cast<float>(scale * static_cast<double>(at(v, i))));
            }
        const double factor = static_cast<double>(static_cast<float>(gain));
        for (std::size_t v = 0; v < vectors; ++v)
            for (std::size_t i = 0; i < length; ++i)
                at(v, i) = static_cast<T>(static_cast<float>(factor * static_cast<double>(at(v, i))));
    }

private:
    /// Index of the element in row `row` and column `column` of the tensor as a matrix.
    static constexpr std::size_t place(const Tensor& tensor, std::size_t row, std::size_t column) noexcept {
        return tensor.place_of(row * (tensor.size() / tensor.shape[0]) + column);
    }
    template <class At>
    static constexpr double dot(At at, std::size_t a, std::size_t b, std::size_t length) noexcept {
        double sum = 0;
        for (std::size_t i = 0; i < length; ++i)
            sum = math::rounded(sum + static_cast<double>(at(a, i)) * static_cast<double>(at(b, i)));
        return sum;
    }
    /// Vector v less its part along the unit vector u.
    template <class At>
    static constexpr void subtract_projection(At at, std::size_t v, std::size_t u,
                                              std::size_t length) noexcept {
        using T = std::remove_reference_t<decltype(at(v, 0))>;
        const double along = static_cast<float>(dot(at, u, v, length));
        for (std::size_t i = 0; i < length; ++i)
            at(v, i) = static_cast<T>(
                static_cast<float>(static_cast<double>(at(v, i)) - along * static_cast<double>(at(u, i))));
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
