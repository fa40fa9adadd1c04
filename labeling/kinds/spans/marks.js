// The marks on one text: spans and relations in UTF-16 units, read from an answer and written as one.

/** @typedef {{start: number, end: number, label: string, tag: string, look: string, level?: number, letters?: string}} Span */
/** @typedef {{from: Span, to: Span, label: string}} Relation */

/** @param {Span} a @param {Span} b */
const order = (a, b) => a.start - b.start || a.end - b.end || (a.label < b.label ? -1 : a.label > b.label ? 1 : 0);
/** @param {{start: number, end: number, label: string}} span */
export const keyOf = ({ start, end, label }) => `${start} ${end} ${label}`;
/** @param {Relation} relation */
const relationKey = ({ from, to, label }) => `${keyOf(from)} ${keyOf(to)} ${label}`;

/** The spans of a value, whatever its form. @param {any} value @returns {{start: number, end: number, label: string}[]} */
export const spansOf = (value) => (Array.isArray(value) ? value : (value?.spans ?? []));
/** @param {any} value @returns {{from: number, to: number, label: string}[]} */
export const relationsOf = (value) => value?.relations ?? [];

export class Marks {
  /** @type {Span[]} sorted, none twice */
  spans = [];
  /** @type {Relation[]} */
  relations = [];

  /** @param {any} value @param {(point: number) => number} toUnits @param {(label: string) => {tag: string, look: string}} shape */
  constructor(value, toUnits, shape) {
    /** @type {Map<string, Span>} */
    const byKey = new Map();
    const read = spansOf(value).map(({ start, end, label }) => {
      const span = { start: toUnits(start), end: toUnits(end), label, ...shape(label) };
      const key = keyOf(span);
      return byKey.get(key) ?? (byKey.set(key, span), span);
    });
    this.spans = [...byKey.values()].sort(order);
    for (const { from, to, label } of relationsOf(value)) this.relate(read[from], read[to], label);
  }

  /** @param {{start: number, end: number, label: string}} span */
  find(span) {
    const key = keyOf(span);
    return this.spans.find((one) => keyOf(one) === key);
  }

  /** The span, or the same one that is there already. @param {Span} span */
  add(span) {
    const found = this.find(span);
    if (found) return found;
    this.spans.push(span);
    this.sort();
    return span;
  }

  sort() {
    this.spans.sort(order);
  }

  /** @param {Span} span */
  remove(span) {
    this.spans = this.spans.filter((one) => one !== span);
    this.relations = this.relations.filter(({ from, to }) => from !== span && to !== span);
  }

  /** @param {Span} from @param {Span} to @param {string} label */
  findRelation(from, to, label) {
    const key = relationKey({ from, to, label });
    return this.relations.find((one) => relationKey(one) === key);
  }

  /** @param {Span} from @param {Span} to @param {string} label */
  relate(from, to, label) {
    if (from !== to && !this.findRelation(from, to, label)) this.relations.push({ from, to, label });
  }

  /** @param {Relation} relation */
  unrelate(relation) {
    this.relations = this.relations.filter((one) => one !== relation);
  }

  /** @param {(unit: number) => number} toPoints @param {boolean} related */
  value(toPoints, related) {
    const spans = this.spans.map(({ start, end, label }) => ({ start: toPoints(start), end: toPoints(end), label }));
    if (!related) return spans;
    const relations = this.relations
      .map(({ from, to, label }) => ({ from: this.spans.indexOf(from), to: this.spans.indexOf(to), label }))
      .sort((a, b) => a.from - b.from || a.to - b.to || (a.label < b.label ? -1 : 1));
    return { spans, relations };
  }
}
