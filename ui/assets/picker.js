// One photo with its faces: a click picks another face, dragging draws a box. Boxes travel in pixels of the full photo.
const pickers = new WeakMap();
const LEAST = 8; // px on the screen; a shorter drag is a click
const NAMESPACE = "http://www.w3.org/2000/svg";

function shape(kind, attributes) {
  const made = document.createElementNS(NAMESPACE, kind);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

class Picker {
  constructor(root) {
    this.stage = document.createElement("div");
    this.stage.className = "stage";
    this.picture = document.createElement("img");
    this.picture.draggable = false;
    this.drawing = shape("svg", { preserveAspectRatio: "none" });
    this.stage.append(this.picture, this.drawing);
    root.append(this.stage);
    this.stage.addEventListener("pointerdown", (event) => this.begin(event));
    this.stage.addEventListener("pointermove", (event) => this.drag(event));
    this.stage.addEventListener("pointerup", (event) => this.end(event));
    this.stage.addEventListener("pointercancel", () => this.cancel());
    this.stage.addEventListener("keydown", (event) => this.pressed(event));
  }

  show(data) {
    if (this.data?.token === data.token && JSON.stringify(this.data.boxes) === JSON.stringify(data.boxes)) return;
    this.data = data;
    this.choice = null;
    this.picture.src = data.src;
    this.picture.alt = data.description;
    this.stage.setAttribute("aria-label", data.label);
    this.stage.style.aspectRatio = `${data.width} / ${data.height}`;
    this.stage.style.setProperty("--shape", data.width / data.height);
    this.drawing.setAttribute("viewBox", `0 0 ${data.width} ${data.height}`);
    this.draw();
  }

  draw() {
    const { boxes, standing } = this.data;
    const parts = boxes.map((box, index) => this.face(box, index));
    if (standing) parts.push(this.rectangle(standing, "standing"));
    if (this.choice?.kind === "drawn") parts.push(this.rectangle(this.choice.box, "drawn"));
    this.drawing.replaceChildren(...parts);
  }

  rectangle([x, y, width, height], name) {
    return shape("rect", { x, y, width, height, class: name, "vector-effect": "non-scaling-stroke" });
  }

  face(box, index) {
    const picked = this.choice?.kind === "found" && this.choice.index === index;
    const group = shape("g", { class: picked ? "face picked" : "face", role: "button", tabindex: "0" });
    group.dataset.index = index;
    group.setAttribute("aria-label", `${this.data.face} ${index + 1}`);
    group.setAttribute("aria-pressed", String(picked));
    const unit = this.data.width / Math.max(1, this.stage.clientWidth || 600); // photo pixels per pixel of the screen
    const size = 14 * unit;
    const label = shape("text", { x: box[0] + 5 * unit, y: Math.max(box[1], 0) + 1.15 * size, "font-size": size });
    label.textContent = String(index + 1);
    const plate = { x: box[0], y: Math.max(box[1], 0), width: size * 1.35, height: size * 1.5, class: "plate" };
    group.append(this.rectangle(box, "outline"), shape("rect", plate), label);
    return group;
  }

  point(event) {
    const seen = this.stage.getBoundingClientRect();
    const { width, height } = this.data;
    const x = ((event.clientX - seen.left) / seen.width) * width;
    const y = ((event.clientY - seen.top) / seen.height) * height;
    return [Math.max(0, Math.min(width, x)), Math.max(0, Math.min(height, y))];
  }

  begin(event) {
    if (event.button !== 0 || this.from) return;
    this.stage.setPointerCapture(event.pointerId);
    this.from = { at: this.point(event), screen: [event.clientX, event.clientY], target: event.target };
    event.preventDefault();
  }

  drag(event) {
    if (!this.from) return;
    const [x, y] = this.from.screen;
    if (!this.from.far && Math.hypot(event.clientX - x, event.clientY - y) < LEAST) return;
    this.from.far = true;
    const [[x1, y1], [x2, y2]] = [this.from.at, this.point(event)];
    this.choice = { kind: "drawn", box: [Math.min(x1, x2), Math.min(y1, y2), Math.abs(x2 - x1), Math.abs(y2 - y1)] };
    this.draw();
  }

  end(event) {
    if (!this.from) return;
    const { far, target } = this.from;
    this.drag(event);
    this.from = null;
    if (far) this.tell();
    else this.pick(target.closest?.(".face"));
  }

  cancel() {
    this.from = null;
    this.choice = null;
    this.draw();
  }

  pick(group) {
    this.choice = group ? { kind: "found", index: Number(group.dataset.index) } : null;
    this.tell();
  }

  pressed(event) {
    if (event.key !== "Enter" && event.key !== " ") return;
    const group = event.target.closest?.(".face");
    if (!group) return;
    event.preventDefault();
    this.pick(group);
  }

  tell() {
    this.draw();
    this.send(this.choice && { ...this.choice, token: this.data.token });
  }
}

export default function ({ data, parentElement, setStateValue }) {
  if (!pickers.has(parentElement)) pickers.set(parentElement, new Picker(parentElement));
  const picker = pickers.get(parentElement);
  picker.send = (choice) => setStateValue("choice", choice);
  picker.show(data);
  return () => {
    picker.stage.remove();
    pickers.delete(parentElement);
  };
}
