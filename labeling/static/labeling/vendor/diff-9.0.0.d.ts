// What of jsdiff the pages use: two lists compared, by Myers' algorithm.

export interface Change<T> { value: T[]; added: boolean; removed: boolean; count: number }

/** Undefined when it took longer than `timeout` milliseconds. */
export function diffArrays<T>(before: T[], after: T[], options: { timeout: number }): Change<T>[] | undefined;
