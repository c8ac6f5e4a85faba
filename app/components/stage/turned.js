// TURNED: three axes seen from a side that a hand chooses; what is far is smaller and fainter.

const CORNERS = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => [i & 1, (i >> 1) & 1, (i >> 2) & 1]);
const EDGES = CORNERS.flatMap((one, i) => CORNERS.flatMap((other, k) => (k > i && one.filter((v, axis) => v !== other[axis]).length === 1 ? [[i, k]] : [])));
const AWAY = 0.22; // how much nearer things are larger

export class Turned {
  constructor(ctx, family, width, height, { yaw, pitch }) {
    Object.assign(this, { ctx, deep: true });
    this.rect = { left: 0, top: 0, width, height };
    this.ranges = [family.x, family.y, family.z];
    this.middle = this.ranges.map(([low, high]) => (low + high) / 2);
    this.half = Math.max(...this.ranges.map(([low, high]) => high - low)) / 2 || 1;
    const radius = Math.hypot(...this.ranges.map(([low, high]) => (high - low) / 2)) / this.half;
    this.scale = (Math.min(width, height) * 0.55) / radius;
    [this.sin, this.cos] = [Math.sin(yaw), Math.cos(yaw)];
    [this.down, this.flat] = [Math.sin(pitch), Math.cos(pitch)];
  }

  // The third axis points up; far is 0 in front and 1 behind.
  place(at) {
    const [x, y, z] = at.map((v, i) => (v - this.middle[i]) / this.half);
    const across = x * this.cos - y * this.sin, away = x * this.sin + y * this.cos;
    const up = z * this.flat + away * this.down, depth = away * this.flat - z * this.down;
    const size = this.scale / (1 + AWAY * depth), { width, height } = this.rect;
    return { x: width / 2 + across * size, y: height / 2 - up * size, far: Math.min(Math.max((depth + 1.4) / 2.8, 0), 1) };
  }

  // The box around everything.
  drawGround(roles) {
    const { ctx } = this, corners = CORNERS.map((one) => this.place(one.map((end, axis) => this.ranges[axis][end])));
    for (const [i, k] of EDGES) {
      ctx.strokeStyle = roles.mark("mute");
      ctx.globalAlpha = 0.5 - 0.35 * Math.max(corners[i].far, corners[k].far);
      ctx.lineWidth = 1;
      ctx.beginPath();
      ctx.moveTo(corners[i].x, corners[i].y);
      ctx.lineTo(corners[k].x, corners[k].y);
      ctx.stroke();
    }
    ctx.globalAlpha = 1;
  }

  drawLabels() {}
}
