"use strict";
// Loads data files, which call siteData, with script elements: a page opened from a file cannot fetch others.
const loadData = (() => {
  const texts = new Map();
  const loading = new Map();
  window.siteData = (name, text) => texts.set(name, text);
  const unpack = async (text) => {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return JSON.parse(await new Response(stream).text());
  };
  const load = (name) => new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = `${name}.js`;
    script.addEventListener("load", () => (texts.has(name) ? resolve(texts.get(name)) : reject(new Error(name))));
    script.addEventListener("error", () => reject(new Error(name)));
    document.head.append(script);
  });
  // Returns the content of a data file, such as search/1982; each file is loaded once.
  return (name) => {
    if (!loading.has(name)) {
      loading.set(name, load(name).then((text) => { texts.delete(name); return unpack(text); }));
    }
    return loading.get(name);
  };
})();
// Returns an element with text, which is never interpreted as HTML.
const element = (name, text, properties = {}) => {
  const node = Object.assign(document.createElement(name), properties);
  if (text !== null && text !== undefined) node.textContent = text;
  return node;
};
const counted = (number, singular, plural = `${singular}s`) => `${number.toLocaleString("en-US")} ${number === 1 ? singular : plural}`;
const SEVERITIES = { FATL: "fatal", SERS: "serious injuries", MINR: "minor injuries", NONE: "no injuries" };
// Returns the text after # in the address.
const decodeHash = () => {
  const text = window.location.hash.slice(1);
  try { return decodeURIComponent(text); } catch { return text; }
};
