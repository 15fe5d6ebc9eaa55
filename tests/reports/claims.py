"""Claims with the numbers of the real ones, their controls and their series."""

import math


def add_claims(sample):
    mixture = [(0.12443, 0.66770), (0.27864, 0.74488), (0.23275, 1.09666), (0.58517, 14.717), (0.05742, 0.13589), (5.19e-4, 2.96e-3)]
    sample.claim(
        "score_wasserstein",
        "mixture-ode",
        "bound",
        "A sine error in the score of a mixture moves the samples by no more than the bound.",
        "Su, “W-distance ≤ score matching”, kexue.fm 9467; Kwon, Fan, Lee 2022",
        [sample.check(f"case {k}", w2, bound, 3e-9) for k, (w2, bound) in enumerate(mixture)],
        [
            ("I set to 1", sample.check("case 1", 0.27864, 0.18760, 3e-9)),
            ("L without the score error", sample.check("case 4", 0.05742, 0.0382, 3e-9)),
        ],
        [("w2", ["w2", "bound"], [list(pair) for pair in mixture])],
    )
    tight = [0.472775, 0.206559, 0.126229, 0.0753948, 0.61, 0.31, 0.19, 0.11]
    sample.claim(
        "score_wasserstein",
        "tight-translation",
        "exact",
        "For a constant offset of the score the bound is reached, for every noise level.",
        "kexue.fm 9467, section 4",
        [sample.check(f"gap of case {k}", 3e-12 * (k + 1), 0.0, 5e-11) for k in range(8)],
        [
            ("half of g² for the SDE", sample.check("gap of case 2", 0.063, 0.0, 5e-11)),
            ("c of alternating sign", sample.check("gap of case 1", 0.02, 0.0, 5e-11)),
            ("I dropped", sample.check("gap of case 0", 0.2, 0.0, 5e-11)),
        ],
        [("w2", ["w2", "bound"], [[value, value * (1 + 1e-12)] for value in tight])],
    )
    sample.claim(
        "continuity",
        "weak-form",
        "sampled",
        "The weak form of the continuity equation holds for Ornstein–Uhlenbeck and for a mixture under VP.",
        "kexue.fm 9370",
        [sample.check("largest |z| over 12 test functions", 3.1, 0.0, 5.4, 7e-8)],
        [
            ("sign of the velocity", sample.check("largest |z| over 12 test functions", 41.0, 0.0, 5.4, 7e-8)),
            ("half of the diffusion", sample.check("largest |z| over 12 test functions", 12.2, 0.0, 5.4, 7e-8)),
        ],
    )
    d_of_n = [[math.log(2.0**k), d, 0.5] for k, d in zip(range(4, 21, 2), (72, 126, 181, 237, 294, 351, 408, 465, 523))]
    d_of_n += [[math.log(2.0**k), d, 0.1] for k, d in zip(range(4, 21, 2), (1648, 2710, 3793, 4897, 6016, 7148, 8289, 9437, 10590))]
    measured = [[math.log(2.0**k), d] for k, d in zip(range(4, 11), (58.9, 86.6, 113.1, 140.5, 170.1, 196.3, 225.4))]
    sample.claim(
        "entropy_attention",
        "log-n-slope",
        "rate",
        "The smallest dimension that keeps all pairwise distances grows like log n, with slope 4/(ε − ln(1+ε)) at most.",
        "kexue.fm 8679",
        [sample.check("slope of the measured dimensions", 0.14, 0.0, 0.92, 6e-5), sample.check("power law rejected", -141.0, -10.0, 0.0)],
        [
            ("collinear data", sample.check("slope of the measured dimensions", 39.0, 0.0, 0.92, 6e-5)),
            ("24 log n / ε² as equality", sample.check("power law rejected", 2.0, -10.0, 0.0)),
        ],
        [("d_of_n", ["log_n", "d", "eps"], d_of_n), ("measured", ["log_n", "d"], measured)],
    )
    sample.claim(
        "entropy_attention",
        "expected-bad-pairs",
        "sampled",
        "A Gaussian projection distorts as many pairs as the exact tail says, for every point set.",
        "kexue.fm 8679",
        [sample.check("n=64, d=64", 0.32, 0.0, 4.9, 1e-6), sample.check("n=256, d=128", 1.0, 0.0, 4.9, 1e-6)],
        [
            ("scaled by d + 1", sample.check("n=64, d=64", 14.2, 0.0, 4.9, 1e-6)),
            ("d − 2 degrees of freedom", sample.check("n=256, d=128", 22.0, 0.0, 4.9, 1e-6)),
        ],
    )
    sample.claim(
        "tiger",
        "accumulation-equivalence",
        "exact",
        "Hidden accumulation equals the momentum of the large batch.",
        "Su, “Tiger”, kexue.fm 9512; 8634",
        [sample.check("dyadic data: no element differs", 0.0, 0.0, 0.0)],
        [
            ("decay at every micro-step", sample.check("dyadic data: no element differs", 40.0, 0.0, 0.0)),
            ("theta not frozen", sample.check("dyadic data: no element differs", 12.0, 0.0, 0.0)),
        ],
    )
    sample.claim(
        "tiger",
        "l1-rate",
        "bound",
        "With exact gradients, the mean gradient of Tiger falls at least as fast as its bound.",
        "own proof",
        [sample.check("beta=0, T=10000", 0.80, 1.0, 1e-13), sample.check("beta=0.965, T=10000", 0.49, 1.0, 1e-13)],
        [
            ("wrong sign of the update", sample.check("beta=0, T=10000", 11.9, 1.0, 1e-13)),
            ("momentum-free bound", sample.check("beta=0.965, T=10000", 1.6, 1.0, 1e-13)),
        ],
    )
    sample.claim(
        "tiger",
        "lion-special-case",
        "exact",
        "Lion with equal betas and no decay takes the same path.",
        "arXiv 2302.06675",
        [sample.check("no element differs", 0.0, 0.0, 0.0)],
        [("unequal betas", sample.check("no element differs", 64.0, 0.0, 0.0))],
    )
