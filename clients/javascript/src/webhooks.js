// Is a message of a webhook genuine? Signed as https://www.standardwebhooks.com defines it.

import { NotGenuine } from "./errors.js";

/** The message, if it was signed with this secret lately; see index.d.ts. Throws NotGenuine. */
export async function verifyWebhook(secret, headers, body, { tolerance = 300, now = Date.now() / 1000 } = {}) {
  const found = new Headers(headers instanceof Headers ? headers : named(headers));
  const [id, timestamp, signature] = ["id", "timestamp", "signature"].map((name) => {
    const value = found.get(`webhook-${name}`);
    if (!value) throw new NotGenuine(`The header webhook-${name} is missing.`);
    return value;
  });
  if (!/^\d+$/.test(timestamp)) throw new NotGenuine("The header webhook-timestamp is not a number.");
  if (Math.abs(now - Number(timestamp)) > tolerance) {
    throw new NotGenuine("The message is too old, or from the future.");
  }
  const key = await keyOf(secret);
  const sent = typeof body === "string" ? new TextEncoder().encode(body) : new Uint8Array(body);
  const signed = await new Blob([`${id}.${timestamp}.`, sent]).arrayBuffer();
  // Two signatures for a day after a new secret was made. `verify` takes the same time for every wrong one.
  for (const each of signature.split(" ")) {
    const right = each.startsWith("v1,") && bytes(each.slice(3));
    if (right && (await crypto.subtle.verify("HMAC", key, right, signed))) {
      return JSON.parse(new TextDecoder().decode(sent));
    }
  }
  throw new NotGenuine("The signature is another one: not from the server, or changed on its way.");
}

// Node tells headers that came several times as lists.
const named = (headers) => Object.entries(headers).map(([name, value]) => [name, String(value)]);

function keyOf(secret) {
  const raw = bytes(secret.replace(/^whsec_/, ""));
  if (!raw) throw new NotGenuine("The secret is not one of faceverify: it starts with whsec_.");
  return crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
}

// What Base64 stands for; null where it is none.
function bytes(base64) {
  try {
    return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  } catch {
    return null;
  }
}
