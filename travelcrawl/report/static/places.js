"use strict";
// The places: dots from a city's size on, bubbles that count them below it. Drawn from flat arrays: 100,000 stay usable.
(() => {
  const BUBBLES_BELOW = 8.5; // zoom at which a city is about 100 pixels wide
  const THIN_FROM = 20000; // points from which one dot a radius is enough
  const FIND_CELL = 16;
  const BUBBLE_CELL = 56;
  const CITY = (1.2 / 360) * 256; // 1.2 degrees, in pixels of zoom 0
  // A platform stored as a block must not lie on top of the others: draw in strides.
  const STRIDE = 7919;
  const SEVERAL = 10;

  const colourOf = (mask) => ((mask & (mask - 1)) !== 0 ? SEVERAL : (31 - Math.clz32(mask)) % 10);
  const short = (count) => (count < 1000 ? `${count}` : count < 10000 ? `${(count / 1000).toFixed(1)}k` : `${Math.round(count / 1000)}k`);

  travelcrawl.colourOf = colourOf;
  travelcrawl.Places = travelcrawl.Ground.extend({
    // Data: columns lon, lat, on (a bit for each platform), labels.
    initialize(data, map) {
      travelcrawl.Ground.prototype.initialize.call(this, data.labels);
      this.masks = data.on;
      this.total = data.lon.length;
      this.wanted = -1;
      this.drawn = 0;
      this.bubbles = [];
      this.next = new Int32Array(this.total);
      // Pixels of zoom 0: at any zoom a place is one multiplication away.
      this.x = new Float64Array(this.total);
      this.y = new Float64Array(this.total);
      for (let i = 0; i < this.total; i++) {
        const point = map.project([data.lat[i], data.lon[i]], 0);
        this.x[i] = point.x;
        this.y[i] = point.y;
      }
    },

    drawPlaces(pen) {
      this.radius = Math.max(2, Math.min(6.5, 2.2 + (this.zoom - 8) * 0.55));
      this.drawn = 0;
      this.bubbles = [];
      this.head = null;
      if (this.zoom < BUBBLES_BELOW) this._drawBubbles(pen);
      else this._drawDots(pen);
    },

    // Call with every place that is wanted and lies on the canvas: index, x, y.
    _visit(visit) {
      const { x: wide, y: high } = this.size;
      for (let k = 0; k < this.total; k++) {
        const i = this.total % STRIDE ? (k * STRIDE) % this.total : k;
        if (!(this.masks[i] & this.wanted)) continue;
        const px = this.x[i] * this.scale - this.origin.x;
        const py = this.y[i] * this.scale - this.origin.y;
        if (px >= 0 && py >= 0 && px < wide && py < high) visit(i, px, py);
      }
    },

    _drawDots(pen) {
      const { radius } = this;
      const stamps = this.colours.dots.map((colour) => this._stamp(colour));
      const half = radius + 1;
      const across = Math.ceil(this.size.x / radius) + 1;
      const taken = this.total > THIN_FROM ? new Uint8Array(across * (Math.ceil(this.size.y / radius) + 1)) : null;
      this.columns = Math.ceil(this.size.x / FIND_CELL) + 1;
      this.rows = Math.ceil(this.size.y / FIND_CELL) + 1;
      this.head = new Int32Array(this.columns * this.rows).fill(-1);
      this._visit((i, px, py) => {
        const cell = Math.floor(py / FIND_CELL) * this.columns + Math.floor(px / FIND_CELL);
        this.next[i] = this.head[cell];
        this.head[cell] = i;
        if (taken) {
          const spot = Math.floor(py / radius) * across + Math.floor(px / radius);
          if (taken[spot]) return;
          taken[spot] = 1;
        }
        pen.drawImage(stamps[colourOf(this.masks[i])], px - half, py - half, 2 * half, 2 * half);
        this.drawn++;
      });
    },

    _stamp(colour) {
      const stamp = document.createElement("canvas");
      const half = (this.radius + 1) * this.sharp;
      stamp.width = stamp.height = Math.ceil(2 * half);
      const pen = stamp.getContext("2d");
      pen.beginPath();
      pen.arc(half, half, this.radius * this.sharp, 0, 2 * Math.PI);
      pen.globalAlpha = 0.88;
      pen.fillStyle = colour;
      pen.fill();
      pen.globalAlpha = 1;
      pen.lineWidth = 0.9 * this.sharp;
      pen.strokeStyle = this.colours.halo;
      pen.stroke();
      return stamp;
    },

    _drawBubbles(pen) {
      this.bubbles = this._gather();
      this.drawn = this.bubbles.length;
      for (const bubble of this.bubbles) this._drawBubble(pen, bubble);
      for (const bubble of this.bubbles) {
        if (bubble.city) this.writeName(pen, bubble.city, bubble.x, bubble.y + bubble.radius + 12, true);
      }
    },

    // Count the places by cell, then let the greater take in the lesser that they would cover.
    _gather() {
      const cells = new Map();
      const shift = { x: this.origin.x % BUBBLE_CELL, y: this.origin.y % BUBBLE_CELL };
      this._visit((i, px, py) => {
        const key = Math.floor((px + shift.x) / BUBBLE_CELL) * 10000 + Math.floor((py + shift.y) / BUBBLE_CELL);
        let cell = cells.get(key);
        if (!cell) cells.set(key, (cell = { x: 0, y: 0, places: [] }));
        cell.x += px;
        cell.y += py;
        cell.places.push(i);
      });
      const found = [...cells.values()].sort((a, b) => b.places.length - a.places.length);
      const most = found.length ? found[0].places.length : 1;
      const bubbles = [];
      for (const { x, y, places } of found) {
        const one = { x: x / places.length, y: y / places.length, places };
        one.radius = places.length === 1 ? this.radius + 1.5 : 10 + 14 * Math.sqrt(places.length / most);
        const near = bubbles.find((other) => Math.hypot(other.x - one.x, other.y - one.y) < other.radius + one.radius);
        if (near) near.places = near.places.concat(places);
        else bubbles.push(one);
      }
      bubbles.forEach((bubble) => this._nameBubble(bubble));
      return bubbles;
    },

    // A bubble has the name of a city where it holds no more than that.
    _nameBubble(bubble) {
      const { places } = bubble;
      const wide = (values) => places.reduce((most, i) => Math.max(most, values[i]), -Infinity) - places.reduce((least, i) => Math.min(least, values[i]), Infinity);
      if (wide(this.x) > CITY || wide(this.y) > CITY) return;
      let nearest = CITY * this.scale;
      for (const [name, lon, lat, from] of this.names) {
        if (from > BUBBLES_BELOW) continue;
        const far = this.at(lon, lat).distanceTo([bubble.x, bubble.y]);
        if (far < nearest) {
          nearest = far;
          bubble.city = name;
        }
      }
    },

    _drawBubble(pen, bubble) {
      const { x, y, radius, places } = bubble;
      const shares = new Array(SEVERAL + 1).fill(0);
      for (const i of places) shares[colourOf(this.masks[i])]++;
      pen.beginPath();
      pen.arc(x, y, radius + 1, 0, 2 * Math.PI);
      pen.fillStyle = this.colours.halo;
      pen.fill();
      let angle = -Math.PI / 2;
      shares.forEach((share, colour) => {
        if (!share) return;
        const end = angle + (2 * Math.PI * share) / places.length;
        pen.beginPath();
        pen.moveTo(x, y);
        pen.arc(x, y, radius, angle, end);
        pen.fillStyle = this.colours.dots[colour];
        pen.fill();
        angle = end;
      });
      if (places.length > 1) {
        pen.beginPath();
        pen.arc(x, y, radius - 4, 0, 2 * Math.PI);
        pen.fillStyle = this.colours.card;
        pen.fill();
        const text = short(places.length);
        pen.font = `600 ${Math.min(11, (3 * (radius - 4)) / text.length)}px ${this.font}`;
        pen.textAlign = "center";
        pen.textBaseline = "middle";
        pen.fillStyle = this.colours.ink;
        pen.fillText(text, x, y + 0.5);
      }
      this.kept.push({ x, y, half: { x: radius, y: radius } });
    },

    // What is drawn at a point of the layer: {places, bubble}, the nearest first.
    find(point) {
      const at = point.subtract(this._bounds.min);
      const bubble = this.bubbles.find((one) => at.distanceTo([one.x, one.y]) <= one.radius + 2);
      if (bubble) return { places: bubble.places, bubble };
      return { places: this.head ? this._dotsAt(at) : [] };
    },

    _dotsAt(at) {
      const reach = Math.max(this.radius + 4, 9);
      const found = [];
      const [row, column] = [Math.floor(at.y / FIND_CELL), Math.floor(at.x / FIND_CELL)];
      for (let r = Math.max(0, row - 1); r <= Math.min(this.rows - 1, row + 1); r++) {
        for (let c = Math.max(0, column - 1); c <= Math.min(this.columns - 1, column + 1); c++) {
          for (let i = this.head[r * this.columns + c]; i >= 0; i = this.next[i]) {
            const far = Math.hypot(this.x[i] * this.scale - this.origin.x - at.x, this.y[i] * this.scale - this.origin.y - at.y);
            if (far <= reach) found.push({ i, far });
          }
        }
      }
      found.sort((a, b) => a.far - b.far || a.i - b.i);
      return found.filter((one) => one.far <= found[0].far + 3).map((one) => one.i);
    },
  });
})();
