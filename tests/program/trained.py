"""A small RBM ensemble, trained once, whose statistics are looked at."""
import h5py
import numpy as np

from program import Case

RUN_FILE = """[ensemble]
model = rbm
replicas = {replicas}
seed = 20240723
updates = {updates}
snapshots = 2

[rbm]
visible = 6
hidden = 6
mass2 = 9.0
target_mass2 = 4.0
sampler = collapsed

[sweep rate]
learning_rate = 0.04 0.05 0.07
batch_size = 16

[sweep batch]
learning_rate = 0.05
batch_size = 4 64
"""
REPLICAS, UPDATES = 300, 4000
SQRT_PI = np.sqrt(np.pi)


def read(path):
    """Every dataset and every attribute of a file, by name."""
    found = {}

    def take(name, item):
        if isinstance(item, h5py.Dataset):
            found[name] = item[()]
        for key, value in item.attrs.items():
            found[name + "@" + key] = value

    with h5py.File(path, "r") as file:
        take("", file)
        file.visititems(take)
    return found


class Trained(Case):
    """The ensemble is trained once for all tests; each works in a folder of its own on links to it."""

    trained = None

    def setUp(self):
        super().setUp()
        if Trained.trained is None:
            self.write(text=RUN_FILE, replicas=REPLICAS, updates=UPDATES)
            self.train("run.ini", "--quiet")
            with open(self.path("run.h5"), "rb") as file:
                Trained.trained = file.read()
        with open(self.path("run.h5"), "wb") as file:
            file.write(Trained.trained)

    def stats(self, *arguments, ranks=None, expect=0):
        code, out, lines = self.dyson("stats", *arguments, ranks=ranks)
        self.assertEqual(code, expect, lines)
        return out if expect == 0 else lines

    def near(self, found, expected, rtol, atol=0.0, name=""):
        np.testing.assert_allclose(found, expected, rtol=rtol, atol=atol, err_msg=name)
