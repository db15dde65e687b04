"""Ten works and the import, timed for chainrule and its peers side by side.

``python -m benchmarks --help``. A work (``w5_lenet.py``) says once what is computed, and then how
each peer computes it: a function with the peer's name takes the data and gives ``(step, answer)``,
where ``step()`` does the timed work once and ``answer()`` gives the arrays that are checked. To add
a peer, or another way to use one, add a row to ``peers.py`` and a function to the works.
"""
