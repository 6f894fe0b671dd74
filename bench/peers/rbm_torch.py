#!/usr/bin/env python3
"""A Gaussian RBM ensemble in batched PyTorch: a peer that `make bench` holds the program against.

One process, one thread, the collapsed sampler, in double or single precision, as fast as PyTorch was made
to go with the replica index last: every operation is one over all replicas of the block, and products are
sums of outer products, an addcmul for each inner index.  Prints one line of JSON with ns per
replica-update.

  /usr/bin/python3 bench/peers/rbm_torch.py --batch 16 --alpha 0.1 --precision single

W is held as W / mu, chains as v sqrt(alpha / B), as in rbm_numpy.py, and with A = W'W
  H = 1 + A + A^2, ..., A^(k-1)     the k-step noise has covariance (H + A^k H)/mu^2 = L L'/mu^2
  V <- A^k V + L E                  nodes x batch x replicas; E normal of variance alpha/(B mu^2)
  W <- W (1 + alpha C_target - V V')

Timed against each other: normals by randn, or by Box and Muller's formula on PyTorch's vectorised uniforms,
logarithms and sines; blocks of several sizes."""
import functools
import sys

import numpy as np
import torch

import rbm_peer

BLOCKS = (64, 128, 256, 512, 1024)
MASS = rbm_peer.MASS2 ** 0.5  # mu
TYPE = {"double": torch.float64, "single": torch.float32}


def multiply(a, b, out):
    """out = a b of matrices with the replica index last, by rows of b."""
    torch.mul(a[:, 0].unsqueeze(1), b[0].unsqueeze(0), out=out)
    for k in range(1, len(b)):
        out.addcmul_(a[:, k].unsqueeze(1), b[k].unsqueeze(0))


def gram(a, out):
    """out = a' a."""
    torch.mul(a[0].unsqueeze(1), a[0].unsqueeze(0), out=out)
    for row in a[1:]:
        out.addcmul_(row.unsqueeze(1), row.unsqueeze(0))


def factor(matrix):
    """Cholesky's factor in place of the lower triangle, column by column."""
    for j in range(len(matrix)):
        column = matrix[j:, j]
        for k in range(j):
            column.addcmul_(matrix[j:, k], matrix[j, k].unsqueeze(0), value=-1.0)
        column.mul_(torch.rsqrt(column[0]).unsqueeze(0))


class Randn:
    """Normals times a scale, by PyTorch's own generator."""

    def __init__(self, shape, scale, of_type):
        self.scale = scale

    def draw(self, out):
        out.normal_(0.0, self.scale)


class BoxMuller:
    """Normals times a scale, (r cos t, r sin t) with r^2 = -2 scale^2 ln u.  shape[0] is even."""

    def __init__(self, shape, scale, of_type):
        half = (shape[0] // 2,) + tuple(shape[1:])
        self.factor = -2.0 * scale * scale
        self.radius, self.angle = torch.empty(half, dtype=of_type), torch.empty(half, dtype=of_type)

    def draw(self, out):
        radius, angle, half = self.radius, self.angle, len(self.radius)
        radius.uniform_()
        radius.neg_().add_(1.0).log_().mul_(self.factor).sqrt_()  # of (0, 1]
        angle.uniform_(0.0, 2.0 * np.pi)
        torch.cos(angle, out=out[:half])
        torch.sin(angle, out=out[half:])
        out[:half].mul_(radius)
        out[half:].mul_(radius)


class Ensemble:
    """A block of replicas of one point, all at the same update."""

    def __init__(self, normals, of_type, replicas, batch, alpha, nodes, steps, seed):
        torch.manual_seed(seed)
        self.replicas, self.batch, self.nodes, self.steps = replicas, batch, nodes, steps
        self.chain_scale = (alpha / batch) ** 0.5
        square = (nodes, nodes, replicas)
        self.scaled = 0.1 / MASS * torch.randn(square, dtype=of_type)
        self.matrix, self.power, self.other, self.sum, self.noise, self.change, self.scaled_too = (
            torch.empty(square, dtype=of_type) for _ in range(7))
        self.moved = torch.full((nodes, batch, replicas), self.chain_scale, dtype=of_type)
        self.moved_too, self.normal = torch.empty_like(self.moved), torch.empty_like(self.moved)
        self.identity = torch.eye(nodes, dtype=of_type).unsqueeze(2)
        inverse = torch.from_numpy(np.linalg.inv(rbm_peer.target_kernel(nodes)))
        self.growth = self.identity + alpha * inverse.to(of_type).unsqueeze(2)
        self.normals = normals(self.moved.shape, self.chain_scale / MASS, of_type)

    def advance_chains(self):
        """k Gibbs steps of every chain at the present W."""
        gram(self.scaled, self.matrix)
        torch.add(self.identity, self.matrix, out=self.sum) if self.steps > 1 else \
            self.sum.copy_(self.identity.expand_as(self.sum))
        power = self.matrix
        for step in range(1, self.steps):
            following = self.power if step % 2 else self.other
            multiply(self.matrix, power, following)
            power = following
            if step + 1 < self.steps:
                self.sum.add_(power)
        multiply(power, self.sum, self.noise)
        self.noise.add_(self.sum)
        factor(self.noise)
        self.normals.draw(self.normal)
        after = self.moved_too
        torch.mul(power[:, 0].unsqueeze(1), self.moved[0].unsqueeze(0), out=after)
        for k in range(1, self.nodes):
            after.addcmul_(power[:, k].unsqueeze(1), self.moved[k].unsqueeze(0))
        for k in range(self.nodes):
            after[k:].addcmul_(self.noise[k:, k].unsqueeze(1), self.normal[k].unsqueeze(0))
        self.moved, self.moved_too = after, self.moved

    def update(self):
        self.advance_chains()
        change, chains = self.change, self.moved
        change.copy_(self.growth.expand_as(change))
        for b in range(self.batch):
            change.addcmul_(chains[:, b].unsqueeze(1), chains[:, b].unsqueeze(0), value=-1.0)
        multiply(self.scaled, change, self.scaled_too)
        self.scaled, self.scaled_too = self.scaled_too, self.scaled

    def load(self, weights):
        self.scaled.copy_(torch.from_numpy(np.array(weights / MASS)).permute(1, 2, 0))

    def weights(self):
        return MASS * self.scaled.permute(2, 0, 1).double().numpy()

    def chains(self):
        return self.moved.permute(2, 1, 0).double().numpy() / self.chain_scale


if __name__ == "__main__":
    torch.set_num_threads(1)
    chosen = rbm_peer.parse_arguments("Gaussian RBM ensemble in batched PyTorch, timed.")
    variants = [(f"{normals.__name__} normals", functools.partial(Ensemble, normals, TYPE[chosen.precision]))
                for normals in (Randn, BoxMuller)]
    with torch.inference_mode():
        sys.exit(rbm_peer.run(chosen, "PyTorch " + torch.__version__, variants, BLOCKS))
