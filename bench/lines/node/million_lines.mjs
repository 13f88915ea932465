import { createWriteStream } from "node:fs";
import { once } from "node:events";
import { finished } from "node:stream/promises";

const stream = createWriteStream("lines.txt");
for (let i = 0; i < 1_000_000; i++) {
  if (!stream.write(`Line ${i}\n`)) await once(stream, "drain");
}
stream.end();
await finished(stream);
