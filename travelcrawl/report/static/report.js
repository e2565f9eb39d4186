"use strict";
// The map of the report: what a person can do with it.
(() => {
  const holder = document.getElementById("map");
  if (!holder) return;
  const data = JSON.parse(document.getElementById("data").textContent);
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const map = L.map(holder, {
    attributionControl: false,
    fadeAnimation: !still,
    zoomAnimation: !still,
    inertia: !still,
    minZoom: 2,
    maxZoom: 18,
    zoomSnap: 0.5,
  });
  L.control.scale({ imperial: false }).addTo(map);

  // Kept in view when the map is asked to show an area: [south, west, north, east].
  const show = ([south, west, north, east], animate = !still) =>
    map.fitBounds([[south, west], [north, east]], { padding: [28, 28], maxZoom: 15, animate });
  show(data.bounds, false);
  const places = new travelcrawl.Places(data, map).addTo(map);
  Object.defineProperties(travelcrawl, {
    map: { value: map },
    points: { value: places.total },
    drawn: { get: () => places.drawn },
    shown: { get: () => data.on.reduce((count, mask) => count + (mask & places.wanted ? 1 : 0), 0) },
  });

  // What is said of a place

  const element = (tag, text, className) => {
    const made = document.createElement(tag);
    made.textContent = text;
    if (className) made.className = className;
    return made;
  };
  const platformsOf = (mask) => data.platforms.filter((_, i) => mask & (1 << i));
  const describeOne = (i) => {
    const colour = travelcrawl.colourOf(data.on[i]);
    const one = element("li", "");
    const line = element("span", "", "quiet");
    line.append(element("span", "", `swatch ${colour === 10 ? "several" : `c${colour}`}`));
    line.append(platformsOf(data.on[i]).join(", "));
    line.append(data.rating[i] === null ? " · not rated" : ` · ${data.rating[i].toFixed(1)} of 5`);
    one.append(element("b", data.name[i] || "without a name"), line);
    return one;
  };
  const describe = ({ places: found, bubble }) => {
    const list = document.createElement("ul");
    const many = bubble && found.length > 1;
    if (many) {
      const head = element("li", "");
      const counts = data.platforms.map((name, k) => [name, found.filter((i) => data.on[i] & (1 << k)).length]).filter(([, count]) => count);
      head.append(element("b", `${bubble.city ? `${bubble.city}: ` : ""}${found.length.toLocaleString("en")} places`));
      head.append(element("span", counts.map(([name, count]) => `${name} ${count.toLocaleString("en")}`).join(", "), "quiet"));
      list.append(head);
    }
    const told = many ? 2 : 4;
    found.slice(0, told).forEach((i) => list.append(describeOne(i)));
    const rest = (found.length - told).toLocaleString("en");
    if (found.length > told) list.append(element("li", many ? `and ${rest} more: click to look closer` : `and ${rest} more here`, "quiet"));
    return list;
  };

  const tip = L.tooltip({ className: "tip", opacity: 1 });
  const ring = L.circleMarker([0, 0], { className: "ring", fill: false, interactive: false, weight: 2, renderer: L.svg() });
  // Towards the middle of the map, whose edge would cut it off.
  const turn = (at, gap) => {
    const size = map.getSize();
    const [direction, dx, dy] =
      at.x < size.x / 4 ? ["right", gap, 0] : at.x > (3 * size.x) / 4 ? ["left", -gap, 0] : at.y < 230 ? ["bottom", 0, gap] : ["top", 0, -gap];
    tip.options.direction = direction;
    tip.options.offset = [dx, dy];
  };
  let pointed = "";
  const leave = () => {
    pointed = "";
    holder.classList.remove("pointed");
    map.closeTooltip(tip);
    ring.remove();
  };
  const point = (event) => {
    const found = places.find(event.layerPoint);
    const now = found.places.slice(0, 5).join();
    if (now === pointed) return;
    leave();
    if (!found.places.length) return;
    pointed = now;
    holder.classList.add("pointed");
    const { bubble } = found;
    const at = bubble ? map.layerPointToLatLng(places._bounds.min.add([bubble.x, bubble.y])) : L.latLng(data.lat[found.places[0]], data.lon[found.places[0]]);
    const radius = (bubble ? bubble.radius : places.radius) + 3;
    ring.setLatLng(at).setRadius(radius).addTo(map);
    turn(map.latLngToContainerPoint(at), radius + 4);
    tip.setLatLng(at).setContent(describe(found));
    map.openTooltip(tip);
  };
  const enter = (event) => {
    const { places: found, bubble } = places.find(event.layerPoint);
    if (!bubble || found.length < 2) return point(event);
    const area = L.latLngBounds(found.map((i) => [data.lat[i], data.lon[i]]));
    leave();
    map.fitBounds(area, { padding: [28, 28], maxZoom: 15, animate: !still });
  };
  map.on("mousemove", point);
  map.on("click", enter);
  map.on("mouseout zoomstart", leave);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => places.repaint());

  // What is shown

  const boxes = [...document.querySelectorAll("input[data-platform]")];
  const choose = () => {
    places.wanted = boxes.reduce((mask, box) => (box.checked ? mask | (1 << Number(box.dataset.platform)) : mask), 0);
    leave();
    places.draw();
  };
  boxes.forEach((box) => box.addEventListener("change", choose));
  choose();
  document.querySelectorAll("button[data-area]").forEach((button) => {
    button.addEventListener("click", () => show(button.dataset.area === "all" ? data.bounds : data.cities[Number(button.dataset.area)]));
  });
})();
