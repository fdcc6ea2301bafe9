"""Defaults of options: by where a training starts, by task and by recipe."""

from clue_baselines.harness.options.named_optimizers import learning_rate

# Where the training starts from decides how long and how fast it should go.
WHERE = {
    "scratch": "from scratch",
    "sample": "on sample data",
    "checkpoint": "from a checkpoint",
}
COMMON = {
    "epochs": 5,
    "batch_size": 32,
    "accumulate": 1,
    "optimizer": "adamw",
    "schedule": "cosine",
    "segments": "two",
    "head_dropout": 0.1,
    "tf_idf": 0.0,
}
DEFAULTS = {
    "scratch": {
        **COMMON,
        "model": "tiny",
        "family": "lexical_roformer",
        "dropout": 0.3,
    },
    "sample": {
        **COMMON,
        "model": "tiny",
        "family": "roformer",
        "dropout": 0.1,
    },
    "checkpoint": {**COMMON, "epochs": 10},
}
RECIPES = {
    # AdaFactor that factors nothing, as bojone/CLUE-bert4keras trains.
    "bert4keras": {
        "optimizer": "adafactor:beta_1=0.9,min_dim_size_to_factor=1000000",
        "learning_rate": 5e-4,
        "schedule": "constant",
        "pooling": "cls",
        "head_dropout": 0.0,
        "tf_idf": 0.0,
        "segments": "one",
        "without": ("keywords",),
    },
}


def start_of(task, options):
    """Returns where the training starts from: a key of `WHERE`."""
    if options.checkpoint is not None:
        return "checkpoint"
    return "sample" if task.source(options) is None else "scratch"


def defaults_of(task, options):
    """Returns a dict from option to the value that it has by default.

    The recipe goes before the task, the task before the start. The learning
    rate is that of the optimizer, which the command line may have named.
    """
    start = start_of(task, options)
    recipe = RECIPES.get(options.recipe, {})
    found = {**DEFAULTS[start], **task.defaults.get(start, {}), **recipe}
    if options.optimizer not in (None, found["optimizer"]):
        found.pop("learning_rate", None)  # it is another optimizer's
    optimizer = options.optimizer or found["optimizer"]
    rate = learning_rate(optimizer, start == "checkpoint")
    found = {"learning_rate": rate, **found}
    return {name: value for name, value in found.items() if name in options}


def shown(task, name):
    """Returns the defaults of an option as its help shows them."""
    values = {}
    for start, where in WHERE.items():
        rate = learning_rate("adamw", start == "checkpoint")
        known = {"learning_rate": rate, **DEFAULTS[start]}
        known |= task.defaults.get(start, {})
        if name in known:
            values[where] = known[name]
    if len(values) == len(WHERE) and len(set(values.values())) == 1:
        return next(iter(values.values()))
    return ", ".join(f"{value} {where}" for where, value in values.items())
