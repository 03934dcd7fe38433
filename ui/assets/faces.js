// The photo with a box around each face. A box is a button: it leads to its card on the page, and a card marks its box.
const photos = new WeakMap();
const TRIES = 40; // frames in which a card that has just been asked for may appear
const TAG = 22; // px: room for the words above a box

function element(kind, name, text) {
  const made = document.createElement(kind);
  if (name) made.className = name;
  if (text) made.textContent = text;
  return made;
}

function bringIntoView(node) {
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  node.scrollIntoView({ block: "nearest", behavior: calm ? "auto" : "smooth" });
}

function overlaps(one, other) {
  return one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
}

class Photo {
  constructor(root) {
    this.root = element("div", "photo");
    this.picture = element("img");
    this.group = element("div");
    this.group.setAttribute("role", "group");
    this.root.append(this.picture, this.group);
    root.append(this.root);
    this.group.addEventListener("click", (event) => this.clicked(event));
    this.group.addEventListener("keydown", (event) => this.pressed(event));
    this.clicks = 0;
    this.watch = new ResizeObserver(() => this.fit());
    this.watch.observe(this.root);
  }

  show(data) {
    const looks = JSON.stringify([data.faces, data.description]);
    if (this.src !== data.src) this.picture.src = this.src = data.src;
    this.picture.alt = data.description;
    this.group.setAttribute("aria-label", data.label);
    this.root.style.aspectRatio = `${data.width} / ${data.height}`;
    this.root.style.setProperty("--shape", data.width / data.height);
    if (this.looks !== looks) this.draw(data);
    this.looks = looks;
    this.data = data;
    this.mark(data.marked);
    if (this.turn === undefined) this.turn = data.turn;
    if (this.turn !== data.turn) {
      this.turn = data.turn;
      if (data.towards === "card") this.showCard(data.marked, TRIES);
      else bringIntoView(this.root);
    }
  }

  draw(data) {
    const focused = this.boxes?.findIndex((box) => box.matches(":focus"));
    this.boxes = data.faces.map((face) => this.box(face, data));
    this.group.replaceChildren(...this.boxes);
    this.reach(0);
    this.fit();
    if (focused >= 0) this.boxes[Math.min(focused, this.boxes.length - 1)]?.focus();
  }

  box(face, data) {
    const [left, top, width, height] = face.box;
    const box = element("button", "face");
    box.type = "button";
    box.dataset.number = face.number;
    box.setAttribute("aria-label", face.label);
    box.title = face.name;
    Object.assign(box.style, {
      left: `${100 * left}%`, top: `${100 * top}%`, width: `${100 * width}%`, height: `${100 * height}%`,
    });
    box.style.setProperty("--colour", face.colour);
    box.style.setProperty("--line", face.line);
    const tag = element("span", "tag");
    tag.append(element("span", "long", face.name), element("span", "short", `${face.number}${face.mark}`));
    box.append(tag);
    return box;
  }

  fit() {
    // Names are written out where they hide no other face and no other name.
    const frame = this.root.getBoundingClientRect();
    const boxes = this.boxes ?? [];
    const faces = boxes.map((box) => box.getBoundingClientRect());
    boxes.forEach((box, index) => {
      box.classList.add("brief");
      box.classList.toggle("inside", faces[index].top - frame.top < TAG);
    });
    const tags = boxes.map((box) => box.firstChild.getBoundingClientRect());
    boxes.forEach((box, index) => {
      box.classList.remove("brief");
      const words = box.firstChild.getBoundingClientRect();
      const hides = (other, at) => at !== index && overlaps(words, other);
      if (words.right > frame.right || faces.some(hides) || tags.some(hides)) box.classList.add("brief");
      else tags[index] = words;
    });
  }

  mark(number) {
    this.boxes.forEach((box, index) => {
      const marked = Number(box.dataset.number) === number;
      box.classList.toggle("marked", marked);
      box.setAttribute("aria-pressed", String(marked));
      if (marked && !this.group.contains(this.group.getRootNode().activeElement)) this.reach(index);
    });
  }

  reach(index) {
    // One stop for the tab key; arrows go on from there.
    this.boxes.forEach((box, at) => (box.tabIndex = at === index ? 0 : -1));
  }

  clicked(event) {
    const box = event.target.closest?.(".face");
    if (!box) return;
    const number = Number(box.dataset.number);
    this.mark(number);
    this.reach(this.boxes.indexOf(box));
    this.showCard(number, 1);
    this.send({ number, click: `${Date.now()}-${(this.clicks += 1)}` });
  }

  pressed(event) {
    const at = this.boxes.indexOf(event.target.closest?.(".face"));
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const last = this.boxes.length - 1;
    const to = event.key === "Home" ? 0 : event.key === "End" ? last : at + (step || 0);
    if (at < 0 || to === at || to < 0 || to > last) return;
    event.preventDefault();
    this.reach(to);
    this.boxes[to].focus();
  }

  showCard(number, tries) {
    const card = document.querySelector(`.st-key-${this.data.card}${number}`);
    if (card) bringIntoView(card);
    else if (tries > 1) requestAnimationFrame(() => this.showCard(number, tries - 1));
  }
}

export default function ({ data, parentElement, setStateValue }) {
  if (!photos.has(parentElement)) photos.set(parentElement, new Photo(parentElement));
  const photo = photos.get(parentElement);
  photo.send = (picked) => setStateValue("picked", picked);
  photo.show(data);
  return () => {
    photo.watch.disconnect();
    photo.root.remove();
    photos.delete(parentElement);
  };
}
