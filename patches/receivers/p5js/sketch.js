// Objects as circles that drag a tail: neocog's scenes over its control server's WebSocket.
//
// Serve this folder from this machine and open it: python -m http.server 8000, http://localhost:8000
// A page from anywhere else has to be let in by the rig: [control] origins = ["https://editor.p5js.org"]

const ADDRESS = "ws://127.0.0.1:9080";
const RATE = 60; // scenes a second
const TAIL = 40; // places that are remembered

let scene = { tracks: [], layers: {} };
const tails = new Map(); // places by id

function listen() {
  const socket = new WebSocket(ADDRESS);
  socket.onopen = () => socket.send(JSON.stringify({ scene: RATE }));
  socket.onmessage = ({ data }) => {
    const told = JSON.parse(data);
    if (!told.scene) return;
    scene = told.scene;
    told.gone.forEach((id) => tails.delete(id));
  };
  socket.onclose = () => setTimeout(listen, 1000); // the show is not there, or has ended
}

function setup() {
  createCanvas(windowWidth, windowHeight);
  colorMode(HSB, 360, 100, 100, 100);
  noStroke();
  listen();
}

function draw() {
  const loudness = scene.layers.conv3?.ranged.mean ?? 0; // of a layer, 0 to 1 by its own lowest and highest
  background(260, 40, 4 + 14 * loudness);
  for (const track of scene.tracks) {
    const tail = [...(tails.get(track.id) ?? []), [track.x, track.y]].slice(-TAIL);
    tails.set(track.id, tail);
    tail.forEach(([x, y], age) => {
      fill((track.id * 67) % 360, 60, 100, (60 * age) / TAIL);
      circle(x * width, y * height, track.w * width * (age / TAIL));
    });
  }
}

function windowResized() {
  resizeCanvas(windowWidth, windowHeight);
}
