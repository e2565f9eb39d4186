"use strict";
// What lies under and over the places: a canvas that follows the map, a graticule, names. No tiles: nothing is loaded.
window.travelcrawl = {};

travelcrawl.Ground = L.Renderer.extend({
  options: { padding: 0.4 },

  // Names: [text, lon, lat, zoom it appears at], the more important first.
  initialize(names) {
    L.Renderer.prototype.initialize.call(this);
    this.names = names;
  },

  _initContainer() {
    this._container = document.createElement("canvas");
    this._pen = this._container.getContext("2d");
    this._readColours();
  },

  _update() {
    if (this._map._animatingZoom && this._bounds) return;
    L.Renderer.prototype._update.call(this);
    this.size = this._bounds.getSize();
    this.sharp = Math.min(window.devicePixelRatio || 1, 2);
    L.DomUtil.setPosition(this._container, this._bounds.min);
    this._container.width = this.sharp * this.size.x;
    this._container.height = this.sharp * this.size.y;
    this._container.style.width = `${this.size.x}px`;
    this._container.style.height = `${this.size.y}px`;
    this.draw();
  },

  _readColours() {
    const style = getComputedStyle(document.documentElement);
    const named = (name) => style.getPropertyValue(`--${name}`).trim();
    const [card, grid, halo, ink, label, quiet, sea] = ["card", "grid", "halo", "ink", "label", "quiet", "sea"].map(named);
    const dots = [...Array(10).keys()].map((i) => named(`c${i}`)).concat(named("several"));
    this.colours = { card, grid, halo, ink, label, quiet, sea, dots };
    this.font = getComputedStyle(this._map.getContainer()).fontFamily;
  },

  repaint() {
    this._readColours();
    this.draw();
  },

  draw() {
    const pen = this._pen;
    this.zoom = this._map.getZoom();
    this.scale = this._map.getZoomScale(this.zoom, 0);
    this.origin = this._map.getPixelOrigin().add(this._bounds.min);
    this.kept = [];
    pen.setTransform(this.sharp, 0, 0, this.sharp, 0, 0);
    pen.clearRect(0, 0, this.size.x, this.size.y);
    const degrees = this._drawGrid(pen);
    this.drawPlaces(pen);
    degrees.forEach(([text, x, y]) => this._write(pen, text, x, y, { font: `10px ${this.font}`, colour: this.colours.quiet, halo: this.colours.sea, align: "start" }));
    this._drawNames(pen);
  },

  // Subclasses draw on it, and note in `kept` what no name may cover.
  drawPlaces() {},

  at(lon, lat) {
    return this._map.project([lat, lon]).subtract(this.origin);
  },

  _drawGrid(pen) {
    const degree = (256 * this.scale) / 360;
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
    const labels = [];
    pen.strokeStyle = this.colours.grid;
    pen.lineWidth = 1;
    for (const lon of multiples(Math.max(start.lng, -180), Math.min(end.lng, 180))) {
      const at = Math.round(this.at(lon, 0).x) + 0.5;
      pen.strokeRect(at, -1, 0, this.size.y + 2);
      if (at > corner.x + 60) labels.push([said(lon, "E", "W"), at + 3, corner.y + 10]);
    }
    for (const lat of multiples(Math.max(end.lat, -84), Math.min(start.lat, 84))) {
      const at = Math.round(this.at(0, lat).y) + 0.5;
      pen.strokeRect(-1, at, this.size.x + 2, 0);
      if (at > corner.y + 90 && at < corner.y + this._map.getSize().y - 40) labels.push([said(lat, "N", "S"), corner.x + 4, at - 8]);
    }
    return labels;
  },

  _drawNames(pen) {
    for (const [name, lon, lat, from] of this.names) {
      if (this.zoom < from) continue;
      const at = this.at(lon, lat);
      if (at.x < 0 || at.y < 0 || at.x > this.size.x || at.y > this.size.y) continue;
      this.writeName(pen, name, at.x, at.y - 10, false);
    }
  },

  // Write a name where no other is.
  writeName(pen, name, x, y, strong) {
    const font = `${strong ? 600 : 400} ${strong ? 12 : 11}px ${this.font}`;
    pen.font = font;
    const half = { x: pen.measureText(name).width / 2 + 8, y: 10 };
    if (this.kept.some((other) => Math.abs(other.x - x) < other.half.x + half.x && Math.abs(other.y - y) < other.half.y + half.y)) return;
    this.kept.push({ x, y, half });
    this._write(pen, name, x, y, { font, colour: strong ? this.colours.ink : this.colours.label, halo: this.colours.halo, align: "center" });
  },

  _write(pen, text, x, y, { font, colour, halo, align }) {
    pen.font = font;
    pen.textAlign = align;
    pen.textBaseline = "middle";
    pen.lineJoin = "round";
    pen.lineWidth = 3;
    pen.strokeStyle = halo;
    pen.fillStyle = colour;
    pen.strokeText(text, x, y);
    pen.fillText(text, x, y);
  },
});
