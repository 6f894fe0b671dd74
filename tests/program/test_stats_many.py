"""`dyson stats` of more replicas than are kept one by one: what is summed over them exactly, what comes from samples to
the digits that cells leave, the same bits on any number of ranks and from parts of the run; and points of which little
or nothing is done."""
import os
import subprocess
import sys
import unittest

import h5py
import numpy as np

from program import DYSON, Case, environment
from trained import read

RUN_FILE = """[ensemble]
model = teacher-student
replicas = {replicas}
seed = 7
updates = 60
snapshots = 50 60
first_replica = {first}

[teacher-student]
teacher = 2.0 2.0
data = infinite
start = symmetric
init_std = 0.1
noise = 0.1
batch_size = 16

[sweep rate]
learning_rate = 0.3 0.4
"""
MANY = 90000  # beyond the 65,536 numbers that a sample keeps
START_FILE = """[ensemble]
model = rbm
replicas = 30000
seed = 11
updates = 1
snapshots = 0 1

[rbm]
visible = 10
hidden = 10
mass2 = 9.0
target_mass2 = 4.0
init_std = 0.1
learning_rate = 0.1
batch_size = 4
"""
# Runs a program, and says what memory it took at its peak, in kB.
PEAK = ("import resource,subprocess,sys;code=subprocess.call(sys.argv[1:],stdout=subprocess.DEVNULL);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss);sys.exit(code)")


class Many(Case):
    def stats(self, *arguments, ranks=None):
        code, _, lines = self.dyson("stats", *arguments, ranks=ranks)
        self.assertEqual(code, 0, lines)

    def run_of(self, name, replicas, first=0):
        with open(self.path(name + ".ini"), "w") as file:
            file.write(RUN_FILE.format(replicas=replicas, first=first))
        code, _, lines = self.dyson("run", name + ".ini", "--quiet", ranks=2)
        self.assertEqual(code, 0, lines)

    def test_many(self):
        self.run_of("run", MANY)
        self.stats("run.h5", "-o", "one.h5")
        with h5py.File(self.path("run.h5")) as file:
            levels = file["eigenvalues"][:, :, -1, :]
        found = read(self.path("one.h5"))
        for p in range(2):
            x, spacing = levels[p], levels[p, :, 0] - levels[p, :, 1]
            root = np.sqrt(MANY)
            exact = {"levels/mean": x.mean(axis=0), "levels/std": x.std(axis=0, ddof=1),
                     "levels/mean_error": x.std(axis=0, ddof=1) / root,
                     "pairs/spacing_mean": spacing.mean(), "pairs/spacing_mean_error": spacing.std(ddof=1) / root}
            for name, value in exact.items():
                np.testing.assert_allclose(found[name][p].squeeze(), value, rtol=1e-9, err_msg=name)
            squares = (spacing**2).mean()
            sampled = {"pairs/surmise_sigma_ml": np.sqrt(squares) / 2,
                       "pairs/surmise_sigma_ml_error": (spacing**2).std() / root / (4 * np.sqrt(squares))}
            for name, value in sampled.items():
                np.testing.assert_allclose(found[name][p, 0], value, rtol=1e-5, err_msg=name)
            for kind, values in (("spacing", spacing), ("density", x.ravel())):
                edges = found[f"histograms/{kind}/p{p}_k0/edges"]
                counts = found[f"histograms/{kind}/p{p}_k0/density"] * len(values) * (edges[1] - edges[0])
                np.testing.assert_allclose(counts, np.histogram(values, edges)[0], atol=2)  # at an edge: rounding
                quartiles = np.percentile(values, (25, 75))
                width = 2 * (quartiles[1] - quartiles[0]) / np.cbrt(len(values))
                np.testing.assert_allclose(edges[1] - edges[0], width, rtol=1e-3, err_msg=kind)
            # The law is the exact one of this model: neither distance may refuse it (once in 1000 each).
            for name in ("surmise_p_ks", "surmise_p_ad", "density_p_ks", "density_p_ad"):
                self.assertGreater(found["pairs/" + name][p, 0], 1e-3, name)
        self.run_of("first", MANY // 3)
        self.run_of("rest", MANY - MANY // 3, first=MANY // 3)
        self.stats("rest.h5", "first.h5", "-o", "parts.h5", ranks=3)
        for name, value in read(self.path("parts.h5")).items():
            if "@" not in name and np.asarray(value).dtype.kind not in "OU":
                np.testing.assert_array_equal(value, found[name], name)

    def test_start(self):
        """300,000 levels, more than are kept of starts: the distance from the law."""
        with open(self.path("start.ini"), "w") as file:
            file.write(START_FILE)
        code, _, lines = self.dyson("run", "start.ini", "--quiet", ranks=2)
        self.assertEqual(code, 0, lines)
        self.stats("start.h5", "-o", "start.stats.h5")
        with h5py.File(self.path("start.h5")) as file:
            x = np.sort(file["eigenvalues"][0, :, 0, :].ravel())
        found = read(self.path("start.stats.h5"))
        t = np.clip(x / found["initial/edge_high"][0], 0, 1)
        law = 2 / np.pi * (np.arcsin(np.sqrt(t)) + np.sqrt(t * (1 - t)))  # Marchenko and Pastur, ratio 1
        rank = np.arange(len(x))
        exact = max((law - rank / len(x)).max(), ((rank + 1) / len(x) - law).max())
        # A cell has 1e-4 of the levels at most, in which the staircase varies by sqrt(1e-4/300000) = 2e-5.
        self.assertAlmostEqual(found["initial/ks"][0], exact, delta=1e-4)

    def test_memory(self):
        """Four times the replicas take as much memory: a byte each, and what the system adds."""
        peaks = []
        for replicas in (100000, 400000):
            self.run_of("run", replicas)
            done = subprocess.run([sys.executable, "-c", PEAK, DYSON, "stats", "run.h5", "-o", "one.h5"],
                                  cwd=self.folder, env=environment(), text=True, stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, check=True)
            peaks.append(1.024e-3 * int(done.stdout))
            os.remove(self.path("run.h5"))
        self.assertLess(peaks[1] - peaks[0], 8, peaks)  # 300,000 replicas more: 0.6 MB of their status
        self.assertLess(peaks[1], 100, peaks)

    def test_few(self):
        """Three replicas at one point, none or one at the other: numbers where the data give them, elsewhere NaN."""
        self.run_of("run", 3)
        for done in (0, 1):
            with h5py.File(self.path("run.h5"), "r+") as file:
                file["status"][1] = [1] * done + [0] * (3 - done)
            self.stats("run.h5", "-o", "one.h5")
            self.stats("run.h5", "-o", "three.h5", ranks=3)
            found, other = read(self.path("one.h5")), read(self.path("three.h5"))
            self.assertEqual(found["replicas/done"].tolist(), [3, done])
            self.assertTrue(np.isfinite(found["levels/std_error"][0]).all())
            self.assertEqual(np.isfinite(found["levels/mean"][1]).all(), done == 1)
            for name in ("levels/std", "levels/mean_error", "levels/std_error", "pairs/surmise_sigma_ml",
                         "pairs/density_sigma_fit", "pairs/surmise_p_ks"):
                self.assertTrue(np.isnan(found[name][1]).all(), name)
            for name, value in found.items():
                if "@" not in name and np.asarray(value).dtype.kind not in "OU":
                    np.testing.assert_array_equal(value, other[name], name)


if __name__ == "__main__":
    unittest.main()
