// Numbers as people read them. Each function keeps the width of its result nearly constant, so that nothing moves.

const BYTE_UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
const NUMBER = new Intl.NumberFormat("en", {maximumFractionDigits: 0});

export function count(value) {
  return NUMBER.format(value);
}

export function bytes(value) {
  let unit = 0;
  while (value >= 1023.5 && unit < BYTE_UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  if (unit === 0) return `${Math.round(value)} B`;
  return `${value.toFixed(value < 99.95 ? 1 : 0)} ${BYTE_UNITS[unit]}`;
}

export function amount(value, inObjects) {
  return inObjects ? count(value) : bytes(value);
}

export function rate(value, inObjects) {
  return `${amount(value, inObjects)}/s`;
}

export function percent(share) {
  return `${Math.round(share * 100)} %`;
}

// In whole seconds.
export function age(value) {
  return value < 60_000 ? `${Math.floor(value / 1000)} s` : milliseconds(value);
}

export function milliseconds(value) {
  if (value === 0) return "0 ms";
  if (value < 0.995) return `${value.toFixed(2)} ms`;
  if (value < 9.95) return `${value.toFixed(1)} ms`;
  if (value < 999.5) return `${Math.round(value)} ms`;
  const seconds = value / 1000;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
