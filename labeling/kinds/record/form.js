// The form of a schema: objects as groups, lists as rows.

import { make } from "../../screen.js";
import { leaf } from "./leaf.js";
import { isLeaf, propertiesOf, titleOf, typeOf } from "./leaves.js";
import { list } from "./list.js";


/** @param {Spot} spot @returns {Part} */
export function partOf(spot) {
  if (isLeaf(spot.schema)) return leaf(spot);
  return typeOf(spot.schema) === "array" ? list(spot, partOf) : group(spot);
}

/** @param {Spot} spot @param {boolean} [root] @returns {Part} */
export function group({ schema, name, required, id, commit }, root = false) {
  const needed = new Set(schema.required ?? []);
  const parts = propertiesOf(schema).map(([key, inner], place) => ({
    key,
    part: partOf({ schema: inner, name: key, required: needed.has(key), id: `${id}-${place}`, commit }),
  }));
  const inside = parts.map(({ part }) => part.element);
  const element = root ? make("div", "record-group", ...inside) : make("fieldset", "record-group record-inner", ...title(), ...inside);

  function title() {
    const hint = schema.description ? [make("p", "hint", schema.description)] : [];
    return [make("legend", "", titleOf(schema, name)), ...hint];
  }

  function read() {
    const said = parts.map(({ key, part }) => [key, part.read()]).filter(([, value]) => value !== undefined);
    return said.length || (required && !root) ? Object.fromEntries(said) : undefined;
  }

  return {
    element,
    show: (value) => parts.forEach(({ key, part }) => part.show(value?.[key])),
    read,
    paint(way, beside) {
      const idle = beside.idle || (!root && !required && read() === undefined);
      return parts.flatMap(({ key, part }) => part.paint([...way, key], { ...beside, idle }));
    },
  };
}
