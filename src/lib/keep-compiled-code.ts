// A server that is quiet for a while is not to forget how to work. The engine then collects once more, so as to give memory back, and
// throws away with it whatever compiled code knew of objects that are there only while somebody is served: the next hundred messages
// cost twice the CPU, until it is compiled anew. It goes on collecting, but keeps the code.

import { setFlagsFromString } from "node:v8";

export function keepCompiledCode(): void {
  setFlagsFromString("--no-memory-reducer-favors-memory");
}
