import keras
import pytest

from keras_addons.backend import chunked_call

if keras.backend.backend() != "torch":
    pytest.skip("about torch's own state", allow_module_level=True)

import torch

ROWS = torch.arange(1.0, 25.0).reshape(6, 4)


def noisy(weights, state, inputs):
    """Draws from torch's global generator, as Keras' dropout does."""
    return [torch.nn.functional.dropout(inputs[0] @ weights[0])], {}


def gradient_of_noisy(chunk_size):
    torch.manual_seed(0)
    weight = torch.eye(4, requires_grad=True)
    (outputs,), _ = chunked_call(noisy, [weight], [], [ROWS], chunk_size)
    drawn = torch.rand(())
    outputs.sum().backward()
    return outputs.detach(), weight.grad, drawn, torch.rand(())


def test_the_way_back_draws_what_the_first_call_drew():
    outputs, gradient, _, _ = gradient_of_noisy(2)
    # Half of the entries of x W are kept and doubled, and W is the identity.
    masks = 2.0 * (outputs != 0)
    torch.testing.assert_close(gradient, ROWS.T @ masks)


def test_the_generator_goes_on_as_without_a_way_back():
    _, _, drawn, later = gradient_of_noisy(2)
    torch.manual_seed(0)
    for _ in range(3):
        torch.nn.functional.dropout(torch.ones(2, 4))
    assert drawn == torch.rand(()) and later == torch.rand(())


def test_the_way_back_casts_as_the_first_call_did():
    seen = []

    def call(weights, state, inputs):
        outputs = inputs[0] @ weights[0]
        seen.append(outputs.dtype)
        return [outputs], {}

    weight = torch.eye(4, requires_grad=True)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        (outputs,), _ = chunked_call(call, [weight], [], [torch.ones(2, 4)], 1)
    outputs.float().sum().backward()
    assert seen == [torch.bfloat16] * 4


def test_its_gradient_has_no_gradient():
    weight = torch.eye(4, requires_grad=True)
    (outputs,), _ = chunked_call(noisy, [weight], [], [torch.ones(2, 4)], 1)
    (gradient,) = torch.autograd.grad(
        (outputs**2).sum(), weight, create_graph=True
    )
    with pytest.raises(RuntimeError, match="once_differentiable"):
        gradient.sum().backward()
