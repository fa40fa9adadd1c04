// What every workbench starts with. It is sent as one script: whoever imports one of these gets this one.

export * from "./delivery.js";
export * from "./feed.js";
export * from "./keys.js";
export * from "./parts.js";
export * from "./questions.js";
export * from "./screen.js";
export * from "./store.js";
export * from "./words.js";
