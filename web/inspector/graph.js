// Draws the graph of one process: its vessels at their places, and the pipes between them.
import {element} from "./dom.js";
import {chooseLanes, createEdgeLayer, Edges, routeAcross, routeDown} from "./edges.js";
import {Grouping} from "./grouping.js";
import {Layout} from "./layout.js";
import {describe, summarise} from "./summary.js";
import {Vessel} from "./vessel.js";

const VESSEL = {width: 172, height: 140};
const GAP = {x: 70, y: 26};
const EDGE = 24;  // between the vessels and the border of the graph
const MARGIN = 20;  // of the page
// Narrower pages have a list: of tall vessels on a phone, of flat ones on a tablet.
const LIST_BELOW = 900;
const PHONE_BELOW = 640;
const LIST = {tall: 128, flat: 66, gap: 16};
const LANE = {width: 9, most: 4};
// How long a vessel stays after its stream, so that a person sees its end.
const LINGER_MS = 1500;
const LINGERING = 40;

export class Graph {
  constructor(parent, process, isSelected) {
    this.process = process;
    this.isSelected = isSelected;
    this.root = element("div", "graph", parent);
    this.root.setAttribute("role", "group");
    this.canvas = element("div", "canvas", this.root);
    this.edges = new Edges(createEdgeLayer(this.canvas));
    this.grouping = new Grouping();
    this.reset();
  }

  // For another run of the process.
  reset() {
    this.layout = new Layout();
    this.run = this.process.run;
    for (const vessel of this.vessels?.values() ?? []) vessel.root.remove();
    this.vessels = new Map();
    this.vertices = new Map();
    this.summaries = new Map();
    this.places = new Map();
    this.lingering = new Map();  // key: {vertex, until}
    this.process.hasNewEdges = true;
  }

  tidy() {
    this.lingering.clear();
    this.layout.clear();
    this.process.hasNewEdges = true;
  }

  get isList() {
    return this.columns === 1;
  }

  // Draws what has changed since the last time; `now` is the page's clock.
  draw(now) {
    if (this.run !== this.process.run) this.reset();
    this.measure();
    for (const [key, {until}] of this.lingering) {
      if (until > now) continue;
      this.lingering.delete(key);
      this.process.hasNewEdges = true;
    }
    if (this.process.hasNewEdges) this.arrange(now);
    const changed = new Set();
    for (const id of this.process.changed) {
      const vertex = this.places.get(id);
      if (vertex) changed.add(vertex);
    }
    this.process.changed.clear();
    this.drawVertices(changed);
  }

  // The number of columns that fit into the page. The details, which make the graph narrower, do not change it.
  measure() {
    const width = this.root.clientWidth;
    if (width === this.width && innerWidth === this.pageWidth) return;
    this.width = width;
    this.pageWidth = innerWidth;
    const room = innerWidth - 2 * (MARGIN + EDGE) + GAP.x;
    const columns = innerWidth < LIST_BELOW ? 1 : Math.floor(room / (VESSEL.width + GAP.x));
    if (columns !== this.columns) this.tidy();
    this.columns = columns;
    this.root.classList.toggle("list", columns === 1);
    this.process.hasNewEdges = true;
  }

  get listHeight() {
    return innerWidth < PHONE_BELOW ? LIST.tall : LIST.flat;
  }

  arrange(now) {
    this.process.hasNewEdges = false;
    const {vertices, places} = this.grouping.arrange(this.process.streams);
    this.linger(vertices, now);
    this.vertices = vertices;
    this.places = places;
    this.layout.arrange(vertices, this.columns);

    const focused = document.activeElement;
    let hadFocus = false;
    for (const [key, vessel] of this.vessels) {
      if (vertices.has(key)) continue;
      hadFocus ||= vessel.root === focused;
      vessel.root.remove();
      this.vessels.delete(key);
      this.summaries.delete(key);
    }
    for (const vertex of vertices.values()) this.addVessel(vertex);
    this.place();
    this.keepOneTabStop();
    this.drawVertices(vertices.values());
    if (hadFocus) this.canvas.querySelector(".vessel[tabindex='0']")?.focus({preventScroll: true});
  }

  // Keeps vessels whose streams are gone for a moment.
  linger(vertices, now) {
    for (const [key, vertex] of this.vertices) {
      if (vertices.has(key) || this.lingering.has(key) || this.lingering.size >= LINGERING) continue;
      const isRegrouped = vertex.members.some((stream) => this.process.streams.has(stream.id));
      if (!isRegrouped && !vertex.isGone) this.lingering.set(key, {vertex, until: now + LINGER_MS});
    }
    for (const [key, {vertex}] of this.lingering) {
      if (vertices.has(key)) {
        this.lingering.delete(key);
        continue;
      }
      vertex.isGone = true;
      vertex.from = new Set();
      vertex.to = new Set();
      vertices.set(key, vertex);
    }
  }

  addVessel(vertex) {
    if (this.vessels.has(vertex.key)) return;
    const vessel = new Vessel(vertex.key, vertex.isGroup);
    this.vessels.set(vertex.key, vessel);
    this.canvas.append(vessel.root);
  }

  place() {
    const {cells} = this.layout;
    const {lanes, count} = this.isList ? chooseLanes(this.vertices, cells) : {lanes: new Map(), count: 0};
    const gutter = count === 0 ? 0 : (Math.min(count, LANE.most) + 1) * LANE.width;
    const box = ({column, row}) => (this.isList ?
      {x: gutter, y: row * (this.listHeight + LIST.gap), width: this.width - gutter, height: this.listHeight} :
      {x: EDGE + column * (VESSEL.width + GAP.x), y: EDGE + row * (VESSEL.height + GAP.y), ...VESSEL});

    for (const [key, vessel] of this.vessels) {
      const {x, y, width} = box(cells.get(key));
      vessel.place(x, y, width);
    }
    this.edges.arrange(this.vertices, (from, to) => {
      const one = cells.get(from);
      const other = cells.get(to);
      if (this.isList) {
        const lane = lanes.get(`${from}>${to}`);
        const x = lane === undefined ? undefined : gutter - LANE.width * (Math.min(lane, LANE.most - 1) + 2) + 4;
        return routeDown(box(one), box(other), x);
      }
      return routeAcross(box(one), box(other), this.isBlocked(one, other));
    });
    const {columns, rows} = this.layout.size;
    const height = this.isList ? rows * (this.listHeight + LIST.gap) : 2 * EDGE - GAP.y + rows * (VESSEL.height + GAP.y);
    this.canvas.style.height = `${Math.max(height, 0)}px`;
    this.canvas.style.width = this.isList ? "" : `${2 * EDGE - GAP.x + columns * (VESSEL.width + GAP.x)}px`;
  }

  isBlocked(one, other) {
    if (one.row !== other.row) return false;
    for (let column = one.column + 1; column < other.column; column += 1) {
      if (this.layout.taken.has(`${column},${one.row}`)) return true;
    }
    return false;
  }

  drawVertices(vertices) {
    const near = new Set();
    for (const vertex of vertices) {
      const vessel = this.vessels.get(vertex.key);
      const summary = summarise(vertex, this.process);
      if (vertex.isGone) Object.assign(summary, {isOver: true, pill: "gone", status: "", rateIn: 0, rateOut: 0});
      this.summaries.set(vertex.key, summary);
      if (vessel.draw(summary)) vessel.root.setAttribute("aria-label", describe(vertex, this.process));
      near.add(vertex);
      for (const key of vertex.from) near.add(this.vertices.get(key));
    }
    for (const vertex of near) {
      for (const key of vertex.to) {
        const to = this.vertices.get(key);
        const before = this.summaries.get(vertex.key);
        const after = this.summaries.get(key);
        if (before && after) this.edges.draw(vertex, to, before, after);
      }
    }
    this.markSelected();
  }

  markSelected() {
    for (const [key, vessel] of this.vessels) {
      const isPressed = String(this.isSelected(key));
      if (vessel.root.getAttribute("aria-pressed") !== isPressed) vessel.root.setAttribute("aria-pressed", isPressed);
    }
  }

  // A Tab key reaches one vessel of the graph; arrow keys reach the others.
  keepOneTabStop() {
    const stops = [...this.vessels.values()].filter(({root}) => root.tabIndex === 0);
    if (stops.length === 0) this.vessels.values().next().value?.root.setAttribute("tabindex", "0");
  }

  focus(key) {
    const vessel = this.vessels.get(key);
    if (!vessel) return;
    for (const {root} of this.vessels.values()) root.tabIndex = -1;
    vessel.root.tabIndex = 0;
    vessel.root.setAttribute("aria-label", describe(this.vertices.get(key), this.process));
    vessel.root.focus({preventScroll: true});
    vessel.root.scrollIntoView({block: "nearest", inline: "nearest"});
  }

  get hasDue() {
    return this.lingering.size > 0;
  }
}
