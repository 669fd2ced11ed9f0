// A small plot of the last minutes: an area under a curve, its newest value in figures.

const SVG = "http://www.w3.org/2000/svg";
const WINDOW_S = 300;
const WIDTH = 300; // in units of the drawing, which is stretched to its place
const HEIGHT = 56;
const TOP = 4; // free above the highest value

function draw(name, parent, attributes = {}) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  parent.append(element);
  return element;
}

function write(name, parent, className, text = "") {
  const element = document.createElement(name);
  element.className = className;
  element.textContent = text;
  parent.append(element);
  return element;
}

export class Chart {
  points = []; // [seconds, value], the oldest first
  #title;
  #format;

  /// `least`: the value that fills the plot at least, so that next to nothing looks like it.
  constructor(figure, title, { format, least }) {
    this.#title = title;
    this.#format = format;
    this.least = least;
    const caption = write("figcaption", figure, "");
    write("span", caption, "muted", title);
    this.now = write("span", caption, "now", "–");
    this.peak = write("span", caption, "muted peak");
    this.svg = draw("svg", figure, { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img" });
    this.svg.setAttribute("aria-label", title);
    this.area = draw("path", this.svg, { class: "area" });
    draw("path", this.svg, { class: "base", d: `M0 ${HEIGHT}H${WIDTH}` });
    this.curve = draw("path", this.svg, { class: "curve" });
    const axis = write("div", figure, "axis muted");
    axis.setAttribute("aria-hidden", "true");
    write("span", axis, "", `${WINDOW_S / 60} min ago`);
    write("span", axis, "", "now");
  }

  /// What was before the page, as far as it is of the last minutes.
  restore(points, now) {
    this.points = points.filter(([at]) => at > now - WINDOW_S && at < now);
    if (this.points.length > 0) this.#show(this.points.at(-1)[0]);
  }

  add(at, value) {
    this.points.push([at, value]);
    while (this.points.length > 2 && this.points[1][0] <= at - WINDOW_S) this.points.shift();
    this.#show(at);
  }

  #show(at) {
    const value = this.points.at(-1)[1];
    const highest = Math.max(...this.points.map((point) => point[1]));
    const scale = (HEIGHT - TOP) / Math.max(highest, this.least);
    const places = this.points.map(([when, each]) => {
      const x = Math.max(0, WIDTH * (1 - (at - when) / WINDOW_S));
      return `${x.toFixed(1)} ${(HEIGHT - each * scale).toFixed(1)}`;
    });
    const line = `M${places.join("L")}`;
    this.curve.setAttribute("d", line);
    this.area.setAttribute("d", `${line}V${HEIGHT}H${places[0].split(" ")[0]}Z`);
    this.now.textContent = this.#format(value);
    this.peak.textContent = `peak ${this.#format(highest)}`;
    const said = `${this.#title}: ${this.#format(value)} now, at most ${this.#format(highest)} in the last minutes`;
    this.svg.setAttribute("aria-label", said);
  }
}
