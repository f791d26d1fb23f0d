// A second wall inside of the first: a filter of system calls as the kernel reads it (classic BPF). It closes what namespaces
// leave open: sockets to a virtual machine's host, kernel interfaces no everyday program needs, typing into a terminal.

interface Machine {
  readonly audit: number;
  /** From here on the numbers are another calling convention's. */
  readonly foreignFrom?: number;
  readonly socket: number;
  readonly ioctl: number;
  readonly refused: readonly number[];
}

const MACHINES: Readonly<Record<string, Machine>> = {
  x64: {
    audit: 0xc000003e,
    foreignFrom: 0x40000000,
    socket: 41,
    ioctl: 16,
    // kexec, keys, perf, file handles, other processes' memory, bpf, userfaultfd, io_uring
    refused: [246, 320, 248, 249, 250, 298, 304, 310, 311, 321, 323, 425, 426, 427],
  },
  arm64: {
    audit: 0xc00000b7,
    socket: 198,
    ioctl: 29,
    refused: [104, 294, 217, 218, 219, 241, 265, 270, 271, 280, 282, 425, 426, 427],
  },
};

/** unix, inet, inet6, netlink: they end at the walls of the network namespace; vsock and others do not. */
const SOCKET_FAMILIES = [1, 2, 10, 16];
/** TIOCSTI, TIOCLINUX. */
const IOCTLS_REFUSED = [0x5412, 0x541c];

const [LOAD, IF_EQUAL, IF_AT_LEAST, RETURN] = [0x20, 0x15, 0x35, 0x06];
const [NUMBER_AT, ARCHITECTURE_AT, FIRST_ARGUMENT_AT, SECOND_ARGUMENT_AT] = [0, 4, 16, 24];
const ALLOW = 0x7fff0000;
const refuse = (errno: number): number => 0x00050000 | errno;
const [EPERM, ENOSYS, EAFNOSUPPORT] = [1, 38, 97];

/** An instruction: what, how many to skip if so, how many if not, with which number. */
type Instruction = readonly [code: number, ifSo: number, ifNot: number, value: number];

const answerWhen = (value: number, answer: number, code = IF_EQUAL): Instruction[] => [
  [code, 0, 1, value],
  [RETURN, 0, 0, answer],
];

/** The filter's bytes for this processor; undefined where there is none. */
export function systemCallFilter(architecture: string): Uint8Array | undefined {
  const machine = MACHINES[architecture];
  if (!machine) return undefined;
  const { audit, foreignFrom, socket, ioctl, refused } = machine;
  const families = [
    [LOAD, 0, 0, FIRST_ARGUMENT_AT] as const,
    ...SOCKET_FAMILIES.flatMap((family) => answerWhen(family, ALLOW)),
    [RETURN, 0, 0, refuse(EAFNOSUPPORT)] as const,
  ];
  const ioctls = [
    [LOAD, 0, 0, SECOND_ARGUMENT_AT] as const,
    ...IOCTLS_REFUSED.flatMap((number) => answerWhen(number, refuse(EPERM))),
    [RETURN, 0, 0, ALLOW] as const,
  ];
  return encode([
    [LOAD, 0, 0, ARCHITECTURE_AT],
    [IF_EQUAL, 1, 0, audit],
    [RETURN, 0, 0, refuse(ENOSYS)],
    [LOAD, 0, 0, NUMBER_AT],
    ...(foreignFrom === undefined ? [] : answerWhen(foreignFrom, refuse(ENOSYS), IF_AT_LEAST)),
    ...refused.flatMap((number) => answerWhen(number, refuse(EPERM))),
    [IF_EQUAL, 0, families.length, socket],
    ...families,
    [IF_EQUAL, 0, ioctls.length, ioctl],
    ...ioctls,
    [RETURN, 0, 0, ALLOW],
  ]);
}

const INSTRUCTION_BYTES = 8;

function encode(instructions: readonly Instruction[]): Uint8Array {
  const bytes = Buffer.alloc(instructions.length * INSTRUCTION_BYTES);
  instructions.forEach(([code, ifSo, ifNot, value], index) => {
    const at = index * INSTRUCTION_BYTES;
    bytes.writeUInt16LE(code, at);
    bytes.writeUInt8(ifSo, at + 2);
    bytes.writeUInt8(ifNot, at + 3);
    bytes.writeUInt32LE(value, at + 4);
  });
  return bytes;
}
