"""A model says what it is made of, however it came about."""

import copy

import keras
import numpy as np
import pytest

from keras_addons import models
from keras_addons.models.parts import Parts

INPUTS = {
    "token_ids": np.array([[2, 5, 9, 3, 0], [2, 6, 7, 8, 3]]),
    "segment_ids": np.array([[0, 0, 1, 1, 0], [0, 0, 0, 1, 1]]),
}
FAMILIES = [models.Bert, models.RoFormer]


def small(family, **options):
    return family(30, 2, 2, 8, 16, **options)


def everything(family):
    return small(family, pooler="tanh", with_lm_head=True, embedding_dim=4)


def reload(model, folder):
    model.save(folder / "model.keras")
    return keras.models.load_model(folder / "model.keras")


COPIES = {
    "new": lambda model, folder: model,
    "from_config": lambda model, folder: type(model).from_config(
        model.get_config()
    ),
    "deepcopy": lambda model, folder: copy.deepcopy(model),
    "load_model": reload,
}


def layers_of(parts):
    """Every layer that the parts of a model name."""
    embed, head = parts.embed, parts.lm_head
    found = [embed.token, embed.segment, embed.position]
    found += [embed.norm, embed.dropout, embed.projection]
    found += [*parts.blocks, parts.pooler]
    if head is not None:
        found += [head.dense, head.norm, head.table, head.bias]
    return [each for each in found if each is not None]


@pytest.mark.parametrize("way", COPIES)
@pytest.mark.parametrize("family", FAMILIES)
def test_the_parts_are_all_layers_of_the_model(family, way, tmp_path):
    model = COPIES[way](everything(family), tmp_path)
    named = {id(layer) for layer in layers_of(model.parts)}
    with_weights = {id(layer) for layer in model.layers if layer.weights}
    assert with_weights <= named <= {id(layer) for layer in model.layers}


@pytest.mark.parametrize("family", FAMILIES)
def test_what_a_model_is_built_without_is_none(family):
    parts = small(family).parts
    assert parts.pooler is parts.lm_head is parts.embed.projection is None
    has_positions = parts.embed.position is not None
    assert has_positions == (family is models.Bert)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("attention", ["bidirectional", "unilm"])
def test_the_parts_one_after_another_are_the_model(family, attention):
    model = small(
        family,
        attention=attention,
        pooler="tanh",
        with_lm_head=True,
        embedding_dim=4,
    )
    parts, options = model.parts, {"mask": INPUTS["token_ids"] != 0}
    if attention == "unilm":
        # By the rule: a token sees segment 0, and of 1 what came before it.
        order = np.cumsum(INPUTS["segment_ids"], axis=1)
        visible = order[:, None, :] <= order[:, :, None]
        options["attention_mask"] = visible
    features = parts.embed(**INPUTS)
    for block in parts.blocks:
        features = block(features, **options)
    outputs = {
        "sequence_output": features,
        "pooled_output": parts.pooler(features[:, 0]),
        "token_logits": parts.lm_head(features),
    }
    expected = model(INPUTS)
    assert set(expected) == set(outputs)
    for name, value in outputs.items():
        np.testing.assert_allclose(
            keras.ops.convert_to_numpy(value),
            keras.ops.convert_to_numpy(expected[name]),
            atol=1e-5,
        )


def test_the_features_are_those_before_and_after_each_block():
    model = everything(models.Bert)
    parts = model.parts
    assert len(parts.features) == 3
    probe = keras.Model(model.input, parts.features)
    features = probe(INPUTS)
    mask = INPUTS["token_ids"] != 0
    for number, block in enumerate(parts.blocks):
        after = block(features[number], mask=mask)
        np.testing.assert_allclose(
            keras.ops.convert_to_numpy(features[number + 1]),
            keras.ops.convert_to_numpy(after),
            atol=1e-5,
        )


def test_positions_are_counted_where_none_are_given():
    embed = small(models.Bert).parts.embed
    ids = INPUTS["token_ids"]
    counted = embed(ids, INPUTS["segment_ids"])
    positions = np.tile(np.arange(ids.shape[1]), (len(ids), 1))
    given = embed(ids, INPUTS["segment_ids"], positions)
    np.testing.assert_array_equal(
        *(keras.ops.convert_to_numpy(each) for each in (counted, given))
    )


def test_another_functional_model_is_read_by_our_names():
    model = everything(models.RoFormer)
    other = keras.Model(model.input, model.output)  # the same layers
    parts = Parts.of(other)
    assert parts.blocks == model.parts.blocks
    assert parts.pooler is model.parts.pooler
    assert parts.features[1:] == model.parts.features[1:]


def test_a_clone_is_another_functional_model():
    # Keras' `clone_model` keeps layers and names, not the class.
    model = everything(models.RoFormer)
    clone = keras.models.clone_model(model)
    clone.set_weights(model.get_weights())
    for pooling in ("pooler", "first_last_average"):
        vectors = [
            models.sentence_model(each, pooling)(INPUTS)
            for each in (model, clone)
        ]
        np.testing.assert_allclose(
            *map(keras.ops.convert_to_numpy, vectors), atol=1e-6
        )


def test_a_model_without_blocks_is_told_what_it_lacks():
    inputs = keras.Input((None,), dtype="int32", name="token_ids")
    features = keras.layers.Embedding(30, 8)(inputs)
    model = keras.Model({"token_ids": inputs}, {"sequence_output": features})
    assert models.sentence_model(model, "last_average").output.shape[1] == 8
    with pytest.raises(ValueError, match="needs an `encoder` with .*block"):
        models.sentence_model(model, "first_last_average")
