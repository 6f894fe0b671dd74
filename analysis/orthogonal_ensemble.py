"""The density of levels in the Gaussian orthogonal ensemble, exactly at every N, and its limit, the semicircle.

Levels in units of sigma, the standard deviation on the diagonal: their joint law is Prod |u_i - u_j| exp(-Sum u_i^2/2).
With phi_n the orthonormal functions of the harmonic oscillator (Mehta, Random Matrices, ch. 7)

    N rho(u) = Sum_{j<N} phi_j(u)^2 + sqrt(N/2) phi_{N-1}(u) (1/2) Int sgn(u - t) phi_N(t) dt
               (+ phi_{N-1}(u)/Int phi_{N-1} for odd N)."""
import numpy as np

PER_LEVEL, LEAST = 40, 2001  # points of the grid: so many to a level, which is an oscillation of the density
TAIL = 7  # of the grid beyond the semicircle's edge, in units of N^(-1/6), the width of the largest level


class Law:
    """The density at one N, tabulated: density(u) and below(u), the share of levels below u."""

    def __init__(self, size):
        self.size = size
        reach = np.sqrt(2 * size) + TAIL * size**(-1 / 6)
        self.grid = np.linspace(-reach, reach, PER_LEVEL * size + LEAST)
        self.values = one_point(self.grid, size)
        self.staircase = integral(self.values, self.grid)
        self.staircase /= self.staircase[-1]

    def density(self, u):
        return np.interp(u, self.grid, self.values, left=0, right=0)

    def below(self, u):
        return np.interp(u, self.grid, self.staircase)

    def quantiles(self, shares):
        return np.interp(shares, self.staircase, self.grid)


def semicircle(u, size):
    return np.sqrt(np.clip(2 * size - u * u, 0, None)) / (np.pi * size)


def one_point(u, size):
    """rho(u) on an even grid that is symmetric and reaches where nothing is left."""
    before, last, at, after = oscillator(u, size)
    # the sum over j by Christoffel and Darboux, at equal arguments
    kernel = (size / 2 * (last**2 + at**2) - np.sqrt(size * (size + 1)) / 2 * after * last
              - np.sqrt(size * (size - 1)) / 2 * at * before)
    primitive = integral(at, u)
    density = kernel + np.sqrt(size / 2) * last * (primitive - primitive[-1] / 2)
    if size % 2:
        density += last / integral(last, u)[-1]
    return density / size


def oscillator(u, size):
    """phi_n(u) of n = N-2 ... N+1, by recursion; the scale is kept apart, since exp(-u^2/2) is below all numbers at
    large N."""
    scale = -u * u / 2 - np.log(np.pi) / 4
    previous, present, found = np.zeros_like(u), np.ones_like(u), [np.zeros_like(u)]
    for n in range(size + 2):
        if n >= size - 2:
            found.append(present * np.exp(scale))
        previous, present = present, np.sqrt(2 / (n + 1)) * u * present - np.sqrt(n / (n + 1)) * previous
        large = np.abs(present) > 1e100
        previous[large] *= 1e-100
        present[large] *= 1e-100
        scale[large] += 100 * np.log(10)
    return found[-4:]


def integral(values, grid):
    """Of values on an even grid, from its beginning."""
    return np.concatenate(([0], np.cumsum((values[1:] + values[:-1]) / 2))) * (grid[1] - grid[0])
