// A box around a face that was not found: drawn by mouse or finger, moved and sized by keys, or written in numbers.
// Boxes travel in pixels of the full photo.
const drawings = new WeakMap();
const LEAST = 8; // px of the photo; less holds no face
const STEPS = 50; // of the photo's shorter side: how far one key press goes
const SIDES = ["left", "top", "width", "height"];

function element(kind, name) {
  const made = document.createElement(kind);
  made.className = name;
  return made;
}

function between(value, low, high) {
  return Math.max(low, Math.min(high, value));
}

class Drawing {
  constructor(root) {
    this.area = element("div", "draw");
    this.stage = element("div", "stage");
    this.stage.tabIndex = 0;
    this.stage.setAttribute("role", "application");
    this.picture = element("img", "");
    this.picture.draggable = false;
    this.frame = element("div", "box");
    this.stage.append(this.picture, this.frame);
    this.row = element("div", "row");
    this.fields = SIDES.map((side, index) => this.field(side, index));
    this.use = element("button", "main");
    this.use.type = "button";
    this.use.addEventListener("click", () => this.finish());
    this.row.append(this.use);
    this.area.append(this.stage, this.row);
    root.append(this.area);
    this.stage.addEventListener("pointerdown", (event) => this.begin(event));
    this.stage.addEventListener("pointermove", (event) => this.drag(event));
    this.stage.addEventListener("pointerup", () => (this.from = null));
    this.stage.addEventListener("pointercancel", () => (this.from = null));
    this.stage.addEventListener("keydown", (event) => this.pressed(event));
  }

  field(side, index) {
    const label = element("label", "");
    const words = element("span", "");
    const input = element("input", side);
    input.type = "number";
    input.min = index < 2 ? 0 : LEAST;
    input.step = 1;
    label.append(words, input);
    this.row.append(label);
    input.addEventListener("input", () => this.written(index, input.valueAsNumber));
    return { words, input };
  }

  show(data) {
    this.data = data;
    if (this.token !== data.token) {
      this.token = data.token;
      this.box = null;
      this.picture.src = data.src;
    }
    this.picture.alt = data.words.picture;
    this.stage.setAttribute("aria-label", data.words.stage);
    this.stage.style.aspectRatio = `${data.width} / ${data.height}`;
    this.stage.style.setProperty("--shape", data.width / data.height);
    this.use.textContent = data.words.use;
    this.fields.forEach(({ words, input }, index) => {
      words.textContent = data.words.sides[index];
      input.max = index % 2 ? data.height : data.width;
    });
    this.draw();
  }

  draw(written) {
    const { box, data } = this;
    this.frame.hidden = !box;
    this.use.disabled = !box || box[2] < LEAST || box[3] < LEAST;
    if (!box) return;
    const shares = [box[0] / data.width, box[1] / data.height, box[2] / data.width, box[3] / data.height];
    SIDES.forEach((side, index) => (this.frame.style[side] = `${100 * shares[index]}%`));
    this.fields.forEach(({ input }, index) => {
      if (index !== written) input.value = String(Math.round(box[index]));
    });
  }

  // Lay a box into the photo, with its size kept where that is possible.
  lay([left, top, width, height], written) {
    const { width: wide, height: high } = this.data;
    const size = [between(width, 0, wide), between(height, 0, high)];
    this.box = [between(left, 0, wide - size[0]), between(top, 0, high - size[1]), ...size];
    this.draw(written);
  }

  middle() {
    const { width, height } = this.data;
    const side = Math.min(width, height) / 3;
    return [(width - side) / 2, (height - side) / 2, side, side];
  }

  point(event) {
    const seen = this.stage.getBoundingClientRect();
    const { width, height } = this.data;
    const x = ((event.clientX - seen.left) / seen.width) * width;
    const y = ((event.clientY - seen.top) / seen.height) * height;
    return [between(x, 0, width), between(y, 0, height)];
  }

  begin(event) {
    if (event.button !== 0) return;
    this.stage.setPointerCapture(event.pointerId);
    this.stage.focus({ preventScroll: true });
    this.from = this.point(event);
    event.preventDefault();
  }

  drag(event) {
    if (!this.from) return;
    const [[x1, y1], [x2, y2]] = [this.from, this.point(event)];
    this.lay([Math.min(x1, x2), Math.min(y1, y2), Math.abs(x2 - x1), Math.abs(y2 - y1)]);
  }

  written(index, value) {
    if (!Number.isFinite(value)) return;
    const box = [...(this.box ?? this.middle())];
    box[index] = value;
    this.lay(box, index);
  }

  pressed(event) {
    const step = Math.min(this.data.width, this.data.height) / STEPS;
    const ways = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    const way = ways[event.key];
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (way) this.move(way, event.shiftKey);
    else if (event.key === "Enter" && !this.use.disabled) this.finish();
    else if (event.key === "Escape" && this.box) this.box = null;
    else return;
    event.preventDefault();
    event.stopPropagation(); // else Streamlit would take some keys for its own
    this.draw();
  }

  move([x, y], sizes) {
    if (!this.box) {
      this.lay(this.middle());
      return;
    }
    const [left, top, width, height] = this.box;
    if (sizes) this.lay([left, top, Math.max(LEAST, width + x), Math.max(LEAST, height + y)]);
    else this.lay([left + x, top + y, width, height]);
  }

  finish() {
    this.tell({ token: this.token, box: this.box });
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  if (!drawings.has(parentElement)) drawings.set(parentElement, new Drawing(parentElement));
  const drawing = drawings.get(parentElement);
  drawing.tell = (said) => setTriggerValue("box", said);
  drawing.show(data);
  return () => {
    drawing.area.remove();
    drawings.delete(parentElement);
  };
}
