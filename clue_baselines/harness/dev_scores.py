"""The callback that scores the answers to the dev records."""

import keras

from clue_baselines.harness.prediction import decoded_outputs
from keras_addons import backend


class DevScores(keras.callbacks.Callback):
    """Adds `val_loss` and the task's scores to the logs of each epoch.

    The answers are those that a submission would hold, so that a score is the
    one of the leaderboard's rules; one pass over the data gives the loss, too.

    Args:
        task: `Task`.
        examples: `Examples` with targets.
        records: list of records that the examples were made of.
        loss: function of (targets, outputs), where the loss of the training
            compares rows that only a training batch has. Defaults to the
            model's own.
        answering: None, or the model that answers where the trained one has
            the targets among its inputs. `fit` then computes `val_loss`.
            Defaults to None.
    """

    def __init__(self, task, examples, records, loss=None, answering=None):
        super().__init__()
        self.loss = loss
        self.task = task
        self.examples = examples
        self.records = records
        self.answering = answering
        self.batches = examples.batches(task.prediction_batch_size)

    def model_loss(self, targets, outputs):
        return self.model.compute_loss(
            y=targets, y_pred=outputs, training=False
        )

    def on_epoch_end(self, epoch, logs=None):
        total = 0.0

        def add_loss(targets, outputs):
            nonlocal total
            loss = (self.loss or self.model_loss)(targets, outputs)
            # In the scope of a strategy it is the share of a replica.
            loss = backend.num_replicas() * keras.ops.convert_to_numpy(loss)
            total += len(targets) * float(loss)

        if self.answering is None:
            outputs = decoded_outputs(
                self.task, self.model, self.batches, add_loss
            )
            logs["val_loss"] = total / len(self.examples.owners)
        else:
            outputs = decoded_outputs(self.task, self.answering, self.batches)
        answers = self.task.answers(outputs, self.examples, self.records)
        for name, value in self.task.score(answers, self.records).items():
            logs[f"val_{name}"] = value
