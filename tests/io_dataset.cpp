// Dataset, Values and Standardize.
#include <tenon/data/dataset.hpp>
#include <tenon/data/standardize.hpp>

#include "csv_text.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

using tenon::Dataset;
using tenon::Standardize;
using tenon::Values;

namespace {

template <class T, std::size_t In, std::size_t Out> struct FakeNet {
    using Scalar = T;
    static constexpr std::size_t inputs = In;
    static constexpr std::size_t outputs = Out;
    using Input = std::array<T, In>;
    using Output = std::array<T, Out>;
};

} // namespace

TEST_CASE("a dataset is converted to samples of a net, or its message names the width that does not fit") {
    const Dataset data = read("1,2,3\n4,5,6");
    const auto samples = data.samples<FakeNet<double, 2, 1>>();
    static_assert(std::is_same_v<decltype(samples.inputs), std::vector<std::array<double, 2>>>);
    CHECK(samples.inputs == std::vector<std::array<double, 2>>{{1, 2}, {4, 5}});
    CHECK(samples.targets == std::vector<std::array<double, 1>>{{3}, {6}});
    CHECK(message_of([&] { data.samples<FakeNet<float, 3, 1>>(); }) ==
          data.source + ": wanted 3 inputs per row (as many as the net has inputs), found 2");
    CHECK(message_of([&] { data.samples<FakeNet<float, 2, 4>>(); }) ==
          data.source + ": wanted 4 targets per row (as many as the net has outputs), found 1");
}

TEST_CASE("a dataset is divided by rows") {
    const Dataset data = read("1,a\n2,b\n3,a\n4,b\n5,c");
    const auto [train, test] = data.split(0.6);
    CHECK(train.inputs == Numbers{1, 2, 3});
    CHECK(test.inputs == Numbers{4, 5});
    CHECK(test.targets == Numbers{0, 1, 0, 0, 0, 1});
    CHECK(test.classes == data.classes);
    CHECK(data.split(0).first.size() == 0);
    CHECK(data.split(1).second.size() == 0);
    CHECK(data.take(5, 0).size() == 0);
    CHECK(data.take(1, 2).inputs == Numbers{2, 3});
    CHECK(message_of([&] { data.take(4, 2); }) ==
          data.source + ": wanted 2 rows from row 4 on, found 5 rows in all");
    CHECK(message_of([&] { data.take(6, 0); }) ==
          data.source + ": wanted 0 rows from row 6 on, found 5 rows in all");
    CHECK(message_of([&] { data.split(1.5); }) ==
          data.source + ": wanted a fraction from 0 to 1 to split at, found 1.5");
}

TEST_CASE("shuffling keeps the rows whole and depends on the seed alone") {
    std::string text;
    for (int i = 0; i < 100; ++i)
        text += std::to_string(i) + "," + std::to_string(-i) + "," + std::to_string(2 * i) + "\n";
    const Dataset data = read(text);
    Dataset a = data, b = data, c = data;
    a.shuffle(7);
    b.shuffle(7);
    c.shuffle(8);
    CHECK(a.inputs == b.inputs);
    CHECK(a.inputs != c.inputs);
    CHECK(a.inputs != data.inputs);
    std::set<double> seen;
    for (std::size_t row = 0; row < a.size(); ++row) {
        seen.insert(a.input(row)[0]);
        CHECK(a.input(row)[1] == -a.input(row)[0]);
        CHECK(a.target(row)[0] == 2 * a.input(row)[0]);
    }
    CHECK(seen.size() == 100);
    Dataset none;
    none.shuffle(1);
    CHECK(none.size() == 0);
}

TEST_CASE("every order of three rows is equally likely after shuffling") {
    const Dataset data = read("0,0\n1,1\n2,2");
    std::array<int, 9> counts{};
    for (std::uint64_t seed = 0; seed < 6000; ++seed) {
        Dataset shuffled = data;
        shuffled.shuffle(seed);
        ++counts[static_cast<std::size_t>(3 * shuffled.inputs[0] + shuffled.inputs[1])];
    }
    for (const std::size_t order : {1u, 2u, 3u, 5u, 6u, 7u}) CHECK(std::abs(counts[order] - 1000) < 120);
}

TEST_CASE("standardized inputs have mean 0 and deviation 1 on the training rows") {
    Dataset train = read("1,0.1,5\n3,0.1,6\n5,0.1,7\n"), test = read("7,1.1,5");
    const Standardize scale{train};
    scale(train);
    scale(test);
    CHECK(scale.mean[0] == 3);
    CHECK(scale.deviation[0] == Approx(1.632993161855452).epsilon(1e-15)); // numpy.std([1, 3, 5])
    const double first = std::sqrt(1.5);
    CHECK(train.inputs[0] == Approx(-first).epsilon(1e-15));
    CHECK(train.inputs[4] == Approx(first).epsilon(1e-15));
    for (const std::size_t i : {1u, 2u, 3u, 5u}) CHECK(train.inputs[i] == 0);
    CHECK(test.inputs[0] == Approx(2 * first).epsilon(1e-15));
    CHECK(test.inputs[1] == 1);
    CHECK(train.targets == Numbers{5, 6, 7});
    Dataset other = read("1,2");
    CHECK(message_of([&] { scale(other); }) ==
          other.source + ": wanted 2 inputs per row (as many as were measured), found 1");
    CHECK(message_of([&] { Standardize{train.take(0, 0)}; }) ==
          train.source + ": wanted at least one row to measure, found none");
}

TEST_CASE("a double net gets the doubles of the file, a float net the nearest floats") {
    const Dataset data = read("16777217,0.1,1\n1700000001,0.2,2\n1700000063,0.3,3\n");
    const auto doubles = data.samples<FakeNet<double, 2, 1>>();
    CHECK(doubles.inputs ==
          std::vector<std::array<double, 2>>{{16777217, 0.1}, {1700000001, 0.2}, {1700000063, 0.3}});
    const auto floats = data.samples<FakeNet<float, 2, 1>>();
    CHECK(floats.inputs[0] == std::array<float, 2>{16777216.f, 0.1f});
}

TEST_CASE("a number that is not finite in the net's type is refused") {
    const Dataset data = read("1,2\n1e39,3\n4,-1e300\n");
    CHECK(data.samples<FakeNet<double, 1, 1>>().inputs[1][0] == 1e39);
    CHECK(message_of([&] { data.samples<FakeNet<float, 1, 1>>(); }) ==
          data.source +
              ", line 2, input 0 (\"column 1\"): wanted a number that is finite as a float, found 1e+39");
    CHECK(message_of([&] { data.take(2, 1).samples<FakeNet<float, 1, 1>>(); }) ==
          data.source + ", line 3, target 0: wanted a number that is finite as a float, found -1e+300");
    Dataset own;
    own.input_width = own.target_width = 1;
    own.inputs.push_back(std::numeric_limits<double>::quiet_NaN());
    own.targets.push_back(1);
    CHECK(message_of([&] { own.samples<FakeNet<double, 1, 1>>(); })
              .find("row 0, input 0: wanted a number that is "
                    "finite as a double, found nan") != std::string::npos);
}

TEST_CASE("rows keep their lines, which messages name") {
    Dataset data = read("age,kind\n\n1,a\n2,b\n,a\n4,b\n", {.missing = tenon::CsvMissing::drop});
    CHECK(data.lines == std::vector<std::size_t>{3, 4, 6});
    CHECK(data.place(2) == data.source + ", line 6");
    data.shuffle(3);
    for (std::size_t row = 0; row < data.size(); ++row)
        CHECK(static_cast<double>(data.lines[row]) - data.inputs[row] == 2);
    data.inputs.numbers()[1] = 1e39;
    CHECK(message_of([&] { data.samples<FakeNet<float, 1, 2>>(); }) ==
          data.place(1) + ", input 0 (\"age\"): wanted a number that is finite as a float, found 1e+39");
    Dataset own;
    own.source = "own";
    CHECK(own.place(4) == "own, row 4");
}

TEST_CASE("a dataset of classes has labels, and two classes fit one output") {
    const Dataset data = read("1,a\n2,b\n3,a\n4,b\n");
    CHECK(data.labels() == std::vector<std::size_t>{0, 1, 0, 1});
    CHECK(data.samples<FakeNet<float, 1, 1>>().targets ==
          std::vector<std::array<float, 1>>{{0}, {1}, {0}, {1}});
    const Dataset three = read("1,a\n2,b\n3,c\n");
    CHECK(message_of([&] { three.samples<FakeNet<float, 1, 1>>(); }) ==
          three.source + ": wanted 1 targets per row (as many as the net has outputs), found 3");
    const Dataset numbers = read("1,1\n2,5\n");
    CHECK(message_of([&] { numbers.labels(); }) ==
          numbers.source + ", line 2: wanted one target of 1, and zeros (a class), found other targets");
}

TEST_CASE("rows without targets are shuffled") {
    Dataset data = read("1,2\n3,4\n5,6\n7,8\n9,10\n", {.targets = {}});
    CHECK(data.target_width == 0);
    std::set<double> seen;
    for (std::uint64_t seed = 0; seed < 9; ++seed) data.shuffle(seed);
    for (std::size_t row = 0; row < data.size(); ++row) {
        seen.insert(data.input(row)[0]);
        CHECK(data.input(row)[1] == data.input(row)[0] + 1);
    }
    CHECK(seen.size() == 5);
    CHECK(data.split(0.4).second.size() == 3);
    CHECK(data.take(1, 2).targets.empty());
}

TEST_CASE("pixels are bytes until they are changed") {
    Values pixels = Values::pixels({0, 51, 255});
    CHECK(pixels == Values{0, 0.2, 1});
    CHECK(pixels.as<float>(1) == 51 / 255.f);
    CHECK(pixels.slice(1, 2) == Values{0.2, 1});
    pixels.swap(0, 2, 1);
    CHECK(pixels == Values{1, 0.2, 0});
    CHECK(!(pixels == Values{1, 0.2}));
    pixels.numbers()[0] = 7;
    pixels.push_back(-1);
    CHECK(pixels == Values{7, 0.2, 0, -1});
    Values none;
    none.push_back(2);
    CHECK(none == Values{2});
    CHECK(Values{}.empty());
}

TEST_CASE("a column of times is standardized before it becomes floats") {
    Dataset data = read("1700000001,1\n1700000063,2\n1700000032,3\n");
    const Standardize scale{data};
    CHECK(scale.mean[0] == 1700000032);
    scale(data);
    const auto samples = data.samples<FakeNet<float, 1, 1>>();
    CHECK(samples.inputs[0][0] == Approx(-std::sqrt(1.5)).epsilon(1e-7));
    CHECK(samples.inputs[1][0] == Approx(std::sqrt(1.5)).epsilon(1e-7));
    CHECK(samples.inputs[2][0] == 0);
}

TEST_CASE("huge, tiny and constant inputs are standardized") {
    Dataset data = read("1e308,1e-300,0.1,5e-324,1\n-1e308,3e-300,0.1,0,1\n");
    const Standardize scale{data};
    CHECK(scale.mean[0] == 0);
    CHECK(scale.deviation[0] == Approx(1e308));
    CHECK(scale.mean[1] == Approx(2e-300));
    CHECK(scale.deviation[1] == Approx(1e-300));
    CHECK(scale.mean[2] == 0.1);
    CHECK(scale.deviation[2] == 1);
    scale(data);
    for (std::size_t i = 0; i < 8; ++i) CHECK(std::abs(data.inputs[i]) <= 1.0000001);
    CHECK(data.inputs[0] == Approx(1));
    CHECK(data.inputs[1] == Approx(-1));
    CHECK(data.inputs[2] == 0);
}
