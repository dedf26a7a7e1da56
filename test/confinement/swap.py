"""Exchanges two names without a pause (renameat2 with RENAME_EXCHANGE) until its standard input is closed."""
import ctypes, os, sys, threading

libc = ctypes.CDLL(None, use_errno=True)
one, other = (os.fsencode(path) for path in sys.argv[1:3])
AT_FDCWD, RENAME_EXCHANGE = -100, 2
done = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), done.set()), daemon=True).start()
if libc.renameat2(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE) != 0:
    sys.exit(os.strerror(ctypes.get_errno()))
print("swapping", flush=True)
while not done.is_set():
    for _ in range(1000):
        libc.renameat2(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE)
