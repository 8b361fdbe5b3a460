# ruff: noqa: E501 - lines of files in files.
"""Files that mean harm: what each does, and what has to come of it in a sandbox that holds.

Beside each lies ``told.py``: CANARY is a file outside, PARENT the process that grades, SECRET a variable of its
environment. The function that is called is ``f(x)``. Its attempts are a list of names of those that succeeded,
which has to be empty: they are told as an exception, whose text names them.
"""

HEAD = """\
import ctypes, gc, json, os, signal, socket, struct, sys, threading, time
import numpy as np
from told import CANARY, PARENT, SECRET
libc = ctypes.CDLL(None, use_errno=True)

def tried(attempts):
    done = []
    for name, attempt in attempts.items():
        try:
            attempt()
        except (OSError, ImportError, ValueError, AttributeError):
            continue
        done.append(name)
    if done:
        raise AssertionError("succeeded: " + ", ".join(done))
    return np.zeros(1)

def call(*arguments):
    if libc.syscall(*[ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]) < 0:
        raise OSError(ctypes.get_errno(), "refused")
"""

# What ends in words: the kinds of failure that may be told.
ENDS = {
    "an endless loop": ("def f(x):\n    while True: pass", {"time"}),
    "sleep": ("def f(x): time.sleep(99)", {"time"}),
    "a lock that no one opens": (
        "def f(x):\n    l = threading.Lock()\n    l.acquire(); l.acquire()",
        {"time"},
    ),
    "an expression that takes years": (
        "import re\ndef f(x): re.match('(a+)+$', 'a' * 99 + 'b')",
        {"time"},
    ),
    "a number without end": (
        "def f(x): return float(len(str(10 ** (10 ** 9))))",
        {"time", "memory", "raised"},
    ),
    "it stops itself": ("def f(x): os.kill(os.getpid(), signal.SIGSTOP)", {"time"}),
    "it ignores every signal": (
        "def f(x):\n    for n in range(1, 65):\n        try: signal.signal(n, signal.SIG_IGN)\n"
        "        except (OSError, ValueError): pass\n    while True: time.sleep(1)",
        {"time"},
    ),
    "os._exit(0)": ("def f(x): os._exit(0)", {"exited"}),
    "sys.exit(0)": ("def f(x): sys.exit(0)", {"exited"}),
    "os._exit(0) at import": ("os._exit(0)", {"exited"}),
    "sys.exit(0) at import": ("sys.exit(0)", {"load", "exited"}),
    "an exit with a status of regress's own": ("def f(x): os._exit(95)", {"exited", "unusable"}),
    "a segmentation fault": ("def f(x): ctypes.string_at(0)", {"crashed"}),
    "abort": ("def f(x): os.abort()", {"crashed"}),
    "it kills itself": ("def f(x): os.kill(os.getpid(), signal.SIGKILL)", {"crashed"}),
    "an alarm": ("def f(x):\n    signal.setitimer(signal.ITIMER_REAL, 0.01)\n    time.sleep(9)", {"crashed"}),
    "5 GB": ("def f(x): return np.ones(5 << 27)", {"memory"}),
    "5 GB in pieces": ("def f(x):\n    k = []\n    while True: k.append(np.empty(1 << 21))", {"memory"}),
    "5 GB at import": ("k = np.ones(5 << 27)", {"load", "memory"}),
    "more than may come back": ("def f(x): return np.zeros(10 << 20)", {"output"}),
    "deep recursion": ("def f(x): return f(x)", {"raised"}),
    "deep recursion in C": (
        "def f(x):\n    sys.setrecursionlimit(10 ** 9)\n    k = []\n    for _ in range(10 ** 6): k = [k]\n    repr(k)",
        {"crashed", "raised", "memory", "time"},
    ),
    "deep nesting": ("x = " + "(" * 9000, {"load"}),
    "a tuple without end": ("x = (1,) * 10 ** 10", {"load", "memory"}),
    "an import that is not there": ("import torch", {"load"}),
    "an exception at import": ("1 / 0", {"load"}),
    "a null character": ("x = '\0'", {"load"}),
    "all descriptors closed": ("def f(x): os.closerange(0, 256); return x", {"unusable", "crashed"}),
    "rubbish on every descriptor": (
        "def f(x):\n    for d in range(64):\n        try: os.write(d, b'passed ' * 99)\n"
        "        except OSError: pass\n    return x",
        {"unusable"},
    ),
    "frames on every descriptor": (
        "def f(x):\n    good = b'rgr\\x01' + struct.pack('<Q', 1) + b'T'\n    for d in range(64):\n"
        "        try: os.write(d, good * 9)\n        except OSError: pass\n    return x",
        {"unusable"},
    ),
    "something else over the channel": (
        "def f(x):\n    null = os.open('/dev/null', os.O_RDWR)\n    for d in range(3, 64):\n"
        "        if d != null:\n            try: os.dup2(null, d)\n            except OSError: pass\n    return x",
        {"unusable", "exited", "crashed"},
    ),
    "an array that says it is equal": (
        "class Same(np.ndarray):\n    def __eq__(self, other): return True\n"
        "    __array_priority__ = 99\ndef f(x): return x.view(Same)",
        {"unusable"},
    ),
    "a trap for pickle": (
        "class Trap:\n    def __reduce__(self): return os.system, ('touch ' + CANARY + '2',)\n"
        "def f(x): return np.array([Trap()], dtype=object)",
        {"unusable"},
    ),
    "complex": ("def f(x): return x * 1j", {"unusable"}),
    "texts": ("def f(x): return np.array(['passed'])", {"unusable"}),
    "nothing": ("def f(x): pass", {"unusable"}),
    "what it knows about this system": (
        "def f(x): raise ValueError(repr((os.getcwd(), __file__, dict(os.environ), np.__file__, os.__file__)))",
        {"raised"},
    ),
}

# What succeeds, and gives numbers, which are for the one that grades to judge.
GIVES = {
    "endless output": "def f(x):\n    for _ in range(99): print('passed' * 9999); sys.stderr.write('ok' * 999)\n    return x",
    "verdicts on every way out": (
        "def f(x):\n    for d in (0, 1, 2):\n        try: os.write(d, b'{\"score\": 100}')\n"
        "        except OSError: pass\n    return x"
    ),
    "patched NumPy": (
        "def true(*a, **k): return True\n"
        "for n in ('allclose', 'array_equal', 'isclose', 'all', 'testing'): setattr(np, n, true)\n"
        "def f(x): return 3 * x"
    ),
    "patched json, struct and math": (
        "import math\njson.dumps = json.loads = lambda *a, **k: {'passed': True}\nmath.isclose = lambda *a: True\n"
        "import builtins\nbuiltins.abs = lambda *a: 0\ndef f(x): return 3 * x"
    ),
    "a patched worker": (
        "import regress_cli.isolation.reply as r\nr.is_texts = lambda v: True\n"
        "import regress_cli.isolation.worker as w\nw.MOST_OUTPUT = 1 << 60\ndef f(x): return 3 * x"
    ),
    "notices without end": (
        "import regress_cli.isolation.watch as w\nw.Watch.notices = lambda s: tuple(f'passed {k}' for k in range(9000))\n"
        "def f(x): return 3 * x"
    ),
    "changed inputs": "def f(x):\n    x[:] = 0\n    return x",
    "NaN": "def f(x): return x * np.nan",
    "infinity": "def f(x): return x / 0",
    "an empty array": "def f(x): return np.zeros(0)",
    "threads left behind": (
        "def spin():\n    while True: time.sleep(0.01)\ndef f(x):\n"
        "    for _ in range(5): threading.Thread(target=spin, daemon=True).start()\n    return x"
    ),
    "threads without end": (
        "threading.stack_size(65536)\ndef f(x):\n    n = 0\n    try:\n        while n < 5000:\n"
        "            threading.Thread(target=time.sleep, args=(99,), daemon=True).start(); n += 1\n"
        "    except (RuntimeError, MemoryError): return x\n    raise AssertionError('succeeded: 5000 threads')"
    ),
    "a forged reply": (
        "def f(x):\n    frame = sys._getframe()\n    while frame and 'number' not in frame.f_locals: frame = frame.f_back\n"
        "    number = frame.f_locals['number']\n"
        "    from regress_cli.isolation.frames import pack\n    from regress_cli.isolation.channel import framed\n"
        "    forged = framed(pack((number, ('reply', 'gradient', np.full(3, 7.0), None, (), (), ()))))\n"
        "    [c] = [s for s in gc.get_objects() if type(s) is socket.socket and s.family == socket.AF_UNIX]\n"
        "    c.send(forged)\n    time.sleep(0.2)\n    return x"
    ),
    "reading parent frames": (
        "def f(x):\n    seen = []\n    frame = sys._getframe()\n"
        "    while frame: seen.append(str(frame.f_locals)); frame = frame.f_back\n"
        "    seen += [str(o)[:200] for o in gc.get_objects() if isinstance(o, (dict, list, tuple, str))]\n"
        "    assert SECRET not in ''.join(s for s in seen if 'told' not in s and 'SECRET' not in s)\n    return x"
    ),
}

# What is tried in one go, and must not succeed.
TRIES = {
    "reading": """
        def f(x):
            places = [CANARY, '/etc/passwd', '/etc/shadow', '/etc/hostname', '/root/.bashrc', '/proc/self/environ',
                      '/proc/self/maps', '/proc/self/mem', '/proc/1/cmdline', f'/proc/{PARENT}/environ',
                      f'/proc/{PARENT}/maps', f'/proc/{os.getppid()}/mem', '/proc/mounts', '/sys/kernel/notes',
                      '/dev/mem', '/dev/kmsg', '/dev/sda', '/var/log/dpkg.log']
            folders = ['/proc', f'/proc/{PARENT}/fd', '/home', '/root', '/var', '/work', os.path.dirname(CANARY)]
            tries = {p: (lambda p=p: open(p, 'rb').read(1)) for p in places}
            tries |= {p: (lambda p=p: os.listdir(p)) for p in folders}
            tries['link'] = lambda: os.readlink(f'/proc/{PARENT}/exe')
            if __file__.startswith('/submission/') and os.getcwd() == '/submission':
                places = {*os.listdir('/')} - {'bin', 'dev', 'etc', 'lib', 'lib64', 'packages', 'python', 'submission',
                                               'tmp', 'usr'}
                assert not places, f'succeeded: {places}'
                assert sorted(os.listdir('/packages')) == ['numpy', 'numpy.libs'], 'succeeded: packages'
            return tried(tries)
        """,
    "writing": """
        def f(x):
            here = os.path.dirname(__file__)
            folders = [os.path.dirname(CANARY), '/', '/etc', '/usr', '/var/tmp', '/dev/shm', '/dev', '/root', '.',
                       here, os.path.dirname(np.__file__), os.path.dirname(os.__file__), '/packages', '/python']
            tries = {p: (lambda p=p: open(p + '/made', 'w')) for p in folders}
            tries |= {
                'append': lambda: open(CANARY, 'a'),
                'truncate': lambda: os.truncate(CANARY, 0),
                'unlink': lambda: os.unlink(CANARY),
                'rename': lambda: os.rename(CANARY, CANARY + '2'),
                'own': lambda: open('told.py', 'w'),
                'own unlink': lambda: os.unlink('told.py'),
                'own rename': lambda: os.rename('told.py', 'other.py'),
                'memory of another': lambda: open(f'/proc/{PARENT}/mem', 'r+b'),
                'core pattern': lambda: open('/proc/sys/kernel/core_pattern', 'w'),
                'oom': lambda: open('/proc/self/oom_score_adj', 'w'),
            }
            return tried(tries)
        """,
    "changing what files are": """
        def f(x):
            return tried({
                'chmod': lambda: os.chmod(CANARY, 0o777),
                'chown': lambda: os.chown(CANARY, -1, -1),
                'times': lambda: os.utime(CANARY, (1, 1)),
                'attribute': lambda: os.setxattr(CANARY, 'user.x', b'1'),
                'link': lambda: os.link(CANARY, '/tmp/hard'),
                'symbolic link': lambda: os.symlink('/etc/passwd', '/tmp/soft'),
                'fifo': lambda: os.mkfifo('/tmp/fifo'),
                'device': lambda: os.mknod('/tmp/device', 0o60666, os.makedev(8, 0)),
                'folder': lambda: os.mkdir('/tmp/folder'),
                'own': lambda: os.chmod('told.py', 0o777),
                'root': lambda: os.chroot('/tmp'),
                'lock': lambda: __import__('fcntl').flock(os.open(__file__.replace('/submission/', ''), 0), 2),
            })
        """,
    "talking": """
        def f(x):
            kinds = {(a, k) for a in (1, 2, 10, 16, 17, 31, 38, 40, 44) for k in (1, 2, 3, 5)}
            tries = {str(k): (lambda k=k: socket.socket(*k)) for k in kinds}
            tries |= {
                'pair': socket.socketpair,
                'connect': lambda: socket.create_connection(('127.0.0.1', 22), 1),
                'name': lambda: socket.getaddrinfo('example.com', 80),
                'pipe': os.pipe,
                'watch': lambda: call(253),
                'terminal': lambda: __import__('fcntl').ioctl(0, 0x5412, b'x'),
                'open terminal': lambda: open('/dev/tty'),
                'pass a descriptor': lambda: socket.send_fds(
                    [s for s in gc.get_objects() if type(s) is socket.socket][0], [b'x'], [0]),
            }
            return tried(tries)
        """,
    "other processes": """
        import fcntl, resource
        def f(x):
            own = os.open('/dev/null', 0)
            others = [PARENT, os.getppid(), 1, 2, -1, 0]
            tries = {f'kill {p}': (lambda p=p: os.kill(p, 0)) for p in others}
            tries |= {f'limit {p}': (lambda p=p: resource.prlimit(p, resource.RLIMIT_CPU, (1, 1))) for p in others[:3]}
            tries |= {f'priority {p}': (lambda p=p: os.setpriority(0, p, 19)) for p in others[:3]}
            tries |= {f'cores {p}': (lambda p=p: os.sched_setaffinity(p, {0})) for p in others[:3]}
            tries |= {f'group {p}': (lambda p=p: os.killpg(p, 0)) for p in others[:3]}
            tries |= {
                'own group': lambda: os.killpg(os.getpgrp(), 0),
                'owner': lambda: fcntl.fcntl(own, fcntl.F_SETOWN, PARENT),
                'signal': lambda: fcntl.fcntl(own, fcntl.F_SETSIG, signal.SIGKILL),
                'descriptor of a process': lambda: os.pidfd_open(PARENT),
                'fork': os.fork,
                'program': lambda: os.execv(sys.executable, [sys.executable, '-c', 'pass']),
                'program by descriptor': lambda: os.execve(own, ['x'], {}),
                'spawn': lambda: os.posix_spawn('/bin/true', ['true'], {}),
                'shell': lambda: os.system('true') and call(-1),
                'session': os.setsid,
                'group of its own': lambda: os.setpgid(0, 0),
                'terminal': os.forkpty,
                'file of memory': lambda: os.memfd_create('x'),
            }
            return tried(tries)
        """,
    "rights": """
        import resource
        def f(x):
            tries = {
                'user': lambda: os.setuid(0), 'users': lambda: os.setresuid(0, 0, 0), 'group': lambda: os.setgid(0),
                'groups': lambda: os.setgroups([0]), 'nice': lambda: os.nice(-5), 'name': lambda: call(170, b'x', 1),
                'time': lambda: time.clock_settime(time.CLOCK_REALTIME, 1e9),
            }
            for name in ('AS', 'FSIZE', 'NOFILE', 'NPROC', 'CORE', 'MEMLOCK'):
                kind = getattr(resource, 'RLIMIT_' + name)
                tries['more ' + name] = lambda k=kind: resource.setrlimit(k, (1 << 40, 1 << 40))
            for option in (1, 3, 4, 8, 10, 14, 22, 23, 24, 26, 28, 29, 35, 36, 38, 41, 43, 47, 53, 0x59616d61):
                tries[f'prctl {option}'] = lambda o=option: call(157, o, 1, 0, 0, 0)
            return tried(tries)
        """,
    "system calls by number": """
        def f(x):
            numbers = {
                'socket': 41, 'connect': 42, 'accept': 43, 'sendmsg': 46, 'recvmsg': 47, 'bind': 49, 'listen': 50,
                'socketpair': 53, 'fork': 57, 'vfork': 58, 'execve': 59, 'wait4': 61, 'semget': 64, 'shmget': 29,
                'msgget': 68, 'flock': 73, 'truncate': 76, 'mkdir': 83, 'link': 86, 'symlink': 88, 'chmod': 90,
                'fchmod': 91, 'chown': 92, 'ptrace': 101, 'syslog': 103, 'setuid': 105, 'setsid': 112, 'capset': 126,
                'rt_sigqueueinfo': 129, 'utime': 132, 'mknod': 133, 'personality': 135, 'setpriority': 141,
                'sched_setparam': 142, 'mlock': 149, 'modify_ldt': 154, 'pivot_root': 155, 'acct': 163,
                'settimeofday': 164, 'mount': 165, 'umount2': 166, 'swapon': 167, 'reboot': 169, 'iopl': 172,
                'init_module': 175, 'quotactl': 179, 'setxattr': 188, 'tkill': 200, 'sched_setaffinity': 203,
                'io_setup': 206, 'timer_create': 222, 'mbind': 237, 'mq_open': 240, 'kexec_load': 246,
                'add_key': 248, 'request_key': 249, 'keyctl': 250, 'ioprio_set': 251, 'inotify_init': 253,
                'migrate_pages': 256, 'mkdirat': 258, 'mknodat': 259, 'fchownat': 260, 'linkat': 265, 'symlinkat': 266,
                'fchmodat': 268, 'unshare': 272, 'splice': 275, 'tee': 276, 'vmsplice': 278, 'utimensat': 280,
                'signalfd': 282, 'timerfd_create': 283, 'eventfd2': 290, 'perf_event_open': 298, 'fanotify_init': 300,
                'name_to_handle_at': 303, 'open_by_handle_at': 304, 'setns': 308, 'process_vm_readv': 310,
                'process_vm_writev': 311, 'kcmp': 312, 'finit_module': 313, 'renameat2': 316, 'seccomp': 317,
                'memfd_create': 319, 'bpf': 321, 'execveat': 322, 'userfaultfd': 323, 'pkey_mprotect': 329,
                'pidfd_send_signal': 424, 'io_uring_setup': 425, 'io_uring_enter': 426, 'io_uring_register': 427,
                'open_tree': 428, 'move_mount': 429, 'fsopen': 430, 'fsmount': 432, 'pidfd_open': 434, 'clone3': 435,
                'openat2': 437, 'pidfd_getfd': 438, 'process_madvise': 440, 'mount_setattr': 442, 'quotactl_fd': 443,
                'landlock_create_ruleset': 444, 'landlock_restrict_self': 446, 'memfd_secret': 447,
                'process_mrelease': 448, 'cachestat': 451, 'fchmodat2': 452, 'listmount': 458, 'setxattrat': 463,
                'one that there is not yet': 999,
            }
            done = []
            for name, number in numbers.items():
                result = libc.syscall(*map(ctypes.c_long, (number, 0, 0, 0, 0, 0, 0)))
                expected = (38,) if name == 'clone3' else (1,)
                if result != -1 or ctypes.get_errno() not in expected:
                    done.append(name)
            from told import LISTED
            # The kernel lets the two calls of its own probes pass every filter, and ends who makes them.
            for number in {*range(700)} - {335, 336}:
                if number not in LISTED:
                    result = libc.syscall(*map(ctypes.c_long, (number, 0, 0, 0, 0, 0, 0)))
                    if result != -1 or ctypes.get_errno() != 1:
                        done.append(f'number {number}')
            for name, flags in {'process': 17, 'user': 0x10000011, 'vfork': 0x4111, 'parent': 0x8011}.items():
                if libc.syscall(*map(ctypes.c_long, (56, flags, 0, 0, 0, 0, 0))) >= 0:
                    done.append('clone ' + name)
            for number in (0, 39, 41, 57, 59, 512, 520):
                if libc.syscall(*map(ctypes.c_long, (0x40000000 | number, 0, 0, 0, 0, 0, 0))) != -1:
                    done.append(f'x32 {number}')
            assert not done, 'succeeded: ' + ', '.join(done)
            return np.zeros(1)
        """,
    "what it may import": """
        def f(x):
            names = ('scipy', 'sympy', 'jax', 'torch', 'polars', 'pytest', 'regress_cli.gradients',
                     'regress_cli.grading', 'regress_cli.tape', 'autograd.tracer', 'autograd.core')
            tries = {name: (lambda name=name: __import__(name)) for name in names}
            return tried(tries | {name: (lambda name=name: open(os.path.join(os.path.dirname(os.path.dirname(
                np.__file__)), name, '__init__.py'))) for name in ('autograd', 'scipy', 'regress_cli')})
        """,
    "its descriptors": """
        import fcntl
        def f(x):
            found = []
            for d in range(1024):
                try:
                    fcntl.fcntl(d, fcntl.F_GETFD)
                except OSError:
                    continue
                found.append(d)
            # Standard input, output and error, the channel, and the pipe for last words.
            assert len(found) == 5 and found[:3] == [0, 1, 2], f'succeeded: {found}'
            for d in (0, 1, 2):
                assert os.fstat(d).st_rdev == os.makedev(1, 3), f'succeeded: {d} is not /dev/null'
            return tried({f'folder {d}': (lambda d=d: os.fchdir(d)) for d in found})
        """,
    "its own environment": """
        def f(x):
            ctypes.c_char_p.in_dll(libc, 'environ')
            assert not os.environ, 'succeeded: environment'
            assert SECRET not in repr([k for k in gc.get_objects() if type(k) is dict and 'SECRET' not in k])[:10**6]
            return np.zeros(1)
        """,
}

# Machine code that makes a system call of 32 bits: getpid by int 0x80.
INT_0X80 = """
    import mmap
    def f(x):
        page = mmap.mmap(-1, 4096, prot=7)
        page.write(bytes.fromhex('b814000000cd80c3'))
        address = ctypes.addressof(ctypes.c_char.from_buffer(page))
        result = ctypes.CFUNCTYPE(ctypes.c_int)(address)()
        assert result < 0, 'succeeded: a system call of 32 bits'
        return np.zeros(1)
    """

# What is written to the folder for passing files, if there is one.
FILLS = {
    "a file without end": "def f(x):\n    with open('/tmp/big', 'wb') as o:\n        while True: o.write(bytes(1 << 20))",
    "a hole": "def f(x):\n    with open('/tmp/hole', 'wb') as o: o.truncate(1 << 40)\n    return x",
    "files until there is no room": (
        "def f(x):\n    for n in range(99):\n        with open(f'/tmp/{n}', 'wb') as o: o.write(bytes(1 << 19))\n    return x"
    ),
    "files without end": (
        "def f(x):\n    n = 0\n    while True: os.close(os.open(f'/tmp/{n}', os.O_CREAT | os.O_WRONLY)); n += 1"
    ),
}
