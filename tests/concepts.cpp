// The concepts: true or false for any type, without an error.
#include <tenon/tenon.hpp>

#include "catch.hpp"

#include <array>
#include <string>

using namespace tenon;

static_assert(Layer<Dense<2, 3>> && Layer<Dense<2, 3, Sigmoid, false>> && Layer<Activate<Shape<4>, Softmax>>);
static_assert(Layer<Net<Dense<2, 3>, Dense<3, 1>>>);
static_assert(!Layer<int> && !Layer<void> && !Layer<int&> && !Layer<Sigmoid> && !Layer<std::string>);
static_assert(!Layer<std::array<float, 2>> && !Layer<Shape<2>> && !Layer<Adam>);

static_assert(Loss<MeanSquaredError> && Loss<Huber> && Loss<CrossEntropy>);
static_assert(!Loss<int> && !Loss<Sigmoid> && !Loss<Adam>);
static_assert(Optimizer<RmsProp> && Optimizer<CenteredRmsProp> && Optimizer<AdaGrad> && Optimizer<AdamW> &&
              Optimizer<AmsGrad> && Optimizer<AmsGradW> && Optimizer<Nadam> && Optimizer<Rprop> &&
              Optimizer<Lion>);
static_assert(Optimizer<ClipNorm<Adam>> && Optimizer<ClipValue<Sgd>> && Optimizer<L1Decay<Sgd>> &&
              Optimizer<NoBiasDecay<AdamW>> && Optimizer<Averaged<Adam>> &&
              Optimizer<Scheduled<Adam, Cosine>>);
static_assert(Schedule<StepDecay> && Schedule<MultiStep<2>> && Schedule<ExponentialDecay> &&
              Schedule<Cosine> && Schedule<Warmup<OneCycle>> && Schedule<ConstantRate> && !Schedule<Adam> &&
              !Schedule<int>);
static_assert(Optimizer<Sgd> && Optimizer<Adam> && !Optimizer<int> && !Optimizer<MeanSquaredError>);

static_assert(Chain<Dense<2, 3>> && Chain<Dense<2, 3>, Dense<3, 1>> &&
              Chain<Dense<2, 3>, Activate<Shape<3>, Relu>>);
static_assert(Chain<Dense<2, 3>, Net<Dense<3, 4>, Dense<4, 5>>, Dense<5, 1>>);
static_assert(!Chain<Dense<2, 3>, Dense<4, 1>> && !Chain<Dense<2, 3>, Dense<3, 5>, Dense<4, 1>>);
static_assert(!Chain<Dense<2, 3>, Net<Dense<2, 4>, Dense<4, 5>>>);
static_assert(!Chain<> && !Chain<int> && !Chain<Dense<2, 3>, int> && !Chain<Sigmoid, Dense<2, 3>> &&
              !Chain<void>);
static_assert(!Chain<Dense<0, 3>> && !Chain<Dense<2, 0>> && !Chain<Dense<2, 0>, Dense<0, 1>>);
static_assert(!Chain<Activate<Shape<0>, Relu>> && !Chain<Dense<6, 6>, Activate<Shape<2, 3>, Relu>>);

struct Swish {
    template <class V> static constexpr V apply(V z) noexcept { return z * Sigmoid::apply(z); }
    template <class V> static constexpr V derivative(V z, V) noexcept {
        return Sigmoid::apply(z) + Silu::apply(z) * (V(1) - Sigmoid::apply(z));
    }
};
struct OnlyApply {
    template <class V> static constexpr V apply(V z) noexcept { return z; }
};
struct Integral {
    static constexpr int apply(float) noexcept { return 0; }
    static constexpr int derivative(float, float) noexcept { return 0; }
};

template <class... A>
inline constexpr bool elementwise = ((Activation<A> && Elementwise<A> && !Vectorwise<A>) && ...);
static_assert(elementwise<Identity, Relu, LeakyRelu, Elu, Selu, Gelu, Silu, Sigmoid, Tanh, Softplus, Softsign,
                          HardSigmoid>);
static_assert(elementwise<GeluTanh, LogProbabilities, LeakyReluWith<std::ratio<1, 10>>,
                          EluWith<std::ratio<1, 2>>, SeluWith<std::ratio<3, 4>, std::ratio<5, 4>>,
                          SoftplusWith<std::ratio<2>>, HardSigmoidWith<std::ratio<1, 5>, std::ratio<1, 2>>>);
static_assert(elementwise<Swish>);
static_assert(Vectorwise<Softmax> && Vectorwise<LogSoftmax> && !Elementwise<Softmax> && Activation<Softmax>);
static_assert(!Activation<int> && !Activation<void> && !Activation<OnlyApply> && !Activation<Integral>);
static_assert(!Activation<Dense<2, 3>> && !Activation<MeanSquaredError>);

TEST_CASE("concepts are true or false, never an error") { SUCCEED("this file compiles"); }
