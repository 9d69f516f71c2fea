// Requests when the way to the server is bad: the server here answers what each test says.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, beforeEach, test } from "node:test";
import { ApiError, Faceverify, Unreachable } from "../src/index.js";

let server, url, answers, seen;

before(async () => {
  server = createServer((request, response) => {
    seen.push({ method: request.method, path: request.url, headers: request.headers });
    const [status, body, headers = {}] = answers.shift() ?? [200, {}];
    if (status === "cut") return request.socket.destroy();
    if (status === "never") return undefined;
    response.writeHead(status, { "Content-Type": "application/json", ...headers });
    return response.end(JSON.stringify(body));
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  url = `http://127.0.0.1:${server.address().port}/below/`;
});
after(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  answers = [];
  seen = [];
});

const client = (options = {}) => new Faceverify(url, "fv_secret", { longestPause: 0.01, ...options });

test("a request says who asks, below the server's path", async () => {
  answers = [[200, { id: "1" }]];

  assert.deepEqual(await client().person("1"), { id: "1" });
  assert.equal(seen[0].path, "/below/api/v1/people/1/");
  assert.equal(seen[0].headers.authorization, "Bearer fv_secret");
  assert.match(seen[0].headers["user-agent"], /^faceverify-client-js\//);
});

for (const fault of [429, 502, 503, 504, "cut"]) {
  test(`after ${fault} it is sent again, and means the same submission`, async () => {
    answers = [[fault, {}, { "Retry-After": "0" }], [201, { id: "1" }]];

    assert.deepEqual(await client().personAdd("Ada"), { id: "1" });
    assert.equal(seen.length, 2);
    assert.ok(seen[0].headers["idempotency-key"]);
    assert.equal(seen[0].headers["idempotency-key"], seen[1].headers["idempotency-key"]);
  });
}

test("two submissions are never taken for one", async () => {
  await client().personAdd("Ada");
  await client().personAdd("Ada");

  assert.notEqual(seen[0].headers["idempotency-key"], seen[1].headers["idempotency-key"]);
});

test("a first try that is still being carried out is waited for", async () => {
  answers = [[409, { code: "idempotency_in_progress" }], [201, { id: "1" }]];

  assert.deepEqual(await client().personAdd("Ada"), { id: "1" });
});

test("a verdict is asked for as often as the server wants", async () => {
  const [pending, done] = ["pending", "done"].map((state) => ({ id: "1", state }));
  answers = [[202, pending, { "Retry-After": "1" }], [200, pending], [200, done]];

  const started = performance.now();
  assert.deepEqual(await client().compare(new Uint8Array([1]), new Uint8Array([2])), done);
  assert.ok(performance.now() - started >= 990);
  assert.equal(seen.at(-1).path, "/below/api/v1/verifications/1/");
  assert.equal(seen.length, 3);
});

test("what the server refuses is not tried again, and told as it told it", async () => {
  answers = [[422, { code: "no_face_found", detail: "No face.", remedy: "Take another.", request_id: "r1" }]];

  await assert.rejects(client().detect(new Uint8Array([1])), (error) => {
    assert.ok(error instanceof ApiError);
    assert.deepEqual([error.status, error.code, error.requestId], [422, "no_face_found", "r1"]);
    assert.equal(error.message, "No face. Take another.");
    return true;
  });
  assert.equal(seen.length, 1);
});

test("tries end", async () => {
  answers = [[503, {}], [503, {}], [200, {}]];

  await assert.rejects(client({ retries: 1 }).person("1"), { name: "ApiError", status: 503 });
});

test("no answer in time, or none at all, is told apart from a refusal", async () => {
  answers = [["never"], ["cut"]];

  await assert.rejects(client({ retries: 0, timeout: 0.05 }).person("1"), Unreachable);
  await assert.rejects(client({ retries: 0 }).person("1"), Unreachable);
});

test("whoever asked may stop, with the reason they gave", async () => {
  answers = [["never"]];
  const stop = new AbortController();
  const asked = client().detect(new Uint8Array([1]), { signal: stop.signal });
  stop.abort(new Error("gone"));

  await assert.rejects(asked, { message: "gone" });
});

test("a list is walked through by its queries, whatever address the server believes it has", async () => {
  answers = [
    [200, { results: [{ id: "1" }], next: "http://inside.example/api/v1/people/?cursor=abc&tag=x" }],
    [200, { results: [{ id: "2" }], next: null }],
  ];

  const found = [];
  for await (const person of client().people({ tag: "x", q: "" })) found.push(person.id);

  assert.deepEqual(found, ["1", "2"]);
  assert.equal(seen[0].path, "/below/api/v1/people/?page_size=100&tag=x");
  assert.equal(seen[1].path, "/below/api/v1/people/?cursor=abc&tag=x");
});
