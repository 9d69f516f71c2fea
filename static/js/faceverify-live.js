// <faceverify-live>: the camera of whoever looks at a page, in front of a faceverify server.
//
//   <script src="https://faces.example.org/static/js/faceverify-live.js"></script>
//   <faceverify-live server="https://faces.example.org" session="ID" token="TOKEN"></faceverify-live>
//
// One file, which needs nothing else; docs/live.md describes it. The camera starts by a press only, and is off
// whenever the element is out of sight. Frames go by WebSocket, or by POST where a proxy lets none through: one is
// under way at a time, and the newest is taken next. What a face is, and when it is enough, the server decides.
(() => {
  // By language. What a table leaves out is said in English.
  const WORDS = {
    en: {
      start: "Start the camera",
      again: "Start again",
      stop: "Stop",
      here: "Use this tab instead",
      idle: "The camera is off. It starts when you press the button.",
      starting: "Starting the camera. Your browser may ask whether this page may use it.",
      connecting: "The camera is on. Waiting for the server.",
      on: "Camera on",
      sees: "What your camera sees",
      progress: "Progress",
      camera: "Camera",
      front: "Front camera",
      back: "Back camera",
      mirrored: "Mirrored",
      good: "Good: keep looking at the camera",
      seconds: (count) => `${count} s left`,
      stepOf: (step) => `Step ${step.number} of ${step.of}`,
      steps: {
        turn_left: "Turn your head to your left, then back",
        turn_right: "Turn your head to your right, then back",
        come_closer: "Come closer to the camera",
        move_back: "Move back from the camera",
      },
      photoOf: (step) => `Photo ${step.number} of ${step.of}`,
      // For photos of a person, which want no more than a little of each.
      poses: {
        turn_left: "Turn your head a little to your left",
        turn_right: "Turn your head a little to your right",
        come_closer: "Come a little closer",
        move_back: "Move back a little",
      },
      guidance: {
        no_face: "No face to be seen: look at the camera",
        come_closer: "Come a little closer",
        move_back: "Move back a little",
        too_dark: "Too dark: turn on a light, or face a window",
        too_bright: "Too bright: turn away from the light",
        blurred: "Blurred: hold still, and wipe the lens",
        look_at_the_camera: "Look straight at the camera",
        one_person_only: "One person only, please",
        face_cut_off: "Keep your whole face in the picture",
        unreadable: "A picture arrived damaged; the next one may do",
        hold_still: "Hold still for a moment",
      },
      ended: {
        finished: "Done. The camera is off.",
        time: "Time is up. The camera is off.",
        cancelled: "Stopped. The camera is off.",
        limit: "The server ended this session, because it reached a limit. The camera is off.",
        error: "The server could not go on with this session. The camera is off.",
        refused: "The server refused this session. The camera is off.",
      },
      // What went wrong, and what to do now.
      trouble: {
        insecure: "Browsers hand a camera only to pages with HTTPS, or on localhost. Open this page by its https:// address; if it has none, whoever runs this site can set one up.",
        unsupported: "This browser cannot hand a camera to a page. Use a current Firefox, Chrome, Edge or Safari.",
        denied: "The browser does not let this page use the camera. Allow it in the address bar, then start again.",
        no_camera: "No camera was found. Connect one, then start again.",
        taken: "The camera cannot be opened; another program may be using it. Close that one, then start again.",
        lost: "The camera was lost: unplugged, or taken by another program. Connect it, then start again.",
        silent: "The camera sends no picture. Look whether it is covered or switched off, then start again.",
        elsewhere: "The camera is running in another tab. It can be used in one tab at a time.",
        moved: "The camera is used in another tab now, so it is off here.",
        hidden: "The camera was turned off because this page was out of sight.",
        gone: "The server does not answer. The camera is off; start again in a moment.",
        returned: "The server is back. You can start again.",
        limit: "All places for live sessions are taken. Wait a minute, then start again.",
        token: "The permission for this session has been used or has run out. Start again, or reload the page.",
        origin: "This site may not use this session. Its token has to name the site’s address.",
        refused: "The session could not be started.",
      },
      looking: "Looking",
      somebody: "The person in the photo",
      else: (name) => (name ? `Not ${name}` : "Somebody else"),
      unknown: "Nobody you know",
      likely: (p) => (p >= 0.99 ? "almost certainly" : p >= 0.9 ? "very likely" : p >= 0.7 ? "likely" : "perhaps"),
    },
    de: {
      start: "Kamera einschalten",
      again: "Noch einmal beginnen",
      stop: "Anhalten",
      here: "Stattdessen diesen Tab verwenden",
      idle: "Die Kamera ist aus. Sie geht an, wenn Sie die Taste drücken.",
      starting: "Die Kamera wird eingeschaltet. Vielleicht fragt Ihr Browser, ob diese Seite sie verwenden darf.",
      connecting: "Die Kamera ist an. Es wird auf den Server gewartet.",
      on: "Kamera an",
      sees: "Was Ihre Kamera sieht",
      progress: "Fortschritt",
      camera: "Kamera",
      front: "Vordere Kamera",
      back: "Hintere Kamera",
      mirrored: "Gespiegelt",
      good: "Gut: Sehen Sie weiter in die Kamera",
      seconds: (count) => `noch ${count} s`,
      stepOf: (step) => `Schritt ${step.number} von ${step.of}`,
      steps: {
        turn_left: "Drehen Sie den Kopf nach links, dann zurück",
        turn_right: "Drehen Sie den Kopf nach rechts, dann zurück",
        come_closer: "Kommen Sie näher an die Kamera",
        move_back: "Gehen Sie von der Kamera zurück",
      },
      photoOf: (step) => `Foto ${step.number} von ${step.of}`,
      poses: {
        turn_left: "Drehen Sie den Kopf ein wenig nach links",
        turn_right: "Drehen Sie den Kopf ein wenig nach rechts",
        come_closer: "Kommen Sie ein wenig näher",
        move_back: "Gehen Sie ein wenig zurück",
      },
      guidance: {
        no_face: "Kein Gesicht zu sehen: Sehen Sie in die Kamera",
        come_closer: "Kommen Sie ein wenig näher",
        move_back: "Gehen Sie ein wenig zurück",
        too_dark: "Zu dunkel: Machen Sie Licht an, oder wenden Sie sich zu einem Fenster",
        too_bright: "Zu hell: Wenden Sie sich vom Licht ab",
        blurred: "Unscharf: Halten Sie still, und wischen Sie die Linse ab",
        look_at_the_camera: "Sehen Sie gerade in die Kamera",
        one_person_only: "Bitte nur eine Person",
        face_cut_off: "Bleiben Sie mit dem ganzen Gesicht im Bild",
        unreadable: "Ein Bild kam beschädigt an; vielleicht geht es mit dem nächsten",
        hold_still: "Halten Sie einen Augenblick still",
      },
      ended: {
        finished: "Fertig. Die Kamera ist aus.",
        time: "Die Zeit ist um. Die Kamera ist aus.",
        cancelled: "Angehalten. Die Kamera ist aus.",
        limit: "Der Server hat diese Sitzung beendet, weil eine Grenze erreicht war. Die Kamera ist aus.",
        error: "Der Server konnte mit dieser Sitzung nicht weitermachen. Die Kamera ist aus.",
        refused: "Der Server hat diese Sitzung abgelehnt. Die Kamera ist aus.",
      },
      trouble: {
        insecure: "Browser geben eine Kamera nur an Seiten mit HTTPS oder auf localhost. Öffnen Sie diese Seite unter ihrer https://-Adresse; hat sie keine, kann sie einrichten, wer die Website betreibt.",
        unsupported: "Dieser Browser kann einer Seite keine Kamera geben. Verwenden Sie einen aktuellen Firefox, Chrome, Edge oder Safari.",
        denied: "Der Browser lässt diese Seite die Kamera nicht verwenden. Erlauben Sie es in der Adresszeile, und beginnen Sie noch einmal.",
        no_camera: "Keine Kamera gefunden. Schließen Sie eine an, und beginnen Sie noch einmal.",
        taken: "Die Kamera lässt sich nicht öffnen; vielleicht verwendet sie ein anderes Programm. Schließen Sie es, und beginnen Sie noch einmal.",
        lost: "Die Kamera ist weg: ausgesteckt oder von einem anderen Programm übernommen. Schließen Sie sie an, und beginnen Sie noch einmal.",
        silent: "Die Kamera sendet kein Bild. Sehen Sie nach, ob sie verdeckt oder ausgeschaltet ist, und beginnen Sie noch einmal.",
        elsewhere: "Die Kamera läuft in einem anderen Tab. Sie kann nur in einem Tab verwendet werden.",
        moved: "Die Kamera wird jetzt in einem anderen Tab verwendet, darum ist sie hier aus.",
        hidden: "Die Kamera wurde ausgeschaltet, weil diese Seite nicht zu sehen war.",
        gone: "Der Server antwortet nicht. Die Kamera ist aus; beginnen Sie gleich noch einmal.",
        returned: "Der Server ist wieder da. Sie können noch einmal beginnen.",
        limit: "Alle Plätze für Live-Sitzungen sind besetzt. Warten Sie eine Minute, und beginnen Sie noch einmal.",
        token: "Die Erlaubnis für diese Sitzung ist verbraucht oder abgelaufen. Beginnen Sie noch einmal, oder laden Sie die Seite neu.",
        origin: "Diese Website darf diese Sitzung nicht verwenden. Ihr Token muss die Adresse der Website nennen.",
        refused: "Die Sitzung ließ sich nicht beginnen.",
      },
      looking: "Wird gesucht",
      somebody: "Die Person auf dem Foto",
      else: (name) => (name ? `Nicht ${name}` : "Jemand anderes"),
      unknown: "Niemand, den Sie kennen",
      likely: (p) => (p >= 0.99 ? "fast sicher" : p >= 0.9 ? "sehr wahrscheinlich" : p >= 0.7 ? "wahrscheinlich" : "vielleicht"),
    },
  };
  const FRAME = { width: 480, height: 360, per_second: 15, bytes: 150000 };
  const QUALITY = 0.8; // of the JPEGs
  const EARLY = 4; // ms by which a frame may come before it is due: cameras are not exact
  const PATIENCE = 20_000; // ms until an answer that does not come means that the server is gone
  const PAUSE = 3_000; // ms between two announcements to a screen reader
  const LOCK = "faceverify-live";
  const CAMERA_ERRORS = { NotAllowedError: "denied", SecurityError: "denied", NotFoundError: "no_camera", OverconstrainedError: "no_camera" };
  const CLOSED = { 4401: "token", 4403: "origin", 4404: "token", 4409: "token", 4429: "limit" };
  const STATUS = { 401: "token", 403: "origin", 404: "token", 409: "token", 410: "token", 429: "limit" };
  const COLOURS = { match: "#7fe0ab", no_match: "#f5a08f", unknown: "#ecc06a", looking: "#ffffff" };

  const SHADOW = `
    <div class="frame">
      <div class="stage" part="stage">
        <video playsinline muted hidden></video>
        <canvas aria-hidden="true" hidden></canvas>
        <p class="on" hidden><span aria-hidden="true"></span><b data-on></b></p>
        <p class="left" role="timer" hidden></p>
        <div class="cover"><p class="text"></p><button class="primary" type="button"></button><slot name="otherwise"></slot></div>
      </div>
      <div class="guides"><p class="guide" hidden></p></div>
    </div>
    <div class="step" hidden><span class="arrow" aria-hidden="true"></span><b></b><small></small></div>
    <progress max="1" value="0" hidden></progress>
    <div class="bar" part="bar">
      <label class="camera"><span></span> <select></select></label>
      <label class="mirror"><input type="checkbox" checked> <span></span></label>
      <button class="stop" type="button" hidden></button>
    </div>
    <p class="said" role="status"></p>`;

  const STYLE = `
    :host { display: block; container-type: inline-size; font: inherit; color: var(--faceverify-ink, CanvasText);
      --tone: var(--faceverify-accent, #0b5f56); --rim: var(--faceverify-line, #8b8879); }
    :host([hidden]), [hidden] { display: none !important; }
    * { box-sizing: border-box; margin: 0; }
    .stage { position: relative; display: grid; aspect-ratio: 4 / 3; max-width: 100%; max-height: 80vh; margin-inline: auto; overflow: clip;
      border-radius: 0.875rem; background: #0c1110; color: #edf1ee; }
    video, canvas { position: absolute; inset: 0; width: 100%; height: 100%; }
    video.mirrored { transform: scaleX(-1); }
    .cover { position: relative; display: grid; gap: 1rem; place-content: center; justify-items: center; padding: 1.5rem; text-align: center; }
    .text { max-width: 30rem; font-size: 1.0625rem; line-height: 1.5; }
    .trouble .text { font-weight: 600; }
    .on, .left { position: absolute; top: 0.75rem; padding: 0.2rem 0.7rem; border-radius: 2rem; background: rgb(8 14 12 / 75%); font-size: 0.875rem; line-height: 1.5; }
    .on { left: 0.75rem; display: flex; gap: 0.45rem; align-items: center; }
    .on span { width: 0.7rem; height: 0.7rem; border-radius: 50%; background: #ff5c4d; }
    .left { right: 0.75rem; font-variant-numeric: tabular-nums; }
    .frame { position: relative; }
    .guides { display: grid; justify-items: center; margin-top: 0.6rem; text-align: center; }
    .guides:not(:has(> :not([hidden]))) { display: none; }
    .guide { padding: 0.45rem 1rem; border-radius: 1.2rem; background: rgb(8 14 12 / 85%); color: #edf1ee; font-weight: 600; }
    .step { display: grid; justify-items: center; margin-top: 0.6rem; padding: 0.75rem 1rem 0.9rem; border-radius: 0.875rem; background: #0c1110; color: #edf1ee; text-align: center; }
    .step b { font-size: clamp(1.3rem, 0.9rem + 2.2vw, 1.9rem); line-height: 1.2; }
    .step small { font-size: 0.9375rem; font-variant-numeric: tabular-nums; }
    .arrow { font-size: 2rem; line-height: 1; }
    .arrow:empty { display: none; }
    /* On a small picture words would hide the face. */
    @container (min-width: 34rem) {
      .guides { position: absolute; inset: auto 0.75rem 0.75rem; margin: 0; }
    }
    progress { display: block; width: 100%; height: 0.5rem; margin-top: 0.5rem; accent-color: var(--tone); }
    .bar { display: flex; flex-wrap: wrap; gap: 0.75rem 1.25rem; align-items: center; margin-top: 0.75rem; }
    .bar label { display: flex; gap: 0.5rem; align-items: center; font-size: 0.9375rem; min-width: 0; }
    .mirror input { width: 1.2rem; height: 1.2rem; accent-color: var(--tone); }
    select, button { min-height: 2.75rem; border: 1px solid var(--rim); font: inherit; cursor: pointer; }
    select { max-width: min(16rem, 60vw); padding: 0.4rem 0.6rem; border-radius: 0.5rem; background: var(--faceverify-surface, Canvas); color: inherit; }
    button { padding: 0.5rem 1.25rem; border-radius: 2rem; background: var(--faceverify-surface, Canvas); color: inherit; font-weight: 600; }
    .primary { min-height: 3.25rem; padding-inline: 2rem; border-color: #63d2c2; background: #63d2c2; color: #06201d; }
    .primary:hover { background: #8be3d6; }
    .stop { margin-inline-start: auto; border-color: var(--faceverify-danger, #9c3422); color: var(--faceverify-danger, #9c3422); }
    :focus-visible { outline: 3px solid var(--faceverify-focus, #0a4fb8); outline-offset: 2px; }
    .primary:focus-visible { outline-color: #fff; }
    .said { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
    ::slotted(a) { color: #8be3d6 !important; }`;

  const wait = (ms) => new Promise((done) => setTimeout(done, ms));

  // Both ways give { send(bytes), close() } and tell what comes: heard(message), lost(code of trouble, detail).
  function bySocket({ socket, token, language }, { heard, lost, absent }) {
    let ready = false;
    let error = null;
    const line = new WebSocket(socket);
    line.binaryType = "arraybuffer";
    line.onopen = () => line.send(JSON.stringify({ type: "start", token, language }));
    line.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.type === "error") error = message;
      else heard(message);
      ready ||= message.type === "ready";
    };
    line.onclose = ({ code }) => {
      if (!ready && !error && code === 1006) absent(); // no WebSocket comes through
      else lost(CLOSED[code] ?? (code < 4000 && !error ? "gone" : "refused"), error?.detail);
    };
    return { send: (bytes) => line.send(bytes), close: () => line.close(1000) };
  }

  function byPost({ frames, token, language }, { heard, lost }) {
    const over = new AbortController();
    const send = async (body) => {
      try {
        const headers = { Authorization: `Live ${token}`, "Content-Type": "application/octet-stream", "Accept-Language": language };
        const answer = await fetch(frames, { method: "POST", body, headers, signal: over.signal, credentials: "omit" });
        const message = await answer.json().catch(() => ({}));
        if (!answer.ok) return lost(STATUS[answer.status] ?? (answer.status < 500 ? "refused" : "gone"), message.detail);
        heard({ type: "frame", ...message });
        if (message.end) heard({ type: "end", ...message.end });
      } catch {
        if (!over.signal.aborted) lost("gone");
      }
    };
    setTimeout(() => heard({ type: "ready", frame: FRAME }));
    return { send, close: () => over.abort() };
  }

  // Scales a frame into the size that the server asks for, and makes a JPEG of it.
  class Shutter {
    async take(video, { width, height, bytes }) {
      const upright = video.videoHeight > video.videoWidth;
      const [wide, high] = upright ? [height, width] : [width, height];
      const scale = Math.min(wide / video.videoWidth, high / video.videoHeight, 1);
      const size = [Math.round(video.videoWidth * scale), Math.round(video.videoHeight * scale)];
      this.canvas ??= globalThis.OffscreenCanvas ? new OffscreenCanvas(1, 1) : document.createElement("canvas");
      if (this.canvas.width !== size[0] || this.canvas.height !== size[1]) [this.canvas.width, this.canvas.height] = size;
      this.pen ??= this.canvas.getContext("2d", { alpha: false });
      this.pen.drawImage(video, 0, 0, ...size);
      const picture = await this.jpeg(QUALITY);
      return picture.size > bytes ? this.jpeg(QUALITY / 2) : picture;
    }

    jpeg(quality) {
      if (this.canvas.convertToBlob) return this.canvas.convertToBlob({ type: "image/jpeg", quality });
      return new Promise((done) => this.canvas.toBlob(done, "image/jpeg", quality));
    }
  }

  class FaceverifyLive extends HTMLElement {
    // Texts by language: another one is another table, and the nearest `lang` chooses. English texts, which stand in
    // for what no table has, are also `words`; assign to what is in here.
    static languages = WORDS;
    static words = WORDS.en;
    // Assign a function that gives { server, session, token }, perhaps by a promise, for a fresh session with each
    // start. Without it the attributes are used, which are good for one session.
    prepare = null;

    #run = null; // what belongs to one start; null while the camera is off
    #shutter = new Shutter();
    #said = { text: "", next: "", timer: 0 };
    #language = "en";
    #words = WORDS.en;

    constructor() {
      super();
      const root = this.attachShadow({ mode: "open" });
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE);
      root.adoptedStyleSheets = [sheet];
      root.innerHTML = SHADOW;
      const part = (selector) => root.querySelector(selector);
      this.parts = { stage: part(".stage"), video: part("video"), canvas: part("canvas"), on: part(".on"), left: part(".left"),
        step: part(".step"), guide: part(".guide"), cover: part(".cover"), text: part(".text"), go: part(".primary"),
        progress: part("progress"), cameras: part("select"), mirror: part("input"), stop: part(".stop"), said: part(".said") }; // prettier-ignore
      const { video, go, stop, mirror, cameras } = this.parts;
      go.addEventListener("click", () => this.start({ takeOver: go.dataset.act === "take" }));
      stop.addEventListener("click", () => this.#end({ reason: "cancelled" }));
      mirror.addEventListener("change", () => this.#mirror(mirror.checked));
      cameras.addEventListener("change", () => this.#run && this.#changeCamera(this.#run));
      video.addEventListener("resize", () => this.#fit());
    }

    connectedCallback() {
      this.#translate();
      this.hiding = () => document.hidden && this.#run && this.#trouble("hidden");
      this.leaving = () => this.#run && this.#trouble("hidden");
      document.addEventListener("visibilitychange", this.hiding);
      addEventListener("pagehide", this.leaving);
      if (!isSecureContext) this.#trouble("insecure");
      else if (!navigator.mediaDevices?.getUserMedia) this.#trouble("unsupported");
    }

    // Says everything in the language of where the element stands.
    #translate() {
      const { shadowRoot: root, parts } = this;
      const language = this.closest("[lang]")?.getAttribute("lang").toLowerCase() || "en";
      const words = { ...WORDS[language.split("-")[0]], ...WORDS[language] };
      this.#language = language;
      this.#words = Object.fromEntries(Object.entries(WORDS.en).map(([key, english]) => [key, typeof english === "object" ? { ...english, ...words[key] } : (words[key] ?? english)])); // prettier-ignore
      parts.video.setAttribute("aria-label", this.#words.sees);
      parts.progress.setAttribute("aria-label", this.#words.progress);
      root.querySelector("[data-on]").textContent = this.#words.on;
      root.querySelector(".camera span").textContent = this.#words.camera;
      root.querySelector(".mirror span").textContent = this.#words.mirrored;
      parts.stop.textContent = this.#words.stop;
      this.#listCameras([]);
      this.#cover(this.#words.idle, this.#words.start);
    }

    disconnectedCallback() {
      document.removeEventListener("visibilitychange", this.hiding);
      removeEventListener("pagehide", this.leaving);
      if (this.#run) this.#end({ reason: "cancelled" });
    }

    // Starting and stopping

    async start({ takeOver = false } = {}) {
      if (this.#run || !this.#tell("starting", {})) return;
      const run = (this.#run = { seq: 0, captured: -1, next: 0, busy: false, fresh: null, faces: [], frame: FRAME, release() {} });
      const current = () => this.#run === run;
      performance.clearMeasures?.("faceverify-live");
      this.#cover(this.#words.starting, "");
      if (!(await this.#alone(run, takeOver))) return current() && this.#trouble("elsewhere");
      if (!current()) return run.release();
      try {
        const stream = await this.#open();
        if (!current()) return this.#off(stream);
        await this.#show(run, stream);
      } catch (error) {
        return current() && this.#trouble(CAMERA_ERRORS[error.name] ?? "taken");
      }
      if (!current()) return;
      this.#say(this.#words.connecting);
      let session;
      try {
        session = this.#addresses(this.prepare ? await this.prepare() : { server: this.getAttribute("server") ?? "", session: this.getAttribute("session"), token: this.getAttribute("token") });
      } catch (error) {
        return current() && this.#trouble(error.code ?? "gone", error.detail);
      }
      if (!current()) return;
      this.#connect(run, session);
    }

    stop() {
      if (this.#run) this.#end({ reason: "cancelled" });
    }

    #addresses({ server = "", session, token, socket, frames }) {
      const base = new URL(`${server.replace(/\/$/, "")}/live/sessions/${session}/`, location.href);
      const line = new URL(socket ?? base, base);
      line.protocol = line.protocol.replace("http", "ws");
      const posts = new URL(frames ?? new URL("frames/", base), base);
      return { session, token, language: this.#language, socket: line.href, frames: posts.href };
    }

    #connect(run, session) {
      const mine = (what) => (...given) => this.#run === run && what(...given);
      const tell = {
        heard: mine((message) => this.#heard(run, message)),
        lost: mine((code, detail) => this.#trouble(code, detail)),
        absent: mine(() => (run.wire = byPost(session, tell))),
      };
      run.session = session;
      run.wire = bySocket(session, tell);
      run.patience = setTimeout(tell.lost, PATIENCE, "gone");
    }

    // One tab at a time: `run.release` gives the place up; one that takes it over ends this one.
    #alone(run, takeOver) {
      if (!navigator.locks) return true;
      return new Promise((taken) => {
        navigator.locks
          .request(LOCK, takeOver ? { steal: true } : { ifAvailable: true }, (lock) => {
            if (!lock) return taken(false);
            return new Promise((release) => {
              run.release = release;
              taken(true);
            });
          })
          .catch(() => this.#run === run && this.#trouble("moved"));
      });
    }

    #open() {
      const { value } = this.parts.cameras;
      const which = ["user", "environment"].includes(value) ? { facingMode: value } : { deviceId: { exact: value } };
      return navigator.mediaDevices.getUserMedia({
        audio: false,
        video: { ...which, width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 } },
      });
    }

    async #show(run, stream) {
      const { video, canvas, on, stop, cover } = this.parts;
      const [track] = stream.getVideoTracks();
      run.stream = stream;
      track.addEventListener("ended", () => this.#run === run && run.stream === stream && this.#trouble("lost"));
      this.#mirror((track.getSettings().facingMode ?? this.parts.cameras.value) !== "environment");
      video.srcObject = stream;
      for (const part of [video, canvas, on, stop]) part.hidden = false;
      cover.hidden = true;
      if (this.shadowRoot.activeElement === null) stop.focus({ preventScroll: true });
      clearTimeout(run.silence);
      run.silence = setTimeout(() => this.#run === run && this.#trouble("silent"), PATIENCE);
      await video.play();
      this.#fit();
      this.#listCameras(await navigator.mediaDevices.enumerateDevices(), track.getSettings().deviceId);
      this.#watch(run);
    }

    async #changeCamera(run) {
      this.#off(run.stream);
      run.stream = null;
      try {
        const stream = await this.#open();
        if (this.#run !== run) return this.#off(stream);
        await this.#show(run, stream);
      } catch (error) {
        if (this.#run === run) this.#trouble(CAMERA_ERRORS[error.name] ?? "taken");
      }
    }

    #listCameras(devices, chosen = "user") {
      const { cameras } = this.parts;
      const inputs = devices.filter((device) => device.kind === "videoinput" && device.deviceId);
      const named = inputs.map((device, n) => [device.deviceId, device.label || `${this.#words.camera} ${n + 1}`]);
      const choices = named.length ? named : [["user", this.#words.front], ["environment", this.#words.back]];
      cameras.replaceChildren(...choices.map(([value, text]) => new Option(text, value, false, value === chosen)));
    }

    #mirror(on) {
      this.parts.mirror.checked = on;
      this.parts.video.classList.toggle("mirrored", on);
      this.#arrow();
      this.#draw();
    }

    #fit() {
      const { video, stage } = this.parts;
      if (video.videoWidth) stage.style.aspectRatio = `${video.videoWidth} / ${video.videoHeight}`;
    }

    #off(stream) {
      for (const track of stream?.getTracks() ?? []) track.stop();
    }

    #close() {
      const run = this.#run;
      const { video, canvas, on, left, step, guide, progress, stop } = this.parts;
      this.#run = null;
      run.wire?.close();
      for (const timer of [run.patience, run.silence]) clearTimeout(timer);
      clearInterval(run.clock);
      this.#off(run.stream);
      run.release();
      video.srcObject = null;
      for (const part of [video, canvas, on, left, step, guide, progress, stop]) part.hidden = true;
      return run;
    }

    #end({ reason, result, detail, photos_added: photosAdded }) {
      const run = this.#close();
      this.#cover(detail ?? this.#words.ended[reason] ?? this.#words.ended.error, this.#words.again);
      this.#tell("ended", { session: run.session?.session, reason, ...(result && { result }), ...(photosAdded !== undefined && { photosAdded }) });
    }

    #trouble(code, detail) {
      const run = this.#run && this.#close();
      const hopeless = code === "insecure" || code === "unsupported";
      const elsewhere = code === "elsewhere" || code === "moved";
      this.#cover(detail || this.#words.trouble[code] || this.#words.trouble.refused, hopeless ? "" : elsewhere ? this.#words.here : this.#words.again, "trouble");
      if (elsewhere) this.parts.go.dataset.act = "take";
      if (run) this.#tell("ended", { session: run.session?.session, reason: code });
      if (code === "gone" && run?.session) this.#awaitServer(run.session.frames);
    }

    // Says so when the server is there again.
    async #awaitServer(address) {
      const text = this.parts.text.textContent;
      const unchanged = () => this.isConnected && !this.#run && this.parts.text.textContent === text;
      for (let n = 0; n < 100 && unchanged(); n++) {
        await wait(3000);
        const answer = await fetch(address, { mode: "no-cors", cache: "no-store", credentials: "omit" }).catch(() => null);
        // It takes no such request, but says so itself; where it is away, a proxy says that.
        if (answer && (answer.type === "opaque" || answer.status < 500)) {
          if (unchanged()) this.#cover(this.#words.trouble.returned, this.#words.again);
          return;
        }
      }
    }

    // Frames

    #watch(run) {
      const { video } = this.parts;
      const stream = run.stream;
      const next = video.requestVideoFrameCallback?.bind(video) ?? requestAnimationFrame;
      const see = (now, about) => {
        if (this.#run !== run || run.stream !== stream) return;
        clearTimeout(run.silence);
        run.silence = setTimeout(() => this.#run === run && this.#trouble("silent"), PATIENCE);
        run.fresh = about?.captureTime ?? now;
        this.#send(run);
        next(see);
      };
      next(see);
    }

    async #send(run) {
      const now = performance.now();
      if (!run.began || run.busy || run.fresh === null || now < run.next - EARLY) return;
      const taken = run.fresh;
      run.busy = true;
      run.fresh = null;
      // From when it was due: counted from each frame that came late, every delay would cost a picture of the camera.
      const interval = 1000 / run.frame.per_second;
      run.next = Math.max(run.next, now - interval / 2) + interval;
      const picture = await this.#shutter.take(this.parts.video, run.frame).catch(() => null);
      if (this.#run !== run) return;
      if (!picture) return void (run.busy = false);
      const head = new DataView(new ArrayBuffer(8));
      run.seq += 1;
      run.taken = taken;
      run.captured = Math.max(run.captured + 1, Math.round(taken - run.began));
      head.setUint32(0, run.seq);
      head.setUint32(4, run.captured);
      const bytes = await new Blob([head, picture]).arrayBuffer();
      if (this.#run !== run) return;
      clearTimeout(run.patience);
      run.patience = setTimeout(() => this.#run === run && this.#trouble("gone"), PATIENCE);
      run.wire.send(bytes);
    }

    #heard(run, message) {
      if (message.type === "ready") {
        run.frame = { ...FRAME, ...message.frame };
        run.task = message.task;
        run.began = performance.now();
        this.#countDown(run, message.seconds);
        this.#tell("started", { session: run.session.session });
      } else if (message.type === "end") {
        return this.#end(message);
      }
      clearTimeout(run.patience);
      if (message.type === "step") this.#ask(run, message.step ?? message);
      if (message.type !== "frame") return;
      run.busy = false;
      run.faces = message.faces ?? [];
      run.shown = run.taken;
      this.#ask(run, message.step);
      this.#guide(run, message.guidance ?? []);
      this.parts.progress.hidden = false;
      this.parts.progress.value = message.progress ?? 0;
      requestAnimationFrame(() => this.#run === run && this.#draw());
      this.#send(run); // the newest that came meanwhile
    }

    #countDown(run, seconds) {
      if (!seconds) return;
      const until = performance.now() + seconds * 1000;
      const show = () => (this.parts.left.textContent = this.#words.seconds(Math.max(0, Math.ceil((until - performance.now()) / 1000))));
      run.clock = setInterval(show, 250);
      this.parts.left.hidden = false;
      show();
    }

    // What the person sees and hears

    #cover(text, button, look = "") {
      const { cover, go } = this.parts;
      cover.className = `cover ${look}`;
      cover.hidden = false;
      this.parts.text.textContent = text;
      go.textContent = button;
      go.hidden = !button;
      go.dataset.act = "start";
      this.querySelector("[slot=otherwise]")?.toggleAttribute("hidden", look !== "trouble");
      if (this.isConnected && text !== this.#words.idle) this.#say(text, true);
    }

    #ask(run, step) {
      const { step: box } = this.parts;
      box.hidden = !step;
      if (!step) return void (run.step = null);
      const enrols = run.task === "enrol";
      const words = (enrols ? this.#words.poses : this.#words.steps)[step.ask] ?? step.ask;
      box.querySelector("b").textContent = words;
      box.querySelector("small").textContent = enrols
        ? this.#words.photoOf(step)
        : `${this.#words.stepOf(step)} · ${this.#words.seconds(Math.ceil(step.seconds_left))}`;
      const fresh = run.step?.number !== step.number || run.step?.ask !== step.ask;
      run.step = step;
      if (fresh) {
        this.#arrow();
        this.#say(words, true);
        this.#tell("guidance", { codes: [step.ask], words, step: step.number });
      }
    }

    // Directions are the person's own: on a picture that is not mirrored they lie on the other side.
    #arrow() {
      const asked = this.#run?.step?.ask;
      const left = (asked === "turn_left") === this.parts.mirror.checked;
      this.parts.step.querySelector(".arrow").textContent = asked?.startsWith("turn_") ? (left ? "←" : "→") : "";
    }

    #guide(run, codes) {
      const { guide } = this.parts;
      const words = codes.length ? (this.#words.guidance[codes[0]] ?? codes[0]) : run.faces.length ? this.#words.good : "";
      guide.hidden = !words || (Boolean(run.step) && !codes.length);
      if (words === run.words) return;
      run.words = guide.textContent = words;
      if (!guide.hidden) this.#say(words);
      this.#tell("guidance", { codes, words });
    }

    // To screen readers: the newest, and no more than one in PAUSE, but a step or an end at once.
    #say(text, now = false) {
      const said = this.#said;
      const speak = () => {
        said.timer = 0;
        if (!said.next || said.next === said.text) return;
        this.parts.said.textContent = said.text = said.next;
        said.next = "";
        said.timer = setTimeout(speak, PAUSE);
      };
      said.next = text;
      if (now) clearTimeout(said.timer);
      if (now || !said.timer) speak();
    }

    #label(face) {
      if (face.state === "match") {
        const who = face.name || this.#words.somebody;
        return face.probability == null ? who : `${who}, ${this.#words.likely(face.probability)}`;
      }
      if (face.state === "no_match") return this.#words.else(face.name);
      return face.state === "unknown" ? this.#words.unknown : this.#words.looking;
    }

    #draw() {
      const run = this.#run;
      const { canvas, mirror } = this.parts;
      const pen = canvas.getContext("2d");
      const scale = devicePixelRatio;
      const [width, height] = [canvas.clientWidth, canvas.clientHeight];
      if (canvas.width !== Math.round(width * scale)) canvas.width = Math.round(width * scale);
      if (canvas.height !== Math.round(height * scale)) canvas.height = Math.round(height * scale);
      pen.setTransform(scale, 0, 0, scale, 0, 0);
      pen.clearRect(0, 0, width, height);
      if (!run) return;
      const across = (x) => (mirror.checked ? 1 - x : x) * width;
      for (const face of run.faces) {
        const [one, other] = [across(face.box[0]), across(face.box[2])];
        const [left, right] = [Math.min(one, other), Math.max(one, other)];
        const [top, bottom] = [face.box[1] * height, face.box[3] * height];
        for (const [colour, line] of [["rgb(11 18 17 / 65%)", 5], [COLOURS[face.state] ?? COLOURS.looking, 2.5]]) {
          pen.strokeStyle = colour;
          pen.lineWidth = line;
          pen.setLineDash(face.state === "looking" ? [8, 6] : []);
          pen.beginPath();
          pen.roundRect(left, top, right - left, bottom - top, 10);
          pen.stroke();
        }
        pen.fillStyle = COLOURS[face.state] ?? COLOURS.looking;
        for (const [x, y] of face.landmarks ?? []) {
          pen.beginPath();
          pen.arc(across(x), y * height, 2.5, 0, 7);
          pen.fill();
        }
        if (run.task === "enrol") continue; // nobody is looked for
        // Above the face, where the corners of the picture leave room; else below.
        this.#write(pen, this.#label(face), (left + right) / 2, top < 74 ? Math.min(bottom + 6, height - 30) : top - 34, width);
      }
      const names = run.faces.filter((face) => face.state !== "looking").map((face) => this.#label(face)).join("; "); // prettier-ignore
      if (names && names !== run.names) this.#say((run.names = names));
      if (run.shown) performance.measure("faceverify-live", { start: run.shown, end: performance.now() });
      run.shown = 0;
    }

    #write(pen, text, middle, high, width) {
      pen.font = "600 15px system-ui, sans-serif";
      const wide = Math.min(pen.measureText(text).width + 20, width);
      const left = Math.max(0, Math.min(middle - wide / 2, width - wide));
      pen.fillStyle = "rgb(8 14 12 / 80%)";
      pen.beginPath();
      pen.roundRect(left, high, wide, 28, 14);
      pen.fill();
      pen.fillStyle = "#fff";
      pen.textBaseline = "middle";
      pen.fillText(text, left + 10, high + 15, wide - 20);
    }

    #tell(name, detail) {
      return this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true, cancelable: true }));
    }
  }

  if (!customElements.get("faceverify-live")) customElements.define("faceverify-live", FaceverifyLive);
})();
