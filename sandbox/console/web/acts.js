// What one can do: break, heal, look at something. Errors are told at the top of the page.

import { post } from "./api.js";
import { toast } from "./dom.js";
import { store, tell } from "./store.js";

export async function act(work, done) {
  try {
    const value = await work();
    if (done) toast(typeof done === "function" ? done(value) : done);
    return value;
  } catch (error) {
    toast(error.message, { bad: true });
    return null;
  }
}

export const heal = (id) => act(() => post(`/faults/${encodeURIComponent(id)}/heal`), (found) => (found.healed.length ? `Healed: ${found.healed.map((fault) => fault.id).join(", ")}` : "Nothing was broken"));

export async function inject(kind, target, parameters = {}, for_s = null) {
  const fault = await act(() => post("/faults", { kind, target, parameters, for_s }));
  if (fault) toast(`${fault.why}${for_s ? `, for ${for_s} s` : ""}`, { act: { name: "Heal", run: () => heal(fault.id) } });
  return fault;
}

export function select(thing) {
  const same = JSON.stringify(thing) === JSON.stringify(store.selected);
  store.selected = thing;
  if (!same) tell("selected");
}
