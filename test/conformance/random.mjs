const mask = 0xffffffffffffffffn;
const step = 0x9e3779b97f4a7c15n;

// The finalizer of splitmix64.
function mixed(z) {
  z = (z ^ z >> 30n) * 0xbf58476d1ce4e5b9n & mask;
  z = (z ^ z >> 27n) * 0x94d049bb133111ebn & mask;
  return z ^ z >> 31n;
}

// The random numbers of the generators: splitmix64, the same for the same seed. The first state is
// mixed as well: from multiples of `step`, seeds n and n + 1 would give one sequence, moved by one.
export function randomOf(seed) {
  let state = mixed(BigInt(seed) * step & mask);
  function random() {
    state = state + step & mask;
    return Number(mixed(state) >> 11n) / 2 ** 53;
  }
  const below = (n) => Math.floor(random() * n);
  return { random, below, chance: (p) => random() < p, pick: (list) => list[below(list.length)] };
}

export const times = (n, fn) => Array.from({ length: n }, fn);
