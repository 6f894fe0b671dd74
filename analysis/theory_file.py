"""A theory file, as `dyson theory -o` makes it, opened for drawing.

    theory = Theory("run.theory.h5")
    theory["states/energy"]             # points x modes x states
    theory.points["batch_size"]         # every point parameter, swept or not
    theory.point(run, p), theory.mode(run, level)     # where an ensemble's point and level are in it"""
import numpy as np

import style
from ensemble import open_file, sections, text_of


class Theory:
    def __init__(self, path):
        with open_file(path, "dyson-theory", "`dyson theory RUNFILE -o` makes it") as file:
            self.path = path
            self.noise, self.model = text_of(file.attrs, "noise"), text_of(file.attrs, "model")
            self.given = {key for keys in sections(file.attrs).values() for key in keys}
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
        return self.points["learning_rate"] / self.points["batch_size"]

    def label(self, point):
        """Those parameters of a point that have a symbol, as text for a figure."""
        return ", ".join(f"${style.SYMBOLS[key]} = {values[point]:g}$"
                         for key, values in self.points.items() if key in style.SYMBOLS and values[point] != 0)

    def point(self, run, p):
        """The point with the parameters of an ensemble's point p, or None.  What the ensemble's run file does not
        give has its default there, and so it must here."""
        if run.model != self.model:
            raise style.NotApplicable(f"the ensemble is of model {run.model}, the theory of {self.model}")
        values = run.values(p)
        same = [np.isclose(numbers, values[key], rtol=1e-12) for key, numbers in self.points.items()
                if key in values]
        if any(key in self.given and key not in values for key in self.points):
            return None
        found = np.flatnonzero(np.logical_and.reduce(same))
        return int(found[0]) if len(found) == 1 else None

    def mode(self, run, level):
        """The mode of an ensemble's level, of the same target and the same mu^2, or None."""
        found = np.flatnonzero(np.isclose(self.kappa, run.kappa[level], rtol=1e-9)
                               & np.isclose(self["modes/x"], run.x[level], rtol=1e-9))
        return int(found[0]) if len(found) else None
