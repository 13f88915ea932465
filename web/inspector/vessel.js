// Draws one vessel: a button with the level of the stream against its mark. Only changed parts are written.

import {element} from "./dom.js";

// The mark's place in a chamber: the room above it shows what is written in spite of a full buffer.
const MARK = 0.8;

class Chamber {
  constructor(side, parent) {
    this.root = element("span", `chamber ${side}`, parent);
    this.water = element("span", "water", this.root);
    this.peak = element("span", "peak", this.root);
    element("span", "mark", this.root);
    this.level = element("span", "level", this.root);
    this.of = element("span", "of", this.root);
    this.drawn = {};
  }

  draw(chamber) {
    const drawn = this.drawn;
    if (drawn.share !== chamber.share) this.water.style.transform = `translateY(${100 - height(chamber.share)}%)`;
    if (drawn.peak !== chamber.peak) this.peak.style.transform = `translateY(${100 - height(chamber.peak)}%)`;
    if (drawn.level !== chamber.level) this.level.textContent = chamber.level;
    if (drawn.mark !== chamber.mark) this.of.textContent = chamber.mark;
    this.drawn = chamber;
  }
}

function height(share) {
  return Math.round(Math.min(1, share * MARK) * 1000) / 10;
}

export class Vessel {
  constructor(key, isGroup) {
    this.root = element("button", `vessel${isGroup ? " group" : ""}`);
    this.root.type = "button";
    this.root.dataset.key = key;
    this.root.tabIndex = -1;
    this.name = element("span", "title", this.root);
    this.title = element("bdi", "", this.name);
    this.pill = element("span", "pill", this.root);
    this.subtitle = element("span", "subtitle", this.root);
    this.chambers = element("span", "chambers", this.root);
    const rates = element("span", "rates", this.root);
    this.textIn = element("span", "in", rates);
    this.textOut = element("span", "out", rates);
    this.status = element("span", "status", this.root);
    this.drawn = {};
  }

  place(x, y, width) {
    this.root.style.transform = `translate(${x}px, ${y}px)`;
    this.root.style.width = `${width}px`;
  }

  // Returns whether the change is one that a person should hear of.
  draw(summary) {
    const drawn = this.drawn;
    for (const part of ["title", "subtitle", "pill", "status", "textIn", "textOut"]) {
      if (drawn[part] !== summary[part]) this[part].textContent = summary[part];
    }
    for (const side of ["write", "read"]) {
      if (!summary[side]) continue;
      this[side] ??= new Chamber(side, this.chambers);
      this[side].draw(summary[side]);
    }
    if (drawn.title !== summary.title || drawn.status !== summary.status) {
      this.root.title = `${summary.title}\n${summary.status}`;
      this.name.classList.toggle("path", summary.title.includes("/"));
    }
    if (drawn.tone !== summary.tone) this.root.dataset.tone = summary.tone;
    if (drawn.isOver !== summary.isOver) this.root.classList.toggle("over", summary.isOver);
    const isNews = drawn.tone !== summary.tone || drawn.subtitle !== summary.subtitle || drawn.pill !== summary.pill;
    this.drawn = summary;
    return isNews;
  }
}
