"""Whether the designs and the verdict rule do what they say, on elections whose truth is known.

Modules: ``field`` (errors that cluster on the map), ``flips`` (errors whose sign is drawn by cluster),
``trial`` (a design, ready for thousands of outcomes), ``harms`` and ``planted`` (harm of a known size,
and where it strikes), ``paper`` (the recount under such harm), ``elections`` (what is drawn),
``asked`` (the verdict rule, draw by draw), ``score`` (how often a test or interval is right), ``judged``
(all of it as tidy frames).
"""
