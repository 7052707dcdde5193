// summary: its table, the spelling of types, and printing to streams.
#include <tenon/show/print.hpp>
#include <tenon/text/summary.hpp>

#include "catch.hpp"

#include <sstream>
#include <string>
#include <string_view>
#include <vector>

using namespace tenon;

namespace {

using Xor = Net<Dense<2, 3, Sigmoid>, Dense<3, 1, Sigmoid>>;

static_assert(std::string_view{summary<Xor>()} ==
              "   Layer                 Output  Parameters  Multiply-adds  Bytes\n"
              "-----------------------------------------------------------------\n"
              "1  Dense<2, 3, Sigmoid>       3           9              6     36\n"
              "2  Dense<3, 1, Sigmoid>       1           4              3     16\n"
              "-----------------------------------------------------------------\n"
              "   Total                      1          13              9     52\n");

/// An activation that names itself, and one that does not.
struct Named : Relu {
    static constexpr std::string_view name = "MyRelu";
};
struct Nameless : Relu {};

template <class T> std::string spelled(bool qualified) {
    std::string text;
    auto out = [&](std::string_view piece) { text += piece; };
    if (qualified) detail::Spelling<T, true>::write(out);
    else detail::Spelling<T, false>::write(out);
    return text;
}

} // namespace

TEST_CASE("a summary groups digits, shows all sizes of a shape and counts the bytes of doubles") {
    using Big =
        NetOf<double, Dense<784, 1300, Relu, false>, Activate<Shape<1300>, Tanh>, Dense<1300, 10, Softmax>>;
    const auto text = summary<Big>();
    CHECK(text.view() == "   Layer                          Output  Parameters  Multiply-adds      Bytes\n"
                         "------------------------------------------------------------------------------\n"
                         "1  Dense<784, 1300, Relu, false>    1300   1,019,200      1,019,200  8,153,600\n"
                         "2  Activate<Shape<1300>, Tanh>      1300           0              0          0\n"
                         "3  Dense<1300, 10, Softmax>           10      13,010         13,000    104,080\n"
                         "------------------------------------------------------------------------------\n"
                         "   Total                              10   1,032,210      1,032,200  8,257,680\n");
    CHECK(summary<Net<Activate<Shape<2, 3, 4>, Relu>>>().view().find("2 x 3 x 4") != std::string_view::npos);
}

TEST_CASE("a nested net is shown as its layers, numbered within it") {
    using Inner = Net<Dense<3, 3, Tanh>, Dense<3, 3>>;
    const auto text = summary<Net<Dense<2, 3>, Inner, Dense<3, 1>>>();
    CHECK(text.view().find("\n2.1  Dense<3, 3, Tanh>") != std::string_view::npos);
    CHECK(text.view().find("\n2.2  Dense<3, 3> ") != std::string_view::npos);
    CHECK(text.view().find("\n3    Dense<3, 1>") != std::string_view::npos);
    CHECK(text.view().find("     Total                   1          37             27    148\n") !=
          std::string_view::npos);
}

TEST_CASE("types are spelled as a program spells them, on every compiler") {
    CHECK(spelled<Xor>(true) ==
          "tenon::Net<tenon::Dense<2, 3, tenon::Sigmoid>, tenon::Dense<3, 1, tenon::Sigmoid>>");
    CHECK(spelled<NetOf<double, Dense<2, 3>, Net<Dense<3, 1, Identity, false>>>>(false) ==
          "NetOf<double, Dense<2, 3>, Net<Dense<3, 1, Identity, false>>>");
    CHECK(spelled<Activate<Shape<4, 5>, Softmax>>(true) ==
          "tenon::Activate<tenon::Shape<4, 5>, tenon::Softmax>");
    CHECK(spelled<Dense<1, 1, LeakyRelu>>(true) == "tenon::Dense<1, 1, tenon::LeakyRelu>");
    CHECK(spelled<Dense<1, 1, LeakyReluWith<std::ratio<-1, 10>>>>(true) ==
          "tenon::Dense<1, 1, tenon::LeakyReluWith<std::ratio<-1, 10>>>");
    CHECK(spelled<Dense<1, 1, SeluWith<std::ratio<6, 4>, std::ratio<2>>>>(false) ==
          "Dense<1, 1, SeluWith<std::ratio<6, 4>, std::ratio<2>>>");
    CHECK(spelled<Dense<1, 1, Named>>(true) == "tenon::Dense<1, 1, MyRelu>");
    CHECK(spelled<Dense<1, 1, Nameless>>(true) == "tenon::Dense<1, 1, Nameless>");
}

TEST_CASE("a summary is printed to a stream, of a net or as text") {
    std::ostringstream from_net, from_text, shifted;
    print(from_net, Xor{});
    print(from_text, summary<Xor>());
    shifted << summary<Xor>() << '.';
    CHECK(from_net.str() == summary<Xor>().view());
    CHECK(from_text.str() == from_net.str());
    CHECK(shifted.str() == from_net.str() + '.');
}

TEST_CASE("a confusion matrix is printed with recall and precision") {
    ConfusionMatrix<2> matrix{{{{90, 10}, {0, 0}}}};
    std::ostringstream out;
    print(out, matrix, std::vector<std::string>{"ham", "spam"});
    CHECK(out.str() == "       answer\n"
                       "class    ham   spam    found\n"
                       "ham       90     10    90.0%\n"
                       "spam       0      0        -\n"
                       "right 100.0%   0.0%    90.0%\n");
}
