// One document, two jobs: write a note at "/", read one at "/secret/{slug}".

const $ = (id) => document.getElementById(id);

function show(id) {
  for (const section of document.querySelectorAll("main > section")) section.hidden = section.id !== id;
  $("failure").hidden = true;
  $(id).querySelector("h1").setAttribute("tabindex", "-1");
  $(id).querySelector("h1").focus({ preventScroll: true });
}

function fail(text) {
  $("failure").textContent = text;
  $("failure").hidden = false;
}

async function api(method, path, body) {
  let response;
  try {
    response = await fetch(`/api/v1${path}`, {
      method,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw { detail: "The server cannot be reached. Whether it did what was asked is not known." };
  }
  const answer = await response.json().catch(() => ({ detail: `The server answered ${response.status}.` }));
  if (!response.ok) throw answer;
  return answer;
}

const random = (bytes) =>
  btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(bytes))))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

// The claim of a note that this tab has asked for. Kept before it is sent: whether the answer is lost or the
// page reloaded, the same claim gets the same note until its lease ends.
const claims = {
  here: new Map(),
  name: (slug) => `claim ${slug}`,
  get: (slug) => claims.here.get(slug) ?? storage?.getItem(claims.name(slug)),
  keep: (slug, claim) => {
    claims.here.set(slug, claim);
    try {
      storage?.setItem(claims.name(slug), claim);
    } catch {
      // Full: as below.
    }
  },
  forget: (slug) => {
    claims.here.delete(slug);
    storage?.removeItem(claims.name(slug));
  },
};
let storage;
try {
  storage = sessionStorage;
} catch {
  // Refused by the browser's settings: then a reload finds the note read.
}

const local = (time) => new Date(time).toLocaleString();

// Whether there is nothing more to try.
function over(problem) {
  const read = problem.code === "note_already_read";
  const gone = problem.code === "note_expired";
  const nothing = ["note_not_found", "not_found", "invalid_request"].includes(problem.code);
  if (!read && !gone && !nothing) {
    fail(problem.detail);
    return false;
  }
  $("over-title").textContent = read ? "This note was already read" : gone ? "This note has expired" : "There is no such note";
  $("over-text").textContent = read
    ? `It was read on ${local(problem.read_at)}. If that was not you, tell whoever sent it.`
    : gone
      ? "Nobody read it in time. Ask for a new one."
      : "The link may be incomplete, or the note is long gone.";
  show("over");
  return true;
}

function write() {
  show("write");
  const form = $("write").querySelector("form");
  const button = form.querySelector("button");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    try {
      const { slug } = await api("POST", "/note", { content: $("content").value });
      $("link").value = `${location.origin}/secret/${slug}`;
      $("content").value = "";
      show("written");
    } catch (problem) {
      fail(problem.detail);
    } finally {
      button.disabled = false;
    }
  });
  $("copy").addEventListener("click", async () => {
    $("link").select();
    try {
      await navigator.clipboard.writeText($("link").value);
      $("copy").textContent = "Copied";
    } catch {
      fail("The browser did not allow it. The link is selected: copy it by hand.");
    }
  });
}

async function read(slug) {
  const asked = claims.get(slug);
  if (asked) return reveal(slug, asked);
  try {
    const metadata = await api("GET", `/note/${slug}/meta`);
    $("expiry").textContent = `Unread, it ends on ${local(metadata.expires_at)}.`;
  } catch (problem) {
    return over(problem);
  }
  show("waiting");
}

async function reveal(slug, claim) {
  claims.keep(slug, claim);
  $("reveal").disabled = true;
  try {
    const note = await api("POST", `/note/${slug}/view`, { claim });
    $("text").textContent = note.content;
    $("lease").textContent = note.lease_ends_at
      ? `Until ${local(note.lease_ends_at)} this page may be loaded again; then the note is gone. Keep what you need.`
      : `It can be read until ${local(note.expires_at)}.`;
    $("done").hidden = !note.lease_ends_at;
    show("revealed");
  } catch (problem) {
    if ($("waiting").hidden) show("waiting"); // to try again from, should it not be over
    if (over(problem)) claims.forget(slug);
  } finally {
    $("reveal").disabled = false;
  }
}

async function done(slug) {
  try {
    await api("POST", `/note/${slug}/ack`, { claim: claims.get(slug) });
  } catch (problem) {
    return fail(problem.detail);
  }
  claims.forget(slug);
  $("done").hidden = true;
  $("lease").textContent = "It was your view, and it is over. Keep what you need before you close this page.";
  show("revealed");
}

// A slug needs no escapes: what has some leads nowhere, and the server says so.
const secret = location.pathname.match(/^\/secret\/([^/]+)$/);
if (secret) {
  const slug = secret[1];
  $("reveal").addEventListener("click", () => reveal(slug, claims.get(slug) ?? random(16)));
  $("done").addEventListener("click", () => done(slug));
  read(slug);
} else write();
