"""Naive accumulation does not learn what a large batch does; a cache does.

One small encoder is trained three times on the same 256 rows an update: all
at once; through `GradientCache`, 32 rows in memory at a time; and with
`GradientAccumulation` over batches of 32, where a row has 30 negatives
instead of 254.

Run:  python examples/contrastive_learning.py
Ends in contrastive_learning.png: the learning curves, and the cosines of
unseen questions before and after. Needs matplotlib and tokenizers.
"""

import itertools

import keras
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from keras_addons.layers import GradientCache
from keras_addons.losses import InBatchContrastive
from keras_addons.models import RoFormer
from keras_addons.models import sentence_model
from keras_addons.optimizers import GradientAccumulation
from keras_addons.text import LengthBatches
from keras_addons.text import SentenceEncoder
from keras_addons.text import Tokenizer

THINGS = (
    "花呗 借呗 手机 电脑 门票 快递 发票 会员 "
    "宽带 机票 账户 套餐 酒店 球鞋 课程 保险"
)
UNSEEN = "车票 基金"
FIRST = "怎么开通 怎么关闭 怎么退款 多少钱 怎么投诉 怎么升级 哪里查 能打折吗"
SECOND = "咋办理 如何停用 想要回钱 啥价格 客服在哪 如何换新 在哪儿看 有优惠吗"
ROWS, CHUNK, UPDATES = 256, 32, 60


def questions(things):
    """Two ways to ask the same stand beside each other."""
    wishes = list(zip(FIRST.split(), SECOND.split()))
    pairs = list(itertools.product(things.split(), wishes))
    order = np.random.default_rng(0).permutation(len(pairs))
    return [pairs[i][0] + words for i in order for words in pairs[i][1]]


def train(texts, tokenizer, chunk_size=None, steps=1):
    """Returns an encoder, and the loss of all rows after every update."""
    keras.utils.set_random_seed(1)
    roformer = RoFormer(
        *(tokenizer.vocabulary_size, 2, 2, 64, 128),
        dropout=0.0,
        attention_dropout=0.0,
    )
    encoder = sentence_model(roformer, "last_average")
    model = encoder
    if chunk_size is not None:
        cached = GradientCache(encoder, chunk_size)(encoder.input)
        model = keras.Model(encoder.input, cached)
    # Also around a single step: Keras' Adam on TensorFlow squares the gradients
    # of an id before it sums them, GradientAccumulation sums them first.
    optimizer = GradientAccumulation(keras.optimizers.Adam(1e-3), steps)
    model.compile(optimizer, InBatchContrastive(temperature=0.05))
    # Texts of one width: one batch, in the order that they are given.
    rows = LengthBatches(tokenizer.encode_batch(texts), batch_size=ROWS)[0]
    groups = np.arange(ROWS) // 2
    options = {"batch_size": ROWS // steps, "shuffle": False, "verbose": 0}
    losses = []
    for _ in range(UPDATES):
        model.fit(rows, groups, **options)
        losses.append(model.evaluate(rows, groups, ROWS, verbose=0))
    return SentenceEncoder(encoder, tokenizer), losses


def draw(losses, matrices):
    figure = Figure(figsize=(13, 4), layout="constrained")
    curves, *squares = figure.subplots(1, 3)
    for name, values in losses.items():
        style = "--" if "Cache" in name else "-"
        curves.plot(values, style, label=name)
    curves.set_yscale("log")
    curves.set_xlabel("update")
    curves.set_ylabel(f"contrastive loss of all {ROWS} rows")
    curves.legend()
    for axes, (name, matrix) in zip(squares, matrices.items()):
        image = axes.imshow(matrix, vmin=-1, vmax=1, cmap="RdBu_r")
        axes.set_title(f"cosines of unseen questions, {name}")
    figure.colorbar(image, ax=squares)
    FigureCanvasAgg(figure).print_png("contrastive_learning.png")


def main():
    texts, unseen = questions(THINGS), questions(UNSEEN)
    tokenizer = Tokenizer.from_texts(texts + unseen)
    encoder, plain = train(texts, tokenizer)
    _, cached = train(texts, tokenizer, chunk_size=CHUNK)
    _, naive = train(texts, tokenizer, steps=ROWS // CHUNK)
    losses = {
        "all rows at once": plain,
        f"GradientCache, {CHUNK} rows in memory": cached,
        f"GradientAccumulation of {CHUNK} rows": naive,
    }
    new = RoFormer(tokenizer.vocabulary_size, 2, 2, 64, 128)
    new = SentenceEncoder(sentence_model(new, "last_average"), tokenizer)
    matrices = {}
    for name, each in (("before", new), ("after", encoder)):
        vectors = each.encode(unseen)
        matrices[name] = each.similarity(vectors, vectors)
    draw(losses, matrices)
    for name, values in losses.items():
        print(f"{name}: loss {values[0]:.4f} -> {values[-1]:.4f}")
    difference = max(abs(a - b) for a, b in zip(plain, cached))
    print(f"largest difference of the first two: {difference:.1e}")
    print("drawn in contrastive_learning.png")


if __name__ == "__main__":
    main()
