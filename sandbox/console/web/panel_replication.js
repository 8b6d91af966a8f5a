// Replication: who is how far behind whom, and the writes that lost, with both images side by side.

import { enc, get } from "./api.js";
import { h, ms, plain, rows, seconds, table, time } from "./dom.js";
import { on, store } from "./store.js";

export function replicationPanel() {
  const [whole, body] = table(["table", "from", "to", "#waiting", "#oldest", "#lag p50", "#p99", "state"]);
  const empty = h("p.empty", {}, "No global tables. Make one: ", h("code", {}, "aws dynamodb update-table --table-name T --replica-updates 'Create={RegionName=eu-west-1}'"));
  const title = h("b", {}, "Conflicts");
  const compare = h("button", { onclick: () => diff() }, "What differs now?");
  const detail = h("div");
  const element = h("div.panel.two.replication", {}, h("div.scroll", {}, empty, whole), h("div.scroll", {}, h("div.bar", {}, title, h("span.spacer"), compare), detail));
  let chosen = null, fresh = true, stale = true;
  on("state", () => (fresh = true));
  on("events", (events) => (stale ||= !events || events.some((event) => event.event === "conflicted")));

  async function load() {
    stale = false;
    const found = await get(`/tables/${enc(chosen)}/conflicts?limit=50`).catch((error) => ({ error }));
    title.textContent = `Conflicts of ${chosen}`;
    if (found.error) detail.replaceChildren(h("p.bad", {}, found.error.message));
    else if (!found.conflicts.length) detail.replaceChildren(h("p.empty", {}, "None: no write has lost against one that did not know of it."));
    else detail.replaceChildren(...found.conflicts.reverse().map(conflictOf));
  }

  async function diff() {
    if (!chosen) return;
    const found = await get(`/tables/${enc(chosen)}/diff`).catch((error) => ({ error }));
    title.textContent = `${chosen}, compared now`;
    if (found.error) detail.replaceChildren(h("p.bad", {}, found.error.message));
    else if (!found.differences.length) detail.replaceChildren(h("p.good", {}, `The same in ${found.regions.join(", ")}.`));
    else detail.replaceChildren(...found.differences.map((each) => h("div", {}, h("code", {}, plain(each.key)), h("div.images", {}, Object.entries(each.items).map(([region, item]) => h("div", {}, h("b", {}, region), h("pre", {}, h("code", {}, item ? plain(item) : "-"))))))));
  }

  function draw(must) {
    if (!fresh && !stale && !must) return;
    fresh = false;
    const streams = store.state.replication;
    empty.hidden = streams.length > 0;
    whole.hidden = !streams.length;
    compare.disabled = !streams.length;
    if (!streams.some((stream) => stream.table === chosen)) {
      chosen = streams[0]?.table ?? null;
      stale = true;
      if (!chosen) detail.replaceChildren();
    }
    rows(body, streams.map((stream) => {
      const held = stream.paused ? "paused by fault" : stream.away_s !== null ? `no answer for ${seconds(stream.away_s)}` : "";
      const state = held || (stream.backlog ? "sending" : "in sync");
      return {
        key: `${stream.table} ${stream.from} ${stream.to}`,
        chosen: stream.table === chosen,
        cells: [stream.table, stream.from, stream.to, [stream.backlog, stream.backlog ? "n warn" : "n"], [seconds(stream.oldest_unsent_s), "n"], [ms(stream.lag_p50_ms), "n"], [ms(stream.lag_p99_ms), "n"], [state, held ? "bad" : stream.backlog ? "warn" : "good"]],
      };
    }), { open: (key) => ((chosen = key.split(" ")[0]), (stale = true), draw(true)) });
    if (chosen && stale) load();
  }

  return { element, draw };
}

function conflictOf({ key, winner, loser, at_s }) {
  const side = (kind, title, version) => h(`div.${kind}`, {}, h("b", {}, `${title} ${version.region}`), h("span.faint", {}, ` ${time(version.stamp_us / 1e6)}.${String(version.stamp_us % 1e6).padStart(6, "0")}`), h("pre", {}, h("code", {}, plain(version.item))));
  const margin = winner.stamp_us - loser.stamp_us;
  const why = margin ? `${winner.region} wrote ${(margin / 1000).toFixed(1)} ms later, without having seen the other` : `written in the same microsecond: the later region name wins`;
  return h("div", {}, h("code", {}, plain(key)), h("span.faint", {}, ` ${time(at_s)}`), h("p.quiet", {}, why), h("div.images", {}, side("won", "✓ kept", winner), side("lost", "✗ lost", loser)));
}
