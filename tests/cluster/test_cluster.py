"""The job scripts of jobs/, run by a real SLURM over two nodes: cut by their time limit, warned, cancelled,
robbed of a node; each file, once complete, holds bit for bit what one undisturbed rank computes."""
import signal
import subprocess
import sys
import unittest

import h5py
import numpy

from cluster import JobCase, cluster, pending
from program import DATA, RUN_FILE, kill

REPLICAS, UPDATES = 400, 10000  # some seconds of one core
PIECE = RUN_FILE.replace("seed =", "first_replica = {first}\nseed =")
TWO_NODES = ("--nodes=2", "--ntasks-per-node=1")


def setUpModule():
    """Brings the cluster up and starts the jobs that wait for their time limit, which SLURM looks at every
    half a minute: the other tests run meanwhile."""
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))  # so that the cluster goes down
    cluster.start()
    unittest.addModuleCleanup(cluster.stop)
    TimeLimit.submit_jobs()
    ClusterCase.train_reference()


class ClusterCase(JobCase):
    whole = None  # the data of one undisturbed rank, by name

    @classmethod
    def train_reference(cls):
        case = JobCase("doCleanups")
        case.setUp()
        case.write(replicas=REPLICAS, updates=UPDATES)
        case.train("run.ini", "--quiet")
        with h5py.File(case.path("run.h5"), "r") as file:
            cls.whole = {key: file[key][()] for key in DATA}

    def setUp(self):
        super().setUp()
        self.write(replicas=REPLICAS, updates=UPDATES)

    def assertWhole(self, name, replicas=slice(None)):
        with h5py.File(self.path(name), "r") as file:
            self.assertTrue((file["status"][()] == 1).all())
            for key in DATA:
                self.assertEqual(file[key][()].tobytes(), self.whole[key][:, replicas].tobytes(),
                                 "/%s of %s" % (key, name))

    def assertTruthful(self, name):
        """Whatever is marked done is right, and not all is done."""
        with h5py.File(self.path(name), "r") as file:
            done = file["status"][()] == 1
            x = file["eigenvalues"][()]
        self.assertTrue(numpy.array_equal(x[done], self.whole["eigenvalues"][done]))
        self.assertTrue(done.any() and not done.all())

    def assertOnTwoNodes(self, name):
        with h5py.File(self.path(name), "r") as file:
            self.assertEqual(bytes(file.attrs["hosts"]), b"node1 node2")
            self.assertEqual(file.attrs["ranks"], 2)


class Cancelled(ClusterCase):
    def test_scancel_keeps_what_is_done_and_the_same_job_goes_on(self):
        scripts = ("srun", "mpirun")
        for again in (False, True):
            jobs = {name: self.submit(*TWO_NODES, "run_%s.sh" % name, "run.ini", name + ".h5")
                    for name in scripts}
            for name in scripts:
                if again:
                    self.wait_for_done(jobs[name])
                    self.assertWhole(name + ".h5")
                    continue
                self.wait_for_some(jobs[name], name + ".h5")
                cluster.login("scancel", jobs[name])
                job = self.wait_for_end(jobs[name])
                self.assertEqual((job["JobState"], job["Restarts"]), ("CANCELLED", "0"))
                self.assertOnTwoNodes(name + ".h5")
                self.assertTruthful(name + ".h5")


class NodeLost(ClusterCase):
    def test_job_that_loses_a_node_is_requeued_and_goes_on(self):
        number = self.submit(*TWO_NODES, "run_srun.sh", "run.ini")
        self.wait_for_some(number, "run.h5")
        cluster.control("crash", "node2")
        self.wait_until("the requeue of job " + number,
                        lambda: self.job(number)["JobState"] == "PENDING", number)
        self.assertEqual(self.ranks(), [])
        self.assertTruthful("run.h5")
        self.assertOnTwoNodes("run.h5")
        cluster.control("boot", "node2")
        self.assertEqual(self.wait_for_done(number)["Restarts"], "1")
        self.assertWhole("run.h5")


class Warned(ClusterCase):
    def test_warning_to_mpirun_reaches_the_ranks_of_both_nodes(self):
        number = self.submit(*TWO_NODES, "run_mpirun.sh", "run.ini")
        self.wait_for_some(number, "run.h5")
        cluster.login("scancel", "--batch", "--signal=USR1", number)
        self.wait_until("the requeue of job " + number,
                        lambda: self.job(number)["JobState"] == "PENDING", number)
        self.assertIn("stopped by signal USR1", self.log(number))
        self.assertTruthful("run.h5")
        self.assertEqual(self.wait_for_done(number)["Restarts"], "1")
        self.assertOnTwoNodes("run.h5")
        self.assertWhole("run.h5")


class TimeLimit(ClusterCase):
    """Every script, on one node.  So that no machine is fast enough to escape the time limit, the ranks are
    stopped until SLURM's warning waits for them."""

    jobs = {}  # number: its test's case and output

    @classmethod
    def submit_jobs(cls):
        for script in ("run_srun.sh", "run_mpirun.sh", "array.sh"):
            case = cls("doCleanups")
            case.setUp()
            batch = "B:" if script == "run_mpirun.sh" else ""
            limit = ("--time=1", "--signal=%sUSR1@20" % batch, "--nodelist=node1", "--ntasks-per-node=2")
            if script == "array.sh":
                for name, first in (("a", 0), ("b", REPLICAS // 2)):
                    case.write(name + ".ini", PIECE.replace("{first}", str(first)), REPLICAS // 2, UPDATES)
                number = case.submit(*limit, "--array=1-2", script, "a.ini", "b.ini")
                outputs = {number + "_1": "a.h5", number + "_2": "b.h5"}
            else:
                outputs = {case.submit(*limit, script, "run.ini"): "run.h5"}
            for number, output in outputs.items():
                case.wait_for_some(number, output)
            kill(case.ranks(), signal.SIGSTOP)
            cls.jobs[script] = (case, outputs)

    def requeued_until_complete(self, script):
        case, outputs = self.jobs[script]
        ranks = case.ranks()
        self.assertEqual(len(ranks), 2 * len(outputs))
        for pid in ranks:
            case.wait_until("the warning", lambda: pending(pid, signal.SIGUSR1), next(iter(outputs)))
        kill(ranks, signal.SIGCONT)
        for number, output in outputs.items():
            job = case.wait_for_done(number)
            self.assertGreater(int(job["Restarts"]), 0)
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


if __name__ == "__main__":
    unittest.main()
