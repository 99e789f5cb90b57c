"""Small tables in the shapes that people have, from `init` to `predict`; a module for each kind.

`python -m benchmarks.tables [WORDS]`: all, or those whose kind or name holds one of the words. A
module of this folder with a list CASES takes part.
"""
