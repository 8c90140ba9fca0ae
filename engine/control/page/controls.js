"use strict";
// One control for each parameter of the table. A control tells turn(path, value) what a hand does to it; what others do
// comes by show(value), and the server says nothing of what a hand here is just turning.

const SEGMENTS = 4; // choices that stand side by side; more are a list

function made(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

const curves = {
  log: {
    value: (at, { low, high }) => low * (high / low) ** at,
    at: (value, { low, high }) => Math.log(value / low) / Math.log(high / low),
  },
  linear: {
    value: (at, { low, high }) => low + at * (high - low),
    at: (value, { low, high }) => (value - low) / (high - low),
  },
  whole: {
    value: (at, entry) => Math.round(curves.linear.value(at, entry)),
    at: (value, entry) => curves.linear.at(value, entry),
  },
};

function written(value, entry) {
  const digits = entry.curve === "whole" ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value) || 1)));
  return `${Number(value).toFixed(Math.min(digits, 3))} ${entry.unit}`.trim();
}

function number(path, entry, turn) {
  const curve = curves[entry.curve], told = made("output");
  const steps = entry.curve === "whole" ? entry.high - entry.low : 1000;
  const fader = made("input", { type: "range", min: 0, max: 1, step: 1 / steps, ariaLabel: path, title: "twice: as it was made" });
  const draw = (value) => {
    fader.style.setProperty("--at", curve.at(value, entry));
    told.value = written(value, entry);
  };
  const hand = (value) => { draw(value); turn(path, value); };
  fader.oninput = () => hand(curve.value(fader.valueAsNumber, entry));
  fader.ondblclick = () => { fader.value = curve.at(entry.default, entry); hand(entry.default); };
  return {
    element: made("div", {}, head(path, told), made("p", { textContent: entry.about }), fader),
    show(value) {
      fader.value = curve.at(value, entry);
      draw(value);
    },
  };
}

function toggle(path, entry, turn) {
  const box = made("input", { type: "checkbox", ariaLabel: path });
  box.onchange = () => turn(path, box.checked);
  return { element: beside(path, entry, box), show: (value) => { box.checked = value; } };
}

function command(path, entry, turn) {
  const button = made("button", { textContent: label(path) });
  button.onclick = () => turn(path, 1);
  return { element: made("div", { className: "row" }, made("div", {}, made("p", { textContent: entry.about })), button), show() {} };
}

function choice(path, entry, turn) {
  if (entry.choices.length > SEGMENTS || entry.choices.join("").length > 26) {
    const list = made("select", { ariaLabel: path }, ...entry.choices.map((word) => made("option", { textContent: word, value: word })));
    list.onchange = () => turn(path, list.value);
    return { element: beside(path, entry, list), show: (value) => { list.value = value; } };
  }
  const buttons = entry.choices.map((word) => made("button", { textContent: word, onclick: () => { mark(word); turn(path, word); } }));
  const mark = (value) => buttons.forEach((button) => button.classList.toggle("on", button.textContent === value));
  const row = made("div", { className: "segments" }, ...buttons);
  return { element: made("div", {}, head(path), made("p", { textContent: entry.about }), row), show: mark };
}

function name(path, entry, turn) {
  const known = entry.choices.map((word) => made("button", { textContent: word, onclick: () => turn(path, word) }));
  const field = made("input", { type: "text", maxLength: 40, size: 8, ariaLabel: path });
  const button = made("button", { textContent: label(path) });
  button.onclick = () => { turn(path, field.value); field.value = ""; };
  const hands = made("div", { className: "names" }, ...(known.length ? known : [field, button]));
  const mark = (value) => known.forEach((each) => each.classList.toggle("on", each.textContent === value));
  return { element: made("div", {}, head(path), made("p", { textContent: entry.about }), hands), show: mark };
}

const label = (path) => path.split("/").slice(1).join(" ").replaceAll("_", " ");
const head = (path, ...more) => made("div", { className: "name" }, made("b", { textContent: label(path) }), ...more);
const beside = (path, entry, control) =>
  made("div", { className: "row" }, made("div", {}, head(path), made("p", { textContent: entry.about })), control);

const kinds = { number, switch: toggle, choice, command, name };

function controlFor(path, entry, turn) {
  const control = kinds[entry.kind](path, entry, turn);
  control.element.classList.add("entry");
  control.element.dataset.entry = path;
  control.show(entry.value);
  return control;
}
