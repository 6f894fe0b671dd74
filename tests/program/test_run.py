"""`dyson run`: the same numbers on any number of ranks, clear refusals, sparse progress."""
import os
import re
import subprocess
import sys
import unittest

import h5py
import numpy

from program import DYSON, MPIRUN, RUN_FILE, Case, environment

LEVELS = RUN_FILE.replace("model = rbm", "model = eigenvalue-sde").replace(
    "[rbm]", "[eigenvalue-sde]\norder = ito")

PROGRESS = re.compile(r"dyson: +\d+\.\d %  \d+/\d+ replicas  \d\.\d\de[+-]\d+ updates/s  "
                      r"ETA (\d+:\d\d:\d\d|\?)")


def kernels():
    with open("/proc/cpuinfo") as file:
        flags = set(file.read().split())
    if os.uname().machine != "x86_64":
        return ["neon" if os.uname().machine == "aarch64" else "base"]
    return ["x86-64"] + [name for name, needed in (("avx2", {"avx2", "fma"}),
                                                   ("avx512", {"avx512f", "avx512dq", "avx512vl"}))
                         if needed <= flags]


class SameNumbers(Case):
    def test_any_number_of_ranks(self):
        self.write(replicas=37)
        self.train("run.ini", "-o", "alone.h5")
        for ranks in (1, 2, 3, 4):
            name = "ranks%d.h5" % ranks
            self.train("run.ini", "-o", name, ranks=ranks)
            self.assertSameData("alone.h5", name)
        with h5py.File(self.path("alone.h5")) as file:
            self.assertEqual(file["eigenvalues"].shape, (4, 37, 5, 4))
            self.assertTrue((file["status"][()] == 1).all())
            self.assertTrue((numpy.diff(file["eigenvalues"][()], axis=-1) <= 0).all())

    def test_levels_without_weights_on_any_number_of_ranks(self):
        self.write(text=LEVELS)
        for ranks in (1, 3):
            self.train("run.ini", "-o", "ranks%d.h5" % ranks, ranks=ranks)
        self.assertSameData("ranks1.h5", "ranks3.h5")
        with h5py.File(self.path("ranks1.h5")) as file:
            self.assertNotIn("weights", file)
            self.assertEqual(file["eigenvalues"].shape, (4, 40, 5, 4))
            self.assertTrue((file["status"][()] == 1).all())
            start = file["eigenvalues"][:, :, 0, :]
        self.write()
        self.train("run.ini", "-o", "matrix.h5")
        with h5py.File(self.path("matrix.h5")) as file:
            self.assertEqual(file["eigenvalues"][:, :, 0, :].tobytes(), start.tobytes())
        lines = self.train("run.ini", "--set", "ensemble.model=eigenvalue-sde", expect=65)
        self.assertIn("rbm", lines[-1])

    def test_single_precision(self):
        """The same bits on any number of ranks, gone on with and replayed; weights are single numbers, and spectra,
        after few updates, those of double precision to single rounding."""
        self.write(replicas=37)
        single = ("run", "run.ini", "--set", "ensemble.precision=single", "--set", "ensemble.weights=last")
        self.dyson(*single, "-o", "alone.h5")
        self.dyson(*single, "-o", "ranks.h5", ranks=3)
        with h5py.File(self.path("ranks.h5"), "r+") as file:
            file["eigenvalues"][2, 5:8] = 0  # what a lost node leaves behind
        code, _, lines = self.dyson(*single, "-o", "ranks.h5", ranks=2)
        self.assertEqual(code, 0, lines)
        self.assertSameData("alone.h5", "ranks.h5")
        code, out, lines = self.dyson("verify", "ranks.h5", "--replay", "9")
        self.assertEqual(code, 0, lines)
        self.assertIn("single precision", self.dyson("info", "ranks.h5")[1])
        code, _, lines = self.dyson("run", "run.ini", "-o", "ranks.h5", "--set", "ensemble.weights=last")
        self.assertEqual(code, 65, lines)
        self.assertIn("ensemble.precision: single in the file, double in the run file", lines[-1])
        self.dyson("run", "run.ini", "-o", "double.h5")
        with h5py.File(self.path("ranks.h5")) as file, h5py.File(self.path("double.h5")) as other:
            weights = file["weights"][()]
            self.assertTrue((weights == weights.astype(numpy.float32)).all())
            difference = numpy.abs(file["eigenvalues"][()] - other["eigenvalues"][()])
            self.assertLess(difference.max(), 1e-4)
            self.assertGreater(difference.max(), 0)

    def test_each_kernel_repeats_itself(self):
        self.write(replicas=11)
        files = {}
        for kernel in kernels():
            for again in "ab":
                name = files[kernel] = "%s%s.h5" % (kernel, again)
                self.train("run.ini", "-o", name, ranks=1 if again == "a" else 3,
                           DYSON_KERNEL=kernel)
            self.assertSameData(kernel + "a.h5", kernel + "b.h5")
        self.train("run.ini", "-o", "chosen.h5")
        self.assertSameData(files[kernels()[-1]], "chosen.h5")

    def test_first_replica_extends_a_run(self):
        self.write(replicas=24)
        self.train("run.ini", "-o", "all.h5", ranks=2)
        self.train("run.ini", "-o", "rest.h5", "--set", "ensemble.replicas=13",
                   "--set", "ensemble.first_replica=11")
        with h5py.File(self.path("all.h5")) as whole, h5py.File(self.path("rest.h5")) as rest:
            for key in ("eigenvalues", "diverged_at", "checksum"):
                self.assertEqual(whole[key][:, 11:].tobytes(), rest[key][()].tobytes())

    def test_diverged_replicas_are_marked_and_counted(self):
        """A learning rate far too large drives replicas out; the rest of the run does not care."""
        self.write(replicas=16, updates=200)
        lines = self.train("run.ini", "-o", "wild.h5", "--set", "sweep both.learning_rate=0.05 30",
                           ranks=2)
        with h5py.File(self.path("wild.h5")) as file:
            status, at = file["status"][()], file["diverged_at"][()]
            x = file["eigenvalues"][()]
            snapshots = file["snapshots"][()]
        self.assertTrue((status > 0).all())
        self.assertGreater((status == 2).sum(), 0)
        self.assertTrue(((status == 2) == (at >= 0)).all())
        gone = (at[..., None] >= 0) & (snapshots >= at[..., None])
        self.assertTrue((numpy.isnan(x).all(axis=-1) == gone).all())
        self.assertTrue((numpy.isfinite(x).all(axis=-1) == ~gone).all())
        self.assertIn("(%d of these 64 diverged)" % (status == 2).sum(), lines[-1])


class Existing(Case):
    def setUp(self):
        super().setUp()
        self.write(replicas=8)
        self.train("run.ini")

    def test_finished_file_is_left_alone(self):
        before = self.read("run.h5")
        for ranks in (None, 3):
            lines = self.train("run.ini", ranks=ranks)
            self.assertEqual(len(lines), 1)
            self.assertIn("done already", lines[0])
        self.assertEqual(before, self.read("run.h5"))

    def test_other_parameters_are_refused_by_name(self):
        before = self.read("run.h5")
        for key, value in (("ensemble.seed", "7"), ("ensemble.replicas", "9"), ("rbm.mass2", "8"),
                           ("sweep both.batch_size", "4 8"), ("ensemble.weights", "last")):
            lines = self.train("run.ini", "--set", "%s=%s" % (key, value), expect=65)
            self.assertEqual(len(lines), 1, lines)
            self.assertIn(key.split(".")[1], lines[0])
        self.assertEqual(before, self.read("run.h5"))

    def test_other_kernel_is_refused_by_name(self):
        if len(kernels()) < 2:
            self.skipTest("this processor runs one kernel only")
        lines = self.train("run.ini", expect=65, DYSON_KERNEL=kernels()[0])
        self.assertIn(kernels()[0], lines[0])

    def test_overwrite_starts_anew(self):
        self.train("run.ini", "--overwrite", "--set", "ensemble.replicas=5", ranks=2)
        with h5py.File(self.path("run.h5")) as file:
            self.assertEqual(file["status"].shape, (4, 5))
            self.assertTrue((file["status"][()] == 1).all())

    def test_a_file_that_is_no_ensemble(self):
        self.write("other.h5", "notes")
        lines = self.train("run.ini", "-o", "other.h5", expect=65)
        self.assertIn("other.h5", lines[0])
        self.assertEqual(self.read("other.h5"), b"notes")


class Refusals(Case):
    """Each: the exit code, one line, the words it must contain, and nothing created."""

    def refuse(self, code, words, *arguments, ranks=None):
        before = sorted(os.listdir(self.folder))
        lines = self.train(*arguments, expect=code, ranks=ranks)
        self.assertEqual(len(lines), 1, lines)
        for word in words:
            self.assertIn(word, lines[0])
        self.assertEqual(before, sorted(os.listdir(self.folder)))

    def test_errors_of_overrides(self):
        """A line of the run file is not blamed for what --set has put there."""
        self.write()
        for ranks in (None, 2):
            self.refuse(65, ["run.ini with --set:", "mass2 = -1"], "run.ini", "--set", "rbm.mass2=-1",
                        ranks=ranks)

    def test_usage(self):
        self.write()
        for words, arguments in ((["run file"], []), (["--fast"], ["run.ini", "--fast"]),
                                 (["one run file"], ["run.ini", "b.ini"]), (["-o"], ["run.ini", "-o"]),
                                 (["--max-time", "H:MM:SS"], ["run.ini", "--max-time", "90"]),
                                 (["H:MM:SS"], ["run.ini", "--max-time", "0:61:00"]),
                                 (["SECTION.KEY=VALUE"], ["run.ini", "--set", "seed"]),
                                 (["run.ini", "-o"], ["run.ini", "-o", "run.ini"])):
            self.refuse(64, words, *arguments)
        self.refuse(64, ["--fast"], "run.ini", "--fast", ranks=3)
        code, _, lines = self.dyson("train", "run.ini")
        self.assertEqual((code, len(lines)), (64, 1))

    def test_run_file(self):
        good = self.read(self.write()).decode()
        for words, old, new in ((["temperature", ":12:"], "target_mass2", "temperature = 1\ntarget_mass2"),
                                (["visible"], "visible = 4", "visible = four"),
                                (["visible", "32768"], "visible = 4", "visible = 32769"),
                                (["batch_size"], "batch_size = 4 16", ""),
                                (["rbmm"], "model = rbm", "model = rbmm")):
            self.write("bad.ini", good.replace(old, new))
            self.refuse(65, ["bad.ini"] + words, "bad.ini")
            self.refuse(65, ["bad.ini"] + words, "bad.ini", ranks=2)

    def test_missing_run_file(self):
        self.refuse(66, ["nothing.ini"], "nothing.ini")
        self.refuse(66, ["nothing.ini"], "nothing.ini", ranks=3)

    def test_output_cannot_be_created(self):
        self.write()
        self.refuse(73, ["nowhere/out.h5"], "run.ini", "-o", "nowhere/out.h5")
        self.refuse(73, ["nowhere/out.h5"], "run.ini", "-o", "nowhere/out.h5", ranks=2)
        self.refuse(73, ["/proc/out.h5"], "run.ini", "-o", "/proc/out.h5")
        self.refuse(73, ["regular"], "run.ini", "-o", ".")

    def test_full_target(self):
        """50 MB of eigenvalues do not fit into a file system of one."""
        os.mkdir(self.path("small"))
        mounted = os.getuid() == 0 and subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", self.path("small")],
            capture_output=True).returncode == 0
        if not mounted:
            self.skipTest("needs the right to mount")
        self.addCleanup(subprocess.run, ["umount", self.path("small")], check=True)
        self.write(replicas=100000)
        for ranks in (None, 3):
            self.refuse(73, ["small/out.h5"], "run.ini", "-o", "small/out.h5", ranks=ranks)
            self.assertEqual(os.listdir(self.path("small")), [])
        subprocess.run(["mount", "-o", "remount,ro", self.path("small")], check=True)
        self.refuse(73, ["small/out.h5"], "run.ini", "-o", "small/out.h5",
                    "--set", "ensemble.replicas=8")


class Messages(Case):
    def test_log_has_sparse_lines(self):
        """A run of more than two seconds, short of 32: a line at the start, one of progress, one at the end."""
        self.write(replicas=100000, updates=20000)
        lines = self.train("run.ini", "--max-time", "0:00:04", ranks=2, expect=75)
        self.assertEqual(len(lines), 4, lines)
        self.assertIn("400000 replicas of 4 points", lines[0])
        self.assertRegex(lines[1], PROGRESS)
        self.assertRegex(lines[2], r"stopped by --max-time, \d+ of 400000 replicas done; 0:00:0\d at ")
        self.assertIn("run the same command", lines[3])

    def test_terminal_has_one_redrawn_line(self):
        self.write(replicas=100000, updates=20000)
        master, slave = os.openpty()
        process = self.start("run", "run.ini", "--max-time", "0:00:01", stderr=slave)
        os.close(slave)
        seen = b""
        while True:
            try:
                piece = os.read(master, 65536)
            except OSError:
                break
            if not piece:
                break
            seen += piece
        os.close(master)
        self.assertEqual(process.wait(60), 75)
        text = seen.decode()
        self.assertEqual(text.count("\n"), 3, text)
        self.assertGreater(text.count("\r["), 4)
        self.assertLess(text.count("\r["), 15)
        self.assertRegex(text, r"\r\[[=> ]+\] +\d+\.\d %  \d+/400000 replicas .* ETA ")

    def test_quiet(self):
        self.write(replicas=8)
        process = self.start("run", "run.ini", "--quiet")
        self.assertEqual(process.communicate(timeout=60), ("", ""))
        self.assertEqual(process.returncode, 0)

    def test_dry_run_creates_nothing(self):
        self.write(replicas=1000)
        for ranks in (None, 3):
            code, out, _ = self.dyson("run", "run.ini", "--dry-run", ranks=ranks)
            self.assertEqual(code, 0)
            self.assertEqual(os.listdir(self.folder), ["run.ini"])
            for word in ("4 points x 1000 replicas x 50 updates", "learning_rate=0.05 batch_size=4",
                         "imbalance", "memory per rank", "core-hours", "run.h5"):
                self.assertIn(word, out)
            shares = [float(share) for share in re.findall(r"([\d.]+) % ", out)[:4]]
            self.assertAlmostEqual(sum(shares), 100, delta=0.3)

    def test_dry_run_knows_an_existing_file(self):
        self.write(replicas=8)
        self.train("run.ini")
        before = self.read("run.h5")
        code, out, _ = self.dyson("run", "run.ini", "--dry-run")
        self.assertEqual(code, 0)
        self.assertIn("0 of its 32 replicas pending", out)
        code, out, _ = self.dyson("run", "run.ini", "--dry-run", "--set", "ensemble.seed=8")
        self.assertEqual(code, 0)
        self.assertIn("exists, but: with other parameters, so that the run would refuse it", out)
        self.assertEqual(before, self.read("run.h5"))


class Memory(Case):
    # Into a file for each rank: mpirun may join what they print.
    PEAK = ("import os,resource,subprocess,sys;code=subprocess.call(sys.argv[1:]);"
            "peak=resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss;"
            "open('peak.%d'%os.getpid(),'w').write(str(peak));sys.exit(code)")

    def peaks(self, replicas, ranks):
        """Kilobytes that each rank held at most."""
        command = MPIRUN + ["-n", str(ranks), sys.executable, "-c", self.PEAK, DYSON, "run",
                            "run.ini", "--overwrite", "--set", "ensemble.replicas=%d" % replicas]
        result = subprocess.run(command, cwd=self.folder, env=environment(), text=True, timeout=120,
                                capture_output=True)
        self.assertEqual(result.returncode, 0, result.stderr)
        names = [name for name in os.listdir(self.folder) if name.startswith("peak.")]
        peaks = [int(self.read(name)) for name in names]
        for name in names:
            self.remove(name)
        return peaks

    def test_bounded_and_independent_of_replicas(self):
        self.write(updates=4)
        few, many = self.peaks(100, 2), self.peaks(100000, 2)
        self.assertEqual((len(few), len(many)), (2, 2))
        self.assertLess(max(few + many), 100e3)
        # 400,000 replicas' results are 69 MB here; what differs is the allocator's noise.
        self.assertLess(max(many) - max(few), 4e3)


if __name__ == "__main__":
    unittest.main()
