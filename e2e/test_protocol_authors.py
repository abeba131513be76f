"""What an author, or the holder of a manage token, sees and may do."""

from datetime import datetime

import pytest

from .conftest import claim, content_of, proof, slug_of, soon

pytestmark = pytest.mark.e2e


async def test_the_holder_of_the_manage_token_sees_and_ends_it(api, write, view):
    token = {"Onasty-Manage-Token": proof()}
    path = await write(manage_token=token["Onasty-Manage-Token"], max_views=2, password="pw")
    await view(path, password="wrong")
    await view(path, password="pw")
    status = (await api.get(f"{path}/status", headers=token)).json
    assert (status["state"], status["views_taken"], status["max_views"]) == ("revealed", 1, 2)
    assert status["refused_attempts"] == 1
    for headers in ({}, {"Onasty-Manage-Token": proof()}):
        assert (await api.get(f"{path}/status", headers=headers)).json["code"] == "note_not_found"
        assert (await api.call("DELETE", path, headers=headers)).json["code"] == "note_not_found"
    for _ in range(2):
        assert (await api.call("DELETE", path, headers=token)).status == 204
    assert (await view(path, password="pw")).json["code"] == "note_not_found"


async def test_deletion_beats_leases(api, write, view, user, database):
    author, mine = user(), claim()
    path = await write(headers=author)
    await view(path, claim=mine)
    assert (await api.call("DELETE", path, headers=author)).status == 204
    assert await content_of(database, path) is None
    assert (await view(path, claim=mine)).json["code"] == "note_not_found"
    assert (await api.get("/api/v1/note", headers=author)).json == []


async def test_lists_show_an_author_their_notes_and_nobody_elses(api, write, view, user):
    author, other = user(), user()
    paths = [await write(f"note {n}", headers=author) for n in range(5)]
    await write("foreign", headers=other)
    await view(paths[0])
    link = proof()
    await write("sealed", headers=author, link_proof=link, encryption="h")

    everything = (await api.get("/api/v1/note", headers=author)).json
    assert [note["content"] for note in everything] == ["", "note 4", "note 3", "note 2", "note 1", ""]
    assert [note["content"] for note in (await api.get("/api/v1/note/read", headers=author)).json] == [""]
    assert len((await api.get("/api/v1/note/unread", headers=author)).json) == 5
    assert (await api.get("/api/v1/note")).status == 401


async def test_a_list_is_walked_by_its_links(api, write, user):
    author = user()
    written = [slug_of(await write(headers=author)) for _ in range(7)]
    seen, path = [], "/api/v1/note?limit=3"
    while path:
        page = await api.get(path, headers=author)
        seen += [note["slug"] for note in page.json]
        link = page.headers.get("Link")
        path = link.split(">")[0].lstrip("<") if link else None
    assert seen == written[::-1]
    for query in ("limit=0", "limit=101", "limit=x", "after=x"):
        assert (await api.get(f"/api/v1/note?{query}", headers=author)).status == 400


async def test_an_unread_note_changes_for_its_author(api, write, view, user):
    author = user()
    path = await write(headers=author)
    new = soon(7200)
    assert (
        await api.call("PATCH", f"{path}/expires", json={"expires_at": new}, headers=author)
    ).status == 200
    assert (
        await api.call("PATCH", f"{path}/password", json={"password": "pw"}, headers=author)
    ).status == 200
    changed = await api.call("PATCH", f"{path}/content", json={"content": "new"}, headers=author)
    assert changed.status == 200
    metadata = (await api.get(f"{path}/meta")).json
    assert datetime.fromisoformat(metadata["expires_at"]) == datetime.fromisoformat(new)
    assert (await view(path)).json["code"] == "note_password_wrong"
    assert (await view(path, password="pw")).json["content"] == "new"


CHANGES = {
    "expires": {"expires_at": soon(7200)},
    "password": {"password": "pw"},
    "content": {"content": "new"},
}


@pytest.mark.parametrize("what", CHANGES)
async def test_nobody_else_changes_a_note_and_nobody_a_read_one(api, write, view, user, what):
    author = user()
    path = await write(headers=author, max_views=2)

    async def change(headers):
        return await api.call("PATCH", f"{path}/{what}", json=CHANGES[what], headers=headers)

    assert (await change({})).status == 401
    assert (await change(user())).json["code"] == "note_not_found"
    assert (await view(path, claim=claim())).json["content"] == "secret"
    refused = await change(author)
    assert (refused.status, refused.json["code"]) == (404, "note_already_read")


@pytest.mark.parametrize("what", ["password", "content"])
async def test_what_a_client_encrypted_only_clients_change(api, write, user, what):
    author = user()
    path = await write(headers=author, link_proof=proof(), encryption="h")
    refused = await api.call("PATCH", f"{path}/{what}", json=CHANGES[what], headers=author)
    assert (refused.status, refused.json["code"]) == (400, "invalid_request")
