"use strict";
// The page's end of the WebSocket: it follows the table of parameters, and sends what hands turn once a screen's frame.

const AGAIN = 1000; // milliseconds until a show that does not answer is asked again
const SCENES = 10; // a second, for overlay and lists
const FIRST = ["patch", "zone", "show", "view"]; // rooms that stand in front
const OPEN = ["patch", "view", "voice", "tracker"]; // and those that are open at first
const ELSEWHERE = ["show/patch", "show/next", "show/previous"]; // what the head of the page has

const controls = new Map(), waiting = new Map(), switches = {};
const chooser = document.getElementById("patch");
let socket;

function say(message) {
  if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

function turn(path, value) {
  if (!waiting.size) requestAnimationFrame(flush);
  waiting.set(path, value);
}

function flush() {
  say({ set: Object.fromEntries(waiting) });
  waiting.clear();
}

function look() {
  const seen = !document.hidden;
  say({ picture: seen ? stage.of : "", scene: seen ? SCENES : 0 });
  document.querySelectorAll("[data-picture]").forEach((tab) => { tab.ariaSelected = tab.dataset.picture === stage.of; });
}

function connect() {
  socket = new WebSocket(`ws://${location.host}/`);
  socket.binaryType = "arraybuffer";
  socket.onopen = () => { say({ parameters: true }); look(); };
  socket.onmessage = ({ data }) => {
    if (typeof data !== "string") return showPicture(data);
    const message = JSON.parse(data);
    for (const [what, told] of Object.entries(message)) hear[what]?.(told);
  };
  socket.onclose = () => { document.body.classList.add("away"); setTimeout(connect, AGAIN); };
}

const hear = {
  parameters(entries) {
    document.body.classList.remove("away");
    const shut = new Map([...document.querySelectorAll("details")].map((room) => [room.id, room.open]));
    controls.clear();
    const rooms = new Map();
    for (const path of Object.keys(entries).filter((path) => !ELSEWHERE.includes(path))) {
      const room = path.split("/")[0];
      rooms.set(room, [...(rooms.get(room) ?? []), path]);
    }
    const rank = (name) => (FIRST.indexOf(name) + 1 || FIRST.length + 1);
    const order = [...rooms.keys()].sort((one, other) => rank(one) - rank(other));
    document.getElementById("rooms").replaceChildren(...order.map((name) => {
      const paths = rooms.get(name);
      const room = made("details", { id: `room-${name}`, open: shut.get(`room-${name}`) ?? OPEN.includes(name) },
        made("summary", {}, name, made("small", { textContent: paths.length })));
      for (const path of paths) controls.set(path, controlFor(path, entries[path], turn));
      room.append(made("div", { className: "entries" }, ...paths.map((path) => controls.get(path).element)));
      return room;
    }));
    const patch = entries["show/patch"];
    chooser.replaceChildren(...patch.choices.map((name) => made("option", { textContent: name, value: name })));
    hear.values(Object.fromEntries(Object.entries(entries).map(([path, entry]) => [path, entry.value])));
  },
  values(values) {
    for (const [path, value] of Object.entries(values)) {
      controls.get(path)?.show(value);
      if (path === "show/patch") chooser.value = value;
      const button = document.querySelector(`[data-switch="${CSS.escape(path)}"]`);
      button?.classList.toggle("on", switches[path] = value);
    }
  },
  scene(scene) {
    drawOverlay(scene);
    listObjects(scene);
  },
  status(status) {
    document.getElementById("fps").textContent = status.fps.toFixed(0);
    document.getElementById("latency").textContent = status.latency.toFixed(0);
    const losses = [[status.dropped, "frames"], [status.malformed, "packets"], [status.underruns, "of sound"]];
    const told = losses.filter(([count]) => count).map(([count, what]) => `${count} ${what}`).join(", ");
    document.getElementById("losses").textContent = told || "nothing";
    document.getElementById("losses").classList.toggle("bad", told !== "");
    document.getElementById("notices").replaceChildren(...status.notices.map((text) => made("li", { textContent: text })));
  },
  error(sentence) { console.warn(sentence); },
};

chooser.onchange = () => turn("show/patch", chooser.value);
document.querySelectorAll("[data-path]").forEach((button) => { button.onclick = () => turn(button.dataset.path, 1); });
document.querySelectorAll("[data-switch]").forEach((button) => {
  button.onclick = () => {
    const path = button.dataset.switch;
    hear.values({ [path]: !switches[path] });
    turn(path, switches[path]);
  };
});
document.querySelectorAll("[data-picture]").forEach((tab) => {
  tab.onclick = () => { stage.of = tab.dataset.picture; localStorage.setItem("picture", stage.of); look(); };
});
document.addEventListener("visibilitychange", look);
connect();
