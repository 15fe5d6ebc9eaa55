#include "reference/optimizer/inputs.hpp"

#include <cmath>
#include <limits>
#include <span>

#include "reference/random.hpp"

namespace assay::optimizer {
namespace {

constexpr double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
enum Stream : std::uint32_t { parameters, gradients, momenta, choice };

// What is odd about tensor t of a hostile list.
enum class Odd { nan, plus_inf, minus_inf, zero_parameters, subnormal, huge, signed_zeros, both_inf };
Odd odd(std::int64_t t) { return static_cast<Odd>(t % 8); }

void plant(double* g, std::int64_t size, std::int64_t at, double value) {
  if (size > 0) g[at % size] = value;
}

} // namespace

void fill_parameters(const Layout& list, double* theta, Fill fill, Random random) {
  const std::span<double> all(theta, static_cast<std::size_t>(list.elements));
  if (fill == Fill::integers) return fill_integers(random.key, parameters, -8, 8, all);
  fill_normal(random.key, parameters, all);
  for (std::int64_t t = 0; t < list.count(); ++t) {
    const Tensor& tensor = list.tensors[static_cast<std::size_t>(t)];
    for (double& x : all.subspan(static_cast<std::size_t>(tensor.offset), static_cast<std::size_t>(tensor.size()))) {
      x = tensor.centre() + 0.02 * x;
      if (fill != Fill::hostile) continue;
      if (odd(t) == Odd::zero_parameters) x = 0;
      if (odd(t) == Odd::subnormal) x *= 1e-38;
      if (odd(t) == Odd::huge) x *= 1e15;
    }
  }
}

void fill_gradients(const Layout& list, double* g, double* m, double beta, double scale, Guard guard, Fill fill, Random random) {
  const std::span<double> gs(g, static_cast<std::size_t>(list.elements)), ms(m, static_cast<std::size_t>(list.elements));
  if (fill == Fill::integers) {
    fill_integers(random.key, gradients, -8, 8, gs);
    return fill_integers(random.key, momenta, -8, 8, ms);
  }
  fill_normal(random.key, gradients, gs);
  fill_normal(random.key, momenta, ms);
  for (std::int64_t t = 0; t < list.count(); ++t) {
    const Tensor& tensor = list.tensors[static_cast<std::size_t>(t)];
    const std::int64_t end = tensor.offset + tensor.size();
    for (std::int64_t i = tensor.offset; i < end; ++i) {
      g[i] = widen(to_bf16(1e-2 * g[i])); // coarse enough for every storage type, or the entries below would not cancel
      m[i] *= 1.3e-3;                     // an average of such gradients is about that large
      const double u = uniforms(random.key, choice, static_cast<std::uint64_t>(i))[0];
      if (u < 2. / 32) g[i] = 0;
      if (u < 1. / 32) m[i] = 0;
      if (u > 127. / 128 && beta > 0) m[i] = -scale * g[i] / beta;
      if (fill != Fill::hostile) continue;
      if (odd(t) == Odd::subnormal) g[i] *= 1e-36, m[i] *= 1e-36;
      if (odd(t) == Odd::huge) g[i] *= 1e39, m[i] *= 1e39;
      if (odd(t) == Odd::signed_zeros) g[i] = i % 2 == 0 ? 0.0 : -0.0, m[i] = i % 3 == 0 ? -0.0 : 0.0;
    }
    const auto draw =
        static_cast<std::int64_t>(philox({static_cast<std::uint32_t>(t), 0, 0, choice}, {static_cast<std::uint32_t>(random.key), 2})[0]);
    double* const first = g + tensor.offset;
    if (fill == Fill::hostile) {
      if (odd(t) == Odd::nan) plant(first, tensor.size(), draw, nan);
      if (odd(t) == Odd::plus_inf || odd(t) == Odd::both_inf) plant(first, tensor.size(), draw, inf);
      if (odd(t) == Odd::minus_inf || odd(t) == Odd::both_inf) plant(first, tensor.size(), draw + 1, -inf);
    } else if (guard != Guard::off && (static_cast<std::uint64_t>(t) + random.key % 3) % 3 == 1) {
      plant(first, tensor.size(), t % 2 == 0 ? draw : tensor.size() - 1,
            guard == Guard::nan_only || draw % 2 == 0 ? nan
            : t % 2 == 0                              ? inf
                                                      : -inf);
    }
  }
}

bool is_bad(const Tensor& tensor, const double* g, Guard guard) {
  for (std::int64_t i = tensor.offset; i < tensor.offset + tensor.size(); ++i)
    if (guard == Guard::nan_only ? std::isnan(g[i]) : !std::isfinite(g[i])) return true;
  return false;
}

void fill_flags(const Layout& list, const double* g, Guard guard, std::uint8_t* bad) {
  for (std::int64_t t = 0; t < list.count(); ++t)
    bad[t] = guard == Guard::off ? t % 3 == 1 : is_bad(list.tensors[static_cast<std::size_t>(t)], g, guard);
}

void fill_sticky(const Layout& list, std::uint8_t* sticky) {
  for (std::int64_t t = 0; t < list.count(); ++t) sticky[t] = static_cast<std::uint8_t>(t / 2 % 2);
}

double sum_of_squares(const double* theta, std::int64_t begin, std::int64_t size) {
  double sum = 0;
  for (std::int64_t i = begin; i < begin + size; ++i) sum += theta[i] * theta[i];
  return sum;
}

void fill_sums(const Layout& list, const double* theta, float* sum_sq) {
  for (const Tensor& tensor : list.tensors)
    for (std::int64_t r = 0; r < tensor.groups(); ++r)
      sum_sq[tensor.first_group + r] =
          static_cast<float>(sum_of_squares(theta, tensor.offset + r * tensor.group_size(), tensor.group_size()));
}

} // namespace assay::optimizer
