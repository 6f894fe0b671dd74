"""A theory file, as `dyson theory -o` makes it, opened for drawing.

    theory = Theory("run.theory.h5")
    theory["states/energy"]           # points x modes x states
    theory.point({"learning_rate": 0.1, "batch_size": 16})"""
import numpy as np

from ensemble import Unreadable, open_file


class Theory:
    def __init__(self, path):
        with open_file(path, "dyson-theory", "`dyson theory RUNFILE -o` makes it") as file:
            self.path = path
            self.noise = str(file.attrs["noise"])
            self.points = {key: file["points"][key][...] for key in sorted(file["points"])}
            self.data = {}
            file.visititems(lambda name, item: self.data.update({name: item[...]})
                            if hasattr(item, "shape") else None)

    def __getitem__(self, name):
        return self.data[name]

    def __contains__(self, name):
        return name in self.data

    @property
    def kappa(self):
        return self.data["modes/kappa"]

    def rate(self):
        """alpha/B of each point."""
        if not {"learning_rate", "batch_size"} <= set(self.points):
            raise Unreadable(f"{self.path}: it does not sweep learning_rate and batch_size")
        return self.points["learning_rate"] / self.points["batch_size"]

    def point(self, values):
        """The point with these parameters, or None."""
        shared = [key for key in self.points if key in values]
        same = [np.isclose(self.points[key], values[key], rtol=1e-12) for key in shared]
        found = np.flatnonzero(np.logical_and.reduce(same)) if same else []
        return int(found[0]) if len(found) == 1 else None

    def mode(self, kappa):
        """The mode of this target, or None."""
        found = np.flatnonzero(np.isclose(self.kappa, kappa, rtol=1e-9))
        return int(found[0]) if len(found) else None
