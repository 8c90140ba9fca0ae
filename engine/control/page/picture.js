"use strict";
// The small live picture, what the tracker sees drawn over the camera's, and the lists beside it.

const COLOURS = ["#ff9d6c", "#6fdc9c", "#7fb2ff", "#f2d15c", "#e07bd0", "#58d6d6", "#ff7d88", "#b6a1ff"];
const colour = (id) => COLOURS[id % COLOURS.length];
const MOST = 12; // objects in the list
const LIKELY = 0.2; // a guess that is less probable is not worth a word

const stage = {
  image: document.getElementById("picture"),
  canvas: document.getElementById("overlay"),
  of: localStorage.getItem("picture") === "camera" ? "camera" : "audience",
};

function showPicture(data) {
  const before = stage.image.src;
  stage.image.src = URL.createObjectURL(new Blob([data], { type: "image/jpeg" }));
  stage.image.onload = () => {
    stage.image.parentElement.style.aspectRatio = `${stage.image.naturalWidth} / ${stage.image.naturalHeight}`;
    if (before) URL.revokeObjectURL(before);
  };
}

function drawOverlay(scene) {
  const { canvas } = stage, scale = window.devicePixelRatio || 1;
  const width = canvas.width = canvas.clientWidth * scale, height = canvas.height = canvas.clientHeight * scale;
  if (stage.of !== "camera") return; // nothing else keeps the camera's places
  const pen = canvas.getContext("2d");
  pen.lineWidth = 2 * scale;
  pen.font = `600 ${12 * scale}px system-ui`;
  const path = (points, closed) => {
    pen.beginPath();
    points.forEach(([x, y]) => pen.lineTo(x * width, y * height));
    if (closed) pen.closePath();
  };
  for (const [name, zone] of Object.entries(scene.zones)) {
    path(zone.points, true);
    pen.fillStyle = zone.inside.length ? "#6fdc9c55" : "#ffffff1c";
    pen.strokeStyle = zone.inside.length ? "#6fdc9c" : "#ffffff88";
    pen.fill();
    pen.stroke();
    pen.fillStyle = "#fff";
    pen.fillText(`${name} ${zone.inside.length}`, zone.points[0][0] * width + 6 * scale, zone.points[0][1] * height + 16 * scale);
  }
  for (const [name, line] of Object.entries(scene.lines)) {
    path(line.points, false);
    pen.strokeStyle = "#ffffffaa";
    pen.stroke();
    pen.fillStyle = "#fff";
    pen.fillText(`${name} ${line.total.join(" ⇄ ")}`, line.points[0][0] * width + 6 * scale, line.points[0][1] * height + 16 * scale);
  }
  for (const track of scene.tracks) {
    pen.strokeStyle = pen.fillStyle = colour(track.id);
    pen.strokeRect((track.x - track.w / 2) * width, (track.y - track.h / 2) * height, track.w * width, track.h * height);
    pen.fillText(`${track.name} ${track.id}`, (track.x - track.w / 2) * width + 5 * scale, (track.y - track.h / 2) * height + 15 * scale);
  }
}

function listObjects(scene) {
  document.getElementById("count").value = scene.tracks.length;
  document.getElementById("objects").replaceChildren(...scene.tracks.slice(0, MOST).map((track) => {
    const spot = made("i");
    spot.style.background = colour(track.id);
    const place = `${track.x.toFixed(2)}  ${track.y.toFixed(2)}`;
    return made("li", {}, spot, made("span", { textContent: `${track.name} ${track.id}` }),
      made("small", { textContent: place }), made("small", { textContent: `${track.age.toFixed(1)} s` }));
  }));
  document.getElementById("guesses").replaceChildren(...scene.guesses.filter((guess) => guess.score >= LIKELY).map((guess) => {
    const bar = made("b");
    bar.style.width = `${100 * guess.score}%`;
    return made("li", {}, made("span", { textContent: guess.name }), made("small", { textContent: `${Math.round(100 * guess.score)} %` }), bar);
  }));
}
