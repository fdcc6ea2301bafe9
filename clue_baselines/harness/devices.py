"""--distribute: one training on all devices of the machine."""

from contextlib import contextmanager

from clue_baselines.harness.data.whole_batches import WholeBatches
from clue_baselines.harness.data.whole_batches import rows_per_example
from clue_baselines.harness.errors import UserError
from clue_baselines.harness.errors import user_errors
from keras_addons import backend


@contextmanager
def devices_of(job, options):
    """Gives the number of devices that share each batch of a training.

    Args:
        job: `Job`.
        options: parsed command line. Without `distribute` it is one device.

    Raises:
        UserError: the training cannot be shared.
    """
    if not options.distribute:
        yield 1
        return
    if job.compared(options):
        raise UserError(
            f"--distribute: the loss compares the {job.compared(options)} of "
            "a batch, which copies would falsify: run it on one device"
        )
    with user_errors("--distribute: "):
        devices = backend.data_parallel()
    with devices as number:
        if options.batch_size % number:
            raise UserError(
                f"--batch-size must be a multiple of the {number} devices. "
                f"Received: {options.batch_size}"
            )
        print(f"--distribute: {number} devices share each batch")
        yield number


def shared(data, num_devices):
    """Returns the `Data` in batches that the devices can share.

    Raises:
        UserError: the backend would tear the rows of an example apart.
    """
    if num_devices == 1:
        return data
    if rows_per_example(data.train[0]) > 1 and backend.splits_batches():
        raise UserError(
            "--distribute: TensorFlow would tear apart the rows of an "
            "example, of which this training has several: take the JAX "
            "backend (KERAS_BACKEND=jax)"
        )
    dev = data.dev and WholeBatches(data.dev, num_devices)
    return data._replace(train=WholeBatches(data.train, num_devices), dev=dev)
