"""docs/run-file.md is what the program says of its keys, and the man page is sound roff."""
import os
import re
import shutil
import subprocess
import unittest

from program import DYSON, ROOT, environment


def said(*arguments):
    return subprocess.run([DYSON, "help", *arguments], env=environment(), check=True, timeout=60,
                          capture_output=True, text=True).stdout


class Documentation(unittest.TestCase):
    def test_docs_are_up_to_date(self):
        with open(os.path.join(ROOT, "docs", "run-file.md"), encoding="utf-8") as file:
            self.assertEqual(file.read(), said("run-file", "--markdown"),
                             "write it anew: build/dyson help run-file --markdown >docs/run-file.md")

    def test_run_tells_what_to_do_after_each_exit_code(self):
        with open(os.path.join(ROOT, "include", "dyson", "error.h"), encoding="utf-8") as file:
            codes = re.findall(r"^    DYSON_\w+ = (\d+)", file.read(), re.M)
        self.assertGreater(len(codes), 7)
        text = said("run").split("EXIT CODES\n")[1]
        for code in [*codes, "any other"]:
            self.assertRegex(text, r"(?m)^  %s  .+\n      \S.{20,}" % code)

    @unittest.skipUnless(shutil.which("groff"), "groff is not installed")
    def test_man_page_has_no_warnings(self):
        page = said("--roff")
        result = subprocess.run(["groff", "-ww", "-man", "-Tascii"], input=page, capture_output=True,
                                text=True, timeout=60, check=True)
        self.assertEqual(result.stderr, "")
        text = re.sub(".\b", "", result.stdout)  # bold is struck twice
        for word in ("gibbs_steps", "first_replica", "log:N"):
            self.assertIn(word, text)

    def test_make_targets_that_help_names_have_recipes(self):
        with open(os.path.join(ROOT, "Makefile"), encoding="utf-8") as file:
            text = file.read()
        targets = set(re.findall(r"^## make ([a-z-]+)", text, re.M))
        self.assertGreater(len(targets), 10)
        for target in targets:
            self.assertRegex(text, rf"(?m)^{target}:.*\n(?:\t|.*\n\t)", target)

    def test_what_theory_names_exists(self):
        """docs/theory.md: files and functions of the tree, tests and their cases."""
        with open(os.path.join(ROOT, "docs", "theory.md"), encoding="utf-8") as file:
            text = file.read()
        names = set(re.findall(r"`((?:src|jobs|tests)/[^` *]*)`", text))
        self.assertGreater(len(names), 8)
        for name in names:
            self.assertTrue(os.path.exists(os.path.join(ROOT, name)), name)
        tests = re.findall(r"`((?:mpi/)?(?:\w+_test|test_\w+|kernel_check))`(?: \(([\w, ]+)\))?", text)
        self.assertGreater(len(tests), 40)
        for name, cases in tests:
            sources = [path for path in (f"tests/{name}.c", f"tests/program/{name}.py")
                       if os.path.exists(os.path.join(ROOT, path))]
            self.assertEqual(len(sources), 1, name)
            with open(os.path.join(ROOT, sources[0]), encoding="utf-8") as file:
                source = file.read()
            for case in filter(None, cases.split(", ")):
                self.assertRegex(source, rf"\b(test_)?{case}\(", f"{name}: {case}")


if __name__ == "__main__":
    unittest.main()
