"""Reading and validating record files (JSON Lines): `python -m reports.records validate FILE...` exits 0 or 5.

The schema of one line is schema.json; what several lines must agree on is in rules.py. A file without its `end` row comes
from a run that was killed: it is valid, and said to be stopped.
"""

import functools
import json
import math
import pathlib
import re
import sys
import zlib

import jsonschema

from reports import rules

SCHEMA = 1
CHECKSUM = re.compile(rb',"crc":"([0-9a-f]{8})"}$')
NON_FINITE = {"inf": math.inf, "-inf": -math.inf, "nan": math.nan}
# Text by meaning: an axis called "inf" or a message "nan" stays what it is.
TEXT = set("kind run_id id subject op variant name statement message what why law breaks unproven columns".split())


class BadRecords(Exception):
    """A record file that cannot be used; the text names file and line."""


def _expanded(part, definitions):
    """A schema without references, which is several times quicker; it has no cycles."""
    if isinstance(part, dict):
        if "$ref" in part:
            return _expanded(definitions[part["$ref"].removeprefix("#/$defs/")], definitions)
        return {key: _expanded(value, definitions) for key, value in part.items()}
    return [_expanded(value, definitions) for value in part] if isinstance(part, list) else part


@functools.cache
def _validators():
    """One for each kind, and under "" one for lines of an unknown kind."""
    schema = json.loads((pathlib.Path(__file__).parent / "schema.json").read_text(encoding="utf-8"))
    definitions = schema["$defs"]
    kinds = {kind: _expanded(definitions[kind], definitions) for kind in schema["properties"]["kind"]["enum"]}
    return {kind: jsonschema.Draft202012Validator(one) for kind, one in {**kinds, "": schema}.items()}


def _no_constant(name):
    raise ValueError(f"{name} is not JSON; non-finite numbers are strings")


def _no_repeats(pairs):
    row = dict(pairs)
    if len(row) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return row


def line_of(row):
    """A row as it stands in a file: its last key is the CRC-32 of the line before it, so that damage shows, and where."""
    body = json.dumps(row, ensure_ascii=False)[:-1]
    return f'{body},"crc":"{zlib.crc32(body.encode()):08x}"}}\n'


def _parse(path, number, line):
    try:
        if not line.strip():
            raise ValueError("an empty line")
        if not (found := CHECKSUM.search(line)):
            raise ValueError("no checksum ends this line: it was cut off, or is no record")
        if int(found[1], 16) != zlib.crc32(line[: found.start()]):
            raise ValueError("the line does not fit its checksum: it was changed after it was written")
        text = line.decode("utf-8")
        row = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_no_repeats)
        if not isinstance(row, dict):
            raise ValueError("not an object")
        del row["crc"]
        return row
    except ValueError as error:
        raise BadRecords(f"{path}:{number}: {error}") from None


def read(path):
    """[(line number, row)] of a file as written. A last line without its line feed was cut off by a kill and is dropped."""
    try:
        content = pathlib.Path(path).read_bytes()
    except OSError as error:
        raise BadRecords(f"{path}: {error.strerror}") from None
    lines = content.split(b"\n")
    lines.pop()
    return [(number, _parse(path, number, line)) for number, line in enumerate(lines, 1)]


def _shape(path, number, row):
    """The first violation of the schema on one line, or an empty string."""
    if row.get("kind") == "run" and isinstance(row.get("schema"), int) and row["schema"] > SCHEMA:
        return f"{path}:{number}: written by a later assay (schema {row['schema']}; this one reads {SCHEMA})"
    validators = _validators()
    found = validators.get(str(row.get("kind")), validators[""]).iter_errors(row)
    errors = sorted(found, key=lambda error: (list(map(str, error.absolute_path)), error.message))
    if not errors:
        return ""
    where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in errors[0].absolute_path).lstrip(".")
    message = errors[0].message if len(errors[0].message) < 200 else errors[0].message[:200] + " ..."
    return f"{path}:{number}: {row.get('kind', 'row')}{': ' + where if where else ''}: {message}"


def validate(path):
    """Everything that is wrong with a file, worst first; each entry names file and line. Empty: the file is good."""
    try:
        rows = read(path)
    except BadRecords as error:
        return [str(error)]
    shapes = [problem for number, row in rows if (problem := _shape(path, number, row))]
    return shapes or [f"{path}:{number}: {problem}" for number, problem in rules.contradictions(numeric_rows(rows))]


def _numeric(value, key=""):
    if isinstance(value, str):
        return value if key in TEXT else NON_FINITE.get(value, value)
    if isinstance(value, list):
        return [_numeric(item, key) for item in value]
    if isinstance(value, dict):
        return {name: _numeric(item, name) for name, item in value.items()}
    return value


def numeric_rows(rows):
    return [(number, _numeric(row)) for number, row in rows]


def load(paths):
    """(rows of all files in order, contradictions). Raises BadRecords where a line is no record."""
    loaded, problems = [], []
    for path in paths:
        rows = read(path)
        for number, row in rows:
            if problem := _shape(path, number, row):
                raise BadRecords(problem)
        rows = numeric_rows(rows)
        problems += [f"{path}:{number}: {problem}" for number, problem in rules.contradictions(rows)]
        loaded += [row for _, row in rows]
    return loaded, problems


def main(arguments):
    if len(arguments) < 2 or arguments[0] != "validate":
        print("usage: python -m reports.records validate FILE...", file=sys.stderr)
        return 5
    status = 0
    for path in arguments[1:]:
        problems = validate(path)
        if problems:
            status = 5
            more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
            print(problems[0] + more, file=sys.stderr)
            continue
        rows = [row for _, row in read(path)]
        open_runs = sum(row["kind"] == "run" for row in rows) - sum(row["kind"] == "end" for row in rows)
        print(
            f"{path}: {len(rows)} records are valid"
            + (f"; {open_runs} run without its end: stopped before it was done" if open_runs else "")
        )
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
