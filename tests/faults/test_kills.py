"""SIGKILL at moments drawn from a fixed seed: of one rank or of all, at any system call that creates, writes,
flushes or closes the file, and at any time in between.  After each: the file opens or was never created, what
is marked done is true, and another number of ranks completes it with the same bits.

KILLS in the environment says how many, spread evenly over the phases."""
import os
import random
import signal
import tempfile
import time
import unittest

import numpy

from faulty import LONG, ROUNDING, STUDENTS, Faulty, tally
from program import kill, ranks_of, fault, shim

KILLS = int(os.environ.get("KILLS", "20"))
SEED = 20240723
CREATION = ("open", "ftruncate", "fallocate", "pwrite", "fsync", "rename")
PHASES = ("creating", "writing", "flushing", "closing", "at any time, one rank", "at any time, all ranks",
          "mpirun itself")
KILLED = (137, -signal.SIGKILL)


class Kills(Faulty):
    kills, phases = KILLS, PHASES
    what, ranks, all_ranks, after = "SIGKILL: ", (None, 2, 2, 3, 4), (2, 3, 4), (None, 2, 3)
    seconds = 0.5  # in which a run is under way

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.counted = {}

    def counts(self, ranks):
        """{rank: {(call, name): n}} of an undisturbed run."""
        if ranks not in self.counted:
            with tempfile.TemporaryDirectory() as folder:
                self.train("run.ini", "-o", folder + "/run.h5", "--quiet", ranks=ranks,
                           LD_PRELOAD=shim("faults"), FAULT_COUNTS=folder)
                found = {}
                for rank in range(ranks or 1):
                    with open(os.path.join(folder, "rank%d" % rank)) as file:
                        words = [line.split() for line in file]
                    found[rank] = {(call, name): int(n) for call, name, n in words}
            self.counted[ranks] = found
        return self.counted[ranks]

    def moment(self, phase, ranks, chance):
        """A call of this phase, as faults.c wants to know it."""
        counts = self.counts(ranks)
        rank = chance.randrange(ranks or 1)
        when = chance.choice(("before", "after"))
        if phase == "creating":
            call = chance.choice(CREATION)
            rank = rank if call == "open" else 0
            return fault(call, ".partial", rank, chance.randint(1, counts[rank][call, ".partial"]),
                         chance.choice(("before", "half", "after")))
        if phase == "writing":
            at = chance.randint(1, counts[rank]["pwrite", ".h5"])
            return fault("pwrite", ".h5", chance.choice((rank, "all")), at, chance.choice((when, "half")))
        flushes = counts[rank]["fsync", ".h5"]
        if phase == "flushing":
            return fault("fsync", ".h5", rank, chance.randint(1, max(1, flushes - 1)), when)
        call, at = chance.choice((("fsync", flushes), ("close", 1)))
        return fault(call, ".h5", rank, at, when)

    def strike_call(self, phase, ranks, chance):
        return self.finish(self.start("run", "run.ini", "--quiet", ranks=ranks,
                                      **self.moment(phase, ranks, chance)))[0]

    def strike_time(self, phase, ranks, chance):
        process = self.start("run", "run.ini", "--quiet", *self.options, ranks=ranks)
        pids = self.wait_for_ranks(process, ranks)
        time.sleep(chance.uniform(0, self.seconds))
        if phase == "mpirun itself":
            kill([process.pid])
        else:
            kill(pids if phase.endswith("all ranks") else [chance.choice(pids)])
        self.wait_for_mpirun(process)
        code = self.finish(process)[0]
        self.wait_for_end(pids)
        return code

    def wait_for_ranks(self, process, ranks):
        pids, deadline = [process.pid], time.monotonic() + 60
        while ranks and len(pids := ranks_of(process)) < ranks and process.poll() is None:
            self.assertLess(time.monotonic(), deadline, "mpirun starts nothing")
            time.sleep(0.01)
        return pids

    @staticmethod
    def wait_for_mpirun(process):
        """Open MPI's mpirun sometimes does not notice that all its ranks were killed while they started."""
        deadline = time.monotonic() + 20
        while process.poll() is None and (time.monotonic() < deadline or ranks_of(process)):
            time.sleep(0.01)
        kill([process.pid])

    def wait_for_end(self, pids):
        """Ranks that have lost their mpirun end by themselves."""
        deadline = time.monotonic() + 30
        while any(os.path.exists("/proc/%d" % pid) for pid in pids):
            self.assertLess(time.monotonic(), deadline, "ranks outlive their mpirun")
            time.sleep(0.01)

    def one_kill(self, phase, chance):
        """Until a moment is hit: a run may end before the one that was drawn."""
        for _ in range(20):
            ranks = chance.choice(self.all_ranks if phase == "mpirun itself" else self.ranks)
            strike = self.strike_call if phase in PHASES[:4] else self.strike_time
            code = strike(phase, ranks, chance)
            # Open MPI's mpirun itself now and then dies of the ranks that were killed: SIGPIPE, SIGSEGV.
            if code in KILLED or (ranks and code < 0):
                return
            self.assertEqual(code, 0)
            self.assertWhole()
            self.remove("run.h5")
        self.fail("no moment of the phase was hit: " + phase)

    def test_kills(self):
        chance = random.Random(SEED)
        for trial in range(self.kills):
            phase = self.phases[trial % len(self.phases)]
            again = trial % 3 == 2  # what is left by the one before is gone on with, and killed as well
            with self.subTest(trial=trial, phase=phase), tally.trial(self.what + phase):
                if not again:
                    self.remove("run.h5")
                self.one_kill(phase, chance)
                if os.path.exists(self.path("run.h5")):
                    self.assertTruthful()
                if trial % 3 != 1:
                    self.assertGoesOn(ranks=chance.choice(self.after))
                    self.assertEqual(sorted(os.listdir(self.folder)), ["run.h5", "run.ini"])


class TeamKills(Kills):
    """Large replicas, trained by teams of two and kept in checkpoints: they are what one rank trains, to rounding."""
    text = STUDENTS.format(replicas=4, updates=3000, snapshots=4, weights="none", team=2)
    options = ("--checkpoints", "0:00:00.05")
    undisturbed = ("--set", "ensemble.ranks_per_replica=1")
    kills, phases = 45 if LONG else 3, PHASES[4:]
    what, ranks, all_ranks, after = "SIGKILL of teams: ", (2, 4, 5), (2, 4, 5), (2, 4)
    seconds = 1.5

    def close(self, name, replicas):
        found = self.data_of(name)
        numpy.testing.assert_array_equal(found["diverged_at"][replicas], self.whole["diverged_at"][replicas])
        numpy.testing.assert_allclose(found["eigenvalues"][replicas], self.whole["eigenvalues"][replicas], rtol=0,
                                      atol=ROUNDING)

    def assertWhole(self, name="run.h5", replicas=slice(None)):
        self.assertTrue((self.data_of(name)["status"] == self.whole["status"]).all())
        self.close(name, self.whole["status"] != 0)

    def assertTruthful(self, name="run.h5"):
        done = self.data_of(name)["status"] != 0
        self.close(name, done)
        self.assertEqual(self.dyson("verify", name)[0], 0)
        return int(done.sum())


if __name__ == "__main__":
    unittest.main()
