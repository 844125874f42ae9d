// Resumable uploads (tus 1.0): progress, pause, going on after a cut or a closed window.
// A convenience only: without this file the form sends everything at once.

const PART = 8 * 2 ** 20;
const AT_ONCE = 2 ** 20; // A smaller file comes with its beginning.
const MOST_FILES = 200; // In one intake.
const LANES = 2;
const LONGEST_PAUSE = 30_000;
const MEMORY = 20 * 3_600_000; // Shorter than the service's.

const form = document.querySelector("form[data-uploads]");
const input = form?.elements.files;
const words = form?.dataset;

class Refused extends Error {}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const coded = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
const randomKey = () =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((n) => n.toString(16).padStart(2, "0")).join("");

// Where a file was going, for the next visit; a browser may keep nothing.
const memory = {
  key: (file) => `upload ${file.name} ${file.size} ${file.lastModified}`,
  get(file) {
    try {
      const kept = JSON.parse(localStorage.getItem(this.key(file)));
      return kept && Date.now() - kept.since < MEMORY ? kept : null;
    } catch { return null; }
  },
  set(file, said, url) {
    try { localStorage.setItem(this.key(file), JSON.stringify({ said, url, since: Date.now() })); } catch { /* no memory */ }
  },
  drop(file) { try { localStorage.removeItem(this.key(file)); } catch { /* no memory */ } },
};

// One request; fetch() tells no progress of what it sends.
function send(method, url, headers, body, row) {
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    request.open(method, url);
    const all = { "Tus-Resumable": "1.0.0", "X-CSRF-Token": form.elements.csrf_token.value, ...headers };
    for (const [name, value] of Object.entries(all)) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => row.show(row.offset + event.loaded);
    request.onload = () => done(request);
    request.onerror = request.onabort = request.ontimeout = () => fail(new Error("cut"));
    row.request = request;
    request.send(body);
  });
}

function detail(request) {
  try { return JSON.parse(request.responseText).detail; } catch { return `${request.status}`; }
}

// What a later try may mend is thrown as an Error, what it cannot as Refused.
function checked(request) {
  if (request.status < 300) return request;
  const again = [409, 423, 429].includes(request.status) || request.status >= 500;
  throw again ? new Error(detail(request)) : new Refused(detail(request));
}

class Row {
  constructor(file, said) {
    Object.assign(this, { file, said, offset: 0, isPaused: false, isGivenUp: false });
    const made = document.getElementById("upload-row").content.cloneNode(true);
    this.item = made.querySelector("li");
    this.bar = made.querySelector("progress");
    this.state = made.querySelector("[role=status]");
    this.share = made.querySelector(".figure");
    [this.hold, this.stop] = made.querySelectorAll("button");
    made.querySelector("bdi").textContent = file.name;
    this.bar.setAttribute("aria-label", file.name);
    this.bar.max = file.size || 1;
    this.hold.addEventListener("click", () => this.toggle());
    this.stop.addEventListener("click", () => this.giveUp());
    document.getElementById("uploads").append(made);
    this.tell(words.waiting);
  }

  tell(text) { this.state.textContent = text; }

  show(bytes) {
    this.bar.value = Math.min(bytes, this.file.size);
    // Not in the live region: nobody wants to hear each per cent.
    this.share.textContent = `${Math.floor((100 * this.bar.value) / this.bar.max)} %`;
    if (this.state.textContent && !this.isPaused) this.tell("");
  }

  toggle() {
    this.isPaused = !this.isPaused;
    this.hold.textContent = this.isPaused ? words.goOn : words.pause;
    if (this.isPaused) { this.tell(words.paused); this.request?.abort(); } else this.wake?.();
  }

  giveUp() { this.isGivenUp = true; this.request?.abort(); this.wake?.(); }

  end(text) { this.tell(text); this.hold.remove(); this.stop.remove(); this.isOver = true; }

  async begin() {
    const told = Object.entries(this.said).map(([key, value]) => `${key} ${coded(value)}`).join(",");
    const headers = { "Upload-Length": this.file.size, "Upload-Metadata": told };
    const whole = this.file.size && this.file.size <= AT_ONCE && !this.isGivenUp;
    if (whole) headers["Content-Type"] = "application/offset+octet-stream";
    const request = await send("POST", words.uploads, headers, whole ? this.file : null, this);
    if (request.status === 409 && this.isResumed) return this.beginAnew();
    const answer = checked(request);
    this.url = new URL(answer.getResponseHeader("Location"), location.href).pathname;
    memory.set(this.file, this.said, this.url);
    this.offset = Number(answer.getResponseHeader("Upload-Offset"));
  }

  // Its intake of another visit is over: an intake of its own.
  beginAnew() {
    const { intake, files, key, ...said } = this.said;
    Object.assign(this, { said, isResumed: false, url: null });
    return this.begin();
  }

  async ask() {
    const answer = await send("HEAD", this.url, {}, null, this);
    if (answer.status === 404) return this.beginAnew();
    this.offset = Number(checked(answer).getResponseHeader("Upload-Offset"));
  }

  async run() {
    for (let wait = 1000; !this.isOver; ) {
      if (this.isPaused && !this.isGivenUp) await new Promise((done) => { this.wake = done; });
      try {
        await (this.url ? this.ask() : this.begin());
        if (this.isGivenUp) {
          const gone = await send("DELETE", this.url, {}, null, this);
          memory.drop(this.file);
          // 409: its intake is at work already.
          return this.end(gone.status === 409 ? words.arrived : (checked(gone), words.givenUp));
        }
        for (; this.offset < this.file.size; wait = 1000) {
          const headers = { "Content-Type": "application/offset+octet-stream", "Upload-Offset": this.offset };
          const part = this.file.slice(this.offset, this.offset + PART);
          const answer = checked(await send("PATCH", this.url, headers, part, this));
          this.offset = Number(answer.getResponseHeader("Upload-Offset"));
          this.show(this.offset);
        }
        memory.drop(this.file);
        this.show(this.file.size);
        return this.end(words.arrived);
      } catch (error) {
        if (error instanceof Refused) { memory.drop(this.file); this.hasFailed = true; return this.end(error.message); }
        if (this.isPaused) continue;
        this.tell(words.again);
        await pause(wait);
        wait = Math.min(2 * wait, LONGEST_PAUSE);
      }
    }
  }
}

async function upload(files) {
  const common = {};
  for (const name of ["class", "collection", "access"]) {
    if (form.elements[name]?.value) common[name] = form.elements[name].value;
  }
  if (form.elements.dry_run.checked) common.dry_run = "yes";
  if (form.elements.unpack.checked) common.unpack = "yes";
  const most = Number(words.most);
  const [fitting, large] = [files.filter((f) => f.size <= most), files.filter((f) => f.size > most)];
  for (const file of large) { const row = new Row(file, {}); row.hasFailed = true; row.end(words.tooLarge); }
  const rows = [];
  const fresh = [];
  for (const file of fitting) {
    const kept = memory.get(file);
    if (!kept) { fresh.push(file); continue; }
    rows.push(Object.assign(new Row(file, kept.said), { url: kept.url, isResumed: true }));
  }
  for (let start = 0; start < fresh.length; start += MOST_FILES) {
    const group = fresh.slice(start, start + MOST_FILES);
    const intake = { ...common, intake: randomKey(), files: `${group.length}` };
    group.forEach((file, number) => {
      const row = new Row(file, { filename: file.name, ...intake, key: `${number}` });
      memory.set(file, row.said);
      rows.push(row);
    });
  }
  const waiting = [...rows];
  const lane = async () => { while (waiting.length) await waiting.shift().run(); };
  await Promise.all(Array.from({ length: LANES }, lane));
  const sent = rows.filter((row) => row.url && !row.isGivenUp && !row.hasFailed);
  if (sent.length < files.length) return;
  const intakes = new Set(sent.map((row) => row.url.split("/").pop().split("-")[0]));
  // One intake has its own page; several stand in the list.
  location.assign(intakes.size === 1 ? `${words.jobs}${[...intakes][0]}` : location.pathname);
}

if (form && input && document.getElementById("upload-row")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const files = [...input.files];
    form.querySelector("button").disabled = true;
    upload(files).finally(() => { form.querySelector("button").disabled = false; input.value = ""; });
  });
  const over = (is) => form.classList.toggle("over", is);
  for (const kind of ["dragenter", "dragover"]) {
    form.addEventListener(kind, (event) => { event.preventDefault(); over(true); });
  }
  form.addEventListener("dragleave", () => over(false));
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    over(false);
    if (event.dataTransfer.files.length) input.files = event.dataTransfer.files;
  });
  document.getElementById("drop-hint").hidden = false;
}
