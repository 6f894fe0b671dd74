"""The job scripts of jobs/, run by a real SLURM over two nodes: cut by their time limit, warned, cancelled,
robbed of a node; each file, once complete, holds bit for bit what one undisturbed rank computes."""
import signal
import subprocess
import unittest

import h5py

from cluster import JobCase, cluster
from program import RUN_FILE, kill, reached

REPLICAS, UPDATES = 400, 5000  # a second or two of one core
PIECE = RUN_FILE.replace("seed =", "first_replica = {first}\nseed =")
TWO_NODES = ("--nodes=2", "--ntasks-per-node=1")


def setUpModule():
    """Brings the cluster up and begins what takes SLURM half a minute: to look at time limits, and to give up
    a node that is silent."""
    cluster.start()
    unittest.addModuleCleanup(cluster.stop)
    LimitedTime.begin()
    NodeLost.begin()
    ClusterCase.train_reference()


class ClusterCase(JobCase):
    @classmethod
    def train_reference(cls):
        case = JobCase("doCleanups")
        case.setUp()
        case.write(replicas=REPLICAS, updates=UPDATES)
        case.train("run.ini", "--quiet")
        cls.whole = case.data_of("run.h5")

    def setUp(self):
        super().setUp()
        self.write(replicas=REPLICAS, updates=UPDATES)

    def assertCut(self, name):
        """Some is done, not all, and that is right."""
        self.assertTrue(0 < self.assertTruthful(name) < self.whole["status"].size)

    def assertOnTwoNodes(self, name):
        with h5py.File(self.path(name), "r") as file:
            self.assertEqual(bytes(file.attrs["hosts"]), b"node1 node2")
            self.assertEqual(file.attrs["ranks"], 2)


class LimitedTime(ClusterCase):
    """Every script, on one node."""

    waiting = {}  # by script: its case, its outputs by the job's number, its ranks

    @classmethod
    def begin(cls):
        for script in ("run_srun.sh", "run_mpirun.sh", "array.sh"):
            case = cls("doCleanups")
            case.setUp()
            batch = "B:" if script == "run_mpirun.sh" else ""
            outputs = case.submit_pieces if script == "array.sh" else case.submit_whole
            outputs = outputs(script, "--time=2", "--signal=%sUSR1@80" % batch, "--nodelist=node1",
                              "--ntasks-per-node=2")
            ranks = case.hold(outputs)
            case.assertEqual(len(ranks), 2 * len(outputs))
            cls.waiting[script] = (case, outputs, ranks)

    def submit_whole(self, script, *arguments):
        return {self.submit(*arguments, script, "run.ini"): "run.h5"}

    def submit_pieces(self, script, *arguments):
        half = REPLICAS // 2
        for name, first in (("a.ini", 0), ("b.ini", half)):
            self.write(name, PIECE.replace("{first}", str(first)), half, UPDATES)
        number = self.submit(*arguments, "--array=1-2", script, "a.ini", "b.ini")
        return {number + "_1": "a.h5", number + "_2": "b.h5"}

    @classmethod
    def setUpClass(cls):
        for case, outputs, ranks in cls.waiting.values():
            for pid in ranks:
                case.wait_until("the warning", lambda: reached(pid, signal.SIGUSR1), next(iter(outputs)))
            kill(ranks, signal.SIGCONT)

    def requeued_until_complete(self, script):
        case, outputs, _ = self.waiting[script]
        for number, output in outputs.items():
            self.assertGreater(int(case.wait_for_done(number)["Restarts"]), 0)
            log = case.log(number)
            self.assertIn("stopped by signal USR1", log)
            self.assertIn("done before", log)  # both sessions in one log
        return case, list(outputs.values())

    def test_srun(self):
        case, [output] = self.requeued_until_complete("run_srun.sh")
        case.assertWhole(output)

    def test_mpirun(self):
        case, [output] = self.requeued_until_complete("run_mpirun.sh")
        case.assertWhole(output)

    def test_array(self):
        """Two pieces of one ensemble, which `dyson stats` puts together."""
        case, (first, second) = self.requeued_until_complete("array.sh")
        case.assertWhole(first, slice(0, REPLICAS // 2))
        case.assertWhole(second, slice(REPLICAS // 2, None))
        subprocess.run([cluster.dyson, "stats", first, second], cwd=case.folder, check=True,
                       stdout=subprocess.DEVNULL)


class NodeLost(ClusterCase):
    @classmethod
    def begin(cls):
        cls.case = cls("doCleanups")
        cls.case.setUp()
        cls.number = cls.case.submit(*TWO_NODES, "run_srun.sh", "run.ini")
        cls.case.hold({cls.number: "run.h5"})
        cluster.control("crash", "node2")

    def test_job_that_loses_a_node_is_requeued_and_goes_on(self):
        case, number = self.case, self.number
        case.wait_until_requeued(number)
        self.assertEqual(case.ranks(), [])
        case.assertCut("run.h5")
        case.assertOnTwoNodes("run.h5")
        cluster.control("boot", "node2")
        self.assertEqual(case.wait_for_done(number)["Restarts"], "1")
        case.assertWhole("run.h5")


class TwoNodes(ClusterCase):
    def test_warned_then_cancelled_then_submitted_again(self):
        """With either launcher, side by side."""
        submitted = {}
        for script in ("run_srun.sh", "run_mpirun.sh"):
            number = submitted[script] = self.submit(*TWO_NODES, script, "run.ini", script + ".h5")
            ranks = self.hold({number: script + ".h5"})
            batch = ["--batch"] if script == "run_mpirun.sh" else []
            cluster.login("scancel", *batch, "--signal=USR1", number)
            for pid in ranks:
                self.wait_until("the warning", lambda: reached(pid, signal.SIGUSR1), number)
            kill(ranks, signal.SIGCONT)
        for script, number in submitted.items():
            self.wait_until_requeued(number)
            self.assertIn("stopped by signal USR1", self.log(number))
            self.assertCut(script + ".h5")
            self.assertOnTwoNodes(script + ".h5")
        for script, number in submitted.items():
            self.hold({number: script + ".h5"}, self.done(script + ".h5") + 8)
            cluster.login("scancel", number)
            job = self.wait_for_end(number)
            self.assertEqual((job["JobState"], job["Restarts"]), ("CANCELLED", "1"))
            self.assertCut(script + ".h5")
        again = [(script, self.submit(*TWO_NODES, script, "run.ini", script + ".h5")) for script in submitted]
        for script, number in again:
            self.wait_for_done(number)
            self.assertWhole(script + ".h5")


if __name__ == "__main__":
    unittest.main()
