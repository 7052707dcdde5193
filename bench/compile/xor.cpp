// The smallest net's forward pass.
#include <tenon/tenon.hpp>

using Xor = tenon::Net<tenon::Dense<2, 3, tenon::Sigmoid>, tenon::Dense<3, 1, tenon::Sigmoid>>;

Xor::Output answer(const Xor& net, const Xor::Input& x);
Xor::Output answer(const Xor& net, const Xor::Input& x) { return net(x); }
