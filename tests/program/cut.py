"""Runs that are cut short, held against one that nothing disturbed."""
import time

from program import Held

REPLICAS, UPDATES = 400, 10000  # a second or two of one core
SECONDS_TO_STOP = 10


class Cut(Held):
    @classmethod
    def setUpClass(cls):
        """The undisturbed run that all others are held against."""
        case = Held("doCleanups")
        case.setUp()
        cls.addClassCleanup(case.doCleanups)
        case.write(replicas=REPLICAS, updates=UPDATES)
        case.train("run.ini", "-o", "whole.h5", "--quiet", ranks=2)
        cls.whole = case.data_of("whole.h5")

    def setUp(self):
        super().setUp()
        self.write(replicas=REPLICAS, updates=UPDATES)

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
