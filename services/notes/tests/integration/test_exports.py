"""What an author may take along: every note that is remembered, deleted ones too, and their number."""

from uuid import UUID

import pytest

from contracts.actor import Actor
from contracts.errors import ErrorCode as Code
from contracts.notes import rpc
from notes.storage.author_repository import COUNT_STATEMENT, EXPORT_STATEMENT, LAST_ID, READ_BYTES

pytestmark = pytest.mark.integration

MANY = 30_000
OTHERS = 20_000
AUTHOR = Actor(UUID(int=1), UUID(int=2))
INDEXES = {"notes_of_author", "notes_of_author_deleted"}
# As in lists.
TOLERANCE = 4


@pytest.fixture(scope="module")
async def many_notes(sql, empty_tables):
    """Every third is deleted. Newer ones are of others, one in ten of them deleted."""
    await sql.execute(
        """
        INSERT INTO notes (id, slug, author_id, content, key_id, encryption, expires_at, erase_at, erased_at,
            deleted_at)
        SELECT lpad(to_hex(n), 32, '0')::uuid, 'many-' || n, author_id,
            CASE WHEN NOT deleted THEN '\\x00'::bytea END, CASE WHEN NOT deleted THEN 'k1' END, 'header',
            now() + interval '1 day', now() + interval '1 day', CASE WHEN deleted THEN now() END,
            CASE WHEN deleted THEN now() END
        FROM generate_series(1, $2::integer + $3::integer) AS n,
            LATERAL (SELECT CASE WHEN n <= $2 THEN $1 ELSE gen_random_uuid() END AS author_id,
                CASE WHEN n <= $2 THEN n % 3 = 0 ELSE n % 10 = 0 END AS deleted) AS said
        """,
        AUTHOR.user_id,
        MANY,
        OTHERS,
    )
    await sql.execute("VACUUM (ANALYZE) notes")


@pytest.mark.parametrize("plan_for", ["custom", "generic"])
async def test_each_page_is_read_by_index_in_the_same_number_of_buffers(many_notes, explained, plan_for):
    touched = {}
    for place, before in (("first", LAST_ID), ("middle", UUID(int=MANY // 2)), ("last", UUID(int=310))):
        nodes, touched[place] = await explained(
            EXPORT_STATEMENT, AUTHOR.user_id, before, rpc.PAGE_MAX + 1, READ_BYTES, plan_for=plan_for
        )
        assert {node["Index Name"] for node in nodes if "Index Name" in node} == INDEXES
        assert not [node for node in nodes if node["Node Type"] == "Seq Scan"]
        assert nodes[0]["Actual Rows"] == rpc.PAGE_MAX + 1
    assert max(touched.values()) - min(touched.values()) <= TOLERANCE, touched


@pytest.mark.parametrize("plan_for", ["custom", "generic"])
@pytest.mark.parametrize("author", [AUTHOR.user_id, UUID(int=3)])
async def test_notes_are_counted_by_index_alone(many_notes, explained, author, plan_for):
    nodes, touched = await explained(COUNT_STATEMENT, author, plan_for=plan_for)
    assert {node["Index Name"] for node in nodes if "Index Name" in node} <= INDEXES | {
        "notes_of_author_read",
        "notes_of_author_unread",
    }
    assert not [node for node in nodes if node["Node Type"] == "Seq Scan"]
    assert author == AUTHOR.user_id or touched <= 8


async def test_page_by_page_each_note_comes_exactly_once_newest_first(many_notes, replica, asking):
    numbers, after = [], None
    while True:
        page = await replica.use.export_notes(rpc.ExportNotes(after=after), asking.context(AUTHOR))
        numbers += [int(note.slug.removeprefix("many-")) for note in page.notes]
        after = page.next
        if after is None:
            break
    assert numbers == list(range(MANY, 0, -1))
    counted = await replica.use.count_notes(rpc.CountNotes(), asking.context(AUTHOR))
    assert counted.created == MANY


async def test_a_page_ends_at_4_mib_of_json(replica, asking):
    author, size = asking.somebody(), 512 * 1024
    for _ in range(9):
        await replica.use.create_note(rpc.CreateNote(content="x" * size), asking.context(author))
    first = await replica.use.export_notes(rpc.ExportNotes(), asking.context(author))
    rest = await replica.use.export_notes(rpc.ExportNotes(after=first.next), asking.context(author))
    assert [len(first.notes), len(rest.notes), rest.next] == [7, 2, None]


async def test_an_export_tells_all_of_ones_own_notes_and_nothing_of_anothers(replica, asking):
    author, other = asking.somebody(), asking.somebody()
    wishes = {
        "unread": {"max_views": 3},
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
    wrong = rpc.RevealNote(slug=slugs["encrypted"])
    assert await asking.refused(replica.use.reveal_note(wrong, asking.context())) == Code.NOTE_PROOF_WRONG

    page = await replica.use.export_notes(rpc.ExportNotes(), asking.context(author))
    assert [note.slug for note in page.notes] == list(slugs.values())[::-1]
    told = dict(zip(reversed(slugs), page.notes, strict=True))
    contents = {name: note.content for name, note in told.items() if note.content}
    assert contents == {"unread": "unread", "password": "password"}
    assert {name for name, note in told.items() if note.deleted_at} == {"deleted"}
    assert {name for name, note in told.items() if note.state == rpc.NoteState.REVEALED} == {"read"}
    assert (told["unread"].max_views, told["read"].views_taken) == (3, 1)
    assert (told["encrypted"].encryption, told["encrypted"].refused_attempts) == ("header", 1)
    assert told["password"].has_password

    async def counted(actor):
        return (await replica.use.count_notes(rpc.CountNotes(), asking.context(actor))).created

    assert (await replica.use.export_notes(rpc.ExportNotes(), asking.context(other))).notes == []
    assert [await counted(author), await counted(other)] == [5, 0]


async def test_nobody_has_no_notes(replica, asking):
    for asked in (
        replica.use.export_notes(rpc.ExportNotes(), asking.context()),
        replica.use.count_notes(rpc.CountNotes(), asking.context()),
    ):
        assert await asking.refused(asked) == Code.UNAUTHENTICATED
