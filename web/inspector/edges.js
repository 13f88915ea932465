// Draws the pipes between the vessels, with their rates.
import {rate} from "./units.js";

const SVG = "http://www.w3.org/2000/svg";

function create(tag, parent, className) {
  const result = document.createElementNS(SVG, tag);
  if (className) result.setAttribute("class", className);
  parent?.append(result);
  return result;
}

export function createEdgeLayer(parent) {
  const svg = create("svg", parent, "edges");
  svg.setAttribute("aria-hidden", "true");
  return svg;
}

class Edge {
  constructor(layer, from, to) {
    this.root = create("g", layer, "edge");
    this.root.dataset.from = from;
    this.root.dataset.to = to;
    this.path = create("path", this.root, "pipe");
    this.arrow = create("path", this.root, "arrow");
    this.label = create("text", this.root);
    this.drawn = {};
  }

  place({path, arrow, label}) {
    this.path.setAttribute("d", path);
    this.arrow.setAttribute("d", arrow);
    this.label.setAttribute("x", label?.x ?? 0);
    this.label.setAttribute("y", label?.y ?? 0);
    this.label.setAttribute("visibility", label ? "visible" : "hidden");
  }

  draw(flow) {
    const drawn = this.drawn;
    if (drawn.text !== flow.text) this.label.textContent = flow.text;
    if (drawn.width !== flow.width) this.path.style.strokeWidth = flow.width;
    for (const name of ["idle", "slow", "via"]) {
      if (drawn[name] !== flow[name]) this.root.classList.toggle(name, flow[name]);
    }
    if (flow.slow && !drawn.slow) this.root.parentNode.append(this.root);  // above the others
    this.drawn = flow;
  }
}

export class Edges {
  constructor(layer) {
    this.layer = layer;
    this.edges = new Map();
  }

  // Draws the edges of these vertices; `route` finds the way between two cells.
  arrange(vertices, route) {
    const left = new Set(this.edges.keys());
    for (const vertex of vertices.values()) {
      for (const to of vertex.to) {
        const key = `${vertex.key}>${to}`;
        left.delete(key);
        if (!this.edges.has(key)) this.edges.set(key, new Edge(this.layer, vertex.key, to));
        this.edges.get(key).place(route(vertex.key, to));
      }
    }
    for (const key of left) {
      this.edges.get(key).root.remove();
      this.edges.delete(key);
    }
  }

  // Draws the flow from one vertex to another, whose summaries are given.
  draw(from, to, before, after) {
    const isVia = from.via.has(to.key);
    const flow = to.from.size === 1 ? after.rateIn : before.rateOut;
    const inObjects = (to.from.size === 1 ? to : from).members[0].data.object_mode;
    this.edges.get(`${from.key}>${to.key}`)?.draw({
      text: isVia || flow === 0 ? "" : rate(flow, inObjects),
      width: isVia ? 1 : thickness(flow),
      idle: flow === 0,
      slow: after.tone === "slow",
      via: isVia,
    });
  }
}

// 1.5 for a trickle to 6 for a GiB a second.
function thickness(flow) {
  return flow < 1 ? 1.5 : Math.round(10 * (1.5 + Math.min(4.5, Math.log2(flow) * 0.15))) / 10;
}

const TIP = 7;

// From the right side of a vessel to the left side of one in a later column. A way along a row that has other
// vessels, or back to an earlier column, bends around them.
export function routeAcross(from, to, isBlocked) {
  const x1 = from.x + from.width;
  const y1 = from.y + from.height / 2;
  const x2 = to.x;
  const y2 = to.y + to.height / 2;
  const end = x2 - TIP + 1;
  const arrow = `M${x2} ${y2}l${-TIP} ${-TIP * 0.6}v${TIP * 1.2}z`;
  if (x2 > x1 && !isBlocked) {
    const bend = Math.max(24, (x2 - x1) / 2);
    const path = `M${x1} ${y1}C${x1 + bend} ${y1} ${end - bend} ${y2} ${end} ${y2}`;
    // Beside the end of the pipe, where it does not cross others.
    const beside = y2 > y1 ? 16 : -8;
    return {path, arrow, label: {x: (x1 + end) / 2, y: y2 + beside}};
  }
  if (x2 === from.x) {
    const path = `M${x2} ${y1}C${x2 - 26} ${y1} ${x2 - 26} ${y2} ${end} ${y2}`;
    return {path, arrow};
  }
  const y = Math.max(y1, y2) + from.height / 2 + 13;
  const path = `M${x1} ${y1}C${x1 + 40} ${y1} ${x1 + 40} ${y} ${x1} ${y}L${x2} ${y}C${x2 - 40} ${y} ${x2 - 44} ${y2} ${end} ${y2}`;
  return {path, arrow, label: {x: (x1 + x2) / 2, y: y - 4}};
}

// In a list: straight down to the next vessel, else through a lane at the left.
export function routeDown(from, to, lane) {
  if (lane === undefined) {
    const x = from.x + 28;
    const y2 = to.y;
    return {
      path: `M${x} ${from.y + from.height}L${x} ${y2 - TIP + 1}`,
      arrow: `M${x} ${y2}l${-TIP * 0.6} ${-TIP}h${TIP * 1.2}z`,
    };
  }
  const y1 = from.y + from.height * 0.7;
  const y2 = to.y + to.height * 0.3;
  const turn = y2 > y1 ? 6 : -6;
  const x = to.x;
  return {
    path: `M${x} ${y1}H${lane + 6}Q${lane} ${y1} ${lane} ${y1 + turn}V${y2 - turn}Q${lane} ${y2} ${lane + 6} ${y2}H${x - TIP + 1}`,
    arrow: `M${x} ${y2}l${-TIP} ${-TIP * 0.6}v${TIP * 1.2}z`,
  };
}

// The lane of each edge that does not lead to the next row: edges of one source share a lane, and lanes whose
// rows overlap are apart. Returns the lanes by edge ("from>to"), and their number.
export function chooseLanes(vertices, cells) {
  const spans = [];
  for (const vertex of vertices.values()) {
    const row = cells.get(vertex.key).row;
    const far = [...vertex.to].filter((key) => cells.get(key).row !== row + 1);
    if (far.length === 0) continue;
    const rows = [row, ...far.map((key) => cells.get(key).row)];
    spans.push({key: vertex.key, far, first: Math.min(...rows), last: Math.max(...rows)});
  }
  spans.sort((one, other) => one.last - one.first - (other.last - other.first));
  const lanes = [];
  const result = new Map();
  for (const span of spans) {
    let lane = lanes.findIndex((taken) => taken.every((one) => one.last < span.first || one.first > span.last));
    if (lane < 0) lane = lanes.push([]) - 1;
    lanes[lane].push(span);
    for (const key of span.far) result.set(`${span.key}>${key}`, lane);
  }
  return {lanes: result, count: lanes.length};
}
