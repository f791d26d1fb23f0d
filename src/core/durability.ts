// When a write must be on the disk.

/**
 * `at-once`: durable when its promise resolves, also through a power cut. `with-next`: a killed process loses nothing, but a power cut
 * takes it back unless something later was durable at once; for what is merely done or looked up again then. `ahead`: the same, and its
 * caller goes on before what was committed earlier is durable: nothing that lasts may follow but through a write that waits for it.
 */
export type Durability = "at-once" | "with-next" | "ahead";
