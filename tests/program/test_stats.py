"""`dyson stats`: against the definitions of docs/statistics-file.md, computed here with NumPy and SciPy from the
ensemble file."""
import json
import unittest

import h5py
import numpy as np
import scipy.optimize
import scipy.special
import scipy.stats

from program import Case
from trained import REPLICAS, SQRT_PI, UPDATES, Trained, read


def jackknife(statistic, replicas):
    """replicas: n x values."""
    n = len(replicas)
    left = np.array([statistic(np.delete(replicas, i, axis=0).ravel()) for i in range(n)])
    return np.sqrt((n - 1) / n * np.sum((left - left.mean()) ** 2))


def binder(y):
    d = y - y.mean()
    return 1 - np.mean(d ** 4) / (3 * np.mean(d ** 2) ** 2)


def two_level(u):
    gauss = np.exp(-u * u / 2)
    return gauss / (4 * SQRT_PI) * (2 * gauss + np.sqrt(2 * np.pi) * u * scipy.special.erf(u / np.sqrt(2)))


def two_level_cdf(u):
    return (0.5 * scipy.special.erfc(-u) -
            np.exp(-u * u / 2) * scipy.special.erf(u / np.sqrt(2)) / np.sqrt(8))


def surmise_cdf(v):
    return 1 - np.exp(-np.maximum(v, 0) ** 2 / 4)


def edges_of(y, low):
    """Freedman-Diaconis bins from low on."""
    width = 2 * (np.quantile(y, 0.75) - np.quantile(y, 0.25)) * len(y) ** (-1 / 3)
    bins = int(np.floor((y.max() - low) / width)) + 1
    return low + width * np.arange(bins + 1)


def histogram_fit(cdf, start, y, low, with_centre):
    """The documented fit: pooled bins, end bins to infinity, the parameters of largest likelihood."""
    edges = edges_of(y, low)
    counts = np.histogram(y, edges)[0]
    place = lambda theta, e: cdf((e - (theta[1] if with_centre else 0)) / theta[0])
    share, least, kept, taken = [], 5 / len(y), [0.0 if not with_centre else -np.inf], 0.0
    below = 0.0
    for b, edge in enumerate(edges[1:]):
        taken += counts[b] / len(y)
        f = place(start, edge)
        if f - below >= least and 1 - f >= least:
            share.append(taken)
            kept.append(edge)
            taken, below = 0.0, f
    share, kept = np.array(share + [taken]), np.array(kept + [np.inf])

    def expected(theta):
        f = place(theta, kept[1:-1])
        return np.diff(np.concatenate(([0.0], f, [1.0])))

    best = scipy.optimize.minimize(lambda t: -np.sum(share * np.log(np.maximum(expected(t), 1e-300))), start,
                                   method="Nelder-Mead", options={"xatol": 1e-10, "fatol": 1e-15}).x
    chi2 = len(y) * np.sum((share - expected(best)) ** 2 / expected(best))
    return best, chi2, len(share) - 1 - len(best)


def ks_distance(cdf, y):
    f, m = cdf(np.sort(y)), len(y)
    return max(np.max(f - np.arange(m) / m), np.max(np.arange(1, m + 1) / m - f))


def null_p(distance, sample, fitted, size=2000):
    """The share of synthetic ensembles at least as far from the fitted law."""
    random = np.random.default_rng(1)
    return np.mean([fitted(sample(random)) >= distance for _ in range(size)])


def pairs_of(random, n):
    """Eigenvalues of n GOE(2) matrices, sigma = 1."""
    a, b, c = random.normal(size=(3, n))
    half = np.hypot((a - b) / 2, c / np.sqrt(2))
    return np.stack([(a + b) / 2 + half, (a + b) / 2 - half], axis=1)


def line_through_origin(x, y, error):
    w = 1 / error ** 2
    slope = np.sum(w * x * y) / np.sum(w * x * x)
    return slope, np.sum(w * x * x) ** -0.5, np.sum(w * (y - slope * x) ** 2)


class Numbers(Trained):
    statistics = None

    def setUp(self):
        super().setUp()
        if Numbers.statistics is None:
            self.stats("run.h5")
            Numbers.statistics = self.read("run.stats.h5")
        with open(self.path("run.stats.h5"), "wb") as file:
            file.write(Numbers.statistics)
        self.found = read(self.path("run.stats.h5"))
        with h5py.File(self.path("run.h5"), "r") as file:
            self.x = file["eigenvalues"][:, :, -1, :]
            self.kappa = file["target/kappa"][()]
        self.levels = self.found["pairs/levels"]

    def check(self, name, p, k, expected, rtol=1e-9, atol=0.0):
        self.near(self.found[name][p, k], expected, rtol, atol, "%s at %d, %d" % (name, p, k))

    def test_groups(self):
        self.near(self.kappa, [4, 5, 5, 7, 7, 8], 1e-9)
        self.assertEqual(self.levels.tolist(), [[1, 2], [3, 4]])
        self.assertEqual(self.found["singles/levels"].tolist(), [0, 5])
        self.assertEqual(self.found["replicas/done"].tolist(), [REPLICAS] * 5)
        self.near(self.found["points/abscissa_rate"],
                  self.found["points/learning_rate"] / self.found["points/batch_size"], 1e-14)

    def test_levels(self):
        for p in range(5):
            for i in range(6):
                y = self.x[p, :, i]
                self.check("levels/mean", p, i, y.mean())
                self.check("levels/mean_error", p, i, y.std(ddof=1) / np.sqrt(len(y)))
                self.check("levels/std", p, i, y.std(ddof=1))
                self.check("levels/skewness", p, i, scipy.stats.skew(y), 1e-7)
                self.check("levels/binder", p, i, binder(y), 1e-7, 1e-9)
                group = [j for j in range(6) if abs(self.kappa[j] - self.kappa[i]) < 1e-6]
                ratio = (9 - self.x[p][:, group].mean(axis=1)) / self.kappa[i]
                self.check("levels/lambda_ratio", p, i, ratio.mean())
                self.check("levels/lambda_ratio_error", p, i, ratio.std(ddof=1) / np.sqrt(len(y)))
        y = self.x[2, :, 0]
        self.check("levels/std_error", 2, 0, jackknife(lambda z: z.std(ddof=1), y[:, None]), 1e-6)

    def test_drift(self):
        with h5py.File(self.path("run.h5"), "r") as file:
            moved = self.x - file["eigenvalues"][:, :, 1, :]
        self.assertEqual(self.found["@previous_snapshot"], UPDATES // 2)
        self.near(self.found["levels/drift"], moved.mean(axis=1), 1e-9, 1e-12)
        self.near(self.found["levels/drift_error"], moved.std(axis=1, ddof=1) / np.sqrt(REPLICAS), 1e-9)

    def test_overlap(self):
        n = REPLICAS
        for p in range(5):
            overlap = [np.sum(self.x[p, :, i][:, None] < self.x[p, :, i + 1][None, :]) / (n * (n - 1))
                       for i in range(5)]
            overlap[1] = overlap[3] = 0.0  # within a degenerate pair
            self.near(self.found["levels/overlap"][p], overlap, 1e-12)
            most = [max(overlap[0], overlap[2]), max(overlap[2], overlap[4])]
            self.near(self.found["pairs/overlap"][p], most, 1e-12)
            self.assertEqual(self.found["pairs/mixing"][p].tolist(),
                             [int(o > self.found["@mixing_threshold"]) for o in most])

    def test_spacings(self):
        for p in range(5):
            for k, (i, j) in enumerate(self.levels):
                s = self.x[p, :, i] - self.x[p, :, j]
                n = len(s)
                sigma = np.sqrt(np.mean(s ** 2)) / 2
                self.check("pairs/spacing_mean", p, k, s.mean())
                self.check("pairs/spacing_mean_error", p, k, s.std(ddof=1) / np.sqrt(n))
                self.check("pairs/surmise_sigma_ml", p, k, sigma)
                self.check("pairs/surmise_sigma_ml_error", p, k,
                           jackknife(lambda z: np.sqrt(np.mean(z ** 2)) / 2, s[:, None]), 0.01)
                theta, chi2, dof = histogram_fit(surmise_cdf, [sigma], s, 0.0, False)
                self.check("pairs/surmise_sigma_fit", p, k, theta[0], 2e-5)  # its own error: 1e-2
                self.check("pairs/surmise_fit_chi2", p, k, chi2, 1e-5)
                self.check("pairs/surmise_fit_dof", p, k, dof)
                edges = edges_of(s, 0.0)
                name = "histograms/spacing/p%d_k%d/" % (p, k)
                self.near(self.found[name + "edges"], edges, 1e-9, 1e-12)
                counts = np.histogram(s, edges)[0]
                self.near(self.found[name + "density"], counts / (n * np.diff(edges)), 1e-7)

    def test_density(self):
        for p in range(5):
            for k, (i, j) in enumerate(self.levels):
                both = self.x[p][:, [i, j]]
                y = both.ravel()

                def likelihood(theta):
                    return -np.sum(np.log(two_level((y - theta[0]) / theta[1]) / theta[1]))

                start = [y.mean(), np.sqrt(np.mean((y - y.mean()) ** 2) / 1.5)]
                best = scipy.optimize.minimize(likelihood, start, method="Nelder-Mead",
                                               options={"xatol": 1e-9, "fatol": 1e-9}).x
                self.check("pairs/density_x0_ml", p, k, best[0], 1e-6)
                self.check("pairs/density_sigma_ml", p, k, best[1], 1e-5)
                theta, chi2, dof = histogram_fit(two_level_cdf, best[::-1], y, y.min(), True)
                self.check("pairs/density_sigma_fit", p, k, theta[0], 1e-5)
                self.check("pairs/density_x0_fit", p, k, theta[1], 2e-5)
                self.check("pairs/density_fit_chi2", p, k, chi2, 1e-4)
                self.check("pairs/density_fit_dof", p, k, dof)
                self.check("pairs/binder", p, k, binder(y), 1e-7)
                self.check("pairs/binder_error", p, k, jackknife(binder, both), 1e-6)

    def test_fit_errors(self):
        """Errors against a bootstrap over replicas: 300 resamplings know them to 4 %; four of those."""
        random = np.random.default_rng(2)
        i, j = self.levels[0]
        both = self.x[3][:, [i, j]]
        fits = []
        for _ in range(300):
            y = both[random.integers(len(both), size=len(both))].ravel()
            width = np.sqrt(np.mean((y - y.mean()) ** 2) / 1.5)
            theta = histogram_fit(two_level_cdf, [width, y.mean()], y, y.min(), True)[0]
            fits.append([theta[0], theta[1], np.mean(y[0::2] - y[1::2])])
        covariance = np.cov(np.transpose(fits))
        self.check("pairs/density_sigma_fit_error", 3, 0, covariance[0, 0] ** 0.5, 0.2)
        self.check("pairs/density_x0_fit_error", 3, 0, covariance[1, 1] ** 0.5, 0.2)
        self.check("pairs/spacing_sigma_covariance", 3, 0, covariance[0, 2], 0.35)
        self.check("pairs/density_sigma_ml_error", 3, 0, covariance[0, 0] ** 0.5, 0.25)

    def test_p_values(self):
        """2000 + 4999 nulls: the difference of two p has an error below 0.013; four of those."""
        n = REPLICAS
        for p in (0, 4):
            for k, (i, j) in enumerate(self.levels):
                both = self.x[p][:, [i, j]]

                def of_spacing(s):
                    return ks_distance(lambda v: surmise_cdf(v / (np.sqrt(np.mean(s ** 2)) / 2)), s)

                def of_density(y):
                    sigma = np.sqrt(np.mean((y - y.mean()) ** 2) / 1.5)
                    return ks_distance(lambda v: two_level_cdf((v - y.mean()) / sigma), y.ravel())

                def of_gaussian(y):
                    return ks_distance(scipy.stats.norm(y.mean(), y.std(ddof=1)).cdf, y)

                self.check("pairs/surmise_p_ks", p, k,
                           null_p(of_spacing(both[:, 0] - both[:, 1]),
                                  lambda random: -np.subtract(*pairs_of(random, n).T[::-1]), of_spacing),
                           0, 0.052)
                self.check("pairs/density_p_ks", p, k,
                           null_p(of_density(both), lambda random: pairs_of(random, n), of_density),
                           0, 0.052)
            y = self.x[p, :, 5]
            self.check("singles/gaussian_p_ks", p, 1,
                       null_p(of_gaussian(y), lambda random: random.normal(size=n), of_gaussian), 0, 0.052)

    def test_predictions(self):
        rate = self.found["points/abscissa_rate"]
        for k, (i, _) in enumerate(self.levels):
            x = 9 - self.kappa[i]
            memory = (x / 9) ** 6  # of the chains, k = 3
            sigma = np.sqrt(2 * rate * x * (1 + memory) / (1 - memory))
            self.near(self.found["pairs/predicted_sigma"][:, k], sigma, 1e-12)
            self.near(self.found["pairs/predicted_spacing"][:, k], SQRT_PI * sigma, 1e-12)
            self.near(self.found["pairs/abscissa"][:, k], np.sqrt(rate * x), 1e-12)

    def test_scaling(self):
        f = self.found
        fit = {name: f["pairs/" + name].ravel() for name in
               ("abscissa", "spacing_mean", "spacing_mean_error", "density_sigma_fit",
                "density_sigma_fit_error", "spacing_sigma_covariance")}
        rate, batch = f["points/learning_rate"], f["points/batch_size"]
        choices = {"": np.full(5, True), "/by/learning_rate": batch == 16, "/by/batch_size": rate == 0.05}
        for by, chosen in choices.items():
            use = np.repeat(chosen, 2)
            x, s, e = (fit[name][use] for name in ("abscissa", "spacing_mean", "spacing_mean_error"))
            w, we, cov = (fit[name][use] * SQRT_PI for name in
                          ("density_sigma_fit", "density_sigma_fit_error", "spacing_sigma_covariance"))
            slope = 1.0
            for _ in range(50):
                residual = np.sqrt(e ** 2 + slope ** 2 * we ** 2 - 2 * slope * cov)
                both = line_through_origin(w, s, residual)
                slope = both[0]
            for name, line in (("spacing", line_through_origin(x, s, e)),
                               ("sigma", line_through_origin(x, w, we)),
                               ("spacing_against_sigma", both)):
                group = "scaling/" + name + by
                for key, value in zip(("slope", "slope_error", "chi2"), line):
                    self.near(f[group + "@" + key], value, 1e-6, 0, group + " " + key)
                self.assertEqual(f[group + "@dof"], 2 * chosen.sum() - 1)
                self.assertEqual(sorted(set(f[group + "/point"])), np.flatnonzero(chosen).tolist())
        self.near(f["scaling/spacing@predicted"], np.sqrt(2 * np.pi), 1e-12)
        self.assertEqual(f["scaling/spacing_against_sigma@predicted"], 1)

    def test_repulsion(self):
        f, rate = self.found, self.found["points/abscissa_rate"]
        used = f["repulsion/points_used"].astype(bool)
        few = rate <= 0.25 * rate.max()
        expected = few if len(set(rate[few])) >= 3 else rate > 0
        self.assertEqual(used.tolist(), expected.tolist())
        moves = np.abs(f["levels/drift"]) > 4 * f["levels/drift_error"]
        self.assertEqual(f["levels/moves"].tolist(), moves.astype(int).tolist())
        self.assertTrue(moves.any() and not moves.all())
        lines = 0
        for i in range(6):
            mine = used & ~moves[:, i]
            if mine.sum() < 2:
                self.assertTrue(np.isnan(f["repulsion/slope"][i]))
                continue
            lines += 1
            y, e = f["levels/lambda_ratio"][mine, i], f["levels/lambda_ratio_error"][mine, i]
            if mine.sum() == 2:
                slope = np.diff(y)[0] / np.diff(rate[mine])[0]
                self.near(f["repulsion/slope"][i], slope, 1e-6)
                continue
            (slope, intercept), cov = np.polyfit(rate[mine], y, 1, w=1 / e, cov="unscaled")
            self.near(f["repulsion/slope"][i], slope, 1e-6)
            self.near(f["repulsion/intercept"][i], intercept, 1e-8)
            self.near(f["repulsion/slope_error"][i], cov[0, 0] ** 0.5, 1e-6)
            self.near(f["repulsion/intercept_error"][i], cov[1, 1] ** 0.5, 1e-6)
        self.assertGreater(lines, 2)

    def test_described(self):
        with h5py.File(self.path("run.stats.h5"), "r") as file:
            self.assertEqual(file.attrs["format"], "dyson-statistics")
            self.assertEqual(file.attrs["snapshot"], UPDATES)
            self.assertEqual(list(file.attrs["sources"]), ["run.h5"])
            bare = []
            file.visititems(lambda name, item: bare.append(name) if isinstance(item, h5py.Dataset) and
                            not (item.attrs.get("description") and item.attrs.get("units")) else None)
        self.assertEqual(bare, [])


SPLIT_FILE = """[ensemble]
model = teacher-student
replicas = {replicas}
seed = 20240723
updates = {updates}
snapshots = 2

[teacher-student]
teacher = 2.2 1.8

[sweep noise]
learning_rate = 0.5
batch_size = 16
noise = 0.3 1 3
"""


class Splittings(Case):
    """Two levels with different targets: against SciPy's Rice law, and the model's prediction."""

    def setUp(self):
        super().setUp()
        self.write(text=SPLIT_FILE, replicas=400, updates=60)
        self.train("run.ini", "--quiet")
        code, self.out, lines = self.dyson("stats", "run.h5")
        self.assertEqual(code, 0, lines)
        self.found = {name[11:]: value for name, value in read(self.path("run.stats.h5")).items()
                      if name.startswith("splittings/")}
        with h5py.File(self.path("run.h5"), "r") as file:
            x = file["eigenvalues"][:, :, -1, :]
        self.spacing = x[:, :, 0] - x[:, :, 1]
        self.sigma = np.array([0.3, 1, 3]) * np.sqrt(0.5 / 16 / 0.75)  # finite-rate factor included

    def near(self, name, expected, rtol):
        np.testing.assert_allclose(self.found[name][:, 0], expected, rtol=rtol, err_msg=name)

    @staticmethod
    def rice(delta, sigma):
        return scipy.stats.rice(delta / (np.sqrt(2) * sigma), scale=np.sqrt(2) * sigma)

    def test_predictions(self):
        self.near("predicted_sigma", self.sigma, 1e-12)
        self.near("predicted_spacing", self.rice(0.4, self.sigma).mean(), 1e-10)
        self.near("closure_spacing", (0.4 + np.sqrt(0.16 + 4 * np.pi * self.sigma ** 2)) / 2, 1e-12)
        self.near("isolation", np.inf, 0)
        np.testing.assert_allclose(self.found["target_splitting"], [0.4], rtol=1e-12)
        self.assertEqual(self.found["levels"].tolist(), [[0, 1]])
        self.assertEqual(self.found["alone"].tolist(), [[1], [1], [1]])

    def test_measured(self):
        n = self.spacing.shape[1]
        error = self.spacing.std(axis=1, ddof=1) / np.sqrt(n)
        self.near("spacing_mean", self.spacing.mean(axis=1), 1e-12)
        self.near("spacing_mean_error", error, 1e-10)
        # The law is that of the model: 4 errors, once in 16000.
        deviation = (self.found["spacing_mean"] - self.found["predicted_spacing"])[:, 0] / error
        self.assertLess(np.abs(deviation).max(), 4)
        for p, spacing in enumerate(self.spacing):
            test = scipy.stats.kstest(spacing, self.rice(0.4, self.sigma[p]).cdf, method="exact")
            # Stephens' correction for n is good to better than 1 % at n = 400
            self.assertAlmostEqual(self.found["rice_p_ks"][p, 0], test.pvalue, delta=0.01)
            self.assertGreater(test.pvalue, 1e-3)

    def test_likelihood(self):
        for p, spacing in enumerate(self.spacing[:2]):  # beyond, Delta is hardly determined
            def minus(theta):
                return -self.rice(abs(theta[0]), abs(theta[1])).logpdf(spacing).sum()

            best = scipy.optimize.minimize(minus, (0.4, self.sigma[p]), method="Nelder-Mead",
                                           options={"xatol": 1e-9, "fatol": 1e-9, "maxiter": 2000})
            for name, value in zip(("splitting_ml", "sigma_ml"), np.abs(best.x)):
                error = self.found[name + "_error"][p, 0]
                self.assertAlmostEqual(self.found[name][p, 0], value, delta=1e-3 * error)

    def test_histogram_json_and_table(self):
        with h5py.File(self.path("run.stats.h5"), "r") as file:
            group = file["histograms/splitting/p1_d0"]
            edges, density = group["edges"][...], group["density"][...]
        expected = edges_of(self.spacing[1], self.spacing[1].min())
        np.testing.assert_allclose(edges, expected, rtol=1e-9)
        counts = np.histogram(self.spacing[1], expected)[0]
        np.testing.assert_allclose(density, counts / counts.sum() / np.diff(expected), rtol=1e-9)
        document = json.loads(self.dyson("stats", "run.h5", "--json")[1])
        for p, point in enumerate(document["points"]):
            couple, = point["splittings"]
            for name in ("spacing_mean", "sigma_ml", "closure_spacing"):
                self.assertEqual(couple[name], self.found[name][p, 0])
            self.assertEqual(couple["target_splitting"], self.found["target_splitting"][0])
            self.assertIsNone(couple["isolation"])
            self.assertTrue(couple["alone"])
        rows = [line.split() for line in self.out.splitlines()]
        at = rows.index(next(row for row in rows if row[:2] == ["split", "Delta"])) + 1  # point 0
        names = ("spacing_mean", "spacing_mean_error", "predicted_spacing", "closure_spacing",
                 "splitting_ml", "splitting_ml_error", "sigma_ml", "sigma_ml_error",
                 "predicted_sigma", "rice_p_ks")
        shown = [float(word) for word in rows[at]]
        np.testing.assert_allclose(shown, [0, 0.4, *(self.found[name][0, 0] for name in names)],
                                   atol=6e-5)


# The table's numbers of a pair, without the p-values.


if __name__ == "__main__":
    unittest.main()
