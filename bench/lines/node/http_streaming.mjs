import { createServer } from "node:http";
import { once } from "node:events";
import { pipeline } from "node:stream/promises";

async function answer(request, response) {
  if (request.url === "/lines") {
    response.writeHead(200, { "Content-Type": "text/plain" });
    for (let i = 0; i < 100_000; i++) {
      if (!response.write(`Line ${i}\n`)) await once(response, "drain");
    }
    response.end();
  } else if (request.url === "/echo") {
    await pipeline(request, response);
  } else {
    response.writeHead(404).end("not here\n");
  }
}

const server = createServer((request, response) => {
  answer(request, response).catch(() => response.destroy());
});
server.listen(Number(process.argv[2] ?? 0), "127.0.0.1", () => {
  console.log(`listening on 127.0.0.1:${server.address().port}`);
});
process.on("SIGINT", () => server.close());
