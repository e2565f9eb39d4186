"use strict";
// The map of the report: one canvas, drawn from flat arrays, so that 100,000 places stay usable without tiles or clusters.
(() => {
  const holder = document.getElementById("map");
  if (!holder) return;
  const data = JSON.parse(document.getElementById("data").textContent);
  const total = data.lon.length;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const map = L.map(holder, {
    attributionControl: false,
    fadeAnimation: !still,
    zoomAnimation: !still,
    inertia: !still,
    minZoom: 2,
    maxZoom: 18,
    zoomSnap: 0.5,
    worldCopyJump: false,
  });
  L.control.scale({ imperial: false }).addTo(map);

  // Places in pixels of zoom 0: at any zoom a place is one multiplication away.
  const x = new Float64Array(total);
  const y = new Float64Array(total);
  for (let i = 0; i < total; i++) {
    const point = map.project([data.lat[i], data.lon[i]], 0);
    x[i] = point.x;
    y[i] = point.y;
  }
  const onSeveral = (mask) => (mask & (mask - 1)) !== 0;
  const colourOf = (mask) => (onSeveral(mask) ? 10 : (31 - Math.clz32(mask)) % 10);
  const state = { points: total, drawn: 0, shown: total, map };
  window.travelcrawl = state;
  let wanted = -1;

  const colours = () => {
    const style = getComputedStyle(document.documentElement);
    const named = (name) => style.getPropertyValue(`--${name}`).trim();
    return {
      dots: [...Array(10).keys()].map((i) => named(`c${i}`)).concat(named("several")),
      grid: named("grid"),
      label: named("label"),
      halo: named("halo"),
      sea: named("sea"),
      quiet: named("quiet"),
    };
  };

  // A platform stored as a block must not lie on top of the others: draw in strides.
  const STRIDE = 7919;
  const order = (k) => (total % STRIDE ? (k * STRIDE) % total : k);
  const THIN_FROM = 20000;
  const CELL = 16;

  const Drawing = L.Renderer.extend({
    options: { padding: 0.4 },

    _initContainer() {
      this._container = document.createElement("canvas");
      this._pen = this._container.getContext("2d");
      this._colours = colours();
    },

    _update() {
      if (this._map._animatingZoom && this._bounds) return;
      L.Renderer.prototype._update.call(this);
      const size = this._bounds.getSize();
      const sharp = Math.min(window.devicePixelRatio || 1, 2);
      L.DomUtil.setPosition(this._container, this._bounds.min);
      this._container.width = sharp * size.x;
      this._container.height = sharp * size.y;
      this._container.style.width = `${size.x}px`;
      this._container.style.height = `${size.y}px`;
      this._sharp = sharp;
      this.draw();
    },

    repaint() {
      this._colours = colours();
      this.draw();
    },

    draw() {
      const { min } = this._bounds;
      const pen = this._pen;
      pen.setTransform(this._sharp, 0, 0, this._sharp, 0, 0);
      pen.clearRect(0, 0, this._container.width, this._container.height);
      this._scale = this._map.getZoomScale(this._map.getZoom(), 0);
      this._origin = this._map.getPixelOrigin().add(min);
      this._drawGrid(pen);
      this._drawPlaces(pen);
      this._drawNotes(pen);
      this._drawNames(pen);
    },

    at(lon, lat) {
      return this._map.project([lat, lon]).subtract(this._origin);
    },

    _drawGrid(pen) {
      const size = this._bounds.getSize();
      const degree = (256 * this._scale) / 360;
      const step = [30, 20, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005].filter((one) => one * degree > 130).pop() || 30;
      const digits = step < 0.01 ? 3 : step < 0.1 ? 2 : step < 1 ? 1 : 0;
      const said = (degrees, positive, negative) => `${Math.abs(degrees).toFixed(digits)}°${degrees < 0 ? negative : positive}`;
      const multiples = (from, to) => {
        const first = Math.ceil(from / step);
        return Array.from({ length: Math.max(0, Math.floor(to / step) - first + 1) }, (_, i) => (first + i) * step);
      };
      const start = this._map.layerPointToLatLng(this._bounds.min);
      const end = this._map.layerPointToLatLng(this._bounds.max);
      const corner = this._map.containerPointToLayerPoint([0, 0]).subtract(this._bounds.min);
      this._notes = [];
      pen.strokeStyle = this._colours.grid;
      pen.lineWidth = 1;
      for (const lon of multiples(Math.max(start.lng, -180), Math.min(end.lng, 180))) {
        const at = Math.round(this.at(lon, 0).x) + 0.5;
        pen.strokeRect(at, -1, 0, size.y + 2);
        if (at > corner.x + 60) this._notes.push([said(lon, "E", "W"), at + 3, corner.y + 12]);
      }
      for (const lat of multiples(Math.max(end.lat, -84), Math.min(start.lat, 84))) {
        const at = Math.round(this.at(0, lat).y) + 0.5;
        pen.strokeRect(-1, at, size.x + 2, 0);
        if (at > corner.y + 90) this._notes.push([said(lat, "N", "S"), corner.x + 4, at - 4]);
      }
    },

    _drawNotes(pen) {
      pen.font = `10px ${getComputedStyle(holder).fontFamily}`;
      pen.textAlign = "start";
      pen.textBaseline = "alphabetic";
      pen.lineJoin = "round";
      pen.lineWidth = 3;
      pen.strokeStyle = this._colours.sea;
      pen.fillStyle = this._colours.quiet;
      for (const note of this._notes) {
        pen.strokeText(...note);
        pen.fillText(...note);
      }
    },

    _drawPlaces(pen) {
      const size = this._bounds.getSize();
      const zoom = this._map.getZoom();
      const radius = Math.max(2, Math.min(6.5, 2.2 + (zoom - 8) * 0.55));
      const stamps = this._colours.dots.map((colour) => this._stamp(colour, radius));
      const half = radius + 1;
      const taken = total > THIN_FROM ? new Uint8Array(Math.ceil(size.x / radius + 2) * Math.ceil(size.y / radius + 2)) : null;
      const columns = Math.ceil(size.x / radius + 2);
      this._radius = radius;
      this._columns = Math.ceil(size.x / CELL) + 1;
      this._rows = Math.ceil(size.y / CELL) + 1;
      this._head = new Int32Array(this._columns * this._rows).fill(-1);
      this._next = this._next || new Int32Array(total);
      state.drawn = 0;
      for (let k = 0; k < total; k++) {
        const i = order(k);
        if (!(data.on[i] & wanted)) continue;
        const px = x[i] * this._scale - this._origin.x;
        const py = y[i] * this._scale - this._origin.y;
        if (px < 0 || py < 0 || px >= size.x || py >= size.y) continue;
        const cell = Math.floor(py / CELL) * this._columns + Math.floor(px / CELL);
        this._next[i] = this._head[cell];
        this._head[cell] = i;
        const colour = colourOf(data.on[i]);
        if (taken) {
          const spot = Math.floor(py / radius) * columns + Math.floor(px / radius);
          if (taken[spot]) continue;
          taken[spot] = 1;
        }
        pen.drawImage(stamps[colour], px - half, py - half, 2 * half, 2 * half);
        state.drawn++;
      }
    },

    _stamp(colour, radius) {
      const stamp = document.createElement("canvas");
      const half = (radius + 1) * this._sharp;
      stamp.width = stamp.height = Math.ceil(2 * half);
      const pen = stamp.getContext("2d");
      pen.beginPath();
      pen.arc(half, half, radius * this._sharp, 0, 2 * Math.PI);
      pen.globalAlpha = 0.88;
      pen.fillStyle = colour;
      pen.fill();
      pen.globalAlpha = 1;
      pen.lineWidth = 0.9 * this._sharp;
      pen.strokeStyle = this._colours.halo;
      pen.stroke();
      return stamp;
    },

    _drawNames(pen) {
      const size = this._bounds.getSize();
      const zoom = this._map.getZoom();
      const kept = [];
      pen.font = `600 12px ${getComputedStyle(holder).fontFamily}`;
      pen.textAlign = "center";
      pen.textBaseline = "middle";
      pen.lineJoin = "round";
      pen.lineWidth = 3.5;
      pen.strokeStyle = this._colours.halo;
      pen.fillStyle = this._colours.label;
      for (const [name, lon, lat, from] of data.labels) {
        if (zoom < from) continue;
        const at = this.at(lon, lat);
        if (at.x < 0 || at.y < 0 || at.x > size.x || at.y > size.y) continue;
        const wide = pen.measureText(name).width / 2 + 14;
        if (kept.some((other) => Math.abs(other.x - at.x) < other.wide + wide && Math.abs(other.y - at.y) < 26)) continue;
        kept.push({ x: at.x, y: at.y, wide });
        pen.strokeText(name, at.x, at.y);
        pen.fillText(name, at.x, at.y);
      }
    },

    // Which places are drawn at a point of the layer, nearest first.
    find(point) {
      const at = point.subtract(this._bounds.min);
      const reach = Math.max(this._radius + 4, 9);
      const found = [];
      for (let row = Math.floor(at.y / CELL) - 1; row <= Math.floor(at.y / CELL) + 1; row++) {
        for (let column = Math.floor(at.x / CELL) - 1; column <= Math.floor(at.x / CELL) + 1; column++) {
          if (row < 0 || column < 0 || row >= this._rows || column >= this._columns) continue;
          for (let i = this._head[row * this._columns + column]; i >= 0; i = this._next[i]) {
            const far = Math.hypot(x[i] * this._scale - this._origin.x - at.x, y[i] * this._scale - this._origin.y - at.y);
            if (far <= reach) found.push({ i, far });
          }
        }
      }
      found.sort((a, b) => a.far - b.far || a.i - b.i);
      return found.filter((one) => one.far <= found[0].far + 3).map((one) => one.i);
    },
  });

  const drawing = new Drawing();
  const element = (tag, text, className) => {
    const made = document.createElement(tag);
    made.textContent = text;
    if (className) made.className = className;
    return made;
  };
  const platformsOf = (mask) => data.platforms.filter((_, i) => mask & (1 << i));
  const describe = (places) => {
    const list = document.createElement("ul");
    for (const i of places.slice(0, 4)) {
      const one = document.createElement("li");
      one.append(element("b", data.name[i] || "without a name"));
      const line = element("span", "", "quiet");
      const colour = colourOf(data.on[i]);
      line.append(element("span", "", `swatch ${colour === 10 ? "several" : `c${colour}`}`));
      line.append(platformsOf(data.on[i]).join(", "));
      line.append(data.rating[i] === null ? " · not rated" : ` · ${data.rating[i].toFixed(1)} of 5`);
      one.append(line);
      list.append(one);
    }
    if (places.length > 4) list.append(element("li", `and ${places.length - 4} more here`, "quiet"));
    return list;
  };

  const tip = L.tooltip({ className: "tip", opacity: 1 });
  // Towards the middle of the map, whose edge would cut it off.
  const turn = (at) => {
    const size = map.getSize();
    const [direction, dx, dy] = at.x < size.x / 4 ? ["right", 8, 0] : at.x > (3 * size.x) / 4 ? ["left", -8, 0] : at.y < 220 ? ["bottom", 0, 8] : ["top", 0, -8];
    tip.options.direction = direction;
    tip.options.offset = [dx, dy];
  };
  const ring = L.circleMarker([0, 0], { className: "ring", fill: false, interactive: false, weight: 2, renderer: L.svg() });
  let pointed = "";
  const point = (event) => {
    const places = drawing.find(event.layerPoint);
    const now = places.slice(0, 5).join();
    if (now === pointed) return;
    pointed = now;
    holder.classList.toggle("leaflet-interactive", places.length > 0);
    if (!places.length) {
      map.closeTooltip(tip);
      ring.remove();
      return;
    }
    const at = [data.lat[places[0]], data.lon[places[0]]];
    ring.setLatLng(at).setRadius(drawing._radius + 3).addTo(map);
    turn(map.latLngToContainerPoint(at));
    tip.setLatLng(at).setContent(describe(places));
    map.openTooltip(tip);
  };
  const leave = () => {
    pointed = "";
    map.closeTooltip(tip);
    ring.remove();
  };

  const [south, west, north, east] = data.bounds;
  map.fitBounds([[south, west], [north, east]], { padding: [28, 28], maxZoom: 15, animate: false });
  drawing.addTo(map);
  map.on("mousemove click", point);
  map.on("mouseout zoomstart", leave);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawing.repaint());

  const boxes = [...document.querySelectorAll("input[data-platform]")];
  const choose = () => {
    wanted = boxes.reduce((mask, box) => (box.checked ? mask | (1 << Number(box.dataset.platform)) : mask), 0);
    state.shown = data.on.reduce((count, mask) => count + (mask & wanted ? 1 : 0), 0);
    leave();
    drawing.draw();
  };
  boxes.forEach((box) => box.addEventListener("change", choose));
  choose();
})();
