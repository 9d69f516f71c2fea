// Whether somebody is still signed in, asked when an answer is not one of the page's own.

export const IN = "in";
export const OUT = "out";
export const AWAY = "away"; // no answer: the server or the network is out of reach

const TOKEN = /name="csrfmiddlewaretoken" value="([^"]+)"/;

// Ask for the page again. If it comes, `form` gets the token that the server takes now: signing in, also in
// another tab, makes the earlier one invalid.
export async function session(form) {
  let answer;
  try {
    answer = await fetch(location.href, { redirect: "manual", cache: "no-store" });
  } catch {
    return AWAY;
  }
  if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) return OUT;
  if (!answer.ok) return AWAY;
  const token = TOKEN.exec(await answer.text())?.[1];
  if (token) form.elements.csrfmiddlewaretoken.value = token;
  return IN;
}

// Send a form: `send` posts what it has now and resolves to {status, answer}. Where that brings a page instead
// of an answer, or nothing, somebody may be signed out, or signed in anew: then the form is sent once more.
// Resolves to {status, answer, session}.
export async function sendSignedIn(form, send) {
  const first = await send();
  if (first.answer || ![0, 200, 403].includes(first.status)) return { ...first, session: IN };
  const state = await session(form);
  if (state !== IN || first.status === 0) return { ...first, session: state };
  return { ...(await send()), session: IN };
}
