// What a clock shows at a moment, and how time left is said: pure, and the same as `read_clock` and `short_time` of the server
// (src/tocsin/incidents/rules.py); a test runs both.

export type State = "ok" | "warn" | "urgent" | "breach" | "pause";

export interface Reading {
  state: State;
  left: number; // seconds, negative when late
  used: number; // fraction of the target, 0 to 1
}

// What a clock shows at a moment (seconds since 1970). `warnings` are fractions of the target, in rising order.
export function read(now: number, start: number, due: number, warnings: number[], paused: number | null): Reading {
  const at = paused ?? now;
  const left = due - at;
  const whole = due - start;
  const used = whole > 0 ? Math.min(1, Math.max(0, (at - start) / whole)) : 1;
  if (paused !== null) return { state: "pause", left, used };
  if (left < 0) return { state: "breach", left, used: 1 };
  const passed = warnings.filter((warning) => used >= warning).length;
  const state = passed === 0 ? "ok" : passed >= warnings.length && passed > 1 ? "urgent" : "warn";
  return { state, left, used };
}

// `4:12` under ten minutes, `47m`, `1h 22m`, `2d 7h`; late `−0:12`, then `−1m`.
export function short(seconds: number): string {
  const sign = seconds < 0 ? "−" : "";
  const left = Math.abs(Math.trunc(seconds));
  const minutes = Math.trunc(left / 60);
  if (left < (seconds < 0 ? 60 : 600)) return `${sign}${Math.trunc(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  if (minutes < 60) return `${sign}${minutes}m`;
  if (minutes < 1440) return `${sign}${Math.trunc(minutes / 60)}h ${String(minutes % 60).padStart(2, "0")}m`;
  return `${sign}${Math.trunc(minutes / 1440)}d ${Math.trunc((minutes % 1440) / 60)}h`;
}

// `1:22:41`, for the large clock; past a day as `short` says it.
export function long(seconds: number): string {
  const left = Math.abs(Math.trunc(seconds));
  if (left >= 86_400) return short(seconds);
  const parts = [Math.trunc(left / 3600), Math.trunc((left % 3600) / 60), left % 60];
  const text = parts.map((part, place) => (place ? String(part).padStart(2, "0") : String(part))).join(":");
  return seconds < 0 ? `−${text}` : text;
}
