import { createServer } from "node:net";
import { createInterface } from "node:readline";

const clients = new Set();

// A client that does not read is disconnected once 64 KiB wait for it, so the others go on.
function send(client, line) {
  client.write(`${line}\n`);
  if (client.writableLength > 64 << 10) client.destroy();
}

const server = createServer((client) => {
  clients.add(client);
  client.on("error", () => {});
  client.on("close", () => clients.delete(client));
  const lines = createInterface({ input: client });
  lines.on("error", () => {});
  lines.on("line", (line) => {
    for (const other of clients) {
      if (other !== client) send(other, line);
    }
  });
});
server.listen(Number(process.argv[2] ?? 0), "127.0.0.1", () => {
  console.log(`listening on 127.0.0.1:${server.address().port}`);
});
process.on("SIGINT", () => server.close());
