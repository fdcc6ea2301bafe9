import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from keras_addons.optimizers import AdaFactor
from keras_addons.optimizers.adafactor.second_moment import matrix_shape
from keras_addons.optimizers.adafactor.second_moment import moment_shapes
from tests.optimizers.adafactor_problems import RANDOM
from tests.optimizers.adafactor_problems import random_problem
from tests.optimizers.adafactor_problems import steps
from tests.optimizers.training import state_of

# Each with the matrix of least rows + columns, or None where one of them is
# shorter than 4. (3, 4, 6): 3 + 24 or 12 + 6. (6, 2, 5): 6 + 10 or 12 + 5.
# (2, 7, 2, 5): 2 + 70, 14 + 10 or 28 + 5. (5, 2, 2): 5 + 4 or 10 + 2.
MATRICES = {
    (): None,
    (5,): None,
    (3, 5): None,
    (1, 3, 9): None,
    (4, 6): (4, 6),
    (6, 4): (6, 4),
    (3, 4, 6): (12, 6),
    (6, 2, 5): (6, 10),
    (2, 7, 2, 5): (14, 10),
    (5, 2, 2): (5, 4),
}


def by_the_paper(weight, gradients, rates, beta_1=0.0, beta_2=None):
    """Matrices, all factored; loops and float64."""
    num_rows, num_columns = weight.shape
    weight = weight.astype("float64")
    rows, columns, moment = np.zeros(num_rows), np.zeros(num_columns), 0.0
    trajectory = []
    for t, (gradient, rate) in enumerate(zip(gradients, rates), start=1):
        squares = gradient.astype("float64") ** 2 + 1e-30
        decay = 1 - t**-0.8 if beta_2 is None else beta_2
        update = np.zeros(weight.shape)
        for i in range(num_rows):
            rows[i] = decay * rows[i] + (1 - decay) * squares[i].mean()
        for j in range(num_columns):
            mean = squares[:, j].mean()
            columns[j] = decay * columns[j] + (1 - decay) * mean
        for i in range(num_rows):
            for j in range(num_columns):
                v = rows[i] * columns[j] / rows.mean()
                update[i, j] = gradient[i, j] / np.sqrt(v)
        update /= max(1.0, np.sqrt((update**2).mean()))
        moment = beta_1 * moment + (1 - beta_1) * update
        scale = max(1e-3, np.sqrt((weight**2).mean()))
        weight = weight - rate * scale * moment
        trajectory.append(weight)
    return np.array(trajectory)


def test_first_step_of_a_vector_by_hand():
    # t = 1: v = g^2, u = sign(g), RMS(u) = 1; RMS(w) = 2; w = 2 -+ 0.1 * 2.
    weight = np.array([2.0, -2.0], "float32")
    actual = steps(AdaFactor(0.1), weight, [np.array([3.0, -7.0], "float32")])
    np.testing.assert_allclose(actual[0], [1.8, -1.8], rtol=1e-6)


def test_first_step_of_a_matrix_by_hand():
    # g^2 = [[1, 9], [9, 1]]: rows 5 5, columns 5 5, v = 5 everywhere, so
    # u^2 = g^2 / 5 with mean 1: nothing is clipped; RMS(w) = 0: scale 0.001.
    gradient = np.array([[1.0, 3.0], [3.0, 1.0]], "float32")
    optimizer = AdaFactor(1.0, min_dim_size_to_factor=2)
    actual = steps(optimizer, np.zeros((2, 2), "float32"), [gradient])
    np.testing.assert_allclose(actual[0], -1e-3 * gradient / 5**0.5, rtol=1e-5)


def test_squares_of_rank_one_give_signs():
    a, b = RANDOM.uniform(0.1, 9.0, 6), RANDOM.uniform(0.1, 9.0, 8)
    gradient = np.outer(a, b) * RANDOM.choice([-1, 1], (6, 8))
    optimizer = AdaFactor(
        1.0, multiply_by_parameter_scale=False, min_dim_size_to_factor=6
    )
    weight = np.zeros((6, 8), "float32")
    actual = steps(optimizer, weight, [gradient.astype("float32")])
    np.testing.assert_allclose(actual[0], -np.sign(gradient), rtol=1e-5)


@pytest.mark.parametrize("min_dim_size_to_factor", [4, 128])
@pytest.mark.parametrize("clip_threshold", [0.25, 1.0, None])
def test_root_mean_square_of_a_step_is_clipped(
    clip_threshold, min_dim_size_to_factor
):
    options = {
        "multiply_by_parameter_scale": False,
        "min_dim_size_to_factor": min_dim_size_to_factor,
    }
    weight, gradients = random_problem((6, 8), num_steps=2)
    gradients[1] *= 10  # after a small gradient a large one: RMS(u) > 1
    free = AdaFactor(1.0, clip_threshold=None, **options)
    free = np.diff(steps(free, weight, gradients), axis=0)[0]
    rms = np.sqrt((free**2).mean())
    assert rms > 1
    clipped = AdaFactor(1.0, clip_threshold=clip_threshold, **options)
    clipped = np.diff(steps(clipped, weight, gradients), axis=0)[0]
    expected = free * min(1, (clip_threshold or rms) / rms)
    np.testing.assert_allclose(clipped, expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("beta_1", [0.0, 0.9])
@pytest.mark.parametrize("beta_2", [None, 0.99])
def test_equals_the_loop_written_from_the_paper(beta_1, beta_2):
    weight, gradients = random_problem((6, 8))
    expected = by_the_paper(weight, gradients, [0.01] * 5, beta_1, beta_2)
    optimizer = AdaFactor(0.01, beta_1, beta_2, min_dim_size_to_factor=6)
    actual = steps(optimizer, weight, gradients)
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "shape",
    [
        *[(6, 8), (6, 2), (3, 6, 8), (6, 2, 8), (6, 2, 3), (3, 3, 4, 8)],
        (4, 3, 2, 2),  # two cuts of it cost 16: 4 x 12 and 12 x 4
    ],
)
def test_transposed_weight_takes_the_transposed_step(shape):
    weight, gradients = random_problem(shape)
    actual = steps(AdaFactor(min_dim_size_to_factor=4), weight, gradients)
    transposed = steps(
        AdaFactor(min_dim_size_to_factor=4),
        weight.T,
        [gradient.T for gradient in gradients],
    )
    for step, other in zip(actual, transposed):
        np.testing.assert_allclose(step, other.T, rtol=1e-6)


matrices = st.integers(0, 2**32 - 1).map(
    lambda seed: (
        np.random.default_rng(seed).standard_normal((3, 4))
        ** np.random.default_rng(seed + 1).choice([1, 3])
    )
)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(matrices, st.floats(0.1, 3), st.integers(-3, 3))
def test_no_step_is_longer_than_the_threshold(gradient, threshold, exponent):
    # At every scale of the gradients, and after one of another scale.
    optimizer = AdaFactor(
        1.0,
        clip_threshold=threshold,
        multiply_by_parameter_scale=False,
        min_dim_size_to_factor=3,
    )
    gradients = [gradient, 10.0**exponent * gradient[::-1]]
    start = np.zeros((3, 4), "float32")
    trajectory = steps(optimizer, start, np.array(gradients, "float32"))
    for update in np.diff(trajectory, axis=0, prepend=[start]):
        assert np.sqrt((update**2).mean()) <= threshold * (1 + 1e-4)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(matrices, st.integers(0, 99))
def test_the_factors_are_the_best_of_rank_one(gradient, seed):
    # By the I-divergence sum c log(c / v) - c + v, of which no other product
    # of rows and columns has less; and the sums of rows and columns are kept.
    squares = gradient**2 + 1e-30
    optimizer = AdaFactor(min_dim_size_to_factor=3)
    weight = np.zeros((3, 4), "float32")
    steps(optimizer, weight, [gradient.astype("float32")])
    rows, columns = (
        state_of(optimizer, name)[0].numpy() for name in ("rows", "columns")
    )
    factored = rows * columns / rows.mean()
    for axis in (0, 1):
        np.testing.assert_allclose(
            factored.sum(axis), squares.sum(axis), rtol=1e-4
        )

    def divergence(other):
        return (squares * np.log(squares / other) - squares + other).sum()

    random = np.random.default_rng(seed)
    for size in (0.01, 0.3):
        noise = [np.exp(size * random.normal(size=n)) for n in (3, 4)]
        assert divergence(factored) <= divergence(
            factored * np.outer(*noise)
        ) * (1 + 1e-5)


@pytest.mark.parametrize("scaled", [True, False])
@pytest.mark.parametrize("shape", MATRICES)
def test_equals_optax_on_the_cheapest_matrix(shape, scaled):
    jax, optax = pytest.importorskip("jax"), pytest.importorskip("optax")
    options = {
        "multiply_by_parameter_scale": scaled,
        "min_dim_size_to_factor": 4,
    }
    weight, gradients = random_problem(shape)
    actual = steps(AdaFactor(0.03, **options), weight, gradients)
    matrix = MATRICES[shape] or shape
    reference = optax.adafactor(0.03, **options)
    parameters = jax.numpy.asarray(weight.reshape(matrix))
    state = reference.init(parameters)
    for step, gradient in enumerate(gradients):
        gradient = jax.numpy.asarray(gradient.reshape(matrix))
        updates, state = reference.update(gradient, state, parameters)
        parameters = optax.apply_updates(parameters, updates)
        np.testing.assert_allclose(
            actual[step], parameters.reshape(shape), rtol=1e-5, atol=1e-6
        )


def check_torch_optimizer(make_reference, optimizer, shape):
    torch = pytest.importorskip("torch")
    weight, gradients = random_problem(shape)
    actual = steps(optimizer, weight, gradients)
    parameter = torch.nn.Parameter(torch.tensor(weight))
    reference = make_reference([parameter])
    for step, gradient in enumerate(gradients):
        parameter.grad = torch.tensor(gradient)
        reference.step()
        expected = parameter.detach().numpy()
        np.testing.assert_allclose(actual[step], expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("shape", [(5,), (4, 6), (6, 4)])
def test_equals_torch(shape):
    torch = pytest.importorskip("torch")
    check_torch_optimizer(
        lambda parameters: torch.optim.Adafactor(
            parameters, lr=0.03, weight_decay=0.0
        ),
        AdaFactor(0.03, min_dim_size_to_factor=4),
        shape,
    )


@pytest.mark.parametrize("scaled", [True, False])
@pytest.mark.parametrize("relative", [True, False])
@pytest.mark.parametrize("shape", [(), (5,), (4, 6), (6, 4)])
def test_equals_transformers(shape, scaled, relative):
    optimization = pytest.importorskip("transformers.optimization")
    optimizer = AdaFactor(
        None if relative else 0.03,
        multiply_by_parameter_scale=scaled,
        min_dim_size_to_factor=4,
    )
    if relative and not scaled:  # transformers has no factor of 0.05
        optimizer.learning_rate = lambda: 0.01
    check_torch_optimizer(
        lambda parameters: optimization.Adafactor(
            parameters,
            lr=None if relative else 0.03,
            relative_step=relative,
            scale_parameter=scaled,
        ),
        optimizer,
        shape,
    )


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_state_of_a_factored_weight_is_its_rows_and_columns(dtype):
    optimizer = AdaFactor()
    variables = [
        keras.Variable(np.zeros(shape), dtype=dtype)
        for shape in [(768, 3072), (2, 768), (768,), (12, 64, 768)]
    ]
    optimizer.build(variables)
    sizes = [int(np.prod(variable.shape)) for variable in optimizer.variables]
    # iterations and learning rate; 768 + 3072 = 3840 numbers for the kernel.
    assert sizes == [1, 1, 768, 3072, 1536, 768, 768, 768]
    assert {str(v.dtype) for v in optimizer.variables[1:]} == {"float32"}


def test_rows_without_gradient_stay():
    # An embedding row that no batch has seen: 0 / 1e-15, not 0 / 0.
    weight, gradients = random_problem((6, 8), num_steps=3)
    gradients[:, 2] = 0
    actual = steps(
        AdaFactor(0.1, min_dim_size_to_factor=6), weight, gradients * 1e6
    )
    assert np.isfinite(actual).all()
    np.testing.assert_array_equal(actual[-1][2], weight[2])


@pytest.mark.parametrize(
    "shape, sizes",
    [
        # Kernels of keras.layers.MultiHeadAttention and EinsumDense.
        ((768, 12, 64), [768, 768]),
        ((12, 64, 768), [768, 768]),
        # Convolutions: 3 * 3 * 256 = 2304 and 512; 3 * 256 = 768 and 512.
        ((3, 3, 256, 512), [2304, 512]),
        ((3, 256, 512), [768, 512]),
        # Eight experts: 8 * 768 = 6144 and 3072.
        ((8, 768, 3072), [6144, 3072]),
        # 64 < 128, however it is cut: 64 x 128 or 128 x 64.
        ((64, 2, 64), [8192]),
    ],
)
def test_a_kernel_is_factored_as_the_matrix_that_costs_least(shape, sizes):
    optimizer = AdaFactor()
    optimizer.build([keras.Variable(np.zeros(shape, "float32"))])
    state = optimizer.variables[2:]
    assert [int(np.prod(variable.shape)) for variable in state] == sizes


def test_state_of_keras_hubs_bert_is_at_most_half_a_percent():
    # Each of twelve layers: 4 kernels of 768 + 768, 2 of 768 + 3072, and
    # vectors of 5 * 768 + 3072 (biases) and 4 * 768 (norms).
    query, out = (768, 12, 64), (12, 64, 768)
    layer = 3 * [query, (12, 64)] + [out, (768,)] + 4 * [(768,)]
    layer += [(768, 3072), (3072,), (3072, 768), (768,)]
    tables = [(21128, 768), (512, 768), (2, 768), (768,), (768,)]
    shapes = tables + 12 * layer + [(768, 768), (768,)]
    # The tables and the dense layer on top, of keras_hub.models.BertBackbone.
    expected = 12 * (4 * 1536 + 2 * 3840 + 5 * 768 + 3072 + 4 * 768)
    expected += 21128 + 768 + 512 + 768 + 2 * 768 + 2 * 768 + 1536 + 768
    state = sum(
        int(np.prod(moment))
        for shape in shapes
        for _, moment in moment_shapes(shape, matrix_shape(shape, 128))
    )
    assert state == expected
    weights = sum(int(np.prod(shape)) for shape in shapes)
    assert weights == 102267648
    assert state < 0.005 * weights
