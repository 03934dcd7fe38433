// The camera: photos on demand, and live frames over the page's own connection. A frame leaves only after the answer to
// the one before it has come, and never more of them a second than the page allows.
const cameras = new WeakMap();
const SECOND = 1000; // ms
const PATIENCE = 30 * SECOND; // a network that is loaded for the first time takes its time
const SLOW = 1.5 * SECOND;
const FRAME_SIDE = 640; // px: enough to name a face by, and small on its way
const FRAME_QUALITY = 0.8;
const PHOTO_QUALITY = 0.93;

function element(kind, name) {
  const made = document.createElement(kind);
  made.className = name;
  return made;
}

function place(box, [left, top, width, height], mirrored) {
  const from = mirrored ? 1 - left - width : left;
  Object.assign(box.style, {
    left: `${100 * from}%`,
    top: `${100 * top}%`,
    width: `${100 * width}%`,
    height: `${100 * height}%`,
  });
  box.firstChild.classList.toggle("below", top < 0.08); // no room above
  box.firstChild.classList.toggle("inwards", from > 0.65);
}

class Camera {
  constructor(root) {
    this.area = element("div", "camera");
    this.stage = element("div", "stage");
    this.video = element("video", "");
    Object.assign(this.video, { muted: true, playsInline: true, autoplay: true });
    this.boxes = element("div", "boxes");
    this.stage.append(this.video, this.boxes);
    this.row = element("div", "row");
    this.start = this.button("main", () => this.turnOn());
    this.shoot = this.button("main", () => this.photo());
    this.naming = this.button("", () => this.toggle());
    this.other = this.button("", () => this.switchOver());
    this.off = this.button("", () => this.turnOff());
    this.status = element("p", "status");
    this.status.setAttribute("role", "status");
    this.heard = element("p", "unseen"); // who is seen, for people who cannot see it
    this.heard.setAttribute("aria-live", "polite");
    this.area.append(this.stage, this.row, this.status, this.heard);
    root.append(this.area);
    this.facing = "user";
    this.session = Math.random().toString(36).slice(2);
    this.count = 0;
    this.canvas = document.createElement("canvas");
    this.draw();
  }

  button(name, work) {
    const made = element("button", name);
    made.type = "button";
    made.addEventListener("click", work);
    this.row.append(made);
    return made;
  }

  show({ words, rate, answer }) {
    this.words = words;
    this.rate = rate;
    this.video.setAttribute("aria-label", words.video);
    this.draw();
    if (answer?.frame && answer.frame === this.waiting?.frame) this.answered(answer);
  }

  draw() {
    const on = Boolean(this.stream);
    this.stage.hidden = !on;
    this.start.hidden = on;
    for (const each of [this.shoot, this.naming, this.off]) each.hidden = !on;
    this.other.hidden = !on || !this.several;
    this.stage.classList.toggle("mirrored", this.facing === "user");
    this.stage.classList.toggle("paused", on && this.paused === true);
    if (!this.words) return;
    this.start.textContent = this.words.start;
    this.shoot.textContent = this.words.shoot;
    this.other.textContent = this.words.other;
    this.off.textContent = this.words.off;
    this.naming.textContent = this.live ? this.words.pause : this.words.live;
    this.naming.setAttribute("aria-pressed", String(Boolean(this.live)));
  }

  say(words) {
    this.status.textContent = words;
  }

  async turnOn() {
    if (!window.isSecureContext || !navigator.mediaDevices?.getUserMedia) {
      this.say(this.words.insecure);
      return;
    }
    this.start.disabled = true;
    this.say(this.words.asking);
    try {
      const video = { facingMode: this.facing, width: { ideal: 1280 }, height: { ideal: 960 } };
      const stream = await navigator.mediaDevices.getUserMedia({ video, audio: false });
      if (this.gone) {
        stream.getTracks().forEach((track) => track.stop());
        return;
      }
      this.stream = stream;
      stream.getVideoTracks()[0].addEventListener("ended", () => this.lost(stream));
      this.video.srcObject = stream;
      const devices = await navigator.mediaDevices.enumerateDevices();
      this.several = devices.filter((each) => each.kind === "videoinput").length > 1;
      this.say("");
      await this.video.play();
    } catch (error) {
      if (!this.stream) this.say(this.words.errors[error.name] ?? this.words.failed);
    } finally {
      this.start.disabled = false;
      this.draw();
    }
  }

  lost(stream) {
    if (this.stream !== stream) return;
    this.turnOff();
    this.say(this.words.failed);
  }

  turnOff() {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = null;
    this.video.srcObject = null;
    this.halt();
    this.paused = false;
    this.say("");
    this.draw();
  }

  async switchOver() {
    const live = this.live;
    this.turnOff();
    this.facing = this.facing === "user" ? "environment" : "user";
    await this.turnOn();
    if (live && this.stream) this.toggle();
  }

  picture(side, quality) {
    const { videoWidth: width, videoHeight: height } = this.video;
    if (!width) return "";
    const share = Math.min(1, side / Math.max(width, height));
    this.canvas.width = Math.round(width * share);
    this.canvas.height = Math.round(height * share);
    this.canvas.getContext("2d").drawImage(this.video, 0, 0, this.canvas.width, this.canvas.height);
    const url = this.canvas.toDataURL("image/jpeg", quality);
    return url.slice(url.indexOf(",") + 1);
  }

  photo() {
    const data = this.picture(Infinity, PHOTO_QUALITY);
    if (!data) return;
    this.ask("photo", data); // a frame that still waits for its answer is given up: only one thing is on its way at a time
  }

  ask(event, data) {
    clearTimeout(this.timer);
    clearTimeout(this.patience);
    this.count += 1;
    this.waiting = { frame: `${this.session}-${this.count}`, at: performance.now() };
    this.tell(event, { frame: this.waiting.frame, data });
    this.patience = setTimeout(() => this.slow(), SLOW);
  }

  toggle() {
    if (this.live) {
      this.halt();
      this.paused = true;
      this.video.pause();
      this.say(this.words.paused);
    } else {
      this.live = true;
      this.paused = false;
      this.video.play();
      this.say("");
      this.frame();
    }
    this.draw();
  }

  halt() {
    clearTimeout(this.timer);
    clearTimeout(this.patience);
    this.live = false;
    this.waiting = null;
    if (!this.stream) this.boxes.replaceChildren();
  }

  frame() {
    clearTimeout(this.timer);
    if (!this.live) return;
    const data = document.hidden ? "" : this.picture(FRAME_SIDE, FRAME_QUALITY);
    if (!data) {
      this.timer = setTimeout(() => this.frame(), SECOND / this.rate);
      return;
    }
    this.ask("frame", data);
  }

  slow() {
    this.say(this.words.slow);
    this.patience = setTimeout(() => this.frame(), PATIENCE); // the answer was lost: ask about another frame
  }

  answered(answer) {
    clearTimeout(this.patience);
    const taken = performance.now() - this.waiting.at;
    this.waiting = null;
    this.say(answer.problem ?? (answer.taken ? this.words.taken : ""));
    if (answer.faces) this.mark(answer.faces);
    if (answer.problem) {
      this.live = false;
      this.draw();
    } else if (this.live) this.timer = setTimeout(() => this.frame(), Math.max(0, SECOND / this.rate - taken));
  }

  mark(faces) {
    const mirrored = this.facing === "user";
    this.boxes.replaceChildren(
      ...faces.map((face) => {
        const box = element("div", `box ${face.decision}`);
        const label = element("span", "label");
        label.textContent = `${face.name} ${face.sure}`.trim();
        box.append(label);
        place(box, face.box, mirrored);
        return box;
      }),
    );
    const names = faces.length ? faces.map((face) => face.name).join("; ") : this.words.nobody;
    if (this.heard.textContent !== names) this.heard.textContent = names;
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  if (!cameras.has(parentElement)) cameras.set(parentElement, new Camera(parentElement));
  const camera = cameras.get(parentElement);
  camera.tell = setTriggerValue;
  camera.show(data);
  return () => {
    camera.gone = true;
    camera.turnOff();
    camera.area.remove();
    cameras.delete(parentElement);
  };
}
