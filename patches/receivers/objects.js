// Keeps a list of Neocog's objects and tells who comes and goes: a beginning for a receiver of your own.
// npm install node-osc, start it (node objects.js [PORT]) and neocog; it listens on port 9000, the default.
const { Server } = require("node-osc");

const NAMES = ["id", "slot", "class", "score", "x", "y", "w", "h", "vx", "vy", "age"];
const objects = new Map(); // by id
const classes = new Map();

function hear([address, ...words]) {
  if (address.startsWith("/class/")) { // what the numbers of classes mean, told at the start and every few seconds
    classes.set(Number(address.slice("/class/".length)), words[0]);
  } else if (address === "/object/enter" || address === "/object/update") { // everything about an object, in every frame
    const object = Object.fromEntries(NAMES.map((name, place) => [name, words[place]]));
    if (!objects.has(object.id)) {
      const kind = classes.get(object.class) ?? object.class;
      console.log(`enter ${object.id} ${kind} at ${object.x.toFixed(2)} ${object.y.toFixed(2)}`);
    }
    objects.set(object.id, object);
  } else if (address === "/alive") { // whoever is not in this list has gone, even if the message that said so was lost
    for (const id of [...objects.keys()].filter((id) => !words.includes(id))) {
      console.log(`leave ${id} after ${objects.get(id).age.toFixed(1)} seconds`);
      objects.delete(id);
    }
  }
}

const port = Number(process.argv[2] ?? 9000);
const server = new Server(port, "0.0.0.0", () => console.log(`listening on port ${port}`));
server.on("message", hear);
server.on("bundle", (bundle) => bundle.elements.forEach(hear)); // a frame
