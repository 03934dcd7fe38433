// Pictures from the clipboard: by a button where the browser allows it, and by the keys for pasting anywhere on the page.
const pasters = new WeakMap();

function element(kind, name) {
  const made = document.createElement(kind);
  made.className = name;
  return made;
}

function base64(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(reader.result.slice(reader.result.indexOf(",") + 1)));
    reader.addEventListener("error", () => reject(reader.error));
    reader.readAsDataURL(blob);
  });
}

function takesText(target) {
  return target instanceof Element && target.closest("input, textarea, [contenteditable]") !== null;
}

class Paster {
  constructor(root) {
    this.area = element("div", "paste row");
    this.button = element("button", "button");
    this.button.type = "button";
    this.hint = element("span", "hint");
    this.status = element("p", "status");
    this.status.setAttribute("role", "status");
    this.area.append(this.button, this.hint, this.status);
    root.append(this.area);
    this.button.addEventListener("click", () => this.ask());
    this.listen = (event) => this.pasted(event);
    document.addEventListener("paste", this.listen);
  }

  show({ words, most }) {
    this.words = words;
    this.most = most;
    this.button.textContent = words.button;
    this.hint.textContent = words.hint;
    if (this.sent) this.say("");
    this.sent = false;
  }

  say(words) {
    this.status.textContent = words;
  }

  async ask() {
    if (!navigator.clipboard?.read) {
      this.say(this.words.refused);
      return;
    }
    this.say(this.words.reading);
    try {
      const pictures = [];
      for (const item of await navigator.clipboard.read()) {
        const kind = item.types.find((each) => each.startsWith("image/"));
        if (kind) pictures.push(await item.getType(kind));
      }
      await this.give(pictures);
    } catch {
      this.say(this.words.refused);
    }
  }

  pasted(event) {
    if (takesText(event.composedPath()[0])) return;
    const pictures = [...(event.clipboardData?.files ?? [])].filter((file) => file.type.startsWith("image/"));
    if (!pictures.length && event.clipboardData?.types.includes("text/plain")) return; // text has other places to go
    event.preventDefault();
    this.give(pictures);
  }

  async give(pictures) {
    if (!pictures.length) {
      this.say(this.words.empty);
      return;
    }
    if (pictures.some((each) => each.size > this.most)) {
      this.say(this.words.large);
      return;
    }
    this.say(this.words.reading);
    const read = await Promise.all(pictures.map(async (each) => ({ name: each.name ?? "", data: await base64(each) })));
    this.sent = true;
    this.send(read);
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  if (!pasters.has(parentElement)) pasters.set(parentElement, new Paster(parentElement));
  const paster = pasters.get(parentElement);
  paster.send = (pictures) => setTriggerValue("pictures", pictures);
  paster.show(data);
  return () => {
    document.removeEventListener("paste", paster.listen);
    paster.area.remove();
    pasters.delete(parentElement);
  };
}
