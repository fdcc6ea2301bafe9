"""8823: scores that grow with log n keep the entropy of attention."""

import numpy as np
from keras import ops as kops

from examples.claims.claim import DOES_NOT
from examples.claims.claim import HOLDS
from examples.claims.claim import Claim
from examples.claims.claim import spread
from keras_addons import ops

SIZE, LENGTHS, SEEDS = 64, (64, 512, 4096), range(3)


def measure(data_dir):
    """The entropy on random spheres, at three lengths and scales."""
    kappa = 1 / 0.24
    scales = {
        "1 / sqrt(d)": lambda n: SIZE**-0.5,
        "log n / (0.24 d)": lambda n: float(
            kops.convert_to_numpy(
                ops.entropy_invariant_scale(float(n), SIZE, kappa=kappa)
            )
        ),
    }
    growth, texts = {}, []
    for name, scale in scales.items():
        found = [
            [entropy(n, scale(n), seed) for seed in SEEDS] for n in LENGTHS
        ]
        growth[name] = np.mean(found[-1]) - np.mean(found[0])
        texts.append(f"{name}: " + ", ".join(spread(f, 2) for f in found))
    plain, invariant = growth.values()
    return [
        Claim(
            8823,
            "scores with log n keep the entropy of attention at any length",
            HOLDS if abs(invariant) < plain / 4 else DOES_NOT,
            f"entropy at n = {', '.join(map(str, LENGTHS))}; "
            + "; ".join(texts),
        )
    ]


def entropy(num_keys, scale, seed):
    generator = np.random.default_rng(seed)

    def sphere(number):
        points = generator.normal(size=(number, SIZE))
        norms = np.linalg.norm(points, axis=1, keepdims=True)
        return points * SIZE**0.5 / norms

    scores = scale * sphere(50) @ sphere(num_keys).T
    shares = np.exp(scores - scores.max(1, keepdims=True))
    shares /= shares.sum(1, keepdims=True)
    return -(shares * np.log(shares + 1e-300)).sum(1).mean()
