"""`dyson stats` on whole spectra: against the definitions of docs/statistics-file.md, computed here with NumPy and
SciPy from the ensemble file, and against the laws of the Gaussian orthogonal ensemble."""
import unittest

import h5py
import numpy as np
import scipy.linalg
import scipy.special
import scipy.stats

from program import Case
from trained import read

RUN_FILE = """[ensemble]
model = teacher-student
replicas = {replicas}
seed = 20240723
updates = {updates}
snapshots = 0 3 {updates}

[teacher-student]
size = %d
teacher_value = %g
learning_rate = 0.4
batch_size = 16
noise = 0.1
"""
RBM_FILE = """[ensemble]
model = rbm
replicas = {replicas}
seed = 5
updates = {updates}
snapshots = 1

[rbm]
visible = 40
hidden = 20
mass2 = 9.0
target_mass2 = 4.0
learning_rate = 0.1
batch_size = 16
"""
LEVELS, REPLICAS, UPDATES, TEACHER = 40, 240, 30, 2.0


def law(update):
    """Centre and standard deviation off the diagonal of W_s at an update, by its recursion."""
    centre, variance = 0.0, 0.1 ** 2 / 2
    for _ in range(update):
        centre += 0.4 * (TEACHER - centre)
        variance = 0.6 ** 2 * variance + 0.4 ** 2 * 0.1 ** 2 / 16
    return centre, np.sqrt(variance)


def blocks(replicas):
    """First replica of each block, and the end."""
    count = min(replicas, 32)
    return [k * replicas // count for k in range(count + 1)]


def jackknife(numerator, denominator):
    """A ratio of sums over replicas, and its error by leaving out one block at a time."""
    edges = blocks(len(numerator))
    above = np.array([numerator[a:b].sum(axis=0) for a, b in zip(edges, edges[1:])])
    below = np.array([denominator[a:b].sum(axis=0) for a, b in zip(edges, edges[1:])])
    left = (above.sum(axis=0) - above) / (below.sum(axis=0) - below)
    n = len(left)
    return above.sum(axis=0) / below.sum(axis=0), np.sqrt((n - 1) / n * ((left - left.mean(axis=0)) ** 2).sum(axis=0))


def ratios(x):
    s = -np.diff(x, axis=1)
    s = s[:, x.shape[1] // 10:s.shape[1] - x.shape[1] // 10]
    r = np.minimum(s[:, 1:], s[:, :-1]) / np.maximum(s[:, 1:], s[:, :-1])
    return jackknife(r.sum(axis=1), np.full(len(r), r.shape[1]))


def tracy_widom(x, nodes=60):
    """F_1 by Painleve's second equation: q'' = x q + 2 q^3 from q = Ai at the right."""
    from scipy.integrate import solve_ivp
    start = 6.0
    ai = scipy.special.airy(start)
    right = np.trapezoid if hasattr(np, "trapezoid") else np.trapz
    tail = np.linspace(start, start + 12, 4001)
    q = scipy.special.airy(tail)[0]
    # y = q, q', int_x q, int_x (t - x) q^2, int_x q^2
    first = [ai[0], ai[1], right(q, tail), right((tail - start) * q * q, tail), right(q * q, tail)]
    found = solve_ivp(lambda t, y: [y[1], t * y[0] + 2 * y[0] ** 3, -y[0], -y[4], -y[0] ** 2], (start, -5), first,
                      rtol=1e-11, atol=1e-14, dense_output=True).sol(x)
    return np.exp(-0.5 * (found[2] + found[3]))


class Orthogonal(Case):
    @classmethod
    def setUpClass(cls):
        cls.found = None

    def setUp(self):
        super().setUp()
        if type(self).found is None:
            self.write("run.ini", RUN_FILE % (LEVELS, TEACHER), REPLICAS, UPDATES)
            self.train("run.ini", "--quiet")
            code, type(self).out, lines = self.dyson("stats", "run.h5", ranks=1)
            self.assertEqual(code, 0, lines)
            type(self).found, type(self).file = read(self.path("run.stats.h5")), self.read("run.h5")
        with open(self.path("run.h5"), "wb") as file:
            file.write(type(self).file)
        with h5py.File(self.path("run.h5")) as file:
            self.x = file["eigenvalues"][0].swapaxes(0, 1)  # snapshots x replicas x levels
            self.updates = file["snapshots"][...]

    def near(self, name, t, expected, rtol=1e-9, atol=1e-12):
        found = self.found[name][(0, t) if np.isscalar(t) else (0, *t)]
        np.testing.assert_allclose(found, expected, rtol, atol, err_msg=name)

    def unfolded(self, t):
        """Levels of the bulk in units of their spacing, ascending, from its lower end."""
        centre, sigma = law(self.updates[t])
        u = np.clip((self.x[t][:, ::-1] - centre) / (2 * sigma * np.sqrt(LEVELS)), -1, 1)
        y = LEVELS * (0.5 + (u * np.sqrt(1 - u * u) + np.arcsin(u)) / np.pi) - np.arcsin(u) / (2 * np.pi)
        return y - 0.1 * LEVELS

    def test_ratios(self):
        for t in range(3):
            value, error = ratios(self.x[t])
            self.near("ratios/ratio", t, value)
            self.near("ratios/ratio_error", t, error)
            self.assertLess(abs(value - 0.5307), 5 * error)
        self.assertAlmostEqual(self.found["ratios/poisson"][0], 2 * np.log(2) - 1)
        self.assertEqual(self.found["ratios/update"].tolist(), self.updates.tolist())

    def test_unfolded(self):
        found, length = self.found, 0.8 * LEVELS
        self.assertEqual(found["unfolded/method"].tolist(), [[1, 1, 1]])
        for t in range(3):
            y = self.unfolded(t)
            lower = (y[:, :-1] >= 0) & (y[:, :-1] < length)
            s = np.diff(y, axis=1)
            self.near("unfolded/spacing_mean", t, jackknife((s * lower).sum(axis=1), lower.sum(axis=1))[0], 1e-7)
            bins = np.arange(65) / 16
            count = np.array([np.histogram(row[low], bins)[0] for row, low in zip(s, lower)])
            value, error = jackknife(count, lower.sum(axis=1)[:, None] / 16)
            self.near("unfolded_spacings/density", t, value, 1e-7)
            self.near("unfolded_spacings/density_error", t, error, 1e-6)
            self.check_numbers(t, y, length)
            inside = (y >= 0) & (y < length)
            w = np.where(inside, (4 * y / length * (1 - y / length)) ** 3, 0)
            tau = found["form_factor/tau"]
            form = np.abs((w[:, :, None] * np.exp(2j * np.pi * y[:, :, None] * tau)).sum(axis=1)) ** 2
            value, error = jackknife(form, (w * w).sum(axis=1)[:, None])
            value[tau * length < 4 - 1e-9] = np.nan
            self.near("form_factor/form_factor", t, value, 1e-6)
            self.assertGreater(found["unfolded/p"][0, t], 1e-4)
            self.assertLess(abs(found["unfolded/brody"][0, t] - found["unfolded/brody_orthogonal"][0, t]),
                            5 * found["unfolded/brody_error"][0, t])

    def check_numbers(self, t, y, length):
        cells = int(2 * length)
        below = np.array([np.searchsorted(row[row >= 0], 0.5 * np.arange(cells + 1)) for row in y])
        for k, interval in enumerate(self.found["number_statistics/length"]):
            width = int(2 * interval)
            if 4 * width > cells:
                self.assertTrue(np.isnan(self.found["number_statistics/variance"][0, t, k]))
                continue
            n = below[:, width:] - below[:, :-width]
            self.near("number_statistics/variance", (t, k), (n * n).mean() - n.mean() ** 2, 1e-9)
            if t < 2 or interval not in (1, 2):
                continue
            # the best straight line through the staircase, on a fine grid
            grid = 2000
            e = (np.arange(grid) + 0.5) / grid - 0.5
            ends = 0.5 * np.arange(0, cells - width + 1, width)
            steps = np.array([np.searchsorted(row, end + interval * (e + 0.5)) for row in y for end in ends])
            squares = steps.var(axis=1) - 12 * (steps @ e / grid) ** 2
            self.near("number_statistics/rigidity", (t, k), squares.mean(), 1e-3)

    def test_law(self):
        found = self.found
        for t in range(3):
            centre, sigma = law(self.updates[t])
            half = 2 * sigma * np.sqrt(LEVELS)
            self.near("spectral_law/edge_low", t, centre - half)
            self.near("spectral_law/edge_high", t, centre + half)
            edges = np.linspace(centre - 1.2 * half, centre + 1.2 * half, 49)
            self.near("spectral_density/density", t, np.histogram(self.x[t], edges)[0] /
                      (REPLICAS * LEVELS * np.diff(edges)), 1e-9)
            largest = (self.x[t][:, 0] - centre - 2 * sigma * np.sqrt(LEVELS - 0.5)) / (sigma * LEVELS ** (-1 / 6))
            self.near("spectral_law/edge_mean", t, largest.mean(), 1e-7)
            self.near("spectral_law/edge_std", t, largest.std(ddof=1), 1e-7)
            count = np.histogram(largest, np.linspace(-6, 4, 41))[0]
            self.near("largest_level/density", t, count / (REPLICAS * 0.25), 1e-9)
            self.near("largest_level/density_error", t, np.sqrt(count) / (REPLICAS * 0.25), 1e-9)
            distance = scipy.stats.kstest(largest, tracy_widom).statistic
            self.near("spectral_law/edge_ks", t, distance, 0, 0.01)  # the program's bins are 1/128 wide
            self.assertGreater(found["spectral_law/edge_p"][0, t], 1e-4)
            self.assertGreater(found["spectral_law/density_p"][0, t], 1e-4)
            self.assertLess(found["spectral_law/density_ks"][0, t], 0.02)
        self.assertAlmostEqual(found["spectral_law/edge_mean_orthogonal"][0], -1.2065336, 5)
        self.assertAlmostEqual(found["largest_level/orthogonal"].sum() / 4, tracy_widom(np.array([4.0]))[0], 4)
        self.assertAlmostEqual(found["spectral_law/edge_std_orthogonal"][0], 1.2679831, 4)
        for words in ("ratio of spacings: %.4f" % found["ratios/ratio"][0, 2], "unfolding analytic",
                      "density, semicircle: p %.4f" % found["spectral_law/density_p"][0, 2]):
            self.assertIn(words, self.out)

    def test_other_unfolding(self):
        code, _, lines = self.dyson("stats", "run.h5", "--unfolding", "local:4")
        self.assertEqual(code, 0, lines)
        found = read(self.path("run.stats.h5"))
        self.assertEqual((found["@unfolding"], self.found["@unfolding"]), ("local:4", "auto"))
        self.assertEqual(found["unfolded/method"].tolist(), [[3, 3, 3]])
        self.assertTrue(np.isnan(found["number_statistics/variance"]).all())
        x = self.x[0][:, ::-1]
        s = np.diff(x, axis=1)[:, 4:35] * 9 / (x[:, 9:] - x[:, :-9])
        self.assertAlmostEqual(found["unfolded/spacing_mean"][0, 0], s.mean(), 10)
        for text in ("wigner", "local:0", "polynomial:99"):
            code, _, lines = self.dyson("stats", "run.h5", "--unfolding", text)
            self.assertEqual(code, 64)
            self.assertIn("--unfolding %s: must be auto, analytic," % text, lines[-1])


class Small(Case):
    def test_three_levels(self):
        """<r~> = 4 - 2 sqrt(3); no unfolded spectra."""
        self.write("run.ini", RUN_FILE % (3, TEACHER), 6000, 20)
        self.train("run.ini", "--quiet")
        self.assertEqual(self.dyson("stats", "run.h5")[0], 0)
        found = read(self.path("run.stats.h5"))
        self.assertAlmostEqual(found["ratios/orthogonal"][0], 4 - 2 * np.sqrt(3))
        for t in range(3):
            error = found["ratios/ratio_error"][0, t]
            self.assertLess(error, 0.006)
            self.assertLess(abs(found["ratios/ratio"][0, t] - 4 + 2 * np.sqrt(3)), 5 * error)
        self.assertFalse([name for name in found if name.startswith(("unfolded", "number", "form"))])

    def test_start(self):
        """The RBM's update 0: Marchenko-Pastur; later: a polynomial; the same bits on any number of ranks."""
        self.write("run.ini", RBM_FILE, 300, 2)
        self.train("run.ini", "--quiet")
        for ranks in (None, 3):
            self.assertEqual(self.dyson("stats", "run.h5", "-o", "%s.stats.h5" % ranks, ranks=ranks)[0], 0)
        found, three = read(self.path("None.stats.h5")), read(self.path("3.stats.h5"))
        for name, value in found.items():
            if "@" not in name:
                self.assertEqual(value.tobytes(), three[name].tobytes(), name)
        self.assertEqual(found["spectral_law/kind"].tolist(), [[2, 0]])
        self.assertEqual(found["unfolded/method"].tolist(), [[1, 2]])
        self.assertGreater(found["spectral_law/density_p"][0, 0], 1e-4)
        self.assertTrue(np.isnan(found["spectral_law/density_p"][0, 1]))
        for t in range(2):
            self.assertLess(abs(found["unfolded/spacing_mean"][0, t] - 1), 0.02)
            self.assertLess(abs(found["unfolded/brody"][0, t] - 0.954), 0.02 + 5 * found["unfolded/brody_error"][0, t])


if __name__ == "__main__":
    unittest.main()
