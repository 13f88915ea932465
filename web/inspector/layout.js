// The places of the vessels: cells of a grid, from source to destination. A vessel that appears takes a free cell
// and moves no other; only a vessel that gets a new source may move, to stand after it.

export class Layout {
  constructor() {
    this.clear();
  }

  clear() {
    this.cells = new Map();  // key: {column, row}
    this.taken = new Map();  // "column,row": key
    this.widths = new Map();  // row: the width of the components in it
  }

  get size() {
    let columns = 0;
    let rows = 0;
    for (const {column, row} of this.cells.values()) {
      columns = Math.max(columns, column + 1);
      rows = Math.max(rows, row + 1);
    }
    return {columns, rows};
  }

  // Frees the cells of vertices that are gone, and places the new ones. `columns` fit side by side; with one
  // column, the vessels stand in a list, each component from source to destination.
  arrange(vertices, columns) {
    for (const key of [...this.cells.keys()]) {
      if (!vertices.has(key)) this.free(key);
    }
    const ranks = rank(vertices);
    const ordered = [...vertices.values()].sort((one, other) => ranks.get(one.key) - ranks.get(other.key));
    if (columns > 1) this.extend(ordered, vertices, ranks);
    const blocks = components(vertices, this.cells, ranks);
    for (const block of blocks.filter((one) => one.cells.size > 1)) this.place(block, columns);
    for (const block of blocks.filter((one) => one.cells.size === 1)) this.place(block, columns);
  }

  free(key) {
    const {column, row} = this.cells.get(key);
    this.cells.delete(key);
    this.taken.delete(`${column},${row}`);
    for (const cell of this.cells.values()) {
      if (cell.row === row) return;
    }
    this.widths.delete(row);
  }

  put(key, column, row) {
    this.cells.set(key, {column, row});
    this.taken.set(`${column},${row}`, key);
  }

  // Places what belongs to a component that has cells.
  extend(ordered, vertices, ranks) {
    for (const vertex of ordered) {
      const cell = this.cells.get(vertex.key);
      const own = ranks.get(vertex.key);
      const before = [...vertex.from].filter((key) => ranks.get(key) < own && this.cells.has(key));
      const least = before.reduce((most, key) => Math.max(most, this.cells.get(key).column + 1), 0);
      if (cell && cell.column >= least) continue;
      const after = [...vertex.to].filter((key) => ranks.get(key) > own && this.cells.has(key));
      if (cell) {
        this.free(vertex.key);
        this.putNear(vertex.key, least, cell.row, before);
      } else if (before.length > 0) {
        this.putNear(vertex.key, least, this.cells.get(before[0]).row, before);
      } else if (after.length > 0) {
        const next = this.cells.get(after[0]);
        this.putNear(vertex.key, Math.max(0, next.column - 1), next.row, before);
      }
    }
  }

  // The first free cell from `row` down which does not look like the continuation of another chain.
  putNear(key, column, row, before) {
    for (;; row += 1) {
      if (this.taken.has(`${column},${row}`)) continue;
      const left = this.taken.get(`${column - 1},${row}`);
      if (left === undefined || before.includes(left)) break;
    }
    this.put(key, column, row);
  }

  place({cells, width, height}, columns) {
    if (columns === 1) {
      for (const key of cells.keys()) {
        let row = 0;
        while (this.taken.has(`0,${row}`)) row += 1;
        this.put(key, 0, row);
      }
      return;
    }
    const {column, row} = this.findRoom(width, height, columns);
    for (const [key, cell] of cells) this.put(key, column + cell.column, row + cell.row);
    for (let line = row; line < row + height; line += 1) this.widths.set(line, width);
  }

  findRoom(width, height, columns) {
    for (let row = 0;; row += 1) {
      for (let column = 0; column === 0 || column + width <= columns; column += width) {
        if (this.hasRoom(column, row, width, height)) return {column, row};
      }
    }
  }

  // Rows have components of one width, so that those side by side are told apart.
  hasRoom(column, row, width, height) {
    for (let line = row; line < row + height; line += 1) {
      if (this.widths.has(line) && this.widths.get(line) !== width) return false;
      for (let place = column; place < column + width; place += 1) {
        if (this.taken.has(`${place},${line}`)) return false;
      }
    }
    return true;
  }
}

// The longest way from a source, without edges that lead back; a source stands right before its destination.
function rank(vertices) {
  const ranks = new Map();
  const open = new Set();
  const visit = (vertex) => {
    if (ranks.has(vertex.key)) return ranks.get(vertex.key);
    open.add(vertex.key);
    let result = 0;
    for (const key of vertex.from) {
      if (!open.has(key) && !vertices.get(key).back.has(vertex.key)) result = Math.max(result, visit(vertices.get(key)) + 1);
    }
    open.delete(vertex.key);
    ranks.set(vertex.key, result);
    return result;
  };
  for (const vertex of vertices.values()) visit(vertex);
  for (const vertex of vertices.values()) {
    if (vertex.from.size > 0 || vertex.to.size === 0) continue;
    const next = [...vertex.to].filter((key) => !vertex.back.has(key)).map((key) => ranks.get(key));
    if (next.length > 0) ranks.set(vertex.key, Math.max(0, Math.min(...next) - 1));
  }
  return ranks;
}

// The components that have no cell yet, each laid out on its own: a first destination continues the row of its
// source, others begin a row.
function components(vertices, placed, ranks) {
  const blocks = [];
  const seen = new Set(placed.keys());
  for (const start of vertices.values()) {
    if (seen.has(start.key)) continue;
    const members = reach(start, vertices, seen);
    members.sort((one, other) => ranks.get(one.key) - ranks.get(other.key));
    const first = ranks.get(members[0].key);
    const cells = new Map();
    let height = 0;
    const visit = (vertex, row) => {
      if (placed.has(vertex.key) || cells.has(vertex.key)) return false;
      cells.set(vertex.key, {column: ranks.get(vertex.key) - first, row});
      height = Math.max(height, row + 1);
      let next = row;
      for (const key of vertex.to) {
        if (visit(vertices.get(key), next)) next = height;
      }
      return true;
    };
    for (const member of members) visit(member, height);
    const width = Math.max(...[...cells.values()].map((cell) => cell.column)) + 1;
    blocks.push({cells, width, height});
  }
  return blocks;
}

function reach(start, vertices, seen) {
  const members = [];
  const waiting = [start];
  seen.add(start.key);
  while (waiting.length > 0) {
    const vertex = waiting.pop();
    members.push(vertex);
    for (const key of [...vertex.from, ...vertex.to]) {
      if (seen.has(key)) continue;
      seen.add(key);
      waiting.push(vertices.get(key));
    }
  }
  return members;
}
