"""Links, and what a client reads in them."""

from protocol import Secret, base64url

KEY = base64url(Secret.named("a link").key)
SLUG = "Jx2mVfrXyGg6JqPZ0n0o8w"


def links() -> dict[str, list[dict[str, object]]]:
    return {"good": good(), "refused": refused()}


def good() -> list[dict[str, object]]:
    there = "https://notes.example.com"
    return [
        link(f"{there}/secret/{SLUG}#{KEY}", there, SLUG, KEY),
        link(f"https://notes.example.com:8443/secret/{SLUG}#{KEY}", f"{there}:8443", SLUG, KEY),
        link(f"http://127.0.0.1:8080/secret/{SLUG}#{KEY}", "http://127.0.0.1:8080", SLUG, KEY),
        link(f"http://[::1]:8080/secret/{SLUG}#{KEY}", "http://[::1]:8080", SLUG, KEY),
        link(f"HTTPS://Notes.Example.Com/secret/{SLUG}#{KEY}", there, SLUG, KEY),
        link(f"{there}/secret/my-note_1#{KEY}", there, "my-note_1", KEY),
        link(f"{there}/secret/{SLUG}", there, SLUG, None),
        link(f"{there}/secret/{SLUG}#", there, SLUG, None),
    ]


def link(text: str, server: str, slug: str, key: str | None) -> dict[str, object]:
    return {"link": text, "server": server, "slug": slug, "key": key}


def refused() -> list[dict[str, object]]:
    there = "https://notes.example.com"
    keys = [KEY[:-1], KEY + "A", KEY + ".", KEY + "=", KEY[:-1] + "_", KEY[:20] + "+" + KEY[21:], "%20" + KEY]
    addresses = [
        "",
        SLUG,
        f"{there}/",
        f"{there}/secret/",
        f"{there}/secret/ab#{KEY}",
        f"{there}/secret/{SLUG}/more#{KEY}",
        f"{there}/secret/{SLUG}.#{KEY}",
        f"{there}/note/{SLUG}#{KEY}",
        f"https:///secret/{SLUG}#{KEY}",
        f"ftp://notes.example.com/secret/{SLUG}#{KEY}",
        f"https://someone:word@notes.example.com/secret/{SLUG}#{KEY}",
    ]
    return [
        *({"link": f"{there}/secret/{SLUG}#{key}", "rule": "key"} for key in keys),
        *({"link": address, "rule": "address"} for address in addresses),
    ]
