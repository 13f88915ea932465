// The last two minutes of some numbers: a ring of rows that grows up to its capacity.

export const SPAN_MS = 120_000;

export class History {
  // Each row is a time and `width` numbers; one row every `interval` milliseconds.
  constructor(width, interval) {
    this.width = width;
    this.capacity = Math.min(1200, Math.ceil(SPAN_MS / Math.max(interval, 1)) + 2);
    this.length = 0;
    this.first = 0;
    this.reserve(Math.min(16, this.capacity));
  }

  reserve(rows) {
    const times = new Float64Array(rows);
    const values = new Float32Array(rows * this.width);
    for (let row = 0; row < this.length; row += 1) {
      const from = this.place(row);
      times[row] = this.times[from];
      values.set(this.values.subarray(from * this.width, (from + 1) * this.width), row * this.width);
    }
    this.times = times;
    this.values = values;
    this.rows = rows;
    this.first = 0;
  }

  place(row) {
    return (this.first + row) % this.rows;
  }

  push(time, row) {
    while (this.length > 0 && this.times[this.first] < time - SPAN_MS) this.drop();
    if (this.length === this.rows) {
      if (this.rows < this.capacity) this.reserve(Math.min(this.rows * 2, this.capacity));
      else this.drop();
    }
    const at = this.place(this.length);
    this.times[at] = time;
    this.values.set(row, at * this.width);
    this.length += 1;
  }

  drop() {
    this.first = (this.first + 1) % this.rows;
    this.length -= 1;
  }

  // The columns that a chart draws: seconds before `now`, then each number. The last row holds until now.
  columns(now) {
    const result = Array.from({length: this.width + 1}, () => []);
    const add = (time, at) => {
      result[0].push((time - now) / 1000);
      for (let index = 0; index < this.width; index += 1) {
        result[index + 1].push(this.values[at * this.width + index]);
      }
    };
    for (let row = 0; row < this.length; row += 1) add(this.times[this.place(row)], this.place(row));
    if (this.length > 0) {
      const last = this.place(this.length - 1);
      if (this.times[last] < now) add(now, last);
    }
    return result;
  }
}
