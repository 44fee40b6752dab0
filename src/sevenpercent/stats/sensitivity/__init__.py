"""How far the county estimate can be trusted: placebo years, single counties, balance, the unseen.

Modules: ``arrays`` (rows of a model), ``placebo`` (other years on the same map of machines),
``leave_out`` (one or two counties less), ``balance`` (overlap weights, entropy balancing),
``hidden`` (a confounder nobody measured), ``residuals`` (are neighbours alike), ``randomization``
(machines dealt out anew), ``power`` (what a design could have seen), ``per_ballot`` (an error that
only DRE ballots suffer).
"""
