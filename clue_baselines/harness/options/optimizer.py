"""The optimizer and the learning rate schedule that the options describe."""

import keras

from clue_baselines.harness.options.named_optimizers import named_optimizer
from clue_baselines.harness.options.named_optimizers import wrapped
from keras_addons import optimizers

WARMUP_SHARE = 0.1
SCHEDULES = ("cosine", "linear", "constant")


def make_optimizer(options, steps_per_epoch, model=None):
    """Builds the inner optimizer and the wrappers around it.

    From the inside: `--optimizer`, each `--wrap`, `--layer-decay`,
    `--accumulate`, `--lookahead`.

    Args:
        options: parsed command line.
        steps_per_epoch: int, (micro-)batches in an epoch.
        model: the built model, whose blocks `--layer-decay` looks for.
            Defaults to None, for which it is left out.
    """
    num_updates = -(-steps_per_epoch * options.epochs // options.accumulate)
    optimizer = named_optimizer(options.optimizer, options.learning_rate)
    # Some accumulate by themselves; the schedule counts their updates.
    num_updates = -(-num_updates // getattr(optimizer, "steps", 1))
    schedule = learning_rate_schedule(
        options.schedule, options.learning_rate, num_updates
    )
    optimizer = named_optimizer(options.optimizer, schedule)
    for text in options.wrap:
        optimizer = wrapped(optimizer, text)
    if options.layer_decay is not None and model is not None:
        factors = optimizers.layer_decay(model, options.layer_decay)
        optimizer = optimizers.LearningRateMultiplier(optimizer, factors)
    if options.accumulate > 1:
        optimizer = optimizers.GradientAccumulation(
            optimizer, steps=options.accumulate
        )
    if options.lookahead > 0:
        optimizer = optimizers.Lookahead(
            optimizer, sync_period=options.lookahead
        )
    return optimizer


def learning_rate_schedule(kind, peak, num_updates):
    """Rises linearly over a tenth of the updates; what follows has a name.

    Args:
        kind: "cosine" falls to 0 along half a cosine, "linear" in a straight
            line, "constant" stays at the peak and has no rise either.
        peak: positive float.
        num_updates: int, the updates of the whole training.
    """
    warmup = max(1, round(WARMUP_SHARE * num_updates))
    if kind == "constant":
        return peak
    if kind == "linear":
        end = max(num_updates, warmup + 1)
        return optimizers.schedules.PiecewiseLinear({warmup: peak, end: 0.0})
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.0,
        decay_steps=max(1, num_updates - warmup),
        warmup_target=peak,
        warmup_steps=warmup,
    )
