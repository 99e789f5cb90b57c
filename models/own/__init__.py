"""A network of the user's own: found by its name, and trained and scored as dropsearch's is.

`named.network_class`, `network.OwnNetwork`; `kept`: what a model folder holds of one.
"""
