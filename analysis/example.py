#!/usr/bin/env python3
"""How to open a run in a script of your own: h5py and NumPy are all that is needed.

    /usr/bin/python3 analysis/example.py FILE.h5

Prints, for each point, the mean spacing of the first degenerate pair, once from the spectra
themselves and once from the statistics file."""
import sys

import h5py
import numpy as np


def main(path):
    with h5py.File(path, "r") as run, h5py.File(path[:-3] + ".stats.h5", "r") as statistics:
        print(run.attrs["model"].decode(), "at updates", run["snapshots"][...])
        upper, lower = statistics["pairs/levels"][0]  # positions in the spectrum, from 0
        for point in range(run["eigenvalues"].shape[0]):
            done = run["status"][point] == 1
            x = run["eigenvalues"][point, :, -1, :][done]  # replicas x levels, last snapshot
            spacing = x[:, upper] - x[:, lower]
            error = spacing.std(ddof=1) / np.sqrt(len(spacing))
            print(*(f"{name} = {run['points'][name][point]:g}" for name in run["points"]),
                  f"<S> = {spacing.mean():.5f} +- {error:.5f}",
                  f"statistics file: {statistics['pairs/spacing_mean'][point, 0]:.5f}",
                  f"predicted: {statistics['pairs/predicted_spacing'][point, 0]:.5f}")


if __name__ == "__main__":
    if len(sys.argv) != 2 or not sys.argv[1].endswith(".h5"):
        sys.exit("usage: example.py FILE.h5  (needs FILE.stats.h5 beside it: dyson stats FILE.h5)")
    main(sys.argv[1])
