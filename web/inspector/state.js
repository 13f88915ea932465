// The programs as the server last described them, with the rates and the history that follow from it.
import {History, SPAN_MS} from "./history.js";

const RATE_WINDOW_MS = 1000;
const ERRORS_KEPT = 50;
const EVENT_SPACE_MS = 5000;
// A state of a stream -> the event that began it.
const STATES = {
  ending: ["end()", "no write follows"],
  ended: ["End", "all data is read"],
  finished: ["Finish", "the sink has all data"],
  closed: ["Close", "nothing follows"],
};
const NUMBERS_OF_A_LOOP = 2 ** 40;  // an id is a loop's number and a stream's number on it

// A stream's numbers, and its rates: differences of its counters within the last second.
export class Stream {
  constructor(process, data) {
    this.process = process;
    this.id = data.id;
    this.history = new History(4, process.interval);
    this.events = [];
    this.window = [];
    this.rateIn = 0;
    this.rateOut = 0;
    this.update(data, undefined);
  }

  get in() {
    return (this.data.write ?? this.data.read)?.bytes_in ?? 0;
  }

  get out() {
    return (this.data.read ?? this.data.write)?.bytes_out ?? 0;
  }

  get title() {
    return this.data.name || this.data.kind;
  }

  // As a person reads it.
  get label() {
    return `#${this.id % NUMBERS_OF_A_LOOP}`;
  }

  // `before` is the time of the previous update, up to which the previous numbers held.
  update(data, before) {
    if (this.data && before !== undefined && before > this.sampledAt) this.sample(before);
    if (this.data) this.addEvents(this.data, data);
    this.data = data;
    this.sample(this.process.time);
  }

  // What happened between two descriptions of the stream, at the levels at which it does. A stream that is full and
  // drained many times a second has one of each in EVENT_SPACE_MS.
  addEvents(previous, {write, read, state, error}) {
    const {time} = this.process;
    const period = (at) => Math.floor(at / EVENT_SPACE_MS);
    const add = (level, name, text) => {
      const last = this.events.findLast((event) => event.name === name);
      if (last?.text !== text || period(last.time) !== period(time)) this.events.push({time, level, name, text});
    };
    const level = write?.length ?? read?.length;
    if (write?.full > previous.write?.full) add(write.mark, "write(): false", "the level reached the mark");
    if (write?.drains > previous.write?.drains) add(0, "Drain", "the buffer is empty");
    if (state !== previous.state && STATES[state]) add(level, ...STATES[state]);
    if (error && error !== previous.error) add(level, "Error", error);
    while (this.events[0]?.time < time - SPAN_MS) this.events.shift();
  }

  sample(time) {
    this.sampledAt = time;
    const {window} = this;
    window.push({time, in: this.in, out: this.out});
    while (window.length > 2 && window[1].time <= time - RATE_WINDOW_MS) window.shift();
    const oldest = window[0];
    const seconds = (time - oldest.time) / 1000;
    this.rateIn = seconds > 0 ? Math.max(0, this.in - oldest.in) / seconds : 0;
    this.rateOut = seconds > 0 ? Math.max(0, this.out - oldest.out) / seconds : 0;
    const {write, read} = this.data;
    this.history.push(time, [write?.length ?? 0, read?.length ?? 0, this.rateIn, this.rateOut]);
  }

  // By a person or by the program; a pipe also pauses its source, while its destination is full.
  get isPaused() {
    const {read, to, waits_for: reason} = this.data;
    if (reason.includes("resume on the inspector")) return true;
    if (!read?.is_paused || reason.includes("Drain")) return false;
    return !to.some((id) => this.process.streams.get(id)?.data.write?.is_pressed);
  }

  get isMoving() {
    return this.rateIn > 0 || this.rateOut > 0;
  }
}

export class LoopState {
  constructor(process) {
    this.history = new History(4, process.interval);
    this.busy = 0;
    this.turnRate = 0;
  }

  update(data, time, before) {
    const span = time - before;
    if (this.data && span > 0) {
      this.busy = Math.min(1, Math.max(0, data.busy - this.data.busy) / span);
      this.turnRate = Math.max(0, data.turns - this.data.turns) / (span / 1000);
    }
    this.data = data;
    const {p50, p99, max} = data.latency;
    this.history.push(time, [p50, p99, max, this.busy]);
  }
}

export class Process {
  constructor(hello) {
    this.number = hello.process;
    this.begin(hello);
  }

  // Forgets everything: the ids of another run are others.
  begin(hello) {
    this.hello = hello;
    this.interval = hello.interval ?? 250;
    this.time = undefined;
    this.times = new Map();  // loop: the time of its last update
    this.isLost = false;
    this.hear();
    this.streams = new Map();
    this.loops = new Map();
    this.moving = new Set();
    this.bottlenecks = new Map();
    this.errors = [];
    this.run = (this.run ?? 0) + 1;
    this.changed = new Set();
    this.hasNewEdges = true;
  }

  hear() {
    this.heardAt = performance.now();
    this.silence = 0;
  }

  // `silence`: the seconds without an update, of a program that is stopped or stuck. Returns true if it is silent.
  listen() {
    const time = performance.now() - this.heardAt;
    this.silence = this.isLost || time < Math.max(2000, 4 * this.interval) ? 0 : Math.floor(time / 1000);
    return this.silence > 0;
  }

  lose(error) {
    this.isLost = true;
    const state = this.time === undefined ? "not reached yet" : "stopped";
    this.absence = error ? `${state} (${error})` : state;
  }

  // An update is about the loops that it lists: loops on other threads have updates of their own.
  update(data) {
    this.hear();
    this.time = data.time;
    const loops = new Set(data.loops.map(({id}) => id));
    const listed = new Set();
    for (const stream of data.streams) {
      listed.add(stream.id);
      this.updateStream(stream, this.times.get(stream.loop));
    }
    for (const id of data.gone) this.remove(id);
    // A moving stream that is not listed stands still.
    for (const stream of [...this.moving]) {
      if (listed.has(stream.id) || !loops.has(stream.data.loop)) continue;
      stream.sample(this.time);
      this.note(stream);
    }
    for (const loop of data.loops) this.updateLoop(loop, this.times.get(loop.id));
    this.markBottlenecks(data.bottlenecks, loops);
    for (const loop of loops) this.times.set(loop, this.time);
  }

  updateStream(data, before) {
    let stream = this.streams.get(data.id);
    const previous = stream?.data;
    if (stream) {
      stream.update(data, before);
    } else {
      stream = new Stream(this, data);
      this.streams.set(data.id, stream);
    }
    if (!previous || !hasSameEdges(previous, data)) this.hasNewEdges = true;
    if (data.error && data.error !== previous?.error) this.addError(stream);
    this.note(stream);
  }

  note(stream) {
    this.changed.add(stream.id);
    if (stream.isMoving) this.moving.add(stream);
    else this.moving.delete(stream);
  }

  remove(id) {
    const stream = this.streams.get(id);
    if (!stream) return;
    this.streams.delete(id);
    this.moving.delete(stream);
    this.changed.delete(id);
    this.hasNewEdges = true;
  }

  updateLoop(data, before) {
    if (!this.loops.has(data.id)) this.loops.set(data.id, new LoopState(this));
    this.loops.get(data.id).update(data, this.time, before ?? this.time);
  }

  markBottlenecks(list, loops) {
    const previous = this.bottlenecks;
    const others = [...previous].filter(([id]) => this.streams.has(id) && !loops.has(this.streams.get(id).data.loop));
    this.bottlenecks = new Map([...others, ...list.map(({id, why}) => [id, why])]);
    for (const id of [...previous.keys(), ...this.bottlenecks.keys()]) {
      if (previous.get(id) !== this.bottlenecks.get(id) && this.streams.has(id)) this.changed.add(id);
    }
  }

  // Equal errors of streams of one name are one entry.
  addError(stream) {
    const {kind, name, error} = stream.data;
    const at = this.errors.findIndex((one) => one.message === error && one.kind === kind && one.name === name);
    const entry = at < 0 ? {kind, name, message: error, times: 0} : this.errors.splice(at, 1)[0];
    entry.times += 1;
    entry.time = this.time;
    this.errors.unshift(entry);
    this.errors.length = Math.min(this.errors.length, ERRORS_KEPT);
  }
}

function hasSameEdges(one, other) {
  return one.name === other.name && isSame(one.from, other.from) && isSame(one.to, other.to) &&
      isSame(one.via, other.via);
}

function isSame(one = [], other = []) {
  return one.length === other.length && one.every((id, index) => id === other[index]);
}

export class World {
  constructor() {
    this.processes = new Map();
  }

  hello(data) {
    const process = this.processes.get(data.process);
    if (process) process.begin(data);
    else this.processes.set(data.process, new Process(data));
  }

  update(data) {
    this.processes.get(data.process)?.update(data);
  }

  lost(data) {
    if (!this.processes.has(data.process)) this.hello({...data, allows_pause: false});
    this.processes.get(data.process).lose(data.error);
  }
}
