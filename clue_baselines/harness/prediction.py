"""The outputs of a model for examples, decoded batch by batch."""

import numpy as np


def decoded_outputs(task, model, batches, watch=None):
    """Returns what `task.decode` makes of the outputs, one per example.

    Only one batch of outputs is in memory at a time: the scores of all spans
    of a text are many.

    Args:
        task: has `decode(outputs, inputs)`, which returns a list with one
            object per example.
        model: built model.
        batches: `text.LengthBatches` in a fixed order.
        watch: function of (targets, outputs) that is called for each batch
            that has targets. Defaults to None.
    """
    found = []
    for batch in batches:
        inputs, targets = batch if isinstance(batch, tuple) else (batch, None)
        outputs = model.predict_on_batch(inputs)
        if watch is not None:
            watch(targets, outputs)
        found += task.decode(outputs, inputs)
    objects = np.empty(len(found), object)
    objects[:] = found
    return list(batches.restore(objects))
