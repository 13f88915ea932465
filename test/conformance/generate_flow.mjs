// Prints an array of random stream programs (see README.md) in which bytes flow: sources that push
// buffers while they are read, into listeners and pipes that interfere. The same for the same
// arguments.
//   node generate_flow.mjs SEED COUNT
import { randomOf, times } from './random.mjs';

const [seedText, countText] = process.argv.slice(2);

const { below, chance, pick } = randomOf(seedText);
const when = () => pick(['sync', 'sync', 'sync', 'tick', 'immediate']);

let letter = 0;
const text = () => times(1 + below(4), () => String.fromCharCode(97 + letter++ % 26)).join('');
const bytes = () => ({ hex: Buffer.from(text()).toString('hex') });
const chunk = () => chance(0.08) ? pick([text(), '', { hex: 'c3' }, { hex: 'a9' }]) : bytes();
const interference = (name) => pick([
  [name, 'pause'], [name, 'resume'], [name, 'read'], [name, 'read', 1 + below(4)], [name, 'destroy'],
  [name, 'destroy', 'gone'], [name, 'setEncoding', 'utf8'], [name, 'unpipe'], [name, 'state'], [name, 'listen', 'data'],
  [name, 'listen', 'readable'], ['w', 'state'], ['w', 'destroy', 'boom'], ['w', 'cork'], ['w', 'uncork'], [name, 'pipe', 'v'],
]);

// Not setEncoding: see extra-flow-encoding.
const inside = (name) => { for (;;) { const step = interference(name); if (step[1] !== 'setEncoding') return step; } };

function reads(bad) {
  const steps = times(1 + below(6), () => {
    const push = times(chance(0.8) ? 1 : below(3), chunk);
    return {
      when: when(), push,
      ...(push.length && chance(0.1) ? { until: 'full' } : {}),
      ...(chance(bad / 2) ? { steps: [inside('r')] } : {}),
    };
  });
  if (chance(bad)) steps.push(pick([{ when: when(), error: true }, { when: 'throw' }, { when: when(), push: [bytes(), null] }]));
  else if (chance(0.9)) steps.push({ when: when(), push: [...(chance(0.2) ? [bytes()] : []), null] });
  return steps;
}

function sink(bad) {
  const behaviour = () => chance(bad) ? pick([`${when()}-error`, 'throw', 'never']) : when();
  return {
    type: 'writable', write: times(1 + below(3), behaviour),
    ...(chance(0.5) ? { highWaterMark: pick([1, 2, 4, 16]) } : {}),
    ...(chance(0.2) ? { final: behaviour() } : {}),
    ...(chance(0.1) ? { construct: when() } : {}),
    ...(chance(0.1) ? { autoDestroy: false } : {}),
  };
}

function program(index) {
  const bad = pick([0, 0, 0.15, 0.3]);
  const streams = {
    r: {
      type: pick(['readable', 'readable', 'duplex']), read: reads(bad),
      ...(chance(0.5) ? { highWaterMark: pick([1, 2, 4, 8, 16]) } : {}),
      ...(chance(0.1) ? { encoding: 'utf8' } : {}),
      ...(chance(0.1) ? { construct: when() } : {}),
      ...(chance(0.1) ? { autoDestroy: false } : {}),
    },
    w: sink(bad), v: sink(bad),
  };
  if (chance(0.4)) streams.t = { type: pick(['passthrough', 'transform']), ...(chance(0.5) ? { highWaterMark: pick([1, 2, 4, 16]) } : {}) };
  const middle = streams.t ? 't' : 'w';
  const steps = [];
  if (chance(0.8)) steps.push(['r', 'pipe', middle]);
  if (streams.t && chance(0.8)) steps.push(['t', 'pipe', 'w']);
  if (chance(0.25)) steps.push(['r', 'pipe', 'v']);
  if (chance(0.35)) steps.push(['r', 'listen', 'data']);
  for (let i = below(4); i > 0; --i) {
    if (chance(0.4)) steps.push(['r', 'once', pick(['data', 'data', 'pause', 'resume', 'end']), [interference('r')]]);
    else if (chance(0.3)) steps.push([pick(['tick', 'immediate'])]);
    else steps.push(interference('r'));
  }
  if (chance(0.5)) steps.push(['immediate'], ['r', 'state'], interference('r'));
  if (chance(0.3)) steps.push(['immediate'], ['r', 'resume']);
  return { name: `flow-${seedText}-${index}`, streams, steps };
}

process.stdout.write(`[\n${times(Number(countText), (_, i) => JSON.stringify(program(i))).join(',\n')}\n]\n`);
