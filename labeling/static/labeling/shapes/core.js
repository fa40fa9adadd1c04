// What boxes, polygons and points are painted with. It is sent as one script, like the core of the workbench.

export * from "./board.js";
export * from "./counted.js";
export * from "./panel.js";
export * from "./plane.js";
