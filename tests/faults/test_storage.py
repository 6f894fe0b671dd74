"""Disks that are full, read-only, failing, gone, or not the same on all nodes: the run ends with one clear line
and the documented code, what was complete is kept, and the same command goes on."""
import errno
import os
import signal
import subprocess
import sys
import time
import unittest

from faulty import LONG, Faulty, needs_namespaces, tally
from program import DYSON, MPIRUN, environment, kill, ranks_of, fault

LIMITED = "import os, resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (%d, %d)); " \
          "os.execv(sys.argv[1], sys.argv[1:])"


def stopped(pid):
    with open("/proc/%d/stat" % pid) as file:
        return file.read().rsplit(")", 1)[1].split()[0] == "T"


class Room(Faulty):
    def test_full_before_training(self):
        """Room is asked for when the file is made."""
        folder = self.mount("small", "-t", "tmpfs", "-o", "size=1m", "tmpfs")
        for ranks in (None, 3):
            with tally.trial("disk full when the file is made"):
                process = self.start("run", "run.ini", "-o", "small/run.h5", "--set", "ensemble.replicas=100000",
                                     ranks=ranks)
                self.assertFails(process, 73, "small/run.h5", "bytes needed")
                self.assertEqual(os.listdir(folder), [])

    def test_full_while_training(self):
        """On a file system that cannot reserve, somebody else fills the disk after the file was made."""
        folder = self.mount("small")
        for ranks, calls in ((None, 1), (3, 1), (2, 30)) if LONG else ((2, 30),):
            with tally.trial("disk full in the middle of a run"):
                struck = fault("pwrite", ".h5", 0, calls, "before", "stop")
                no_reserve = {"FAULT_RESERVE": "none"}
                process = self.start("run", "run.ini", "-o", "small/run.h5", ranks=ranks, **struck, **no_reserve)
                victim = self.wait_for_stop(process, ranks)
                with open(os.path.join(folder, "filler"), "wb", buffering=0) as filler:
                    try:
                        while True:
                            filler.write(bytes(4096))
                    except OSError as error:
                        self.assertEqual(error.errno, errno.ENOSPC)
                kill([victim], signal.SIGCONT)
                self.assertFails(process, 74, "small/run.h5", "No space left on device")
                self.assertTruthful("small/run.h5")
                os.remove(os.path.join(folder, "filler"))
                self.assertGoesOn("small/run.h5", ranks=2)
                os.remove(os.path.join(folder, "run.h5"))

    def wait_for_stop(self, process, ranks):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            for pid in ranks_of(process) if ranks else [process.pid]:
                if stopped(pid):
                    return pid
            time.sleep(0.01)
        return self.fail("the rank does not stop")

    def test_quota(self):
        """Limits of a user: of the size of files, by the kernel; of the blocks in all, by its error number."""
        with tally.trial("quota (limit of file size)"):
            command = MPIRUN + ["-n", "2", sys.executable, "-c", LIMITED % (65536, 65536), DYSON, "run", "run.ini",
                                "--set", "ensemble.replicas=5000"]
            process = subprocess.Popen(command, cwd=self.folder, stdin=subprocess.DEVNULL, text=True,
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())
            self.addCleanup(self.end, process)
            self.assertFails(process, 73, "run.h5", "bytes needed", "File too large")
            self.assertEqual(os.listdir(self.folder), ["run.ini"])
        for rank, at in ((0, 5), (1, 40), (2, 1)):
            with tally.trial("quota (EDQUOT in the middle of a run)"):
                process = self.start("run", "run.ini", "--overwrite", ranks=3,
                                     **fault("pwrite", ".h5", rank, at, do=errno.EDQUOT))
                self.assertFails(process, 74, "Disk quota exceeded", "run.h5", "rank %d of 3" % rank)
                self.assertTruthful()
        self.assertGoesOn()

    def test_failing_disk(self):
        """Each call that makes, writes or flushes the file fails in its turn."""
        cases = [("open", ".partial", 0, 73), ("open", ".partial", 1, 74), ("ftruncate", ".partial", 0, 73),
                 ("fsync", ".partial", 0, 73), ("rename", ".partial", 0, 73), ("pwrite", ".partial", 0, 73),
                 ("fsync", ".h5", 1, 74), ("close", ".h5", 1, 74), ("fallocate", ".partial", 0, 73)]
        for call, name, rank, code in cases:
            with self.subTest(call=call, name=name, rank=rank), tally.trial("disk fails (EIO) at " + call):
                process = self.start("run", "run.ini", ranks=2, **fault(call, name, rank, do=errno.EIO))
                self.assertFails(process, code, "run.h5")
                if os.path.exists(self.path("run.h5")):
                    self.assertTruthful()
                else:
                    self.assertEqual(os.listdir(self.folder), ["run.ini"])
                if LONG:
                    self.assertGoesOn(ranks=2)
                    self.assertEqual(sorted(os.listdir(self.folder)), ["run.h5", "run.ini"])
                self.remove("run.h5")

    def test_killed_between_two_names(self):
        """As on NFS, where a new file gets its name by a link, and loses the old one after that."""
        for when in ("before", "after") if LONG else ("before",):
            for more in ((), ("--overwrite",)):
                with self.subTest(when=when, more=more), tally.trial("SIGKILL: between two names of the file"):
                    process = self.start("run", "run.ini", ranks=2, FAULT_REPLACE="always",
                                         **fault("unlink", ".partial", 0, when=when))
                    self.assertEqual(self.finish(process)[0], 137)
                    self.assertEqual(self.assertTruthful(), 0)
                    self.train("run.ini", *more, ranks=2)
                    self.assertWhole()
                    self.assertEqual(sorted(os.listdir(self.folder)), ["run.h5", "run.ini"])
                    self.remove("run.h5")

    def test_read_only(self):
        folder = self.mount("fixed")
        self.start("run", "run.ini", "-o", "fixed/run.h5", ranks=2, **fault("pwrite", ".h5", 0, 9)).wait()
        done = self.assertTruthful("fixed/run.h5")
        subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
        for ranks in (None, 2):
            with tally.trial("read-only target"):
                process = self.start("run", "run.ini", "-o", "fixed/new.h5", ranks=ranks)
                self.assertFails(process, 73, "fixed/new.h5", "Read-only file system")
                process = self.start("run", "run.ini", "-o", "fixed/run.h5", ranks=ranks)
                self.assertFails(process, 74, "fixed/run.h5", "Read-only file system")
                self.assertEqual(self.assertTruthful("fixed/run.h5"), done)
        subprocess.run(["mount", "-o", "remount,rw", folder], check=True)
        self.assertGoesOn("fixed/run.h5", ranks=2)


class Lost(Faulty):
    """The file system goes while the run is writing to it.  A run of some seconds, so that it is under way."""

    updates = 8000

    def lose(self, name, take_away, *words, ranks=2):
        process = self.start("run", "run.ini", "-o", name, ranks=ranks)
        self.wait_for_training(name)
        take_away()
        return self.assertFails(process, 74, name, *words)

    def test_unmounted(self):
        """What was written before the loss is in the file, under its other mount."""
        self.mount("kept")
        for ranks in (None, 2) if LONG else (2,):
            with tally.trial("file system unmounted in the middle of a run"):
                gone = self.mount("gone", "--bind", self.path("kept"))
                self.lose("gone/run.h5", lambda: subprocess.run(["umount", "-l", gone], check=True), "no longer",
                          ranks=ranks)
                self.assertTruthful("kept/run.h5")
                self.assertGoesOn("kept/run.h5", ranks=2)
                self.remove("kept/run.h5")

    def test_unmounted_from_under_the_working_folder(self):
        self.mount("kept")
        with tally.trial("file system unmounted in the middle of a run"):
            gone = self.mount("gone", "--bind", self.path("kept"))
            folder, self.folder = self.folder, gone
            self.write(replicas=self.replicas, updates=self.updates)
            process = self.start("run", "run.ini")
            self.folder = folder
            self.wait_for_training("kept/run.h5")
            subprocess.run(["umount", "-l", gone], check=True)
            self.assertFails(process, 74, "run.h5", "no longer")

    def test_deleted(self):
        with tally.trial("file deleted in the middle of a run"):
            self.lose("run.h5", lambda: os.remove(self.path("run.h5")), "no longer")
        with tally.trial("file moved away in the middle of a run"):
            self.lose("run.h5", lambda: os.rename(self.path("run.h5"), self.path("moved.h5")), "no longer")
            self.assertTruthful("moved.h5")
            self.assertGoesOn("moved.h5")


@needs_namespaces
class Nodes(Faulty):
    """Two nodes are two mount tables."""

    def test_output_on_local_disks(self):
        """Found before training, whatever the local disks hold."""
        os.mkdir(self.path("local"))
        apart = "mount -t tmpfs tmpfs local && "
        run = 'exec "$DYSON" run run.ini -o local/run.h5'
        for prepare in ("", "cp run.h5 local/run.h5 && ", "cp run.h5 local/.run.h5.partial && "):
            with self.subTest(prepare=prepare), tally.trial("output on local disks of the nodes"):
                self.start("run", "run.ini", ranks=2, **fault("pwrite", ".h5", 0, 9)).wait()
                process = self.start_apart([apart + prepare + run] * 2)
                self.assertFails(process, 74, "local/run.h5", "not the same file on all nodes", within=30)

    def test_run_file_on_one_node_only(self):
        """Rank 0 reads it for all; on the others nothing stands under its name."""
        os.mkdir(self.path("input"))
        os.rename(self.path("run.ini"), self.path("input/run.ini"))
        run = 'exec "$DYSON" run input/run.ini -o run.h5 --quiet'
        apart = "mount -t tmpfs tmpfs input && "
        with tally.trial("run file unreadable on some nodes"):
            self.assertEqual(self.finish(self.start_apart([run, apart + run, apart + run]))[0], 0)
            self.assertWhole()
            self.remove("run.h5")
            self.assertFails(self.start_apart([apart + run, run]), 66, "input/run.ini")
            self.assertFalse(os.path.exists(self.path("run.h5")))


if __name__ == "__main__":
    unittest.main()
