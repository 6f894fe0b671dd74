#!/usr/bin/env python3
"""A Gaussian RBM ensemble in batched NumPy: the peer that `make bench` holds the program against.

One process, one thread, float64, the collapsed sampler (k Gibbs steps drawn as one Gaussian step),
as fast as NumPy was made to go; prints one line of JSON with ns per replica-update.

  /usr/bin/python3 bench/peers/rbm_numpy.py --batch 16 --alpha 0.1

The update, with the constants scaled away (W is held as W / mu, chains as v sqrt(alpha / B), and
sigma_h = 1), so that they cost no operation:
  A  = W'W                       X / mu^2: symmetric, spectrum in [0, 1)
  P  = 1 + A + ... + A^(k-1)     the k-step noise has covariance (P + A^k P)/mu^2
  V <- [V E] [A^k; L']           L L' = P + A^k P, E normal of variance alpha/(B mu^2)
  W <- W (1 + alpha C_target - V'V)

What was tried, for N = 10 and B = 16 (all of it per replica-update, AVX-512, OpenBLAS 0.3.21):
  - products: matmul over the leading replica axis 0.13 us each; einsum with the replica axis last
    1.0 us; multiply and add by hand, replica axis last, 0.7 us.  So the replica axis leads.
  - V'V and W'W by matmul: NumPy sees one buffer on both sides and calls syrk, 3 times slower at
    this size than gemm; a copy of one side avoids it.  V A^k + E L' is one product of [V E], 0.30
    us, with L transposed in memory, for gemm on a transposed factor takes twice as long.
  - Cholesky: numpy.linalg.cholesky, or column by column over the replica axis put last (two
    transpositions included); which wins depends on the machine: both are timed.
  - normals: standard_normal (ziggurat) of SFC64 is the fastest of the generators; Box-Muller on its
    uniforms with NumPy's vectorised log, cos, sin is twice as fast where NumPy has AVX-512 loops:
    both are timed.
  - the block of replicas trained together: several sizes are timed, none a power of two (strides of
    4096 bytes make the transpositions miss the cache)."""
import functools
import os
import sys

for _library in ("OPENBLAS", "OMP", "MKL"):  # read once, when NumPy loads its BLAS
    os.environ[_library + "_NUM_THREADS"] = "1"
import numpy as np  # noqa: E402

import rbm_peer  # noqa: E402

BLOCKS = (60, 120, 250, 500, 1000)
MASS = rbm_peer.MASS2 ** 0.5  # mu


class Ziggurat:
    """Normals times a scale, by NumPy's own generator."""

    def __init__(self, generator, shape, scale):
        self.generator, self.scale = generator, scale
        self.normals = np.empty(shape)

    def draw(self, out):
        self.generator.standard_normal(out=self.normals)
        np.multiply(self.normals, self.scale, out=self.normals)
        np.copyto(out, self.normals)


class BoxMuller:
    """Normals times a scale, (r cos t, r sin t) with r^2 = -2 scale^2 ln u.  shape[0] is even."""

    def __init__(self, generator, shape, scale):
        self.generator, self.factor, self.half = generator, -2.0 * scale * scale, shape[0] // 2
        count = self.half * shape[1] * shape[2]
        self.radius, self.angle, self.normals = np.empty(count), np.empty(count), np.empty(shape)
        self.pairs = self.normals.reshape(2, count)

    def draw(self, out):
        radius, angle, pairs = self.radius, self.angle, self.pairs
        self.generator.random(out=radius)
        np.subtract(1.0, radius, out=radius)  # (0, 1]: the logarithm is finite
        np.log(radius, out=radius)
        np.multiply(radius, self.factor, out=radius)
        np.sqrt(radius, out=radius)
        self.generator.random(out=angle)
        np.multiply(angle, 2.0 * np.pi, out=angle)
        np.cos(angle, out=pairs[0])
        np.sin(angle, out=pairs[1])
        np.multiply(pairs, radius, out=pairs)
        np.copyto(out, self.normals)


class LibraryCholesky:
    """Upper factor U = L' of each of a block of matrices, by LAPACK."""

    def __init__(self, replicas, nodes):
        pass

    def factor(self, matrices, upper):
        np.copyto(upper, np.linalg.cholesky(matrices).transpose(0, 2, 1))


class ElementwiseCholesky:
    """The same, column by column, each operation over all replicas of the block."""

    def __init__(self, replicas, nodes):
        self.last = np.empty((nodes, nodes, replicas))  # replica axis last; becomes L
        self.sums = np.empty((nodes, replicas))

    def factor(self, matrices, upper):
        last, sums, nodes = self.last, self.sums, len(self.last)
        np.copyto(last, matrices.transpose(1, 2, 0))
        for j in range(nodes):
            column = last[j:, j]
            if j:
                np.einsum("ijr,jr->ir", last[j:, :j], last[j, :j], out=sums[j:])
                np.subtract(column, sums[j:], out=column)
                last[:j, j] = 0.0
            np.sqrt(column[0], out=sums[0])
            np.divide(column, sums[0], out=column)
        np.copyto(upper, last.transpose(2, 1, 0))


class Ensemble:
    """A block of replicas of one point, all at the same update."""

    def __init__(self, normals, cholesky, replicas, batch, alpha, nodes, steps, seed):
        generator = np.random.Generator(np.random.SFC64(seed))
        self.replicas, self.batch, self.nodes, self.steps = replicas, batch, nodes, steps
        self.chain_scale = np.sqrt(alpha / batch)
        self.scaled = 0.1 / MASS * generator.standard_normal((replicas, nodes, nodes))  # W / mu
        self.scaled_too = self.scaled.copy()  # two buffers in turn: see the note on syrk
        self.both = np.empty((replicas, batch, 2 * nodes))  # [V E]
        self.both[:, :, :nodes] = self.chain_scale
        self.moved = np.empty((replicas, batch, nodes))  # V of the last update
        self.factors = np.empty((replicas, 2 * nodes, nodes))  # [A^k; L']
        self.matrix, self.power, self.sum, self.product = np.empty((4, replicas, nodes, nodes))
        self.identity = np.eye(nodes)
        self.growth = self.identity + alpha * np.linalg.inv(rbm_peer.target_kernel(nodes))
        self.normals = normals(generator, self.moved.shape, self.chain_scale / MASS)
        self.cholesky = cholesky(replicas, nodes)

    def advance_chains(self):
        """k Gibbs steps of every chain at the present W."""
        nodes, matrix, sums, product = self.nodes, self.matrix, self.sum, self.product
        kth_power = self.factors[:, :nodes]
        np.copyto(self.scaled_too, self.scaled)
        np.matmul(self.scaled.transpose(0, 2, 1), self.scaled_too, out=matrix)
        power, partial = matrix, self.identity
        for step in range(1, self.steps):
            np.add(partial, power, out=sums)
            partial = sums
            following = kth_power if step == self.steps - 1 else self.power
            if power is following:
                power = power.copy()
            np.matmul(matrix, power, out=following)
            power = following
        if self.steps == 1:
            np.copyto(kth_power, matrix)
            np.copyto(sums, self.identity)
        np.matmul(kth_power, sums, out=product)
        np.add(product, sums, out=product)
        self.cholesky.factor(product, self.factors[:, nodes:])
        self.normals.draw(out=self.both[:, :, nodes:])
        np.matmul(self.both, self.factors, out=self.moved)
        self.both[:, :, :nodes] = self.moved

    def update(self):
        self.advance_chains()
        change = self.product
        np.matmul(self.moved.transpose(0, 2, 1), self.both[:, :, :self.nodes], out=change)
        np.subtract(self.growth, change, out=change)
        np.matmul(self.scaled_too, change, out=self.scaled)

    def load(self, weights):
        self.scaled[...] = weights / MASS

    def weights(self):
        return MASS * self.scaled

    def chains(self):
        return self.moved / self.chain_scale


def variants():
    return [(f"{normals.__name__} normals, {cholesky.__name__}", functools.partial(Ensemble, normals, cholesky))
            for normals in (Ziggurat, BoxMuller) for cholesky in (LibraryCholesky, ElementwiseCholesky)]


if __name__ == "__main__":
    chosen = rbm_peer.parse_arguments("Gaussian RBM ensemble in batched NumPy, timed.")
    if chosen.precision == "single":
        sys.exit("rbm_numpy.py: in double precision only: NumPy has no fast normals in single")
    sys.exit(rbm_peer.run(chosen, "NumPy " + np.__version__, variants(), BLOCKS))
