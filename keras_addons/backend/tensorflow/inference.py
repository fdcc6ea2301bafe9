"""TensorFlow: prediction by one graph for all shapes."""


def recompiles_on_new_shape():
    return False


def predictor(model):
    model.jit_compile = False  # XLA would compile for each sequence length
    return model.predict_on_batch


def predictor_of_steps(model):
    return model.predict_on_batch
