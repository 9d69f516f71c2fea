// The camera's element and the page around it: which frames go, what is said, what happens at an end.

import assert from "node:assert/strict";
import { test } from "node:test";

import { frames, live } from "./live_page.mjs";
import { settled } from "./page.mjs";

const answer = (more = {}) => ({ type: "frame", faces: [], guidance: [], progress: 0, ...more });

// A camera that gives pictures every `every` ms for `ms`; the server answers each frame after the next of `after` ms.
async function film(page, line, { ms, every, after, says = answer() }) {
  const known = frames(line).length;
  let answered = known;
  let due = null;
  for (let at = 0; at < ms; at += 1) {
    if (at % Math.round(every) === 0) await page.picture();
    if (due === null && frames(line).length > answered) due = at + after[answered % after.length];
    if (due !== null && at >= due) {
      [answered, due] = [answered + 1, null];
      await line.say(says);
    }
    await page.clock.pass(1);
  }
  return frames(line).slice(known);
}

test("the camera stays off until the button is pressed", async () => {
  const page = await live();

  assert.equal(page.told(), page.words.idle);
  assert.deepEqual([page.tracks, page.sockets], [[], []]);
});

test("the element speaks the language of where it stands, and tells the server which", async () => {
  const page = await live();
  page.document.body.setAttribute("lang", "de-AT");

  page.element.connectedCallback(); // as when it is moved there
  await page.press();
  page.sockets[0].accept();

  assert.equal(page.part(".stop").textContent, "Anhalten");
  assert.equal(JSON.parse(page.sockets[0].sent[0]).language, "de-at");
  page.part(".stop").click();
  assert.equal(page.told(), "Angehalten. Die Kamera ist aus.");
});

test("in a language that it does not know it speaks English", async () => {
  const page = await live();
  page.document.body.setAttribute("lang", "fr");

  page.element.connectedCallback();

  assert.equal(page.told(), page.words.idle);
});

test("a page may keep the camera off", async () => {
  const page = await live();
  page.element.addEventListener("starting", (event) => event.preventDefault());

  await page.press();

  assert.deepEqual(page.tracks, []);
});

test("the token goes first, and no frame before the server is ready", async () => {
  const page = await live();
  await page.press();
  const [line] = page.sockets;
  line.accept();
  await page.picture();

  assert.equal(line.url, "wss://faces.example.org/live/sessions/7/");
  assert.deepEqual(line.sent.map((sent) => JSON.parse(sent)), [{ type: "start", token: "token 1", language: "en" }]);
  await line.say({ type: "ready", task: "identify", seconds: 30 });
  await page.picture();
  assert.deepEqual(frames(line), [{ seq: 1, captured: 0, bytes: 60 }]);
});

test("one frame is under way at a time, and the newest goes next", async () => {
  const page = await live();
  const line = await page.running();
  await page.picture();
  for (const ms of [70, 30, 30]) {
    await page.clock.pass(ms);
    await page.picture();
  }
  assert.equal(frames(line).length, 1);

  await line.say(answer());

  assert.deepEqual(frames(line).map(({ seq, captured }) => [seq, captured]), [[1, 0], [2, 130]]); // prettier-ignore
});

test("a picture is sent once, however long no other comes", async () => {
  const page = await live();
  const line = await page.running();
  await page.picture();

  await line.say(answer());
  await page.clock.pass(1000);

  assert.equal(frames(line).length, 1);
});

for (const [after, about] of [[[40], "soon"], [[66], "just in time"], [[40, 40, 40, 72], "late now and then"]]) {
  test(`fifteen frames a second go where answers come ${about}, though the camera gives thirty`, async () => {
    const page = await live();
    const line = await page.running();

    const sent = await film(page, line, { ms: 4000, every: 33, after });

    assert.ok(Math.abs(sent.length - 60) <= 2, `${sent.length} in four seconds`);
  });
}

test("a late frame is not made up for by a flood", async () => {
  const page = await live();
  const line = await page.running();
  await film(page, line, { ms: 1000, every: 33, after: [40] });
  await film(page, line, { ms: 2000, every: 33, after: [1900] });

  const sent = await film(page, line, { ms: 1000, every: 10, after: [5] });

  assert.ok(sent.length <= 17, `${sent.length} in a second`);
});

test("times of frames rise, even where the camera's clock stands still", async () => {
  const page = await live();
  const line = await page.running();
  const still = page.clock.now;

  for (let n = 0; n < 3; n += 1) {
    await page.picture(still);
    await line.say(answer());
    await page.clock.pass(100);
  }

  assert.deepEqual(frames(line).map(({ captured }) => captured), [0, 1, 2]); // prettier-ignore
});

test("guidance is shown at once and told to a screen reader with pauses, the newest only", async () => {
  const page = await live();
  const line = await page.running();
  const { guidance } = page.words;
  const heard = [];
  const say = async (...codes) => {
    await line.say(answer({ guidance: codes, faces: [{ box: [0, 0, 1, 1], state: "looking" }] }));
    if (page.said() !== heard.at(-1)) heard.push(page.said());
  };
  await page.clock.pass(6001); // until what is said at the start is over

  for (const code of ["too_dark", "come_closer", "too_dark", "blurred", "move_back"]) {
    await say(code);
    assert.equal(page.part(".guide").textContent, guidance[code]);
    await page.clock.pass(200);
  }
  assert.deepEqual(heard, [guidance.too_dark]);
  await page.clock.pass(3000);

  assert.equal(page.said(), guidance.move_back);
});

test("the same guidance in every frame is told once", async () => {
  const page = await live();
  const line = await page.running();

  for (let n = 0; n < 5; n += 1) await line.say(answer({ guidance: ["too_dark"] }));

  const told = page.events.filter(([name]) => name === "guidance");
  assert.deepEqual(told, [["guidance", { codes: ["too_dark"], words: page.words.guidance.too_dark }]]);
});

test("a step of the challenge is told at once, over what waits", async () => {
  const page = await live();
  const line = await page.running({ task: "verify" });
  await line.say(answer({ guidance: ["too_dark"] }));

  await line.say({ type: "step", step: { number: 1, of: 3, ask: "turn_left", seconds_left: 4.2 } });

  assert.equal(page.said(), page.words.steps.turn_left);
  assert.equal(page.part(".step").hidden, false);
  assert.equal(page.part(".arrow").textContent, "←"); // the picture is mirrored
  page.part("input").checked = false;
  page.part("input").fire("change");
  assert.equal(page.part(".arrow").textContent, "→");
});

test("at the end the camera is off, and the page is told where the result is", async () => {
  const page = await live();
  const line = await page.running();
  await page.picture();

  await line.say({ type: "end", reason: "finished", result: "/verifications/9/" });

  assert.equal(page.tracks[0].readyState, "ended");
  assert.equal(line.closed, 1000);
  assert.equal(page.told(), page.words.ended.finished);
  assert.deepEqual(page.events.at(-1), ["ended", { session: "7", reason: "finished", result: "/verifications/9/" }]);
  await page.picture();
  assert.equal(frames(line).length, 1);
});

test("a press on Stop ends it, and one on Start again begins a fresh session", async () => {
  const page = await live();
  await page.running();
  page.part(".stop").click();
  assert.equal(page.told(), page.words.ended.cancelled);

  await page.press();
  page.sockets[1].accept();

  assert.deepEqual(JSON.parse(page.sockets[1].sent[0]), { type: "start", token: "token 2", language: "en" });
  assert.equal(page.tracks[1].readyState, "live");
});

test("a server that goes is told, and the page says so when it is back", async () => {
  const page = await live();
  const line = await page.running();
  await line.drop();
  assert.equal(page.told(), page.words.trouble.gone);
  assert.equal(page.tracks[0].readyState, "ended");
  await page.clock.pass(3000);
  assert.equal(page.told(), page.words.trouble.gone);

  page.answer = async () => ({ type: "basic", status: 502 }); // of the proxy before it
  await page.clock.pass(3000);
  assert.equal(page.told(), page.words.trouble.gone);
  page.answer = async () => ({ type: "basic", status: 405 });
  await page.clock.pass(3000);

  assert.equal(page.told(), page.words.trouble.returned);
  const asked = page.posts.length;
  await page.clock.pass(60_000);
  assert.equal(page.posts.length, asked);
});

test("a server that does not answer a frame is given up", async () => {
  const page = await live();
  await page.running();
  await page.picture();

  for (let s = 0; s < 25; s += 1) {
    await page.clock.pass(1000);
    if (page.told()) break;
    await page.picture();
  }

  assert.equal(page.told(), page.words.trouble.gone);
});

for (const [code, trouble] of [[4401, "token"], [4403, "origin"], [4429, "limit"]]) {
  test(`a socket closed with ${code} is told as what it means`, async () => {
    const page = await live();
    await page.press();
    page.sockets[0].accept();

    await page.sockets[0].drop(code);

    assert.equal(page.told(), page.words.trouble[trouble]);
  });
}

test("where no socket comes through, frames go by requests", async () => {
  const page = await live();
  page.answer = async () => ({ ok: true, json: async () => answer({ guidance: ["too_dark"] }) });
  await page.press();

  await page.sockets[0].drop();
  await page.clock.pass(1);
  await page.picture();
  await settled();

  const [[address, { method, headers }]] = page.posts;
  assert.equal(address, "https://faces.example.org/live/sessions/7/frames/");
  assert.deepEqual([method, headers.Authorization], ["POST", "Live token 1"]);
  assert.equal(page.part(".guide").textContent, page.words.guidance.too_dark);
  page.answer = async () => ({ ok: true, json: async () => ({ ...answer(), end: { reason: "time" } }) });
  await page.clock.pass(100);
  await page.picture();
  await settled();
  assert.equal(page.told(), page.words.ended.time);
});

test("a camera that is unplugged, and one that sends nothing, are told", async () => {
  const page = await live();
  await page.running();
  page.tracks[0].unplug();
  assert.equal(page.told(), page.words.trouble.lost);

  await page.press();
  await page.clock.pass(20_000);

  assert.equal(page.told(), page.words.trouble.silent);
  assert.equal(page.tracks[1].readyState, "ended");
});

test("without HTTPS there is no button, and the page says what it needs", async () => {
  const page = await live({ isSecureContext: false, navigator: {} });

  assert.equal(page.told(), page.words.trouble.insecure);
  assert.equal(page.part(".primary").hidden, true);
});

test("out of sight the camera goes off", async () => {
  const page = await live();
  await page.running();

  page.document.hidden = true;
  page.document.fire("visibilitychange");

  assert.equal(page.told(), page.words.trouble.hidden);
  assert.equal(page.tracks[0].readyState, "ended");
});
