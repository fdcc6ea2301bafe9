"""LengthBatches: the rows without padding, the plan, and the batches."""
