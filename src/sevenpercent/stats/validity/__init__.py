"""Whether the designs and the verdict rule do what they say, on elections whose truth is known.

Modules: ``linear`` (a design as fixed sums of its outcomes), ``field`` (errors that cluster on the
map), ``flips`` (errors whose sign is drawn by cluster), ``planted`` (harm of a known size),
``paper`` (the recount under such harm), ``score`` (how often a test or interval is right),
``asked`` (the verdict rule, draw by draw).
"""
