"""torch: updates of variables; steps are not compiled."""

import torch


def conditional_update(condition, update, variables, arguments=()):
    with torch.no_grad():
        if condition:
            update(*arguments)


def after_update(tensor, variable):
    return tensor


def is_compiling(variable):
    return torch.compiler.is_compiling()


def unlikely_update(condition, update, variables):
    conditional_update(condition, update, variables)


def assign_all(variables, values):
    for variable, value in zip(variables, values):
        variable.assign(value)


def update_outside_step(update, variables):
    with torch.no_grad():
        update()


def seed_native_generator(seed):
    torch.manual_seed(seed)
