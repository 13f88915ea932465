// The chart of a stream's levels in the last two minutes, with its marks and what happened to it.
import {element, write} from "./dom.js";
import {SPAN_MS} from "./history.js";
import {levelAt, Plot, render} from "./picture.js";

const HEIGHT = 122;
const TOP = 8;
const BOTTOM = HEIGHT - 26;
const NEAR = 6;  // pixels between the pointer and the events that it names
const TICKS = [120, 90, 60, 30, 0];

export class LevelChart {
  // Each of `series` is {label, colour, side}, where `colour` names a custom property of the stylesheet; `format`
  // prints a level.
  constructor(parent, {title, series, format}) {
    Object.assign(this, {title, series, format});
    this.root = element("figure", "chart", parent);
    const caption = element("figcaption", "", this.root);
    element("span", "chart-title", caption).textContent = title;
    this.values = series.map(({colour}) => {
      const value = element("span", "chart-value", caption);
      value.style.setProperty("--series", `var(${colour})`);
      return value;
    });
    this.event = element("span", "chart-event", caption);
    this.area = element("div", "plot levels", this.root);
    this.area.setAttribute("role", "img");
    this.area.addEventListener("pointermove", ({clientX}) => this.point(clientX - this.area.getBoundingClientRect().left));
    this.area.addEventListener("pointerleave", () => this.point(undefined));
  }

  // Until `now`: lines as those of a Plot, and events.
  draw(now, lines, events) {
    Object.assign(this, {now, lines, events});
    this.redraw();
  }

  point(x) {
    this.pointer = x;
    if (this.lines) this.redraw();
  }

  redraw() {
    const {now, lines, events, format} = this;
    const width = Math.max(this.area.clientWidth, 100);
    const plot = new Plot({
      left: 68, right: width - 14, top: TOP, bottom: BOTTOM, begin: now - SPAN_MS, end: now, lines, columns: SPAN_MS / 1000});
    const ticks = TICKS.map((second) => [now - second * 1000, second === 0 ? "now" : `-${second} s`]);
    const cursor = this.pointer === undefined ? [] : [["path", {class: "cursor", d: `M${plot.x(plot.timeAt(this.pointer))} ${TOP}V${BOTTOM}`}]];
    render(this.area, [["svg", {class: "picture", width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`}, [
      ...plot.axes(ticks, format), ...plot.markLines(), ...plot.curves(), ...plot.markNames(), ...cursor, ...plot.dots(events)]]]);
    this.showValues(plot);
  }

  // The levels and the events under the pointer, else the last levels.
  showValues(plot) {
    const time = this.pointer === undefined ? this.now : plot.timeAt(this.pointer);
    const texts = this.series.map(({label}, index) => {
      const level = levelAt(this.lines[index].points, time);
      return `${label} ${level === undefined ? "–" : this.format(level)}`;
    });
    texts.forEach((text, index) => write(this.values[index], text));
    const near = this.events.filter((event) => this.pointer !== undefined && Math.abs(plot.x(event.time) - plot.x(time)) <= NEAR);
    write(this.event, near.map(({name}) => name).join(", "));
    this.area.setAttribute("aria-label", `${this.title}: ${texts.join(", ")}`);
  }

  close() {
    this.root.remove();
  }
}
