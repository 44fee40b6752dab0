"""The terms of a comparison, each with its words: covariates, outcomes, weights, errors, definitions.

Words are for the middle of a sentence; :mod:`sevenpercent.model.vocabulary` says them for the
settings of one scenario.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Covariate:
    """A trait of places that a comparison adjusts for.

    `about`: the thing it stands for, as a newspaper says it (``race``); `words`: what it measures
    (``the non-Hispanic white share``); ``{prior}`` is the earlier election; `brief`: the same where
    there is little room; `about` when empty.
    """

    about: str
    words: str
    brief: str = ""


COVARIATES: dict[str, Covariate] = {
    "white_nh": Covariate("race", "the non-Hispanic white share", "non-Hispanic white"),
    "white": Covariate("race", "the white share", "white"),
    "nonwhite": Covariate("race", "the non-white share", "non-white"),
    "black": Covariate("race", "the Black share", "Black"),
    "hispanic": Covariate("race", "the Hispanic share", "Hispanic"),
    "college": Covariate("education", "the share with a college degree", "college degree"),
    "white_noncollege": Covariate(
        "race and education", "the share of whites without a college degree"
    ),
    "income": Covariate("income", "income"),
    "age": Covariate("age", "median age", "median age"),
    "age_65_over": Covariate("age", "the share aged 65 and over", "aged 65 and over"),
    "age_under_30": Covariate("age", "the share under 30", "aged under 30"),
    "unemployment": Covariate("unemployment", "the unemployment rate"),
    "rural": Covariate("how rural places are", "the rural share"),
    "density": Covariate("density", "people per square kilometre"),
    "log_density": Covariate("density", "people per square kilometre (logarithm)"),
    "population": Covariate("population", "population"),
    "log_population": Covariate("population", "population (logarithm)"),
    "log_votes_prior": Covariate(
        "the number of voters", "votes cast in {prior} (logarithm)", "votes in {prior}"
    ),
    "log_votes_prior_all": Covariate(
        "the number of voters", "votes cast in {prior} (logarithm)", "votes in {prior}"
    ),
    "two_party_prior": Covariate(
        "the {prior} vote", "the two-party share of {prior}", "share in {prior}"
    ),
    "town": Covariate("the kind of municipality", "whether it is a town", "town or not"),
}

ERRORS: dict[str, str] = {
    "classical": "classical standard errors",
    "hc1": "robust standard errors (HC1)",
    "hc2": "robust standard errors (HC2)",
    "hc2_bm": "robust standard errors (HC2 with Bell and McCaffrey's degrees of freedom)",
    "hc3": "robust standard errors (HC3)",
    "cr1": "standard errors clustered by {cluster} (CR1)",
    "cr3": "standard errors clustered by {cluster} (CR3, the jackknife)",
}

IN_VOTES: dict[str, str] = {
    "claimed": "votes that may be {wrong}, it was {said}, at most",
    "lead": "lead of the winner",
    "net": "change of the lead in the recount",
    "gross": "all corrections of the recount: every candidate, both directions",
}

WEIGHTS: dict[str, str] = {
    "none": "every place counting the same",
    "votes": "places weighted by the votes cast",
    "votes_prior": "places weighted by the votes cast in {prior}",
    "population": "places weighted by population",
}

OUTCOMES: dict[str, str] = {
    "level_two_party": "two_party",
    "level_share_all": "share_all",
    "change_two_party": "change_two_party",
    "change_share_all": "change_share_all",
    "log_votes": "log_votes",
    "log_ratio": "log_ratio_change",
    "level_log_share": "log_share",
    "same_ballots": "same_ballots",
    "same_ballots_share_all": "same_ballots_share_all",
    "same_ballots_log": "same_ballots_log",
}
"""Column of an analysis frame behind each outcome; the last three are of municipalities."""

BRIEF: dict[str, str] = {
    "level_two_party": "level, two-party share",
    "level_share_all": "level, share of all votes",
    "change_two_party": "change, two-party share",
    "change_share_all": "change, share of all votes",
    "log_votes": "number of votes",
    "log_ratio": "change, number of votes",
    "level_log_share": "share of all votes, in percent of it",
    "same_ballots": "same ballots, two-party share",
    "same_ballots_share_all": "same ballots, share of all",
    "same_ballots_log": "same ballots, number of votes",
}
"""Outcomes where there is little room."""


CHOICES: dict[str, str] = {
    "outcome": "which outcome is compared",
    "race": "how race is measured",
    "education": "how education is measured",
    "weights": "how places are weighted",
    "sample": "which places are compared",
    "effects": "whether places are compared within counties only",
}
"""What can be chosen in a grid of specifications."""

COUNTERPARTS: dict[str, str] = {
    "level_two_party": "change_two_party",
    "level_share_all": "change_share_all",
    "log_votes": "log_ratio",
    "level_log_share": "change_share_all",
}
"""Level -> the change of the same."""

AMOUNTS: dict[str, str] = {
    "points_two_party": "points of the two-party share",
    "points_all": "points of all votes",
    "log_points": "log points of the candidate's votes",
    "percent_of_counted": "percent of the votes counted",
    "percent_of_true": "percent of the votes there should have been",
}
"""What a claimed number may be a measure of."""


@dataclass(frozen=True)
class Outcome:
    """What is compared between places.

    `name`, `column`: in the scenario, and in an analysis frame; `words`: ``the change since 2000 in
    A. Bell's share of the two-party vote``; `short`: for a table (``change in the two-party share``);
    `brief`: where there is still less room (``change, two-party share``); `unit`: ``points`` or ``log
    points`` (near percent while small); `change`: whether an earlier election is subtracted.
    """

    name: str
    column: str
    words: str
    short: str
    unit: str
    change: bool
    brief: str = ""

    def __str__(self) -> str:
        return self.words


@dataclass(frozen=True)
class Controls:
    """A set of covariates that a comparison adjusts for.

    `name`: in the scenario; ``none`` for no covariate; `columns`: in an analysis frame; `words`:
    what they stand for (``race and education``); `measures`: how that is measured, one by one;
    `late`: those of a book's own columns that are not known to be older than the votes.
    """

    name: str
    columns: list[str] = field(default_factory=list)
    words: str = ""
    measures: str = ""
    late: str = ""

    def __str__(self) -> str:
        return self.words


@dataclass(frozen=True)
class Definition:
    """One meaning of "electronic".

    `name`: in the scenario, and the column of an analysis frame; `label`: for a table; `words`:
    what it compares (``counties where DREs cast at least 30 % of the ballots``); `share`: whether
    it is a share, from none to all, and not yes or no; `adjective`: what stands before "counties";
    `machines`: what those have.
    """

    name: str
    label: str
    words: str
    share: bool = False
    adjective: str = ""
    machines: str = ""

    @property
    def where(self) -> str:
        """End of a comparison: ``X was lower {where}``."""
        if self.share:
            return f"where {self.words} is 100 % than where it is zero"
        return f"in {self.words} than in the others"

    @property
    def there(self) -> str:
        """Place of what was electronic: ``X had 5 votes {there}``."""
        each = "all counties, each weighted by " if self.share else ""
        return f"in {each}{self.words}"

    @property
    def counties(self) -> str:
        """The counties with any electronic voting."""
        return f"counties where {self.words} is above zero" if self.share else self.words

    @property
    def against(self) -> str:
        """The comparison itself: ``counties with any DRE, against the others``."""
        return f"{self.words}, {'from none to all' if self.share else 'against the others'}"

    def __str__(self) -> str:
        return self.words


PRINTED = "_printed"
"""Ending of the name of a definition by its list as printed, where that was corrected."""

MUNICIPAL: dict[str, Definition] = {
    "dose": Definition(
        "dose", "DRE share of ballots", "the share of ballots cast on DREs", share=True
    ),
    "own": Definition("own", "a DRE owned, used or not", "municipalities that own a DRE"),
}
"""Definitions that a table of municipalities brings itself."""
