// Starts the page: passes what the connection brings to the world, and draws once a frame what has changed.
import {Band} from "./band.js";
import {connect} from "./connection.js";
import {Details} from "./details.js";
import {listen} from "./keyboard.js";
import {World} from "./state.js";

const CHECK_MS = 500;
const STATES = {
  connecting: "connecting",
  live: "live",
  silent: "no news",
  disconnected: "disconnected, trying again",
  refused: "refused: the address needs the right token",
};

class Page {
  constructor() {
    this.world = new World();
    this.bands = new Map();
    this.main = document.getElementById("processes");
    this.connection = document.getElementById("connection");
    this.news = document.getElementById("news");
    this.waiting = document.getElementById("waiting");
    this.groupButton = document.getElementById("group");
    this.details = new Details(document.getElementById("details"), this);
    this.groupButton.addEventListener("click", () => this.toggleGrouping());
    this.helpButton = document.getElementById("help");
    this.helpButton.addEventListener("click", () => this.toggleHelp());
    document.getElementById("tidy").addEventListener("click", () => this.tidy());
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.closeDetails();
    });
    new ResizeObserver(() => this.request()).observe(this.main);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.details.redrawCharts());
    connect({
      connection: (state) => this.showConnection(state),
      hello: (data) => this.receive("hello", data),
      update: (data) => this.receive("update", data),
      lost: (data) => this.receive("lost", data),
    });
    setInterval(() => {
      if (this.processes.filter((process) => process.listen()).length) this.request();
    }, CHECK_MS);
  }

  get processes() {
    return [...this.world.processes.values()];
  }

  receive(type, data) {
    this.world[type](data);
    this.request();
  }

  showConnection(state) {
    if (this.connection.dataset.state === state) return;
    this.connection.dataset.state = state;
    this.connection.textContent = STATES[state];
    document.body.dataset.connection = state;
  }

  request() {
    this.frame ??= requestAnimationFrame((now) => {
      this.frame = undefined;
      this.draw(now);
    });
  }

  draw(now) {
    clearTimeout(this.timer);
    const {processes} = this;
    this.waiting.hidden = processes.length > 0;
    if (/live|silent/.test(this.connection.dataset.state)) {
      this.showConnection(processes[0] && processes.every(({silence}) => silence) ? "silent" : "live");
    }
    for (const process of processes) this.bandOf(process).draw(now);
    if (this.selection && this.selection.run !== this.selection.process.run) this.closeDetails();
    this.details.draw();
    this.announce();
    this.groupButton.setAttribute("aria-pressed", String(this.isGrouped));
    const [first] = processes;
    const title = first ? `${first.hello.name} · weir inspector` : "weir inspector";
    if (document.title !== title) document.title = title;
    if ([...this.bands.values()].some(({graph}) => graph.hasDue)) {
      this.timer = setTimeout(() => this.request(), CHECK_MS);
    }
  }

  bandOf(process) {
    if (!this.bands.has(process.number)) {
      const band = new Band(this.main, process, this);
      listen(band);
      this.bands.set(process.number, band);
    }
    return this.bands.get(process.number);
  }

  // Says to a screen reader which stream has become the bottleneck or has failed.
  announce() {
    const parts = [];
    for (const {hello, bottlenecks, streams, errors, isLost, absence} of this.processes) {
      if (isLost) parts.push(`${hello.name}: ${absence}`);
      const slow = [...bottlenecks.keys()].find((id) => streams.has(id));
      if (slow !== undefined) parts.push(`bottleneck: ${streams.get(slow).title}`);
      if (errors.length > 0) parts.push(`error: ${errors[0].name || errors[0].kind}: ${errors[0].message}`);
    }
    const text = parts.join("; ");
    if (this.news.textContent !== text) this.news.textContent = text;
  }

  select(process, selected, show) {
    this.closeHelp();
    this.selection = {process, run: process.run, ...selected};
    show();
    for (const {graph} of this.bands.values()) graph.markSelected();
  }

  isSelected(process, key) {
    const {selection} = this;
    if (selection?.process !== process) return false;
    if (selection.group !== undefined) return selection.group === key;
    if (selection.stream === undefined) return false;
    return this.bands.get(process.number)?.graph.places.get(selection.stream.id)?.key === key;
  }

  openVertex(process, vertex) {
    if (vertex.isGroup) this.select(process, {group: vertex.key}, () => this.details.showGroup(process, vertex.key));
    else this.openStream(process, vertex.members[0]);
  }

  openStream(process, stream) {
    this.select(process, {stream}, () => this.details.showStream(stream));
  }

  openLoop(process, id) {
    this.select(process, {loop: id}, () => this.details.showLoop(process, id));
  }

  toggleHelp() {
    const isOpen = this.isHelpOpen;
    this.closeDetails();
    if (isOpen) return;
    this.details.showHelp();
    this.isHelpOpen = true;
    this.helpButton.setAttribute("aria-expanded", "true");
  }

  closeHelp() {
    if (!this.isHelpOpen) return;
    this.isHelpOpen = false;
    this.helpButton.setAttribute("aria-expanded", "false");
    this.details.hide();
  }

  closeDetails() {
    const {selection} = this;
    if (this.isHelpOpen) {
      this.closeHelp();
      this.helpButton.focus();
    }
    if (!selection) return;
    const graph = this.bands.get(selection.process.number)?.graph;
    const key = selection.group ?? graph?.places.get(selection.stream?.id)?.key;
    this.selection = undefined;
    this.details.hide();
    for (const band of this.bands.values()) band.graph.markSelected();
    if (key !== undefined) graph.focus(key);
  }

  vertexOf(process, key) {
    return this.bands.get(process.number)?.graph.vertices.get(key);
  }

  expandedGroupOf(stream) {
    return this.bands.get(stream.process.number)?.graph.grouping.expandedGroupOf(stream);
  }

  isExpanded(process, key) {
    return this.bands.get(process.number).graph.grouping.expanded.has(key);
  }

  toggleGroup(process, key) {
    this.bands.get(process.number).graph.grouping.toggle(key);
    process.hasNewEdges = true;
    this.request();
  }

  get isGrouped() {
    return [...this.bands.values()].some(({graph}) => graph.grouping.level > 0);
  }

  // Few streams are shown one by one and many in groups; the button asks for the other.
  toggleGrouping() {
    const {isGrouped} = this;
    for (const {graph, process} of this.bands.values()) {
      graph.grouping.mode = isGrouped ? "none" : "all";
      graph.grouping.expanded.clear();
      process.hasNewEdges = true;
      graph.tidy();
    }
    this.request();
  }

  tidy() {
    for (const {graph} of this.bands.values()) graph.tidy();
    this.request();
  }
}

new Page();
