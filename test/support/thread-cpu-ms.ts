// The least that a piece of work took of the processor, of several runs: what else the machine does is not in it.

const RUNS = 3;

export function threadCpuMs(work: () => void): number {
  const runs = Array.from({ length: RUNS }, () => {
    const before = process.threadCpuUsage();
    work();
    const { user, system } = process.threadCpuUsage(before);
    return (user + system) / 1_000;
  });
  return Math.min(...runs);
}
