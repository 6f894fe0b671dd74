"""The SLURM of tests/cluster/two_node, as the tests of this folder use it."""
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from program import DYSON, ROOT, Held, environment, kill

TWO_NODE = os.path.join(ROOT, "tests", "cluster", "two_node")
SECONDS = 90  # nothing that is waited for takes that long
ENDED = ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY", "BOOT_FAIL")


class Cluster:
    """Up from start() to stop().  `home` is the folder that the nodes share, with the program and the job
    scripts as in the top of the repository."""

    def start(self):
        check = subprocess.run([TWO_NODE, "check"], capture_output=True, text=True)
        if check.returncode == 77:
            raise unittest.SkipTest(check.stderr.strip())
        # Not in /tmp, of which each node has its own.
        self.home = "/var/tmp/dyson-cluster-%d" % os.getpid()
        shutil.rmtree(self.home, ignore_errors=True)  # of a process long gone
        self.control("up", str(os.getpid()))
        shutil.copytree(os.path.join(ROOT, "jobs"), os.path.join(self.home, "jobs"))
        self.dyson = shutil.copy(DYSON, self.home)

    def stop(self):
        self.control("down")
        shutil.rmtree(self.home, ignore_errors=True)

    def control(self, command, *arguments):
        done = subprocess.run([TWO_NODE, command, self.home, *arguments], capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError("two_node %s: %s" % (command, done.stdout + done.stderr + self.logs()))

    def login(self, *command, cwd=None):
        """What a command prints on the login node."""
        done = subprocess.run([TWO_NODE, "on", self.home, "login", *command], cwd=cwd or self.home,
                              capture_output=True, text=True, timeout=SECONDS,
                              env=environment(DYSON=self.dyson))
        if done.returncode != 0:
            raise RuntimeError("%s: %s" % (" ".join(command), done.stdout + done.stderr))
        return done.stdout

    def logs(self):
        """The last words of SLURM, for a test that failed."""
        folder, text = os.path.join(self.home, "log"), ""
        for name in sorted(os.listdir(folder)) if os.path.exists(folder) else ():
            with open(os.path.join(folder, name), errors="replace") as file:
                text += "\n---- %s\n%s" % (name, "".join(file.readlines()[-15:]))
        return text


cluster = Cluster()


class JobCase(Held):
    """A test with a folder of its own that all nodes see, and jobs that run there."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="test-", dir=cluster.home)

    def submit(self, *arguments):
        """arguments of sbatch, the script's name (in jobs/) among them; the job's number."""
        arguments = [os.path.join(cluster.home, "jobs", word) if word.endswith(".sh") else word
                     for word in arguments]
        return cluster.login("sbatch", "--parsable", *arguments, cwd=self.folder).strip()

    def job(self, number):
        """What SLURM says of a job or of a task of an array (number_task)."""
        text = cluster.login("scontrol", "--oneliner", "show", "job", number)
        return dict(re.findall(r"(\w+)=(\S*)", text))

    def wait_until(self, what, condition, number=None):
        """Polls until the condition gives something true, and returns that."""
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            found = condition()
            if found:
                return found
            time.sleep(0.02)
        said = "%s: not within %d s\n%s" % (what, SECONDS, cluster.login("squeue", "--states=all"))
        if number:
            said += "\n%s\n%s" % (self.job(number), self.log(number))
        return self.fail(said + cluster.logs())

    def wait_for_end(self, number):
        """The job when it has ended; not one that waits to be started again."""
        return self.wait_until("the end of job " + number, lambda: next(
            (job for job in [self.job(number)] if job["JobState"] in ENDED), None), number)

    def wait_for_done(self, number):
        job = self.wait_for_end(number)
        self.assertEqual((job["JobState"], job["ExitCode"]), ("COMPLETED", "0:0"), self.log(number))
        return job

    def wait_until_requeued(self, number):
        self.wait_until("the requeue of job " + number,
                        lambda: self.job(number)["JobState"] == "PENDING", number)

    def hold(self, outputs, replicas=8):
        """Stops the ranks of jobs (number: output) when each has so many replicas done, so that no machine is
        fast enough to finish before what is to happen.  They go on by SIGCONT, which SLURM sends too, ahead
        of some signals.  Returns the ranks."""
        for number, output in outputs.items():
            self.wait_until("the first replicas of job " + number, lambda: os.path.exists(
                self.path(output)) and self.done(output) >= replicas, number)
        ranks = self.ranks()
        kill(ranks, signal.SIGSTOP)
        for number, output in outputs.items():
            self.assertTrue((self.data_of(output)["status"] == 0).any(), "job %s ended too soon" % number)
        self.assertGreaterEqual(len(ranks), len(outputs), "ranks were lost")
        return ranks

    def log(self, number):
        path = self.path("dyson-%s.log" % number)
        return self.read(os.path.basename(path)).decode() if os.path.exists(path) else ""

    def ranks(self):
        """The processes of `dyson run` in this test's folder, on all nodes."""
        found = []
        for entry in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open("/proc/%s/cmdline" % entry) as file:
                    program = file.read().split("\0")[0]
                if program == cluster.dyson and os.readlink("/proc/%s/cwd" % entry) == self.folder:
                    found.append(int(entry))
            except OSError:
                continue
        return found

