const SIZE = 624;
const SHIFT = 397;

/**
 * The draws of CPython's `random.Random(seed).random`, in [0, 1), for a seed that is a safe integer. Its sign is
 * ignored, as CPython does.
 */
export function pythonRandom(seed: number): () => number {
  const state = seedByArray(wordsOf(Math.abs(seed)));
  let index = SIZE;

  const nextWord = (): number => {
    if (index === SIZE) {
      twist(state);
      index = 0;
    }
    let word = at(state, index++);
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  };

  // 53 bits: the upper 27 of one word and the upper 26 of the next.
  return () => ((nextWord() >>> 5) * 2 ** 26 + (nextWord() >>> 6)) / 2 ** 53;
}

// Matsumoto and Nishimura, mt19937ar: init_genrand, init_by_array and genrand_int32.
function seedByArray(key: readonly number[]): Uint32Array {
  const state = new Uint32Array(SIZE);
  state[0] = 19650218;
  for (let i = 1; i < SIZE; i++) state[i] = Math.imul(1812433253, mixed(state, i)) + i;
  let i = 1;
  const wrap = () => {
    i++;
    if (i < SIZE) return;
    state[0] = at(state, SIZE - 1);
    i = 1;
  };
  for (let k = 0; k < Math.max(SIZE, key.length); k++) {
    const j = k % key.length;
    state[i] = (at(state, i) ^ Math.imul(mixed(state, i), 1664525)) + (key[j] ?? 0) + j;
    wrap();
  }
  for (let k = 1; k < SIZE; k++) {
    state[i] = (at(state, i) ^ Math.imul(mixed(state, i), 1566083941)) - i;
    wrap();
  }
  state[0] = 0x80000000;
  return state;
}

function twist(state: Uint32Array): void {
  for (let i = 0; i < SIZE; i++) {
    const word = (at(state, i) & 0x80000000) | (at(state, (i + 1) % SIZE) & 0x7fffffff);
    state[i] = at(state, (i + SHIFT) % SIZE) ^ (word >>> 1) ^ (word & 1 ? 0x9908b0df : 0);
  }
}

function mixed(state: Uint32Array, i: number): number {
  const previous = at(state, i - 1);
  return previous ^ (previous >>> 30);
}

function at(state: Uint32Array, i: number): number {
  return state[i] ?? 0;
}

/** Least significant first. */
function wordsOf(value: number): number[] {
  const high = Math.floor(value / 2 ** 32);
  return high === 0 ? [value >>> 0] : [value >>> 0, high];
}
