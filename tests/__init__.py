"""The environment of the tests and of the processes that they start."""

import os
from importlib import metadata

from packaging.version import Version

FLAGS = [
    "--xla_backend_optimization_level=0",
    "--xla_llvm_disable_expensive_passes=true",
]
# XLA ends a process at a flag that it does not know.
if os.environ.get("KERAS_BACKEND") == "jax":
    if Version(metadata.version("jaxlib")) >= Version("0.8"):
        FLAGS += [
            "--xla_cpu_use_fusion_emitters=false",
            "--xla_cpu_parallel_codegen_split_count=1",
        ]
# XLA would optimize these small graphs for longer than they run.
os.environ.setdefault("XLA_FLAGS", " ".join(FLAGS))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
