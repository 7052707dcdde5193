// Inference of a net of seven layers, one sample at a time.
#include <tenon/tenon.hpp>

using tenon::Dense, tenon::Relu;
using Middle = Dense<50, 50, Relu>;
using Acas = tenon::Net<Dense<5, 50, Relu>, Middle, Middle, Middle, Middle, Middle, Dense<50, 5>>;

Acas::Output answer(const Acas& net, const Acas::Input& x);
Acas::Output answer(const Acas& net, const Acas::Input& x) { return net(x); }
