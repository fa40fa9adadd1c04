// What boxes, polygons and points share. It is sent as one script, like the core of the workbench.

export * from "./board.js";
export * from "./differences.js";
export * from "./panel.js";
export * from "./plane.js";
