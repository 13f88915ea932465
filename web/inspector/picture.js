// Draws the levels of buffers over time, with their marks and events: the history of a stream on the page, and the
// pictures of the course (web/course). A picture is a list of nodes [tag, attributes, content], where content is a text
// or a list of nodes; `render` makes elements of it.

const NAMESPACE = "http://www.w3.org/2000/svg";
const TEXT_HEIGHT = 14;

export function rounded(value) {
  return Math.round(value * 10) / 10;
}

// Places times and levels in a rectangle. `lines` are {name, side, mark, points}: `side` is "write" or "read" and gives
// the colour, `points` are [time, level]; a level holds until the next point. With `columns`, points that fall into
// one of so many columns are drawn as their mean, between their least and most.
export class Plot {
  constructor({left, right, top, bottom, begin, end, lines, columns}) {
    Object.assign(this, {left, right, top, bottom, begin, end});
    this.lines = lines.map((line) => ({...line, rows: rows(line.points, columns && (end - begin) / columns)}));
    this.marks = [...new Set(lines.map(({mark}) => mark).filter((mark) => mark > 0))];
    this.highest = Math.max(0, ...lines.flatMap(({points}) => points.map(([, level]) => level)));
    this.limit = Math.max(this.highest, ...this.marks) * 1.08 || 1;
  }

  x(time) {
    const share = (time - this.begin) / (this.end - this.begin || 1);
    return rounded(this.left + Math.min(1, Math.max(0, share)) * (this.right - this.left));
  }

  y(level) {
    return rounded(this.bottom - (level / this.limit) * (this.bottom - this.top));
  }

  // The time at a place on the screen.
  timeAt(x) {
    const share = Math.min(1, Math.max(0, (x - this.left) / (this.right - this.left)));
    return this.begin + share * (this.end - this.begin);
  }

  // `ticks` are [time, text]; `format` prints a level.
  axes(ticks, format) {
    const {left, right, top, bottom} = this;
    const nodes = ticks.flatMap(([time, text]) => {
      const x = this.x(time);
      const anchor = x > right - 12 ? "end" : "middle";
      return [
        ["path", {class: "grid", d: `M${x} ${top}V${bottom}`}],
        ["text", {class: "tick", x, y: bottom + 20, "text-anchor": anchor}, text],
      ];
    });
    const levels = [0];
    for (const level of [...this.marks, this.highest]) {
      if (levels.every((one) => Math.abs(this.y(one) - this.y(level)) >= TEXT_HEIGHT)) levels.push(level);
    }
    for (const level of levels) {
      nodes.push(["text", {class: "tick", x: left - 8, y: rounded(this.y(level) + 4), "text-anchor": "end"}, format(level)]);
    }
    return [...nodes, ["path", {class: "axis", d: `M${left} ${top}V${bottom}H${right}`}]];
  }

  // The first line is drawn over the others.
  curves() {
    return this.lines.flatMap((line) => (line.rows.length > 0 ? [this.curve(line)] : [])).reverse();
  }

  curve({side, rows: list}) {
    const begin = this.x(list[0].time);
    const along = (pick) => {
      const steps = list.map((row) => `H${this.x(row.time)}V${this.y(row[pick])}`);
      return `${steps.join("")}H${this.right}`;
    };
    const back = [...list].reverse().map((row) => `V${this.y(row.least)}H${this.x(row.time)}`).join("");
    const start = `M${begin} ${this.bottom}`;
    const shapes = [["path", {class: "area", d: `${start}${along("least")}V${this.bottom}Z`}]];
    if (list.some(({least, most}) => least < most)) shapes.push(["path", {class: "band", d: `${start}${along("most")}${back}Z`}]);
    return ["g", {class: side}, [...shapes, ["path", {class: "line", d: `${start}${along("mean")}`}]]];
  }

  // Below the curves; their names are above them.
  markLines() {
    return this.marks.map((mark) => ["path", {class: "mark", d: `M${this.left} ${this.y(mark)}H${this.right}`}]);
  }

  markNames() {
    return this.marks.map((mark) =>
      ["text", {class: "tick halo", x: this.right - 2, y: rounded(this.y(mark) - 5), "text-anchor": "end"}, "mark"]);
  }

  // Of events {time, level, name, text}.
  dots(events) {
    return events.map(({time, level, name, text}) =>
      ["circle", {class: `dot ${tone(name)}`, cx: this.x(time), cy: this.y(level), r: 3.5}, [["title", {}, `${name}: ${text}`]]]);
  }
}

// What is drawn of points: {time, mean, least, most}. Columns begin at fixed times, so that they do not change while
// the time moves on.
function rows(points, width) {
  if (!width) return points.map(([time, level]) => ({time, mean: level, least: level, most: level}));
  const result = [];
  let column;
  let sum = 0;
  let count = 0;
  for (const [time, level] of points) {
    const at = Math.floor(time / width);
    if (at !== column) {
      result.push({time: result.length > 0 ? at * width : time, mean: level, least: level, most: level});
      column = at;
      sum = 0;
      count = 0;
    }
    sum += level;
    count += 1;
    const row = result.at(-1);
    row.mean = sum / count;
    row.least = Math.min(row.least, level);
    row.most = Math.max(row.most, level);
  }
  return result;
}

// The level at a time, or undefined before the first point.
export function levelAt(points, time) {
  return points.findLast((point) => point[0] <= time)?.[1];
}

export function tone(name) {
  return {"write(): false": "stop", Drain: "go", Error: "failed"}[name] ?? "";
}

// Makes the children of a parent those of the picture, and changes only what differs.
export function render(parent, nodes) {
  nodes.forEach(([tag, attributes, content], index) => {
    let child = parent.children[index];
    if (child?.tagName !== tag) {
      const made = document.createElementNS(NAMESPACE, tag);
      if (child) child.replaceWith(made);
      else parent.append(made);
      child = made;
    }
    for (const {name} of [...child.attributes]) {
      if (!(name in attributes)) child.removeAttribute(name);
    }
    for (const [name, value] of Object.entries(attributes)) {
      if (child.getAttribute(name) !== String(value)) child.setAttribute(name, value);
    }
    if (Array.isArray(content)) render(child, content);
    else if (child.textContent !== (content ?? "")) child.textContent = content ?? "";
  });
  while (parent.children.length > nodes.length) parent.lastElementChild.remove();
}
