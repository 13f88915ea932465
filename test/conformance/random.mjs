// What the generators of programs draw from: splitmix64, the same for the same seed.
export function randomOf(seed) {
  let state = BigInt(seed) * 0x9e3779b97f4a7c15n & 0xffffffffffffffffn;
  function random() {
    state = state + 0x9e3779b97f4a7c15n & 0xffffffffffffffffn;
    let z = state;
    z = (z ^ z >> 30n) * 0xbf58476d1ce4e5b9n & 0xffffffffffffffffn;
    z = (z ^ z >> 27n) * 0x94d049bb133111ebn & 0xffffffffffffffffn;
    return Number((z ^ z >> 31n) >> 11n) / 2 ** 53;
  }
  const below = (n) => Math.floor(random() * n);
  return { random, below, chance: (p) => random() < p, pick: (list) => list[below(list.length)] };
}

export const times = (n, fn) => Array.from({ length: n }, fn);
