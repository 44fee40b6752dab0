"""How far the county estimate can be trusted: placebo years, single counties, balance, the unseen.

Modules: ``county`` (what is probed), ``placebo`` (other years on the same map of machines),
``balance`` (overlap weights, one county less), ``hidden`` (a confounder nobody measured), ``near``
(are neighbours alike), ``randomization`` (machines reassigned at random), ``power`` (what a
comparison could have seen, and an error that only DRE ballots suffer), ``rows`` (what is published).
"""
