"""Checkpoints inside a replica: a run that is killed, stopped or damaged there goes on from the last good one, with
the bits of an undisturbed run, or of other teams to rounding."""
import errno
import json
import os
import random
import re
import signal
import struct
import time
import unittest

import numpy

from faulty import LONG, ROUNDING, STUDENTS, tally
from program import Held, fault

STUDENT = STUDENTS.format(replicas=1, updates=7000, snapshots=6, weights="all", team=1)
MACHINE = """[ensemble]
model = rbm
replicas = 1
seed = 3
updates = 2000
snapshots = 3
weights = last

[rbm]
visible = 66
hidden = 70
mass2 = 9
target_mass2 = 4
init_std = 0.1
momentum = 0.5

[sweep rates]
learning_rate = 0.05
batch_size = 24
"""
EVERY = ("--checkpoints", "0:00:00.05")
LARGE_BATCH = ("--set", "sweep rates.batch_size=90")
TEAM = ("--set", "ensemble.ranks_per_replica=2")
FOLDER = "run.h5.checkpoints"
SEED = 20240723
KILLS = 40 if LONG else 4
HEAD = struct.Struct("<8s5q")  # of a file: magic, identity, point, replica, update, snapshots
HEAD_BYTES = 136  # with the shapes of the state and the checksums


class Checkpoints(Held):
    text = STUDENT

    @classmethod
    def setUpClass(cls):
        os.environ["HDF5_USE_FILE_LOCKING"] = "FALSE"
        case = cls("doCleanups")
        case.setUp()
        cls.addClassCleanup(case.doCleanups)
        case.train("run.ini", "--quiet", "--checkpoints", "never")
        cls.whole = case.data_of("run.h5")

    def setUp(self):
        super().setUp()
        self.write(text=self.text)

    def files(self):
        folder = self.path(FOLDER)
        return sorted(os.path.join(folder, name) for name in os.listdir(folder)) if os.path.isdir(folder) else []

    def updates(self):
        """Of each file whose head is good, the update that its state is of."""
        found = {}
        for path in self.files():
            with open(path, "rb") as file:
                head = file.read(HEAD.size)
            if head[:8] == b"dysonst\1":
                found[path] = HEAD.unpack(head)[4]
        return found

    def cut(self, *more, ranks=None, at=3, call="fsync", when="after", do="kill", rank=0):
        """A run that ends at its n-th call of this kind on a checkpoint."""
        process = self.start("run", "run.ini", *EVERY, *more, ranks=ranks,
                             **fault(call, ".checkpoint", rank, at, when, do))
        return self.finish(process)

    def assertGoesOn(self, *more, ranks=None, update=None):
        """The run is completed, from the checkpoint of this update, or anew; nothing but the file is left."""
        lines = self.train("run.ini", *EVERY, *more, ranks=ranks)
        words = "replicas done, %d updates of 1 from checkpoints" % update if update else "replicas done; "
        self.assertIn(words, lines[-1])
        self.assertEqual(sorted(os.listdir(self.folder)), ["run.h5", "run.ini"])
        return lines

    def assertWholeToRounding(self):
        found = self.data_of("run.h5")
        numpy.testing.assert_array_equal(found["status"], self.whole["status"])
        numpy.testing.assert_allclose(found["eigenvalues"], self.whole["eigenvalues"], rtol=0, atol=ROUNDING)


class Students(Checkpoints):
    def test_kills(self):
        """At any call that makes, writes or flushes a checkpoint, of one rank or all of a team of two.  From the
        second checkpoint of a replica on there is always a good one."""
        chance = random.Random(SEED)
        for trial in range(KILLS):
            teams = trial % 2 == 1
            ranks, more = (2, TEAM) if teams else (None, ())
            call = chance.choice(("open", "pwrite", "fsync"))
            # A checkpoint of one rank: 2 opens, 3 fsyncs, 8 writes (void head, 4 blocks, eigenvalues, weights, head).
            # Opens: two to look for it, as there are none yet; non-roots write less, and open and sync once.
            at = chance.randint(1, {"open": 4, "pwrite": 9, "fsync": 4}[call])
            when = chance.choice(("before", "after", "half") if call == "pwrite" else ("before", "after"))
            rank = chance.choice((0, 1, "all")) if teams else 0
            with self.subTest(trial=trial, call=call, at=at, when=when, rank=rank), \
                    tally.trial("SIGKILL: in a checkpoint, " + ("a team" if teams else "one rank")):
                code = self.cut(*more, ranks=ranks, at=at, call=call, when=when, rank=rank)[0]
                self.assertIn(code, (137, -signal.SIGKILL, -signal.SIGPIPE))  # the last of mpirun itself
                self.assertGoesOn(*more, ranks=ranks, update=max(self.updates().values(), default=None))
                self.assertWholeToRounding() if teams else self.assertWhole()
                self.remove("run.h5")

    def test_a_signal_is_answered_by_a_checkpoint(self):
        """Where half an interval has gone since the start, though the interval is not over."""
        process = self.start("run", "run.ini", "--checkpoints", "0:00:02", "--set", "ensemble.updates=300000")
        self.wait_until("the file", lambda: os.path.exists(self.path("run.h5")))
        time.sleep(1.3)
        process.send_signal(signal.SIGTERM)
        code, _, lines = self.finish(process)
        self.assertEqual((code, lines[-1]), (75, "dyson: run the same command to go on"), lines)
        self.assertEqual(lines[-2], "dyson: run.h5.checkpoints: 1 replica is kept")
        update, = self.updates().values()
        self.assertIn("Kept in checkpoints: 1 of the pending, at updates %d to %d." % (update, update),
                      self.dyson("info", "run.h5")[1])
        told = json.loads(self.dyson("info", "--json", "run.h5")[1])["checkpoints"]
        self.assertEqual(told, {"replicas": 1, "least_update": update, "most_update": update})
        lines = self.train("run.ini", "--set", "ensemble.updates=300000", "--max-time", "0:00:00.1", expect=75)
        self.assertEqual(lines[1], "dyson: run.h5.checkpoints: 1 replica is kept at update %d" % update)

    def flip(self, path, where):
        """One bit of the head, of the eigenvalues, or of the first block of the state, which begins at a page."""
        with open(path, "r+b") as file:
            snapshots = HEAD.unpack(file.read(HEAD.size))[5]
            before = HEAD_BYTES + 8 * snapshots * (70 + 70 * 70)
            at = {"head": 40, "eigenvalues": HEAD_BYTES + 100, "state": -(-before // 4096) * 4096 + 1000}[where]
            file.seek(at)
            byte = file.read(1)
            file.seek(at)
            file.write(bytes([byte[0] ^ 16]))

    def test_damage(self):
        """The other state is taken, or with both damaged the replica starts anew."""
        for damaged in (("eigenvalues",), ("state",), ("head",), ("state", "head")):
            with self.subTest(damaged=damaged), tally.trial("damaged checkpoint"):
                self.cut("--overwrite", at=9)
                good = self.updates()
                self.assertEqual(len(good), 2)
                latest = sorted(good, key=good.get, reverse=True)
                for path, where in zip(latest, damaged):
                    self.flip(path, where)
                lines = self.assertGoesOn(update=good[latest[1]] if len(damaged) == 1 else None)
                self.assertEqual(sum("is damaged (" in line for line in lines), len(damaged), lines)
                self.assertEqual(sum("replica 0 of point 0 starts anew" in line for line in lines), len(damaged) - 1)
                self.assertWhole()

    def test_cut_short(self):
        with tally.trial("checkpoint cut short"):
            self.cut(at=9)
            for path in self.files():
                os.truncate(path, os.path.getsize(path) // 2)
            lines = self.assertGoesOn()
            self.assertEqual(sum("is damaged" in line for line in lines), 2)
            self.assertWhole()

    def test_of_another_file(self):
        """Checkpoints of a file that was moved away are not taken for those of a new one, nor thrown away."""
        self.cut(at=9)
        kept = {path: self.read(path) for path in self.files()}
        self.assertEqual(len(kept), 2)
        os.rename(self.path("run.h5"), self.path("moved.h5"))
        lines = self.train("run.ini", "--set", "ensemble.seed=4", *EVERY)
        self.assertIn("replicas done; ", lines[-1])
        self.assertEqual({path: self.read(path) for path in self.files()}, kept)
        self.remove("run.h5")
        os.rename(self.path("moved.h5"), self.path("run.h5"))
        self.assertGoesOn(update=max(self.updates().values()))
        self.assertWhole()

    def test_overwrite_starts_anew(self):
        for every in (EVERY, ("--checkpoints", "never")):
            self.cut("--overwrite", at=9)
            lines = self.train("run.ini", "--overwrite", *every)
            self.assertIn("replicas done; ", lines[-1])
            self.assertEqual(sorted(os.listdir(self.folder)), ["run.h5", "run.ini"])
            self.assertWhole()

    def test_nothing_is_left(self):
        """Neither of a replica that is done without them, nor of one whose first checkpoint was cut."""
        for at, every in ((9, ("--checkpoints", "never")), (1, ("--checkpoints", "0:10:00"))):
            self.cut("--overwrite", at=at)
            self.assertTrue(self.files())
            self.train("run.ini", *every)
            self.assertEqual(sorted(os.listdir(self.folder)), ["run.h5", "run.ini"])
            self.assertWhole()

    def test_no_room(self):
        """It is told, and the training goes on, or stops with 75 where it was to stop."""
        for ranks, more in ((None, ()), (2, TEAM)):
            with tally.trial("disk full in a checkpoint"):
                code, _, lines = self.cut(*more, ranks=ranks, at=12, call="pwrite", do=errno.ENOSPC)
                self.assertEqual(code, 0, lines)
                told = [line for line in lines if "cannot write the checkpoint run.h5.checkpoints/" in line]
                self.assertTrue(told and all("1.checkpoint: No space left on device" in line for line in told), lines)
                self.assertEqual(sorted(os.listdir(self.folder)), ["run.h5", "run.ini"])
                self.assertWholeToRounding() if more else self.assertWhole()
                self.remove("run.h5")
        self.write("long.h5.checkpoints", text="")
        lines = self.train("run.ini", "-o", "long.h5", "--set", "ensemble.updates=300000", "--checkpoints",
                           "0:00:00.4", "--max-time", "0:00:00.3", expect=75)
        self.assertTrue(any("Not a directory" in line for line in lines), lines)

    def test_unreadable(self):
        """A state that may be good is neither passed over nor written over."""
        self.cut(at=9)
        process = self.start("run", "run.ini", *EVERY, **fault("open", ".checkpoint", do=errno.EIO))
        code, _, lines = self.finish(process)
        self.assertEqual(code, 74, lines)
        self.assertRegex(lines[-1], "cannot read the checkpoint run.h5.checkpoints/.*: Input/output error")
        self.assertEqual(len(self.updates()), 2)
        self.assertGoesOn(update=max(self.updates().values()))
        self.assertWhole()

    def test_other_teams_go_on(self):
        """A state that two ranks have kept is taken up by three, and then by one."""
        self.cut(*TEAM, ranks=2, at=6, rank=1)
        first = max(self.updates().values())
        auto = ("--set", "ensemble.ranks_per_replica=3")
        code, _, lines = self.cut(*auto, ranks=3, at=7)
        self.assertNotEqual(code, 0)
        second = max(self.updates().values())
        self.assertGreater(second, first)
        self.assertGoesOn("--set", "ensemble.ranks_per_replica=auto", update=second)
        self.assertWholeToRounding()

    def test_the_plan_says_how_large_they_are(self):
        """At their end.  Of four whole blocks, 147 kB a file: less 4 kB that the last record is not filled up, and 1 kB
        for each of the snapshots not yet taken."""
        more = ("--set", "ensemble.weights=none", "--set", "teacher-student.size=128")
        out = self.dyson("run", "--dry-run", "run.ini", *more)[1]
        told, unit = re.search(r"checkpoints +([\d.]+) (.B) \(run.h5.checkpoints", out).groups()
        self.cut(*more, at=9)
        found = sum(os.path.getsize(path) for path in self.files())
        self.assertLess(abs(found - float(told) * {"k": 1e3, "M": 1e6}[unit[0]]), 0.07 * found)
        self.assertNotIn("checkpoints", self.dyson("run", "--dry-run", "run.ini", "--checkpoints", "never")[1])

    def test_refused(self):
        for value in ("0:00:00", "10", "always"):
            lines = self.train("run.ini", "--checkpoints", value, expect=64)
            self.assertIn("--checkpoints %s: must be H:MM:SS, above 0, or never" % value, lines[-1])


class Machines(Checkpoints):
    """The state of an RBM is more than its weights: momentum, and chains or their moments."""
    text = MACHINE

    def test_every_sampler(self):
        for more in ((), ("--set", "rbm.sampler=gibbs"), ("--set", "rbm.sampler=wishart", *LARGE_BATCH),
                     ("--set", "rbm.gibbs_steps=infinite", "--set", "rbm.sampler=collapsed")):
            with self.subTest(more=more), tally.trial("SIGKILL: in a checkpoint, RBM"):
                self.train("run.ini", "-o", "whole.h5", "--overwrite", *more)
                self.assertNotEqual(self.cut("--overwrite", *more, at=7)[0], 0)
                self.assertTrue(self.updates())
                update = max(self.updates().values())
                lines = self.train("run.ini", *EVERY, *more)
                self.assertIn("done, %d updates of 1 from checkpoints" % update, lines[-1])
                self.assertSameData("run.h5", "whole.h5")

    def test_every_sampler_in_teams(self):
        """What two ranks have kept one goes on with, and ends where one began and ended."""
        for more in ((), ("--set", "rbm.sampler=gibbs"), ("--set", "rbm.sampler=wishart", *LARGE_BATCH)):
            with self.subTest(more=more), tally.trial("SIGKILL: in a checkpoint, RBM of a team"):
                self.train("run.ini", "-o", "whole.h5", "--overwrite", "--set", "ensemble.updates=600", *more)
                more += ("--set", "ensemble.updates=600")
                self.assertNotEqual(self.cut("--overwrite", *TEAM, *more, ranks=2, at=5)[0], 0)
                self.assertTrue(self.updates())
                update = max(self.updates().values())
                lines = self.train("run.ini", *EVERY, "--set", "ensemble.ranks_per_replica=auto", *more)
                self.assertIn("done, %d updates of 1 from checkpoints" % update, lines[-1])
                found, whole = self.data_of("run.h5"), self.data_of("whole.h5")
                numpy.testing.assert_array_equal(found["status"], whole["status"])
                numpy.testing.assert_allclose(found["eigenvalues"], whole["eigenvalues"], rtol=0, atol=ROUNDING)


del Checkpoints  # has no tests of its own

if __name__ == "__main__":
    unittest.main()
