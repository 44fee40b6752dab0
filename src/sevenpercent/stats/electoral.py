"""Electoral arithmetic: who has a majority, who would have had it, and what it would have taken.

An election of electors has **three** outcomes: the harmed party wins, the favoured party wins, or
nobody has a majority of all electors and the House chooses, one vote for each state's delegation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal, NamedTuple

import pandas as pd

from sevenpercent.errors import InputError, demand
from sevenpercent.model.frames import require

Side = Literal["harmed", "favoured"]
Winner = Literal["harmed", "favoured", "nobody"]
Target = Literal["win", "deny"]

SIDES: tuple[Side, Side] = ("favoured", "harmed")

STAGES: dict[str, str] = {
    "reported": "ev_{party}_reported",
    "pledged": "ev_{party}",
    "cast": "ev_{party}_cast",
}
"""Columns of table ``states`` with each party's electoral votes: as the press had them when the claim
appeared, as won on election day, and as the electors cast them."""


@dataclass(frozen=True)
class Tally:
    """Electoral votes of either side, and the rest: for others or, as reported, not yet assigned."""

    harmed: int
    favoured: int
    rest: int

    @property
    def total(self) -> int:
        """All electoral votes."""
        return self.harmed + self.favoured + self.rest

    @property
    def majority(self) -> int:
        """Votes that elect a President: more than half of all."""
        return majority(self.total)

    @property
    def outcome(self) -> Winner:
        """Which side has a majority, or ``nobody``."""
        if self.harmed >= self.majority:
            return "harmed"
        return "favoured" if self.favoured >= self.majority else "nobody"

    def shortfall(self, side: Side = "harmed") -> int:
        """Votes that `side` lacks for a majority; 0 when it has one."""
        return max(0, self.majority - (self.harmed if side == "harmed" else self.favoured))


def majority(total: int) -> int:
    """Smallest number that is more than half of `total`."""
    return total // 2 + 1


def tally(
    states: pd.DataFrame, stage: str = "pledged", *, harmed: str = "dem", favoured: str = "rep"
) -> Tally:
    """Add up electoral votes.

    `states`: table ``states``: one row per state, ``state``, ``ev`` and the columns of
    :data:`STAGES`; `stage`: ``pledged``, ``cast`` or ``reported``. Raises InputError: unknown stage
    or column, a state that stands twice, or more votes than a state has.
    """
    return _total(_votes(states, stage, harmed, favoured).values())


def combinations(
    states: pd.DataFrame,
    contested: Sequence[str],
    *,
    cast: bool = False,
    unassigned: Sequence[str] = (),
    harmed: str = "dem",
    favoured: str = "rep",
) -> pd.DataFrame:
    """Every way in which the contested states can fall.

    Raises InputError: unknown state, a state twice, or a state that divided its votes by district.

    `states`: table ``states``. `contested`: postal codes; each goes whole to one side or the other.
    `cast`: electors vote as they did, not as pledged; but the electors of a state that changes
    sides are other people and vote as pledged. `unassigned`: those of the contested states that may
    also stay without a winner (``open``).

    Returns the election as it was first, then by states that change sides and their votes. One
    column per contested state (``harmed``, ``favoured`` or ``open``), ``changed`` (postal codes of
    the states that do not fall as they did, joined by ``+``), ``harmed``, ``favoured``, ``rest``
    and ``outcome`` (``harmed``, ``favoured``, ``nobody``).
    """
    pledged = _votes(states, "pledged", harmed, favoured)
    unchanged = _votes(states, "cast", harmed, favoured) if cast else pledged
    _whole(pledged, contested)
    was = {s: "harmed" if pledged[s].harmed else "favoured" for s in contested}
    rows = []
    fates = [(*SIDES, "open") if s in unassigned else SIDES for s in contested]
    for sides in product(*fates):
        now = dict(zip(contested, sides, strict=True))
        changed = [s for s in contested if now[s] != was[s]]
        flipped = {
            s: Tally(*(pledged[s].total * (now[s] == to) for to in ("harmed", "favoured", "open")))
            for s in changed
        }
        count = _total({**unchanged, **flipped}.values())
        row = {**now, "changed": "+".join(changed), **vars(count), "outcome": count.outcome}
        rows.append((len(changed), sum(v.total for v in flipped.values()), row))
    return pd.DataFrame([row for _, _, row in sorted(rows, key=lambda entry: entry[:2])])


class Outcomes(NamedTuple):
    """In how many combinations each side has a majority, or nobody."""

    n: int
    harmed: int
    favoured: int
    nobody: int


def outcomes(ways: pd.DataFrame) -> Outcomes:
    """Count the outcomes of :func:`combinations`."""
    ended = ways["outcome"]
    return Outcomes(len(ways), *(int((ended == w).sum()) for w in Outcomes._fields[1:]))


@dataclass(frozen=True)
class HouseVote:
    """How the House would choose a President, one vote for each state.

    `harmed`, `favoured`: delegations with more members of that side than of the other; `divided`:
    delegations with as many of one as of the other: they have no vote; `needed`: delegations that
    elect: more than half of all, divided or not; `winner`: ``harmed``, ``favoured`` or ``nobody``.
    """

    harmed: int
    favoured: int
    divided: int
    needed: int
    winner: Winner


def house_vote(delegations: pd.DataFrame, harmed: str = "dem", favoured: str = "rep") -> HouseVote:
    """Count state delegations by the majority of their members (Twelfth Amendment).

    `delegations`: table ``house_delegations``: one row per state, members of each party. Raises
    InputError: missing column or a state that stands twice.
    """
    require(delegations, ["state", harmed, favoured])
    _once(delegations)
    lead = delegations[harmed].astype(int) - delegations[favoured].astype(int)
    ours, theirs = int((lead > 0).sum()), int((lead < 0).sum())
    needed = majority(len(delegations))
    winner: Winner = "nobody"
    if max(ours, theirs) >= needed:
        winner = "harmed" if ours > theirs else "favoured"
    return HouseVote(ours, theirs, len(delegations) - ours - theirs, needed, winner)


def state_flips(
    states: pd.DataFrame, *, harmed: str = "dem", favoured: str = "rep"
) -> pd.DataFrame:
    """What it would take, state by state, to take it from the favoured party.

    Returns one row per state whose electors are all pledged to the favoured party, by ``switched``:
    ``state``, ``ev``, ``margin`` (votes; **positive** = the favoured party leads), ``margin_share``
    (of all votes) and ``switched``: votes that had to go from the winner to the runner-up, who then
    leads by one or two. States that divided their votes by district are left out.
    """
    require(states, [harmed, favoured, "total"])
    pledged = _votes(states, "pledged", harmed, favoured)
    own = states[[pledged[s].favoured == pledged[s].total for s in states["state"]]]
    margin = (own[favoured] - own[harmed]).astype(int)
    if (margin < 0).any():
        behind = own.loc[margin < 0, "state"].iloc[0]
        raise InputError("The runner-up has more votes than the winner", value=behind)
    made = own[["state"]].assign(
        ev=[pledged[state].total for state in own["state"]],
        margin=margin,
        margin_share=margin / own["total"].astype(int),
        switched=margin // 2 + 1,
    )
    return made.sort_values(["switched", "state"], ignore_index=True)


@dataclass(frozen=True)
class FlipSet:
    """States that together would have changed the outcome.

    `states`: the closest first; `switched`: votes it would take in all of them together.
    """

    states: tuple[str, ...]
    ev: int
    switched: int


def smallest_flips(
    states: pd.DataFrame, target: Target = "win", *, harmed: str = "dem", favoured: str = "rep"
) -> FlipSet | None:
    """Set of states with the fewest votes to switch for another outcome, by exact search.

    Returned empty when the target is met already, None when no set meets it. Raises InputError:
    unknown target.

    `states`: table ``states``. `target`: ``win``: the harmed party gets a majority. ``deny``: the
    favoured party loses its own.
    """
    now = tally(states, harmed=harmed, favoured=favoured)
    needs = {"win": now.shortfall("harmed"), "deny": max(0, now.favoured - now.majority + 1)}
    demand(target, needs, "Unknown target")
    need = needs[target]
    pool = state_flips(states, harmed=harmed, favoured=favoured)
    # best[ev] is the cheapest set with that many votes, capped at the need: votes, states, which.
    best: dict[int, tuple[int, int, tuple[int, ...]]] = {0: (0, 0, ())}
    for i, (votes, switched) in enumerate(zip(pool["ev"], pool["switched"], strict=True)):
        for ev, (cost, count, members) in list(best.items()):
            at = min(need, ev + int(votes))
            offer = (cost + int(switched), count + 1, (*members, i))
            best[at] = min(best.get(at, offer), offer)
    if need not in best:
        return None
    rows = pool.iloc[list(best[need][2])]
    return FlipSet(tuple(rows["state"]), int(rows["ev"].sum()), int(rows["switched"].sum()))


def margins(
    states: pd.DataFrame,
    votes: pd.DataFrame,
    contested: Sequence[str],
    *,
    harmed: str = "dem",
    favoured: str = "rep",
) -> pd.DataFrame:
    """Margins of the contested states in every count that covers the whole state.

    `states`: table ``states``, with the final count; `votes`: counties of the year: state, vintage,
    fips, a column a party, total; `contested`: postal codes. Returns ``state``, ``vintage``
    (``final``, then those of `votes`), ``margin`` (votes; **positive** = the favoured party leads),
    ``percent`` of all votes and ``switched``: votes that would have to go from the winner to the
    runner-up.
    """
    own = votes[votes["state"].isin(list(contested))]
    sums = own.groupby(["state", "vintage"], as_index=False).agg(
        {harmed: "sum", favoured: "sum", "total": "sum", "fips": "nunique"}
    )
    # A count that covers part of a state has no margin of the state.
    sums = sums[sums["fips"] == sums["state"].map(own.groupby("state")["fips"].nunique())]
    final = states.set_index("state").loc[list(contested)].reset_index().assign(vintage="final")
    columns = ["state", "vintage", harmed, favoured, "total"]
    out = pd.concat([final[columns], sums[columns]], ignore_index=True)
    margin = (out[favoured] - out[harmed]).astype(int)
    made = out[["state", "vintage"]].assign(margin=margin, percent=100 * margin / out["total"])
    return made.assign(switched=margin.abs() // 2 + 1)


def _votes(states: pd.DataFrame, stage: str, harmed: str, favoured: str) -> dict[str, Tally]:
    """Electoral votes of each state."""
    demand(stage, STAGES, "Unknown stage of the count")
    ours, theirs = (STAGES[stage].format(party=p) for p in (harmed, favoured))
    require(states, ["state", "ev", ours, theirs])
    _once(states)
    out = {}
    for state, counted in states.set_index("state")[["ev", ours, theirs]].iterrows():
        ev, own, other = (int(votes) for votes in counted)
        out[str(state)] = Tally(own, other, ev - own - other)
        if min(own, other, ev - own - other) < 0:
            raise InputError(
                f"{state} gives its {ev} electoral votes as {own} and {other}", column=ours
            )
    return out


def _total(votes: Iterable[Tally]) -> Tally:
    every = [(v.harmed, v.favoured, v.rest) for v in votes]
    return Tally(*map(sum, zip(*every, strict=True)))


def _whole(pledged: Mapping[str, Tally], contested: Sequence[str]) -> None:
    if len(set(contested)) < len(contested):
        raise InputError("A contested state stands twice", value=", ".join(contested))
    for state in contested:
        demand(state, pledged, "Unknown state")
        votes = pledged[state]
        if max(votes.harmed, votes.favoured) < votes.total:
            problem = "The state divided its electoral votes, so it cannot go whole to either side"
            raise InputError(problem, value=state, fix="Leave it out of the contested states.")


def _once(table: pd.DataFrame) -> None:
    twice = table["state"][table["state"].duplicated()]
    if not twice.empty:
        raise InputError("A state stands twice", column="state", value=twice.iloc[0])
