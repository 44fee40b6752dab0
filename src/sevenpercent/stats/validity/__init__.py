"""Whether the designs do what they say, on elections whose truth is known.

Modules: ``field`` (errors that cluster on the map, or change sign by cluster), ``trial`` (a design, ready
for thousands of outcomes), ``planted`` (where harm strikes), ``paper`` (the recount), ``elections`` (harms,
and what is drawn), ``score`` (how often a test or interval is right), ``judged`` (all as tidy frames).
"""
