"""analysis/: files beside each other, runs that are too small for some figures, and what is said where figures
cannot be drawn."""
import os
import re
import shutil
import tempfile
import unittest

import h5py

import numpy

from drawing import FIGURES, RUN_FILE, program, python, train


class Comparison(unittest.TestCase):
    """Matrix training beside the eigenvalue process."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="dyson-test-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        matrix = RUN_FILE.replace("weights = all\n", "").replace("sampler = collapsed\n", "")
        levels = matrix.replace("model = rbm", "model = eigenvalue-sde").replace(
            "[rbm]", "[eigenvalue-sde]\norder = ito")
        for name, text in (("matrix", matrix), ("levels", levels)):
            with open(os.path.join(cls.folder, name + ".ini"), "w") as file:
                file.write(text.format(replicas=200))
            program("run", name + ".ini", cwd=cls.folder)

    def test_densities_and_table(self):
        # A file beside itself: no shift, spacings in ratio 1, nothing refused.
        code, out, err = python("compare.py", "matrix.h5", "levels.h5", "matrix.h5", "-o", "one",
                                cwd=self.folder)
        self.assertEqual(code, 0, err)
        rows = re.findall(r"^ +([\d.]+) (matrix|levels) .*?([+-][\d.]+) +([+-][\d.]+) +([+-][\d.]+) +"
                          r"([\d.]+) ([\d.]+) +(\d+) of  6 (.*)$", out, re.M)
        self.assertEqual([row[1] for row in rows], ["levels", "matrix"] * 3, out)
        self.assertEqual([float(row[0]) for row in rows[::2]], [0.00625, 0.00625, 0.0125])
        for row in rows[1::2]:
            self.assertEqual([float(value) for value in row[2:8]], [0, 0, 0, 1, 1, 0])
        for row in rows[::2]:  # with the second order the process is near, and not the same
            self.assertTrue(0.8 < float(row[5]) < float(row[6]) < 1.2, row)
            self.assertTrue(0 < abs(float(row[4])) < 2, row)
        self.assertTrue(os.path.getsize(os.path.join(self.folder, "one", "levels_densities.png")) > 5000)

    def test_trajectories(self):
        code, _, err = python("compare.py", "--trajectories", "matrix.h5", "levels.h5", "-o", "one",
                              cwd=self.folder)
        self.assertEqual(code, 0, err)
        self.assertTrue(os.path.exists(os.path.join(self.folder, "one", "levels_trajectories.pdf")))
        code, _, err = python("compare.py", "--trajectories", "matrix.h5", "levels.h5", "--replica", "200",
                              cwd=self.folder)
        self.assertEqual(code, 66)
        self.assertNotIn("Traceback", err)

    def test_linear_scaling(self):
        """A pair's line of the table against its spacings, at one rate; a pair whose spacing moves is left out; files
        of two rates are refused."""
        with open(os.path.join(self.folder, "rate.ini"), "w") as file:
            file.write(RUN_FILE.format(replicas=100).split("[sweep")[0].replace("weights = all\n", "")
                       + "[sweep b]\nlearning_rate = 0.1\nbatch_size = 8 64\n")
        program("run", "rate.ini", cwd=self.folder)
        code, out, err = python("linear_scaling.py", "rate.h5", "-o", "one", cwd=self.folder)
        self.assertEqual(code, 0, err)
        self.assertTrue(os.path.getsize(os.path.join(self.folder, "one", "linear_scaling.png")) > 5000)
        with h5py.File(os.path.join(self.folder, "rate.h5")) as file:
            x, levels = file["target/x"][...], file["eigenvalues"][...]
        for batch, at in ((64, 1), (8, 0)):
            row = re.search(rf"^ +0\.1 +{batch} +\S+ +100 +600 +(.*)$", out, re.M)
            memory = (x[1] / 9)**6  # k = 3
            law = numpy.sqrt(2 * numpy.pi * 0.1 / batch * x[1] * (1 + memory) / (1 - memory))
            spacing = (levels[at, :, 1:, 1] - levels[at, :, 1:, 2]).mean(axis=1)
            value, digits = re.match(r"(-?[\d.]+)\((\d+)\)", row.group(1).split("  ")[0].strip()).groups()
            self.assertAlmostEqual(float(value), 100 * (spacing.mean() / law - 1), delta=0.06)
            error = 100 * spacing.std(ddof=1) / 10 / law
            self.assertAlmostEqual(int(digits) * 10.0**-len(value.partition(".")[2]), error, delta=0.06 * error)
        levels[1, :, 1, 1] += 1.0  # wide at the second snapshot, of a pair at B = 64
        with h5py.File(os.path.join(self.folder, "rate.h5"), "r+") as file:
            file["eigenvalues"][...] = levels
        code, out, err = python("linear_scaling.py", "rate.h5", "-o", "one", cwd=self.folder)
        self.assertEqual(code, 0, err)
        row = re.search(r"^ +0\.1 +64 +\S+ +100 +600 +(.*)$", out, re.M)[1].split()
        self.assertEqual(row[0], "moves")
        self.assertNotIn("moves", row[1:])
        code, _, err = python("linear_scaling.py", "matrix.h5", cwd=self.folder)
        self.assertEqual(code, 66)
        self.assertIn("more than one learning rate", err)

    def test_shifts(self):
        code, out, err = python("level_shifts.py", "matrix.h5", cwd=self.folder)
        self.assertEqual(code, 0, err)
        theory = [float(word) for word in re.search(r"theory: matrix +(.*)", out)[1].split()]
        rows = re.findall(r"alpha/B = 0.00625 +(.*)\n    error +(.*)", out)
        # Two points have this rate; at alpha = 0.1, the last, the pair kappa = 5 is stationary.
        shift, error = ([float(word) for word in line.split()] for line in rows[-1])
        self.assertLess(abs(shift[1] - theory[1]), 4 * error[1], out)

    def test_other_files_are_refused(self):
        code, _, err = python("compare.py", "matrix.h5", "nothing.h5", cwd=self.folder)
        self.assertEqual(code, 66)
        self.assertIn("nothing.h5: no such file", err)


class Refusals(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="dyson-test-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def test_no_statistics_file(self):
        for script in ("draw.py", "table.py"):
            code, _, err = python(script, "run.h5", cwd=self.folder)
            self.assertEqual(code, 66)
            self.assertIn("run.stats.h5: no such file; `dyson stats run.h5` makes it", err)
            self.assertNotIn("Traceback", err)

    def test_not_a_statistics_file(self):
        with open(os.path.join(self.folder, "text.stats.h5"), "w") as file:
            file.write("not HDF5")
        h5py.File(os.path.join(self.folder, "other.stats.h5"), "w").close()
        for name, text in (("text", "cannot be read as HDF5"), ("other", "not a dyson-statistics")):
            code, _, err = python("draw.py", name + ".h5", cwd=self.folder)
            self.assertEqual(code, 66)
            self.assertIn(text, err)
            self.assertNotIn("Traceback", err)

    def test_folder_that_cannot_be_made(self):
        train(self.folder, "run", 20)
        open(os.path.join(self.folder, "file"), "w").close()
        code, _, err = python("draw.py", "run.h5", "-o", "file/figures", cwd=self.folder)
        self.assertEqual(code, 73)
        self.assertIn("cannot write figures to file/figures", err)
        self.assertNotIn("Traceback", err)


class Small(unittest.TestCase):
    """Runs of which some figures have nothing to show: said, not failed."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="dyson-test-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def outcome(self, replicas, *arguments, only=FIGURES):
        train(self.folder, "run", replicas, *arguments)
        code, out, err = python("draw.py", "run.h5", "-o", "figures", "--only", *only, cwd=self.folder)
        self.assertEqual(code, 0, err)
        self.assertNotIn("Warning", err)
        code, table, err = python("table.py", "run.h5", cwd=self.folder)
        self.assertEqual(code, 0, err)
        return out, table

    def test_no_degenerate_pair(self):
        out, _ = self.outcome(30, "--set", "rbm.visible=2", "--set", "rbm.hidden=2", only=FIGURES[:5])
        for name in ("fig5_spacings", "fig5_densities", "fig6_scaling"):
            self.assertRegex(out, name + ": skipped: no degenerate pair")
        self.assertIn("fig2_target_spectrum.png", out)

    def test_no_start_no_weights_one_snapshot(self):
        out, _ = self.outcome(30, "--set", "ensemble.snapshots=2999 3000", "--set", "ensemble.weights=none",
                              only=FIGURES[-3:])
        self.assertRegex(out, "initial_spectrum: skipped: no spectra of update 0")
        self.assertRegex(out, "increments: skipped: W was not stored")
        self.assertRegex(out, "relaxation: skipped: no snapshots close enough")

    def test_few_replicas(self):
        for replicas in (2, 5):
            out, _ = self.outcome(replicas, "--overwrite", only=FIGURES[:6])
            self.assertIn("fig2_target_spectrum.png", out)


if __name__ == "__main__":
    unittest.main()
