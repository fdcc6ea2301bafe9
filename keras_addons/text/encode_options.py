"""Options that MTEB and sentence-transformers pass to `encode`."""

# Options that do not change a vector here.
IGNORED = ("task_name", "task_metadata", "hf_split", "hf_subset", "prompt_type")
# Options that would change a vector, with the only supported value.
SUPPORTED = {
    "prompt": None,
    "prompt_name": None,
    "convert_to_numpy": True,
    "convert_to_tensor": False,
    "output_value": "sentence_embedding",
    "precision": "float32",
}


def check_options(options):
    """Raises an error for an option that the encoder does not support."""
    for name, value in options.items():
        if name in SUPPORTED and value != SUPPORTED[name]:
            raise ValueError(
                f"`{name}` must be {SUPPORTED[name]!r}. Received: {value!r}"
            )
        if name not in SUPPORTED and name not in IGNORED:
            raise TypeError(f"encode() has no argument `{name}`.")
