"""What a feature brings along. Pure data: `wiring` collects the manifests, the edges read them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Access = Literal["member", "public", "open"]
"""Who may call a route: a member with the permission, the public of one tenant, or anybody (no tenant yet)."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One HTTP route: what it takes, what it answers, who may."""

    method: str
    path: str
    call: Callable[..., Awaitable[Any]]
    module: str
    access: Access
    permissions: tuple[str, ...]
    """Any of these lets a member in; the verb behind decides the rest. Empty only for public and open routes."""
    path_params: tuple[str, ...]
    query: type | None
    body: type | None
    answer: Any
    status: int
    summary: str
    reads_stream: bool = False
    """The handler reads the body itself (uploads)."""
    own_transactions: bool = False
    """The handler opens its transactions itself with `ctx.transaction()`, which admits the caller anew: for files that
    come or go between two short transactions, so that a slow client never holds a database connection."""
    form: type | None = None
    """The fields of a multipart body that the handler reads itself, for the documentation. A field of type `bytes` is a file."""
    produces: str = "application/json"
    """Media type of the answer."""
    console: bool = False
    """A screen or an action of the console: takes forms, answers pages, shows refusals in the page they concern."""
    etag: bool = False
    """The answer carries an `ETag`; changing the resource at this address honours `If-Match`."""

    @property
    def is_page(self) -> bool:
        """Whether people look at what it answers; the console's scripts have a few routes of their own."""
        return self.console and self.produces == "text/html"


@dataclass(frozen=True, slots=True)
class Handler:
    """Runs once for each event of a type, as a job in a transaction of its own."""

    event: str
    name: str
    run: Callable[..., Awaitable[None]]
    """`run(tx, event)`, where event is an `activity.model.RecordedEvent`."""


@dataclass(frozen=True, slots=True)
class Reaction:
    """Runs inside the transaction that emits an event, before it commits: timers must not depend on the queue."""

    event: str
    run: Callable[..., Awaitable[None]]
    """`run(tx, event)`, where event is the emitted `activity.model.Event`."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """Finds due rows across tenants and handles each in its own transaction.

    `due` is SQL for the role tocsin_sweeper with $1 = now, $2 = limit, answering tenant_id, id, due_at in due order; it leaves out
    suspended tenants, sandboxes and tenants without the module. `next_due` is SQL for the app inside one tenant ($1 = tenant,
    $2 = limit) answering the id and due time of its earliest timers in order (sandbox clocks). `handle(tx, id)` locks, checks again, acts.
    `handle_many(tx, ids)` does the same for some rows of one tenant in one transaction, at less cost; in a live tenant it
    leaves out, for later, what somebody else has locked.

    With `own_transactions` the handler is `handle(database, settings, tenant_id, id)` and opens its transactions itself: for
    work with a network call between them. A sandbox never runs such a sweep. A job by the sweep's own name wakes it.
    """

    name: str
    module: str
    due: str
    next_due: str
    handle: Callable[..., Awaitable[None]]
    own_transactions: bool = False
    concurrency: int = 4
    """How many rows one worker handles at a time."""
    handle_many: Callable[..., Awaitable[None]] | None = None
    yields: bool = False
    """It follows up on what timers bring about, and takes one row at a time while timers are behind."""


INCLUDED = 50
"""How many of an incident's things one `Include` brings along at most."""


@dataclass(frozen=True, slots=True)
class Include:
    """What `?include=` can add to an incident: the first things of a kind, as the address of that name lists them.

    `sql` is a scalar sub-select over the incident `p` that answers its rows as a jsonb list in order, one more than
    `INCLUDED` at most; $1 is the tenant, $3 whether internal work is hidden. `show` makes of such a row (ids and times as
    Python has them) what the API shows. All that a request includes is read in one statement.
    """

    name: str
    sql: str
    show: Callable[[dict[str, Any]], Any]
    permission: str | None = None
    """What it takes beside seeing the incident."""


@dataclass(frozen=True, slots=True)
class Navigation:
    """A screen in the console's navigation. `title` is a message id (English) that the catalogues translate."""

    title: str
    path: str
    icon: str
    permissions: tuple[str, ...]
    """Any of these lets a member see it."""
    place: Literal["main", "desk", "admin"] = "main"
    order: int = 50
    """In the place `admin` the tens are the group: 1 the organisation, 2 people and rights, 3 incidents, 4 the record."""
    key: str | None = None
    """What `g` and this key lead to."""
    counted: str | None = None
    """The name of the figure beside it, which the console brings after the page."""
    module: str | None = None
    """The module whose switch hides it; None: the one that brings it."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A part that a feature adds to another's screen: `render(ctx, subject)` answers HTML, empty for nothing to show."""

    place: str
    render: Callable[..., Awaitable[str]]
    permissions: tuple[str, ...]
    module: str
    order: int = 50


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of thing that events point at, for those who read the record: `names(tx, ids)` answers what each is called,
    `find(tx, reference)` the id of what people write, None for nothing.
    """

    name: str
    names: Callable[..., Awaitable[dict[Any, str]]]
    find: Callable[..., Awaitable[Any]] | None = None
    path: str | None = None
    """Where one is shown, with `{id}` in it."""
    permissions: tuple[str, ...] = ()
    """Any of these lets somebody follow the path."""


@dataclass(frozen=True, slots=True)
class Keeper:
    """What a feature keeps about an incident and what changes with its verbs: undoing one puts it back.

    `sql` answers it as jsonb for tenant $1 and incident $2. `put_back(tx, incident_id, image, at)` gets what that answered
    before the change, and when the change was.
    """

    name: str
    sql: str
    put_back: Callable[..., Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Mover:
    """What goes along when an incident is merged into another: `move(tx, source_id, target_id)` answers, as JSON, what it
    moved, and `back(tx, source_id, target_id, moved)` brings just that back.
    """

    name: str
    move: Callable[..., Awaitable[Any]]
    back: Callable[..., Awaitable[None]]


@dataclass(frozen=True, slots=True)
class BulkVerb:
    """A verb that can be done to many incidents at once: `run(tx, actor, ref, body)`, where body is a `body` Struct.

    `status` is what the verb answers for one incident when it is done.
    """

    name: str
    body: type
    run: Callable[..., Awaitable[Any]]
    permissions: tuple[str, ...]
    """Any of these is needed; the verb decides for each incident."""
    status: int = 200
    shown: Callable[..., Awaitable[str]] | None = None
    """What people call that which a body names: `shown(tx, actor, body)`; raises `Invalid` where there is none."""


@dataclass(frozen=True, slots=True)
class Module:
    """A feature's manifest."""

    name: str
    title: str
    permissions: Sequence[str] = ()
    endpoints: Sequence[Endpoint] = ()
    handlers: Sequence[Handler] = ()
    reactions: Sequence[Reaction] = ()
    sweeps: Sequence[Sweep] = ()
    jobs: Sequence[tuple[str, Callable[..., Awaitable[None]]]] = ()
    """Named jobs beside event handlers: `(name, run(tx, payload))`."""
    events: Sequence[type] = ()
    navigation: Sequence[Navigation] = ()
    slots: Sequence[Slot] = ()
    includes: Sequence[Include] = ()
    kinds: Sequence[Kind] = ()
    """What this feature's ids are called, for the audit browser."""
    seeds: Sequence[Callable[..., Awaitable[None]]] = ()
    """What a new tenant starts with: `seed(tx, tenant)`, in its own first transaction."""
    keepers: Sequence[Keeper] = ()
    movers: Sequence[Mover] = ()
    bulk_verbs: Sequence[BulkVerb] = ()
    checkups: Sequence[Callable[..., Awaitable[Sequence[Any]]]] = ()
    """What `tocsin doctor` looks at: `checkup(settings, urls)` answers `jobs.health.Symptom`s."""
    always_on: bool = False
    part_of: str = ""
    """The module that switches this one's routes, if that is another: this one is then no module of its own to a tenant."""
