// The HTTP API, and nothing but it.

export class ApiError extends Error {}

async function ask(method, path, body) {
  const init = { method, headers: { Accept: "application/json" } };
  if (method === "POST") {
    init.headers["Content-Type"] = "application/json";
    init.body = JSON.stringify(body ?? {});
  }
  let answer;
  try {
    answer = await fetch(`/api/v1${path}`, init);
  } catch {
    throw new ApiError("The console's server does not answer. Does the sandbox run?");
  }
  const value = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new ApiError(value.error?.message ?? `${answer.status} ${answer.statusText}`);
  return value;
}

export const get = (path) => ask("GET", path);
export const post = (path, body) => ask("POST", path, body);
export const enc = encodeURIComponent;

/** The live stream: on[kind](value) for each message; on.link(true|false). The browser comes back by itself. */
export function live(on) {
  const source = new EventSource("/api/v1/live");
  for (const kind of ["hello", "traffic", "latency", "state", "story", "lab"]) {
    source.addEventListener(kind, (event) => on[kind](JSON.parse(event.data)));
  }
  source.addEventListener("open", () => on.link(true));
  source.addEventListener("error", () => {
    on.link(false);
    if (source.readyState === EventSource.CLOSED) setTimeout(() => live(on), 2000);
  });
}
