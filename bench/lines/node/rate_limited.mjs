import { once } from "node:events";
import { setTimeout } from "node:timers/promises";

const [lines, perSecond] = process.argv.slice(2).map(Number);
const begin = performance.now();
for (let i = 0; i < lines; i++) {
  const early = Math.ceil(begin + (1000 * i) / perSecond - performance.now());
  if (early > 0) await setTimeout(early);
  if (!process.stdout.write(`Line ${i}\n`)) await once(process.stdout, "drain");
}
