"""The rows of two builds, matched: what is to be timed, and what is decided before."""

import dataclasses
import re

from reports import gate

CLOCK_SECONDS = 1e-7  # what a sample's time is good to, at worst
MISSING, NEW, REMOVED, WRONG = "MISSING", "NEW", "REMOVED", "WRONG"
STATUS = {gate.SAME: "pass", gate.FASTER: "pass", gate.SLOWER: "fail", WRONG: "fail"}  # of the others: none


@dataclasses.dataclass
class Row:
    id: str
    verdict: str = ""  # of the gate, or MISSING, NEW, REMOVED, WRONG
    reason: str = ""
    control: bool = False
    arrays: list = dataclasses.field(default_factory=list)
    file: str = ""
    calls: int = 1  # in a sample
    seconds: float = 0.0  # of a call, before timing
    visit: float = 0.0  # seconds that one launch spends on it
    plant: float = 0.0  # share of a call that is added to HEAD, to test the gate
    values: list = dataclasses.field(default_factory=list)
    judgement: gate.Judgement | None = None
    instructions: list | None = None  # of a call in BASE and in HEAD

    @property
    def resolution(self):
        return CLOCK_SECONDS / (self.calls * self.seconds)


def compare_rows(base, head, removed):
    """[Row] in order, those without a verdict to be timed, and [Row] that are the same by proof."""
    old, new = ({row["id"]: row for row in side["rows"]} for side in (base, head))
    rows, proven = [], []
    for name in [*old, *(one for one in new if one not in old)]:
        row = Row(name)
        rows.append(row)
        if name not in old:
            row.verdict, row.reason = NEW, "not in BASE"
        elif name not in new:
            gone = removed and re.search(removed, name)
            row.verdict, row.reason = (REMOVED, "as said by --removed") if gone else (MISSING, "not in HEAD; if that is meant, --removed")
        elif old[name]["arrays"] != new[name]["arrays"]:
            row.verdict, row.reason = MISSING, "its arrays are others in HEAD: another op under the same name"
        else:
            row.arrays = new[name]["arrays"]
            if old[name]["code"] and old[name]["code"] == new[name]["code"]:
                row.verdict, row.reason = gate.SAME, "by proof: identical machine code"
                proven.append(row)
    return rows, proven
