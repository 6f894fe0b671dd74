"""The ensemble file as h5py reads it: every object of docs/output-file.md, and nothing else."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest
import zlib

import h5py
import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
DYSON = os.path.abspath(os.environ.get("DYSON", ROOT / "build" / "dyson"))

RUN_FILE = """\
[ensemble]
model = rbm
replicas = 11
first_replica = 5
seed = 42
updates = 60
snapshots = 3
weights = {weights}

[rbm]
visible = 5
hidden = 4
mass2 = 9.0
{target}

[sweep one]
learning_rate = 0.05 0.1
batch_size = 4

[sweep two]
learning_rate = 0.1
batch_size = 4 8
"""
P, R, T, N = 3, 11, 4, 4
KERNEL = np.diag([4.0, 5.0, 6.0, 7.0, 8.0]) + 0.25


def dyson(folder, *arguments):
    return subprocess.run([DYSON, *arguments], cwd=folder, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=120)


class OutputFile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="dyson-output-")
        cls.path = {}
        with h5py.File(os.path.join(cls.folder, "target.h5"), "w") as target:
            target["kernel"] = KERNEL
        for weights in ("none", "last", "all"):
            target = "target_mass2 = 4.0" if weights != "all" else "target_kernel = target.h5:/kernel"
            with open(os.path.join(cls.folder, weights + ".ini"), "w") as run_file:
                run_file.write(RUN_FILE.format(weights=weights, target=target))
            result = dyson(cls.folder, "run", weights + ".ini", "--quiet")
            if result.returncode != 0:
                shutil.rmtree(cls.folder)
                raise RuntimeError("dyson run: %d %s" % (result.returncode, result.stderr))
            cls.path[weights] = os.path.join(cls.folder, weights + ".h5")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def open(self, weights="none"):
        file = h5py.File(self.path[weights], "r")
        self.addCleanup(file.close)
        return file

    def test_objects_shapes_types_units(self):
        common = {
            "points/learning_rate": ((P,), "<f8", "dimensionless"),
            "points/batch_size": ((P,), "<i8", "chains"),
            "snapshots": ((T,), "<i8", "updates"),
            "eigenvalues": ((P, R, T, N), "<f8", "dimensionless"),
            "status": ((P, R), "|u1", "dimensionless"),
            "diverged_at": ((P, R), "<i8", "updates"),
            "checksum": ((P, R), "<u4", "dimensionless"),
            "diverged_checksum": ((P, R), "<u4", "dimensionless"),
            "target/kappa": ((N,), "<f8", "dimensionless"),
            "target/x": ((N,), "<f8", "dimensionless"),
            "session": ((3,), "<f8", "s, dimensionless, ranks"),
        }
        checksum = {"weights_checksum": ((P, R), "<u4", "dimensionless")}
        extra = {
            "none": {},
            "last": {"weights": ((P, R, 5, 4), "<f8", "dimensionless"), **checksum},
            "all": {"weights": ((P, R, T, 5, 4), "<f8", "dimensionless"),
                    "target/kernel": ((5, 5), "<f8", "dimensionless"), **checksum},
        }
        for weights, more in extra.items():
            found = {}

            def take(name, item):
                if isinstance(item, h5py.Dataset):
                    found[name] = (item.shape, item.dtype.str, item.attrs["units"])
                    self.assertGreater(len(item.attrs["description"]), 20, name)
                    self.assertIsNone(item.chunks, name)
                    self.assertIsNotNone(item.id.get_offset(), name)

            self.open(weights).visititems(take)
            self.assertEqual(found, {**common, **more})

    def test_attributes(self):
        attributes = self.open().attrs
        text = {name: attributes[name].decode() for name in
                ("format", "program_version", "git_commit", "build", "kernel", "model", "run_file",
                 "created", "hosts")}
        self.assertEqual(text["format"], "dyson-ensemble")
        self.assertEqual(text["model"], "rbm")
        self.assertEqual(text["run_file"],
                         RUN_FILE.format(weights="none", target="target_mass2 = 4.0"))
        self.assertRegex(text["created"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        for name, value in text.items():
            self.assertGreater(len(value), 0, name)
        self.assertEqual((attributes["format_version"], attributes["seed"], attributes["ranks"]),
                         (3, 42, 1))
        self.assertEqual(set(attributes), set(text) | {"format_version", "seed", "ranks"})

    def test_contents(self):
        run = self.open()
        self.assertEqual(run["points/learning_rate"][...].tolist(), [0.05, 0.1, 0.1])
        self.assertEqual(run["points/batch_size"][...].tolist(), [4, 4, 8])
        self.assertEqual(run["snapshots"][...].tolist(), [0, 20, 40, 60])
        self.assertTrue((np.diff(run["target/kappa"]) >= 0).all())
        self.assertTrue((np.diff(run["target/x"]) <= 0).all())
        np.testing.assert_allclose(run["target/x"], 9.0 - run["target/kappa"][...])
        self.assertTrue(np.isin(run["status"], (1, 2)).all())
        np.testing.assert_array_equal(run["status"][...] == 2, run["diverged_at"][...] >= 0)
        done = run["eigenvalues"][...][run["status"][...] == 1]
        self.assertTrue(np.isfinite(done).all())
        self.assertTrue((np.diff(done, axis=-1) <= 0).all())
        np.testing.assert_array_equal(self.open("all")["target/kernel"], KERNEL)

    def test_checksums(self):
        run = self.open("all")
        for p in range(P):
            for r in range(R):
                for data, form, checksum in (("eigenvalues", "<f8", "checksum"),
                                             ("weights", "<f8", "weights_checksum"),
                                             ("diverged_at", "<i8", "diverged_checksum")):
                    if data != "diverged_at" or run["status"][p, r] == 2:
                        self.assertEqual(zlib.crc32(run[data][p, r].astype(form).tobytes()), run[checksum][p, r])
        for name in ("snapshots", "points/learning_rate", "points/batch_size", "target/kappa", "target/x",
                     "target/kernel"):
            self.assertEqual(zlib.crc32(run[name][...].tobytes()), run[name].attrs["checksum"], name)

    def test_weights_have_the_spectra(self):
        every, last, none = (self.open(weights) for weights in ("all", "last", "none"))
        np.testing.assert_array_equal(last["eigenvalues"], none["eigenvalues"])
        for run, w, x in ((every, every["weights"][...], every["eigenvalues"][...]),
                          (last, last["weights"][...], last["eigenvalues"][:, :, -1])):
            done = run["status"][...] == 1
            spectra = np.linalg.eigvalsh(np.swapaxes(w[done], -1, -2) @ w[done])[..., ::-1]
            np.testing.assert_allclose(x[done], spectra, atol=1e-11)

    def test_documentation_names_every_object(self):
        text = (ROOT / "docs" / "output-file.md").read_text()
        names = []
        self.open("all").visititems(lambda name, item: names.append(name)
                                    if isinstance(item, h5py.Dataset) else None)
        for name in names:
            self.assertIn("`/" + ("points/<key>" if name.startswith("points/") else name) + "`", text)
        for name in self.open().attrs:
            self.assertIn("`%s`" % name, text)

    def test_info(self):
        result = dyson(self.folder, "info", "--json", "none.h5")
        self.assertEqual(result.returncode, 0, result.stderr)
        info = json.loads(result.stdout)
        self.assertEqual(info["replicas"], R)
        self.assertEqual(info["first_replica"], 5)
        self.assertEqual(info["precision"], "double")
        self.assertEqual(info["snapshots"], [0, 20, 40, 60])
        self.assertEqual([(p["learning_rate"], p["batch_size"]) for p in info["points"]],
                         [(0.05, 4), (0.1, 4), (0.1, 8)])
        self.assertEqual(info["total"]["done"] + info["total"]["diverged"], P * R)
        self.assertEqual((info["total"]["pending"], info["complete"]), (0, True))
        self.assertEqual(info["seconds_left"], 0)
        result = dyson(self.folder, "info", "none.h5")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("Complete.", result.stdout)
        self.assertIn("learning_rate", result.stdout)

    def test_verify(self):
        result = dyson(self.folder, "verify", "--json", "all.h5")
        self.assertEqual(result.returncode, 0, result.stderr)
        verdict = json.loads(result.stdout)
        self.assertEqual((verdict["sound"], verdict["checked"], verdict["damaged"]),
                         (True, P * R, 0))
        damaged = os.path.join(self.folder, "damaged.h5")
        shutil.copyfile(self.path["all"], damaged)
        with h5py.File(damaged, "r+") as run:
            run["eigenvalues"][1, 7, 2, 0] += 1e-15
            run["weights"][2, 3, 0, 1, 1] += 1e-15
        result = dyson(self.folder, "verify", "damaged.h5")
        self.assertEqual(result.returncode, 65)
        self.assertIn("point 1, replica index 7", result.stdout)
        self.assertEqual(len(result.stderr.splitlines()), 1)
        verdict = json.loads(dyson(self.folder, "verify", "--json", "damaged.h5").stdout)
        self.assertEqual(verdict["damaged_replicas"],
                         [{"point": 1, "replica": 7}, {"point": 2, "replica": 3}])

    def test_replay(self):
        """Any replica can be trained again, weights and runaways too; a changed number is found even
        where its checksum was changed with it."""
        for name in ("all.h5", "none.h5"):
            result = dyson(self.folder, "verify", "--json", "--replay", "1000", name)
            self.assertEqual(result.returncode, 0, result.stderr)
            verdict = json.loads(result.stdout)
            self.assertEqual((verdict["replayed"], verdict["differing"], verdict["sound"]), (P * R, 0, True))
        forged = os.path.join(self.folder, "forged.h5")
        shutil.copyfile(self.path["all"], forged)
        with h5py.File(forged, "r+") as run:
            run["eigenvalues"][1, 7, 2, 0] += 1e-15
            run["checksum"][1, 7] = zlib.crc32(run["eigenvalues"][1, 7].tobytes())
        self.assertEqual(dyson(self.folder, "verify", "forged.h5").returncode, 0)
        result = dyson(self.folder, "verify", "--replay", "1000", "forged.h5")
        self.assertEqual(result.returncode, 65)
        self.assertIn("different: point 1, replica index 7", result.stdout)
        result = dyson(self.folder, "verify", "--json", "--replay", "3", "all.h5")
        self.assertEqual(json.loads(result.stdout)["replayed"], 3)
        for wrong in ("0", "-1", "x", "3x"):
            self.assertEqual(dyson(self.folder, "verify", "--replay", wrong, "all.h5").returncode, 64)

    def test_long_run_files_are_under_a_checksum(self):
        """10 kB of run file: one wrong byte in it, as the file keeps it, is found when it is opened."""
        text = RUN_FILE.format(weights="none", target="target_mass2 = 4.0\ngibbs_steps = 3")
        with open(os.path.join(self.folder, "long.ini"), "w") as run_file:
            run_file.write(text + "; a comment\n" * 900)
        self.assertEqual(dyson(self.folder, "run", "long.ini", "--quiet").returncode, 0)
        long = pathlib.Path(self.folder, "long.h5")
        data = long.read_bytes()
        self.assertEqual(dyson(self.folder, "verify", "long.h5").returncode, 0)
        self.assertEqual(data.count(b"gibbs_steps = 3"), 1)
        long.write_bytes(data.replace(b"gibbs_steps = 3", b"gibbs_steps = 1"))
        for command in ("verify", "info", "stats"):
            self.assertEqual(dyson(self.folder, command, "long.h5").returncode, 65, command)

    def test_refusals(self):
        with open(os.path.join(self.folder, "text.h5"), "w") as file:
            file.write("no HDF5\n")
        for command in ("info", "verify"):
            for arguments, code in ((["absent.h5"], 66), (["text.h5"], 65), (["target.h5"], 65),
                                    ([], 64), (["--no-such", "none.h5"], 64)):
                result = dyson(self.folder, command, *arguments)
                self.assertEqual(result.returncode, code, (command, arguments, result.stderr))
                self.assertEqual(result.stdout, "")
                self.assertGreater(len(result.stderr), 0)


if __name__ == "__main__":
    unittest.main()
