"""The memory of a step, counted in bytes allocated.

Resident memory is the kernel's: it takes pages of idle programs out, and what
was freed may stay. So `allocations.c`, compiled here and preloaded into the
process that is measured, counts in front of malloc.

- Counted: each block of malloc, calloc, realloc, posix_memalign and
  aligned_alloc, in all threads. NumPy, TensorFlow, JAX and torch take their
  tensors, and the compilers theirs, by these. A freed block counts no more,
  whatever malloc or the kernel keep of it.
- Not counted: memory that is mapped without malloc. These are the program and
  compiled code, files, stacks of threads, and small Python objects.
- A backend that kept freed tensors in a pool of its own would make later peaks
  too small. None of the three does on a CPU: `test_allocations.py` counts
  tensors of 1 to 8 MB, one of 100 MB, and all of them freed.

Linux with glibc and a C compiler (`cc`). It slows a step down: times are
measured in other processes.
"""

import atexit
import ctypes
import functools
import gc
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

SOURCE = Path(__file__).with_suffix(".c")


@functools.cache
def counting():
    """The environment of a process whose allocations are counted."""
    if shutil.which("cc") is None:
        raise SystemExit(
            "Memory is measured by counting allocations in a small C library, "
            "which needs a C compiler: there is no `cc` in PATH. On Debian "
            "and Ubuntu: apt-get install gcc libc6-dev."
        )
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder)
    library = Path(folder) / "allocations.so"
    command = ["cc", "-std=gnu11", "-O2", "-fPIC", "-shared", "-o", library]
    if subprocess.run([*command, SOURCE]).returncode:
        raise SystemExit(
            f"`cc` could not compile {SOURCE.name}: memory can be measured on "
            "Linux with glibc only."
        )
    # With oneDNN, which newer CPUs switch on, TensorFlow keeps what is freed in
    # a pool: what a step allocates could not be told from what it reuses.
    return {"LD_PRELOAD": str(library), "TF_ENABLE_ONEDNN_OPTS": "0"}


def counter(name):
    """A function of `allocations.c` in this process."""
    try:
        function = getattr(ctypes.CDLL(None), f"allocations_{name}")
    except AttributeError:
        raise SystemExit(
            "The allocations of this process are not counted: start it by "
            "`in_child(..., **counting())`."
        ) from None
    function.restype = ctypes.c_longlong
    return function


def allocated_bytes():
    """What the process has allocated and not freed."""
    gc.collect()
    time.sleep(0.5)  # JAX frees in threads of its own
    return counter("held")()


def peak_allocated_bytes(step, num_steps=2):
    """The most that a step allocates beyond what is held between the steps.

    What is held before the first step is no measure of it: TensorFlow gives
    NumPy's arrays back late, and a compiled step holds megabytes of its own.
    Some steps come first, so that compiling does not count.
    """
    for _ in range(num_steps):
        step()
    between = allocated_bytes()
    counter("reset_peak")()
    for _ in range(num_steps):
        step()
    return counter("peak")() - between
