// From degrees to pixels: Miller's cylindrical projection, cut in the Pacific so that both its shores keep their neighbours.

const LEFT = -169; // the Bering Strait
const TOP = 79, BOTTOM = -57;
const miller = (latitude) => 1.25 * Math.log(Math.tan(Math.PI / 4 + 0.4 * latitude * (Math.PI / 180)));
const WIDE = 2 * Math.PI;
export const HEIGHT = (miller(TOP) - miller(BOTTOM)) / WIDE; // the world is 1 wide

/** World coordinates: x from 0 to 1, y from 0 to HEIGHT. */
export function world(longitude, latitude) {
  return [((longitude - LEFT + 720) % 360) / 360, (miller(TOP) - miller(Math.max(-80, latitude))) / WIDE];
}

export class View {
  constructor() {
    this.zoom = 1;
    this.centre = [0.5, HEIGHT / 2];
    this.resize(100, 100);
  }

  resize(width, height) {
    this.width = width;
    this.height = height;
    this.#fit();
  }

  #fit() {
    const whole = Math.min(this.width, (this.height * 0.985) / HEIGHT);
    this.scale = whole * this.zoom;
    const bound = (at, size, room) => (size <= room ? size / 2 : Math.min(size - room / 2, Math.max(room / 2, at)));
    this.centre = [
      bound(this.centre[0], 1, this.width / this.scale),
      bound(this.centre[1], HEIGHT, this.height / this.scale),
    ];
    this.x0 = this.width / 2 - this.centre[0] * this.scale;
    this.y0 = this.height / 2 - this.centre[1] * this.scale;
  }

  at([x, y]) {
    return [this.x0 + x * this.scale, this.y0 + y * this.scale];
  }

  zoomAt(px, py, factor) {
    const [x, y] = [(px - this.x0) / this.scale, (py - this.y0) / this.scale];
    this.zoom = Math.min(12, Math.max(1, this.zoom * factor));
    this.#fit();
    this.centre = [x + (this.width / 2 - px) / this.scale, y + (this.height / 2 - py) / this.scale];
    this.#fit();
  }

  pan(dx, dy) {
    this.centre = [this.centre[0] - dx / this.scale, this.centre[1] - dy / this.scale];
    this.#fit();
  }
}

/** The land as a Path2D in world coordinates. Rings beyond the cut are moved to the other side. */
export function landPath(geojson) {
  const path = new Path2D();
  for (const feature of geojson.features) {
    for (const polygon of feature.geometry.coordinates) {
      for (const ring of polygon) {
        if (ring.every(([, latitude]) => latitude < BOTTOM - 3)) continue;
        const far = ring.reduce((sum, [longitude]) => sum + (longitude < LEFT), 0) > ring.length / 2;
        ring.forEach(([longitude, latitude], place) => {
          const x = far ? (longitude + 360 - LEFT) / 360 : (longitude - LEFT) / 360;
          const y = world(0, latitude)[1];
          if (place) path.lineTo(x, y);
          else path.moveTo(x, y);
        });
        path.closePath();
      }
    }
  }
  return path;
}

/** A bow between two places in pixels: [x0, y0, cx, cy, x1, y1], twice when it goes round the edge of the map. */
export function bows(view, a, b, bend = 0.2) {
  const one = (from, to) => {
    const [x0, y0] = view.at(from), [x1, y1] = view.at(to);
    const dx = x1 - x0, dy = y1 - y0, lift = bend * Math.hypot(dx, dy);
    const up = dx >= 0 ? -1 : 1; // always towards the north
    const length = Math.hypot(dx, dy) || 1;
    return [x0, y0, (x0 + x1) / 2 + (-dy / length) * lift * up, (y0 + y1) / 2 + (dx / length) * lift * up, x1, y1];
  };
  const far = b[0] - a[0];
  if (Math.abs(far) <= 0.5) return [one(a, b)];
  const turn = far > 0 ? -1 : 1;
  return [one(a, [b[0] + turn, b[1]]), one([a[0] - turn, a[1]], b)];
}

export function along(bow, t) {
  const u = 1 - t;
  return [u * u * bow[0] + 2 * u * t * bow[2] + t * t * bow[4], u * u * bow[1] + 2 * u * t * bow[3] + t * t * bow[5]];
}
