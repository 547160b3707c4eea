// What changes while a page is open: a WebSocket, or server-sent events where none gets through. A lost
// connection is made again, and goes on from the last position: nothing is missed, nothing comes twice.

const longestPause = 30_000;
const silence = 40_000;

/**
 * Follows topics; `position` is where the page stands, `onUpdate` is given each update, and `onSnapshot` is
 * called when too much was missed to be told.
 */
export function follow(topics, { position, onUpdate, onSnapshot }) {
  const marks = new Map();
  let attempts = 0;
  let socketFailures = 0;
  let connection;
  let timer;

  note(position);

  function note(text) {
    for (const mark of (text ?? "").split("~")) {
      if (mark) marks.set(mark.slice(0, mark.indexOf(".")), mark);
    }
  }

  function take(text) {
    const message = JSON.parse(text);
    attempts = 0;
    note(message.position);
    if (message.type === "update") onUpdate(message);
    if (message.type === "snapshot") onSnapshot();
  }

  function connect() {
    const query = new URLSearchParams({ topics: topics.join(",") });
    if (marks.size) query.set("after", [...marks.values()].join("~"));
    // Proxies that let no WebSocket through are met twice before the other way is taken.
    const open = socketFailures < 2 && "WebSocket" in window ? openSocket : openStream;
    connection = open(query);
  }

  function again() {
    connection?.close();
    connection = undefined;
    clearTimeout(timer);
    if (!navigator.onLine) return;
    const pause = Math.min(longestPause, 500 * 2 ** attempts++);
    timer = setTimeout(connect, pause * (0.5 + Math.random() / 2));
  }

  function openSocket(query) {
    const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/api/realtime?${query}`);
    let wasOpen = false;
    let asking;
    const waitForSign = () => {
      clearTimeout(asking);
      // A connection that died without a word is found by asking.
      asking = setTimeout(() => {
        socket.send('{"type":"ping"}');
        asking = setTimeout(again, silence / 4);
      }, silence);
    };
    socket.addEventListener("open", () => {
      wasOpen = true;
      socketFailures = 0;
      waitForSign();
    });
    socket.addEventListener("message", ({ data }) => {
      waitForSign();
      take(data);
    });
    const ended = () => {
      if (!wasOpen) socketFailures += 1;
      again();
    };
    socket.addEventListener("close", ended);
    return {
      close() {
        clearTimeout(asking);
        socket.removeEventListener("close", ended);
        socket.close();
      },
    };
  }

  function openStream(query) {
    const stream = new EventSource(`/api/realtime/events?${query}`);
    stream.addEventListener("message", ({ data }) => take(data));
    stream.addEventListener("error", again);
    return stream;
  }

  // A page that the browser keeps for "back" must not hold a connection.
  addEventListener("pagehide", () => {
    clearTimeout(timer);
    connection?.close();
    connection = undefined;
  });
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) connect();
  });
  addEventListener("online", () => {
    attempts = 0;
    if (!connection) connect();
  });

  connect();
}
