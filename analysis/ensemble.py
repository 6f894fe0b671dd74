"""An ensemble file and its statistics file, opened for drawing.

    run = Ensemble("run.h5")              # reads run.h5 and run.stats.h5
    run["pairs/spacing_mean"]             # an array of the statistics file
    run.eigenvalues(point)                # an array of the ensemble file: replicas x levels

The statistics file alone is enough for all figures; the ensemble file is opened when its data are
asked for.  Nothing is computed here that `dyson stats` computes."""
import configparser
import os

import h5py
import numpy as np

import style


class Unreadable(Exception):
    """An input is missing or is not what it should be; the text says which and what to do."""


def statistics_path(path):
    """The statistics file of an ensemble file (or of itself)."""
    if path.endswith(".stats.h5"):
        return path
    stem = path[:-3] if path.endswith(".h5") else path
    return stem + ".stats.h5"


def open_file(path, expected, advice):
    if not os.path.exists(path):
        raise Unreadable(f"{path}: no such file; {advice}")
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise Unreadable(f"{path}: cannot be read as HDF5: {error}") from error
    if text_of(file.attrs, "format") != expected:
        file.close()
        raise Unreadable(f"{path}: not a {expected} file")
    return file


def text_of(attributes, name):
    """A text attribute, of fixed or of variable length."""
    value = attributes.get(name, "")
    return value.decode() if isinstance(value, bytes) else str(value)


def sections(attributes):
    """{section: {key: text}} of a file's run file."""
    parser = configparser.ConfigParser(interpolation=None, strict=False, inline_comment_prefixes=(";",))
    parser.read_string(text_of(attributes, "run_file"))
    return {name: dict(parser.items(name)) for name in parser.sections()}


def fixed_parameters(attributes):
    """{key: number} of the model's section of a file's run file: parameters that are the same at all points,
    where no sweep names them."""
    found = {}
    for key, value in sections(attributes).get(text_of(attributes, "model"), {}).items():
        try:
            found[key] = float("inf" if value == "infinite" else value)
        except ValueError:
            continue  # no number: no point parameter
    return found


class Ensemble:
    """One run: its points, its target, its statistics and, where asked for, its spectra."""

    def __init__(self, path):
        self.path = path
        self.statistics = open_file(statistics_path(path), "dyson-statistics",
                                    f"`dyson stats {path}` makes it")
        self._data = None
        self.model = text_of(self.statistics.attrs, "model")
        self.rate = self["points/abscissa_rate"]  # alpha/B
        self.kappa, self.x = self["levels/kappa"], self["levels/x"]
        self.pairs = self["pairs/levels"].reshape(-1, 2)
        points = self.statistics["points"]
        keys = [key for key in style.SYMBOLS if key in points]
        keys += [key for key in points if key not in keys and key != "abscissa_rate"]
        self.points = {key: points[key][...] for key in keys}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.statistics.close()
        if self._data:
            self._data.close()

    def __getitem__(self, name):
        return self.statistics[name][...]

    def __contains__(self, name):
        return name in self.statistics

    @property
    def data(self):
        """The ensemble file (h5py)."""
        if self._data is None:
            self._data = open_file(self.path, "dyson-ensemble", "`dyson run` makes it")
        return self._data

    def eigenvalues(self, point, snapshot=-1):
        """Spectra x of the replicas of a point that are done: replicas x levels, descending."""
        done = self.data["status"][point] == 1
        return self.data["eigenvalues"][point, :, snapshot, :][done]

    def histogram(self, kind, point, index=None):
        """Bin edges, density and its error: kind spacing | density (a pair), single, spectrum."""
        which = {"spacing": "_k", "density": "_k", "single": "_q"}.get(kind)
        name = f"histograms/{kind}/p{point}" + (f"{which}{index}" if which else "")
        if name not in self.statistics:
            return None
        group = self.statistics[name]
        return group["edges"][...], group["density"][...], group["density_error"][...]

    def line(self, name):
        """A fitted line: slope, slope_error, chi2, dof, predicted."""
        return {key: value for key, value in self.statistics[f"scaling/{name}"].attrs.items()}

    def sweeps(self):
        """{swept key: points that vary it alone}, in the order of style.SYMBOLS."""
        group = self.statistics.get("scaling/spacing/by", {})
        return {key: np.unique(group[key]["point"][...]) for key in self.points if key in group}

    def by_stochasticity(self):
        """Points that have statistics, in ascending order of alpha/B (or of the levels' widths)."""
        key = self.rate if np.isfinite(self.rate).all() else np.nanmean(self["levels/std"], axis=1)
        order = np.argsort(key, kind="stable")
        return [int(p) for p in order if self["replicas/done"][p] > 1]

    def benchmark(self):
        """The point for comparison with the leading-order laws: of those with the largest learning
        rate, which become stationary first, the one of the smallest alpha/B."""
        order = self.by_stochasticity()
        rates = self.points.get("learning_rate")
        if rates is None or not order:
            return order[0] if order else None
        largest = max(rates[p] for p in order)
        return next(p for p in order if rates[p] == largest)

    def typical(self):
        """The point in the middle of the order of stochasticity: what single-point figures show."""
        order = self.by_stochasticity()
        return order[round((len(order) - 1) / 2)] if order else None

    def modes(self):
        """The first level of each distinct target value."""
        steps = np.abs(np.diff(self.x)) > 1e-9 * np.max(np.abs(self.x))
        return [0] + [int(i) + 1 for i in np.flatnonzero(steps)]

    def values(self, point):
        """{key: value} of all numbers that the run file gives for a point."""
        swept = {key: values[point] for key, values in self.points.items()}
        return {**fixed_parameters(self.statistics.attrs), **swept}

    def label(self, point):
        """A point's parameters, as text for a figure."""
        return ", ".join(f"${style.SYMBOLS.get(key, key)} = {values[point]:g}$"
                         for key, values in self.points.items())

    def pair_looks(self):
        """{pair: colour and marker} of the pairs that are shown: the same in all figures."""
        shown, modes = style.spread(len(self.pairs)), self.modes()
        if len(modes) > style.MOST:
            return {k: style.look(i) for i, k in enumerate(shown)}
        return {k: style.look(modes.index(self.pairs[k, 0])) for k in shown}
