"""Images of digits, drawn here: no data set of images is needed.

Each digit is a line of straight strokes, turned, sheared, scaled, shifted and
drawn with a pen of random width; noise is added.
"""

import numpy as np

SIZE, NUM_STROKES = 16, 7
STROKES = (
    "2,2 5,0 8,2 8,8 5,10 2,8 2,2",
    "3,3 5,0 5,10",
    "2,3 4,0 7,1 7,4 2,10 8,10",
    "2,1 8,1 4,4 8,7 6,9 2,9",
    "6,10 6,0 2,6 9,6",
    "8,0 3,0 2,4 6,4 8,7 6,10 2,9",
    "7,0 3,5 2,8 5,10 8,8 5,5 2,7",
    "2,0 8,0 4,10",
    "5,5 2,3 5,0 8,3 2,8 5,10 8,8 5,5",
    "8,4 5,5 2,3 5,0 8,3 7,10",
)


def corners():
    """Returns the corners of the strokes (10, strokes + 1, 2) in [-1, 1]."""
    found = np.zeros((len(STROKES), NUM_STROKES + 1, 2))
    for digit, text in zip(found, STROKES):
        points = [tuple(map(float, each.split(","))) for each in text.split()]
        points += points[-1:] * (len(digit) - len(points))
        digit[:] = np.array(points) / 5 - 1
    return found


def digits(number, seed, noise=0.1):
    """Draws digits.

    Args:
        number: int, of images.
        seed: int.
        noise: float, deviation of what is added to each pixel. Defaults to
            0.1.

    Returns:
        Pair of images (number, 16, 16), float32 around [0, 1], and labels
        (number,).
    """
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, len(STROKES), number)
    matrices = np.eye(2) * generator.uniform(0.55, 0.8, (number, 1, 1))
    matrices = matrices + generator.normal(size=(number, 2, 2)) * 0.12
    shifts = generator.uniform(-0.2, 0.2, (number, 1, 2))
    points = corners()[labels] @ matrices + shifts
    widths = generator.uniform(0.08, 0.16, number)
    images = np.empty((number, SIZE, SIZE), "float32")
    for image, point, width in zip(images, points, widths):
        image[:] = drawn(point, width)
    images += noise * generator.normal(size=images.shape)
    return images, labels.astype("int32")


def drawn(points, width):
    """Ink of the strokes through `points` at each pixel, in [0, 1]."""
    axis = (np.arange(SIZE) + 0.5) / SIZE * 2 - 1
    pixels = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 1, 2)
    starts, along = points[:-1], np.diff(points, axis=0)
    squares = np.maximum((along**2).sum(-1), 1e-9)
    shares = ((pixels - starts) * along).sum(-1) / squares
    nearest = starts + np.clip(shares, 0, 1)[..., None] * along
    distances = np.linalg.norm(pixels - nearest, axis=-1).min(1)
    return np.exp(-((distances / width) ** 2)).reshape(SIZE, SIZE)
