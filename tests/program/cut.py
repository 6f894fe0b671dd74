"""Runs that are cut short, held against one that nothing disturbed."""
import time

import h5py
import numpy

from program import DATA, Case

REPLICAS, UPDATES = 400, 10000  # a second or two of one core
SECONDS_TO_STOP = 10


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

    def assertStopped(self, process, what=None):
        """Just signalled, it ends soon, leaves the truth behind and says how to go on; what: its time is
        printed under this name."""
        began = time.monotonic()
        code, _, lines = self.finish(process)
        seconds = time.monotonic() - began
        if what:
            print("%-40s %5.2f s to the end" % (what, seconds))
        self.assertLess(seconds, SECONDS_TO_STOP)
        self.assertEqual(code, 75, lines)
        self.assertIn("run the same command to go on", lines[-1])
        self.assertLess(self.assertTruthful(), 4 * REPLICAS)
        return lines
