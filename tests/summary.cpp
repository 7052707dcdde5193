// summary: its table, the spelling of types, and printing to streams.
#include <tenon/show/print.hpp>
#include <tenon/tenon.hpp>

#include "catch.hpp"

#include <ratio>
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

/// A user's templates, without and with a name.
template <class Values> struct OwnLayer : Flatten<Values> {};
template <class Values> struct NamedLayer : Flatten<Values> {
    static constexpr std::string_view name = "own::Layer";
};
template <class Values> struct Outer {
    template <class A> struct Inner : Activate<Values, A> {};
};

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

TEST_CASE("cells are spelled as in the program, and a Sequence is shown as the layers of a step") {
    CHECK(spelled<Net<LSTM<1, 20>, GRU<20, 3>, GRU<3, 3, ResetBefore>, RNN<3, 4>, RNN<4, 2, Relu>>>(false) ==
          "Net<LSTM<1, 20>, GRU<20, 3>, GRU<3, 3, ResetBefore>, RNN<3, 4>, RNN<4, 2, Relu>>");
    using Beside = Net<Sequence<3, Concat<LSTM<2, 2>, Dense<2, 1>>, TrainedState<GRU<3, 2>>>>;
    const auto of_beside = summary<Beside>();
    for (const char* row : {"1.1    Concat<...>", "1.1.1  LSTM<2, 2> ", "1.1.2  Dense<2, 1> ",
                            "1.2    TrainedState<GRU<3, 2>> "})
        CHECK(of_beside.view().find(row) != std::string_view::npos);
    CHECK(spelled<Sequence<28, LSTM<28, 64>>>(false) == "Sequence<28, LSTM<28, 64>>");
    CHECK(spelled<Sequence<28, LSTM<28, 64>>>(true) == "tenon::Sequence<28, tenon::LSTM<28, 64>>");
    CHECK(spelled<LastStep<Shape<28, 64>>>(false) == "LastStep<Shape<28, 64>>");
    using Rows = Net<Sequence<3, Frozen<LSTM<2, 2>>, Residual<Dense<2, 2>>, Frozen<Net<GRU<2, 2>>>>,
                     LastStep<Shape<3, 2>>>;
    CHECK(summary<Rows>().view() == "       Layer                  Output  Parameters  Multiply-adds  Bytes\n"
                                    "----------------------------------------------------------------------\n"
                                    "1      Sequence<3, ...>        3 x 2\n"
                                    "1.1    Frozen<LSTM<2, 2>>      3 x 2          40            114    160\n"
                                    "1.2    Residual<...>           3 x 2\n"
                                    "1.2.1  Dense<2, 2>             3 x 2           6             12     24\n"
                                    "1.3    Frozen<Net<...>>        3 x 2\n"
                                    "1.3.1  GRU<2, 2>               3 x 2          36             90    144\n"
                                    "2      LastStep<Shape<3, 2>>       2           0              0      0\n"
                                    "----------------------------------------------------------------------\n"
                                    "       Total                       2          82            216    328\n"
                                    "       Trainable                               6\n");
}

TEST_CASE("a nested net is shown as its layers, numbered within it") {
    using Inner = Net<Dense<3, 3, Tanh>, Dense<3, 3>>;
    const auto text = summary<Net<Dense<2, 3>, Inner, Dense<3, 1>>>();
    CHECK(text.view() == "     Layer              Output  Parameters  Multiply-adds  Bytes\n"
                         "----------------------------------------------------------------\n"
                         "1    Dense<2, 3>             3           9              6     36\n"
                         "2    Net<...>                3\n"
                         "2.1  Dense<3, 3, Tanh>       3          12              9     48\n"
                         "2.2  Dense<3, 3>             3          12              9     48\n"
                         "3    Dense<3, 1>             1           4              3     16\n"
                         "----------------------------------------------------------------\n"
                         "     Total                   1          37             27    148\n");
}

TEST_CASE("a summary shows what is in containers, and counts the trainable parameters unless all are") {
    using Block = Residual<Dense<4, 4>, Net<BatchNorm<Shape<4>>, Dense<4, 4>>>;
    const auto text = summary<
        Net<Scale<Shape<4>>, Block, Dropout<Shape<4>, 20>, Concat<Dense<4, 2>, Dense<4, 1>>,
            Frozen<Net<Dense<3, 3>>>, Frozen<Dense<3, 6, Relu>>, Split<Dense<3, 1>, PRelu<Shape<3>>>>>();
    CHECK(text.view() == "       Layer                      Output  Parameters  Multiply-adds  Bytes\n"
                         "--------------------------------------------------------------------------\n"
                         "1      Scale<Shape<4>>                 4           8              4     32\n"
                         "2      Residual<...>                   4\n"
                         "2.1    Dense<4, 4>                     4          20             16     80\n"
                         "2.2    Net<...>                        4\n"
                         "2.2.1  BatchNorm<Shape<4>>             4          16              4     64\n"
                         "2.2.2  Dense<4, 4>                     4          20             16     80\n"
                         "3      Dropout<Shape<4>, 20>           4           0              0      0\n"
                         "4      Concat<...>                     3\n"
                         "4.1    Dense<4, 2>                     2          10              8     40\n"
                         "4.2    Dense<4, 1>                     1           5              4     20\n"
                         "5      Frozen<Net<...>>                3\n"
                         "5.1    Dense<3, 3>                     3          12              9     48\n"
                         "6      Frozen<Dense<3, 6, Relu>>       6          24             18     96\n"
                         "7      Split<...>                      4\n"
                         "7.1    Dense<3, 1>                     1           4              3     16\n"
                         "7.2    PRelu<Shape<3>>                 3           3              3     12\n"
                         "--------------------------------------------------------------------------\n"
                         "       Total                           4         122             85    488\n"
                         "       Trainable                                  70\n");
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
    CHECK(spelled<Dense<2, 1, Relu, false>>(false) == "Dense<2, 1, Relu, false>");
    CHECK(spelled<Dense<1, 1, Named>>(true) == "tenon::Dense<1, 1, MyRelu>");
    CHECK(spelled<Dense<1, 1, Nameless>>(true) == "tenon::Dense<1, 1, Nameless>");
}

TEST_CASE("layers are spelled with the arguments that a program must give") {
    CHECK(spelled<Dropout<Shape<9>, 20>>(true) == "tenon::Dropout<tenon::Shape<9>, 20>");
    CHECK(spelled<Dropout<Shape<9>, 20, MaskPerSequence>>(true) ==
          "tenon::Dropout<tenon::Shape<9>, 20, tenon::MaskPerSequence>");
    CHECK(spelled<BatchNorm<Shape<8, 24, 24>>>(true) == "tenon::BatchNorm<tenon::Shape<8, 24, 24>>");
    CHECK(spelled<BatchNorm<Shape<3>, std::ratio<1, 100>>>(false) ==
          "BatchNorm<Shape<3>, std::ratio<1, 100>>");
    CHECK(spelled<BatchNorm<Shape<3>, std::ratio<1, 10>, std::ratio<1, 1000>>>(false) ==
          "BatchNorm<Shape<3>, std::ratio<1, 10>, std::ratio<1, 1000>>");
    CHECK(spelled<BatchNorm<Shape<3>, std::ratio<1, 100>, std::ratio<1, 1000>, false>>(true) ==
          "tenon::BatchNorm<tenon::Shape<3>, std::ratio<1, 100>, std::ratio<1, 1000>, false>");
    CHECK(spelled<LayerNorm<Shape<3, 5>>>(true) == "tenon::LayerNorm<tenon::Shape<3, 5>>");
    CHECK(spelled<LayerNorm<Shape<3>, std::ratio<1, 1000>>>(false) ==
          "LayerNorm<Shape<3>, std::ratio<1, 1000>>");
    CHECK(spelled<LayerNorm<Shape<3>, std::ratio<1, 100000>, false>>(false) ==
          "LayerNorm<Shape<3>, std::ratio<1, 100000>, false>");
    CHECK(spelled<PRelu<Shape<8, 2>>>(false) == "PRelu<Shape<8, 2>>");
    CHECK(spelled<Flatten<Shape<2, 3, 4>>>(true) == "tenon::Flatten<tenon::Shape<2, 3, 4>>");
    CHECK(spelled<Scale<Shape<16>>>(false) == "Scale<Shape<16>>");
    CHECK(spelled<MaxPool<Shape<8, 24, 24>, Kernel<2, 2>>>(true) ==
          "tenon::MaxPool<tenon::Shape<8, 24, 24>, tenon::Kernel<2, 2>>");
    CHECK(spelled<AveragePool<Shape<8, 24>, Kernel<2>, ExcludePadding, Padding<1>>>(false) ==
          "AveragePool<Shape<8, 24>, Kernel<2>, ExcludePadding, Padding<1>>");
    CHECK(spelled<GlobalAveragePool<Shape<8, 24>>>(false) == "GlobalAveragePool<Shape<8, 24>>");
    CHECK(spelled<Upsample<Shape<8, 24>, ScaleFactor<2>, Bilinear>>(true) ==
          "tenon::Upsample<tenon::Shape<8, 24>, tenon::ScaleFactor<2>, tenon::Bilinear>");
    CHECK(spelled<Pad<Shape<8, 24>, Padding<2>>>(false) == "Pad<Shape<8, 24>, Padding<2>, Zeros>");
    CHECK(spelled<Residual<Dense<4, 4, Relu>, Net<Dense<4, 4>>>>(true) ==
          "tenon::Residual<tenon::Dense<4, 4, tenon::Relu>, tenon::Net<tenon::Dense<4, 4>>>");
    CHECK(spelled<Frozen<NetOf<double, Dense<4, 4>>>>(false) == "Frozen<NetOf<double, Dense<4, 4>>>");
    CHECK(spelled<Concat<Frozen<Dense<4, 2>>, Dense<4, 1>>>(false) ==
          "Concat<Frozen<Dense<4, 2>>, Dense<4, 1>>");
    CHECK(spelled<Split<Dense<4, 2>, Residual<Dense<1, 1>>>>(false) ==
          "Split<Dense<4, 2>, Residual<Dense<1, 1>>>");
    CHECK(spelled<Net<OwnLayer<Shape<2, 3>>, NamedLayer<Shape<6>>>>(true) ==
          "tenon::Net<OwnLayer<tenon::Shape<2, 3>>, own::Layer>");
    // Within a template, only the last arguments are those of the type.
    CHECK(spelled<Outer<Shape<2>>::Inner<Relu>>(true).ends_with("::Inner<tenon::Relu>"));
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
    CHECK(out.str() == "           predicted\n"
                       "actual       ham   spam   recall\n"
                       "ham           90     10    90.0%\n"
                       "spam           0      0        -\n"
                       "precision 100.0%   0.0%    90.0%\n");
}
