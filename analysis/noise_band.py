"""The density of an RBM's levels to first order in alpha/B, all modes together, for large N.

X is diag(c) and Gaussian noise of <X_ij^2> = (1 + delta_ij) s_ij, independent element by element (docs/models.md): c_i
is the target and the first-order shift of its mean apart from repulsion, s_ij = (alpha sigma_h^2/B)(x_i + x_j)/2 with
the chains' memory.  Matrices of that law can be drawn at every N.  For large N the density is
-Im Sum m_i(x + i0)/(pi N), where m_i (z - c_i - Sum_j s_ij m_j) = 1, Dyson's equation.  There levels next to each
other are taken together, to at most MOST groups."""
import numpy as np

from ensemble import fixed_parameters, sections
from level_shifts import Theory

MOST = 64  # groups of levels
ABOVE = 0.01  # imaginary part of x: what the density is blurred by
PRECISION, STEPS = 1e-7, 2000
LEVELS, LEAST = 20000, 20  # in all spectra that are drawn; spectra


def known(run):
    """Whether this is the theory of a run: all modes can be learnt, and as the paper does it."""
    if run.model != "rbm" or not (run.x > 0).all():
        return False
    fixed = fixed_parameters(run.statistics.attrs)
    plain = all(not fixed.get(key) and key not in run.points for key in ("momentum", "l2"))
    constant = sections(run.statistics.attrs)[run.model].get("schedule", "constant") == "constant"
    return plain and constant and fixed["visible"] == fixed["hidden"]


class Band:
    def __init__(self, run, point):
        values = run.values(point)
        steps = sections(run.statistics.attrs)[run.model].get("gibbs_steps", "3")
        strength = values["learning_rate"] * values.get("sigma_h", 1.0)**2 / values["batch_size"]
        theory = Theory(run.kappa, run.x, np.inf if steps == "infinite" else float(steps))
        self.x, self.size = run.x, len(run.x)
        self.shift = strength * theory.own_shift()
        self.variance = strength * theory.variance

    def mean_shift(self):
        """Of all levels on average: repulsion takes nothing from it."""
        return float(self.shift.mean())

    def spread(self):
        """By how much the variance of a replica's levels exceeds that of the targets."""
        return float(self.variance.sum() / self.size - np.trace(self.variance) / self.size**2)

    def spectra(self):
        """Levels of matrices of that law, ascending: what is drawn is the same each time."""
        draw = np.random.default_rng(self.size)
        scale = np.sqrt(self.variance / (1 + np.eye(self.size)))
        found = []
        for _ in range(max(LEAST, LEVELS // self.size)):
            noise = draw.standard_normal((self.size, self.size))
            found.append(np.linalg.eigvalsh(np.diag(self.x + self.shift) + scale * (noise + noise.T) / np.sqrt(2)))
        return np.array(found)

    def density(self, x):
        """By Dyson's equation."""
        off_diagonal = self.variance / (1 + np.eye(self.size))
        groups = np.array_split(np.arange(self.size), min(MOST, self.size))
        weight = np.array([len(group) for group in groups])
        centre = np.array([(self.x + self.shift)[group].mean() for group in groups])
        coupling = np.array([[off_diagonal[np.ix_(a, b)].mean() * len(b) for b in groups] for a in groups])
        z = x[:, None] + 1j * ABOVE
        m = np.ones_like(weight) / z
        for _ in range(STEPS):
            found = 1 / (z - centre - m @ coupling.T)
            change = np.abs(found - m).max()
            m = (m + found) / 2
            if change < PRECISION:
                break
        else:
            raise ArithmeticError(f"Dyson's equation has not settled after {STEPS} steps (change {change:.1e})")
        return -(m.imag @ weight) / (np.pi * self.size)
