"""How far the county estimate can be trusted: placebo years, single counties, balance, the unseen.

Modules: ``county`` (what is probed), ``arrays`` (rows of a model), ``placebo`` (other years on the
same map of machines), ``leave_out`` (one county less), ``balance`` (overlap weights),
``hidden`` (a confounder nobody measured), ``residuals`` (are neighbours alike),
``randomization`` (machines reassigned at random), ``power`` (what a comparison could have seen),
``per_ballot`` (an error that only DRE ballots suffer), ``rows`` (what of it is published).
"""
