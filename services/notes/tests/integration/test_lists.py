"""An author's lists: each page by index, at the same price anywhere in a list of any length."""

from uuid import UUID

import pytest

from contracts.actor import Actor
from contracts.notes import rpc
from contracts.notes.rpc import NoteFilter
from notes.storage.author_repository import LAST_ID, NEWEST_STATEMENT, READ_BYTES, list_statement

pytestmark = pytest.mark.integration

MANY = 100_000
OTHERS = 20_000
PAGE = 100
AUTHOR = Actor(UUID(int=1), UUID(int=2))
INDEXES = {
    NoteFilter.ALL: "notes_of_author",
    NoteFilter.READ: "notes_of_author_read",
    NoteFilter.UNREAD: "notes_of_author_unread",
}
COUNTS = {NoteFilter.ALL: MANY, NoteFilter.READ: MANY // 4, NoteFilter.UNREAD: MANY - MANY // 4}
# Before which note the last page begins: the 100 oldest of them.
LAST_PAGE_BEFORE = {NoteFilter.ALL: 101, NoteFilter.READ: 401, NoteFilter.UNREAD: 134}
# A page may begin in the middle of a page of the index or of the table, and touch one more of each than
# another does; the way down the index is the same for all.
TOLERANCE = 4


@pytest.fixture(scope="module")
async def many_notes(sql, empty_tables):
    """Every fourth is read. What is unread is encrypted: a list has nothing of it to open."""
    await sql.execute(
        """
        INSERT INTO notes (id, slug, author_id, content, key_id, encryption, expires_at, erase_at, read_at,
            views_taken, erased_at)
        SELECT lpad(to_hex(n), 32, '0')::uuid, 'many-' || n, $1,
            CASE WHEN n % 4 > 0 THEN '\\x00'::bytea END, CASE WHEN n % 4 > 0 THEN 'k1' END, 'header',
            now() + interval '1 day', now() + interval '1 day', CASE WHEN n % 4 = 0 THEN now() END,
            CASE WHEN n % 4 = 0 THEN 1 ELSE 0 END, CASE WHEN n % 4 = 0 THEN now() END
        FROM generate_series(1, $2::integer) AS n
        """,
        AUTHOR.user_id,
        MANY,
    )
    # Newer ones of others: who walks all notes from the newest on walks these for nothing.
    await sql.execute(
        """
        INSERT INTO notes (id, slug, author_id, content, key_id, expires_at, erase_at)
        SELECT lpad(to_hex(n), 32, '0')::uuid, 'others-' || n, gen_random_uuid(), '\\x00', 'k1',
            now() + interval '1 day', now() + interval '1 day'
        FROM generate_series($1::integer + 1, $1::integer + $2::integer) AS n
        """,
        MANY,
        OTHERS,
    )
    await sql.execute("VACUUM (ANALYZE) notes")


# As PostgreSQL plans the first five times, and as it may from the sixth on.
@pytest.mark.parametrize("plan_for", ["custom", "generic"])
@pytest.mark.parametrize("which", NoteFilter)
async def test_each_page_is_read_by_index_in_the_same_number_of_buffers(
    many_notes, explained, which, plan_for
):
    touched = {}
    for place, before in (
        ("first", LAST_ID),
        ("middle", UUID(int=MANY // 2)),
        ("last", UUID(int=LAST_PAGE_BEFORE[which])),
    ):
        nodes, touched[place] = await explained(
            list_statement(which), AUTHOR.user_id, before, PAGE, READ_BYTES, plan_for=plan_for
        )
        assert nodes[0]["Actual Rows"] == PAGE
        assert [node["Index Name"] for node in nodes if "Index Name" in node] == [INDEXES[which]]
        assert not [node for node in nodes if node["Node Type"] == "Seq Scan"]
    assert max(touched.values()) - min(touched.values()) <= TOLERANCE, touched


@pytest.mark.parametrize("plan_for", ["custom", "generic"])
async def test_the_newest_are_found_by_index(many_notes, explained, plan_for):
    nodes, _ = await explained(NEWEST_STATEMENT, AUTHOR.user_id, LAST_ID, PAGE, plan_for=plan_for)
    assert nodes[0]["Actual Rows"] == PAGE
    assert [node["Index Name"] for node in nodes if "Index Name" in node] == ["notes_of_author"]


@pytest.mark.parametrize("which", NoteFilter)
async def test_page_by_page_each_note_comes_exactly_once_newest_first(many_notes, replica, asking, which):
    numbers, after = [], None
    while True:
        request = rpc.ListNotes(filter=which, limit=PAGE, after=after)
        page = await replica.use.list_notes(request, asking.context(AUTHOR))
        numbers += [int(note.slug.removeprefix("many-")) for note in page.notes]
        after = page.next
        if after is None:
            break
    assert len(numbers) == COUNTS[which]
    assert numbers == sorted(set(numbers), reverse=True)


@pytest.mark.parametrize(
    ("character", "pages"),
    [
        ("x", [7, 7, 4]),  # 512 KiB each, and a little
        ("\0", [1] * 18),  # six times that in JSON: 3 MiB
    ],
)
async def test_a_page_ends_at_4_mib_of_json_and_the_next_goes_on(replica, asking, character, pages):
    author, size = asking.somebody(), 512 * 1024
    slugs = []
    for _ in range(18):
        request = rpc.CreateNote(content=character * size)
        slugs.append((await replica.use.create_note(request, asking.context(author))).slug)
    listed, after = [], None
    while True:
        page = await replica.use.list_notes(rpc.ListNotes(after=after), asking.context(author))
        listed.append(page.notes)
        after = page.next
        if after is None:
            break
    assert [note.slug for notes in listed for note in notes] == slugs[::-1]
    assert [len(notes) for notes in listed] == pages
    assert all(len(note.content) == size for notes in listed for note in notes)


async def test_a_list_shows_what_its_author_may_see(replica, asking):
    author, other = asking.somebody(), asking.somebody()
    wishes = {
        "unread": {},
        "read": {},
        "deleted": {},
        "encrypted": {"encryption": "header", "link_proof": "l" * 43},
        "password": {"password": "word"},
    }
    slugs = {}
    for name, wish in wishes.items():
        request = rpc.CreateNote(content=name, **wish)
        slugs[name] = (await replica.use.create_note(request, asking.context(author))).slug
    await replica.use.reveal_note(rpc.RevealNote(slug=slugs["read"]), asking.context())
    await replica.use.delete_note(rpc.DeleteNote(slug=slugs["deleted"]), asking.context(author))

    async def listed(who, which):
        page = await replica.use.list_notes(rpc.ListNotes(filter=which), asking.context(who))
        names = {slug: name for name, slug in slugs.items()}
        return {names[note.slug]: note.content for note in page.notes}

    unread = {"unread": "unread", "encrypted": "", "password": "password"}
    assert await listed(author, NoteFilter.UNREAD) == unread
    assert await listed(author, NoteFilter.READ) == {"read": ""}
    assert await listed(author, NoteFilter.ALL) == unread | {"read": ""}
    assert await listed(other, NoteFilter.ALL) == {}


async def listed_page_by_page(replica, asking, author):
    pages, after = [], None
    while not pages or after is not None:
        page = await replica.use.list_notes(rpc.ListNotes(after=after), asking.context(author))
        pages.append([note.content for note in page.notes])
        after = page.next
    return pages


async def test_contents_that_do_not_open_hide_neither_their_notes_nor_what_comes_after(
    replica, make_replica, passwords, asking, sql
):
    author = asking.somebody()
    other_key = "other:" + "A" * 43 + "="
    elsewhere = make_replica(replica.database, passwords, sealing_keys=other_key)
    texts = ["oldest", *["x" * 512 * 1024] * 12, "swapped", "newest"]
    slugs = {}
    for text in texts:
        use = (elsewhere if text.startswith("x") else replica).use
        made = await use.create_note(rpc.CreateNote(content=text), asking.context(author))
        slugs[text] = made.slug
    await sql.execute(
        "UPDATE notes SET content = (SELECT content FROM notes WHERE slug = $1) WHERE slug = $2",
        slugs["newest"],
        slugs["swapped"],
    )
    pages = await listed_page_by_page(replica, asking, author)
    assert [content for page in pages for content in page] == ["newest", *[""] * 13, "oldest"]


async def test_a_content_larger_than_what_is_read_at_once_does_not_end_the_list(
    replica, make_replica, passwords, asking
):
    author, size = asking.somebody(), READ_BYTES + 1
    roomy = make_replica(replica.database, passwords, max_content_bytes=size)
    for _ in range(2):
        await roomy.use.create_note(rpc.CreateNote(content="x" * size), asking.context(author))
    pages = await listed_page_by_page(replica, asking, author)
    assert [[len(content) for content in page] for page in pages] == [[size], [size]]
