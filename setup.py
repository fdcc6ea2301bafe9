"""Installs keras_addons and the CLUE baselines; metadata in one place."""

import re
from pathlib import Path

from setuptools import find_packages
from setuptools import setup

HERE = Path(__file__).parent
VERSION = re.search(
    r'__version__ = "(.+)"',
    (HERE / "keras_addons" / "__init__.py").read_text(encoding="utf8"),
).group(1)

TENSORFLOW = ["tensorflow>=2.17"]
JAX = ["jax>=0.4.30"]
TORCH = ["torch>=2.4"]
CLUE = [
    "filelock>=3.16",
    "google-crc32c>=1.5",
    "matplotlib>=3.7",
    "rjieba>=0.2",
    "safetensors>=0.4",
    "scipy>=1.11",
    "tokenizers>=0.19",
]
TEST = CLUE + [
    "hypothesis>=6.100",
    "optax>=0.2.3",
    "pytest>=8",
    "transformers>=4.44",
]
DEV = TEST + ["pre-commit>=3.7", "ruff==0.17.6"]

setup(
    name="keras_addons",
    version=VERSION,
    description=(
        "Optimizer wrappers, layers, losses and CLUE baselines for Keras 3"
    ),
    long_description=(HERE / "README.md").read_text(encoding="utf8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    python_requires=">=3.10",
    packages=find_packages(
        include=["keras_addons*", "clue_baselines*"],
    ),
    install_requires=["keras>=3.15", "numpy>=1.26"],
    extras_require={
        "tensorflow": TENSORFLOW,
        "jax": JAX,
        "torch": TORCH,
        "clue": CLUE,
        "test": TEST,
        "dev": DEV,
    },
)
