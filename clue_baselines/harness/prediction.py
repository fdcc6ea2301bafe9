"""Answers of a model to records, decoded batch by batch."""

import numpy as np

from keras_addons import backend


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
        outputs = backend.predict_batch(model, inputs)
        if watch is not None:
            watch(targets, outputs)
        found += task.decode(outputs, inputs)
    objects = np.empty(len(found), object)
    objects[:] = found
    return list(batches.restore(objects))


def answers_to(task, model, tokenizer, records, batch_size=None):
    """Returns the answer to each parsed record, as a submission holds it.

    Args:
        task: `Task`.
        model: built model.
        tokenizer: `Tokenizer`.
        records: list of parsed records; labels are not looked at.
        batch_size: positive int, examples in memory at a time. Defaults to
            what the shape of the task allows.
    """
    if not records:
        return []
    outputs, examples = outputs_of(task, model, tokenizer, records, batch_size)
    return task.answers(outputs, examples, records)


def outputs_of(task, model, tokenizer, records, batch_size=None):
    """Returns the decoded outputs, one per example, and the `Examples`.

    As `answers_to`, for at least one record.
    """
    examples = task.rows(tokenizer, records)
    batches = examples._replace(targets=None).batches(
        batch_size or task.prediction_batch_size
    )
    return decoded_outputs(task, model, batches), examples
