"""What kernels may not use is refused with a sentence, wherever it stands; comments and strings may say anything."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

WRAP = pathlib.Path(__file__).resolve().parents[2] / "kernels/simt/wrap.py"
SOURCE = "kernels/family/op/cuda_idea.cu"


class Wrap(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def wrap(self, **texts):
        for name, text in texts.items():
            path = self.root / (SOURCE if name == "source" else f"kernels/family/{name}.cuh")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.output = self.root / "build/wrapper.cpp"
        return subprocess.run([sys.executable, WRAP, "--root", self.root, "--source", SOURCE, "--output", self.output], capture_output=True, text=True)

    def test_refused(self):
        for word, text in (("<<<>>>", "step<<<1, 32>>>(x);"), ("__shared__", "__shared__ float x[32];"), ("asm", 'asm volatile("");'),
                           ("__CUDA_ARCH__", "#if __CUDA_ARCH__ >= 900"), ("__activemask", "unsigned m = __activemask();"),
                           ("clock", "long t = clock64();"), ("cooperative groups", "cooperative_groups::sync(b);"),
                           ("a device library", "cub::BlockReduce<float, 32> r;"), ("textures", "tex2D<float>(t, 0, 0);")):
            with self.subTest(word):
                done = self.wrap(source="// first line\n" + text + "\n")
                self.assertEqual(done.returncode, 1)
                self.assertIn(f"{SOURCE}:2: error: kernels/simt/README.md lists what kernels may use: {word} is not in it", done.stderr)
                self.assertFalse(self.output.exists())

    def test_refused_in_a_header_of_the_kernel(self):
        done = self.wrap(source='#include "kernels/family/part.cuh"\n', part='\n\nextern __shared__ float memory[];\n')
        self.assertIn("kernels/family/part.cuh:3: error:", done.stderr)

    def test_comments_and_strings(self):
        done = self.wrap(source='// step<<<1, 32>>>\n/* asm\n__shared__ */ const char* idea = "no asm";\nint x = a << b;\n')
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn(f'#include "{self.root / SOURCE}"', self.output.read_text())
        self.assertIn(SOURCE, self.output.with_name("wrapper.cpp.d").read_text())

    def test_a_failing_compiler_is_explained(self):
        compile = pathlib.Path(__file__).resolve().parents[2] / "kernels/simt/compile"
        for code in (0, 1, 3):
            done = subprocess.run([compile, "sh", "-c", f"exit {code}"], capture_output=True, text=True)
            self.assertEqual(done.returncode, code)
            self.assertEqual("kernels/simt/README.md lists what kernels may use" in done.stderr, code != 0)


if __name__ == "__main__":
    unittest.main()
