// Draws one process: its name, its loops, its bottleneck, its graph and its errors.
import {element, write} from "./dom.js";
import {Graph} from "./graph.js";
import {age, count, milliseconds, percent} from "./units.js";

class LoopTile {
  constructor(parent, open) {
    this.root = element("button", "loop", parent);
    this.root.type = "button";
    this.root.addEventListener("click", open);
    this.name = element("span", "loop-name", this.root);
    this.numbers = {};
    for (const [key, label] of [["busy", "busy"], ["p50", "p50"], ["p99", "p99"], ["max", "max"], ["turns", "turns/s"]]) {
      const pair = element("span", "number", this.root);
      element("span", "label", pair).textContent = label;
      this.numbers[key] = element("span", "value", pair);
    }
    const bar = element("span", "busy-bar", this.root);
    this.bar = element("span", "busy-part", bar);
    this.keeps = element("span", "keeps", this.root);
  }

  draw({data, busy, turnRate}) {
    write(this.name, `loop ${data.name || data.id}`);
    write(this.numbers.busy, percent(busy));
    write(this.numbers.p50, milliseconds(data.latency.p50));
    write(this.numbers.p99, milliseconds(data.latency.p99));
    write(this.numbers.max, milliseconds(data.latency.max));
    write(this.numbers.turns, count(turnRate));
    this.bar.style.transform = `scaleX(${busy.toFixed(3)})`;
    const reasons = data.keeps_running ?? [];
    write(this.keeps, reasons.length === 0 ? "nothing keeps it running" : `kept running by ${reasons.join(" · ")}`);
  }
}

export class Band {
  // `page` opens details: openStream(process, key), openLoop(process, id), isSelected(process, key).
  constructor(parent, process, page) {
    this.process = process;
    this.page = page;
    this.root = element("section", "band", parent);
    this.root.dataset.process = process.number;
    const head = element("header", "band-head", this.root);
    this.name = element("h2", "", head);
    this.name.id = `process-${process.number}`;
    this.root.setAttribute("aria-labelledby", this.name.id);
    this.meta = element("span", "meta", head);
    this.command = element("code", "command", head);
    this.lost = element("p", "lost", this.root);
    this.loops = element("div", "loops", this.root);
    this.tiles = new Map();
    this.bottleneck = element("button", "bottleneck-line", this.root);
    this.bottleneck.type = "button";
    this.bottleneck.addEventListener("click", () => this.showBottleneck());
    this.graph = new Graph(this.root, process, (key) => page.isSelected(process, key));
    this.graph.root.setAttribute("aria-label", `streams of ${process.hello.name}`);
    this.graph.root.addEventListener("click", (event) => {
      const vessel = event.target.closest(".vessel");
      if (vessel) this.open(vessel.dataset.key);
    });
    this.empty = element("p", "empty", this.root);
    this.empty.textContent = "no streams";
    this.errors = element("section", "errors", this.root);
    this.errors.hidden = true;
    element("h3", "", this.errors).textContent = "Errors";
    this.errorList = element("ol", "", this.errors);
  }

  open(key) {
    const vertex = this.graph.vertices.get(key);
    if (!vertex) return;
    this.page.openVertex(this.process, vertex);
    this.graph.focus(key);
  }

  draw(now) {
    const {process} = this;
    const {hello} = process;
    const time = process.time ?? 0;
    const streams = process.streams.size;
    write(this.name, hello.name ?? "");
    write(this.command, hello.command ?? "");
    write(this.meta, [
      hello.pid ? `pid ${hello.pid}` : "",
      process.time === undefined ? "" : `up ${age(time)}`,
      `${count(streams)} ${streams === 1 ? "stream" : "streams"}`,
      process.silence && `no news for ${process.silence} s`,
    ].filter(Boolean).join(" · "));
    this.root.classList.toggle("is-lost", process.isLost);
    this.root.classList.toggle("is-silent", process.silence > 0);
    write(this.lost, process.isLost ? `${process.absence}, waiting for it` : "");
    this.drawLoops();
    this.drawBottleneck();
    this.graph.draw(now);
    this.empty.hidden = streams > 0 || this.graph.hasDue;
    this.drawErrors();
    this.root.dataset.time = time;  // what is drawn is the state of this time
  }

  drawLoops() {
    for (const [id, tile] of this.tiles) {
      if (this.process.loops.has(id)) continue;
      tile.root.remove();
      this.tiles.delete(id);
    }
    for (const [id, loop] of this.process.loops) {
      if (!this.tiles.has(id)) this.tiles.set(id, new LoopTile(this.loops, () => this.page.openLoop(this.process, id)));
      this.tiles.get(id).draw(loop);
    }
  }

  drawBottleneck() {
    const {bottlenecks, streams} = this.process;
    const found = [...bottlenecks].filter(([id]) => streams.has(id));
    this.bottleneck.classList.toggle("is-found", found.length > 0);
    this.bottleneck.disabled = found.length === 0;
    if (found.length === 0) {
      write(this.bottleneck, "no bottleneck");
      return;
    }
    const [id, why] = found[0];
    const more = found.length > 1 ? ` (and ${count(found.length - 1)} more)` : "";
    write(this.bottleneck, `Bottleneck: ${streams.get(id).title}, ${why}${more}`);
  }

  showBottleneck() {
    for (const id of this.process.bottlenecks.keys()) {
      const vertex = this.graph.places.get(id);
      if (!vertex) continue;
      this.open(vertex.key);
      return;
    }
  }

  drawErrors() {
    const {errors} = this.process;
    const signature = errors.map(({time, times}) => `${time}×${times}`).join();
    if (signature === this.drawnErrors) return;
    this.drawnErrors = signature;
    this.errors.hidden = errors.length === 0;
    this.errorList.replaceChildren(...errors.map(({kind, name, message, times, time}) => {
      const item = element("li");
      element("span", "error-time", item).textContent = milliseconds(time ?? 0);
      element("strong", "", item).textContent = name || kind;
      element("span", "error-message", item).textContent = message;
      if (times > 1) element("span", "times", item).textContent = `× ${count(times)}`;
      return item;
    }));
  }

  close() {
    this.root.remove();
  }
}
