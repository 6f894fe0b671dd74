"""analysis/: figures, closing table and example of a small real run.  Pictures are checked to exist, to be of
their size, to hold ink, and to be the same bytes twice; the numbers in the table are checked against the
statistics file."""
import math
import os
import re
import shutil
import sys
import tempfile
import unittest

import h5py
import matplotlib

matplotlib.use("Agg")
import matplotlib.image
import matplotlib.pyplot
import numpy

from drawing import ANALYSIS, FIGURES, STUDENT_FILE, program, python, train, train_text

WHOLE_FIGURES = ("ratios", "unfolded_spacings", "number_statistics", "spectral_law")
STUDENT_FIGURES = ("fig2_target_spectrum", "fig3_histograms", "fig5_spacings", "fig5_densities",
                   "fig9_teacher_student")
FORTY = STUDENT_FILE[:STUDENT_FILE.index("teacher =")] + (
    "size = 40\nlearning_rate = 0.5\nbatch_size = 16\nnoise = 0.5\n")


class Figures(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="dyson-test-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        train(cls.folder, "run", 200)
        train_text(cls.folder, "equal", STUDENT_FILE.format(teacher="2 2"))
        train_text(cls.folder, "split", STUDENT_FILE.format(teacher="2.2 1.8"))
        cls.drawn = python("draw.py", "run.h5", "-o", "one", cwd=cls.folder)

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def draw(self, *arguments):
        return python("draw.py", *arguments, cwd=self.folder)

    def assertDrawn(self, folder, names):
        for name in names:
            with open(self.path(folder, name + ".pdf"), "rb") as file:
                content = file.read()
            self.assertTrue(content.startswith(b"%PDF-") and len(content) > 5000, name)
            picture = matplotlib.image.imread(self.path(folder, name + ".png"))[..., :3]
            # 86 mm or 178 mm at 300 dots per inch; lines and text cover one to fifty per cent.
            self.assertIn(picture.shape[1], (1015, 2102), name)
            ink = (picture.min(axis=-1) < 0.9).mean()
            self.assertTrue(0.01 < ink < 0.5, "%s: %.3f of it is inked" % (name, ink))
            colours = numpy.unique((picture * 255).astype(int) @ (65536, 256, 1))
            self.assertGreater(len(colours), 20, name)

    def read(self, *parts):
        with open(self.path(*parts), "rb") as file:
            return file.read()

    def test_all_are_drawn(self):
        code, out, err = self.drawn
        self.assertEqual(code, 0, err)
        self.assertEqual(re.findall(r"(\w+): skipped", out), ["fig9_teacher_student", "splitting", *WHOLE_FIGURES])
        self.assertDrawn("one", FIGURES)

    def test_teacher_student(self):
        code, out, err = self.draw("equal.h5", "-o", "equal")
        self.assertEqual(code, 0, err)
        self.assertEqual(re.findall(r"(\w+): skipped", out),
                         ["fig6_scaling", "fig7_repulsion", "splitting", "initial_spectrum", "increments",
                          "relaxation", *WHOLE_FIGURES])
        self.assertDrawn("equal", STUDENT_FIGURES)
        code, out, err = self.draw("split.h5", "-o", "split", "--only", "fig9_teacher_student", "splitting")
        self.assertEqual(code, 0, err)
        self.assertEqual(sorted(os.listdir(self.path("split"))), ["splitting.pdf", "splitting.png"])
        self.assertRegex(out, "fig9_teacher_student: skipped: no degenerate pair")
        self.assertDrawn("split", ("splitting",))

    def test_whole_spectra(self):
        """With many replicas, and with one, of which no errors are known."""
        for name, replicas, figures in (("whole", 60, WHOLE_FIGURES), ("lone", 1, WHOLE_FIGURES[:2])):
            train_text(self.folder, name, FORTY, "--set", f"ensemble.replicas={replicas}",
                       "--set", "ensemble.updates=20")
            code, out, err = self.draw(name + ".h5", "-o", name, "--only", *figures)
            self.assertEqual((code, err), (0, ""), out)
            self.assertDrawn(name, figures)

    def test_sizes(self):
        """The student of two levels has no ratios, the RBM of six has; of three sizes the forty levels are unfolded."""
        train_text(self.folder, "forty", FORTY, "--set", "ensemble.replicas=60", "--set", "ensemble.updates=20")
        names = "run.h5", "forty.h5", "equal.h5"
        code, out, err = python("sizes.py", *names, "-o", "sizes", "--since", "2", cwd=self.folder)
        self.assertEqual((code, err), (0, ""), out)
        self.assertDrawn("sizes", ("sizes", "sizes_densities", "sizes_spacings"))
        # the students' law is exact, its numbers as they follow from the spectra:
        # sigma_o^2 = alpha A^2/(2B)/(1 - alpha/2)
        row = re.search(r"^ +40 +0\.03\S* +60 +1 .* (\S+)\((\d+)\) +([\d.]+) +([\d.]+)\(\d+\) +([\d.]+)\(\d+\) +"
                        r"([\d.]+)/11 +p = \S+  students$", out, re.M)
        expected = 0.5 * 0.25 / 32 / 0.75 * (41 - 2 / 40)
        with h5py.File(self.path("forty.h5")) as file:
            variance = file["eigenvalues"][0, :, -1].var(axis=1)
        self.assertAlmostEqual(float(row[1]), variance.mean(), delta=1e-3 * expected)
        self.assertAlmostEqual(float(row[3]), expected, delta=1e-3 * expected)
        self.assertAlmostEqual(float(row[4]), numpy.sqrt(variance.mean() / expected), delta=2e-3)
        self.assertLess(abs(float(row[5]) - 1), 0.02)
        self.assertLess(float(row[6]), 40)
        code, _, err = python("sizes.py", "equal.h5", cwd=self.folder)
        self.assertEqual(code, 66)
        self.assertIn("no file has ratios of spacings", err)

    def test_sizes_of_drawn_data_and_of_a_start(self):
        """Students whose data are drawn: the moments that theory has for them, and wider than with infinite data.  The
        start of RBMs from a statistics file alone."""
        program("stats", "run.h5", "--snapshot", "0", "-o", "start.stats.h5", cwd=self.folder)
        train_text(self.folder, "drawn", FORTY.replace("size = 40", "size = 8\ndata = fresh"), "--set",
                   "ensemble.replicas=2000", "--set", "ensemble.updates=40")
        code, out, err = python("sizes.py", "drawn.h5", "start.stats.h5", "--only", "sizes_spacings", cwd=self.folder)
        self.assertEqual((code, err), (0, ""), out)
        self.assertIn("sizes_spacings: skipped: no file has unfolded spectra", out)
        row = re.search(r"n/a  +(-?[\d.]+)\((\d+)\) +([\d.]+) +([\d.]+)\((\d+)\) +([\d.]+)  students, fresh data", out)
        for value, digits, expected in (row.groups()[:3], row.groups()[3:]):
            error = int(digits) * 10.0**-len(value.partition(".")[2])
            self.assertLess(abs(float(value) - float(expected)), 4 * error, out)
        starts = re.findall(r"^ +6 +200 +0\.0\d+\(\d+\) +0\.0600+ .* ([\d.]+)\((\d+)\)$", out, re.M)
        self.assertEqual(len(starts), 3, out)
        self.assertLess(abs(float(starts[0][0]) - 0.73), 0.4, out)
        self.assertGreater(float(row[6]), 1.05 * 0.5 * 0.25 / 32 / 0.75 * (9 - 2 / 8))

    def test_density_of_the_orthogonal_ensemble(self):
        """N = 2 in closed form; <tr u^2> = N (N + 1)/2 exactly at every N, even and odd; the semicircle as N grows."""
        sys.path.insert(0, ANALYSIS)
        self.addCleanup(sys.path.remove, ANALYSIS)
        from orthogonal_ensemble import Law, integral, semicircle
        u = numpy.linspace(-3, 3, 31)
        erf = numpy.array([math.erf(value / math.sqrt(2)) for value in u])
        pair = numpy.exp(-u**2 / 2) / (4 * math.sqrt(math.pi)) * (
            2 * numpy.exp(-u**2 / 2) + math.sqrt(2 * math.pi) * u * erf)
        numpy.testing.assert_allclose(Law(2).density(u), pair, atol=1e-5)
        for size in (1, 2, 3, 8, 65, 1000):
            law = Law(size)
            self.assertAlmostEqual(integral(law.values, law.grid)[-1], 1, delta=1e-5)
            self.assertAlmostEqual(integral(law.values * law.grid**2, law.grid)[-1] / ((size + 1) / 2), 1, delta=1e-5)
            self.assertAlmostEqual(float(law.quantiles(0.5)), 0, delta=1e-3)
        inside = numpy.linspace(-40, 40, 9)
        numpy.testing.assert_allclose(law.density(inside), semicircle(inside, 1000), rtol=2e-3)

    def test_band_of_an_rbm(self):
        """Dyson's equation keeps the first-order matrix's mean and variance, but for what its diagonal adds."""
        sys.path.insert(0, ANALYSIS)
        self.addCleanup(sys.path.remove, ANALYSIS)
        from ensemble import Ensemble
        from noise_band import Band
        with Ensemble(self.path("run.h5")) as run:
            band, point = Band(run, 0), run.x.mean()
        x = numpy.linspace(point - 60, point + 60, 8001)
        density = band.density(x)
        step, inside = x[1] - x[0], abs(x - point) < 6
        self.assertAlmostEqual(density.sum() * step, 1, delta=1e-3)
        mean = (density * x)[inside].sum() / density[inside].sum()
        self.assertAlmostEqual(mean, point + band.mean_shift(), delta=5e-3)
        # memory widens, the shift lowers: alpha/B = 0.00625, four targets between 1 and 5
        self.assertTrue(-0.1 < band.mean_shift() < 0 < band.spread() < 0.2)

    def test_laws_of_the_splitting_figure(self):
        """The lines drawn are the numbers of the statistics file."""
        sys.path.insert(0, ANALYSIS)
        self.addCleanup(sys.path.remove, ANALYSIS)
        import splitting
        with h5py.File(self.path("split.stats.h5")) as file:
            found = {name: file["splittings/" + name][:, 0] for name in
                     ("predicted_sigma", "predicted_spacing", "closure_spacing")}
        width = numpy.sqrt(numpy.pi) * found["predicted_sigma"] / 0.4
        numpy.testing.assert_allclose(0.4 * splitting.rice_mean(width), found["predicted_spacing"], rtol=1e-12)
        numpy.testing.assert_allclose(0.4 * splitting.closure_mean(width), found["closure_spacing"], rtol=1e-12)
        # the limits: sigma^2/Delta^2 above 1, and the surmise
        numpy.testing.assert_allclose(splitting.rice_mean(numpy.array([0.01, 1e3])),
                                      [1 + 1e-4 / numpy.pi, 1e3], rtol=1e-6)

    def test_exact_prediction_of_figure_9(self):
        """Its dashes: 1/sqrt(1 - alpha/2) over the prediction of rate 0."""
        sys.path.insert(0, ANALYSIS)
        self.addCleanup(sys.path.remove, ANALYSIS)
        import scaling
        from ensemble import Ensemble
        figure, axes = matplotlib.pyplot.subplots()
        with Ensemble(self.path("equal.h5")) as run:
            scaling.exact_points(axes, run, "spacing")
            rate = run.points["learning_rate"][run["scaling/spacing/point"]]
        numpy.testing.assert_allclose(axes.lines[0].get_ydata(), 1 / numpy.sqrt(1 - rate / 2), rtol=1e-12)
        matplotlib.pyplot.close(figure)

    def test_theory(self):
        for noise in ("constant", "local"):
            program("theory", "run.ini", "--noise", noise, "-o", noise + ".theory.h5", cwd=self.folder)
        program("theory", "run.ini", "-o", "time.theory.h5", "--mode", "0", "--grid", "600",
                "--initial", "4.8:0.1", "--times", "0,2,10,50", cwd=self.folder)
        code, out, err = python("draw_theory.py", "constant.theory.h5", "local.theory.h5", "--stats", "run.h5",
                                "-o", "theory", cwd=self.folder)
        self.assertEqual((code, err), (0, ""))
        self.assertDrawn("theory", ("fig8_potentials", "ladders", "relaxation_levels", "stationary_laws"))
        self.assertIn("evolution: skipped: the theory file has no laws in time", out)
        code, out, err = python("draw_theory.py", "time.theory.h5", "-o", "time", "--point", "1", cwd=self.folder)
        self.assertEqual((code, err), (0, ""))
        self.assertDrawn("time", ("fig8_potentials", "evolution"))
        # An ensemble of another model, of other parameters, without the theory's modes: said, never drawn.
        program("theory", "run.ini", "--set", "rbm.momentum=0.5", "-o", "other.theory.h5", cwd=self.folder)
        program("theory", "run.ini", "--mode", "1", "-o", "pair.theory.h5", cwd=self.folder)
        none = "stationary_laws: skipped: the ensemble has no lone level, or no point, that is in the theory files"
        for theory, run, words in (("constant", "equal", "the ensemble is of model teacher-student"),
                                   ("other", "run", none), ("pair", "run", none)):
            code, out, err = python("draw_theory.py", theory + ".theory.h5", "--stats", run + ".h5", "-o", "none",
                                    "--only", "stationary_laws", *["relaxation_levels"] * (theory != "pair"),
                                    cwd=self.folder)
            self.assertEqual((code, err, os.listdir(self.path("none"))), (0, "", []))
            self.assertIn(words, out)
        for arguments, expected, words in ((("run.h5",), 66, "not a dyson-theory file"),
                                           (("time.theory.h5", "--point", "3"), 64, "points 0 to 2"),
                                           (("none.theory.h5",), 66, "dyson theory")):
            code, _, err = python("draw_theory.py", *arguments, cwd=self.folder)
            self.assertEqual(code, expected, err)
            self.assertIn(words, err)

    def test_statistics_file_alone_gives_the_same_bytes(self):
        os.makedirs(self.path("alone"))
        shutil.copy(self.path("run.stats.h5"), self.path("alone"))
        some = ("fig2_target_spectrum", "fig5_densities", "fig6_scaling", "relaxation")
        code, _, err = self.draw(self.path("alone", "run.h5"), "-o", "two", "--only", *some)
        self.assertEqual(code, 0, err)
        for name in some:
            for suffix in (".png", ".pdf"):
                self.assertTrue(self.read("one", name + suffix) == self.read("two", name + suffix),
                                name + suffix)

    def test_figures_of_another_point(self):
        code, _, err = self.draw("run.h5", "-o", "point", "--point", "0", "--only", "fig5_spacings", "fig5_densities",
                                 "fig6_scaling")
        self.assertEqual(code, 0, err)
        for name in ("fig5_spacings.png", "fig5_densities.png"):
            self.assertNotEqual(self.read("point", name), self.read("one", name))
        name = "fig6_scaling.png"
        self.assertEqual(self.read("point", name), self.read("one", name))
        code, _, err = self.draw("run.h5", "--point", "3")
        self.assertEqual(code, 64)
        self.assertIn("points 0 to 2", err)

    def test_table_shows_the_numbers_of_the_statistics_file(self):
        code, out, err = python("table.py", "run.h5", cwd=self.folder)
        self.assertEqual(code, 0, err)
        with h5py.File(self.path("run.stats.h5")) as file:
            fit = dict(file["scaling/spacing"].attrs)
            # of the points with the largest rate, 0.1, the one of the larger batch, 16
            points = list(zip(file["points/learning_rate"], file["points/batch_size"]))
            point = points.index((0.1, 16))
            spacing = float(file["pairs/spacing_mean"][point, 1])
            predicted = float(file["pairs/predicted_spacing"][point, 1])
        self.assertIn("3 points, 600 replicas done, 0 diverged, 0 pending", out)
        slope = re.search(r"slope of <S> +(\S+) +(\S+) +2\.50\d* ", out)
        self.assertTrue(slope, out)
        self.assertAlmostEqual(float(slope[1]), fit["slope"], delta=0.06 * fit["slope_error"])
        self.assertAlmostEqual(float(slope[2]), fit["slope_error"], delta=0.06 * fit["slope_error"])
        pair = re.search(r"<S>, kappa = 7\.0000 +(\S+) +\S+ +(\S+) ", out)
        self.assertTrue(pair, out)
        self.assertAlmostEqual(float(pair[1]), spacing, delta=0.001)
        self.assertAlmostEqual(float(pair[2]), predicted, delta=0.001)

    def test_p_values_of_the_table(self):
        sys.path.insert(0, ANALYSIS)
        self.addCleanup(sys.path.remove, ANALYSIS)
        from table import chi2_survival
        # 5 % points of the chi-squared law, from printed tables (four digits)
        for dof, chi2 in ((1, 3.841), (2, 5.991), (5, 11.070), (10, 18.307), (39, 54.572)):
            self.assertAlmostEqual(chi2_survival(chi2, dof), 0.05, delta=2e-5)

    def test_example_agrees_with_the_statistics_file(self):
        code, out, err = python("example.py", "run.h5", cwd=self.folder)
        self.assertEqual(code, 0, err)
        rows = re.findall(r"<S> = (\S+) \+- \S+ statistics file: (\S+) ", out)
        self.assertEqual(len(rows), 3, out)
        for own, stored in rows:
            self.assertEqual(own, stored)


if __name__ == "__main__":
    unittest.main()
