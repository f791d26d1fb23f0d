// Attacks on secrets in memory, the network, the kernel and other processes. What $PORT and the others are: attacks.ts.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the shell that reads them

import { perl, python } from "./attack-code.ts";

export const environment: readonly string[] = [
  ...["env", "printenv", "set", "export -p", "declare -x", 'compgen -v | while read -r v; do echo "$v=${!v}"; done'],
  ...["cat /proc/self/environ", "cat /proc/1/environ", "cat /proc/[0-9]*/environ", "cat /proc/$PPID/environ"],
  ...["cat /proc/$SERVER/environ", "cat /proc/[0-9]*/cmdline", "strings /proc/1/environ /proc/2/environ"],
  ...[
    "ps auxewww",
    "ps -ef e",
    "cat /proc/[0-9]*/task/*/environ",
    "perl -e 'print %ENV'",
    "python3 -c 'import os; print(os.environ)'",
  ],
  ...[
    "awk 'BEGIN { for (k in ENVIRON) print k, ENVIRON[k] }'",
    "git var -l",
    "cat /proc/1/maps /proc/1/mem",
    "jq -n env",
  ],
  ...[
    'gdb -p "$SERVER" -batch -ex "info proc"',
    'echo "$SIGNALBOX_TEST_SECRET"',
    "cat /proc/keys /proc/key-users; cat /run/* /var/run/*",
  ],
];

export const network: readonly string[] = [
  'exec 9<>"/dev/tcp/127.0.0.1/$PORT"; echo x >&9; cat <&9',
  'exec 9<>"/dev/tcp/localhost/$PORT"; cat <&9',
  'exec 9<>"/dev/tcp/0.0.0.0/$PORT"; cat <&9',
  'exec 9<>"/dev/tcp/::1/$PORT"; cat <&9',
  'exec 9<>"/dev/tcp/0/$PORT"; cat <&9',
  'exec 9<>"/dev/tcp/2130706433/$PORT"; cat <&9',
  'echo x >"/dev/udp/127.0.0.1/$UDP"',
  'curl -s -m 2 "http://127.0.0.1:$PORT/"',
  'wget -q -T 2 -O - "http://127.0.0.1:$PORT/"',
  'nc -w 1 127.0.0.1 "$PORT" </dev/null',
  python('s = socket.create_connection(("127.0.0.1", int(os.environ["PORT"])), 1)\nprint(s.recv(100))'),
  python('s = socket.create_connection(("::ffff:127.0.0.1", int(os.environ["PORT"])), 1)\nprint(s.recv(100))'),
  python('socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", int(os.environ["UDP"])))'),
  python('s = socket.socket(socket.AF_UNIX)\ns.connect(os.environ["SOCKET"])\nprint(s.recv(100))'),
  python('s = socket.socket(socket.AF_UNIX)\ns.connect("\\0" + os.environ["ABSTRACT"])\nprint(s.recv(100))'),
  python('s = socket.socket(40, socket.SOCK_STREAM)\ns.settimeout(1)\ns.connect((2, 1024))\nprint("CANARY-vsock")'),
  python('s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 3)\nprint("CANARY-packet")'),
  python('s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)\nprint("CANARY-raw")'),
  python('s = socket.socket(38, socket.SOCK_SEQPACKET)\nprint("CANARY-alg")'),
  perl('use IO::Socket::INET; $s = IO::Socket::INET->new("127.0.0.1:$ENV{PORT}"); print <$s>'),
  "getent hosts example.com && echo CANARY-dns",
  'git ls-remote "http://127.0.0.1:$PORT/x.git"',
  "GIT_SSH_COMMAND=\"bash -c 'cat </dev/tcp/127.0.0.1/$PORT'\" git ls-remote ssh://x/y",
  'ip link set lo up; ip route add default dev lo; cat <"/dev/tcp/127.0.0.1/$PORT"',
  'awk \'BEGIN { s = "/inet/tcp/0/127.0.0.1/" ENVIRON["PORT"]; print "x" |& s; s |& getline; print }\'',
  'nsenter --net="/proc/$SERVER/ns/net" cat "/dev/tcp/127.0.0.1/$PORT"',
  'ssh -o ConnectTimeout=1 -p "$PORT" 127.0.0.1 true; scp -P "$PORT" 127.0.0.1:/etc/passwd .',
  'pip download -q --timeout 1 --index-url "http://127.0.0.1:$PORT/" x',
];

export const kernel: readonly string[] = [
  ...[
    "unshare -r id",
    "unshare -Urm mount --bind / /tmp",
    "unshare -n true && echo CANARY-netns",
    "nsenter -t 1 -a id",
  ],
  ...[
    "mount -t tmpfs none /tmp",
    "mount --bind /usr /tmp",
    "mount -o remount,rw /usr && touch /usr/pwned",
    "umount -l /usr",
    "umount /workspace",
  ],
  ...[
    "mount -t proc none /proc",
    "mount -t sysfs none /tmp",
    "mount -t cgroup2 none /tmp",
    "pivot_root . .",
    "chroot . /bin/sh",
    "losetup -f",
  ],
  ...[
    "mknod disk b 254 0 && dd if=disk count=1 | strings",
    "mknod mem c 1 1 && head -c 16 mem",
    "head -c 16 /dev/vda /dev/sda /dev/mem /dev/kmem /dev/port",
  ],
  ...[
    "cat /dev/kmsg",
    "dmesg",
    "ls /dev/kvm /dev/fuse /dev/net/tun && echo CANARY-device",
    "exec 3<>/dev/kvm && echo CANARY-kvm",
  ],
  ...[
    "echo b >/proc/sysrq-trigger",
    "echo '|/tmp/x' >/proc/sys/kernel/core_pattern",
    "echo 0 >/proc/sys/kernel/randomize_va_space",
  ],
  ...[
    "sysctl -w kernel.hostname=pwned",
    "hostname pwned",
    "date -s 2001-01-01",
    "hwclock -w",
    "swapoff -a",
    "modprobe dummy",
    "insmod x.ko",
  ],
  ...[
    "echo 1 >/sys/kernel/uevent_helper",
    "ls /sys && echo CANARY-sys",
    "echo x >/sys/fs/cgroup/release_agent",
    "mkdir /sys/fs/cgroup/pwned",
  ],
  ...[
    "keyctl show",
    "echo -17 >/proc/self/oom_adj; echo -1000 >/proc/self/oom_score_adj && echo CANARY-oom",
    "reboot -f",
    "poweroff -f",
  ],
  ...[
    "capsh --print | grep 'Current: .*cap_' && echo CANARY-caps",
    "setcap cap_sys_admin+ep ./x",
    "exec 3</proc/kcore && echo CANARY-kcore",
  ],
  python('libc = ctypes.CDLL(None)\nif libc.syscall(321, 0, 0, 0) >= 0: print("CANARY-bpf")'),
  python(
    'libc = ctypes.CDLL(None, use_errno=True)\nif libc.syscall(425, 1, ctypes.create_string_buffer(200)) >= 0: print("CANARY-uring")',
  ),
  python('libc = ctypes.CDLL(None)\nif libc.syscall(323, 0) >= 0: print("CANARY-userfaultfd")'),
  python('libc = ctypes.CDLL(None)\nif libc.syscall(250, 0, -3, 1) >= 0: print("CANARY-keyctl")'),
  python('libc = ctypes.CDLL(None)\nif libc.syscall(56, 0x10000000 | 17, 0, 0, 0, 0) >= 0: print("CANARY-clone")'),
  python(
    'libc = ctypes.CDLL(None)\nif libc.syscall(435, ctypes.create_string_buffer((0x10000000).to_bytes(8, "little") + bytes(80)), 88) == 0: print("CANARY-clone3")',
  ),
  python('libc = ctypes.CDLL(None)\nif libc.ptrace(16, int(os.environ["SERVER"]), 0, 0) == 0: print("CANARY-ptrace")'),
  python('import fcntl, termios\nfcntl.ioctl(0, termios.TIOCSTI, b"x")\nprint("CANARY-tiocsti")'),
  python('libc = ctypes.CDLL(None)\nif libc.syscall(0x40000000 + 41, 40, 1, 0) >= 0: print("CANARY-x32")'),
];

export const privileges: readonly string[] = [
  ...[
    "su -c id",
    "sudo -n id",
    "echo | su root",
    "passwd -d root",
    "newgrp root",
    "pkexec id",
    "id -u | grep -qx 0 && echo CANARY-root",
  ],
  ...[
    "chown 0:0 . && echo CANARY-chown",
    "cp /bin/bash sh; chmod u+s sh; ./sh -p -c 'test $EUID = 0 && echo CANARY-suid'",
  ],
  ...[
    "setpriv --reuid=0 id && echo CANARY-setuid",
    "python3 -c 'import os; os.setuid(0); print(\"CANARY-setuid\")'",
    "newuidmap $$ 0 0 1 && echo CANARY-map",
  ],
  ...[
    "echo 'x::0:0::/:/bin/sh' >>/etc/passwd && echo CANARY-passwd",
    "touch /etc/pwned /usr/pwned /usr/bin/pwned /pwned && echo CANARY-etc",
  ],
  ...[
    "mv /etc/passwd /etc/x && echo CANARY-mv",
    "echo x >/usr/bin/ls && echo CANARY-bin",
    "crontab -l; at now </dev/null; systemctl status",
    "chmod 4755 /usr/bin/env && echo CANARY-chmod",
  ],
  ...[
    'kill -9 "$SERVER" && echo CANARY-kill',
    "kill -9 -1",
    "pkill -9 node; killall -9 node",
    'renice -n 19 -p "$SERVER" && echo CANARY-renice',
  ],
  ...[
    'prlimit --pid "$SERVER" --nofile=1 && echo CANARY-prlimit',
    'taskset -p 1 "$SERVER" && echo CANARY-taskset',
    "docker ps; ls /var/run/docker.sock && echo CANARY-docker",
  ],
  ...[
    "ulimit -Hf unlimited && echo CANARY-fsize",
    "ulimit -Hu unlimited && echo CANARY-nproc",
    "prlimit --pid $$ --as=unlimited:unlimited && echo CANARY-as",
  ],
];
