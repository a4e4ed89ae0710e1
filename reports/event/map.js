// Draws a position on the outlines of states around it; returns null where there are no outlines.
const drawMap = (polygons, latitude, longitude, kilometers) => {
  const SVG = "http://www.w3.org/2000/svg";
  const HEIGHT = 5; // degrees of latitude
  const shrink = Math.cos((latitude * Math.PI) / 180);
  const width = (HEIGHT * 1.5) / shrink;
  const make = (name, attributes) => {
    const node = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    return node;
  };
  const x = (degrees) => (((degrees - longitude) / width + 0.5) * 300).toFixed(1);
  const y = (degrees) => ((0.5 - (degrees - latitude) / HEIGHT) * 200).toFixed(1);
  const isNear = (points) => points.some((degrees, number) => number % 2 === 0
    && Math.abs(degrees - longitude) < width && Math.abs(points[number + 1] - latitude) < HEIGHT);
  const near = polygons.filter(isNear);
  if (!near.length) return null;
  const svg = make("svg", { class: "map", viewBox: "0 0 300 200", role: "img" });
  const title = make("title", {});
  title.textContent = `Position of the event and the outlines of states around it, ${HEIGHT} degrees of latitude high`;
  svg.append(title);
  for (const points of near) {
    const parts = [];
    for (let i = 0; i < points.length; i += 2) parts.push(`${x(points[i])} ${y(points[i + 1])}`);
    svg.append(make("path", { class: "land", d: `M${parts.join("L")}Z` }));
  }
  const radius = Math.max(3, ((kilometers || 0) / 111.2 / HEIGHT) * 200);
  svg.append(make("circle", { class: "around", cx: 150, cy: 100, r: radius.toFixed(1) }));
  svg.append(make("circle", { class: "point", cx: 150, cy: 100, r: 3 }));
  return svg;
};
