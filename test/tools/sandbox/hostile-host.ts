// A host with something to lose: secrets, listeners and a neighbour, and a way to see whether anything of it was touched.

import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { readFileSync } from "node:fs";
import { chmod, lstat, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";

export interface HostileHost {
  /** For the commands: where everything is. */
  readonly env: Readonly<Record<string, string>>;
  /** A folder anybody may work in. */
  readonly scratch: string;
  /** What leaked or changed since the host was made, in words; empty if nothing. */
  harm(output: string): Promise<readonly string[]>;
  /** As it was at first. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

const WATCHED = ["/etc", "/usr", "/usr/bin", "/"];

export async function makeHostileHost(neighbour: string): Promise<HostileHost> {
  const place = await mkdtemp(join(tmpdir(), "signalbox-hostile-"));
  const out = join(place, "out");
  const secret = `CANARY-${randomBytes(12).toString("hex")}`;
  const scratch = join(place, "scratch");
  await mkdir(scratch);
  await chmod(scratch, 0o777);
  const reset = async (): Promise<void> => {
    await rm(out, { recursive: true, force: true });
    await mkdir(out);
    await chmod(out, 0o777);
    await writeFile(join(out, "canary"), `${secret}\n`);
    await chmod(join(out, "canary"), 0o666);
  };
  await chmod(place, 0o755);
  await reset();
  await mkdir(neighbour, { recursive: true });
  await writeFile(join(neighbour, "secret"), secret);
  process.env.SIGNALBOX_TEST_SECRET = secret;

  let reached = 0;
  const answer = (server: Server): Server =>
    server.on("connection", (socket) => {
      reached += 1;
      socket.on("error", () => {});
      socket.end(`${secret}\n`);
    });
  const [tcp, path, abstract] = [answer(createServer()), answer(createServer()), answer(createServer())];
  const udp = createSocket("udp4").on("message", () => {
    reached += 1;
  });
  await new Promise<void>((resolve) => tcp.listen(0, "127.0.0.1", resolve));
  await new Promise<void>((resolve) => path.listen(join(place, "socket"), resolve));
  await chmod(join(place, "socket"), 0o777);
  await new Promise<void>((resolve) => abstract.listen(`\0${place}`, resolve));
  await new Promise<void>((resolve) => udp.bind(0, "127.0.0.1", resolve));
  const address = tcp.address();
  const port = typeof address === "object" && address ? address.port : 0;

  const outside = async (): Promise<string> => {
    const canary = await lstat(join(out, "canary")).catch(() => undefined);
    const text = canary ? readFileSync(join(out, "canary"), "utf8").length : 0;
    return JSON.stringify([
      (await readdir(out)).sort(),
      canary?.mode,
      canary?.nlink,
      canary && Math.floor(canary.mtimeMs),
      text,
    ]);
  };
  const machine = async (): Promise<string> => {
    const folders = await Promise.all(WATCHED.map(async (folder) => (await lstat(folder)).mtimeMs));
    const files = ["/etc/passwd", "/proc/sys/kernel/core_pattern", "/proc/self/mountinfo"].map((file) =>
      readFileSync(file, "utf8"),
    );
    const litter = (await Promise.all(["/tmp", "/var/tmp", "/dev/shm"].map((folder) => readdir(folder)))).flat();
    return JSON.stringify([folders, files, hostname(), litter.filter((name) => name.startsWith("pwned"))]);
  };
  let outsideBefore = await outside();
  const machineBefore = await machine();

  return {
    scratch,
    env: {
      OUT: out,
      NEXT: neighbour,
      PORT: String(port),
      UDP: String(udp.address().port),
      SOCKET: join(place, "socket"),
      ABSTRACT: place,
      SERVER: String(process.pid),
    },
    reset: async () => {
      await reset();
      outsideBefore = await outside();
      reached = 0;
    },
    harm: async (output) => {
      const harm: string[] = [];
      if (holds(output, secret)) harm.push("a secret was read");
      const claim = /^.*(CANARY-[a-z0-9]{2,10})$/m.exec(output)?.[1];
      if (claim !== undefined) harm.push(`got through: ${claim}`);
      if ((await outside()) !== outsideBefore) harm.push("something outside was changed");
      if ((await machine()) !== machineBefore) harm.push("the machine was changed");
      if (reached > 0) harm.push("a listener was reached");
      return harm;
    },
    close: async () => {
      delete process.env.SIGNALBOX_TEST_SECRET;
      for (const server of [tcp, path, abstract]) server.close();
      udp.close();
      await rm(place, { recursive: true, force: true });
    },
  };
}

/** Also reversed, spaced out, in base64 or in hex. */
function holds(output: string, secret: string): boolean {
  const tight = output.replace(/\s+/g, "");
  const forms = [
    secret,
    [...secret].reverse().join(""),
    Buffer.from(secret).toString("hex"),
    Buffer.from(secret).toString("base64").slice(0, -4),
  ];
  return forms.some((form) => tight.includes(form));
}
