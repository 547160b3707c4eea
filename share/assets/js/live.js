// What changes while a page is open: one WebSocket for all of it, or server-sent events where none gets through.
// A lost connection is made again, and goes on from the last position: nothing is missed, nothing comes twice.

const longestPause = 30_000;
const silence = 40_000;
/** A page that nobody sees gives its connection back after this time, and takes up when it is seen again. */
const hiddenPatience = 60_000;
const sessionHasEnded = 1008;

const followers = [];
const marks = new Map();
let attempts = 0;
let socketFailures = 0;
let connection;
let timer;
let isOver = false;

/**
 * Follows topics, or what is for the member alone when none is named; `position` is where the page stands,
 * `onUpdate` is given each update, and `onSnapshot` is called when too much was missed to be told. To be called
 * while the page loads.
 */
export function follow(topics, { position, onUpdate, onSnapshot }) {
  followers.push({ topics, onUpdate, onSnapshot });
  note(position);
}

function note(text) {
  for (const mark of (text ?? "").split("~")) {
    if (mark) marks.set(mark.slice(0, mark.indexOf(".")), mark);
  }
}

function isFor(follower, audience) {
  if (follower.topics.length === 0) return audience.startsWith("member/");
  return follower.topics.some((topic) => audience === `topic/${topic}`);
}

function take(text) {
  const message = JSON.parse(text);
  attempts = 0;
  note(message.position);
  for (const follower of followers) {
    if (message.type === "snapshot") follower.onSnapshot();
    if (message.type === "update" && isFor(follower, message.audience)) follower.onUpdate(message);
  }
}

function connect() {
  if (followers.length === 0 || connection || isOver) return;
  clearTimeout(timer);
  const topics = followers.flatMap((follower) => follower.topics);
  const query = new URLSearchParams({ topics: topics.join(",") });
  if (marks.size) query.set("after", [...marks.values()].join("~"));
  // Proxies that let no WebSocket through are met twice before the other way is taken.
  const open = socketFailures < 2 && "WebSocket" in window ? openSocket : openStream;
  connection = open(query);
}

function disconnect() {
  clearTimeout(timer);
  connection?.close();
  connection = undefined;
}

function again() {
  disconnect();
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
  const ended = ({ code }) => {
    if (!wasOpen) socketFailures += 1;
    // The page is another one for a guest, and so is what it may follow.
    if (code === sessionHasEnded) isOver = true;
    again();
  };
  const taken = ({ data }) => {
    waitForSign();
    take(data);
  };
  socket.addEventListener("open", () => {
    wasOpen = true;
    socketFailures = 0;
    waitForSign();
  });
  socket.addEventListener("message", taken);
  socket.addEventListener("close", ended);
  return {
    close() {
      clearTimeout(asking);
      socket.removeEventListener("message", taken);
      socket.removeEventListener("close", ended);
      // One that is closed while it opens counts as an error in browsers.
      if (socket.readyState !== WebSocket.CONNECTING) return socket.close();
      socket.addEventListener("open", () => {
        clearTimeout(asking);
        socket.close();
      });
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
addEventListener("pagehide", disconnect);
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) connect();
});
addEventListener("online", () => {
  attempts = 0;
  connect();
});

let hiding;
document.addEventListener("visibilitychange", () => {
  clearTimeout(hiding);
  if (document.hidden) hiding = setTimeout(disconnect, hiddenPatience);
  else connect();
});

// Modules run before this event, so everybody who follows something has said so by then.
document.addEventListener("DOMContentLoaded", connect);
