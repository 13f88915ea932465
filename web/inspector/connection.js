// The connection to the server: its events, and the requests of the page.

const RETRY_AFTER_MS = 1500;

export const token = new URLSearchParams(location.search).get("token");

function address(path) {
  return token ? `${path}?token=${encodeURIComponent(token)}` : path;
}

// Calls `on.hello`, `on.update` and `on.lost` with the data of these events, and `on.connection` with
// "connecting", "live", "disconnected" or "refused". EventSource reconnects when a connection breaks; after an
// answer that is not a stream of events it gives up, and this function tries again.
export function connect(on) {
  let source;
  let retry;

  function open() {
    source = new EventSource(address("events"));
    source.onopen = () => on.connection("live");
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED) examine();
      else on.connection("disconnected");
    };
    for (const type of ["hello", "update", "lost"]) {
      source.addEventListener(type, (event) => on[type](JSON.parse(event.data)));
    }
  }

  // The status that ended the connection is known only to a request of its own.
  async function examine() {
    clearTimeout(retry);
    retry = setTimeout(open, RETRY_AFTER_MS);
    const status = await fetch(address("snapshot.json")).then((answer) => answer.status, () => 0);
    on.connection(status === 401 || status === 403 ? "refused" : "disconnected");
  }

  open();
}

// Pauses or resumes a readable: `action` is "pause" or "resume". Returns the reason of a failure, or "".
export async function control(process, stream, action) {
  const headers = {"X-Weir-Inspector": "1"};
  if (token) headers["X-Weir-Token"] = token;
  try {
    const answer = await fetch(`streams/${process}/${stream}/${action}`, {method: "POST", headers});
    if (answer.ok) return "";
    return answer.status === 403 ? "the program does not allow this" : `the server answered ${answer.status}`;
  } catch {
    return "the server does not answer";
  }
}
