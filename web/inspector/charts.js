// Charts of rates and times in the last two minutes, by uPlot, which is loaded when the first chart is shown.
import {element, write} from "./dom.js";

const HEIGHT = 112;
const SECONDS = 120;
const POWERS_OF_TWO = Array.from({length: 55}, (_, power) => 2 ** power);

let library;

function loadLibrary() {
  library ??= new Promise((resolve, reject) => {
    const script = element("script");
    script.src = "uPlot.iife.min.js";
    script.onload = () => resolve(globalThis.uPlot);
    script.onerror = () => reject(new Error("uPlot.iife.min.js is missing"));
    document.head.append(script);
  });
  return library;
}

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

// One point a second: the mean of each column, and its least and most. So a level that rises and falls many times
// a second is a band. A value holds until the next one.
export function condense([times, ...columns]) {
  const seconds = [];
  const results = columns.map(() => [[], [], []]);
  let first = 0;
  // The value of a stream that has been idle for hours is old.
  for (let second = Math.max(-SECONDS, Math.ceil(times[0])); second <= 0; second += 1) {
    let end = first;
    while (end < times.length && times[end] <= second) end += 1;
    seconds.push(second);
    columns.forEach((column, index) => {
      const values = end > first ? column.slice(first, end) : [column[first - 1]];
      const [mean, most, least] = results[index];
      mean.push(values.reduce((sum, value) => sum + value, 0) / values.length);
      most.push(Math.max(...values));
      least.push(Math.min(...values));
    });
    first = end;
  }
  return [seconds, ...results.flat()];
}

export class Chart {
  // Each of `series` is {label, colour}, where `colour` names a custom property of the stylesheet. `format` prints a
  // value; `isBinary` divides the axis by powers of two.
  constructor(parent, {title, series, format, isBinary}) {
    Object.assign(this, {title, series, format, isBinary});
    this.root = element("figure", "chart", parent);
    const caption = element("figcaption", "", this.root);
    element("span", "chart-title", caption).textContent = title;
    this.values = series.map(({colour: name}) => {
      const value = element("span", "chart-value", caption);
      value.style.setProperty("--series", `var(${name})`);
      return value;
    });
    this.area = element("div", "plot", this.root);
    this.area.setAttribute("role", "img");
    this.data = [[], ...series.flatMap(() => [[], [], []])];
    this.create();
  }

  async create() {
    const uPlot = await loadLibrary();
    if (this.isClosed) return;
    this.plot?.destroy();
    this.width = this.area.clientWidth;
    const axis = {stroke: colour("--muted"), font: "11px system-ui, sans-serif", ticks: {show: false}, grid: {stroke: colour("--line"), width: 1}};
    const line = {points: {show: false}};
    this.plot = new uPlot({
      width: Math.max(this.width, 100),
      height: HEIGHT,
      padding: [6, 14, 0, 0],
      legend: {show: false},
      cursor: {y: false, drag: {x: false, y: false}, points: {show: false}},
      scales: {x: {time: false, range: () => [-SECONDS, 0]}, y: {range: (plot, least, most) => [0, (most ?? 0) * 1.1 || 1]}},
      axes: [
        {...axis, size: 20, splits: () => [-120, -90, -60, -30, 0], values: (plot, splits) => splits.map((second) => (second === 0 ? "now" : `${second} s`))},
        {...axis, size: 68, space: 26, values: (plot, splits) => splits.map((value) => this.format(value)), ...(this.isBinary ? {incrs: POWERS_OF_TWO} : {})},
      ],
      series: [{}, ...this.series.flatMap((one) => [
        {...line, stroke: colour(one.colour), width: 1.5}, {...line, width: 0}, {...line, width: 0}])],
      bands: this.series.map((one, index) => ({series: [3 * index + 2, 3 * index + 3], fill: `${colour(one.colour)}40`})),
      hooks: {setCursor: [() => this.showValues()]},
    }, this.data, this.area);
    this.showValues();
  }

  // Columns as those of a History: seconds, then the values of each series.
  draw(columns) {
    this.last = columns.slice(1).map((column) => column.at(-1));
    this.data = condense(columns);
    if (this.plot) {
      const width = this.area.clientWidth;
      if (width !== this.width && width > 0) this.plot.setSize({width, height: HEIGHT});
      this.width = width;
      this.plot.setData(this.data);
    }
    this.showValues();
  }

  // The values under the pointer, else the last ones.
  showValues() {
    const at = this.plot?.cursor.idx ?? undefined;
    const texts = this.series.map(({label}, index) => {
      const value = at === undefined ? this.last?.[index] : this.data[3 * index + 1][at];
      return `${label} ${value === undefined ? "–" : this.format(value)}`;
    });
    texts.forEach((text, index) => write(this.values[index], text));
    this.area.setAttribute("aria-label", `${this.title}: ${texts.join(", ")}`);
  }

  close() {
    this.isClosed = true;
    this.plot?.destroy();
    this.root.remove();
  }
}
