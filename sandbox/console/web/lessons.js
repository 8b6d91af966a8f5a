// Labs, the leader's guide and the drills: what there is, how far one is, and the way into each.

import { act } from "./acts.js";
import { enc, get, post } from "./api.js";
import { h } from "./dom.js";
import { LabView } from "./lab.js";
import { prose, toType } from "./prose.js";
import { on, store } from "./store.js";

export class Lessons {
  constructor(element) {
    this.element = element;
    this.language = localStorage.getItem("language") ?? "en";
    this.open = JSON.parse(localStorage.getItem("lesson") ?? "null"); // null: the list; {lab: 1} or {guide: true}
    this.turn = 0;
    this.view = null;
    this.known = "";
    this.spoken = null; // the language of the lab that is under way
    on("lab", () => this.told());
    this.load();
  }

  /** Show the list, a lab or the guide; a reload shows it again. */
  go(open) {
    this.open = open;
    localStorage.setItem("lesson", JSON.stringify(open));
    this.load().then(() => this.element.querySelector("h2")?.focus());
  }

  speak(language) {
    this.language = language;
    localStorage.setItem("language", language);
    const { progress } = store.lab;
    if (this.open?.lab && progress?.lab === this.open.lab && progress.language !== language) act(() => post(`/labs/${progress.lab}/language`, { language }));
    return this.load();
  }

  async load() {
    const turn = ++this.turn, language = enc(this.language);
    try {
      const labs = await get(`/labs?language=${language}`);
      const page = this.open?.lab ? await get(`/labs/${this.open.lab}?language=${language}`) : this.open?.guide ? await get(`/guide?language=${language}`) : await get("/drills");
      if (turn !== this.turn) return;
      this.known = knownOf();
      this.labs = labs;
      const at = this.view?.lab.number === this.open?.lab ? this.view?.at : undefined;
      this.view = this.open?.lab ? new LabView(page, labs, this, at) : null;
      this.element.replaceChildren(...(this.view ? this.view.parts() : this.open?.guide ? this.guide(page) : this.list(page)));
    } catch (error) {
      if (turn === this.turn) this.element.replaceChildren(this.head("Labs", []), h("div.body", {}, h("p.bad", {}, error.message), h("button", { onclick: () => this.load() }, "Try again")));
    }
  }

  /** The stream says something of the labs: here, in another browser, or by `sandbox lab`. */
  told() {
    const { progress } = store.lab;
    const spoken = progress && progress.lab === this.open?.lab ? progress.language : null;
    if (spoken && spoken !== this.spoken && spoken !== this.language) {
      this.spoken = spoken;
      this.speak(spoken);
      return;
    }
    this.spoken = spoken;
    if (this.view) this.view.told();
    else if (!this.open && knownOf() !== this.known) this.load();
  }

  head(title, languages, back = null) {
    const choice = languages.length > 1 ? h("div.languages", { role: "group", "aria-label": "Language" }, languages.map((language) => h("button", { lang: language, "aria-pressed": String(language === this.language), data: { language }, onclick: () => this.speak(language) }, language.toUpperCase()))) : null;
    return h("div.head", {}, h("div.bar", {}, back ? h("button.plain", { onclick: () => this.go(null), data: { act: "back" } }, "‹ all labs") : null, h("span.spacer"), choice), h("h2", { tabIndex: -1 }, title));
  }

  list(drills) {
    const row = (lab) => h("button.lab", { onclick: () => this.go({ lab: lab.number }), data: { lab: lab.number } }, h("b", {}, lab.number), h("span", {}, lab.title, lab.missing.length ? h("small", {}, `needs ${lab.missing.join(", ")}`) : null), h("small", {}, `${lab.minutes} min`), stateOf(lab));
    const drill = (each) => h("li", {}, h("b", {}, each.name), h("span.quiet", {}, ` ${each.length_s} s. ${each.says}`), toType(each.line));
    return [
      this.head("Learn by doing", this.labs.languages),
      h("div.body", {},
        store.lab.wrong ? h("p.bad", {}, store.lab.wrong) : null,
        h("div.labs", {}, this.labs.labs.map(row)),
        h("p", {}, h("button", { onclick: () => this.go({ guide: true }), data: { act: "guide" } }, "Guide for who leads a workshop")),
        h("h3", {}, "Drills"),
        h("p.quiet", {}, "“What are our RTO and RPO?”, answered with a file. Each runs in a sandbox of its own and writes a report."),
        h("ul.drills", {}, drills.map(drill))),
    ];
  }

  guide(guide) {
    const [title, ...blocks] = guide.blocks;
    return [this.head(title.spans.map((span) => span.text).join(""), this.labs.languages, true), h("div.body.prose", { lang: guide.language, tabIndex: 0 }, prose(blocks))];
  }
}

function knownOf() {
  const { progress, wrong } = store.lab;
  return progress ? `${progress.lab} ${progress.step} ${progress.finished}` : wrong;
}

function stateOf(lab) {
  const { progress } = store.lab;
  if (progress?.lab === lab.number && progress.step < lab.steps.length) return h("em.now", {}, `step ${progress.step + 1} of ${lab.steps.length}`);
  return lab.finished ? h("em.good", {}, "✓ done") : h("em", {}, `${lab.steps.length} steps`);
}
