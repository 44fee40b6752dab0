"""Whether the designs do what they say, on elections whose truth is known.

Modules: ``field`` (errors that cluster on the map), ``flips`` (errors whose sign is drawn by cluster),
``trial`` (a design, ready for thousands of outcomes), ``harms`` and ``planted`` (harm of a known size,
and where it strikes), ``paper`` (the recount), ``elections`` (what is drawn), ``score`` (how often a test
or interval is right), ``judged`` (all of it as tidy frames).
"""
