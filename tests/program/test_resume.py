"""`dyson run` cut short: by signals, by time, by SIGKILL, by a full disk; gone on with, the file's data are
bit-identical to those of a run that nothing disturbed."""
import errno
import os
import random
import signal
import subprocess
import time
import unittest

import h5py
import numpy

from program import DATA, ROOT, Case, catches, kill, ranks_of

REPLICAS, UPDATES = 400, 10000  # a second or two of one core


class Cut(Case):
    @classmethod
    def setUpClass(cls):
        """The undisturbed run that all others are held against."""
        case = Case("doCleanups")
        case.setUp()
        cls.addClassCleanup(case.doCleanups)
        case.write(replicas=REPLICAS, updates=UPDATES)
        case.train("run.ini", "-o", "whole.h5", "--quiet", ranks=2)
        cls.whole = case.data("whole.h5")
        with h5py.File(case.path("whole.h5")) as file:
            cls.x = file["eigenvalues"][()]

    def setUp(self):
        super().setUp()
        self.write(replicas=REPLICAS, updates=UPDATES)

    def assertWhole(self):
        data = self.data("run.h5")
        for key in DATA:
            self.assertTrue(data[key] == self.whole[key], "/%s differs" % key)

    def assertTruthful(self):
        """Whatever is marked done is as in the undisturbed run.  Returns how much that is."""
        with h5py.File(self.path("run.h5"), "r") as file:
            done = file["status"][()] == 1
            x = file["eigenvalues"][:, :REPLICAS]
        known = done[:, :REPLICAS]
        self.assertTrue(numpy.array_equal(x[known], self.x[known]))
        return int(done.sum())

    def assertStopped(self, process, within=5.0):
        began = time.monotonic()
        code, _, lines = self.finish(process)
        self.assertLess(time.monotonic() - began, within)
        self.assertEqual(code, 75, lines)
        self.assertIn("run the same command to go on", lines[-1])
        self.assertLess(self.assertTruthful(), 4 * REPLICAS)
        return lines


class Stops(Cut):
    def test_signal_before_the_first_update(self):
        """While MPI starts, or soon after."""
        for delay in (0, 0.03, 0.1):
            self.remove("run.h5")
            process = self.start("run", "run.ini")
            while not catches(process.pid, signal.SIGTERM):
                self.assertIsNone(process.poll())
            time.sleep(delay)
            process.send_signal(signal.SIGTERM)
            self.assertStopped(process)

    def test_signals_to_a_program_without_mpirun(self):
        for number, name in ((signal.SIGINT, "INT"), (signal.SIGTERM, "TERM"),
                             (signal.SIGUSR1, "USR1"), (signal.SIGUSR2, "USR2")):
            self.remove("run.h5")
            process = self.start("run", "run.ini")
            self.wait_for_training("run.h5")
            process.send_signal(number)
            self.assertIn("stopped by signal " + name, self.assertStopped(process)[-2])
        self.train("run.ini", ranks=3)
        self.assertWhole()

    def test_usr1_to_mpirun_reaches_all(self):
        process = self.start("run", "run.ini", ranks=3)
        self.wait_for_training("run.h5")
        process.send_signal(signal.SIGUSR1)
        self.assertStopped(process)
        self.train("run.ini", ranks=2)
        self.assertWhole()

    def test_signal_to_one_rank_stops_all(self):
        for victim in range(4):
            self.remove("run.h5")
            process = self.start("run", "run.ini", ranks=4)
            self.wait_for_training("run.h5")
            kill([ranks_of(process)[victim]], signal.SIGTERM)
            self.assertIn("stopped by signal TERM", self.assertStopped(process)[-2])
        self.train("run.ini")
        self.assertWhole()

    def test_max_time(self):
        """A run too long for its time, twice; its first replicas are those of the undisturbed run."""
        self.write(replicas=100 * REPLICAS, updates=UPDATES)
        before = 0
        for ranks in (2, 3):
            lines = self.train("run.ini", "--max-time", "0:00:01", ranks=ranks, expect=75)
            self.assertIn("stopped by --max-time", lines[-2])
            self.assertEqual("(%d done before)" % before in lines[0], before > 0)
            after = self.assertTruthful()
            self.assertGreater(after, before)
            before = after

    def test_second_interrupt_ends_at_once(self):
        """With one rank frozen, the first INT cannot be agreed on; the second does not wait for that."""
        process = self.start("run", "run.ini", ranks=2)
        self.wait_for_training("run.h5")
        first, second = ranks_of(process)
        kill([second], signal.SIGSTOP)
        kill([first], signal.SIGINT)
        time.sleep(0.5)
        self.assertIsNone(process.poll())
        kill([first], signal.SIGINT)
        code, _, _ = self.finish(process)
        self.assertNotIn(code, (0, 75))
        self.assertTruthful()

    def test_frozen_rank_delays_but_loses_nothing(self):
        process = self.start("run", "run.ini", ranks=3)
        self.wait_for_training("run.h5")
        frozen = ranks_of(process)[1]
        kill([frozen], signal.SIGSTOP)
        time.sleep(1)
        kill([frozen], signal.SIGCONT)
        self.assertEqual(self.finish(process)[0], 0)
        self.assertWhole()


class Kills(Cut):
    def test_sigkill_at_random_moments(self):
        """One rank or all of them, from before the file exists to shortly before the end; each time on
        another number of ranks."""
        moments = random.Random(1)
        for trial in range(10):
            ranks = 1 + trial % 4
            process = self.start("run", "run.ini", ranks=ranks)
            if trial % 3 == 0:
                time.sleep(moments.uniform(0, 1))
            else:
                self.wait_for_training("run.h5")
                time.sleep(moments.uniform(0, 0.3))
            pids = ranks_of(process)
            kill(pids if trial % 2 else moments.sample(pids, min(1, len(pids))))
            if not pids:
                process.kill()
            code, _, lines = self.finish(process)
            self.assertNotEqual(code, 75, lines)
            if os.path.exists(self.path("run.h5")):
                self.assertTruthful()
        self.train("run.ini", ranks=2)
        self.assertWhole()
        self.assertEqual(sorted(os.listdir(self.folder)), ["run.h5", "run.ini"])

    def test_damaged_replica_is_trained_again(self):
        """As after the loss of a node whose memory had not reached the disk."""
        self.train("run.ini", ranks=2)
        with h5py.File(self.path("run.h5"), "r+") as file:
            file["eigenvalues"][2, 77] = 0
        lines = self.train("run.ini")
        self.assertIn("1 replicas do not hold", lines[0])
        self.assertWhole()


class Failures(Cut):
    def test_failed_write_of_one_rank_ends_all(self):
        shim = self.path("faults.so")
        source = os.path.join(ROOT, "tests", "faults", "faults.c")
        subprocess.run(["cc", "-shared", "-fPIC", "-D_GNU_SOURCE", "-o", shim, source, "-ldl"], check=True)
        for rank, after in ((0, 3), (2, 0), (1, 40)):
            began = time.monotonic()
            code, _, lines = self.dyson("run", "run.ini", "--overwrite", ranks=3, LD_PRELOAD=shim,
                                        FAULT_CALL="pwrite", FAULT_NAME=".h5", FAULT_RANK=str(rank),
                                        FAULT_AT=str(after + 1), FAULT_DO=str(errno.ENOSPC))
            self.assertLess(time.monotonic() - began, 10)
            self.assertEqual(code, 74, lines)
            self.assertIn("No space left on device", lines[-1])
            self.assertIn("run.h5", lines[-1])
            self.assertIn("rank %d of 3" % rank, lines[-1])
            self.assertTruthful()
        self.train("run.ini", ranks=2)
        self.assertWhole()


if __name__ == "__main__":
    unittest.main()
