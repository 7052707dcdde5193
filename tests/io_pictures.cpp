// Loss curves, progress and confusion matrices as text.
#include <tenon/show/loss_curve.hpp>
#include <tenon/show/pictures.hpp>
#include <tenon/show/print.hpp>
#include <tenon/show/progress.hpp>

#include "io_files.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

using namespace tenon;
using detail::Canvas;
using detail::ChartAxis;
using Limits = std::numeric_limits<double>;

namespace {

std::string picture(const std::vector<double>& losses, std::vector<double> validation = {}) {
    History history;
    validation.resize(losses.size(), Limits::quiet_NaN());
    for (std::size_t i = 0; i < losses.size(); ++i)
        history.add({i + 1, losses.size(), losses[i], validation[i]});
    std::ostringstream out;
    print(out, history);
    return out.str();
}

/// Columns of the widest line; a UTF-8 character is one.
std::size_t width_of(const std::string& text) {
    std::size_t widest = 0, width = 0;
    for (const char c : text) {
        if (c == '\n') width = 0;
        else if ((c & 0xc0) != 0x80) widest = std::max(widest, ++width);
    }
    return widest;
}

const double one_ulp_up = std::nextafter(1., 2.);

} // namespace

TEST_CASE("the curves of every pair of losses are drawn, and fit the terminal") {
    std::vector<double> values{0,
                               1,
                               one_ulp_up,
                               std::nextafter(one_ulp_up, 2.),
                               0.5,
                               0.500001,
                               1e-5,
                               3e-310,
                               1e-300,
                               1e300,
                               1e308,
                               std::nextafter(1e308, 0.),
                               1.3,
                               1000003,
                               Limits::max(),
                               Limits::min(),
                               Limits::denorm_min(),
                               2 * Limits::denorm_min(),
                               Limits::infinity(),
                               Limits::quiet_NaN()};
    for (std::size_t i = values.size() - 3; i-- > 0;) values.push_back(-values[i]);
    for (const double a : values)
        for (const double b : values) {
            INFO(a << ' ' << b);
            for (const std::string& text :
                 {picture({a, b}), picture({a, b, a}, {b, 1, b}), picture({1, a, b})}) {
                REQUIRE(text.size() < 10000);
                REQUIRE(width_of(text) <= 80);
                REQUIRE(text.find("inf") ==
                        (text.starts_with("epoch") ? text.find("inf") : std::string::npos));
            }
        }
}

TEST_CASE("losses that are equal up to rounding are a flat line") {
    for (const std::string& text : {picture({1, 1}), picture({1, one_ulp_up}), picture({one_ulp_up, 1})}) {
        CHECK(text.find("    2 ┤") != std::string::npos);
        CHECK(text.find("    1 ┤⣀") != std::string::npos);
    }
}

TEST_CASE("one epoch, and epochs without a finite loss, are a line of text") {
    CHECK(picture({}).empty());
    CHECK(picture({0.5}) == "epoch 1  loss 0.500\n");
    CHECK(picture({0.5}, {0.25}) == "epoch 1  loss 0.500, validation 0.250\n");
    CHECK(picture({Limits::infinity(), Limits::quiet_NaN()}) == "epoch 2  loss nan\n");
    CHECK(picture({1, Limits::infinity()}, {1, Limits::infinity()}).find("inf") == std::string::npos);
}

TEST_CASE("a loss is drawn though the next one is not finite") {
    const std::string text = picture({1, 2, Limits::quiet_NaN()}),
                      infinite = picture({1, 2, Limits::infinity()});
    CHECK(text == infinite);
    CHECK(text.find("    2 ┤") != std::string::npos);
    CHECK(text.find("training") != std::string::npos);
}

TEST_CASE("the curves are drawn for epochs of any number") {
    for (const std::size_t first : {std::size_t{0}, std::size_t{1}, std::size_t{1} << 53, std::size_t(-3)}) {
        History history;
        history.add({first, first + 2, 1});
        history.add({first + 1, first + 2, 2});
        history.add({first + 2, first + 2, 3});
        std::ostringstream out;
        print(out, history);
        CHECK(width_of(out.str()) <= 110);
    }
}

TEST_CASE("an axis has a few round numbers within its range, however degenerate") {
    const std::vector<double> values{0,      1,     one_ulp_up, 0.1,           1e-310,
                                     1e-300, 1e300, 1e308,      Limits::max(), Limits::denorm_min()};
    for (const double low : values)
        for (const double high : values)
            for (const double sign : {1., -1.}) {
                INFO(sign * low << ' ' << sign * high);
                const double from = std::min(sign * low, sign * high), to = std::max(sign * low, sign * high);
                const ChartAxis axis{from, to, false};
                const std::vector<double> numbers = axis.round_numbers();
                CHECK(numbers.size() >= 1);
                CHECK(numbers.size() <= 12);
                for (const double number : numbers) {
                    CHECK(axis(number) >= -1e-9);
                    CHECK(axis(number) <= 1 + 1e-9);
                }
                CHECK(axis(from) >= 0);
                CHECK(axis(to) <= 1);
                CHECK(axis(from) <= axis(to));
            }
    CHECK(ChartAxis{0, 1, false}.round_numbers() ==
          std::vector<double>{0, 0.2, 0.4, 0.6000000000000001, 0.8, 1});
    CHECK(ChartAxis{-Limits::max(), Limits::max(), false}.round_numbers() ==
          std::vector<double>{-1e308, 0, 1e308});
    CHECK(ChartAxis{0.01, 100, true}.round_numbers().size() == 13);
    CHECK(ChartAxis{Limits::denorm_min(), 1, true}.round_numbers().size() < 1000);
}

TEST_CASE("a canvas may have no cells, and dots outside of it are ignored") {
    for (const auto& [columns, rows] :
         {std::pair{0u, 0u}, std::pair{0u, 5u}, std::pair{5u, 0u}, std::pair{1u, 1u}}) {
        Canvas canvas{columns, rows};
        for (std::size_t x = 0; x < 4; ++x) canvas.column(x, -1, 2);
        CHECK(canvas.cell(7, 7).empty());
        CHECK(canvas.cell(0, 0) == (columns > 0 && rows > 0 ? "⣿" : ""));
    }
    CHECK(detail::place(0.5, 0) == 0);
}

TEST_CASE("shares, numbers and times of any size are printed") {
    CHECK(detail::percent(0.98364) == "98.4%");
    CHECK(detail::percent(Limits::quiet_NaN()) == "-");
    CHECK(detail::percent(Limits::infinity()) == "-");
    CHECK(detail::percent(1e300).size() > 300);
    CHECK(detail::significant(0, 3) == "0.00");
    CHECK(detail::significant(0.01234, 3) == "0.0123");
    CHECK(detail::significant(Limits::max(), 3) == "1.80e+308");
    CHECK(detail::significant(-Limits::denorm_min(), 3) == "-4.94e-324");
    CHECK(detail::significant(Limits::infinity(), 3) == "inf");
    CHECK(detail::significant(Limits::quiet_NaN(), 3) == "nan");
    CHECK(detail::duration(Limits::quiet_NaN()) == "?");
    CHECK(detail::duration(Limits::infinity()) == "?");
    CHECK(detail::duration(-1) == "?");
    CHECK(detail::duration(200) == "3 min 20 s");
}

TEST_CASE("progress shows epochs of any number, and losses that are not finite") {
    std::ostringstream out;
    {
        Progress progress{out};
        progress({1, 0, 0.5}, 1e300);
        progress({7, 3, Limits::infinity(), Limits::infinity()});
        progress({std::size_t(-1), 1, Limits::quiet_NaN()}, Limits::quiet_NaN());
    }
    const std::string text = out.str();
    CHECK(text.find("epoch 1/1 ") != std::string::npos);
    CHECK(text.find("epoch 7/7  loss inf, validation inf, ") != std::string::npos);
    CHECK(text.find("epoch 18446744073709551615/18446744073709551615  loss nan, ") != std::string::npos);
}

TEST_CASE("a confusion matrix of huge counts has the right shares") {
    ConfusionMatrix<2> matrix;
    const auto most = std::numeric_limits<std::size_t>::max();
    matrix.counts[0][0] = matrix.counts[0][1] = matrix.counts[1][1] = most;
    std::ostringstream out, none;
    print(out, matrix, {"no", "yes"});
    CHECK(out.str().find("no         18446744073709551615  18446744073709551615    50.0%\n") !=
          std::string::npos);
    CHECK(out.str().find("yes                           0  18446744073709551615   100.0%\n") !=
          std::string::npos);
    CHECK(out.str().find("precision                100.0%                 50.0%    66.7%\n") !=
          std::string::npos);
    print(none, ConfusionMatrix<2>{});
    CHECK(none.str().find("precision      -      -        -\n") != std::string::npos);
}

TEST_CASE("images are printed side by side, each with its own range of greys") {
    const std::vector<double> ramp{-1, 0, 1, 3};
    std::ostringstream out;
    print(out, std::vector{Picture{2, 2, ramp, "a 7"}, Picture{1, 3, std::vector<double>{5, 5, 5}}});
    CHECK(out.str() ==
          "  ::          \n" // two characters a pixel; the captions and two blanks are their width
          "++@@          \n"
          "a 7           \n");

    const std::vector<double> bars{0, 0, 1, 0, 1, 1}; // 14 rows of 3: two rows a line
    std::vector<double> image;
    for (int i = 0; i < 7; ++i) image.insert(image.end(), bars.begin(), bars.end());
    out.str("");
    print(out, std::vector{Picture{14, 3, image}});
    const std::string line = " +@  \n"; // 0 and 0, 0 and 1, 1 and 1
    std::string all;
    for (int i = 0; i < 7; ++i) all += line;
    CHECK(out.str() == all);

    // More than fit a line of 80, and values that are not finite
    out.str("");
    std::vector<Picture> many(5, Picture{20, 30, std::vector<double>(600, Limits::infinity())});
    print(out, many);
    CHECK(width_of(out.str()) == 64);
    CHECK(std::ranges::count(out.str(), '\n') == 30);
    CHECK(out.str().find_first_not_of(" \n") == std::string::npos);
    print(out, std::vector<Picture>{});
}
