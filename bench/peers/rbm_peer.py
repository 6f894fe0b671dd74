"""What the peers of `make bench` share: the machine they train, two checks of their law, timing, and the
line of JSON that they print.

A peer is a module with VARIANTS, a list of (name, make), where make(replicas, batch, alpha, nodes, steps,
seed) is a block of replicas of one point, all at the same update:
  replicas, batch            their numbers
  load(weights)              W, replicas x nodes x nodes
  update(), advance_chains() one update; its k Gibbs steps alone
  chains()                   v, replicas x batch x nodes
  weights()                  W
Arrays are NumPy's in float64, W and v in the model's own units."""
import argparse
import json
import time

import numpy as np

MASS2 = 9.0
TARGET_MASS2 = 4.0
BLOCKS = 32  # of rounds, over which errors of the chains' moments are taken


def target_kernel(nodes):
    """The free lattice scalar: circulant, m^2 + 2 on the diagonal, -1 to both neighbours."""
    identity = np.eye(nodes)
    return ((TARGET_MASS2 + 2.0) * identity
            - np.roll(identity, 1, axis=1) - np.roll(identity, -1, axis=1))


def check_chains(make, arguments):
    """At fixed W the chains' law is known: <v v'> = K^-1 = (mu^2 - X)^-1 whatever k, and one more
    update leaves <v_new v'> = A^k K^-1.  Returns the largest deviation in standard errors."""
    nodes, steps, replicas, rounds = arguments.nodes, arguments.gibbs_steps, 250, 5 * BLOCKS
    ensemble = make(replicas, arguments.batch, 0.1, nodes, steps, arguments.seed)
    weights = ensemble.weights()
    matrix = np.matmul(weights.transpose(0, 2, 1), weights)
    # As large as after training: the largest x is 0.8 mu^2.
    matrix *= 0.8 / np.linalg.eigvalsh(matrix)[:, -1].max()
    ensemble.load(np.sqrt(MASS2) * np.linalg.cholesky(matrix).transpose(0, 2, 1))
    covariance = np.linalg.inv(MASS2 * (np.eye(nodes) - matrix))
    lagged = np.matmul(np.linalg.matrix_power(matrix, steps), covariance)
    for _ in range(60):  # from v = 1: forgotten as 0.8^(k 60)
        ensemble.advance_chains()
    deviations, lag_deviations = [], []
    for _ in range(rounds):
        before = ensemble.chains().copy()
        ensemble.advance_chains()
        after = ensemble.chains()
        moments = np.matmul(after.transpose(0, 2, 1), after) / arguments.batch
        deviations.append((moments - covariance).mean(axis=0))
        product = np.matmul(after.transpose(0, 2, 1), before) / arguments.batch
        lag_deviations.append((product - lagged).mean(axis=0))
    worst = 0.0
    for kind in (deviations, lag_deviations):
        kind = np.array(kind).reshape(BLOCKS, -1, nodes, nodes).mean(axis=1)  # nearly independent
        worst = max(worst, np.abs(kind.mean(axis=0) / (kind.std(axis=0, ddof=1) / BLOCKS ** 0.5)).max())
    return worst


def check_spacing(make, arguments):
    """<S> of the degenerate pairs against sqrt(2 pi) sqrt((alpha/B) x), times what the memory of
    the chains adds, at a rate small enough for the leading order (a few per cent low at alpha/B =
    0.0025).  Returns the mean ratio and its error."""
    alpha, batch, replicas = 0.04, 16, 500
    ensemble = make(replicas, batch, alpha, arguments.nodes, arguments.gibbs_steps, arguments.seed)
    kappa, vectors = np.linalg.eigh(target_kernel(arguments.nodes))
    exact = MASS2 - kappa
    start = np.sqrt(exact)[:, None] * vectors.T  # W'W = X_exact
    ensemble.load(np.broadcast_to(start, (replicas,) + start.shape))
    for _ in range(2000):  # four relaxation times of the slowest pair
        ensemble.update()
    memory = (exact / MASS2) ** (2 * arguments.gibbs_steps)  # of the chains, from update to update
    pairs = [i for i in range(len(exact) - 1) if abs(exact[i] - exact[i + 1]) < 1e-9]
    spectra = np.linalg.svd(ensemble.weights(), compute_uv=False) ** 2
    ratios = np.array([(spectra[:, i] - spectra[:, i + 1])
                       / np.sqrt(2.0 * np.pi * alpha / batch * exact[i]
                                 * (1.0 + memory[i]) / (1.0 - memory[i])) for i in pairs])
    return ratios.mean(), ratios.mean(axis=1).std(ddof=1) / len(pairs) ** 0.5


def nanoseconds(ensemble, seconds):
    """Best of several short timings, per replica-update: other work on the machine only adds."""
    replicas = ensemble.replicas
    for _ in range(3):
        ensemble.update()
    best, end = np.inf, time.perf_counter() + seconds
    repeats = max(1, 20000 // replicas)
    while time.perf_counter() < end:
        start = time.perf_counter()
        for _ in range(repeats):
            ensemble.update()
        best = min(best, (time.perf_counter() - start) / (repeats * replicas))
    return 1e9 * best


def parse_arguments(text):
    parser = argparse.ArgumentParser(description=text)
    parser.add_argument("--batch", type=int, default=16, help="mini-batch size B")
    parser.add_argument("--alpha", type=float, default=0.1, help="learning rate")
    parser.add_argument("--nodes", type=int, default=10, help="N_v = N_h")
    parser.add_argument("--gibbs-steps", type=int, default=3, help="k")
    parser.add_argument("--precision", choices=("double", "single"), default="double")
    parser.add_argument("--seconds", type=float, default=0.5, help="time given to each variant")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-check", action="store_true", help="time only")
    return parser.parse_args()


def run(arguments, library, variants, blocks):
    """Times every variant on every size of block, checks the law of the fastest; the exit code."""
    timed = []
    for name, make in variants:
        for block in blocks:
            ensemble = make(block, arguments.batch, arguments.alpha, arguments.nodes,
                            arguments.gibbs_steps, arguments.seed)
            timed.append((nanoseconds(ensemble, arguments.seconds), block, name, make))
    best, block, name, make = min(timed, key=lambda variant: variant[0])
    report = {"library": library, "nodes": arguments.nodes, "gibbs_steps": arguments.gibbs_steps,
              "batch": arguments.batch, "learning_rate": arguments.alpha, "sampler": "collapsed",
              "precision": arguments.precision, "threads": 1, "ns_per_replica_update": round(best, 1),
              "block": block, "variant": name}
    passed = True
    if not arguments.no_check:
        worst = check_chains(make, arguments)
        ratio, error = check_spacing(make, arguments)
        # 200 entries of Student's t with 31 degrees of freedom: beyond 6 once in 4000 runs.
        passed = bool(worst < 6.0 and 0.92 < ratio < 1.03)
        report.update(chain_deviation_sigma=round(worst, 2), spacing_ratio=round(ratio, 4),
                      spacing_ratio_error=round(error, 4), check="passed" if passed else "failed")
    print(json.dumps(report))
    return 0 if passed else 1
