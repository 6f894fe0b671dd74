"""Runs in which teams of ranks train a replica together: the file is that of one rank to rounding, however the ranks
are split, cut or stopped."""
import errno
import os
import signal
import unittest

import h5py
import numpy

from program import Case, fault, kill, ranks_of, stopped

RUN_FILE = """[ensemble]
model = teacher-student
replicas = 6
seed = 3
updates = 60
snapshots = 2
weights = last
ranks_per_replica = 2

[teacher-student]
size = 70
data = fresh

[sweep rates]
learning_rate = 0.05 1.5
batch_size = 40
noise = 0.1
"""
MACHINES = """[ensemble]
model = rbm
replicas = 3
seed = 3
updates = 60
snapshots = 2
weights = last
ranks_per_replica = 2

[rbm]
visible = 70
hidden = 66
mass2 = 9.0
target_mass2 = 4.0

[sweep rates]
learning_rate = 0.05 50
batch_size = 16 400
"""
SDE = """[ensemble]
model = eigenvalue-sde
replicas = 1
seed = 3
updates = 1

[eigenvalue-sde]
process = linear
values = 1 2
learning_rate = 0.1
batch_size = 1
noise = 0.1
"""
ALONE = ("--set", "ensemble.ranks_per_replica=1")
# Rounding of 60 updates, as in tests/mpi/teams_test.c; in both files the replicas of the larger rate run away.
TOLERANCE = 1e-12


class Trained(Case):
    """Runs of one file by teams; RUNAWAY[p] tells whether the replicas of point p run away."""
    RUN_FILE = RUN_FILE
    RUNAWAY = (False, True)
    whole = {}

    @classmethod
    def setUpClass(cls):
        """What one rank trains, all others are held against."""
        case = Case("doCleanups")
        case.setUp()
        cls.addClassCleanup(case.doCleanups)
        case.write(text=cls.RUN_FILE)
        case.train("run.ini", *ALONE, "--quiet")
        cls.whole = cls.contents(case.path("run.h5"))
        away = numpy.array(cls.RUNAWAY)
        assert (cls.whole["status"] == 1 + away[:, None]).all() and (cls.whole["diverged_at"][away] > 0).all()

    def setUp(self):
        super().setUp()
        self.write(text=self.RUN_FILE)

    @staticmethod
    def contents(path):
        os.environ["HDF5_USE_FILE_LOCKING"] = "FALSE"
        with h5py.File(path) as file:
            return {name: file[name][()] for name in ("eigenvalues", "weights", "status", "diverged_at")}

    def assertTruthful(self, name="run.h5"):
        """What is marked done is what one rank trains, to rounding; how much is done."""
        found = self.contents(self.path(name))
        done = found["status"] != 0
        for key in ("status", "diverged_at"):
            numpy.testing.assert_array_equal(found[key][done], self.whole[key][done], key)
        for key in ("eigenvalues", "weights"):
            numpy.testing.assert_allclose(found[key][done], self.whole[key][done], rtol=0, atol=TOLERANCE,
                                          err_msg=key)
        code, _, lines = self.dyson("verify", "--replay", "12", name)
        self.assertEqual(code, 0, lines)
        return int(done.sum())


class Teams(Trained):
    def test_any_split_of_the_ranks(self):
        for ranks, team, words in ((2, 2, "on 2 ranks in 1 team of 2 ("), (5, 2, "in 2 teams of 2, 1 rank idle ("),
                                   (6, 3, "in 2 teams of 3 (")):
            self.remove("run.h5")
            lines = self.train("run.ini", "--set", "ensemble.ranks_per_replica=%d" % team, ranks=ranks)
            self.assertIn(words, lines[0])
            self.assertIn("12 of 12 replicas done (6 of these 12 diverged)", lines[-1])
            self.assertEqual(self.assertTruthful(), 12)

    def test_a_killed_run_is_completed_by_other_teams(self):
        """The root of the second team is killed in its second block."""
        process = self.start("run", "run.ini", "--quiet", ranks=4, **fault("pwrite", ".h5", 2, 9, "before", "kill"))
        self.assertNotEqual(self.finish(process)[0], 0)
        self.assertIn(self.assertTruthful(), range(1, 12))
        self.train("run.ini", "--set", "ensemble.ranks_per_replica=3", ranks=3)
        self.assertEqual(self.assertTruthful(), 12)

    def test_a_signal_to_one_rank_of_a_team(self):
        """It is the one that writes nothing; its root, without which it gets no further, is held until the signal
        is there."""
        process = self.start("run", "run.ini", ranks=4,
                             **fault("pwrite", ".h5", 2, 7, "after", "stop"))
        self.wait_until("the rank's stop", lambda: len(ranks_of(process)) == 4 and stopped(ranks_of(process)[2]))
        pids = ranks_of(process)
        kill([pids[3]], signal.SIGUSR1)
        kill([pids[2]], signal.SIGCONT)
        code, _, lines = self.finish(process)
        self.assertEqual(code, 75, lines)
        self.assertIn("stopped by signal USR1", lines[-2])
        self.assertIn(self.assertTruthful(), range(1, 12))
        self.train("run.ini", "--set", "ensemble.ranks_per_replica=auto")
        self.assertEqual(self.assertTruthful(), 12)

    def test_a_failure_of_a_root_ends_all_ranks(self):
        process = self.start("run", "run.ini", ranks=4, **fault("pwrite", ".h5", 2, 9, "before", errno.EIO))
        code, _, lines = self.finish(process)
        self.assertEqual(code, 74, lines)
        self.assertIn("Input/output error (rank 2 of 4)", lines[-1])
        self.train("run.ini", ranks=2)
        self.assertEqual(self.assertTruthful(), 12)

    def test_what_is_refused(self):
        self.write("levels.ini", SDE)
        for code, words, name, asked, ranks in (
                (64, "ranks_per_replica = 3, and there are 2 ranks: start", "run.ini", "3", 2),
                (65, "must be auto, or a whole number of ranks from 1 to", "run.ini", "0", None),
                (65, "it must be 1 or auto", "levels.ini", "2", 2)):
            lines = self.train(name, "--set", "ensemble.ranks_per_replica=" + asked, ranks=ranks, expect=code)
            self.assertIn(words, lines[-1])
        self.train("levels.ini", "--set", "ensemble.ranks_per_replica=auto", "--quiet", ranks=2)

    def test_a_file_is_of_teams_or_of_single_ranks(self):
        self.train("run.ini", *ALONE, "--max-time", "0:00:01")
        lines = self.train("run.ini", ranks=2, expect=65)
        self.assertIn("ensemble.ranks_per_replica: 1 in the file, 2 in the run file", lines[-1])

    def test_the_plan_names_the_teams(self):
        code, out, lines = self.dyson("run", "--dry-run", "run.ini", ranks=5)
        self.assertEqual(code, 0, lines)
        self.assertRegex(out, r"teams +2 of 2 ranks\nreplicas per team +6 to 6\n")
        self.assertEqual(os.listdir(self.folder), ["run.ini"])
        # One large replica is shared, two are not.
        for rates, words in (("0.05", r"teams +1 of 2 ranks\n"), ("0.05 1.5", r"replicas per rank +1 to 1\n")):
            code, out, lines = self.dyson("run", "--dry-run", "run.ini", "--set", "ensemble.ranks_per_replica=auto",
                                          "--set", "ensemble.replicas=1", "--set", "teacher-student.size=300",
                                          "--set", "sweep rates.learning_rate=" + rates, ranks=2)
            self.assertEqual(code, 0, lines)
            self.assertRegex(out, words)


class Machines(Trained):
    """RBMs, whose points are trained by the collapsed sampler and by the moments."""
    RUN_FILE = MACHINES
    RUNAWAY = (False, False, True, True)

    def test_any_split_of_the_ranks(self):
        for ranks, team in ((2, 2), (6, 3)):
            self.remove("run.h5")
            self.train("run.ini", "--set", "ensemble.ranks_per_replica=%d" % team, ranks=ranks)
            self.assertEqual(self.assertTruthful(), 12)

    def test_a_killed_run_is_completed_by_other_teams(self):
        process = self.start("run", "run.ini", "--quiet", ranks=4, **fault("pwrite", ".h5", 2, 9, "before", "kill"))
        self.assertNotEqual(self.finish(process)[0], 0)
        self.assertIn(self.assertTruthful(), range(1, 12))
        self.train("run.ini", "--set", "ensemble.ranks_per_replica=auto", ranks=2)
        self.assertEqual(self.assertTruthful(), 12)

    def test_a_large_machine_is_shared(self):
        """By `auto`, as its plan says; two of them are not."""
        for rates, words in (("0.05", r"teams +1 of 2 ranks\n"), ("0.05 0.06", r"replicas per rank +1 to 1\n")):
            code, out, lines = self.dyson("run", "--dry-run", "run.ini", "--set", "ensemble.ranks_per_replica=auto",
                                          "--set", "ensemble.replicas=1", "--set", "rbm.visible=400",
                                          "--set", "rbm.hidden=400", "--set", "rbm.init_std=0.05",
                                          "--set", "sweep rates.batch_size=16",
                                          "--set", "sweep rates.learning_rate=" + rates, ranks=2)
            self.assertEqual(code, 0, lines)
            self.assertRegex(out, words)

    def test_single_precision_is_for_one_rank(self):
        single = ("--set", "rbm.visible=10", "--set", "rbm.hidden=10", "--set", "ensemble.precision=single")
        lines = self.train("run.ini", *single, ranks=2, expect=65)
        self.assertIn("ranks_per_replica = 2: teams train in double precision", lines[-1])
        self.train("run.ini", *single, "--set", "ensemble.ranks_per_replica=auto", "--quiet", ranks=2)


if __name__ == "__main__":
    unittest.main()
