// What a vessel shows: the numbers of its stream, or of a group the sums and the worst level.
import {fill, share} from "./grouping.js";
import {amount, count, percent, rate} from "./units.js";

const OVER = new Set(["ended", "finished", "closed", "destroyed"]);

export function summarise(vertex, process) {
  const members = vertex.members;
  const first = members[0];
  const worst = vertex.isGroup ? members.reduce((most, one) => (fill(one) > fill(most) ? one : most), first) : first;
  const inObjects = first.data.object_mode;
  let rateIn = 0;
  let rateOut = 0;
  for (const stream of members) {
    rateIn += stream.rateIn;
    rateOut += stream.rateOut;
  }
  const {pill, tone, status} = condition(vertex, process);
  return {
    title: vertex.title,
    subtitle: subtitle(vertex),
    write: chamber(fullest(vertex, worst, "write"), inObjects),
    read: chamber(fullest(vertex, worst, "read"), inObjects),
    rateIn,
    rateOut,
    textIn: rate(rateIn, inObjects),
    textOut: rate(rateOut, inObjects),
    pill,
    tone,
    status,
    isOver: members.every((stream) => OVER.has(stream.data.state)),
  };
}

function fullest(vertex, worst, side) {
  if (!vertex.isGroup) return worst.data[side];
  return vertex.members.reduce((most, {data}) => (share(data[side]) > share(most) ? data[side] : most), worst.data[side]);
}

function subtitle({isGroup, kind, name, members}) {
  if (isGroup) return `${name ? kind : "streams"} × ${count(members.length)}`;
  return `${name ? kind : members[0].label} · ${members[0].data.state}`;
}

function chamber(side, inObjects) {
  if (!side) return null;
  return {
    share: share(side),
    peak: side.mark > 0 ? side.peak / side.mark : 0,
    level: amount(side.length, inObjects),
    mark: `of ${amount(side.mark, inObjects).replace(".0 ", " ")}`,
  };
}

// The most important thing about a vessel: a word for the pill, and a line.
function condition({isGroup, members}, process) {
  const failed = members.filter((stream) => stream.data.error);
  const slow = members.filter((stream) => process.bottlenecks.has(stream.id));
  const of = (some) => (isGroup ? `${count(some.length)} of ${count(members.length)}: ` : "");
  if (slow.length > 0) {
    return {pill: "bottleneck", tone: "slow", status: of(slow) + process.bottlenecks.get(slow[0].id)};
  }
  if (failed.length === members.length || (isGroup && failed.length > 0)) {
    return {pill: "failed", tone: "failed", status: of(failed) + failed[0].data.error};
  }
  const paused = members.filter((stream) => stream.isPaused);
  if (paused.length === members.length) return {pill: "paused", tone: "", status: waits(members)};
  const pressed = members.filter((stream) => stream.data.write?.is_pressed);
  if (pressed.length > 0) {
    return {pill: isGroup ? `${count(pressed.length)} full` : "full", tone: "", status: waits(members)};
  }
  return {pill: "", tone: "", status: waits(members)};
}

// The most frequent reason to wait.
function waits(members) {
  const reasons = new Map();
  for (const {data} of members) {
    if (data.waits_for) reasons.set(data.waits_for, (reasons.get(data.waits_for) ?? 0) + 1);
  }
  let most = "";
  for (const [reason, times] of reasons) {
    if (most === "" || times > reasons.get(most)) most = reason;
  }
  if (!most) return "";
  if (members.length === 1) return `waits for ${most}`;
  return `${count(reasons.get(most))} wait for ${most}`;
}

// The same for a screen reader.
export function describe(vertex, process) {
  const {title, write, read, textIn, textOut, pill, status} = summarise(vertex, process);
  const {isGroup, kind, members} = vertex;
  const side = (name, of) => of && `${isGroup ? "fullest " : ""}${name} side ${of.level} ${of.mark}, ${percent(of.share)}`;
  return [
    isGroup ? `group of ${members.length} ${kind} ${title}` : `${kind} ${title === kind ? "" : title}`.trim(),
    isGroup ? "" : members[0].data.state,
    pill,
    status,
    side("write", write),
    side("read", read),
    `in ${textIn}, out ${textOut}`,
    vertex.from.size > 0 ? `from ${vertex.from.size}` : "",
    vertex.to.size > 0 ? `to ${vertex.to.size}` : "",
  ].filter(Boolean).join(", ");
}
