"use strict";
// Charts as SVG: drawn anew from the points each second, with a sentence for those who do not see them.

const svgNamespace = "http://www.w3.org/2000/svg";

function svg(name, attributes, parent) {
  const node = document.createElementNS(svgNamespace, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (parent) parent.appendChild(node);
  return node;
}

/// The smallest of 1, 2 and 5 times a power of ten that is no less than a value.
function roundedUp(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value * 0.9999);
}

/// A place to draw in, as large as it is shown: margins for the axes, rules, and times below.
class Frame {
  constructor(id, top, format, length) {
    this.box = document.getElementById(id);
    this.width = Math.max(this.box.clientWidth, 120);
    this.height = Math.max(this.box.clientHeight, 80);
    this.left = 44;
    this.bottom = this.height - 20;
    this.length = length;
    this.top = top;
    this.root = svg("svg", { viewBox: `0 0 ${this.width} ${this.height}`, role: "img" });
    for (const part of [0, 0.5, 1]) {
      const y = this.y(top * part);
      svg("line", { class: "rule", x1: this.left, x2: this.width, y1: y, y2: y }, this.root);
      svg("text", { x: this.left - 7, y: y + 4, "text-anchor": "end" }, this.root).textContent = format(top * part);
    }
    for (const [part, anchor] of [[0, "start"], [0.5, "middle"]]) {
      const ago = length * (1 - part);
      const text = ago % 60 ? `${ago} s ago` : `${ago / 60} min ago`;
      svg("text", { x: this.x((length - 1) * part), y: this.height - 4, "text-anchor": anchor }, this.root).textContent = text;
    }
    svg("text", { x: this.width, y: this.height - 4, "text-anchor": "end" }, this.root).textContent = "now";
  }

  x(index) { return this.left + ((this.width - this.left) * index) / Math.max(this.length - 1, 1); }

  y(value) { return 8 + (this.bottom - 8) * (1 - Math.min(value / this.top, 1)); }

  /// Points of a line, where there are any; a gap ends one and begins another.
  path(values, offset) {
    let path = "", isOpen = false;
    values.forEach((value, index) => {
      if (value === null) { isOpen = false; return; }
      path += `${isOpen ? "L" : "M"}${this.x(index + offset).toFixed(1)} ${this.y(value).toFixed(1)}`;
      isOpen = true;
    });
    return path;
  }

  say(text) { this.root.setAttribute("aria-label", text); }

  show() { this.box.replaceChildren(this.root); }
}

/// Seconds that charts keep, and show: fewer while there are no more, so that a few points are no strip at the edge.
const chartLength = 600;
const shownLength = (points) => [120, 300, chartLength].find((length) => points <= length) ?? chartLength;

/// The mean of each value and those before it.
function smoothed(values, span) {
  return values.map((_, index) => {
    const part = values.slice(Math.max(index - span + 1, 0), index + 1);
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
}

/// One line or several over the last minutes.
function drawLines(id, name, lines, format, { hasArea = false } = {}) {
  const length = shownLength(lines[0].length);
  const known = lines.flat().filter((value) => value !== null);
  const frame = new Frame(id, roundedUp(Math.max(...known, 0)), format, length);
  lines.forEach((values, index) => {
    const offset = length - values.length;
    const path = frame.path(values, offset);
    if (hasArea && path && values.every((value) => value !== null)) {
      const ends = `L${frame.x(length - 1)} ${frame.bottom}L${frame.x(offset)} ${frame.bottom}Z`;
      svg("path", { class: "area", d: path + ends }, frame.root);
    }
    svg("path", { class: `line s${index + 1}`, d: path }, frame.root);
  });
  const newest = lines.map((values) => values.filter((value) => value !== null).at(-1));
  frame.say(known.length
    ? `${name}: ${newest.map((value) => (value === undefined ? "nothing" : format(value))).join(" and ")} now, `
      + `at most ${format(Math.max(...known))} in the last ${length / 60} minutes`
    : `${name}: nothing yet`);
  frame.show();
}

/// Shares of labels, one upon the other: each place is a mean over ten seconds, so that a few records are no zigzag.
function drawShares(id, names, colours, counts) {
  const length = shownLength(counts.length);
  const frame = new Frame(id, 1, (value) => `${Math.round(value * 100)} %`, length);
  const span = 10;
  const places = [];
  for (let end = counts.length; end > 0; end -= span) {
    const part = counts.slice(Math.max(end - span, 0), end);
    const sums = names.map((_, label) => part.reduce((sum, row) => sum + row[label], 0));
    const total = sums.reduce((sum, count) => sum + count, 0);
    places.unshift({ x: length - counts.length + end - 1, shares: total ? sums.map((sum) => sum / total) : null });
  }
  const runs = places.reduce((runs, place) => {
    if (!place.shares) runs.push([]); else runs.at(-1).push(place);
    return runs;
  }, [[]]);
  for (const run of runs.filter((run) => run.length)) {
    const wide = run.length > 1 ? run : [{ ...run[0], x: run[0].x - span }, run[0]];
    let floor = wide.map(() => 0);
    names.forEach((_, label) => {
      const roof = wide.map((place, index) => floor[index] + place.shares[label]);
      const up = wide.map((place, index) => `${frame.x(place.x).toFixed(1)} ${frame.y(roof[index]).toFixed(1)}`);
      const down = wide.map((place, index) => `${frame.x(place.x).toFixed(1)} ${frame.y(floor[index]).toFixed(1)}`).reverse();
      svg("path", { d: `M${up.join("L")}L${down.join("L")}Z`, fill: colours[label], "fill-opacity": 0.82 }, frame.root);
      floor = roof;
    });
  }
  const sums = names.map((_, label) => counts.reduce((sum, row) => sum + row[label], 0));
  const total = sums.reduce((sum, count) => sum + count, 0);
  const shares = sums.map((sum) => (total ? sum / total : 0));
  frame.say(total
    ? `Shares of labels in the last ${length / 60} minutes: ${names.map((name, label) => `${name} ${Math.round(shares[label] * 100)} %`).join(", ")}`
    : "Shares of labels: no records yet");
  frame.show();
  return shares;
}
