"""The table: to the screen, and into docs/benchmarks.md."""

import re

from machine import COMMIT, ROOT, facts
from plan import SHORT_TURNS

DOCUMENT = ROOT / "docs" / "benchmarks.md"
HEAD = """# Benchmarks

Written by `bin/bench`, which measures both sides in one run on one machine, in turns. Each figure is the median
of {rounds} rounds, or of {short} short ones for point reads, JSON and sign-ins. Ratios are ours to theirs; only they
mean something on another machine. Lines with another commit than the one below were kept from an earlier run.

{facts}

"""
NOTES = """
## How it is measured

- **PostgreSQL** is the private cluster of the Artel under measurement, with its own settings and fsync on. pgbench
  uses prepared statements on the same unix socket, at the number of clients at which it is fastest.
- **Point reads** are pgbench's own statement on pgbench's own table.
- **Durable inserts** are one row for each transaction. Afterwards the rows are counted: fewer than were
  acknowledged fail the run.
- **JSON** is asked for by wrk with the same number of connections, the same paths and the same bearer token. The
  peer in `Benchmarks/peers/fastapi` is FastAPI with SQLAlchemy 2 and asyncpg on uvicorn with two workers, uvloop,
  httptools and orjson. It runs the same statements, checks the same ES256 token and remembers it as Artel
  does, and its pool never grows under load. Neither side writes an access log. Before the first round both
  answers are compared, and any answer but 200 fails the run.
- **The deep page** is reached by reading the whole feed page by page, checking that every post comes once.
- **Thumbnails** are all sizes of the same generated photographs. vipsthumbnail starts once for each size.
- **Event lag** is from beginning the transaction that publishes an event until the transaction in which a consumer
  stores its effect is committed. The events come at their times whether earlier ones are through or not.
- **Sign-ins** are `POST /api/sessions` of sixteen members: argon2id, the session, its refresh token and its entry in
  the system log. The peer checks the same password again and again in as many threads as there are cores, which is
  all that bounds it.
- **Lists** are those of the crowd of `artel demo --scale`, as people with the most of everything see them. The figure is
  what `pg_stat_statements` counts for all statements of a page of 20, the first one or one up to 10,000 rows deep, whichever takes longer; beside it the first page just
  after PostgreSQL was started.
- **Votes** are `PUT /api/posts/{id}/vote` by wrk, each connection with the token of another member, up and down in turns. Afterwards
  every counter has to be what its votes come to.
- **Updates told** are counted once every socket has each of them. Server, sockets and PostgreSQL share the machine.
- **Start** is from starting the program to the first 200 of `/health/ready`, PostgreSQL included.
"""


def table(results, kept=()):
    """The results as a table; `kept` are rows of an earlier one, which they replace or follow."""
    rows = [_row(result) for result in results]
    fresh = {_name(row): row for row in rows}
    merged = [fresh.pop(_name(row), row) for row in kept]
    merged += [row for row in rows if _name(row) in fresh]
    head = ["| What | Artel | Peer | Ratio | Must be | Result | Commit |", "|---|---:|---:|---:|---:|---|---|"]
    return "\n".join(head + merged) + "\n"


def write(results, plan, postgres_version, kept=()):
    listed = "\n".join(f"- {name}: {value}" for name, value in facts(postgres_version))
    DOCUMENT.write_text(HEAD.format(rounds=plan.rounds, short=plan.rounds * SHORT_TURNS, facts=listed) + table(results, kept) + NOTES)
    return DOCUMENT


def rows():
    """The rows that the document has."""
    return [line for line in DOCUMENT.read_text().splitlines() if line.startswith("| ")][1:]


def _name(row):
    # How many tasks were fastest may differ from run to run.
    return re.sub(r"\d[\d,]*", "#", row.split("|")[1].strip())


def _row(result):
    sign = "≥" if result.at_least else "≤"
    peer = result.peer if result.theirs is None else f"{_figure(result.theirs)}{_unit(result)} ({result.peer})"
    ratio = "" if result.theirs is None else f"{result.judged:.2f}"
    bound = f"{sign} {result.bound:g}" + (f" {result.unit}" if result.theirs is None else "")
    verdict = "met" if result.is_met else "**missed**"
    ours = f"{_figure(result.ours)}{_unit(result)}"
    return f"| {result.what} | {ours} | {peer} | {ratio} | {bound} | {verdict} | {COMMIT} |"


def _figure(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _unit(result):
    return result.unit if result.unit.startswith((" ", "/")) else f" {result.unit}"
