// What biases do to attention with rotary positions on average, in closed form. d dimensions, queries N(0, sq^2 I), keys N(0, sk^2 I),
// biases a and b, score s = (R_m (q + a)).(R_n (k + b)), s/sqrt(d) in the exponent. kexue.fm/archives/9577 has the four terms
//
//   s = q.R k + a.R k + q.R b + a.R b,   R = R_{n-m}
//
// Keys. For any law of k that every R leaves as it is, E_k exp(s/sqrt(d)) = C exp((R_m(q+a)).(R_n b)/sqrt(d)) with C free of Delta:
// the first two terms are one, (q + a).R k, whose law does not depend on R. For normal keys C = exp(sk^2 |q+a|^2 / (2d)).
// Queries. Average that over q, a Gaussian integral of exp(q.R b/sqrt(d) + (t/2)|q + a|^2), t = sk^2/d, with f = 1 - t sq^2 > 0:
//
//   E exp(s/sqrt(d)) = f^{-d/2} exp(sq^2 (|b|^2/d + t^2 |a|^2)/(2f) + t |a|^2/2) exp(B(Delta)/(sqrt(d) f))
//
// since sq^2 |b/sqrt(d) + t a|^2/(2f) holds the cross term sq^2 t B/(sqrt(d) f), and B/sqrt(d) (1 + sq^2 t/f) = B/(sqrt(d) f). So the gain
// 1/f is all that noise does to the profile. Finite variance needs 4 sq^2 sk^2 < d.
// Exponent. By the log law of curve.hpp, with mean pair weight l = (2/d) sum_i Re w_i, expected weights fall like Delta^-p,
// p = l sqrt(d) gain/(2 ln base). Their far mass stays bounded below the base only for p > 1.
#pragma once

#include <cstdint>
#include <vector>

namespace assay::rope {

struct Noise {
  double query = 1, key = 1; // sq, sk
};

double noise_gain(int dims, Noise noise); // 1/f
// E exp(s/sqrt(d)) for |a|^2, |b|^2 and the value of B at that distance.
double expected_weight(int dims, Noise noise, double a_squared, double b_squared, double bias);

double decay_exponent(double pair_weight, int dims, double base, double gain); // p
double pair_weight_of_exponent(double p, int dims, double base, double gain);  // the pair weight that gives p

// F_W(n): the share of sum_{Delta < n} weight[Delta] that lies at Delta >= W.
double far_mass(const std::vector<double>& weight, int window, std::int64_t n);

// Standard deviations of q.R k, a.R k and q.R b for |a| = |b| = r sqrt(d) and sq = sk = 1, and a.R b at Delta = 0, a = b. The first is a
// sum of d products of two normals; its fourth moment is 3 d (d + 2), by E|k|^4.
struct Moments {
  double t1, t2, t3, t4;
};
Moments term_moments(int dims, double r);

} // namespace assay::rope
