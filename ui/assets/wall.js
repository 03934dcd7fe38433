// The wall of photos: a grid whose tiles are selected by click, shift-click and keys. All text goes in as textContent.
const walls = new WeakMap();
const WAIT = 180; // ms between the last click and telling the page

function element(kind, name, text) {
  const made = document.createElement(kind);
  if (name) made.className = name;
  if (text) made.textContent = text;
  return made;
}

function place(node, [left, top, width, height]) {
  Object.assign(node.style, {
    left: `${100 * left}%`, top: `${100 * top}%`, width: `${100 * width}%`, height: `${100 * height}%`,
  });
}

function makeTile(photo, index) {
  const tile = element("div", photo.faint ? "tile faint" : "tile");
  tile.id = `tile-${index}`;
  tile.setAttribute("role", "option");
  tile.setAttribute("aria-label", photo.description);
  tile.dataset.index = index;
  tile.title = photo.description;
  const window = element("div", "window");
  const frame = element("div", photo.width >= photo.height ? "frame wide" : "frame tall");
  frame.style.aspectRatio = `${photo.width} / ${photo.height}`;
  if (photo.src) {
    const picture = element("img");
    picture.src = photo.src;
    picture.alt = "";
    picture.draggable = false;
    frame.append(picture);
  } else {
    frame.append(element("div", "gone", photo.gone));
  }
  for (const each of photo.boxes) {
    const box = element("div", each.main ? "box main" : "box");
    place(box, each.box);
    frame.append(box);
  }
  window.append(frame);
  if (photo.note) window.append(element("div", "note", photo.note));
  const look = element("button", "look", "⤢");
  look.type = "button";
  look.tabIndex = -1;
  look.setAttribute("aria-label", photo.open);
  look.title = photo.open;
  window.append(look, element("div", "mark", "✓"));
  tile.append(window, element("div", "name", photo.name));
  return tile;
}

class Wall {
  constructor(root) {
    this.grid = element("div", "wall");
    this.grid.setAttribute("role", "listbox");
    this.grid.setAttribute("aria-multiselectable", "true");
    this.grid.tabIndex = 0;
    root.append(this.grid);
    this.selected = new Set();
    this.grid.addEventListener("click", (event) => this.clicked(event));
    this.grid.addEventListener("dblclick", (event) => this.opened(event));
    this.grid.addEventListener("keydown", (event) => this.pressed(event));
    this.grid.addEventListener("focus", () => this.mark());
    this.grid.addEventListener("blur", () => this.mark());
    this.grid.addEventListener("mousedown", (event) => event.shiftKey && event.preventDefault()); // no text selection
  }

  show(data) {
    this.grid.setAttribute("aria-label", data.label);
    this.grid.style.setProperty("--tile", `${data.tile}px`);
    if (this.token === data.token && this.photos === JSON.stringify(data.photos)) return;
    if (this.token !== data.token) {
      clearTimeout(this.timer);
      this.selected = new Set(data.selected);
      this.anchor = 0;
      this.cursor = Math.min(this.cursor ?? 0, Math.max(0, data.photos.length - 1));
    }
    this.token = data.token;
    this.photos = JSON.stringify(data.photos);
    this.ids = data.photos.map((photo) => photo.id);
    this.tiles = data.photos.map(makeTile);
    this.grid.replaceChildren(...this.tiles);
    this.mark();
  }

  mark() {
    const focused = this.grid.matches(":focus");
    this.tiles?.forEach((tile, index) => {
      tile.setAttribute("aria-selected", String(this.selected.has(this.ids[index])));
      tile.classList.toggle("cursor", focused && index === this.cursor);
    });
    if (this.tiles?.length) this.grid.setAttribute("aria-activedescendant", `tile-${this.cursor}`);
  }

  tell() {
    this.mark();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.send({ token: this.token, ids: this.ids.filter((id) => this.selected.has(id)) });
    }, WAIT);
  }

  toggle(index) {
    const id = this.ids[index];
    if (!this.selected.delete(id)) this.selected.add(id);
    this.anchor = index;
  }

  range(index) {
    const [first, last] = [Math.min(this.anchor, index), Math.max(this.anchor, index)];
    for (let each = first; each <= last; each += 1) this.selected.add(this.ids[each]);
  }

  indexOf(event) {
    const tile = event.target.closest(".tile");
    return tile ? Number(tile.dataset.index) : -1;
  }

  clicked(event) {
    const index = this.indexOf(event);
    if (index < 0) return;
    this.cursor = index;
    this.grid.focus({ preventScroll: true });
    if (event.target.closest(".look")) {
      this.open(this.ids[index]);
      return;
    }
    if (event.shiftKey) this.range(index);
    else this.toggle(index);
    this.tell();
  }

  opened(event) {
    const index = this.indexOf(event);
    if (index >= 0 && !event.shiftKey && !event.target.closest(".look")) this.open(this.ids[index]);
  }

  columns() {
    const first = this.tiles[0].offsetTop;
    const below = this.tiles.findIndex((tile) => tile.offsetTop > first);
    return below < 0 ? this.tiles.length : below;
  }

  pressed(event) {
    if (!this.tiles?.length || event.altKey) return;
    const row = this.columns();
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -row, ArrowDown: row, Home: -Infinity, End: Infinity };
    if (event.key in steps) this.move(steps[event.key], event.shiftKey);
    else if (event.key === " ") this.toggle(this.cursor);
    else if (event.key.toLowerCase() === "a") this.ids.forEach((id) => this.selected.add(id));
    else if (event.key === "Escape") this.selected.clear();
    else if (event.key === "Enter") this.open(this.ids[this.cursor]);
    else return;
    event.preventDefault();
    event.stopPropagation(); // else Streamlit would take some letters for its own
    const tells = event.shiftKey || !(event.key in steps || event.key === "Enter");
    if (tells) this.tell();
    else this.mark();
  }

  move(step, extend) {
    const last = this.tiles.length - 1;
    const next = Math.max(0, Math.min(last, this.cursor + step));
    if (Number.isFinite(step) && Math.abs(step) > 1 && (this.cursor + step < 0 || this.cursor + step > last)) return;
    if (!extend) this.anchor = next;
    this.cursor = next;
    if (extend) this.range(next);
    this.tiles[next].scrollIntoView({ block: "nearest" });
  }
}

export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  if (!walls.has(parentElement)) walls.set(parentElement, new Wall(parentElement));
  const wall = walls.get(parentElement);
  wall.send = (selection) => setStateValue("selection", selection);
  wall.open = (id) => setTriggerValue("open", id);
  wall.show(data);
  return () => {
    clearTimeout(wall.timer);
    wall.grid.remove();
    walls.delete(parentElement);
  };
}
