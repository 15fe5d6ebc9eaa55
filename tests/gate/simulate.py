"""Whole runs of the gate on made-up launches whose truth is known: `python -m tests.gate.simulate [--runs N]` prints its error rates.

Noise models, each with its layout effect (one per pair of links, 0.4 % x t(2.2)):
  recorded   launches of real A/A runs, taken at random from recorded_noise.json with their blocks
  heavy      blocks t(2.5), launches t(3), a scale of its own for each row
  burst      heavy; in 8 % of launches 60 % of the blocks are off by 20 %, in 2 % of launches all of them by 2 to 12 %
  drift      blocks of a launch follow each other (AR(1), 0.7), which makes a launch's median hardly better than one block
"""

import argparse
import collections
import dataclasses
import json
import math
import pathlib

import numpy as np

from reports import gate

LAYOUT, LINKS = 0.004, 9
VISITS = 15  # budget of a run, in launches per row: five blocks and a start each, 75 blocks and 15 starts
MIXED = {0.0: 94, 0.02: 2, 0.05: 3, 0.10: 1}  # slowdown: rows
MODELS = ("recorded", "heavy", "burst", "drift")
VERDICTS = (gate.SAME, gate.SLOWER, gate.FASTER, gate.UNDECIDED)


@dataclasses.dataclass
class Row:
    slower: float
    scale: float
    series: int  # of recorded
    layout: np.ndarray
    values: list = dataclasses.field(default_factory=list)
    judgement: gate.Judgement | None = None
    resolution: float = 1e-4


class Noise:
    """launches(row, count): count x BLOCKS block values without the row's slowdown."""

    def __init__(self, model, random, recorded):
        self.model, self.random, self.recorded = model, random, recorded

    def launches(self, row, count):
        random, shape = self.random, (count, gate.BLOCKS)
        if self.model == "recorded":
            series = self.recorded[row.series]
            return series[random.integers(len(series), size=count)]
        if self.model == "drift":
            blocks = random.normal(size=shape)
            for k in range(1, gate.BLOCKS):
                blocks[:, k] = 0.7 * blocks[:, k - 1] + math.sqrt(1 - 0.7**2) * blocks[:, k]
            return row.scale * blocks
        blocks = row.scale * random.standard_t(2.5, size=shape) + 0.3 * row.scale * random.standard_t(3, size=(count, 1))
        if self.model == "burst":
            hit = (random.random((count, 1)) < 0.08) & (random.random(shape) < 0.6)
            blocks += hit * random.choice((-1, 1), shape) * random.exponential(0.2, shape)
            step = random.random((count, 1)) < 0.02
            blocks += step * random.choice((-1, 1), (count, 1)) * random.uniform(0.02, 0.12, (count, 1))
        return blocks


def recorded_noise():
    """{row: launches x blocks} of real A/A runs, written by tests.gate.campaign."""
    rows = json.loads((pathlib.Path(__file__).parent / "recorded_noise.json").read_text())["rows"]
    return [np.array(launches) / 1e4 for launches in rows.values()]


def one_run(model, truth, random, recorded, layout=LAYOUT):
    """[Row] judged as reports/regress.py judges them; truth: slowdown of each row."""
    noise = Noise(model, random, recorded)
    rows = [Row(slower, 0.012 * math.exp(random.normal(0, 0.7)), int(random.integers(len(recorded))),
                layout * random.standard_t(2.2, size=(LINKS, LINKS))) for slower in truth]
    spent = 0

    def carry(active, target):
        nonlocal spent
        for row in active:
            first = len(row.values)
            blocks = noise.launches(row, target - first)
            for number, launch in enumerate(blocks, first):
                row.values.append(math.log1p(row.slower) + row.layout[gate.links(number, LINKS, 4)] + float(np.median(launch)))
            spent += target - first

    gate.decide(rows, len(rows), carry, lambda row: 1, lambda: VISITS * len(rows) - spent)
    return rows


def counts(model, truth, runs, seed, layout=LAYOUT):
    """{(slowdown, verdict): rows} over whole runs; "red runs": runs with a red row that is not slower than the red line; "launches"."""
    random, recorded = np.random.default_rng(seed), recorded_noise()
    found = collections.Counter()
    for _ in range(runs):
        rows = one_run(model, truth, random, recorded, layout)
        found["red runs"] += any(row.judgement.verdict == gate.SLOWER and row.slower <= math.exp(gate.RED) - 1 for row in rows)
        found["launches"] += sum(len(row.values) for row in rows)
        found.update((row.slower, row.judgement.verdict) for row in rows)
    return found


def table(runs, seed):
    lines = ["| noise | runs with a false red: all equal | some slow | all exactly 2 % slower | 5 % found | 10 % found | 5 % called SAME | exactly 3 % called SAME "
             "| 2 % called SAME, red | equal rows undecided | launches per row |", "|---|---|---|---|---|---|---|---|---|---|---|"]
    rows = sum(MIXED.values())
    for model in MODELS:
        layout = 0.0 if model == "drift" else LAYOUT
        equal = counts(model, [0.0] * rows, runs, seed, layout)
        mixed = counts(model, [slower for slower, count in MIXED.items() for _ in range(count)], runs, seed, layout)
        edge = counts(model, [math.exp(gate.RED) - 1] * rows, max(runs // 4, 1), seed, layout)
        limit = counts(model, [math.exp(gate.TOLERANCE) - 1] * rows, max(runs // 4, 1), seed, layout)
        share = lambda found, slower, verdict: found[slower, verdict] / sum(found[slower, one] for one in VERDICTS)
        lines.append(f"| {model} | {equal['red runs']} of {runs} | {mixed['red runs']} of {runs} | {edge['red runs']} of {max(runs // 4, 1)} "
                     f"| {share(mixed, .05, gate.SLOWER):.1%} | {share(mixed, .1, gate.SLOWER):.1%} | {share(mixed, .05, gate.SAME):.2%} "
                     f"| {share(limit, math.exp(gate.TOLERANCE) - 1, gate.SAME):.2%} | {share(mixed, .02, gate.SAME):.0%}, {share(mixed, .02, gate.SLOWER):.1%} "
                     f"| {share(equal, 0.0, gate.UNDECIDED):.2%} | {equal['launches'] / (rows * runs):.1f} |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=500, help="of 100 rows, per noise model")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    print(table(args.runs, args.seed), end="")


if __name__ == "__main__":
    main()
