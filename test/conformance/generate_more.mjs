// Prints an array of random stream programs (see README.md) of kinds that generate.mjs does not
// make: every option, objects in both directions, text in every encoding, chains of any streams.
// The same for the same arguments.
//   node generate_more.mjs SEED COUNT
import { randomOf, times } from './random.mjs';

const [seedText, countText] = process.argv.slice(2);

const { random, below, chance, pick } = randomOf(seedText);
const when = () => pick(['sync', 'tick', 'immediate']);

let letter = 0;
const word = () => times(1 + below(5), () => String.fromCharCode(97 + letter++ % 26)).join('');
const beh = (bad) => chance(bad) ? pick([`${when()}-error`, 'throw', `${when()}-twice`, 'never', 'sync+tick']) : when();
const object = () => pick([below(9), word(), { k: below(4) }, 0, '', false]);
function chunk(obj) { return obj ? object() : chance(0.1) ? { hex: pick(['c3', 'a9', 'e282', 'ac', 'f09f98', '80', '00ff', '3dd8', '4dde']) } : chance(0.05) ? '' : word(); }
function readSteps(bad, obj) {
  const s = times(1 + below(4), () => ({ when: when(), push: times(1 + below(3), () => chunk(obj)), ...(chance(0.1) ? { until: 'full' } : {}) }));
  if (chance(bad)) s.push(pick([{ when: when(), error: true }, { when: 'throw' }, { when: when(), push: ['x', null, 'y'] }]));
  else if (chance(0.9)) s.push({ when: when(), push: [null] });
  return s;
}
function common(spec, bad) {
  if (chance(0.25)) spec.construct = beh(bad).replace('throw', 'tick');
  if (chance(0.2)) spec.destroy = beh(bad).replace('throw', 'sync');
  if (chance(0.15)) spec.emitClose = false;
  if (chance(0.15)) spec.autoDestroy = false;
  if (chance(0.15)) spec.signal = chance(0.2) ? 'aborted' : true;
}
function stream(type, bad, obj) {
  const spec = { type };
  const hwm = () => pick(obj ? [0, 1, 2, 16] : [0, 1, 2, 4, 8, 16]);
  if (obj) { if (type === 'writable' || type === 'readable' || chance(0.7)) spec.objectMode = true; }
  if (chance(0.7)) spec.highWaterMark = hwm();
  if (type !== 'writable' && type !== 'readable') {
    if (chance(0.3)) spec.readableHighWaterMark = hwm();
    if (chance(0.3)) spec.writableHighWaterMark = hwm();
    if (chance(0.3)) spec.allowHalfOpen = false;
    if (type === 'duplex' && chance(0.1)) spec.readable = false; else if (type === 'duplex' && chance(0.1)) spec.writable = false;
  }
  const objects = spec.objectMode;
  if (type === 'readable' || type === 'duplex') spec.read = readSteps(bad, objects);
  if (type === 'writable' || type === 'duplex') { if (chance(0.8)) spec.write = times(1 + below(3), () => beh(bad)); if (!spec.write || chance(0.3)) spec.writev = times(1 + below(2), () => beh(bad)); if (chance(0.3)) spec.final = beh(bad); if (chance(0.15) && !objects) spec.decodeStrings = false; if (chance(0.1)) spec.defaultEncoding = pick(['hex', 'latin1', 'utf16le', 'base64']); }
  if (type === 'transform') {
    spec.transform = times(1 + below(3), () => chance(bad) ? pick([{ when: when(), error: true }, { when: 'throw' }, { when: 'never' }, { when: when(), push: 'echo', twice: true }]) : { when: when(), push: pick(['echo', 'double', 'drop']), ...(chance(0.1) ? { steps: [pick([['s', 'state'], ['s', 'push', word()], ['s', 'destroy'], ['s', 'pause'], ['s', 'resume'], ['s', 'push', null], ['s', 'write', word()], ['s', 'end'], ['s', 'cork']])] } : {}) });
    if (chance(0.4)) spec.flush = { when: when(), ...(chance(bad) ? { error: true } : { push: times(below(3), () => chunk(objects)), ...(chance(0.3) ? { data: chunk(objects) } : {}), ...(chance(0.1) ? { twice: true } : {}) }) };
    if (chance(0.3)) spec.final = beh(bad);
  }
  if (type !== 'writable' && !objects && chance(0.2)) spec.encoding = pick(['utf8', 'hex', 'base64', 'utf16le', 'latin1', 'ascii', 'base64url']);
  common(spec, bad);
  return spec;
}
const EV = ['drain', 'finish', 'prefinish', 'close', 'error', 'end', 'pause', 'resume', 'data', 'readable', 'unpipe'];
function ops(name, spec, n, depth, others) {
  const out = [], objects = spec.objectMode, r = spec.type !== 'writable', w = spec.type !== 'readable';
  for (let i = 0; i < n; i++) {
    const x = random(), inner = () => depth < 2 ? ops(name, spec, 1 + below(2), depth + 1, others) : [['log', 'deep']];
    if (x < 0.15) out.push([pick(['tick', 'immediate'])]);
    else if (x < 0.2) out.push([name, 'state']);
    else if (x < 0.23) out.push([name, 'marks']);
    else if (x < 0.26) out.push([name, 'destroy', ...(chance(0.5) ? ['boom'] : [])]);
    else if (x < 0.28 && spec.signal) out.push([name, 'abort']);
    else if (x < 0.33) out.push([name, 'once', pick(EV.filter((e) => r && w ? true : r ? !['drain', 'finish', 'prefinish', 'unpipe'].includes(e) : !['end', 'pause', 'resume', 'data', 'readable'].includes(e))), inner()]);
    else if (x < 0.38) out.push(['finished-then', name, pick([{}, { readable: false }, { writable: false }, { error: false }]), inner()]);
    else if (r && x < 0.43) out.push([name, 'listen', pick(['data', 'readable'])]);
    else if (r && x < 0.46) out.push([name, 'unlisten', pick(['data', 'readable'])]);
    else if (r && x < 0.52) out.push([name, 'read', ...(chance(0.5) ? [pick([0, 1, 2, 3, 5, 20, 100])] : [])]);
    else if (r && x < 0.57) out.push([name, pick(['pause', 'resume'])]);
    else if (r && x < 0.61) out.push([name, pick(['push', 'unshift']), objects ? object() : word()]);
    else if (r && x < 0.63) out.push([name, 'push', null]);
    else if (r && x < 0.655 && !objects) out.push([name, 'setEncoding', pick(['utf8', 'hex', 'base64', 'latin1'])]);
    else if (r && x < 0.7 && others.length) { const o = pick(others); out.push(chance(0.7) ? [name, 'pipe', o, ...(chance(0.2) ? [{ end: false }] : [])] : [name, 'unpipe', ...(chance(0.5) ? [o] : [])]); }
    else if (w && x < 0.88) out.push([name, pick(['write', 'write-nocb', 'write']), objects ? object() : word()]);
    else if (w && x < 0.91) out.push([name, pick(['cork', 'uncork'])]);
    else if (w && x < 0.94) out.push([name, 'write-then', objects ? object() : word(), inner()]);
    else if (w) out.push([name, 'end', ...(chance(0.3) ? [objects ? object() : word()] : [])]);
  }
  return out;
}
const programs = times(Number(countText), (_, i) => {
  letter = 0; const bad = chance(0.4) ? 0.25 : 0;
  if (chance(0.45)) {
    const type = pick(['readable', 'duplex', 'transform', 'passthrough', 'writable']), s = stream(type, bad, chance(0.4));
    const steps = ops('s', s, 4 + below(10), 0, []);
    if (chance(0.6)) steps.push(type === 'readable' ? ['s', 'resume'] : ['s', 'end']);
    return { name: `more-${seedText}-${i}`, streams: { s }, steps };
  }
  const obj = chance(0.25), streams = {}, names = [];
  const force = (sp) => { if (obj) sp.objectMode = true; if (obj) delete sp.encoding; delete sp.readable; delete sp.writable; delete sp.decodeStrings; return sp; };
  streams.a = force(stream(pick(['readable', 'readable', 'duplex', 'transform']), bad, obj)); names.push('a');
  for (let k = 0; k < below(3); k++) { const n = `m${k}`; streams[n] = force(stream(pick(['duplex', 'transform', 'passthrough']), bad, obj)); names.push(n); }
  streams.z = force(stream(pick(['writable', 'writable', 'duplex', 'transform']), bad, obj)); names.push('z');
  const steps = [];
  if (chance(0.5) && !obj) steps.push(chance(0.5) ? ['pipeline', ...names] : ['pipeline-then', names, [[pick(names), 'state']]]);
  else for (let k = 0; k + 1 < names.length; k++) steps.push([names[k], 'pipe', names[k + 1], ...(chance(0.1) ? [{ end: false }] : [])]);
  const sinks = names.slice(1);
  for (let k = 0; k < 2 + below(5); k++) { const n = pick(names); steps.push(...ops(n, streams[n], 1 + below(2), 1, sinks.filter((m) => m !== n))); }
  return { name: `more-${seedText}-${i}`, streams, steps };
});
// steps inside transform behaviours name stream s
for (const p of programs) for (const [n, s] of Object.entries(p.streams)) for (const t of s.transform ?? []) if (t.steps) t.steps = t.steps.map(([, ...rest]) => [n, ...rest]);
console.log('[\n' + programs.map((p) => JSON.stringify(p)).join(',\n') + '\n]');
