/**
 * A visitor that waits until the meeting goes live. `waitForLive` is what to take into your own
 * page; the rest is the form of visitor.html around it. A classic script, because browsers load no
 * modules from `file:`.
 */

/**
 * Connects, waits, and resolves when the visitor may join and its place in the queue is given up.
 *
 * @param {object} options
 * @param {string} options.service host and path of the queue, as `meet.example.com/waiting-queue`
 * @param {string} options.token the visitor's JWT
 * @param {string} options.conference as `room@conference.meet.example.com`
 * @param {(state: string, detail?: string) => void} options.onState for the eyes only
 * @returns {Promise<void>}
 */
function waitForLive({ service, token, conference, onState }) {
  const stompClient = new globalThis.StompJs.Client({
    brokerURL: `${webSocketBase(service)}/visitor/websocket`,
    // The server takes frames as text and as binary; jitsi-meet sends binary.
    forceBinaryWSFrames: true,
    appendMissingNULLonIncoming: true,
  });
  const headers = { Authorization: "Bearer " + token };
  stompClient.connectHeaders = headers;

  return new Promise((resolve, reject) => {
    stompClient.onConnect = () => {
      stompClient.subscribe("/secured/conference/visitor/topic." + conference, async (message) => {
        const { status, randomDelayMs } = JSON.parse(message.body);
        // There may be other messages one day; only this one opens the door.
        if (status !== "live") return;
        onState("live", `joining within ${randomDelayMs} ms`);
        // First out of the queue, then into the meeting: this waits for the server's RECEIPT.
        await stompClient.deactivate();
        // Not all at once: the meeting itself has to take every one of us in.
        await new Promise((done) => setTimeout(done, Math.random() * randomDelayMs));
        resolve();
      }, headers);
      onState("waiting");
    };

    // An ERROR says why, as a token that is not accepted; trying again would not help.
    stompClient.onStompError = (frame) => {
      stompClient.deactivate();
      reject(new Error(frame.headers.message));
    };

    // Everything else passes: the client connects again by itself, every five seconds.
    stompClient.onWebSocketClose = () => {
      if (stompClient.active) onState("connecting", "no connection, trying again");
    };

    onState("connecting");
    stompClient.activate();
  });
}

/** With `wss:` in front, as jitsi-meet does; on this machine, where nobody listens in, `ws:`. */
function webSocketBase(service) {
  const base = service.trim().replace(/\/+$/, "");
  if (/^wss?:\/\//.test(base)) return base;
  if (/^https?:\/\//.test(base)) return base.replace(/^http/, "ws");
  return `${isThisMachine(base) ? "ws" : "wss"}://${base}`;
}

function isThisMachine(service) {
  return /^(?:\w+:\/\/)?(?:localhost|127\.0\.0\.1|\[::1\])(?:[:/]|$)/.test(service);
}

/**
 * Loads the STOMP client: a copy beside this page, else the one of a demo server. Of a demo server
 * only, and on this machine only: the address may come from a link, and a script may do anything.
 */
async function loadStompClient(service) {
  if (globalThis.StompJs !== undefined) return;
  const demo = webSocketBase(service).replace(/^ws/, "http") + "/demo/stomp.umd.js";
  for (const source of ["stomp.umd.js", ...(isThisMachine(service) ? [demo] : [])]) {
    if (await loadScript(source)) return;
  }
  throw new Error("There is no stomp.umd.js beside this page; README.md tells where to get it.");
}

function loadScript(source) {
  return new Promise((resolve) => {
    const script = document.createElement("script");
    script.src = source;
    script.onload = () => resolve(true);
    script.onerror = () => resolve(false);
    document.head.append(script);
  });
}

const form = document.getElementById("form");
const output = document.getElementById("state");

const WORDS = {
  connecting: "Connecting …",
  waiting: "Waiting for the meeting to begin.",
  live: "The meeting is live.",
  joined: "In. Here your page opens the meeting.",
  error: "This did not work.",
};

function show(state, detail = "") {
  output.dataset.state = state;
  output.querySelector("b").textContent = WORDS[state];
  output.querySelector("span").textContent = detail;
}

async function start() {
  const { service, token, conference } = Object.fromEntries(new FormData(form));
  form.querySelector("button").disabled = true;
  try {
    await loadStompClient(service);
    await waitForLive({
      service,
      token: token.trim(),
      conference: conference.trim(),
      onState: show,
    });
    show("joined");
  } catch (error) {
    show("error", error.message);
  }
  form.querySelector("button").disabled = false;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  start();
});

// From the hash rather than the query: a hash is not sent to the server that serves this page.
const given = new URLSearchParams(`${location.search.slice(1)}&${location.hash.slice(1)}`);
for (const name of ["service", "token", "conference"]) {
  if (given.has(name)) form.elements[name].value = given.get(name);
}
if (given.has("token") && given.has("conference")) start();
