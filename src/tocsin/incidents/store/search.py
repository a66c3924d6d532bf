"""SQL of `incident_search`: the words of an incident, weighted, in a table of its own (a GIN on incidents slows updates).

Weight A is reference and title, B the description, C the comments, D the reporter, tags and custom values; each as written
and by its stem in the organisation's language. `doc` is what members find; `doc_public` stands only where internal comments
make the two differ. A tsvector holds at most 1 MB, so what goes in is bounded.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from tocsin.db.tx import Tx

_BOUNDS = {"A": 1000, "B": 50_000, "C": 10_000, "D": 5000}
"""Characters of each weight."""


def _parted(text: str) -> str:
    """SQL of a text in which a word of more than 200 signs falls into several.

    PostgreSQL's parser takes time that grows with the square of a word such as `_a_a_a_…`: half a minute for 50,000 signs.
    """
    return f"regexp_replace({text}, '(\\S{{200}})', '\\1 ', 'g')"


_JOINTS = r"[/\\@.:=&?<>]+"
_JOINED = f"[[:alnum:]]{_JOINTS}[[:alnum:]]|<[/[:alnum:]]"
"""What PostgreSQL takes for one word though it is several: a path, an address, two words with a stroke between, a tag."""
_PIECES = (
    f"select string_agg(regexp_replace(w, '{_JOINTS}', ' ', 'g'), ' ') as text"
    f" from string_to_table(regexp_replace(c.text, '\\s', ' ', 'g'), ' ') w where w ~ '{_JOINED}' and w ~ '[[:alpha:]]'"
)
"""SQL of the pieces of such words in a text `c`; of numbers with a point there are none."""


def _words(text: str, weight: str, language: str) -> str:
    """SQL of a text's words, and of the pieces of joined ones. The language comes from our own list, never from a client."""
    cut = _parted(f"left(coalesce({text}, ''), {_BOUNDS[weight]})")
    both = "to_tsvector('simple', {0}) || to_tsvector('{1}', {0})"
    pieces = f"(select coalesce({both.format('p.text', language)}, '') from ({_PIECES} offset 0) p)"
    every = f"{both.format('c.text', language)} || case when c.text ~ '{_JOINED}' then {pieces} else '' end"
    return f"(select setweight({every}, '{weight}') from (select {cut} as text offset 0) c)"


def _record(language: str) -> str:
    """The words of an incident `i` without its comments, from its row and its reporter's `r` or `u`."""
    custom = "(select string_agg(v.value, ' ') from jsonb_each_text(i.custom) v)"
    about = f"concat_ws(' ', r.name, r.email, r.organization, u.name, array_to_string(i.tags, ' '), {custom})"
    parts = (("concat_ws(' ', i.reference_code, i.title)", "A"), ("i.description", "B"), (about, "D"))
    return " || ".join(_words(text, weight, language) for text, weight in parts)


async def add(
    tx: Tx, incident_id: UUID, title: str, body: str | None, about: str, created_at: datetime, language: str
) -> None:
    """Make a new incident findable: by reference and title, description, and what is known about it beside them."""
    parts = (("$3::text", "A"), ("$4::text", "B"), ("$5::text", "D"))
    doc = " || ".join(_words(text, weight, language) for text, weight in parts)
    await tx.run(
        f"insert into incident_search (tenant_id, incident_id, created_at, doc) values ($1, $2, $6, {doc})",
        *(tx.tenant_id, incident_id, title, body, about, created_at),
    )


async def rewrite(tx: Tx, incident_id: UUID, language: str) -> None:
    """Something of the record changed: its words are made anew, the comments' words stay."""
    await tx.run(
        f"update incident_search f set doc = m.doc || ts_filter(f.doc, '{{c}}'),"
        f" doc_public = m.doc || ts_filter(f.doc_public, '{{c}}') from (select {_record(language)} as doc from incidents i"
        " left join incident_reporters r on r.tenant_id = $1 and r.id = i.reported_by_reporter_id"
        " left join users u on u.tenant_id = $1 and u.id = i.reported_by_user_id where i.tenant_id = $1 and i.id = $2) m"
        " where f.tenant_id = $1 and f.incident_id = $2",
        *(tx.tenant_id, incident_id),
    )


async def append(tx: Tx, incident_id: UUID, words: str, *, is_internal: bool, language: str) -> None:
    """Add a comment's words: to everybody's, or to the members' only (then the two part)."""
    comment = _words("$3::text", "C", language)
    public = "coalesce(doc_public, doc)" if is_internal else f"doc_public || {comment}"
    await tx.run(
        f"update incident_search set doc = doc || {comment}, doc_public = {public}"
        " where tenant_id = $1 and incident_id = $2 and length(doc) < 20000 and pg_column_size(doc) < 400000",
        *(tx.tenant_id, incident_id, words),
    )


async def forget_comments(tx: Tx, incident_id: UUID) -> None:
    """Take the words of all comments out: those that still stand are added anew."""
    await tx.run(
        "update incident_search set doc = ts_filter(doc, '{a,b,d}'), doc_public = null where tenant_id = $1 and incident_id = $2",
        *(tx.tenant_id, incident_id),
    )


async def next_ids(tx: Tx, after: UUID | None, limit: int) -> list[UUID]:
    """The next incidents by id: for whoever writes the words of all of them again."""
    rows = await tx.rows(
        "select incident_id from incident_search where tenant_id = $1 and ($2::uuid is null or incident_id > $2)"
        " order by incident_id limit $3",
        *(tx.tenant_id, after, limit),
    )
    return [row["incident_id"] for row in rows]


_OPTIONS = (
    'StartSel=\ue000, StopSel=\ue001, MaxWords=24, MinWords=10, ShortWord=2, MaxFragments=2, FragmentDelimiter=" … "'
)


def _loosened(text: str) -> str:
    """SQL of a text whose joined words stand apart, so that a hit in one of them can be marked: `tidied` joins them again."""
    return f"regexp_replace({text}, '({_JOINTS})', ' \ue002\\1\ue002 ', 'g')"


def tidied(text: str) -> str:
    """A text with its joined words as they were."""
    return text.replace(" \ue002", "").replace("\ue002 ", "").replace("\ue002", "")


def headline(text: str, query: str, language: str) -> str:
    """SQL of the part of a text around what a query finds, its hits between two characters of private use."""
    plain = _parted(f"translate(left({text}, 20000), '\ue000\ue001', '')")
    return f"ts_headline('{language}', {plain}, {query}, '{_OPTIONS}')"


async def snippets(
    tx: Tx,
    ids: Sequence[UUID],
    query: str,
    args: list[object],
    language: str,
    more: Sequence[str] = (),
    *,
    public_only: bool,
) -> dict[UUID, list[str]]:
    """For each incident its texts with hits marked: the description, `more`, the title, what else is known; and the title.

    `query` is SQL whose parameters are `args`, the tenant first; `more` is SQL of further texts. What stands behind a text
    that is marked is left empty. `offset 0` has each text marked once: else every mention of it would mark it again. All of
    them together come last: as they are written, for words that the language passes over or cuts, and with joined words apart.
    """
    args = [*args, list(ids)]
    custom = "(select string_agg(v.value, ' ') from jsonb_each_text(i.custom) v)"
    tags = "nullif(array_to_string(i.tags, ', '), '')"
    about = f"concat_ws(' · ', r.name, r.email, r.organization, u.name, {tags}, {custom}, i.reference_code)"
    further = [f"coalesce({one.format(public='true' if public_only else 'false')}, '')" for one in more]
    texts = ["coalesce(i.description, '')", *further, "i.title", about]
    every = f"left(concat_ws(' · ', {', '.join(['i.title', *texts[:-2], about])}), 20000)"
    said = [*((text, language) for text in texts), (every, "simple"), (_loosened(every), language)]
    joins, before = "", "''"
    for number, (text, dictionary) in enumerate(said):
        shown = headline(text, "q.q", dictionary)
        joins += f" cross join lateral (select case when {before} ~ '\ue000' then '' else {shown} end as text offset 0) t{number}"
        before = f"(t{number}.text || {before})"
    columns = ", ".join(f"t{number}.text" for number in range(len(said)))
    rows = await tx.rows(
        f"select i.id, array[{columns}, i.title] as texts from (select {query} as q offset 0) q, unnest(${len(args)}::uuid[]) p (id)"
        " join incidents i on i.tenant_id = $1 and i.id = p.id"
        " left join incident_reporters r on r.tenant_id = $1 and r.id = i.reported_by_reporter_id"
        f" left join users u on u.tenant_id = $1 and u.id = i.reported_by_user_id{joins}",
        *args,
    )
    return {row["id"]: row["texts"] for row in rows}


_VOCABULARY = (
    "select f.doc from incident_search f where f.tenant_id = '{tenant}' order by f.created_at desc limit {most}"
)


async def similar_words(tx: Tx, words: Sequence[str], among: int) -> list[tuple[str, str, int]]:
    """Words of titles and descriptions of the newest incidents that look like some others, and in how many each stands.

    `ts_stat` takes its statement as a text: only the tenant's id and a number are put into it.
    """
    statement = _VOCABULARY.format(tenant=UUID(int=tx.tenant_id.int), most=int(among))
    rows = await tx.rows(
        "select w.word, s.word as like_it, s.ndoc from ts_stat($1, 'ab') s, unnest($2::text[]) w (word)"
        " where length(s.word) between length(w.word) - 2 and length(w.word) + 2 and similarity(s.word, w.word) >= 0.2"
        " order by w.word, similarity(s.word, w.word) desc, s.word limit 200",
        *(statement, list(words)),
    )
    return [(row["word"], row["like_it"], row["ndoc"]) for row in rows]
