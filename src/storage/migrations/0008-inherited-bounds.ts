// A spawned task is bound by what bound the one that spawned it.

export const inheritedBounds: readonly string[] = [`alter table tasks add column bounds text`];
