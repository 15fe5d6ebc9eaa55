#include "reference/particles/weak_residual.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <stdexcept>

#include "reference/random.hpp"

namespace assay::particles {
namespace {

constexpr std::size_t block = 64; // particles that share a pass: the sums of a comb of 32 functions take 16 KiB
using Block = std::array<double, block>;

// Philox streams of one run.
constexpr std::uint32_t component_stream = 0, start_stream = 1, noise_stream = 2, time_stream = 3;

// Sums and sums of squares of each test function's residual over the particles so far.
class Moments {
public:
  explicit Moments(std::size_t functions) : sum_(functions), squares_(functions) {}
  void add(std::size_t k, double m) {
    sum_[k] += m;
    squares_[k] += m * m;
  }
  Residual at(std::int64_t particles) const {
    const auto n = static_cast<double>(particles);
    Residual residual{particles, {}, {}};
    for (std::size_t k = 0; k < sum_.size(); ++k) {
      const double mean = sum_[k] / n;
      residual.mean.push_back(mean);
      residual.error.push_back(std::sqrt((squares_[k] / n - mean * mean) / (n - 1)));
    }
    return residual;
  }

private:
  std::vector<double> sum_, squares_;
};

// total[k] += factor[k mod count] phi_k(x) for every particle of the block, k over the cosines, then the sines.
void add_comb(const Comb& comb, const Block& x, const std::vector<double>& factor, std::vector<Block>& total) {
  Block c1, s1, c, s;
  for (std::size_t i = 0; i < block; ++i) {
    c[i] = c1[i] = std::cos(comb.frequency * x[i]);
    s[i] = s1[i] = std::sin(comb.frequency * x[i]);
  }
  for (std::size_t j = 0; j < factor.size(); ++j) {
    double* const cosines = total[j].data();
    double* const sines = total[factor.size() + j].data();
    const double weight = factor[j];
    for (std::size_t i = 0; i < block; ++i) {
      const double real = c[i], imaginary = s[i];
      cosines[i] += weight * real;
      sines[i] += weight * imaginary;
      c[i] = real * c1[i] - imaginary * s1[i];
      s[i] = imaginary * c1[i] + real * s1[i];
    }
  }
}

Block first_positions(const score::GaussianMixture& start, std::int64_t first, std::uint64_t key) {
  Block x;
  for (std::size_t i = 0; i < block; i += 2) {
    const std::uint64_t pair = (static_cast<std::uint64_t>(first) + i) / 2;
    const std::array<double, 2> u = uniforms(key, component_stream, pair), z = normals(key, start_stream, pair);
    for (std::size_t n : {0, 1}) x[i + n] = draw(start, u[n], z[n]);
  }
  return x;
}

} // namespace

double largest_z(const Residual& residual) {
  double largest = 0;
  for (std::size_t k = 0; k < residual.mean.size(); ++k) largest = std::max(largest, std::fabs(residual.mean[k]) / residual.error[k]);
  return largest;
}

std::vector<TestFunction> test_functions(const Comb& comb) {
  std::vector<TestFunction> list;
  for (const auto kind : {TestFunction::Kind::cosine, TestFunction::Kind::sine})
    for (int j = 1; j <= comb.count; ++j) list.push_back({kind, j * comb.frequency});
  return list;
}

std::vector<std::vector<Residual>> martingale_residual(const score::VpSchedule& schedule, const score::GaussianMixture& start,
                                                       const EulerMaruyama& em, const Comb& comb, std::span<const Belief> beliefs,
                                                       std::span<const std::int64_t> counts, std::uint64_t key) {
  for (const std::int64_t count : counts)
    if (count % static_cast<std::int64_t>(block) != 0) throw std::invalid_argument("martingale_residual: a count is no multiple of 64");
  const auto waves = static_cast<std::size_t>(comb.count), functions = 2 * waves;
  const double h = em.horizon / em.steps;
  const std::vector<double> ones(waves, 1.0);

  std::vector<Instant> instants;
  instants.reserve(static_cast<std::size_t>(em.steps));
  for (int j = 0; j < em.steps; ++j) instants.push_back(instant(schedule, j * h));
  const auto damping = [&](const Belief& belief,
                           const Instant& now) { // the comb's factors E cos(w sqrt(g^2 h) xi), with the sign of - P phi
    std::vector<double> factor;
    factor.reserve(waves);
    for (int k = 1; k <= comb.count; ++k) {
      const double w = k * comb.frequency;
      factor.push_back(-std::exp(-w * w * belief.diffusion * now.diffusion * h / 2));
    }
    return factor;
  };
  std::vector<std::vector<std::vector<double>>> factors(beliefs.size()); // [belief][step][wave]
  for (std::size_t b = 0; b < beliefs.size(); ++b)
    for (const Instant& now : instants) factors[b].push_back(damping(beliefs[b], now));

  std::vector<Moments> moments(beliefs.size(), Moments(functions));
  std::vector<std::vector<Residual>> result(beliefs.size());
  std::vector<Block> reached(functions);
  std::vector<std::vector<Block>> foreseen(beliefs.size(), std::vector<Block>(functions));
  std::int64_t done = 0;
  for (const std::int64_t count : counts) {
    for (; done < count; done += static_cast<std::int64_t>(block)) {
      std::fill(reached.begin(), reached.end(), Block{});
      for (std::vector<Block>& sums : foreseen) std::fill(sums.begin(), sums.end(), Block{});
      Block x = first_positions(start, done, key), mean;
      for (std::size_t j = 0; j < instants.size(); ++j) {
        const Instant& now = instants[j];
        for (std::size_t b = 0; b < beliefs.size(); ++b) {
          for (std::size_t i = 0; i < block; ++i) mean[i] = x[i] + h * beliefs[b].drift * now.drift(x[i]);
          add_comb(comb, mean, factors[b][j], foreseen[b]);
        }
        const double scale = std::sqrt(now.diffusion * h);
        for (std::size_t i = 0; i < block; i += 2) {
          const auto [z0, z1] = normals(key, noise_stream, (static_cast<std::uint64_t>(done) + i) / 2, static_cast<std::uint32_t>(j));
          x[i] += h * now.drift(x[i]) + scale * z0;
          x[i + 1] += h * now.drift(x[i + 1]) + scale * z1;
        }
        add_comb(comb, x, ones, reached);
      }
      for (std::size_t b = 0; b < beliefs.size(); ++b)
        for (std::size_t k = 0; k < functions; ++k)
          for (std::size_t i = 0; i < block; ++i) moments[b].add(k, reached[k][i] + foreseen[b][k][i]);
    }
    for (std::size_t b = 0; b < beliefs.size(); ++b) result[b].push_back(moments[b].at(done));
  }
  return result;
}

std::vector<std::vector<Residual>> generator_residual(const Ou& ou, const score::GaussianMixture& start, double horizon, int strata,
                                                      std::span<const TestFunction> functions, std::span<const Belief> beliefs,
                                                      std::span<const std::int64_t> counts, std::uint64_t key) {
  const double width = horizon / strata;
  std::vector<Moments> moments(beliefs.size(), Moments(functions.size()));
  std::vector<std::vector<Residual>> result(beliefs.size());
  std::vector<double> gain(functions.size()), by_drift(functions.size()), by_noise(functions.size());
  std::int64_t done = 0;
  for (const std::int64_t count : counts) {
    for (; done < count; ++done) {
      const auto particle = static_cast<std::uint64_t>(done);
      double x = draw(start, uniforms(key, component_stream, particle)[0], normals(key, start_stream, particle)[0]), time = 0;
      for (std::size_t k = 0; k < functions.size(); ++k) gain[k] = -jet(functions[k], x).value;
      std::fill(by_drift.begin(), by_drift.end(), 0.0);
      std::fill(by_noise.begin(), by_noise.end(), 0.0);
      for (int j = 0; j <= strata; ++j) { // the last leg leads to the horizon
        const auto step = static_cast<std::uint32_t>(j);
        const double next = j < strata ? (j + uniforms(key, time_stream, particle, step)[0]) * width : horizon;
        const Instant leg = instant(ou, next - time);
        x = leg.shrink * x + std::sqrt(leg.spread) * normals(key, noise_stream, particle, step)[0];
        time = next;
        for (std::size_t k = 0; k < functions.size(); ++k) {
          const Jet phi = jet(functions[k], x);
          if (j == strata) {
            gain[k] += phi.value;
          } else {
            by_drift[k] += width * leg.drift(x) * phi.gradient;
            by_noise[k] += width * leg.diffusion / 2 * phi.laplacian;
          }
        }
      }
      for (std::size_t b = 0; b < beliefs.size(); ++b)
        for (std::size_t k = 0; k < functions.size(); ++k)
          moments[b].add(k, gain[k] - beliefs[b].drift * by_drift[k] - beliefs[b].diffusion * by_noise[k]);
    }
    for (std::size_t b = 0; b < beliefs.size(); ++b) result[b].push_back(moments[b].at(done));
  }
  return result;
}

} // namespace assay::particles
