// A step's number in its task is one more than that of the one before it: nobody counts them beside.

export const numbers: readonly string[] = [`alter table tasks drop column last_step`];
