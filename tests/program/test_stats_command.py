"""`dyson stats` as a command: its table and JSON, snapshots, merged and damaged files, the same bits on any number
of ranks, refusals."""
import json
import os
import subprocess
import unittest
import zlib

import h5py
import numpy as np

from trained import REPLICAS, RUN_FILE, SQRT_PI, UPDATES, Trained, read

COLUMNS = (("spacing_mean", 1), ("spacing_mean_error", 1), ("predicted_spacing", 1),
           ("density_sigma_fit", SQRT_PI), ("density_sigma_fit_error", SQRT_PI),
           ("binder", 1), ("binder_error", 1), ("overlap", 1))


class Command(Trained):
    def test_ranks(self):
        """The same file, bit for bit, and the same document on 1 to 4 ranks."""
        reference = None
        for ranks in (None, 1, 2, 3, 4):
            out = self.stats("run.h5", "--json", "-o", "out.stats.h5", ranks=ranks)
            found = read(self.path("out.stats.h5"))
            if reference is None:
                reference = found, out
            self.assertEqual(out, reference[1])
            self.assertEqual(found.keys(), reference[0].keys())
            for name, value in found.items():
                array, expected = np.asarray(value), np.asarray(reference[0][name])
                if array.dtype.kind in "OU":  # texts: their bytes are addresses
                    self.assertEqual(array.tolist(), expected.tolist(), name)
                else:
                    self.assertEqual(array.tobytes(), expected.tobytes(), name)

    def test_merge(self):
        """A run made in two parts, given in the wrong order, is the run made at once."""
        self.stats("run.h5")
        self.write("part.ini", RUN_FILE, REPLICAS, UPDATES)
        self.train("part.ini", "-o", "a.h5", "--set", "ensemble.replicas=101")
        self.train("part.ini", "-o", "b.h5", "--set", "ensemble.first_replica=101",
                   "--set", "ensemble.replicas=%d" % (REPLICAS - 101))
        self.stats("b.h5", "a.h5", "-o", "merged.stats.h5")
        one, two = read(self.path("run.stats.h5")), read(self.path("merged.stats.h5"))
        self.assertEqual(one.keys(), two.keys())
        for name, value in one.items():
            if name not in ("@sources", "@run_file"):
                np.testing.assert_array_equal(value, two[name], name)
        lines = self.stats("run.h5", "a.h5", expect=65)
        self.assertIn("replica 0", lines[0])

    def test_json(self):
        document = json.loads(self.stats("run.h5", "--json"))
        found = read(self.path("run.stats.h5"))
        self.assertEqual(document["model"], "rbm")
        self.assertEqual(len(document["points"]), 5)
        for p, point in enumerate(document["points"]):
            for k, pair in enumerate(point["pairs"]):
                self.assertEqual(pair["spacing_mean"], found["pairs/spacing_mean"][p, k])
                self.assertEqual(pair["surmise_p_ad"], found["pairs/surmise_p_ad"][p, k])
            self.assertEqual(point["replicas"]["done"], REPLICAS)
        self.assertEqual(document["scaling"][0]["slope"], found["scaling/spacing@slope"])

    def test_table(self):
        out = self.stats("run.h5")
        self.assertIn("learning_rate=0.05 batch_size=64", out)
        self.assertIn("predicted", out)
        self.assertIn("2.50663", out)  # sqrt(2 pi)
        found = read(self.path("run.stats.h5"))
        rows = [line.split() for line in out.splitlines()]
        at = rows.index(next(row for row in rows if row[:2] == ["pair", "kappa"])) + 1
        for k in range(2):  # point 0
            numbers = [float(word.rstrip("*").lstrip("<")) for word in rows[at + k]]
            expected = [k, found["pairs/kappa"][k], *(found["pairs/" + name][0, k] * scale
                                                   for name, scale in COLUMNS)]
            self.near(numbers[:7], expected[:7], 0, 6e-5)
            self.near(numbers[10:13], expected[7:10], 0, 6e-5)

    def test_snapshot(self):
        self.stats("run.h5", "--snapshot", "0")
        with h5py.File(self.path("run.h5"), "r") as file:
            mean = file["eigenvalues"][:, :, 0, :].mean(axis=1)
        found = read(self.path("run.stats.h5"))
        self.near(found["levels/mean"], mean, 1e-9)
        self.assertTrue(np.isnan(found["levels/drift"]).all())
        self.stats("run.h5", "--snapshot", str(UPDATES // 2))  # the one before is the start: no judgement
        self.assertEqual(read(self.path("run.stats.h5"))["@previous_snapshot"], -1)
        lines = self.stats("run.h5", "--snapshot", "7", expect=64)
        self.assertIn("0, %d, %d" % (UPDATES // 2, UPDATES), lines[0])

    def test_drift_is_judged_over_a_relaxation_time(self):
        """kappa = 8 at alpha = 0.04 relaxes in 800 updates: snapshots closer than that do not tell whether a mean
        still moves."""
        self.write("close.ini", RUN_FILE.replace("snapshots = 2", "snapshots = 0 500 1000 1900 1990 2000"), 20, 2000)
        self.train("close.ini", "--quiet")
        for arguments, expected in (((), 1000), (("--snapshot", "1000"), 500), (("--snapshot", "500"), -1)):
            self.stats("close.h5", *arguments)
            found = read(self.path("close.stats.h5"))
            self.assertEqual(found["@drift_snapshot"], expected)
            with h5py.File(self.path("close.h5"), "r") as file:
                x, update = file["eigenvalues"][()], list(file["snapshots"])
            if expected > 0:
                moved = x[:, :, update.index(found["@snapshot"])] - x[:, :, update.index(expected)]
                self.near(found["levels/drift"], moved.mean(axis=1), 1e-9, 1e-12)
            else:
                self.assertTrue(np.isnan(found["levels/drift"]).all())

    def test_no_line_through_one_value(self):
        """A sweep names batch_size, but with one value: only learning_rate was varied."""
        text = RUN_FILE[:RUN_FILE.index("[sweep batch]")]
        self.write("one.ini", text, 20, 200)
        self.train("one.ini", "--quiet")
        out = self.stats("one.h5")
        self.assertIn("learning_rate alone varied", out)
        self.assertNotIn("batch_size alone varied", out)
        with h5py.File(self.path("one.stats.h5"), "r") as file:
            self.assertEqual(list(file["scaling/spacing/by"]), ["learning_rate"])

    def test_fit_that_runs_away_is_none(self):
        """A pair that sits at 0 in all replicas but one: no width, no point of a line, no number in the table."""
        with h5py.File(self.path("run.h5"), "r+") as file:
            x = file["eigenvalues"][1]
            x[:, -1, 3:] = 0
            x[0, -1, 3] = 1.04
            file["eigenvalues"][1] = x
            for r in range(REPLICAS):
                file["checksum"][1, r] = zlib.crc32(file["eigenvalues"][1, r].tobytes())
        self.stats("run.h5")
        found = read(self.path("run.stats.h5"))
        self.assertTrue(np.isnan(found["pairs/density_sigma_fit"][1, 1]))
        self.assertTrue(np.isfinite(found["pairs/density_sigma_fit"][1, 0]))
        for name in ("sigma", "spacing_against_sigma"):
            where = list(zip(found["scaling/%s/point" % name], found["scaling/%s/pair" % name]))
            self.assertNotIn((1, 1), where)
            self.assertIn((1, 0), where)

    def test_counts(self):
        """Pending and diverged replicas are left out and counted; those outside the domain are kept."""
        with h5py.File(self.path("run.h5"), "r+") as file:
            file["status"][1, 10:30] = 0
            file["status"][1, 40:45] = 2
            file["diverged_at"][1, 40:45] = UPDATES
            file["eigenvalues"][1, 40:45, -1, :] = np.nan
            file["eigenvalues"][1, 50, -1, 0] = 9.25
            for r in (*range(40, 45), 50):
                file["checksum"][1, r] = zlib.crc32(file["eigenvalues"][1, r].tobytes())
                file["diverged_checksum"][1, r] = zlib.crc32(file["diverged_at"][1, r].tobytes())
            keep = np.setdiff1d(np.arange(REPLICAS), np.r_[10:30, 40:45])
            x = file["eigenvalues"][1, :, -1, :][keep]
        self.stats("run.h5")
        found = read(self.path("run.stats.h5"))
        for name, count in (("done", REPLICAS - 25), ("pending", 20), ("diverged", 5), ("outside", 1)):
            self.assertEqual(found["replicas/" + name][1], count, name)
            self.assertEqual(found["replicas/" + name][0], REPLICAS if name == "done" else 0, name)
        self.near(found["levels/mean"][1], x.mean(axis=0), 1e-9)
        self.near(found["pairs/spacing_mean"][1, 0], np.mean(x[:, 1] - x[:, 2]), 1e-9)

    def test_damaged(self):
        """A replica whose data are not those of its checksum is counted and left out, on any rank."""
        with h5py.File(self.path("run.h5"), "r+") as file:
            file["eigenvalues"][4, 7, 0, 0] += 1e-9  # at a snapshot that is not analysed, too
            file["eigenvalues"][4, 299, -1, 3] = 0.0
            x = np.delete(file["eigenvalues"][4, :, -1, :], [7, 299], axis=0)
        for ranks in (None, 3):
            out = self.stats("run.h5", ranks=ranks)
            self.assertIn("2 damaged", out)
            found = read(self.path("run.stats.h5"))
            self.assertEqual(found["replicas/damaged"].tolist(), [0, 0, 0, 0, 2])
            self.assertEqual(found["replicas/done"][4], REPLICAS - 2)
            self.near(found["levels/mean"][4], x.mean(axis=0), 1e-9)

    def test_heavy_modes(self):
        """mu^2 = 6.5: kappa = 7, 7, 8 cannot be learnt; they are neither pairs nor singles."""
        self.write("heavy.ini", RUN_FILE, 60, 400)
        self.train("heavy.ini", "--quiet", "--set", "rbm.mass2=6.5")
        self.stats("heavy.h5")
        found = read(self.path("heavy.stats.h5"))
        self.assertEqual(found["pairs/levels"].tolist(), [[1, 2]])
        self.assertEqual(found["singles/levels"].tolist(), [0])
        self.assertEqual(found["levels/x"][3:].tolist(), [0, 0, 0])
        self.near(found["repulsion/predicted"], [1, 1, 1, 6.5 / 7, 6.5 / 7, 6.5 / 8], 1e-12)
        self.assertEqual(set(found["scaling/spacing/pair"]), {0})

    def test_other_files_are_left_alone(self):
        """-o replaces nothing but a statistics file."""
        self.write("notes.txt", "mine")
        for name in ("run.h5", "notes.txt"):
            before = self.read(name)
            lines = self.stats("run.h5", "-o", name, ranks=2, expect=73)
            self.assertIn("not a statistics file", lines[0])
            self.assertEqual(self.read(name), before)
        self.stats("run.h5", "-o", "own.stats.h5")
        self.stats("run.h5", "-o", "own.stats.h5", "--snapshot", "0")
        self.assertEqual(read(self.path("own.stats.h5"))["@snapshot"], 0)

    def test_full_disk(self):
        """The statistics file, some 200 kB, does not fit: one line, exit code 74, and nothing is left."""
        os.mkdir(self.path("small"))
        mounted = os.getuid() == 0 and subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", self.path("small")],
            capture_output=True).returncode == 0
        if not mounted:
            self.skipTest("needs the right to mount")
        self.addCleanup(subprocess.run, ["umount", self.path("small")], check=True)
        for ranks in (None, 2):
            lines = self.stats("run.h5", "-o", "small/out.h5", ranks=ranks, expect=74)
            self.assertEqual(len(lines), 1)
            self.assertIn("No space left", lines[0])
            self.assertEqual(os.listdir(self.path("small")), [])

    def test_a_point_without_replicas(self):
        with h5py.File(self.path("run.h5"), "r+") as file:
            file["status"][2] = 0
        self.stats("run.h5")
        found = read(self.path("run.stats.h5"))
        self.assertTrue(np.isnan(found["pairs/spacing_mean"][2]).all())
        self.assertNotIn(2, found["scaling/spacing/point"])
        with h5py.File(self.path("run.h5"), "r+") as file:
            file["status"][...] = 0
        lines = self.stats("run.h5", ranks=2, expect=65)
        self.assertIn("no replica is done", lines[0])

    def test_wrong_usage(self):
        self.stats(expect=64)
        self.stats("run.h5", "--nonsense", expect=64)
        self.stats("run.h5", "--snapshot", "x", expect=64)
        self.stats("missing.h5", expect=66)
        self.write("text.h5", "no HDF5 at all")
        self.stats("text.h5", expect=65)
        self.stats("run.h5", "-o", "nowhere/out.h5", ranks=2, expect=73)
        self.assertEqual([name for name in os.listdir(self.folder) if ".part" in name], [])


if __name__ == "__main__":
    unittest.main()
