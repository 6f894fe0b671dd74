"""`dyson run` cut short by SIGKILL and by a full disk; gone on with, the file's data are bit-identical to those
of a run that nothing disturbed."""
import errno
import os
import random
import time
import unittest

import h5py

from cut import REPLICAS, Cut
from program import fault, kill, ranks_of


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
                done = self.done("run.h5") if os.path.exists(self.path("run.h5")) else 0
                self.wait_for_training("run.h5", min(done + 1, 4 * REPLICAS))
                time.sleep(moments.uniform(0, 0.1))
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
        for rank, after in ((0, 3), (2, 0), (1, 40)):
            began = time.monotonic()
            code, _, lines = self.dyson("run", "run.ini", "--overwrite", ranks=3,
                                        **fault("pwrite", ".h5", rank, after + 1, do=errno.ENOSPC))
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
