"""The table of published numbers."""

import contextlib
import io
import pathlib
import tempfile
import unittest

from reports import golden, records

CHECK = {"what": "F_512 at n = 1024", "lhs": 0.0002, "rhs": 0, "slack": 0.0005, "alpha": 0, "holds": True, "published": "0.119", "measured": 0.1192}
CLAIM = {"kind": "claim", "run_id": "r", "id": "claim/local_attention/x", "subject": "local_attention", "checks": [CHECK, {**CHECK, "holds": False}]}


class Golden(unittest.TestCase):
    def said(self, rows, *more):
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
            path = pathlib.Path(folder, "records.jsonl")
            path.write_text("".join(rows if isinstance(rows, list) else [rows]))
            return golden.main([str(path), *more]), out.getvalue(), err.getvalue()

    def test_a_row_for_each_published_number(self):
        code, out, _ = self.said([records.line_of(CLAIM)])
        self.assertEqual(code, 0)
        self.assertIn("| local_attention/x | F_512 at n = 1024 | 0.119 | 0.1192 | yes |", out)
        self.assertIn("| 0.119 | 0.1192 | NO |", out)

    def test_nothing_to_show_is_said(self):
        code, out, err = self.said([records.line_of(CLAIM)], "--subject", "tiger")
        self.assertEqual((code, out), (3, ""))
        self.assertIn("assay verify", err)

    def test_a_number_that_could_not_be_computed_is_shown(self):
        nan = {**CLAIM, "checks": [{**CHECK, "measured": "nan", "lhs": "nan", "holds": False}]}
        self.assertIn("| 0.119 | nan | NO |", self.said([records.line_of(nan)])[1])

    def test_an_unknown_flag_is_bad_input(self):
        with self.assertRaises(SystemExit) as stop, contextlib.redirect_stderr(io.StringIO()) as err:
            golden.main(["records.jsonl", "--nonsense"])
        self.assertEqual(stop.exception.code, 5)
        self.assertIn("--nonsense", err.getvalue())

    def test_a_damaged_file_is_named_by_line(self):
        code, _, err = self.said("nonsense\n")
        self.assertEqual(code, 5)
        self.assertIn("records.jsonl:1", err)


if __name__ == "__main__":
    unittest.main()
