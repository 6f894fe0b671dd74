"""`dyson theory`: predictions, the spectrum of each mode, the theory file read by h5py."""
import json
import os
import re

import h5py
import numpy as np

from program import ROOT, Case

RUN = """[ensemble]
model = rbm
replicas = 1
updates = 10
seed = 1
[rbm]
visible = 10
hidden = 10
mass2 = 9
target_mass2 = 4
[sweep both]
learning_rate = 0.05 0.1
batch_size = 16
"""


class Theory(Case):
    def setUp(self):
        super().setUp()
        self.write("run.ini", RUN)

    def theory(self, *arguments, code=0):
        """Standard output, and the lines of standard error: one if it fails, else none."""
        process = self.start("theory", "run.ini", *arguments)
        out, err = process.communicate(timeout=60)
        lines = err.splitlines()
        self.assertEqual((process.returncode, len(lines)), (code, code != 0), lines)
        return out, lines

    def test_predictions_alone(self):
        out, _ = self.theory()
        self.assertIn("point 1: learning_rate=0.1 batch_size=16", out)
        self.assertNotIn("E_n", out)

    def test_predictions_are_the_formulas(self):
        levels = json.loads(self.theory("--json")[0])["points"][1]["levels"]
        x = np.array([level["x"] for level in levels])
        memory = (x / 9) ** 6
        spacing = np.sqrt(2 * np.pi * 0.1 / 16 * x * (1 + memory) / (1 - memory))
        np.testing.assert_allclose([level["spacing"] for level in levels], spacing, rtol=1e-12)
        np.testing.assert_allclose([level["relaxation_updates"] for level in levels],
                                   (9 - x) ** 2 / (0.2 * x), rtol=1e-12)
        self.assertIn("6.00000", self.theory("--set", "rbm.mass2=10")[0])  # x of kappa = 4
        self.assertEqual(self.dyson("theory")[0], 64)
        self.assertEqual(self.dyson("theory", "missing.ini")[0], 66)

    def test_levels_are_printed_and_are_those_of_the_file(self):
        document = json.loads(self.theory("--states", "5", "--json", "-o", "run.theory.h5")[0])
        table, _ = self.theory("--states", "5")
        modes = document["points"][1]["modes"]
        self.assertEqual(len(modes), 6)
        with h5py.File(self.path("run.theory.h5")) as file:
            for k, mode in enumerate(modes):
                self.assertEqual([state["energy"] for state in mode["states"]],
                                 list(file["states/energy"][1, k]))
                self.assertEqual(mode["omega"], file["modes/omega"][1, k])
        # E_1 = Omega of the paper's Sec. III.3: 2 alpha (mu^2 - kappa)/kappa^2, but for its square in g
        first = next(state for state in modes[0]["states"]
                     if state["well"] == "right" and state["rung"] == 1)
        self.assertAlmostEqual(first["harmonic"], 0.2 * 5 / 16, places=14)
        self.assertIn(f"{first['energy']:.8g}", table)

    def test_file(self):
        self.theory("-o", "run.theory.h5", "--states", "4", "--grid", "500")
        with h5py.File(self.path("run.theory.h5")) as file:
            self.assertEqual(file.attrs["format"], "dyson-theory")
            self.assertEqual(file.attrs["noise"], "constant")
            self.assertEqual(file.attrs["run_file"], RUN)
            self.assertEqual(list(file["points/learning_rate"]), [0.05, 0.1])
            self.assertEqual(list(file["points/momentum"]), [0, 0])  # not swept
            np.testing.assert_allclose(file["modes/x"], 9 - file["modes/kappa"][...])
            self.assertEqual(file["states/wave"].shape, (2, 6, 4, 500))
            file.visititems(lambda name, item: self.assertTrue(
                isinstance(item, h5py.Group) or {"description", "units"} <= set(item.attrs), name))
            self.check_mode(file, 1, 0)

    def test_documentation_names_every_object(self):
        self.theory("-o", "run.theory.h5", "--grid", "800", "--mode", "0", "--initial", "5", "--times", "0,1")
        with open(os.path.join(ROOT, "docs", "theory-file.md"), encoding="utf-8") as text:
            rows = re.findall(r"^\| `/(\w+)/(?:\{([\w,]+)\}|(\w+|<key>))`", text.read(), re.M)
        documented = {f"{group}/{name}" for group, several, one in rows
                      for name in (several or one).split(",")} - {"points/<key>"}
        with h5py.File(self.path("run.theory.h5")) as file:
            found = set()
            file.visititems(lambda name, item: found.add(name) if isinstance(item, h5py.Dataset) else None)
        self.assertEqual({name for name in found if not name.startswith("points/")}, documented)

    def check_mode(self, file, point, mode):
        """Wave functions against a plain three-point H on the same cells: right to order h^2."""
        x, width = file["grid/x"][point, mode], file["grid/width"][point, mode]
        np.testing.assert_allclose(width, width[0])  # constant noise
        width = width[0]
        noise, kappa = file["modes/noise"][point, mode], file["modes/kappa"][mode]
        potential = 0.2 * (-x**2 / (2 * kappa) - x - 9 * np.log(1 - x / 9))
        np.testing.assert_allclose(file["grid/potential"][point, mode], potential, atol=1e-12)
        slope, curvature = -0.2 * x * (1 / kappa - 1 / (9 - x)), 0.2 * (9 / (9 - x)**2 - 1 / kappa)
        well = slope**2 / (4 * noise) - curvature / 2
        np.testing.assert_allclose(file["grid/schrodinger"][point, mode], well, atol=1e-12)
        stationary = file["grid/stationary"][point, mode]
        self.assertAlmostEqual(width * stationary.sum(), 1, places=12)
        shape = np.exp(-(potential - potential.min()) / noise)
        np.testing.assert_allclose(stationary, shape / (width * shape.sum()), rtol=1e-5, atol=1e-12)
        diagonal = 2 * noise / width**2 + well
        diagonal[0] -= noise / width**2  # nothing flows through x = 0, where V' = 0: psi' = 0
        waves, energies = file["states/wave"][point, mode], file["states/energy"][point, mode]
        overlaps = width * waves @ waves.T
        np.testing.assert_allclose(overlaps, np.eye(len(waves)), atol=1e-9)
        for wave, energy in zip(waves, energies):
            applied = diagonal * wave
            applied[1:] -= noise / width**2 * wave[:-1]
            applied[:-1] -= noise / width**2 * wave[1:]
            self.assertLess(np.abs(applied - energy * wave).max(),
                            2e-3 * file["modes/omega"][point, mode] * np.abs(wave).max())

    def test_law_in_time_against_many_small_steps(self):
        """Crank and Nicolson's steps of the same equation, with fluxes written out by hand."""
        for initial, by_steps in (("4:0.3", 0), ("0.5:0.1", 1)):
            with self.subTest(initial):
                self.check_law_in_time(initial, by_steps)

    def check_law_in_time(self, initial, by_steps):
        self.theory("-o", "run.theory.h5", "--grid", "800", "--mode", "0", "--initial", initial, "--times", "0,5,40")
        with h5py.File(self.path("run.theory.h5")) as file:
            self.assertEqual(list(file["evolution/time"]), [0, 5, 40])
            self.assertEqual(file["evolution/by_steps"][1, 0], by_steps)
            x, width = file["grid/x"][1, 0], file["grid/width"][1, 0, 0]
            noise, law = file["modes/noise"][1, 0], file["evolution/density"][1, 0]
        np.testing.assert_allclose(width * law.sum(axis=1), 1, atol=1e-9)
        self.assertGreaterEqual(law.min(), -1e-6 * law.max())
        edge = x[:-1] + width / 2
        drift = 0.2 * edge * (1 / 4 - 1 / (9 - edge))
        generator = np.zeros((len(x), len(x)))
        for i, speed in enumerate(drift):  # J = K P - g^2 P', to second order in h
            flow = np.zeros(len(x))
            flow[i], flow[i + 1] = speed / 2 + noise / width, speed / 2 - noise / width
            generator[i] -= flow / width
            generator[i + 1] += flow / width
        step = 0.025
        half = np.eye(len(x)) - step / 2 * generator
        advance = np.linalg.solve(half, np.eye(len(x)) + step / 2 * generator)  # Crank-Nicolson
        for k, steps in ((1, 200), (2, 1600)):
            expected = np.linalg.matrix_power(advance, steps) @ law[0]
            self.assertLess(np.abs(law[k] - expected).max(), 2e-3 * expected.max())

    def test_initial_laws(self):
        with h5py.File(self.path("start.h5"), "w") as file:
            file["x"] = np.linspace(4.9, 5.1, 11).reshape(1, 11)
            file["far"] = [5.0, 20.0]
            file["text"] = ["a"]
        for initial, mean in (("5", 5), ("5:0.01", 5), ("start.h5:/x", 5)):
            self.theory("-o", "run.theory.h5", "--mode", "0", "--initial", initial,
                        "--times", "0")
            with h5py.File(self.path("run.theory.h5")) as file:
                x, law = file["grid/x"][1, 0], file["evolution/density"][1, 0, 0]
                self.assertAlmostEqual((x * law * file["grid/width"][1, 0]).sum(), mean, places=9)
        for initial, code, words in (("start.h5:/far", 65, "only 0.5 of the initial law lies in"),
                                     ("20", 65, "only 0 of the initial law lies in"),
                                     ("start.h5:/no", 65, "no dataset /no"),
                                     ("start.h5:/text", 65, "no dataset /text"),
                                     ("none.h5:/x", 66, "cannot read none.h5"),
                                     ("5:", 64, "MEAN:WIDTH"), ("5:-1", 64, "MEAN:WIDTH")):
            _, lines = self.theory("-o", "other.h5", "--mode", "0", "--initial", initial, "--times", "0", code=code)
            self.assertIn(words, lines[0])

    def test_local_noise(self):
        self.theory("-o", "run.theory.h5", "--noise", "local")
        with h5py.File(self.path("run.theory.h5")) as file:
            self.assertEqual(file.attrs["noise"], "local")
            x, width = file["grid/x"][1, 0], file["grid/width"][1, 0]
            stationary = file["grid/stationary"][1, 0]
        noise = 4 * 0.1**2 * x**2 / (16 * (9 - x)**2)
        rho = (x / 9)**6
        noise *= (1 + rho) / (1 - rho)
        slope = -0.2 * x * (1 / 4 - 1 / (9 - x))
        ratio = slope / noise
        steps = np.diff(x) * 0.5 * (ratio[1:] + ratio[:-1])
        exponent = np.concatenate(([0], np.cumsum(steps)))
        expected = np.exp(exponent.min() - exponent) / noise
        np.testing.assert_allclose(stationary, expected / (width * expected).sum(), rtol=0,
                                   atol=2e-3 * stationary.max())

    def test_other_models(self):
        for text, levels in (("[ensemble]\nmodel = teacher-student\n", "teacher = 2 1\nnoise = 0.1\n"),
                             ("[ensemble]\nmodel = eigenvalue-sde\n",
                              "process = linear\nvalues = 2 1\nnoise = 0.1\n")):
            section = text.split("= ")[1].strip()
            self.write("run.ini", f"{text}replicas = 1\nseed = 1\nupdates = 10\n[{section}]\n{levels}"
                                  "learning_rate = 0.1\nbatch_size = 16\n")
            document = json.loads(self.theory("--states", "3", "--json")[0])
            for mode in document["points"][0]["modes"]:
                for n, state in enumerate(mode["states"]):
                    self.assertAlmostEqual(state["energy"], 0.1 * n, places=6)

    def test_refusals(self):
        for arguments, code, words in (
                (("--states", "0"), 64, "--states takes a whole number from 1"),
                (("--states", "60", "--grid", "50"), 64, "only 50 cells"),
                (("--grid", "many"), 64, "--grid takes a whole number from 50"),
                (("--mode", "6"), 64, "the run has modes 0 to 5"),
                (("--noise", "white"), 64, "constant or local"),
                (("--times", "1,x", "--initial", "5", "-o", "a.h5"), 64, "--times takes numbers"),
                (("--times", "1"), 64, "go together"),
                (("--initial", "5", "--times", "1"), 64, "need -o"),
                (("--grid", "50"), 65, "50 cells are too few for level 0 of point 0: it needs"),
                (("--states", "2", "--set", "rbm.schedule=exponential:100"), 65, "nothing is predicted"),
                (("-o", "none/run.theory.h5"), 73, "cannot create"),
                (("-o", "run.ini"), 73, "not a theory file")):
            with self.subTest(arguments=arguments):
                _, lines = self.theory(*arguments, code=code)
                self.assertIn(words, lines[0])
        self.assertEqual(self.read("run.ini").decode(), RUN)
