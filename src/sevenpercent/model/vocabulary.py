"""Every word for a setting, once: what a scenario calls its outcomes, covariates, definitions.

A sentence takes its words from the setting that was used, so that another setting changes code and
words together. Words are for the middle of a sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from sevenpercent.errors import demand
from sevenpercent.model import terms
from sevenpercent.model.scenario import NATION, Said, Scenario
from sevenpercent.model.terms import COVARIATES, OUTCOMES, Controls, Covariate, Definition, Outcome
from sevenpercent.model.words import and_list, in_points


class Vocabulary:
    """Words for the settings of one scenario.

    `shares`: gives the names of the definitions that are shares; asked when one is first needed.
    """

    def __init__(self, scenario: Scenario, shares: Callable[[], Collection[str]] = tuple) -> None:
        self._s, self._shares = scenario, shares

    def outcome(self, name: str) -> Outcome:
        """An outcome by its name in the scenario."""
        demand(name, OUTCOMES, "unknown outcome")
        s, harmed, year = self._s, self._s.parties.harmed, self._s.prior_year
        office = s.designs.other_office if s.designs is not None else ""
        who, two, every = harmed.candidate, "share of the two-party vote", "share of all votes"
        votes, since = f"{who}'s number of votes", f"the change since {year} in {who}'s"
        other = (
            f"{harmed.adjective} candidate for {office or 'the other office'} on the same ballots"
        )
        before, brief = f"{harmed.prior_candidate}'s in {year}", terms.BRIEF[name]
        words, short = {
            "level_two_party": (f"{who}'s {two}", two),
            "level_share_all": (f"{who}'s {every}", every),
            "change_two_party": (f"{since} {two}", f"change in the {two}"),
            "change_share_all": (f"{since} {every}", f"change in the {every}"),
            "log_votes": (f"{votes} (logarithm)", "votes (logarithm)"),
            "log_ratio": (
                f"{votes} compared with {before} (logarithm)",
                f"votes compared with {year} (logarithm)",
            ),
            "level_log_share": (f"{who}'s {every} (logarithm)", f"{every} (logarithm)"),
            "same_ballots": (f"{who}'s {two} minus that of the {other}", brief),
            "same_ballots_share_all": (f"{who}'s {every} minus that of the {other}", brief),
            "same_ballots_log": (f"{votes} compared with that of the {other} (logarithm)", brief),
        }[name]
        change = name.startswith("change") or name == "log_ratio"
        unit = "log points" if "log" in name else "points"
        return Outcome(name, OUTCOMES[name], words, short, unit, change, brief)

    def counterpart(self, name: str) -> Outcome:
        """For a level the change of the same, for a change the level.

        Where the earlier votes are for another office there is no change: another level.
        """
        if self._s.prior_office:
            levels = "level_share_all", "level_two_party"
            return self.outcome(next(level for level in levels if level != name))
        # Of two levels with the same change, the first is the plain one.
        back = {change: level for level, change in reversed(terms.COUNTERPARTS.items())}
        return self.outcome((back | terms.COUNTERPARTS)[name])

    @property
    def claim(self) -> str:
        """The size that was claimed, with its unit: ``7 percent``, ``130,000 to 260,000 votes``."""
        claim = self._s.claim
        if claim.percent is None:
            return self._votes()
        if claim.unit == "percent":
            return f"{claim.percent:g} percent"
        of_all = " of all votes" if claim.unit == "points_all" else ""
        return f"{in_points(claim.percent)}{of_all}"

    @property
    def claimed_for(self) -> str:
        """The same with its direction: ``7 percent less for A. Bell``, ``8 points more for C. Dole``."""
        sides, gain = self._s.parties, self._s.claim.gain
        who = (sides.favoured if gain else sides.harmed).candidate
        return f"{self.claim} {'more' if gain else 'less'} for {who}"

    def _votes(self) -> str:
        claim = self._s.claim
        most = f" to {claim.votes_most:,}" if claim.votes_most else ""
        word = "vote" if claim.votes == 1 and not most else "votes"
        return f"{claim.votes or 0:,}{most} {word}"

    @property
    def deed(self) -> tuple[str, str, str]:
        """What machines may have done, without its end: ``give A. Bell 7 percent``, gave, given."""
        sides, verbs = self._s.parties, ("cost", "cost", "cost")
        who = sides.harmed.candidate
        if self._s.asks_any:
            if self._s.claim.gain:
                who = sides.favoured.candidate
                return f"help {who} at all", f"helped {who} at all", f"helped {who} at all"
            return f"do {who} any harm", f"did {who} any harm", f"done {who} any harm"
        if self._s.claim.gain:
            verbs, who = ("give", "gave", "given"), sides.favoured.candidate
        more = " more votes" if self._s.claim.gain and self._s.claim.unit == "percent" else ""
        do, did, done = (f"{verb} {who} {self.claim}{more}" for verb in verbs)
        return do, did, done

    @property
    def claimed(self) -> str:
        """The same with the votes and the margin that were named: ``…, as many as 30,000 votes``."""
        claim, said = self._s.claim, self.asserted
        if claim.votes and claim.unit != "votes":
            said += f", as many as {self._votes()}"
        if claim.margin:
            where = "an election" if self._s.focus == NATION else "a state"
            so = f"{'won' if claim.gain else 'lost'} by {claim.margin:,} as then counted"
            said += f", in {where} {so}"
        return said

    @property
    def asserted(self) -> str:
        """What was claimed, as a sentence without its end: ``A. Bell got 7 percent fewer votes``."""
        claim, sides = self._s.claim, self._s.parties
        who = (sides.favoured if claim.gain else sides.harmed).candidate
        if claim.unit == "votes":
            votes = self._votes()
            return f"{who} got {votes} too many" if claim.gain else f"{who} lost {votes}"
        if claim.unit == "percent":
            return f"{who} got {self.claim} {'more' if claim.gain else 'fewer'} votes"
        if claim.unit == "points_all":
            points = self.claim.removesuffix(" of all votes")
            return f"{who}'s share of all votes was {points} {'higher' if claim.gain else 'lower'}"
        return f"{who} did {self.claim} {'better' if claim.gain else 'worse'}"

    @property
    def counted(self) -> str:
        """Which count is compared: ``canvass count``, ``recount``."""
        vintage = self._s.treatment.vintage
        return vintage if vintage == "recount" else f"{vintage.replace('_', ' ')} count"

    def covariates(self, columns: Sequence[str]) -> str:
        """What covariates stand for: ``race, education and density``."""
        return _joined([self._covariate(c).about for c in columns])

    def brief(self, columns: Sequence[str]) -> str:
        """Covariates where there is little room: ``Black and Hispanic``."""
        return _joined([self._covariate(c).brief or self._covariate(c).about for c in columns])

    def measures(self, columns: Sequence[str]) -> str:
        """How covariates are measured: ``the white share and median age``."""
        return _joined([self._covariate(c).words for c in columns])

    def controls(self, name: str) -> Controls:
        """A control set of the scenario."""
        known = self._s.controls
        demand(name, known, "unknown control set")
        columns = list(known[name])
        own = {c: self._s.covariates[c] for c in columns if c in self._s.covariates}
        late = _joined([c.words for c in own.values() if not c.year or c.year >= self._s.year])
        return Controls(name, columns, self.covariates(columns), self.measures(columns), late)

    def definition(self, name: str) -> Definition:
        """A definition of "electronic" by its name; as printed, where the list was corrected.

        Those of municipalities are known besides the scenario's.
        """
        readings = self._s.treatment.readings
        if name not in readings and name in terms.MUNICIPAL:
            return terms.MUNICIPAL[name]
        base, own, told = name.removesuffix(terms.PRINTED), name, ""
        if name not in readings and base in readings:
            own, told = base, ", as printed"
        demand(own, readings, "unknown definition")
        label, describes = readings[own].label + told, readings[own].describes + told
        words = (self._said(what, "" if told else name) for what in ("adjective", "electronic"))
        return Definition(name, label, describes, base in self._shares(), *words)

    # Words for everything that a book lists: meanings of one word, or different machines.

    def by(self, which: str, several: bool = False) -> str:
        """``by every definition of “electronic”``, ``with every kind of equipment``."""
        s = "s" * several
        meaning = f"by {which} definition{s} of “{self._said('adjective')}”"
        return self._either(f"with {which} kind{s} of equipment", meaning)

    @property
    def another(self) -> str:
        """``by another definition``, ``with other equipment``."""
        return self._either("with other equipment", "by another definition")

    @property
    def means(self) -> str:
        """Heading of what is listed: ``“electronic” means``."""
        return self._either("equipment", f"“{self._said('adjective')}” means")

    @property
    def listed(self) -> str:
        """The same as a kind of choice."""
        return self._either("equipment", "definition")

    @property
    def only(self) -> str:
        """``by every definition of “electronic”``, ``with ballot markers, and no other equipment``."""
        of = self._s.treatment
        if len(of.meanings()) == len(of.readings):
            return self.by("every")
        return f"with {self.definition(of.primary).machines}, and no other equipment"

    @property
    def with_any(self) -> str:
        """Places with any of it: ``electronic counties``."""
        return self._either("counties with the equipment", f"{self._said('adjective')} counties")

    @property
    def sides(self) -> tuple[str, str]:
        """Heads of what is told of each side: ``electronic``, ``paper``."""
        if self._s.treatment.several:
            return "with it", "others"
        return self._said("adjective"), self._said("contrast")

    @property
    def where(self) -> str:
        """``where electronic``, for an axis."""
        return self._either("where the equipment is", f"where {self._said('adjective')}")

    def minus(self, places: str = "") -> str:
        """Both sides of a difference: ``electronic minus paper counties``."""
        said = f"{self._said('adjective')} minus {self._said('contrast')} {places}".rstrip()
        return self._either(f"{places or 'places'} with the equipment minus the others", said)

    def _either(self, machines: str, meanings: str) -> str:
        return machines if self._s.treatment.several else meanings

    def _said(self, what: Said, name: str = "") -> str:
        return self._s.treatment.said(what, name)

    def choice(self, name: str) -> str:
        """What can be chosen in a grid, by its column: ``whether income is adjusted for``."""
        if name.startswith("with_"):
            return f"whether {self.covariates([name.removeprefix('with_')])} is adjusted for"
        if name == "treatment":
            return self._either("which equipment is compared", f"what {self.means}")
        return terms.CHOICES[name]

    def amount(self, name: str) -> str:
        """What is told in votes on the first page: ``claimed``, ``lead``, ``net``, ``gross``."""
        wrong = "too many" if self._s.claim.gain else "missing"
        said = "said" if self._s.claim.who else "supposed"
        return terms.IN_VOTES[name].format(wrong=wrong, said=said)

    @property
    def sample(self) -> str:
        """Which counties a grid of specifications is over, after their name; empty for all, or for several samples."""
        samples = list(self._s.multiverse.samples.values()) if self._s.multiverse else []
        return f" {samples[0].label}" if len(samples) == 1 and samples[0].column else ""

    def grid(self, place: str) -> str:
        """The places of a grid of specifications, for the beginning of a sentence."""
        towns = place.endswith("_municipalities")
        return "Over municipalities" if towns else f"Over counties{self.sample}"

    def errors(self, name: str, cluster: str = "state") -> str:
        """A kind of standard errors."""
        return terms.ERRORS[name].format(cluster=cluster)

    def weights(self, name: str) -> str:
        """A weighting."""
        return terms.WEIGHTS[name].format(prior=self._s.prior_year)

    def brief_weights(self, name: str) -> str:
        """The same where there is little room: ``votes in 2012``; ``none``."""
        return f"votes in {self._s.prior_year}" if name == "votes_prior" else name

    def _covariate(self, name: str) -> Covariate:
        if own := self._s.covariates.get(name):
            dated = own.year and str(own.year) not in own.words
            beside = [own.unit] * bool(own.unit) + [str(own.year)] * bool(dated)
            said = f" ({', '.join(beside)})" if beside else ""
            return Covariate(own.words, own.words + said, own.words)
        demand(name, COVARIATES, "unknown covariate")
        found = COVARIATES[name]
        prior = str(self._s.prior_year)
        told = [part.format(prior=prior) for part in (found.about, found.words, found.brief)]
        if (office := self._s.prior_office) and "{prior}" in found.about:
            told = [f"{told[0]} for {office}", *(f"{part} ({office})" for part in told[1:])]
        return Covariate(*told)


def _joined(words: list[str]) -> str:
    """Each word once, in order; nothing for none."""
    return and_list(list(dict.fromkeys(words))) if words else ""
