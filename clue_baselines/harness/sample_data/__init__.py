"""Small Chinese data sets, generated, for runs without downloads.

They have the files' form and nothing of their difficulty: a score on them
says that the program works, not how good a model is.
"""
