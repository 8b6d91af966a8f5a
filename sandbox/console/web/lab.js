// One lab: a step at a time, with its lines, its question, its hint on demand, and the checkpoint below.
// The foot has a fixed height: what a checkpoint says moves nothing.

import { post } from "./api.js";
import { h, say } from "./dom.js";
import { prose, toType, words } from "./prose.js";
import { off, on, store } from "./store.js";

const SETTLED_MS = 1500;

/** Until the stream says that nothing is being done: then it has said what came of it, too. */
function settled() {
  return new Promise((resolve) => {
    const told = () => !store.lab.doing && end();
    const patience = setTimeout(() => end(), SETTLED_MS);
    const end = () => (off("lab", told), clearTimeout(patience), resolve());
    on("lab", told);
  });
}

export class LabView {
  constructor(lab, labs, lessons, at) {
    this.lab = lab;
    this.labs = labs;
    this.lessons = lessons;
    this.isAsking = false;
    this.isSure = false;
    this.refused = "";
    this.at = at ?? (this.underWay() ? Math.min(this.step(), lab.parts.length - 1) : -1); // -1: the introduction
    this.seen = this.step();
  }

  underWay() {
    return store.lab.progress?.lab === this.lab.number;
  }

  /** The present step; -1 when this lab is not under way. */
  step() {
    return this.underWay() ? store.lab.progress.step : -1;
  }

  parts() {
    const { lab } = this;
    this.pills = lab.parts.map((part, place) => h("button", { title: part.title, onclick: () => this.show(place), data: { step: place + 1 } }, place + 1));
    this.pills.unshift(h("button", { title: "What it is about", onclick: () => this.show(-1), data: { step: 0 } }, "i"));
    this.body = h("div.body.prose", { lang: lab.language, tabIndex: 0, "aria-label": "Step" });
    this.main = h("button.main", { onclick: () => this.press(), data: { act: "main" } });
    this.again = h("button", { onclick: () => this.restart(), data: { act: "reset" } });
    this.doing = h("span.doing", { "aria-hidden": "true" });
    this.result = h("div.result", { role: "status", "aria-live": "polite", tabIndex: 0, "aria-label": "What the checkpoint saw" });
    this.draw();
    return [
      this.lessons.head(`${lab.number}. ${lab.title}`, lab.languages.length > 1 ? lab.languages : [], true),
      h("div.steps", { role: "group", "aria-label": "Steps" }, this.pills),
      this.body,
      h("div.foot", {}, h("div.bar", {}, this.main, this.again, this.doing), this.result),
    ];
  }

  /** Look at a step; those to come can be read too. */
  show(place) {
    this.at = place;
    this.refused = "";
    this.isSure = false;
    this.draw();
    this.body.scrollTop = 0;
  }

  told() {
    const step = this.step();
    if (step !== this.seen) {
      const isNext = this.seen >= 0 && step === this.seen + 1 && this.at === this.seen; // it passed: its answer is read first
      this.seen = step;
      this.refused = "";
      if (!isNext) this.at = step < 0 ? -1 : Math.min(step, this.lab.parts.length - 1);
      this.draw();
      return;
    }
    this.drawFoot();
  }

  draw() {
    const { lab } = this, step = this.step();
    this.pills.forEach((pill, each) => {
      const place = each - 1, isDone = step > place && place >= 0;
      pill.className = isDone ? "done" : place === step ? "now" : "";
      pill.setAttribute("aria-current", place === this.at ? "step" : "false");
      pill.setAttribute("aria-label", place < 0 ? "Introduction" : `Step ${place + 1}, ${isDone ? "done" : place === step ? "the present one" : "to come"}`);
    });
    this.body.replaceChildren(...(this.at < 0 ? this.introduction() : this.stepText(lab.parts[this.at], step > this.at)));
    this.drawFoot();
  }

  introduction() {
    const { lab, labs } = this, fresh = !this.underWay();
    return [
      ...prose(lab.intro),
      h("p", {}, h("b", {}, "In your shell, once:")),
      toType(labs.shell),
      h("p.quiet", {}, `${lab.minutes} minutes, ${lab.parts.length} steps, in ${lab.regions.join(", ")}.`),
      lab.pace ? h("p.warn", {}, lab.pace) : null,
      lab.missing.length ? h("p.bad", {}, `${lab.missing.join(", ")} does not run here: sandbox down, then sandbox up -d --speed 10 --regions ${lab.regions.join(",")}`) : null,
      fresh ? h("p.why", {}, "Starting a lab empties the sandbox: no AWS resources, no faults. ", lab.before.length ? "Then it types what the lab takes for granted:" : "") : null,
      lab.before.length ? h("details", {}, h("summary", {}, "Typed for you"), lab.before.map((line) => h("pre.shown", {}, line))) : null,
    ].filter(Boolean);
  }

  stepText(part, isDone) {
    return [
      h("h3.title", {}, `${this.at + 1}. ${part.title}`),
      ...prose(part.body),
      part.question.length ? h("p.question", {}, h("b", {}, "? "), words(part.question)) : null,
      isDone && part.answer.length ? h("p.answer", {}, h("b", {}, "✓ "), words(part.answer)) : null,
      h("p.quiet", {}, h("b", {}, "Done when: "), words(part.checkpoint)),
      h("details", { data: { act: "hint" } }, h("summary", {}, "Hint"), h("p", {}, words(part.hint))),
    ].filter(Boolean);
  }

  /** What the big button does now: [its words, the work]. */
  next() {
    const step = this.step(), last = this.lab.parts.length - 1;
    if (step < 0) return [this.isSure ? "Yes, empty it and start" : "Start this lab", () => this.begin()];
    if (this.at < 0 || this.at > step) return ["To the present step", () => this.show(Math.min(step, last))];
    if (this.at === step) return ["Check", () => this.check()];
    if (this.at < last) return [this.at + 1 === step ? "Next step" : "Go on", () => this.show(this.at + 1)];
    return ["All labs", () => this.lessons.go(null)];
  }

  press() {
    if (!this.isAsking && !store.lab.doing) this.next()[1]();
  }

  drawFoot() {
    const { doing, checked, progress } = store.lab, isBusy = Boolean(doing) || this.isAsking;
    say(this.main, this.next()[0]);
    this.main.setAttribute("aria-disabled", String(isBusy));
    say(this.again, this.isSure && this.underWay() ? "Yes, empty it" : "Begin again");
    this.again.style.visibility = this.underWay() ? "visible" : "hidden";
    this.again.setAttribute("aria-disabled", String(isBusy));
    say(this.doing, isBusy ? "..." : "");
    const isOurs = checked && checked.lab === this.lab.number && checked.step === this.at && this.underWay();
    const isFresh = isOurs && (checked.passed ? checked.step < progress.step && checked.progress.began_at_s <= progress.began_at_s : checked.began_at_s === progress.began_at_s);
    const key = JSON.stringify([this.refused, isFresh ? checked : null, this.at, this.step(), this.isSure, doing]);
    if (key === this.drawn) return;
    this.drawn = key;
    this.result.className = `result${isFresh && !doing ? (checked.passed ? " passed" : " failed") : ""}`;
    this.result.replaceChildren(...(doing ? [h("p.quiet", {}, doing.startsWith("$") ? h("code", {}, doing) : `${doing} ...`)] : this.saw(isFresh ? checked : null)));
  }

  saw(checked) {
    const step = this.step(), isOver = step >= this.lab.parts.length;
    if (this.refused) return [h("p.bad", {}, this.refused)];
    const over = isOver && this.at === this.lab.parts.length - 1 ? h("p.good", {}, h("b", {}, "This lab is done.")) : null;
    if (checked) return [over, ...checked.checks.map((each) => h(each.passed ? "p.good" : "p.bad", {}, h("b", {}, each.passed ? "✓ " : "not yet  "), each.said)), checked.passed ? null : h("p.quiet", {}, "Wanted: ", words(checked.wanted))].filter(Boolean);
    if (over) return [over];
    if (step < 0) return [h("p.quiet", {}, this.isSure ? "All that was made in this sandbox goes." : "Read first if you like: every step can be opened.")];
    if (this.at === step) return [h("p.quiet", {}, "Type the lines, then check: it looks at the running sandbox. ", h("code", {}, "sandbox lab check"), " does the same.")];
    return [h("p.quiet", {}, this.at < step ? "This step is done." : "")];
  }

  async check() {
    await this.ask(() => post(`/labs/${this.lab.number}/check`, { step: this.at }));
  }

  async begin() {
    if (!this.isSure) {
      this.isSure = true;
      this.drawFoot();
      return;
    }
    this.isSure = false;
    const progress = await this.ask(() => post(`/labs/${this.lab.number}/start`, { language: this.lessons.language, yes: true }));
    if (progress) this.show(0);
  }

  async restart() {
    if (this.isAsking || store.lab.doing) return;
    if (!this.isSure) {
      this.isSure = true;
      this.drawFoot();
      return;
    }
    this.isSure = false;
    const progress = await this.ask(() => post(`/labs/${this.lab.number}/reset`));
    if (progress) this.show(0);
  }

  /** One question to the sandbox; what it refuses is told at the foot. */
  async ask(work) {
    this.isAsking = true;
    this.isSure = false;
    this.refused = "";
    this.drawFoot();
    try {
      const found = await work();
      await settled();
      return found;
    } catch (error) {
      this.refused = error.message;
      return null;
    } finally {
      this.isAsking = false;
      this.drawFoot();
    }
  }
}
