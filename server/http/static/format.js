// Figures and times as people read them.

const KIB = 1024;
const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

/// `least`: the smallest unit to use, in bytes.
export function bytes(value, least = 1) {
  let unit = 0;
  while ((value >= 1000 || KIB ** unit < least) && unit < UNITS.length - 1) {
    value /= KIB;
    ++unit;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}

const MIB = KIB * KIB;
const LEAST_MIB = 0.1; // less is not told apart from nothing

/// An estimate of memory: no more digits than it is good for.
export const memory = (value) => (value < LEAST_MIB * MIB ? `< ${LEAST_MIB} MiB` : bytes(value, MIB));

/// Something per second: 0, 0.4, 12, 1,234.
export function rate(value) {
  if (value === 0) return "0";
  return value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString("en");
}

export const count = (value) => value.toLocaleString("en");

const SPANS = [
  [86400, "d"],
  [3600, "h"],
  [60, "min"],
];

export function duration(seconds) {
  for (const [span, unit] of SPANS) {
    if (seconds >= span) return `${Math.floor(seconds / span)} ${unit}`;
  }
  return `${Math.max(0, Math.floor(seconds))} s`;
}

const NOW_SECONDS = 5;
export const ago = (seconds) => (seconds < NOW_SECONDS ? "now" : `${duration(seconds)} ago`);

const SHORT_ID = 8;
export const shortId = (id) => id.slice(0, SHORT_ID);
