// What including the library costs, before anything is used.
#include <tenon/tenon.hpp>
