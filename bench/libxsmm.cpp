// needs: libxsmm-dev, <libxsmm.h>, -lxsmm -lxsmmnoblas -ldl -lpthread -fno-math-errno
// libxsmm: kernels for the products, generated beforehand for their sizes, everything else by hand.
#include "by_products.hpp"

#include <libxsmm.h>

#include <array>

#if defined(__AVX__)
#include <immintrin.h>
#endif

namespace {

/// The kernel of c[M][N] += a[M][K] * b[K][N], or a[K][M] if transposed. libxsmm's matrices are stored by
/// columns: its first matrix is b, its second a.
template <std::size_t M, std::size_t N, std::size_t K, bool Transposed> libxsmm_smmfunction make_kernel() {
    constexpr auto m = static_cast<libxsmm_blasint>(M), n = static_cast<libxsmm_blasint>(N),
                   k = static_cast<libxsmm_blasint>(K), columns_of_a = Transposed ? m : k;
    const float one = 1;
    const int flags = Transposed ? LIBXSMM_GEMM_FLAG_TRANS_B : LIBXSMM_GEMM_FLAG_NONE;
    return libxsmm_smmdispatch(n, m, k, &n, &columns_of_a, &n, &one, &one, &flags, nullptr);
}
template <std::size_t M, std::size_t N, std::size_t K, bool Transposed>
const libxsmm_smmfunction kernel = make_kernel<M, N, K, Transposed>();

/// Adds the product. The upper halves of the registers are cleared, which the kernels do not: libm's tanhf
/// would run at a sixth of its speed.
template <std::size_t M, std::size_t N, std::size_t K, bool Transposed = false>
void run_kernel(const float* a, const float* b, float* c) {
    kernel<M, N, K, Transposed>(b, a, c);
#if defined(__AVX__)
    _mm256_zeroupper();
#endif
}

struct Products {
    template <std::size_t M, std::size_t N, std::size_t K>
    static void add_product(const float* a, const float* b, float* c) {
        run_kernel<M, N, K>(a, b, c);
    }
    template <std::size_t M, std::size_t N, std::size_t K>
    static void add_product_at(const float* a, const float* b, float* c) {
        run_kernel<M, N, K, true>(a, b, c);
    }
    /// No kernel takes its first matrix transposed: b is transposed before.
    template <std::size_t M, std::size_t N, std::size_t K>
    static void add_product_bt(const float* a, const float* b, float* c) {
        alignas(64) static std::array<float, K * N> transposed;
        for (std::size_t k = 0; k < K; ++k)
            for (std::size_t n = 0; n < N; ++n) transposed[k * N + n] = b[n * K + k];
        add_product<M, N, K>(a, transposed.data(), c);
    }
    static constexpr std::size_t part(std::size_t count) { return count <= 128 ? count : 250; }
};

struct Libxsmm : bench::ByProducts<Products> {
    static constexpr std::string_view name = "libxsmm";
};

}

int main(int argc, char** argv) { return bench::run<Libxsmm>(argc, argv); }
