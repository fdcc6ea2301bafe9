"""Base class of batches that are made of other batches."""

import keras


class ChangedBatches(keras.utils.PyDataset):
    """The batches of another data set, which a subclass changes one by one.

    Args:
        batches: `keras.utils.PyDataset` with `seed` and `epoch`, such as
            `text.LengthBatches`.
    """

    def __init__(self, batches):
        super().__init__()
        self.batches = batches
        self.seed = batches.seed

    @property
    def epoch(self):
        return self.batches.epoch

    @epoch.setter
    def epoch(self, epoch):
        self.batches.epoch = epoch

    def on_epoch_end(self):
        self.batches.on_epoch_end()

    def __len__(self):
        return len(self.batches)
