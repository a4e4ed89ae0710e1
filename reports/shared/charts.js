"use strict";
// Adds buttons that save a chart as SVG or PNG, and its data table as CSV, from the page itself: addSaveButtons(figure).
const addSaveButtons = (() => {
  const STYLES = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "vector-effect", "font-size", "font-weight", "text-anchor"];
  const WIDTH = 720;
  const made = (name, attributes, ...children) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.append(...children);
    return node;
  };
  const isMadeUp = () => Boolean(document.querySelector(".made-up"));
  const source = () => `${isMadeUp() ? "MADE-UP SAMPLE DATA" : "Source: NTSB"}. ${document.querySelector(".release").textContent.trim()}`;

  // A picture on its own has no style sheet: its elements get the styles that they have on the page.
  const standalone = (svg) => {
    const copy = svg.cloneNode(true);
    const nodes = [...svg.querySelectorAll("*")];
    [...copy.querySelectorAll("*")].forEach((node, number) => {
      const style = getComputedStyle(nodes[number]);
      for (const name of STYLES) node.setAttribute(name, style.getPropertyValue(name));
    });
    const left = parseFloat(getComputedStyle(svg).paddingLeft) + 10, box = svg.viewBox.baseVal;
    const width = WIDTH - left - 20, drawn = box && box.width ? (width * box.height) / box.width : Number(svg.getAttribute("height")), height = drawn + 40;
    for (const [name, value] of [["x", left], ["y", 10], ["width", width], ["height", drawn], ["overflow", "visible"]]) copy.setAttribute(name, value);
    const paper = getComputedStyle(document.body);
    const background = made("rect", { width: "100%", height: "100%", fill: getComputedStyle(document.documentElement).backgroundColor });
    const line = made("text", { x: 10, y: height - 10, "font-size": 11, fill: paper.color }, source());
    const whole = made("svg", { width: WIDTH, height, "font-family": "sans-serif" }, background, copy, line);
    return new XMLSerializer().serializeToString(whole);
  };

  // Numbers have no separators; a text that a spreadsheet would run as a formula starts with an apostrophe.
  const cell = (node) => {
    const text = node.textContent.trim();
    if (/^[+-]?[\d,]+(\.\d+)?$/.test(text)) return text.replaceAll(",", "");
    return `"${(/^[=+@\t-]/.test(text) ? "'" : "") + text.replaceAll('"', '""')}"`;
  };
  const csv = (table) => `${[...table.rows].map((row) => [...row.cells].map(cell).join(",")).join("\r\n")}\r\n`;

  const save = (name, blob) => {
    const link = element("a", { href: URL.createObjectURL(blob), download: (isMadeUp() ? "made-up-" : "") + name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };
  const svgOf = (svg) => new Blob([standalone(svg)], { type: "image/svg+xml" });
  // At twice the size, for screens and print.
  const savePng = async (name, svg) => {
    const image = element("img", { src: URL.createObjectURL(svgOf(svg)) });
    await image.decode();
    const canvas = element("canvas", { width: 2 * image.naturalWidth, height: 2 * image.naturalHeight });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    URL.revokeObjectURL(image.src);
    canvas.toBlob((blob) => save(name, blob));
  };
  const element = (name, properties) => Object.assign(document.createElement(name), properties);
  const button = (text, label, action) => {
    const node = element("button", { type: "button", textContent: text, title: label, onclick: action });
    node.setAttribute("aria-label", `${text}: ${label}`);
    return node;
  };
  return (figure) => {
    const svg = figure.querySelector("svg"), table = figure.querySelector("table"), name = figure.id.replace("chart-", "");
    if (!svg || figure.querySelector(".downloads")) return;
    const buttons = element("p", { className: "downloads" });
    const caption = table.caption.textContent;
    buttons.append(button("Save SVG", caption, () => save(`${name}.svg`, svgOf(svg))));
    buttons.append(button("Save PNG", caption, () => savePng(`${name}.png`, svg)));
    buttons.append(button("Save CSV", caption, () => save(`${name}.csv`, new Blob([csv(table)], { type: "text/csv;charset=utf-8" }))));
    figure.querySelector("figcaption").after(buttons);
  };
})();
document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("figure.chart").forEach(addSaveButtons));
