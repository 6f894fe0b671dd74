"""What the figures of whole spectra have in common: which point and snapshot they show, and lines of laws."""
import numpy as np

import style

FEW = 16  # levels below which several modes are no ensemble of their own, and spectra are not unfolded
ORTHOGONAL = {"color": style.LAW, "lw": 1.2, "label": "GOE"}
POISSON = {"color": style.PREDICTION, "lw": 1.0, "ls": (0, (4, 2)), "label": "Poisson"}
METHODS = ("none", "analytic", "polynomial", "local")


def point_of(run, point):
    """The point that is shown, also where each has one replica alone."""
    if point is not None:
        return point
    point = run.typical()
    if point is None:
        done = np.flatnonzero(run["replicas/done"])
        point = int(done[len(done) // 2]) if len(done) else None
    if point is None:
        raise style.NotApplicable("no replica is done")
    return point


def snapshot_of(run, group):
    """The index of the snapshot that is analysed."""
    return int(np.flatnonzero(run[group + "/update"] == run.statistics.attrs["snapshot"])[0])


def unfolded(run, point):
    """Point and snapshot of unfolded spectra, and the method."""
    if "unfolded" not in run:
        raise style.NotApplicable(f"spectra of fewer than {FEW} levels are not unfolded")
    point, t = point_of(run, point), snapshot_of(run, "unfolded")
    method = METHODS[int(run["unfolded/method"][point, t])]
    if method == METHODS[0]:
        raise style.NotApplicable("the spectra have no smooth density to be unfolded by")
    return point, t, method


def marks(axes, across, value, error, **look):
    """Points with their errors, without where these are not known: of one replica."""
    axes.errorbar(across, value, np.nan_to_num(error), **{"ls": "none", "ms": 2.4, "lw": 0.8, **look})


def pull(axes):
    """A lower panel of deviations over errors."""
    reach = max(4.0, 1.1 * max(abs(v) for v in axes.get_ylim()))
    axes.set(ylim=(-reach, reach), ylabel="deviation/error")
    axes.yaxis.label.set_size(9)
    axes.axhline(0, color=style.LAW, lw=0.8)
    axes.axhspan(-2, 2, color="0.92", zorder=0)
