// The panel with the numbers and the history of what is selected: a stream, a group of streams, or a loop.
import {Chart} from "./charts.js";
import {control} from "./connection.js";
import {element, write} from "./dom.js";
import {fill} from "./grouping.js";
import {LevelChart} from "./levels.js";
import {amount, count, milliseconds, percent, rate} from "./units.js";

const MEMBERS_LISTED = 20;

function button(parent, text, action) {
  const result = element("button", "action", parent);
  result.type = "button";
  result.textContent = text;
  result.addEventListener("click", action);
  return result;
}

// A table whose cells are written where they change.
class Table {
  constructor(parent, columns) {
    this.root = element("table", "numbers", parent);
    if (columns) {
      const row = element("tr", "", element("thead", "", this.root));
      for (const column of ["", ...columns]) element("th", "", row).textContent = column;
    }
    this.body = element("tbody", "", this.root);
    this.rows = new Map();
  }

  draw(name, ...values) {
    if (!this.rows.has(name)) {
      const row = element("tr", "", this.body);
      const heading = element("th", "", row);
      heading.scope = "row";
      heading.textContent = name;
      this.rows.set(name, values.map(() => element("td", "", row)));
    }
    values.forEach((value, index) => write(this.rows.get(name)[index], value));
  }
}

class StreamView {
  constructor(parent, stream, page) {
    this.stream = stream;
    this.page = page;
    const {write: writes, read: reads, object_mode: inObjects} = stream.data;
    this.why = element("p", "note slow", parent);
    this.error = element("p", "note failed", parent);
    this.waits = element("p", "note", parent);
    this.actions = element("div", "actions", parent);
    const {process} = stream;
    if (process.hello.allows_pause && stream.data.can_pause) {
      this.pause = button(this.actions, "Pause", () => this.toggle());
      this.result = element("span", "note", this.actions);
      this.result.setAttribute("role", "status");
    }
    const group = page.expandedGroupOf(stream);
    if (group !== undefined) button(this.actions, "Group them all", () => page.toggleGroup(process, group));

    const level = [];
    if (writes) level.push({label: "write", colour: "--write", at: 1, side: "write"});
    if (reads) level.push({label: "read", colour: "--read", at: 2, side: "read"});
    this.levels = level;
    this.level = new LevelChart(parent, {title: "Level", series: level, format: (value) => amount(value, inObjects)});
    this.flow = new Chart(parent, {
      title: "Throughput",
      series: [{label: "in", colour: "--write"}, {label: "out", colour: "--read"}],
      format: (value) => rate(value, inObjects),
      isBinary: !inObjects,
    });
    this.table = new Table(parent, [writes && "write", reads && "read"].filter(Boolean));
    this.neighbours = element("div", "neighbours", parent);
  }

  get title() {
    return this.stream.title;
  }

  get subtitle() {
    const {kind, state} = this.stream.data;
    return `${kind} · ${state} · ${this.stream.label}`;
  }

  get isGone() {
    return !this.stream.process.streams.has(this.stream.id);
  }

  draw() {
    const {data, process} = this.stream;
    write(this.why, process.bottlenecks.has(this.stream.id) ? `Bottleneck: ${process.bottlenecks.get(this.stream.id)}` : "");
    write(this.error, data.error ?? "");
    write(this.waits, data.waits_for ? `waits for ${data.waits_for}` : "");
    if (this.pause) write(this.pause, this.stream.isPaused ? "Resume" : "Pause");
    this.drawCharts();
    this.drawTable();
    this.drawNeighbours();
  }

  drawCharts() {
    const {data, history, process} = this.stream;
    const columns = history.columns(process.time);
    const times = columns[0].map((seconds) => process.time + seconds * 1000);
    const lines = this.levels.map(({side, at}) =>
      ({side, mark: data[side]?.mark, points: times.map((time, index) => [time, columns[at][index]])}));
    this.level.draw(process.time, lines, this.stream.events);
    this.flow.draw([columns[0], columns[3], columns[4]]);
  }

  drawTable() {
    const {data, process} = this.stream;
    const sides = [data.write, data.read].filter(Boolean);
    const inObjects = data.object_mode;
    const row = (name, print) => this.table.draw(name, ...sides.map(print));
    const only = (kind, print) => (side) => (side === data[kind] ? print(side) : "");
    const time = (value) => `${milliseconds(value)}${process.time > 0 ? ` (${percent(Math.min(1, value / process.time))})` : ""}`;
    row("level", (side) => amount(side.length, inObjects));
    row("mark", (side) => amount(side.mark, inObjects));
    row("peak", (side) => amount(side.peak, inObjects));
    row("in", (side) => amount(side.bytes_in, inObjects));
    row("out", (side) => amount(side.bytes_out, inObjects));
    row("chunks in", (side) => count(side.chunks_in));
    row("chunks out", (side) => count(side.chunks_out));
    if (data.write) {
      row("times full", only("write", (side) => count(side.full)));
      row("drains", only("write", (side) => count(side.drains)));
      row("under pressure", only("write", (side) => time(side.pressed)));
    }
    if (data.read) {
      row("starved", only("read", (side) => time(side.starved)));
      row("flows", only("read", (side) => (this.stream.isPaused ? "paused" : side.is_flowing ? "yes" : "no")));
    }
    row("system calls", (side) => (side === sides[0] ? count(data.syscalls ?? 0) : ""));
    if (data.lag != null) row("lag", only("read", () => count(data.lag)));
  }

  drawNeighbours() {
    const {data, process} = this.stream;
    const lists = [["from", data.from], ["to", data.to], ["on", data.via]].filter(([, ids]) => ids?.length > 0);
    const signature = JSON.stringify(lists.map(([name, ids]) => [name, ids.map((id) => [id, process.streams.get(id)?.title])]));
    if (signature === this.drawnNeighbours) return;
    this.drawnNeighbours = signature;
    this.neighbours.replaceChildren(...lists.map(([name, ids]) => {
      const line = element("p");
      element("span", "label", line).textContent = name;
      for (const id of ids.slice(0, MEMBERS_LISTED)) {
        const stream = process.streams.get(id);
        if (stream) button(line, stream.title, () => this.page.openStream(process, stream));
      }
      if (ids.length > MEMBERS_LISTED) line.append(` and ${count(ids.length - MEMBERS_LISTED)} more`);
      return line;
    }));
  }

  async toggle() {
    const {process, id, isPaused} = this.stream;
    this.pause.disabled = true;
    write(this.result, await control(process.number, id, isPaused ? "resume" : "pause"));
    this.pause.disabled = false;
  }

  close() {
    this.level.close();
    this.flow.close();
  }
}

class GroupView {
  constructor(parent, process, key, page) {
    this.process = process;
    this.key = key;
    this.page = page;
    const actions = element("div", "actions", parent);
    this.toggle = button(actions, "", () => page.toggleGroup(process, key));
    this.table = new Table(parent);
    element("h3", "", parent).textContent = "Fullest";
    this.list = element("ol", "members", parent);
    this.items = [];
  }

  get vertex() {
    return this.page.vertexOf(this.process, this.key);
  }

  get isGone() {
    return !this.vertex?.isGroup;
  }

  get title() {
    return this.vertex?.title ?? "";
  }

  get subtitle() {
    return this.vertex ? `${this.vertex.kind} × ${count(this.vertex.members.length)}` : "";
  }

  draw() {
    const {members} = this.vertex;
    write(this.toggle, this.page.isExpanded(this.process, this.key) ? "Group them all" : "Show its streams");
    const inObjects = members[0].data.object_mode;
    const sum = (of) => members.reduce((total, stream) => total + of(stream), 0);
    this.table.draw("streams", count(members.length));
    this.table.draw("in", rate(sum((stream) => stream.rateIn), inObjects));
    this.table.draw("out", rate(sum((stream) => stream.rateOut), inObjects));
    this.table.draw("buffered", amount(sum(({data}) => (data.write?.length ?? 0) + (data.read?.length ?? 0)), inObjects));
    this.table.draw("under pressure now", count(members.filter(({data}) => data.write?.is_pressed).length));
    this.table.draw("failed", count(members.filter(({data}) => data.error).length));
    this.drawMembers([...members].sort((one, other) => fill(other) - fill(one) || one.id - other.id).slice(0, MEMBERS_LISTED));
  }

  drawMembers(members) {
    while (this.items.length < members.length) {
      const item = element("li", "", this.list);
      const open = button(item, "", () => this.page.openStream(this.process, this.items.find((one) => one.open === open).stream));
      const level = element("span", "value", item);
      this.items.push({item, open, level});
    }
    while (this.items.length > members.length) this.items.pop().item.remove();
    members.forEach((stream, index) => {
      const item = this.items[index];
      item.stream = stream;
      write(item.open, `${stream.title} ${stream.label}`);
      write(item.level, percent(fill(stream)));
    });
  }

  close() {}
}

class LoopView {
  constructor(parent, process, id) {
    this.process = process;
    this.id = id;
    this.keeps = element("ul", "reasons");
    this.latency = new Chart(parent, {
      title: "Latency of a turn",
      series: [{label: "p50", colour: "--read"}, {label: "p99", colour: "--write"}, {label: "max", colour: "--muted"}],
      format: milliseconds,
    });
    this.busy = new Chart(parent, {title: "Busy", series: [{label: "busy", colour: "--write"}], format: percent});
    this.table = new Table(parent);
    element("h3", "", parent).textContent = "Kept running by";
    parent.append(this.keeps);
  }

  get loop() {
    return this.process.loops.get(this.id);
  }

  get isGone() {
    return !this.loop;
  }

  get title() {
    return `loop ${this.loop?.data.name || this.id}`;
  }

  get subtitle() {
    return this.process.hello.name;
  }

  draw() {
    const {data, history, turnRate} = this.loop;
    const [time, p50, p99, max, busy] = history.columns(this.process.time);
    this.latency.draw([time, p50, p99, max]);
    this.busy.draw([time, busy]);
    this.table.draw("turns", count(data.turns));
    this.table.draw("turns a second", count(turnRate));
    this.table.draw("time in callbacks", milliseconds(data.busy));
    const counts = {requests: "requests of the pool", timers: "timers", handles: "handles", streams_closed: "closed streams"};
    for (const [key, name] of Object.entries(counts)) {
      if (data[key] !== undefined) this.table.draw(name, count(data[key]));
    }
    const reasons = data.keeps_running ?? [];
    const signature = reasons.join("\n");
    if (signature === this.drawnReasons) return;
    this.drawnReasons = signature;
    this.keeps.replaceChildren(...(reasons.length === 0 ? ["nothing"] : reasons).map((reason) => {
      const item = element("li");
      item.textContent = reason;
      return item;
    }));
  }

  close() {
    this.latency.close();
    this.busy.close();
  }
}

export class Details {
  constructor(root, page) {
    this.root = root;
    this.page = page;
    this.intro = root.querySelector(".intro");
    this.heading = root.querySelector(".details-title");
    this.subtitle = root.querySelector(".details-subtitle");
    this.body = root.querySelector(".details-body");
    root.querySelector(".close").addEventListener("click", () => page.closeDetails());
  }

  show(make) {
    this.view?.close();
    this.body.replaceChildren();
    this.view = make(this.body);
    this.intro.hidden = true;
    this.root.hidden = false;
    this.root.scrollTop = 0;
    this.draw();
  }

  showStream(stream) {
    this.show((body) => new StreamView(body, stream, this.page));
  }

  showGroup(process, key) {
    this.show((body) => new GroupView(body, process, key, this.page));
  }

  showLoop(process, id) {
    this.show((body) => new LoopView(body, process, id));
  }

  showHelp() {
    this.hide();
    write(this.heading, "How to read it");
    write(this.subtitle, "");
    this.root.classList.remove("is-gone");
    this.intro.hidden = false;
    this.root.hidden = false;
  }

  hide() {
    this.view?.close();
    this.view = undefined;
    this.body.replaceChildren();
    this.intro.hidden = true;
    this.root.hidden = true;
  }

  draw() {
    const {view} = this;
    if (!view) return;
    this.root.classList.toggle("is-gone", view.isGone);
    if (view.isGone) {
      write(this.subtitle, "gone");
      return;
    }
    write(this.heading, view.title);
    write(this.subtitle, view.subtitle);
    view.draw();
  }

  // For other colours: the charts are drawn on a canvas.
  redrawCharts() {
    for (const chart of Object.values(this.view ?? {})) {
      if (chart instanceof Chart) chart.create();
    }
  }
}
