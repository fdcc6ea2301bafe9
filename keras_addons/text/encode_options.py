"""What other encoders are told besides the sentences."""

# What MTEB and sentence-transformers say besides the sentences. The first
# do not change a vector here; the others would, and have one value we obey.
IGNORED = ("task_name", "task_metadata", "hf_split", "hf_subset", "prompt_type")
OBEYED = {
    "prompt": None,
    "prompt_name": None,
    "convert_to_numpy": True,
    "convert_to_tensor": False,
    "output_value": "sentence_embedding",
    "precision": "float32",
}


def check_options(options):
    """Raises where an option asks for what an encoder cannot do."""
    for name, value in options.items():
        if name in OBEYED and value != OBEYED[name]:
            raise ValueError(
                f"`{name}` must be {OBEYED[name]!r}. Received: {value!r}"
            )
        if name not in OBEYED and name not in IGNORED:
            raise TypeError(f"encode() knows no argument `{name}`.")
