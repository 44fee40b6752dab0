"""Electoral arithmetic: who has a majority, who would have had it, and what it would have taken.

An election of electors has **three** outcomes: the harmed party wins, the favoured party wins, or
nobody has a majority of all electors and the House chooses, one vote for each state's delegation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations as choose
from itertools import product
from typing import Literal

import pandas as pd

from sevenpercent.errors import InputError, nearest
from sevenpercent.model.frames import require

Side = Literal["harmed", "favoured"]
Winner = Literal["harmed", "favoured", "nobody"]
Target = Literal["win", "deny"]

SIDES: tuple[Side, Side] = ("favoured", "harmed")

STAGES: dict[str, str] = {
    "pledged": "ev_{party}",
    "cast": "ev_{party}_cast",
    "reported": "ev_{party}_reported",
}
"""Columns of table ``states`` with each party's electoral votes: as won on election day, as the
electors cast them, and as the press had them when the claim appeared."""


@dataclass(frozen=True)
class Tally:
    """Electoral votes.

    Attributes
    ----------
    harmed, favoured : int
        Votes of either side.
    rest : int
        Votes of neither: for others or, as reported, not yet assigned.
    """

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

    Parameters
    ----------
    states : pandas.DataFrame
        Table ``states``: one row per state, ``state``, ``ev`` and the columns of :data:`STAGES`.
    stage : str
        ``pledged``, ``cast`` or ``reported``.
    harmed, favoured : str
        Parties.

    Raises
    ------
    InputError
        Unknown stage or column, a state that stands twice, or more votes than a state has.
    """
    return _total(_votes(states, stage, harmed, favoured).values())


def combinations(
    states: pd.DataFrame,
    contested: Sequence[str],
    *,
    faithless: Literal["none", "cast"] | Mapping[Side, int] = "none",
    delegations: pd.DataFrame | None = None,
    harmed: str = "dem",
    favoured: str = "rep",
) -> pd.DataFrame:
    """Every way in which the contested states can fall.

    Parameters
    ----------
    states : pandas.DataFrame
        Table ``states``.
    contested : sequence of str
        Postal codes; each goes whole to one side or the other.
    faithless : str or mapping
        ``none``: electors vote as pledged. ``cast``: they vote as they did, but the electors of a
        state that changes sides are other people and vote as pledged. A mapping gives how many
        electors pledged to either side vote for neither, in every combination.
    delegations : pandas.DataFrame, optional
        Table ``house_delegations``, to say whom the House would choose.
    harmed, favoured : str
        Parties.

    Returns
    -------
    pandas.DataFrame
        The election as it was first, then by states that change sides and their votes. One column
        per contested state (``harmed`` or ``favoured``), ``changed`` (postal codes of the states
        that change sides, joined by ``+``), ``harmed``, ``favoured``, ``rest``, ``majority``,
        ``outcome`` (``harmed``, ``favoured``, ``nobody``), ``shortfall_harmed``,
        ``shortfall_favoured``, ``house`` (whom the House chooses, ``nobody`` when no side has
        enough delegations, empty when it is not asked) and ``president``: that or the outcome.

    Raises
    ------
    InputError
        Unknown state, a state twice, a state that divided its votes by district, or more
        faithless electors than are pledged to that side in some combination.
    """
    pledged = _votes(states, "pledged", harmed, favoured)
    cast = _votes(states, "cast", harmed, favoured) if faithless == "cast" else pledged
    if isinstance(faithless, str):
        if faithless not in ("none", "cast"):
            raise InputError(
                "Unknown rule for faithless electors",
                value=faithless,
                fix=nearest(faithless, ("none", "cast")),
            )
        own: Mapping[Side, int] = {}
    else:
        own = faithless
    _whole(pledged, contested)
    was: dict[str, Side] = {s: "harmed" if pledged[s].harmed else "favoured" for s in contested}
    chosen = None if delegations is None else house_vote(delegations, harmed, favoured).winner
    rows = []
    for sides in product(SIDES, repeat=len(contested)):
        now = dict(zip(contested, sides, strict=True))
        changed = [s for s in contested if now[s] != was[s]]
        flipped = {s: _all_to(now[s], pledged[s].total) for s in changed}
        count = _defect(_total({**cast, **flipped}.values()), own)
        house = "" if count.outcome != "nobody" or chosen is None else chosen
        row = {
            **now,
            "changed": "+".join(changed),
            "harmed": count.harmed,
            "favoured": count.favoured,
            "rest": count.rest,
            "majority": count.majority,
            "outcome": count.outcome,
            "shortfall_harmed": count.shortfall("harmed"),
            "shortfall_favoured": count.shortfall("favoured"),
            "house": house,
            "president": house or count.outcome,
        }
        rows.append((len(changed), sum(v.total for v in flipped.values()), row))
    return pd.DataFrame([row for _, _, row in sorted(rows, key=lambda entry: entry[:2])])


@dataclass(frozen=True)
class HouseVote:
    """How the House would choose a President, one vote for each state.

    Attributes
    ----------
    harmed, favoured : int
        Delegations with more members of that side than of the other.
    divided : int
        Delegations with as many of one as of the other: they have no vote.
    needed : int
        Delegations that elect: more than half of all, divided or not.
    winner : str
        ``harmed``, ``favoured`` or ``nobody``.
    """

    harmed: int
    favoured: int
    divided: int
    needed: int
    winner: Winner


def house_vote(delegations: pd.DataFrame, harmed: str = "dem", favoured: str = "rep") -> HouseVote:
    """Count state delegations by the majority of their members (Twelfth Amendment).

    Parameters
    ----------
    delegations : pandas.DataFrame
        Table ``house_delegations``: one row per state, members of each party.

    Raises
    ------
    InputError
        Missing column or a state that stands twice.
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


@dataclass(frozen=True)
class Flip:
    """Votes that would change the winner of one race.

    Attributes
    ----------
    margin : int
        Winner minus runner-up.
    switched : int
        Votes that had to go from the winner to the runner-up, who then leads by one or two: half
        the margin, rounded down, plus one.
    added : int
        Votes that the runner-up would need on top (or the winner be without): the margin plus one.
    """

    margin: int
    switched: int
    added: int


def votes_to_flip(winner: int, runner_up: int) -> Flip:
    """Votes that would put the runner-up ahead.

    Raises
    ------
    InputError
        The runner-up has more votes than the winner.
    """
    margin = winner - runner_up
    if margin < 0:
        raise InputError("The runner-up has more votes than the winner", value=runner_up)
    return Flip(margin, margin // 2 + 1, margin + 1)


def state_flips(
    states: pd.DataFrame, *, harmed: str = "dem", favoured: str = "rep"
) -> pd.DataFrame:
    """What it would take, state by state, to take it from the favoured party.

    Returns
    -------
    pandas.DataFrame
        One row per state whose electors are all pledged to the favoured party, by ``switched``:
        ``state``, ``ev``, ``margin`` (votes; **positive** = the favoured party leads),
        ``margin_share`` (of all votes), ``switched`` and ``added`` (see :class:`Flip`). States
        that divided their votes by district are left out.
    """
    require(states, [harmed, favoured, "total"])
    pledged = _votes(states, "pledged", harmed, favoured)
    rows = []
    for state, ours, theirs, total in zip(
        states["state"],
        states[harmed].astype(int),
        states[favoured].astype(int),
        states["total"].astype(int),
        strict=True,
    ):
        if pledged[state].favoured < pledged[state].total:
            continue
        flip = votes_to_flip(theirs, ours)
        rows.append(
            {
                "state": state,
                "ev": pledged[state].total,
                "margin": flip.margin,
                "margin_share": flip.margin / total,
                "switched": flip.switched,
                "added": flip.added,
            }
        )
    columns = ["state", "ev", "margin", "margin_share", "switched", "added"]
    return pd.DataFrame(rows, columns=columns).sort_values(["switched", "state"], ignore_index=True)


@dataclass(frozen=True)
class FlipSet:
    """States that together would have changed the outcome.

    Attributes
    ----------
    states : tuple of str
        Postal codes, the closest first.
    ev : int
        Their electoral votes.
    switched, added : int
        Votes it would take in all of them together; see :class:`Flip`.
    """

    states: tuple[str, ...]
    ev: int
    switched: int
    added: int


def smallest_flips(
    states: pd.DataFrame,
    target: Target = "win",
    by: Literal["votes", "states"] = "votes",
    *,
    among: Iterable[str] | None = None,
    harmed: str = "dem",
    favoured: str = "rep",
) -> FlipSet | None:
    """Smallest set of states whose change would have given another outcome, by exact search.

    Parameters
    ----------
    states : pandas.DataFrame
        Table ``states``.
    target : str
        ``win``: the harmed party gets a majority. ``deny``: the favoured party loses its own.
    by : str
        ``votes``: fewest switched votes. ``states``: fewest states and, of those, fewest votes.
    among : iterable of str, optional
        Only these states may change.
    harmed, favoured : str
        Parties.

    Returns
    -------
    FlipSet or None
        Empty when the target is met already, None when no set meets it.

    Raises
    ------
    InputError
        Unknown target, measure or state.
    """
    if by not in ("votes", "states"):
        raise InputError("Unknown measure", value=by, fix=nearest(by, ("votes", "states")))
    need = _needed(states, target, harmed, favoured)
    pool = _pool(states, among, harmed, favoured)
    # best[ev, states] is the cheapest set with that many votes (capped at the need) and states.
    best: dict[tuple[int, int], tuple[int, tuple[int, ...]]] = {(0, 0): (0, ())}
    for i, (votes, switched) in enumerate(zip(pool["ev"], pool["switched"], strict=True)):
        for (ev, count), (cost, members) in list(best.items()):
            key = (min(need, ev + int(votes)), count + 1)
            offer = (cost + int(switched), (*members, i))
            if key not in best or offer < best[key]:
                best[key] = offer
    reached = [(count, *found) for (ev, count), found in best.items() if ev >= need]
    if not reached:
        return None
    members = min(reached, key=lambda r: r if by == "states" else (r[1], r[0], r[2]))[2]
    return _flip_set(pool.iloc[list(members)])


def minimal_flips(
    states: pd.DataFrame,
    contested: Sequence[str],
    target: Target = "win",
    *,
    harmed: str = "dem",
    favoured: str = "rep",
) -> list[FlipSet]:
    """All sets of contested states that meet the target and of which none can be left out.

    Arguments as in :func:`smallest_flips`; ordered by number of states, then switched votes.
    """
    need = _needed(states, target, harmed, favoured)
    pool = _pool(states, contested, harmed, favoured)
    found: list[FlipSet] = []
    for size in range(len(pool) + 1):
        enough = [
            _flip_set(pool.iloc[list(members)])
            for members in choose(range(len(pool)), size)
            if pool["ev"].iloc[list(members)].sum() >= need
        ]
        smaller = [set(other.states) for other in found]
        new = [s for s in enough if not any(other <= set(s.states) for other in smaller)]
        found.extend(sorted(new, key=lambda s: s.switched))
    return found


def _needed(states: pd.DataFrame, target: Target, harmed: str, favoured: str) -> int:
    count = tally(states, harmed=harmed, favoured=favoured)
    if target == "win":
        return count.shortfall("harmed")
    if target == "deny":
        return max(0, count.favoured - count.majority + 1)
    raise InputError("Unknown target", value=target, fix=nearest(target, ("win", "deny")))


def _pool(
    states: pd.DataFrame, among: Iterable[str] | None, harmed: str, favoured: str
) -> pd.DataFrame:
    pool = state_flips(states, harmed=harmed, favoured=favoured)
    if among is None:
        return pool
    wanted = list(among)
    _whole(_votes(states, "pledged", harmed, favoured), wanted)
    return pool[pool["state"].isin(wanted)].reset_index(drop=True)


def _flip_set(rows: pd.DataFrame) -> FlipSet:
    return FlipSet(
        tuple(rows["state"]),
        int(rows["ev"].sum()),
        int(rows["switched"].sum()),
        int(rows["added"].sum()),
    )


def _votes(states: pd.DataFrame, stage: str, harmed: str, favoured: str) -> dict[str, Tally]:
    """Electoral votes of each state."""
    if stage not in STAGES:
        raise InputError("Unknown stage of the count", value=stage, fix=nearest(stage, STAGES))
    ours, theirs = (STAGES[stage].format(party=p) for p in (harmed, favoured))
    require(states, ["state", "ev", ours, theirs])
    _once(states)
    out = {}
    for state, ev, own, other in zip(
        states["state"],
        states["ev"].astype(int),
        states[ours].astype(int),
        states[theirs].astype(int),
        strict=True,
    ):
        out[state] = Tally(own, other, ev - own - other)
        if min(own, other, ev - own - other) < 0:
            raise InputError(
                f"{state} gives its {ev} electoral votes as {own} and {other}", column=ours
            )
    return out


def _total(votes: Iterable[Tally]) -> Tally:
    every = list(votes)
    return Tally(
        sum(v.harmed for v in every), sum(v.favoured for v in every), sum(v.rest for v in every)
    )


def _all_to(side: Side, votes: int) -> Tally:
    return Tally(votes, 0, 0) if side == "harmed" else Tally(0, votes, 0)


def _whole(pledged: Mapping[str, Tally], contested: Sequence[str]) -> None:
    if len(set(contested)) < len(contested):
        raise InputError("A contested state stands twice", value=", ".join(contested))
    for state in contested:
        if state not in pledged:
            raise InputError("Unknown state", value=state, fix=nearest(state, pledged))
        votes = pledged[state]
        if max(votes.harmed, votes.favoured) < votes.total:
            raise InputError(
                "The state divided its electoral votes, so it cannot go whole to either side",
                value=state,
                fix="Leave it out of the contested states.",
            )


def _defect(votes: Tally, own: Mapping[Side, int]) -> Tally:
    for side, defecting in own.items():
        if side not in SIDES:
            raise InputError("Unknown side", value=side, fix=nearest(side, SIDES))
        pledged = votes.harmed if side == "harmed" else votes.favoured
        if not 0 <= defecting <= pledged:
            raise InputError(
                f"Between 0 and {pledged} electors pledged to the {side} side can defect",
                value=defecting,
            )
    ours, theirs = own.get("harmed", 0), own.get("favoured", 0)
    return Tally(votes.harmed - ours, votes.favoured - theirs, votes.rest + ours + theirs)


def _once(table: pd.DataFrame) -> None:
    twice = table["state"][table["state"].duplicated()]
    if not twice.empty:
        raise InputError("A state stands twice", column="state", value=twice.iloc[0])
