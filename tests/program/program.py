"""Runs the program for the tests of this folder and reads what it writes."""
import atexit
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

import h5py
import numpy

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DYSON = os.path.join(ROOT, os.environ.get("DYSON", "build/dyson"))
MPIRUN = os.environ.get("MPIRUN", "mpirun").split()
SECONDS = 120  # no run of these tests takes that long

# What the data of two files must share, bit for bit.
DATA = ("eigenvalues", "status", "diverged_at", "checksum", "diverged_checksum")

RUN_FILE = """[ensemble]
model = rbm
replicas = {replicas}
seed = 20240723
updates = {updates}
snapshots = 4

[rbm]
visible = 4
hidden = 4
mass2 = 9.0
target_mass2 = 4.0

[sweep both]
learning_rate = 0.05 0.1
batch_size = 4 16
"""


def environment(**more):
    settings = dict(os.environ, OPENBLAS_NUM_THREADS="1", OMPI_MCA_rmaps_base_oversubscribe="1")
    if os.getuid() == 0:
        settings.update(OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
    settings.update(more)
    return settings


class Case(unittest.TestCase):
    """A test with a folder of its own, in which the program runs."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="dyson-test-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name="run.ini", text=RUN_FILE, replicas=40, updates=50):
        with open(self.path(name), "w") as file:
            file.write(text.format(replicas=replicas, updates=updates))
        return name

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def remove(self, name):
        if os.path.exists(self.path(name)):
            os.remove(self.path(name))

    def start(self, *arguments, ranks=None, stderr=subprocess.PIPE, **env):
        """ranks None: the program alone, without mpirun."""
        mpirun = MPIRUN + ["-n", str(ranks)] if ranks else []
        process = subprocess.Popen(mpirun + [DYSON, *arguments], cwd=self.folder, text=True,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr,
                                   env=environment(**env))
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.kill()
            process.wait()
        for stream in (process.stdout, process.stderr):
            if stream:
                stream.close()

    def finish(self, process):
        """The exit code, standard output and the program's own lines on standard error."""
        out, err = process.communicate(timeout=SECONDS)
        lines = [line for line in (err or "").splitlines() if line.startswith("dyson: ")]
        return process.returncode, out, lines

    def dyson(self, *arguments, ranks=None, **env):
        return self.finish(self.start(*arguments, ranks=ranks, **env))

    def train(self, *arguments, ranks=None, expect=0, **env):
        code, _, lines = self.dyson("run", *arguments, ranks=ranks, **env)
        self.assertEqual(code, expect, lines)
        return lines

    def data(self, name):
        with h5py.File(self.path(name), "r") as file:
            return {key: file[key][()].tobytes() for key in DATA}

    def assertSameData(self, one, other):
        a, b = self.data(one), self.data(other)
        for key in DATA:
            self.assertTrue(a[key] == b[key], "/%s of %s and %s differ" % (key, one, other))

    def wait_for_training(self, name, replicas=1):
        """Until so many replicas are marked done; /status is one contiguous block of bytes."""
        self.wait_until("%d replicas of %s" % (replicas, name),
                        lambda: os.path.exists(self.path(name)) and self.done(name) >= replicas)

    def wait_until(self, what, condition):
        deadline = time.monotonic() + SECONDS
        while not condition():
            self.assertLess(time.monotonic(), deadline, what + ": not within %d s" % SECONDS)
            time.sleep(0.01)

    def done(self, name):
        os.environ["HDF5_USE_FILE_LOCKING"] = "FALSE"
        with h5py.File(self.path(name), "r") as file:
            return int((file["status"][()] != 0).sum())


class Held(Case):
    """A test of runs that are held against an undisturbed one, whose data are in `whole`."""

    whole = {}  # the data, by name

    def data_of(self, name):
        with h5py.File(self.path(name), "r") as file:
            return {key: file[key][()] for key in DATA}

    def assertWhole(self, name="run.h5", replicas=slice(None)):
        """The file has the data of the undisturbed run, or of some of its replicas."""
        found = self.data_of(name)
        for key in DATA:
            self.assertTrue(found[key].tobytes() == self.whole[key][:, replicas].tobytes(),
                            "/%s of %s differs" % (key, name))

    def assertTruthful(self, name="run.h5"):
        """The file opens, what is marked done is sound, and is as in the undisturbed run where that has it.
        How much is done."""
        found = self.data_of(name)
        done = found["status"] != 0
        shared = min(done.shape[1], self.whole["status"].shape[1])
        known = done[:, :shared]
        for key in DATA:
            self.assertTrue(found[key][:, :shared][known].tobytes() == self.whole[key][:, :shared][known].tobytes(),
                            "/%s of %s is wrong" % (key, name))
        code, out, lines = self.finish(Case.start(self, "verify", "--json", name))
        self.assertEqual(code, 0, lines)
        self.assertEqual(json.loads(out)["checked"], int(done.sum()))
        return int(numpy.count_nonzero(done))


def shim(name):
    """Compiles a library of tests/faults to be loaded before the C library, once; its path."""
    if not hasattr(shim, "folder"):
        shim.folder = tempfile.mkdtemp(prefix="dyson-faults-")
        atexit.register(shutil.rmtree, shim.folder, ignore_errors=True)
    library = os.path.join(shim.folder, name + ".so")
    if not os.path.exists(library):
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-D_GNU_SOURCE", "-o", library,
                        os.path.join(ROOT, "tests", "faults", name + ".c"), "-ldl"], check=True)
    return library


def fault(call, name, rank=0, at=1, when="before", do="kill"):
    """The environment of a program that is to be struck; see tests/faults/faults.c."""
    return {"LD_PRELOAD": shim("faults"), "FAULT_CALL": call, "FAULT_NAME": name, "FAULT_RANK": str(rank),
            "FAULT_AT": str(at), "FAULT_WHEN": when, "FAULT_DO": str(do)}


def stopped(pid):
    """Whether a process has been stopped, as by SIGSTOP."""
    try:
        with open("/proc/%d/stat" % pid) as file:
            return file.read().rsplit(")", 1)[1].split()[0] == "T"
    except OSError:
        return False


def reached(pid, number):
    """Whether a signal waits for a process that has been stopped, or has ended it: some SLURMs wake it."""
    try:
        with open("/proc/%d/status" % pid) as file:
            pending = [int(line.split()[1], 16) for line in file if line.startswith(("SigPnd:", "ShdPnd:"))]
    except OSError:
        return True
    return any(mask >> (number - 1) & 1 for mask in pending)


def catches(pid, number):
    """Whether a process has a handler for a signal."""
    with open("/proc/%d/status" % pid) as file:
        caught = next(line for line in file if line.startswith("SigCgt:"))
    return int(caught.split()[1], 16) >> (number - 1) & 1


def ranks_of(mpirun):
    """The processes of a running mpirun, in the order in which they were started."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open("/proc/%s/stat" % entry) as file:
                fields = file.read().rsplit(")", 1)[1].split()
            with open("/proc/%s/cmdline" % entry) as file:
                program = file.read().split("\0")[0]
        except OSError:
            continue
        if int(fields[1]) == mpirun.pid and program == DYSON:
            found.append(int(entry))
    return sorted(found)


def kill(pids, number=signal.SIGKILL):
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass
