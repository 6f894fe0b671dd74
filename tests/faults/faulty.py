"""What the tests of this folder share: faults that are loaded before the C library, mounts, an undisturbed
run to be held against, and a tally of what was tried."""
import atexit
import contextlib
import json
import os
import subprocess
import unittest

import h5py

from program import DATA, DYSON, MPIRUN, RUN_FILE, SECONDS, Case, Held, environment

LONG = os.environ.get("FAULTS") == "long"  # make test-faults
REPLICAS, UPDATES = 100, 2000  # a quarter of a second of one core

# Large replicas, one at a time or by teams.
STUDENTS = """[ensemble]
model = teacher-student
replicas = {replicas}
seed = 3
updates = {updates}
snapshots = {snapshots}
weights = {weights}
ranks_per_replica = {team}

[teacher-student]
size = 70
data = fresh

[sweep rates]
learning_rate = 0.05
batch_size = 40
noise = 0.1
"""
# The most that students of teams differ from those of one rank: any number of updates that forget their past in 20,
# N = 70, as in tests/mpi/teams_test.c.
ROUNDING = 1e-12


class Tally:
    """How often each fault was tried and survived; left as JSON in the file that FAULTS_TALLY names."""

    def __init__(self):
        self.rows = {}
        if "FAULTS_TALLY" in os.environ:
            atexit.register(self.leave, os.environ["FAULTS_TALLY"])

    @contextlib.contextmanager
    def trial(self, fault):
        """Survived if nothing in it raises."""
        row = self.rows.setdefault(fault, [0, 0])
        row[0] += 1
        yield
        row[1] += 1

    def leave(self, path):
        with open(path, "w") as file:
            json.dump(self.rows, file)


tally = Tally()


class Faulty(Held):
    """A test with an undisturbed run to be held against; an aborted mpirun kills its ranks at once."""

    text, replicas, updates = RUN_FILE, REPLICAS, UPDATES
    options = ()  # of every run but the undisturbed one, which has:
    undisturbed = ()

    @classmethod
    def setUpClass(cls):
        os.environ["HDF5_USE_FILE_LOCKING"] = "FALSE"
        case = Case("doCleanups")
        case.setUp()
        cls.addClassCleanup(case.doCleanups)
        case.write(text=cls.text, replicas=cls.replicas, updates=cls.updates)
        case.train("run.ini", "-o", "whole.h5", "--quiet", *cls.undisturbed)
        cls.whole_path = case.path("whole.h5")
        with h5py.File(cls.whole_path) as file:
            cls.whole = {key: file[key][()] for key in DATA}

    def setUp(self):
        super().setUp()
        self.write(text=self.text, replicas=self.replicas, updates=self.updates)

    def start(self, *arguments, **more):
        return super().start(*arguments, OMPI_MCA_odls_base_sigkill_timeout="0", **more)

    def start_apart(self, commands, **env):
        """One rank for each shell command, which ends in $DYSON run ...; `apart` before it gives the rank a
        mount table of its own."""
        line = MPIRUN[:]
        for i, command in enumerate(commands):
            line += ([":"] if i else []) + ["-n", "1", "unshare", "--mount", "sh", "-c", command]
        process = subprocess.Popen(line, cwd=self.folder, text=True, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   env=environment(DYSON=DYSON, **env))
        self.addCleanup(self.end, process)
        return process

    def mount(self, name, *options):
        """A file system in memory, under the test's folder; skips the test where that is not allowed."""
        path = self.path(name)
        os.makedirs(path, exist_ok=True)
        if os.getuid() != 0 or subprocess.run(["mount", *(options or ("-t", "tmpfs", "-o", "size=4m", "tmpfs")),
                                               path], capture_output=True).returncode != 0:
            self.skipTest("needs the right to mount")
        self.addCleanup(subprocess.run, ["umount", "-l", path], capture_output=True)
        return path

    def assertGoesOn(self, name="run.h5", ranks=None):
        """The same command, without the fault, completes the file."""
        self.train("run.ini", "-o", name, "--quiet", *self.options, ranks=ranks)
        self.assertWhole(name)

    def assertFails(self, process, code, *words, within=SECONDS):
        found, _, lines = self.finish(process)
        self.assertEqual(found, code, lines)
        for word in words:
            self.assertIn(word, lines[-1])
        return lines


def needs_namespaces(test):
    able = os.getuid() == 0 and subprocess.run(["unshare", "--mount", "true"],
                                               capture_output=True).returncode == 0
    return unittest.skipUnless(able, "needs mount namespaces (root)")(test)
