"""Moments of a student that learns from drawn samples (`data = fresh`), of a teacher with N equal eigenvalues w.

D = W_t - W_s obeys D' = D (1 - alpha C) - alpha a, where C = (1/B) Sum x x^T has <C> = 1 and the covariance
<C_ab C_cd> - <C_ab><C_cd> = (delta_ac delta_bd + delta_ad delta_bc)/B, and <a_ij^2> = (1 + delta_ij) A^2/B.  In the
stationary state the three invariants p = <tr D D^T>, q = <tr D^2> and t = <(tr D)^2> are therefore, exactly,

    p (2 - alpha - alpha (N + 1)/B) = alpha N (N + 1) A^2/B
    q (2 - alpha) = alpha (p + t)/B + alpha N (N + 1) A^2/B
    t (2 - alpha) = alpha (p + q)/B + 2 alpha N A^2/B."""
import numpy as np


def invariants(size, rate, batch, noise):
    """p, q and t."""
    each = rate / batch
    left = np.array([[2 - rate - each * (size + 1), 0, 0], [-each, 2 - rate, -each], [-each, -each, 2 - rate]])
    return np.linalg.solve(left, each * noise**2 * size * np.array([size + 1, size + 1, 2]))


def moments(size, rate, batch, noise, teacher):
    """Of the singular values of W_s, which for D small against w are w less the eigenvalues of D's symmetric part, and
    above that by what its antisymmetric part K adds, (K^T K)_ii/(2 w): their mean less w, and their variance about the
    mean in each replica."""
    p, q, t = invariants(size, rate, batch, noise)
    return (p - q) / (4 * teacher * size), (p + q) / (2 * size) - t / size**2
