// PAINTER: a mask by hand, cell by cell or with a brush, begun from what is there.
import { clamp } from "./mixing.js";

export class Painter {
  constructor(pad) {
    this.pad = pad;
    this.cursor = { row: 0, column: 0 };
  }

  // The cells as they are now; a mask that has none is read at the middles of a fine grid.
  grid() {
    const { model, place, data, n } = this.pad;
    const shape = place.by === "cells" ? place.cells : model.now;
    if (shape.kind === "cells") return shape;
    const side = data.terms.grid, { mask } = model.frame(place).at;
    const keep = new Uint8Array(side * side), step = n / side;
    for (let i = 0; i < keep.length; i++) {
      const y = Math.floor((Math.floor(i / side) + 0.5) * step), x = Math.floor(((i % side) + 0.5) * step);
      keep[i] = mask[y * n + x] >= 0.5 ? 1 : 0;
    }
    return { kind: "cells", rows: side, columns: side, keep };
  }

  #sides(grid) {
    return [Math.ceil(this.pad.n / grid.rows), Math.ceil(this.pad.n / grid.columns)];
  }

  cell({ x, y }, grid) {
    const [high, wide] = this.#sides(grid);
    return { row: clamp(Math.floor(y / high), 0, grid.rows - 1), column: clamp(Math.floor(x / wide), 0, grid.columns - 1) };
  }

  // What a stroke that begins here paints: the other photo than the one that is there.
  other(point) {
    const grid = this.grid(), { row, column } = this.cell(point, grid);
    return grid.keep[row * grid.columns + column] ? 0 : 1;
  }

  paint(point, value) {
    const grid = this.grid(), keep = grid.keep.slice();
    this.cursor = this.cell(point, grid);
    if (this.pad.tool === "cells") keep[this.cursor.row * grid.columns + this.cursor.column] = value;
    else this.#stroke(point, value, grid, keep);
    if (this.pad.place.by === "cells" && keep.every((v, i) => v === grid.keep[i])) return;
    this.pad.move({ by: "cells", cells: { ...grid, keep } });
  }

  #stroke(point, value, grid, keep) {
    const [high, wide] = this.#sides(grid), radius = this.#radius();
    for (let i = 0; i < keep.length; i++) {
      const y = (Math.floor(i / grid.columns) + 0.5) * high, x = ((i % grid.columns) + 0.5) * wide;
      if (Math.hypot(y - point.y, x - point.x) <= radius) keep[i] = value;
    }
  }

  clear() {
    const grid = this.grid();
    this.pad.move({ by: "cells", cells: { ...grid, keep: new Uint8Array(grid.keep.length).fill(1) } });
  }

  #radius() {
    return (this.pad.state.radius + 0.5) * (this.pad.n / this.pad.data.terms.grid);
  }

  // The middle of the cell that the keyboard is at.
  point() {
    const [high, wide] = this.#sides(this.grid());
    return { x: (this.cursor.column + 0.5) * wide, y: (this.cursor.row + 0.5) * high };
  }

  // To the next cell; says where that is and whose it is.
  walk(dy, dx) {
    const grid = this.grid(), row = clamp(this.cursor.row + dy, 0, grid.rows - 1);
    const column = clamp(this.cursor.column + dx, 0, grid.columns - 1);
    this.cursor = { row, column };
    return `row ${row + 1}, column ${column + 1}: ${this.pad.data.names[grid.keep[row * grid.columns + column] ? 0 : 1]}`;
  }

  // What is drawn over the picture: the grid and a cell of it, or the round of the brush.
  marks(point, focused) {
    const { tool, holding } = this.pad;
    if (!tool || !(point || focused || holding)) return {};
    if (tool === "brush") return { brush: { ...(point ?? this.point()), radius: this.#radius() } };
    const grid = this.grid();
    return { grid, cell: focused ? this.cursor : point && this.cell(point, grid) };
  }
}
