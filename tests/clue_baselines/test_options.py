"""Defaults of the command line, and optimizers by name."""

from functools import partial

import keras
import numpy as np
import pytest

from clue_baselines.afqmc import task as afqmc
from clue_baselines.c3 import task as c3
from clue_baselines.chid import task as chid
from clue_baselines.cluener import task as cluener
from clue_baselines.harness.options import named_optimizers
from clue_baselines.harness.options.command_line import parse_options
from clue_baselines.harness.options.optimizer import learning_rate_schedule
from clue_baselines.harness.options.optimizer import make_optimizer
from clue_baselines.tnews import task
from keras_addons import models
from keras_addons import optimizers


@pytest.mark.parametrize(
    "arguments, rate",
    [
        ([], 1e-3),
        (["--optimizer", "adafactor"], 0.03),
        (["--optimizer", "adafactor:beta_1=0.9"], 0.03),
        (["--optimizer", "adafactor", "--data-dir", "CLUE"], 0.03),
        (["--optimizer", "adafactor", "--checkpoint", "bert"], 1e-3),
        (["--checkpoint", "bert"], 2e-5),
        (["--optimizer", "lion", "--checkpoint", "bert"], 3e-6),
        (["--optimizer", "adafactor", "--learning-rate", "0.5"], 0.5),
        (["--recipe", "bert4keras"], 5e-4),
        (["--recipe", "bert4keras", "--optimizer", "sgd"], 0.3),
    ],
)
def test_every_optimizer_has_a_learning_rate_of_its_own(arguments, rate):
    assert parse_options(task, arguments).learning_rate == rate


def test_the_recipe_of_bert4keras_and_what_the_command_line_says_of_it():
    options = parse_options(task, ["--recipe", "bert4keras"])
    optimizer = make_optimizer(options, steps_per_epoch=10)
    assert isinstance(optimizer, optimizers.AdaFactor)
    assert optimizer.beta_1 == 0.9
    assert optimizer.min_dim_size_to_factor == 1_000_000  # factors nothing
    np.testing.assert_allclose(float(optimizer.learning_rate), 5e-4)
    assert options.segments == "one" and options.head_dropout == 0
    assert options.pooling == "cls"
    assert task.configured(options).text_fields == ("sentence",)
    assert task.text_fields == ("sentence", "keywords")
    options = parse_options(task, ["--recipe", "bert4keras", "--pooling=mean"])
    assert options.pooling == "mean"
    # A task without optional texts has nothing to leave out.
    options = parse_options(afqmc, ["--recipe", "bert4keras"])
    assert afqmc.configured(options).text_fields == afqmc.text_fields


def dropped_before_the_labels(task, *arguments):
    options = task.settled(parse_options(task, [*arguments]))
    encoder = models.RoFormer.from_size("tiny", vocabulary_size=20)
    model = task.configured(options).build(encoder, options)
    return model.get_layer("label_dropout").rate


@pytest.mark.parametrize(
    "task", [c3, chid, cluener], ids=lambda task: task.name
)
def test_the_recipe_drops_nothing_before_the_labels(task):
    assert dropped_before_the_labels(task, "--recipe", "bert4keras") == 0


@pytest.mark.parametrize("head", ["crf", "global-pointer"])
def test_what_a_tagger_drops_before_the_tags_is_an_option(head):
    drops = partial(dropped_before_the_labels, cluener, "--head", head)
    assert drops("--head-dropout", "0.25") == 0.25
    assert drops("--data-dir", "CLUE") == 0.3  # from scratch


@pytest.mark.parametrize("name", named_optimizers.KNOWN)
def test_every_named_optimizer_moves_a_weight(name):
    options = parse_options(task, ["--optimizer", name])
    optimizer = make_optimizer(options, steps_per_epoch=100)
    weight = keras.Variable(np.full((4, 4), 0.5, "float32"))
    optimizer.build([weight])
    for _ in range(4):  # the first update has the rate 0; some accumulate
        optimizer.apply([keras.ops.ones((4, 4))], [weight])
    assert np.abs(keras.ops.convert_to_numpy(weight) - 0.5).min() > 0


def test_arguments_and_wrappers_reach_the_optimizer():
    options = parse_options(
        task,
        "--optimizer adam:beta_1=0.8,epsilon=1e-6 --wrap lazy_optimizer "
        "--wrap weight_decay:rate=0.1,exclude=['bias$','gamma$'] "
        "--accumulate 4 --lookahead 3".split(),
    )
    lookahead = make_optimizer(options, steps_per_epoch=8)
    assert (type(lookahead), lookahead.sync_period) == (
        optimizers.Lookahead,
        3,
    )
    accumulation = lookahead.inner_optimizer
    assert accumulation.steps == 4
    decay = accumulation.inner_optimizer
    assert (decay.rate, decay.exclude) == (0.1, ["bias$", "gamma$"])
    lazy = decay.inner_optimizer
    assert isinstance(lazy, optimizers.LazyOptimizer)
    assert lazy.inner_optimizer.beta_1 == 0.8
    assert lazy.inner_optimizer.epsilon == 1e-6


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--optimizer", "adamm"], "'adamm' is not one of adamw, adam"),
        (["--optimizer", "adam:beta_3=1"], "adam has no argument 'beta_3'"),
        (["--optimizer", "adam:beta_1"], "'beta_1' has no value"),
        (["--optimizer", "adam:learning_rate=1"], "set by --learning-rate"),
        (["--optimizer", "tiger:beta=2"], "`beta` must be a number"),
        (["--wrap", "lookahead"], "'lookahead' is not one of"),
        (["--wrap", "weight_decay:rate=-1"], "`rate`"),
        (["--optimizer", "tiger:steps=2", "--accumulate=2"], "accumulate"),
        (["--schedule", "cosin"], "invalid choice: 'cosin'"),
        (["--layer-decay", "2"], "from 0 to below 1"),
        (["--limit", "0"], "at least 1"),
        (["--recipe", "bert"], "invalid choice: 'bert'"),
        (["--without", "sentence"], "invalid choice: 'sentence'"),
        (["--grid", "learning-rate"], "expected name=value"),
        (["--grid", "learning-rate=1,,2"], "expected name=value"),
        (["--grid", "output-dir=a,b"], "a grid cannot vary --output-dir"),
        (["--checkpoint", "a", "--model", "tiny"], "not allowed with"),
        (["--predict", "a", "--limit", "3"], "--limit: not allowed"),
    ],
)
def test_a_wrong_option_is_one_line_before_any_data_is_read(
    arguments, message, capsys
):
    with pytest.raises(SystemExit) as error:
        parse_options(task, arguments)
    assert error.value.code == 2
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1
    assert message in printed


def test_the_schedules_at_their_corners():
    # 100 updates: the rise takes 10; half of the fall is at update 55.
    expected = {
        "cosine": [0.0, 0.5, 1.0, 0.5, 0.0],
        "linear": [0.0, 0.5, 1.0, 0.5, 0.0],
    }
    for kind, values in expected.items():
        schedule = learning_rate_schedule(kind, 1.0, 100)
        steps = (0, 5, 10, 55, 100)
        rates = [float(schedule(step)) for step in steps]
        np.testing.assert_allclose(rates, values, atol=1e-6)
    # They differ between: cos(pi / 4) of the fall, and three quarters of it.
    quarter = 10 + 90 / 4
    rates = [
        float(learning_rate_schedule(kind, 1.0, 100)(quarter))
        for kind in ("cosine", "linear")
    ]
    np.testing.assert_allclose(rates, [0.5 + 0.5**1.5, 0.75], atol=1e-6)
    assert learning_rate_schedule("constant", 0.3, 100) == 0.3


def test_the_schedule_counts_updates_not_micro_batches():
    options = parse_options(
        task, ["--optimizer=accumulated_adam:steps=4", "--epochs=2"]
    )
    optimizer = make_optimizer(options, steps_per_epoch=40)
    # 80 micro-batches are 20 updates: the rise takes 2, the fall 18.
    schedule = optimizer._learning_rate
    assert (schedule.warmup_steps, schedule.decay_steps) == (2, 18)


def test_layer_decay_slows_the_lower_blocks():
    inputs = keras.Input((4,))
    features = keras.layers.Dense(3, name="block_0")(inputs)
    outputs = keras.layers.Dense(1, name="head")(features)
    model = keras.Model(inputs, outputs)
    options = parse_options(
        task, ["--layer-decay=0.5", "--optimizer=sgd", "--schedule=constant"]
    )
    optimizer = make_optimizer(options, 10, model)
    before = [weight.numpy().copy() for weight in model.trainable_variables]
    optimizer.build(model.trainable_variables)
    gradients = [
        keras.ops.ones(v.shape, "float32") for v in model.trainable_variables
    ]
    optimizer.apply(gradients, model.trainable_variables)
    # SGD at 0.3: the head moves by 0.3, the block below it by half of it.
    for weight, start in zip(model.trainable_variables, before):
        step = 0.3 if weight.path.startswith("head") else 0.15
        np.testing.assert_allclose(
            keras.ops.convert_to_numpy(weight), start - step, rtol=1e-5
        )
