"""The pages in German: its words are longer, and axe and a narrow window see them as well."""

import pytest
from playwright.async_api import Page, expect

from e2e.letters import PASSWORD

from .inspection import inspect
from .people import note, sheet, titled

pytestmark = pytest.mark.e2e


@pytest.fixture
async def seite(profile) -> Page:
    """A page in a browser that asks for German."""
    return await (await profile(locale="de-DE")).new_page()


async def test_a_note_from_writing_to_its_end(stack, seite, recorder):
    gateway = stack.endpoints.gateway
    recorder.secrets += ["Der Tee ist um fünf fertig", "Kanne und Tasse"]
    await seite.goto(gateway)
    await seite.get_by_label("Ihre Nachricht").fill("Der Tee ist um fünf fertig")
    await seite.get_by_role("button", name="Optionen").click()
    await seite.get_by_label("Passwort", exact=True).fill("Kanne und Tasse")
    await inspect(seite)
    await seite.get_by_role("button", name="Link erstellen").click()
    await titled(seite, "Ihr Link ist fertig")
    await inspect(seite)
    link = await seite.get_by_label("Der Link", exact=True).input_value()
    recorder.secrets.append(link.partition("#")[2])
    await seite.get_by_role("navigation").get_by_role("link", name="Von hier gesendet").click()
    await titled(seite, "Von hier gesendet")
    await inspect(seite)
    await seite.get_by_role("main").get_by_role("listitem").get_by_role("link").click()
    await titled(seite, "Ihre Nachricht")
    await seite.get_by_role("button", name="Jetzt beenden").click()
    await inspect(seite)
    await seite.goto(link)
    password = seite.get_by_label("Passwort", exact=True)
    await expect(password).to_be_visible()
    await inspect(seite)
    for typed in ("falsch", "Kanne und Tasse"):
        await password.fill(typed)
        await password.press("Enter")
        if typed == "falsch":
            await expect(seite.get_by_text("Das ist nicht das Passwort.")).to_be_visible()
            await inspect(seite)
    await expect(seite.get_by_text("Der Tee ist um fünf fertig")).to_be_visible()
    await inspect(seite)


async def test_an_account(stack, seite, account, write):
    gateway = stack.endpoints.gateway
    ada = await account()
    path = await write("Der Tee", headers=ada.headers)
    for part in ("sign-up", "forgot"):
        await seite.goto(f"{gateway}/auth#{part}")
        await expect(seite.get_by_label("E-Mail-Adresse")).to_be_visible()
        await inspect(seite)
        await seite.goto("about:blank")
    await seite.goto(f"{gateway}/dashboard")
    await seite.get_by_label("E-Mail-Adresse").fill(ada.email)
    await seite.get_by_label("Passwort", exact=True).fill(PASSWORD)
    await inspect(seite)
    await seite.get_by_role("button", name="Anmelden").click()
    await note(seite, path.rpartition("/")[2]).get_by_role("button", name="Ändern").click()
    await inspect(seite)
    await seite.get_by_role("link", name="Profil", exact=True).click()
    await expect(sheet(seite, "Wo Sie angemeldet sind").get_by_text("Dieser Browser")).to_be_visible()
    await seite.get_by_role("button", name="Konto löschen").click()
    await inspect(seite)
