import { createWriteStream } from "node:fs";
import { once } from "node:events";
import { finished } from "node:stream/promises";

const stream = createWriteStream("output.txt", { highWaterMark: 1024 });
for (let round = 1; round <= 3; round++) {
  let lines = 1;
  while (stream.write("Hello World\n")) lines++;
  console.log(`round ${round}: ${lines} lines fill the buffer`);
  await once(stream, "drain");
}
stream.end();
await finished(stream);
