#include "reference/math/polygamma.hpp"

#include <boost/math/special_functions/polygamma.hpp>
#include <boost/math/special_functions/zeta.hpp>

namespace assay::math {

double polygamma(int order, double x) { return boost::math::polygamma(order, x); }

double zeta(double s) { return boost::math::zeta(s); }

} // namespace assay::math
