"""The timing process of the gate, seen from Python: suites/regress/launch.cpp with one link of each build."""

import json
import pathlib
import re
import shutil
import signal
import subprocess

from reports import gate


class Unusable(Exception):
    """The timing process cannot be used at all."""


class BadInput(Exception):
    """What the user typed cannot be used."""


class Crashed(Exception):
    """The process died while it was at a row. `done` holds the answers before that."""

    def __init__(self, row_id, side, cause, done):
        super().__init__(f"{row_id}: {cause}")
        self.row_id, self.side, self.cause, self.done = row_id, side, cause, done


def _cause(code):
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit status {code}"


class Sides:
    """Both builds, with all their links, and a folder for the inputs of rows."""

    def __init__(self, base, head, inputs, name="assay_sides"):
        self.base, self.head = (sorted(pathlib.Path(folder, "sides").glob(f"{name}_*.so")) for folder in (base, head))
        self.program = pathlib.Path(head, "suites/regress/assay_launch")
        self.inputs = inputs
        for folder, found in ((base, self.base), (head, self.head)):
            if not found:
                raise Unusable(f"{folder}/sides has no {name}_*.so; ci/regress builds them")

    @property
    def links(self):
        return min(len(self.base), len(self.head))

    def _ask(self, links, words, text=""):
        """Answers, one by one. Raises Crashed where the process was at a row, else Unusable."""
        command = [self.program, self.base[links[0]], self.head[links[1]], *words]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            said, errors = process.communicate(text)
        except BaseException:
            process.kill()
            process.wait()
            raise
        at, done = None, []
        for line in said.splitlines(keepends=True):
            if not line.endswith("\n"):
                break
            answer = json.loads(line)
            if "at" in answer:
                at = answer
            else:
                done.append(answer)
        if process.returncode == 0:
            return done
        cause = errors.strip().splitlines()[-1] if errors.strip() else _cause(process.returncode)
        if at is None:
            raise Unusable(cause)
        raise Crashed(at["at"], at.get("side", ""), cause, done)

    def rows(self, pattern):
        """What BASE and HEAD have: {"run", "rows", "skipped"} each."""
        answer = self._ask((0, 0), ["rows", pattern])[0]
        for side in ("base", "head"):
            if answer[side].get("exit") == 5:
                raise BadInput(answer[side]["error"])
            if "error" in answer[side]:
                raise Unusable(f"{side.upper()}: {answer[side]['error']}")
        return answer["base"], answer["head"]

    def check(self, ids, seed):
        """{(id, side): {"status", "message", "file", "seconds"}}; a crash counts as status error."""
        answers, left = {}, list(ids)
        while left:
            try:
                done, crash = self._ask((0, 0), ["check", str(self.inputs), str(seed), *left]), None
            except Crashed as found:
                done, crash = found.done, found
            for answer in done:
                if "error" in answer:
                    answer |= {"status": "error", "message": answer["error"]}
                answers[answer["id"], answer["side"]] = answer
            if crash:
                answers[crash.row_id, crash.side] = {"status": "error", "message": crash.cause}
                for side in ("head", "base"):  # what it would have been asked next is not known
                    answers.setdefault((crash.row_id, side), {"status": "error", "message": "its twin crashed", "unasked": True})
            left = [one for one in left if (one, "head") not in answers]
        return answers

    def time(self, links, rows, seed):
        """{id: blocks} for rows in their order."""
        request = {"seed": seed, "blocks": gate.BLOCKS, "most": gate.MOST_BLOCKS, "steady": gate.PROBE, "rows": rows}
        return {answer["id"]: answer["blocks"] for answer in self._ask(links, ["time", str(self.inputs)], json.dumps(request))}

    def count(self, row, side):
        """Instructions of one call under callgrind, which runs the AVX2 path; None where it cannot be had. The same at every count."""
        valgrind = shutil.which("valgrind")
        if valgrind is None:
            return None
        command = [valgrind, "--tool=callgrind", "--toggle-collect=assay_counted_call", "--callgrind-out-file=/dev/null", self.program, self.base[0],
                   self.head[0], "count", str(self.inputs), side]
        done = subprocess.run(command, input=json.dumps(row), capture_output=True, text=True)
        found = re.search(r"Collected : (\d+)", done.stderr)
        return int(found[1]) if done.returncode == 0 and found else None

    @staticmethod
    def blocks_of(crash):
        return {answer["id"]: answer["blocks"] for answer in crash.done}
