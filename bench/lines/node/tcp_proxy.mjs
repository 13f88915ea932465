import { connect, createServer } from "node:net";
import { once } from "node:events";
import { pipeline } from "node:stream/promises";

const [port, host, hostPort] = process.argv.slice(2);
const server = createServer({ allowHalfOpen: true }, async (client) => {
  const target = connect({ host, port: Number(hostPort), allowHalfOpen: true });
  try {
    await once(target, "connect");
    await Promise.all([pipeline(client, target), pipeline(target, client)]);
  } catch (error) {
    console.error(error.message);
    client.destroy();
    target.destroy();
  }
});
server.listen(Number(port), "127.0.0.1", () => {
  console.log(`listening on 127.0.0.1:${server.address().port}`);
});
process.on("SIGINT", () => server.close());
