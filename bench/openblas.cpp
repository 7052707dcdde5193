// needs: libopenblas-dev, <cblas.h>, -lopenblas, -fno-math-errno
// OpenBLAS: sgemm for the products, everything else by hand.
#include "by_products.hpp"

#include <cblas.h>

namespace {

/// c[m][n] += a * b, with a or b transposed as ta and tb say.
void multiply_add(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, std::size_t m, std::size_t n, std::size_t k,
                  const float* a, const float* b, float* c) {
    const auto size = [](std::size_t value) { return static_cast<blasint>(value); };
    cblas_sgemm(CblasRowMajor, ta, tb, size(m), size(n), size(k), 1, a, size(ta == CblasNoTrans ? k : m), b,
                size(tb == CblasNoTrans ? n : k), 1, c, size(n));
}

struct Products {
    template <std::size_t M, std::size_t N, std::size_t K>
    static void add_product(const float* a, const float* b, float* c) {
        multiply_add(CblasNoTrans, CblasNoTrans, M, N, K, a, b, c);
    }
    template <std::size_t M, std::size_t N, std::size_t K>
    static void add_product_at(const float* a, const float* b, float* c) {
        multiply_add(CblasTrans, CblasNoTrans, M, N, K, a, b, c);
    }
    template <std::size_t M, std::size_t N, std::size_t K>
    static void add_product_bt(const float* a, const float* b, float* c) {
        multiply_add(CblasNoTrans, CblasTrans, M, N, K, a, b, c);
    }
    static constexpr std::size_t part(std::size_t count) { return count; }
};

struct OpenBlas : bench::ByProducts<Products> {
    static constexpr std::string_view name = "openblas";
};

}

int main(int argc, char** argv) {
    openblas_set_num_threads(1);
    return bench::run<OpenBlas>(argc, argv);
}
