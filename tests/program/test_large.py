"""Machines too large for SIMD lanes: the same data on any number of ranks, stopped and gone on with or not."""
import re
import signal
import unittest

import h5py

from program import Case, fault, kill, ranks_of, stopped

LARGE = """[ensemble]
model = rbm
replicas = {replicas}
seed = 20240723
updates = {updates}
snapshots = 2
weights = last

[rbm]
visible = 80
hidden = 72
mass2 = 9.0
target_mass2 = 4.0

[sweep batch]
learning_rate = 0.05
batch_size = 16 400
"""


class Large(Case):
    def weights(self, name):
        with h5py.File(self.path(name)) as file:
            self.assertEqual(file["weights"].shape[-2:], (80, 72))
            return file["weights"][()].tobytes()

    def test_stopped_and_gone_on_with(self):
        """The ranks stop themselves in the middle, so that no machine is fast enough to finish before."""
        self.write(text=LARGE, replicas=12, updates=40)
        self.train("run.ini", "-o", "whole.h5")
        process = self.start("run", "run.ini", ranks=2, **fault("pwrite", ".h5", "all", 20, "after", "stop"))
        self.wait_until("the ranks' stop", lambda: len(ranks_of(process)) == 2 and
                        all(map(stopped, ranks_of(process))))
        kill(ranks_of(process), signal.SIGTERM)
        kill(ranks_of(process), signal.SIGCONT)
        code, _, lines = self.finish(process)
        self.assertEqual(code, 75, lines)
        self.assertTrue(0 < self.done("run.h5") < 24)
        self.train("run.ini", ranks=2)
        self.assertSameData("whole.h5", "run.h5")
        self.assertEqual(self.weights("whole.h5"), self.weights("run.h5"))
        code, out, _ = self.dyson("verify", "run.h5", "--replay", "2")
        self.assertEqual(code, 0, out)
        self.assertIn("2 replicas trained again, 0 of them not the same bits", out)

    def test_dry_run_tells_what_it_takes(self):
        """Between two sizes it is 80 N^2 bytes, 21 MB: 8 N^2 of them are the stored weights.  Under mpirun, for a
        program counts as its own what the one that starts it had."""
        self.write(text=LARGE, replicas=30, updates=60)
        memory = []
        for nodes in (80, 520):
            code, out, _ = self.dyson("run", "run.ini", "--dry-run", "--set", "rbm.visible=%d" % nodes,
                                      "--set", "rbm.hidden=%d" % nodes, "--set", "sweep batch.batch_size=2000",
                                      ranks=1)
            self.assertEqual(code, 0)
            self.assertIn("core-hours", out)
            memory.append(float(re.search(r"memory per rank +(\d+) MB", out).group(1)))
        square = (520 ** 2 - 80 ** 2) / 1e6
        self.assertGreater(memory[1] - memory[0], 80 * square - 2)
        self.assertLess(memory[1] - memory[0], 80 * square + 4)


if __name__ == "__main__":
    unittest.main()
