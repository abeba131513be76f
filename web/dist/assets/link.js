// Where the links of letters lead. Nothing is sent on load: who only looks, as scanners of mail do, uses
// nothing up.

const PAGES = {
  "/verify": {
    api: "/auth/verify",
    title: "Confirm your address",
    text: "Your account is ready once you confirm that this address is yours.",
    button: "Confirm the address",
    done: "Your address is confirmed. You can sign in now.",
  },
  "/reset": {
    api: "/auth/reset-password/confirm",
    title: "Set a new password",
    text: "It replaces the old one, and ends all sessions.",
    button: "Set the password",
    done: "Your password is set. You can sign in now.",
    password: true,
  },
  "/change-email": {
    api: "/auth/change-email/confirm",
    title: "Confirm your new address",
    text: "Your account will have this address from then on.",
    button: "Confirm the new address",
    done: "Your new address is confirmed.",
  },
};

const $ = (id) => document.getElementById(id);
const page = PAGES[location.pathname];
const token = location.hash.slice(1);
// Neither the history nor whoever looks at the screen should keep it.
history.replaceState(null, "", location.pathname);
// Another link, opened in this very tab.
addEventListener("hashchange", () => location.reload());

function fail(text) {
  $("failure").textContent = text;
  $("failure").hidden = false;
}

async function send() {
  const body = page.password ? { token, password: $("new-password").value } : { token };
  let response;
  try {
    response = await fetch(`/api/v1${page.api}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  } catch {
    return fail("The server cannot be reached. Try again.");
  }
  if (!response.ok) {
    const problem = await response.json().catch(() => ({}));
    return fail(problem.detail ?? `The server answered ${response.status}.`);
  }
  $("confirm").hidden = true;
  $("done").hidden = false;
  const heading = $("done").querySelector("h1");
  heading.textContent = page.done;
  heading.focus({ preventScroll: true });
}

const form = $("confirm").querySelector("form");
const button = form.querySelector("button");
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  $("failure").hidden = true;
  button.disabled = true;
  await send();
  button.disabled = false;
});

if (token) {
  $("confirm").querySelector("h1").textContent = page.title;
  $("confirm").querySelector("p").textContent = page.text;
  button.textContent = page.button;
  $("password").hidden = !page.password;
  $("new-password").disabled = !page.password;
  $("confirm").hidden = false;
} else {
  fail("The link is not complete. Open the one in your letter again.");
}
