// What this process has computed so far: unlike the clock on the wall it does not count the waiting for a busy machine.

export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
