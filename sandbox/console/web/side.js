// The column at the right: the story of what was clicked, or the labs. Labs are read, so they get a wider column.

import { $, h, markTabs, say, walkTabs } from "./dom.js";
import { on, store } from "./store.js";

const SIDES = [["story", "Story", "#inspector"], ["labs", "Labs", "#lessons"]];

export function makeSide() {
  const buttons = SIDES.map(([, name, panel], place) => h("button", { id: `side-${place}`, role: "tab", "aria-controls": panel.slice(1), onclick: () => show(place), title: place ? "Labs (l)" : "Story (l)" }, name, h("b")));
  $("#side-tabs").append(...buttons);
  SIDES.forEach(([, , panel], place) => {
    $(panel).setAttribute("role", "tabpanel");
    $(panel).setAttribute("aria-labelledby", `side-${place}`);
  });
  let shown = 0;

  function show(place) {
    shown = place;
    localStorage.setItem("side", SIDES[place][0]);
    document.documentElement.dataset.side = SIDES[place][0];
    SIDES.forEach(([, , panel], each) => ($(panel).hidden = each !== place));
    markTabs(buttons, place);
  }

  walkTabs($("#side-tabs"), buttons, () => shown, show);
  on("selected", () => store.selected && show(0)); // who clicks on the map wants its story
  on("lab", () => {
    const { progress } = store.lab;
    say(buttons[1].lastChild, progress ? `${progress.lab}.${progress.step + 1}` : "");
  });
  show(localStorage.getItem("side") === "labs" ? 1 : 0);
  return { turn: () => (show(1 - shown), buttons[shown].focus()) }; // what had the focus is hidden now
}
