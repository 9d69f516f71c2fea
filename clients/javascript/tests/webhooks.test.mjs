// Messages of a webhook: only what the server signed, and signed lately, is taken for its message.

import assert from "node:assert/strict";
import { test } from "node:test";
import { NotGenuine, verifyWebhook } from "../src/index.js";

// The example of https://www.standardwebhooks.com
const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const BODY = '{"test": 2432232314}';
const NOW = 1614265330;
const HEADERS = {
  "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
  "webhook-timestamp": String(NOW),
  "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
};

for (const [name, headers, body] of [
  ["as text", HEADERS, BODY],
  ["as bytes", HEADERS, new TextEncoder().encode(BODY)],
  ["with Headers", new Headers(HEADERS), BODY],
  ["in capitals", Object.fromEntries(Object.entries(HEADERS).map(([k, v]) => [k.toUpperCase(), v])), BODY],
  ["with another signature before", { ...HEADERS, "webhook-signature": `v1,AAAA ${HEADERS["webhook-signature"]}` }, BODY],
]) {
  test(`what the server sent is given, ${name}`, async () => {
    assert.deepEqual(await verifyWebhook(SECRET, headers, body, { now: NOW }), { test: 2432232314 });
  });
}

for (const [why, headers, body, secret, now] of [
  [/another one/, HEADERS, BODY.replace("4", "5"), SECRET, NOW],
  [/another one/, { ...HEADERS, "webhook-id": "msg_2" }, BODY, SECRET, NOW],
  [/another one/, HEADERS, BODY, "whsec_AAAA", NOW],
  [/another one/, { ...HEADERS, "webhook-signature": "v1,!! v2,AAAA" }, BODY, SECRET, NOW],
  [/too old/, HEADERS, BODY, SECRET, NOW + 301],
  [/future/, HEADERS, BODY, SECRET, NOW - 301],
  [/not a number/, { ...HEADERS, "webhook-timestamp": "soon" }, BODY, SECRET, NOW],
  [/webhook-id is missing/, {}, BODY, SECRET, NOW],
  [/whsec_/, HEADERS, BODY, "whsec_!!", NOW],
]) {
  test(`anything else is not: ${why.source}, ${body}, ${secret}, ${now}`, async () => {
    await assert.rejects(verifyWebhook(secret, headers, body, { now }), (error) => {
      assert.ok(error instanceof NotGenuine);
      assert.match(error.message, why);
      return true;
    });
  });
}
