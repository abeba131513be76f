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
const claim = random(16);

const local = (time) => new Date(time).toLocaleString();

function over(problem) {
  const read = problem.code === "note_already_read";
  const gone = problem.code === "note_expired";
  const nothing = ["note_not_found", "not_found", "invalid_request"].includes(problem.code);
  if (!read && !gone && !nothing) return fail(problem.detail);
  $("over-title").textContent = read ? "This note was already read" : gone ? "This note has expired" : "There is no such note";
  $("over-text").textContent = read
    ? `It was read on ${local(problem.read_at)}. If that was not you, tell whoever sent it.`
    : gone
      ? "Nobody read it in time. Ask for a new one."
      : "The link may be incomplete, or the note is long gone.";
  show("over");
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
  const path = `/note/${slug}`;
  try {
    const metadata = await api("GET", `${path}/meta`);
    $("expiry").textContent = `Unread, it ends on ${local(metadata.expires_at)}.`;
    show("waiting");
  } catch (problem) {
    return over(problem);
  }
  $("reveal").addEventListener("click", async () => {
    $("reveal").disabled = true;
    try {
      // With a claim a lost answer is no lost note: the same click may be repeated for a minute.
      const note = await api("POST", `${path}/view`, { claim });
      $("text").textContent = note.content;
      show("revealed");
      api("POST", `${path}/ack`, { claim }).catch(() => {}); // else the lease ends by itself
    } catch (problem) {
      over(problem);
    } finally {
      $("reveal").disabled = false;
    }
  });
}

// A slug needs no escapes: what has some leads nowhere, and the server says so.
const secret = location.pathname.match(/^\/secret\/([^/]+)$/);
if (secret) read(secret[1]);
else write();
