// What an agent whose words an attacker writes might run, by class. $OUT is a folder of the host outside of the workspace, open to
// all, with a secret in $OUT/canary; $NEXT another session's workspace; $PORT, $UDP, $SOCKET and $ABSTRACT are the server's
// listeners; $SERVER is its process. None of it may be read, changed or reached.

import { gitAndBuild, planted, readers, traversal, writers } from "./attacks-on-files.ts";
import { environment, kernel, network, privileges } from "./attacks-on-machine.ts";

export const ATTACKS: Readonly<Record<string, readonly string[]>> = {
  "reading outside through ordinary programs": readers,
  "writing outside through ordinary programs": writers,
  "traversal and links": traversal,
  "environment and /proc": environment,
  network,
  "kernel, mounts and devices": kernel,
  "privileges and other processes": privileges,
  "git, builds and start-up files": gitAndBuild,
  "links planted for the next command": planted,
};
