"""Language-model head and its losses."""
