// Cosine and sine of an angle that is reduced in double: phi = n pi / 2 + t, |t| <= pi / 4, n to the nearest integer. Constants only; what
// evaluates them stands in turn.cuh and turn-inl.h.
//   sin t = t + t^3 (s1 + s2 t^2 + ...),   cos t = 1 - t^2 / 2 + t^4 (c1 + c2 t^2 + ...)
// fp64: those of fdlibm, within one unit in the last place (Sun Microsystems, 1993: k_sin.c, k_cos.c). fp32: those of Cephes (sinf.c),
// within 2^-24 of 1 each before roundings. fp32 needs no long reduction here: that has been done in double.
#pragma once

namespace assay::rope {

inline constexpr double quarters_per_radian = 0.636619772367581343076, quarter = 1.57079632679489661923; // 2 / pi, pi / 2

namespace f64 {
inline constexpr double s1 = -1.66666666666666324348e-01, s2 = 8.33333333332248946124e-03, s3 = -1.98412698298579493134e-04,
                        s4 = 2.75573137070700676789e-06, s5 = -2.50507602534068634195e-08, s6 = 1.58969099521155010221e-10;
inline constexpr double c1 = 4.16666666666666019037e-02, c2 = -1.38888888888741095749e-03, c3 = 2.48015872894767294178e-05,
                        c4 = -2.75573143513906633035e-07, c5 = 2.08757232129817482790e-09, c6 = -1.13596475577881948265e-11;
} // namespace f64

namespace f32 {
inline constexpr float s1 = -1.6666654611e-1f, s2 = 8.3321608736e-3f, s3 = -1.9515295891e-4f;
inline constexpr float c1 = 4.166664568298827e-2f, c2 = -1.388731625493765e-3f, c3 = 2.443315711809948e-5f;
} // namespace f32

} // namespace assay::rope
