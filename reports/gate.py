"""The comparison gate: from paired times of two builds to SAME, FASTER, SLOWER or UNDECIDED, with a known error rate.

A block is four samples of one row, two of each build, in the order ABBA or BAAB. Its value is ln(min(head) / min(base)): noise adds
time, so the smaller of two is the cleaner one. A launch is one start of the timing process; its value y is the median of its blocks.
Launches are independent, blocks of one launch are not, so only launches are counted.

At n launches, with g = n // 8 values trimmed at each end and h = n - 2 g left (Yuen, Biometrika 61, 1974):
  mu = mean of the middle h;  s = sd of all y, clipped to the middle ones;  se = s sqrt((n - 1) / (h (h - 1)))
  SLOWER     mu - t(ALPHA / K m, h - 1) se > RED         FASTER    mu + the same < -RED
  SAME       |mu| + t(BETA / K, h - 1) se < TOLERANCE    (two one-sided tests of equivalence)
with K looks and m timed rows, both fixed before timing. A false red hurts the whole run, so ALPHA is shared by rows and looks; a false
SAME hides one row's slowdown, so BETA is the row's own. suites/regress/README.md has the reasons and measured error rates.
"""

import dataclasses
import functools
import math

import numpy as np
from scipy import stats

LOOKS = (6, 9, 13, 19, 28, 40, 60, 90)  # launches after which a row may be decided: no other moment counts
ALPHA = 0.01  # chance that a run without any slowdown beyond RED shows a red row
BETA = 0.02  # chance that a row that is slower or faster by more than TOLERANCE is called SAME
RED, TOLERANCE = math.log(1.02), math.log(1.03)
BLOCKS = 5  # of a row in a launch
PROBE = 1.10  # a block is made again when the clock probe before and after it differ by more, whatever the block's own times
MOST_BLOCKS = 15  # that a launch makes of a row
LEAST_BLOCKS = 4  # that must be steady

SAME, FASTER, SLOWER, UNDECIDED = "SAME", "FASTER", "SLOWER", "UNDECIDED"


@dataclasses.dataclass(frozen=True)
class Judgement:
    verdict: str
    launches: int
    mu: float  # ln(HEAD / BASE)
    se: float
    spread: float  # sd of launch values, outliers clipped
    red: float  # half-width at ALPHA / K m: holds for all rows and looks at once
    same: float  # half-width at BETA / K

    def interval(self):
        """Ratio HEAD / BASE: estimate, low, high. Of the test that decided: SAME has an error budget of its own."""
        half = self.same if self.verdict == SAME else self.red
        return math.exp(self.mu), math.exp(self.mu - half), math.exp(self.mu + half)


def block_value(base, head):
    return math.log(min(head) / min(base))


def steady_values(blocks):
    """Of [{"base": [2], "head": [2], "probe": [2]}], without those during which the clock moved."""
    return [block_value(one["base"], one["head"]) for one in blocks if max(one["probe"]) <= PROBE * min(one["probe"])]


def launch_value(blocks):
    """None where the clock moved too often."""
    steady = steady_values(blocks)
    return float(np.median(steady)) if len(steady) >= LEAST_BLOCKS else None


def _middle(values):
    n = len(values)
    g = n // 8
    return n, g, n - 2 * g, np.sort(np.asarray(values, float))


@functools.cache
def _widths(n, rows):
    """Half-widths of both intervals in units of s."""
    h = n - 2 * (n // 8)
    unit = math.sqrt((n - 1) / (h * (h - 1)))
    return stats.t.isf(ALPHA / len(LOOKS) / rows, h - 1) * unit, stats.t.isf(BETA / len(LOOKS), h - 1) * unit


def judge(values, rows, resolution=0.0):
    """values: of the launches so far, as many as one of LOOKS; rows: timed in this run; resolution: of the clock, over a sample's time."""
    n, g, h, y = _middle(values)
    mu = float(y[g : n - g].mean())
    spread = max(float(np.clip(y, y[g], y[n - g - 1]).std(ddof=1)), resolution * math.sqrt(h * (h - 1) / (n * (n - 1))))
    red, same = (width * spread for width in _widths(n, rows))
    se = spread * math.sqrt((n - 1) / (h * (h - 1)))
    if mu - red > RED:
        verdict = SLOWER
    elif mu + red < -RED:
        verdict = FASTER
    elif abs(mu) + same < TOLERANCE:
        verdict = SAME
    else:
        verdict = UNDECIDED
    return Judgement(verdict, n, mu, se, spread, red, same)


def needed(judgement, rows):
    """The look at which a row with this mean and spread would be decided; None if at none of them."""
    mu = abs(judgement.mu)
    for n in LOOKS:
        red, same = _widths(n, rows)
        if n > judgement.launches and (red * judgement.spread < mu - RED or same * judgement.spread < TOLERANCE - mu):
            return n
    return None


def affordable(rows, target, cost, left):
    """Those rows that `left` seconds carry to `target` launches, smallest standard error first: it does not know the sign, so the choice
    cannot favour a verdict. cost: seconds of one more launch of a row."""
    chosen = []
    for row in sorted(rows, key=lambda row: row.judgement.se):
        left -= (target - len(row.values)) * cost(row)
        if left < 0:
            break
        chosen.append(row)
    return chosen


def decide(rows, m, carry, cost, left):
    """Takes rows from look to look until each is decided or the budget is spent; their judgements are the result.

    rows have values, judgement (None) and resolution; m: rows timed in this run, fixed before; carry(rows, target): launches until each has
    `target` values, or fewer if it cannot be timed any more; cost(row): seconds of a launch; left(): seconds left of the budget.
    """
    active = rows
    for target in LOOKS:
        if target > LOOKS[0]:
            active = affordable(active, target, cost, left())
        carry(active, target)
        for row in active:
            if len(row.values) >= target:
                row.judgement = judge(row.values[:target], m, row.resolution)
        active = [row for row in active if len(row.values) >= target and row.judgement.verdict == UNDECIDED]


def links(launch, count, offset):
    """Which link of BASE and of HEAD a launch loads. Both run through all in `count` launches, shifted against each other by `offset`, and by
    one more each round: also of two equal builds different layouts meet."""
    first = launch % count
    return first, (first + offset + launch // count) % count
