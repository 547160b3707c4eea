"""The amounts of a run."""

import dataclasses


# What the processor alone decides is measured in so many times as many, and shorter turns: on a shared machine the speed
# of memory and cores changes within seconds, and long turns meet different weather.
SHORT_TURNS = 5


@dataclasses.dataclass(frozen=True)
class Plan:
    """How long, how often, and how much."""

    names: list
    needs: set
    rounds: int = 3
    seconds: int = 10
    probe_seconds: int = 3
    posts: int = 1_000_000
    members: int = 10_000
    accounts: int = 1_000_000
    documents: int = 1_000_000
    pictures: int = 12
    jobs: int = 20_000
    crowd_members: int = 100_000
    crowd_posts: int = 1_000_000
    crowd_votes: int = 10_000_000
    voters: int = 1_000
    idle_seconds: int = 60


# For trying a change out; the figures mean little.
QUICK = {
    "seconds": 2, "probe_seconds": 1, "posts": 100_000, "accounts": 100_000, "documents": 100_000, "pictures": 4,
    "jobs": 4_000, "idle_seconds": 5, "crowd_members": 2_000, "crowd_posts": 20_000, "crowd_votes": 200_000, "voters": 100,
}
