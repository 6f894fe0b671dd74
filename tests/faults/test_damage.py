"""Files cut short, with flipped bits, of other parameters or other programs; two runs on one file; clocks that
jump and ranks that freeze."""
import json
import os
import random
import re
import shutil
import signal
import time
import unittest
import zlib

import h5py

from faulty import LONG, Faulty, tally
from program import kill, ranks_of, shim

SEED = 20240723
FLIPS = 200 if LONG else 12  # of each dataset


class Damage(Faulty):
    def setUp(self):
        super().setUp()
        self.train("run.ini", "--quiet", "--set", "ensemble.weights=last")
        shutil.copyfile(self.path("run.h5"), self.path("sound.h5"))
        with h5py.File(self.path("run.h5"), "r") as file:
            self.places = {name: (item.id.get_offset(), item.size * item.dtype.itemsize)
                           for name, item in file.items() if isinstance(item, h5py.Dataset)}
            self.replicas_in_all = file["status"].size

    def verdict(self):
        code, out, lines = self.finish(super().start("verify", "--json", "run.h5"))
        return code, json.loads(out) if out else None

    def flip(self, place, bit):
        with open(self.path("run.h5"), "r+b") as file:
            file.seek(place)
            byte = file.read(1)[0]
            file.seek(place)
            file.write(bytes([byte ^ 1 << bit]))

    def test_flipped_bits(self):
        """One bit anywhere in what the file holds of a replica: verify names this replica and no other.  (A mark
        "done" that becomes "pending" is shown as that, and the replica trained again.)"""
        chance = random.Random(SEED)
        for name in ("eigenvalues", "weights", "checksum", "weights_checksum", "diverged_at", "status"):
            offset, size = self.places[name]
            for _ in range(FLIPS):
                place, bit = chance.randrange(size), chance.randrange(8)
                replica = place // (size // self.replicas_in_all)
                with tally.trial("bit flipped in /" + name):
                    self.flip(offset + place, bit)
                    code, verdict = self.verdict()
                    if name == "status" and bit == 0:
                        self.assertEqual((code, verdict["pending"], verdict["damaged"]), (0, 1, 0))
                    else:
                        self.assertEqual(code, 65)
                        found = [entry["point"] * self.replicas + entry["replica"]
                                 for entry in verdict["damaged_replicas"]]
                        self.assertEqual(found, [replica])
                    self.flip(offset + place, bit)
        self.assertEqual(self.verdict()[0], 0)

    def test_flipped_bits_of_replicas_that_ran_away(self):
        """Where a replica ran away is under its checksum, too."""
        self.write(replicas=20, updates=200)
        self.train("run.ini", "--quiet", "--overwrite", "--set", "sweep both.learning_rate=1.9")
        with h5py.File(self.path("run.h5"), "r") as file:
            away = [int(i) for i in (file["status"][()].ravel() == 2).nonzero()[0]]
            offset = file["diverged_at"].id.get_offset()
            for p, r in zip(*(file["status"][()] == 2).nonzero()):
                self.assertEqual(file["checksum"][p, r], zlib.crc32(file["eigenvalues"][p, r].tobytes()))
                self.assertEqual(file["diverged_checksum"][p, r], zlib.crc32(file["diverged_at"][p, r].tobytes()))
        self.assertGreater(len(away), 0)
        chance = random.Random(SEED)
        for _ in range(FLIPS):
            replica, byte, bit = chance.choice(away), chance.randrange(8), chance.randrange(8)
            with tally.trial("bit flipped in /diverged_at, ran away"):
                self.flip(offset + 8 * replica + byte, bit)
                code, verdict = self.verdict()
                self.assertEqual((code, verdict and verdict["damaged"]), (65, 1))
                self.flip(offset + 8 * replica + byte, bit)
        self.assertEqual(self.verdict()[0], 0)

    def test_flipped_bits_of_what_all_replicas_share(self):
        with h5py.File(self.path("run.h5"), "r") as file:
            names = ["snapshots"] + ["%s/%s" % (group, name) for group in ("points", "target")
                                     for name in file[group]]
            places = [(name, file[name].id.get_offset(), file[name].size * 8) for name in names]
        for name, offset, size in places:
            for place in range(0, size, 1 if LONG else 5):
                with self.subTest(name=name, place=place), tally.trial("bit flipped in /points, /target, ..."):
                    self.flip(offset + place, place % 8)
                    self.assertEqual(self.verdict()[0], 65)
                    self.flip(offset + place, place % 8)

    def test_flipped_bits_are_trained_again(self):
        chance = random.Random(SEED)
        offset, size = self.places["eigenvalues"]
        with tally.trial("damaged replicas trained again"):
            for _ in range(10):
                self.flip(offset + chance.randrange(size), chance.randrange(8))
            self.train("run.ini", "--set", "ensemble.weights=last", ranks=2)
            self.assertWhole()
            self.assertEqual(self.verdict()[0], 0)

    def test_truncated(self):
        size = os.path.getsize(self.path("run.h5"))
        for eighth in range(8):
            with tally.trial("file truncated"):
                os.truncate(self.path("run.h5"), size * eighth // 8)
                self.assertEqual(self.verdict(), (65, None))
                before = self.read("run.h5")
                self.train("run.ini", "--set", "ensemble.weights=last", expect=65)
                self.assertEqual(before, self.read("run.h5"))
                shutil.copyfile(self.path("sound.h5"), self.path("run.h5"))

    def test_files_of_format_version_1(self):
        """They have fewer checksums, which hold; but they are not gone on with."""
        self.write(replicas=20, updates=200)
        self.train("run.ini", "--quiet", "--overwrite", "--set", "sweep both.learning_rate=1.9")
        with h5py.File(self.path("run.h5"), "r+") as file:
            file.attrs.modify("format_version", 1)
            del file["diverged_checksum"]
        code, verdict = self.verdict()
        self.assertEqual((code, verdict["damaged"]), (0, 0))
        words = self.train("run.ini", "--set", "sweep both.learning_rate=1.9", expect=65)[0]
        self.assertIn('format version: "1" in the file, "3" now', words)

    def test_files_of_format_version_2(self):
        """They are read and sound, but their normals had other last bits, with all kernels but avx512."""
        self.write(replicas=20, updates=200)
        self.train("run.ini", "--quiet", "--overwrite", DYSON_KERNEL="x86-64")
        self.assertEqual(self.dyson("verify", "--replay", "3", "run.h5")[0], 0)
        with h5py.File(self.path("run.h5"), "r+") as file:
            file.attrs.modify("format_version", 2)
        code, verdict = self.verdict()
        self.assertEqual((code, verdict["damaged"]), (0, 0))
        code, _, lines = self.dyson("verify", "--replay", "3", "run.h5")
        self.assertEqual(code, 65)
        self.assertIn("format version 2 and CPU kernel x86-64, whose numbers this program no longer makes", lines[-1])


class Others(Faulty):
    def test_other_program(self):
        """Each thing that may change the bits is named, with what it was and what it is."""
        self.train("run.ini", "--quiet")
        for name, words in (("git_commit", "git commit"), ("program_version", "program version"),
                            ("build", "build")):
            with tally.trial("file of another version of the program"), h5py.File(self.path("run.h5"), "r+") as file:
                kept = file.attrs[name]
                file.attrs.modify(name, b"x" * len(kept))
                file.flush()
                lines = self.train("run.ini", expect=65)
                self.assertIn(words + ': "xxx', lines[0])
                file.attrs.modify(name, kept)

    def test_other_run_file(self):
        self.train("run.ini", "--quiet")
        before = self.read("run.h5")
        for key, value in (("ensemble.seed", "2"), ("ensemble.replicas", "7"), ("ensemble.updates", "60"),
                           ("rbm.mass2", "8"), ("sweep both.batch_size", "4 8")):
            with tally.trial("file of another run file"):
                lines = self.train("run.ini", "--set", "%s=%s" % (key, value), expect=65, ranks=2)
                self.assertIn(key.split(".")[1], lines[0])
                self.assertEqual(before, self.read("run.h5"))

    def test_two_runs_on_one_file(self):
        """The second is refused; of two that start together, one."""
        self.write(replicas=self.replicas, updates=8000)
        with tally.trial("two runs on one file, one after the other"):
            first = self.start("run", "run.ini", ranks=2)
            self.wait_for_training("run.h5")
            pids = ranks_of(first)
            kill(pids, signal.SIGSTOP)  # so that it does not end before the second has begun
            for more in ((), ("--overwrite",)):
                self.assertFails(self.start("run", "run.ini", *more, ranks=2), 73, "another run is writing run.h5")
            kill(pids, signal.SIGCONT)
            self.assertEqual(self.finish(first)[0], 0)
            self.remove("run.h5")
        self.write(replicas=self.replicas, updates=self.updates)
        for _ in range(20 if LONG else 3):
            with tally.trial("two runs on one file, started together"):
                runs = [self.start("run", "run.ini", ranks=ranks) for ranks in (None, None, 2)]
                codes = sorted(self.finish(run)[0] for run in runs)
                self.assertEqual(codes[0], 0)
                self.assertTrue(set(codes) <= {0, 73}, codes)
                self.assertWhole()
                self.assertEqual(sorted(os.listdir(self.folder)), ["run.h5", "run.ini"])
                self.remove("run.h5")


class Time(Faulty):
    def test_clock_that_jumps(self):
        """--max-time and the rates go by a clock that only goes on."""
        self.write(replicas=1000 * self.replicas, updates=self.updates)
        for ranks in (None, 2) if LONG else (2,):
            with tally.trial("wall clock jumps by a day"):
                began = time.monotonic()
                process = self.start("run", "run.ini", "--overwrite", "--max-time", "0:00:03", ranks=ranks,
                                     LD_PRELOAD=shim("clock_jumps"))
                code, _, lines = self.finish(process)
                self.assertEqual(code, 75, lines)
                self.assertGreater(time.monotonic() - began, 3)
                self.assertLess(time.monotonic() - began, 60)  # and not a day
                self.assertRegex(lines[-2], r"; 0:00:\d\d at \d\.\d\de\+0\d replica-updates/s; ")
                eta = re.search(r"ETA (\d+):", "\n".join(lines))
                self.assertLess(int(eta.group(1)), 3)

    @unittest.skipUnless(LONG, "part of make test-faults (test_stop freezes a rank for a second)")
    def test_frozen_rank(self):
        """The run waits, says so where that is long, and loses nothing."""
        seconds = 25
        self.write(replicas=self.replicas, updates=20000)
        reference = self.path("reference.h5")
        self.train("run.ini", "--quiet", "-o", reference)
        for victim in (0, 1):
            with tally.trial("a rank frozen for %d s" % seconds):
                process = self.start("run", "run.ini", ranks=2)
                self.wait_for_training("run.h5")
                frozen = ranks_of(process)[victim]
                kill([frozen], signal.SIGSTOP)
                time.sleep(seconds)
                kill([frozen], signal.SIGCONT)
                code, _, lines = self.finish(process)
                self.assertEqual(code, 0, lines)
                if victim == 1:
                    self.assertIn("no news", "\n".join(lines))
                self.assertSameData("run.h5", "reference.h5")
                self.remove("run.h5")


if __name__ == "__main__":
    unittest.main()
