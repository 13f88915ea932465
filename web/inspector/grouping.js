// Which vessels the graph has: one a stream while these are few; else alike streams share one.

const SHOWN = 100;       // at most, before streams are grouped more coarsely
const SHOWN_AGAIN = 80;  // at most, for a return to the finer grouping
const SMALLEST = 4;      // fewer alike streams stay apart
const EXPANDED = 40;     // members of an expanded group that have a vessel of their own

const NUMBERS = /([0-9a-f]{8,}|\d+|#)/gi;

// The name without its numbers, then without its last part, then without anything.
const NAMES = [
  null,
  (name) => name.replace(NUMBERS, "#"),
  (name) => name.replace(/[^/:]+$/, "*").replace(NUMBERS, "#"),
  () => "",
];

// One vessel of the graph: a stream, or a group of alike ones.
export class Vertex {
  constructor(key, kind, name, isGroup) {
    this.key = key;
    this.kind = kind;
    this.name = name;
    this.isGroup = isGroup;
    this.members = [];
    this.from = new Set();
    this.to = new Set();
    this.via = new Set();  // of `to`: messages and their sockets
    this.back = new Set();  // of `via`: sockets that a message is written to
  }

  get title() {
    return this.name || this.kind;
  }
}

export class Grouping {
  constructor() {
    this.level = 0;
    this.mode = "auto";  // or "all", "none"
    this.expanded = new Map();  // key of a group: the ids that have a vessel of their own
  }

  toggle(key) {
    if (!this.expanded.delete(key)) this.expanded.set(key, new Set());
  }

  // The expanded group that has this stream, if any.
  expandedGroupOf(stream) {
    const key = groupKey(stream, this.level);
    return this.expanded.has(key) ? key : undefined;
  }

  // The vertices of these streams by key, with their edges; and the vertex of each stream.
  arrange(streams) {
    this.level = this.chooseLevel(streams);
    const {level} = this;
    const groups = collect(streams, level);
    const vertices = new Map();
    const places = new Map();
    const put = (stream, key, kind, name, isGroup) => {
      if (!vertices.has(key)) vertices.set(key, new Vertex(key, kind, name, isGroup));
      const vertex = vertices.get(key);
      if (isGroup && level === 1) vertex.name = unite(vertex.members.length > 0 ? vertex.name : stream.data.name, stream.data.name);
      vertex.members.push(stream);
      places.set(stream.id, vertices.get(key));
    };
    const apart = (stream) => put(stream, `s${stream.id}`, stream.data.kind, stream.data.name, false);

    for (const [key, {kind, name, members}] of groups) {
      if (level === 0 || members.length < SMALLEST) {
        members.forEach(apart);
        continue;
      }
      const chosen = this.expanded.has(key) ? choose(this.expanded.get(key), members) : undefined;
      for (const stream of members) {
        if (chosen?.has(stream.id)) apart(stream);
        else put(stream, key, kind, name, true);
      }
    }
    for (const key of this.expanded.keys()) {
      if (!groups.has(key)) this.expanded.delete(key);
    }
    connect(streams, places);
    return {vertices, places};
  }

  chooseLevel(streams) {
    if (this.mode === "none") return 0;
    const finest = this.mode === "all" ? 1 : 0;
    for (let level = finest; level < NAMES.length - 1; level += 1) {
      if (shown(streams, level) <= (level < this.level ? SHOWN_AGAIN : SHOWN)) return level;
    }
    return NAMES.length - 1;
  }
}

function shown(streams, level) {
  if (level === 0) return streams.size;
  let vessels = 0;
  for (const {members} of collect(streams, level).values()) {
    vessels += members.length < SMALLEST ? members.length : 1;
  }
  return vessels;
}

function collect(streams, level) {
  const groups = new Map();
  for (const stream of streams.values()) {
    const key = groupKey(stream, level);
    if (!groups.has(key)) groups.set(key, {kind: stream.data.kind, name: commonName(stream, level), members: []});
    groups.get(key).members.push(stream);
  }
  return groups;
}

function groupKey(stream, level) {
  return level === 0 ? `s${stream.id}` : `g${level} ${stream.data.kind} ${commonName(stream, level)}`;
}

// Two names that differ in their numbers only, with "#" where they differ.
function unite(one, other) {
  if (one === other) return one;
  const parts = other.split(NUMBERS);
  return one.split(NUMBERS).map((part, index) => (part === parts[index] ? part : "#")).join("");
}

function commonName(stream, level) {
  const {name} = stream.data;
  if (level === 0) return name;
  if (stream.commonOf !== name) {
    stream.commonOf = name;
    stream.common = [];
  }
  return (stream.common[level] ??= NAMES[level](name));
}

// Keeps the members that were chosen before, and adds the fullest.
function choose(chosen, members) {
  const alive = new Set(members.map((stream) => stream.id));
  for (const id of chosen) {
    if (!alive.has(id)) chosen.delete(id);
  }
  if (chosen.size < EXPANDED) {
    const rest = members.filter((stream) => !chosen.has(stream.id)).sort((one, other) => fill(other) - fill(one));
    for (const stream of rest.slice(0, EXPANDED - chosen.size)) chosen.add(stream.id);
  }
  return chosen;
}

export function fill({data: {write, read}}) {
  return Math.max(share(write), share(read));
}

export function share(side) {
  if (!side || side.length === 0) return 0;
  return side.mark > 0 ? side.length / side.mark : 1;
}

function connect(streams, places) {
  const link = (one, other) => {
    const from = places.get(one);
    const to = places.get(other);
    if (!from || !to || from === to) return;
    from.to.add(to.key);
    to.from.add(from.key);
  };
  for (const stream of streams.values()) {
    for (const id of stream.data.from ?? []) link(id, stream.id);
    for (const id of stream.data.to ?? []) link(stream.id, id);
  }
  // A message is read from its socket, or written to it.
  for (const stream of streams.values()) {
    for (const id of stream.data.via ?? []) {
      const carrier = places.get(id);
      const message = places.get(stream.id);
      if (!carrier || carrier === message) continue;
      const isWritten = Boolean(stream.data.write);
      const [from, to] = isWritten ? [message, carrier] : [carrier, message];
      if (from.to.has(to.key)) continue;
      if (isWritten) from.back.add(to.key);
      from.to.add(to.key);
      to.from.add(from.key);
      from.via.add(to.key);
    }
  }
}
