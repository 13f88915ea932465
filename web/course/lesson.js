// Draws the run of a lesson: its curves as the inspector draws them, beside them a vessel with the same level, and
// below the list of its events. script/draw-course runs it in a browser.
//
// A run is {title, lines, events, end} as examples/lessons.cc writes it: `lines` and `events` are those of a Plot, in
// bytes and milliseconds.
import {Plot, rounded, tone} from "../inspector/picture.js";
import {markup} from "./markup.js";

const WIDTH = 420;  // so that the text is readable on a phone, where the picture is smaller
const LETTER = 6.4;  // its width in the legend
const TOP = 52;
const BOTTOM = 214;
const LEFT = 42;
const VESSEL = 26;
const LIST_TOP = 260;
const ROW = 24;
const DOT_SPACE = 19;  // between the centres of two dots
const SLOWER = 100;  // than the run
const REST_MS = 2000;  // at the end of the animation
const FLOW_MS = 150;  // for a change of the water

function vesselLeft(run, index) {
  return WIDTH - 16 - (run.lines.length - index) * (VESSEL + 8) + 8;
}

function legend(run) {
  const nodes = [["text", {x: 16, y: 28}, "Bytes in the buffer"]];
  const width = ({name}) => name.length * LETTER + 34;
  let x = WIDTH + 2 - run.lines.reduce((sum, line) => sum + width(line), 0);
  for (const line of run.lines) {
    nodes.push(
      ["g", {class: line.side}, [["rect", {class: "key", x, y: 18, width: 11, height: 11, rx: 2}]]],
      ["text", {class: "small", x: x + 17, y: 28}, line.name]);
    x += width(line);
  }
  return nodes;
}

// Round times, and the end with the unit.
function ticks(run) {
  const step = run.end > 60 ? 20 : 10;
  const times = Array.from({length: Math.ceil(run.end / step)}, (_, index) => index * step);
  const near = run.end / 6;
  return [...times.filter((time) => time < run.end - near).map((time) => [time, String(time)]), [run.end, `${run.end} ms`]];
}

// A vessel whose water is as high as the curve, and the line that moves over the plot in its time.
function vessels(plot, run) {
  return run.lines.flatMap(({side}, index) => {
    const x = vesselLeft(run, index);
    return [
      ["path", {class: "glass", d: `M${x} ${TOP}V${BOTTOM - 6}q0 6 6 6h${VESSEL - 12}q6 0 6 -6V${TOP}`}],
      ["g", {class: side}, [["rect", {class: `water water${index}`, x: x + 2, y: TOP, width: VESSEL - 4, height: BOTTOM - TOP - 2, rx: 4}]]],
      ...plot.marks.map((mark) => ["path", {class: "mark", d: `M${x} ${plot.y(mark)}h${VESSEL}`}]),
    ];
  });
}

function numberedDot(x, y, number, name) {
  return [
    ["circle", {class: `dot ${tone(name)}`, cx: x, cy: y, r: 8.5}],
    ["text", {class: "number", x, y: rounded(y + 4), "text-anchor": "middle"}, String(number)],
  ];
}

// The dots of the events: one that would lie on another is moved to the right.
function dots(plot, run) {
  const places = [];
  for (const {time, level} of run.events) {
    const place = {x: Math.max(plot.x(time), plot.left + 9), y: plot.y(level)};
    while (places.some(({x, y}) => Math.hypot(x - place.x, y - place.y) < DOT_SPACE - 0.1)) place.x = rounded(place.x + 1);
    places.push(place);
  }
  return places.flatMap(({x, y}, index) => numberedDot(x, y, index + 1, run.events[index].name));
}

function list(run) {
  return run.events.flatMap(({time, name, text}, index) => {
    const y = LIST_TOP + ROW * index;
    return [
      ...numberedDot(25, y - 5, index + 1, name),
      ["text", {class: "small", x: 86, y, "text-anchor": "end"}, `${time} ms`],
      ["text", {x: 98, y}, [["tspan", {class: "name"}, name], ["tspan", {dx: 7}, text]]],
    ];
  });
}

// Keyframes of the line that moves and of the water. Without motion, both stand at the first event.
function motion(plot, run) {
  const whole = run.end * SLOWER + REST_MS;
  const percent = (time) => `${((time * SLOWER * 100) / whole).toFixed(2)}%`;
  const way = plot.right - plot.left;
  const still = run.events[0].time;
  const rules = [
    `@keyframes now { 0% { transform: none } ${percent(run.end)}, 100% { transform: translateX(${way}px) } }`,
    `.now { transform: translateX(${((still / run.end) * way).toFixed(1)}px) }`,
  ];
  run.lines.forEach(({points}, index) => {
    const scale = (level) => `transform: scaleY(${(level / plot.limit).toFixed(3)})`;
    const levels = [...new Map(points).entries()];  // the last one of a time
    const frames = [];
    let before = 0;
    levels.forEach(([time, level], at) => {
      const next = Math.min(levels[at + 1]?.[0] ?? run.end, time + FLOW_MS / SLOWER);
      frames.push(`${percent(time)} { ${scale(before)} }`, `${percent(next)} { ${scale(level)} }`);
      before = level;
    });
    rules.push(`@keyframes water${index} { ${frames.join(" ")} 100% { ${scale(before)} } }`,
      `.water${index} { ${scale(levels.findLast(([time]) => time <= still)?.[1] ?? 0)} }`);
  });
  const names = ["now", ...run.lines.map((line, index) => `water${index}`)];
  const moving = names.map((name) => `  .${name} { animation: ${name} ${whole}ms linear infinite }`);
  return [...rules, "@media (prefers-reduced-motion: no-preference) {", ...moving, "}"].join("\n");
}

// The file of a run. `styles` are the texts of the stylesheets: of colours.css, only the properties that the others use.
export function lesson(run, {colours, picture, course}) {
  const plot = new Plot({left: LEFT, right: vesselLeft(run, 0) - 16, top: TOP, bottom: BOTTOM, begin: 0, end: run.end, lines: run.lines});
  const height = LIST_TOP + ROW * run.events.length - 4;
  const used = colours.split("\n").filter((line) => {
    const property = line.match(/^\s*(--[\w-]+):/)?.[1];
    return !property || [picture, course].some((sheet) => sheet.includes(`var(${property})`));
  }).join("\n");
  return markup([["svg", {
    xmlns: "http://www.w3.org/2000/svg", class: "picture", width: WIDTH, height, viewBox: `0 0 ${WIDTH} ${height}`, role: "img"}, [
    ["title", {}, run.title],
    ["metadata", {}, JSON.stringify(run)],
    ["style", {}, `\n${[used, picture, course].map((sheet) => sheet.replace(/\/\*.*?\*\/\s*/gs, "").trim()).join("\n")}\n${motion(plot, run)}\n`],
    ["rect", {class: "card", x: 0.5, y: 0.5, width: WIDTH - 1, height: height - 1, rx: 8}],
    ...legend(run),
    ...plot.axes(ticks(run), String), ...plot.markLines(), ...plot.curves(), ...plot.markNames(),
    ["path", {class: "now", d: `M${LEFT} ${TOP}V${BOTTOM}`}],
    ...vessels(plot, run), ...dots(plot, run), ...list(run)]]]);
}
