# SPDX-License-Identifier: Apache-2.0
"""Mail server and robots as the services are, limits and all; loopback only.

  people.py DIRECTORY [CERTIFICATE KEY]

Writes DIRECTORY/ports ("smtp=1 smtps=2 http=3") when it listens, and a JSON line into
DIRECTORY/taken for everything it accepted. It ends when its standard input does.

SMTP: the local part of an addressee says how the server behaves: busy (451), nobody (550),
leaving (421 and closes), dropping (closes behind the text, without a word), refusing (554
behind the text), garbage, silent, endless. Signing in: user "xuncha", password "open sesame".

HTTP: /wecom?key=K /dingtalk?access_token=T /feishu/T /webhook check what the services
check: size, signature, age, rate. /garbage /half /silent /huge /status/N /moved answer so.
"""
import base64, hashlib, hmac, json, os, socket, ssl, sys, threading, time, urllib.parse

directory = sys.argv[1]
certificate = sys.argv[2:4]
lock = threading.Lock()
SECRET = "SEC-of-the-tests"
SILENCE = 20


def taken(**what):
    with lock, open(os.path.join(directory, "taken"), "a", encoding="utf-8") as file:
        file.write(json.dumps(what, ensure_ascii=False) + "\n")


def context():
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(*certificate)
    return made


class Lines:
    def __init__(self, peer):
        self.peer, self.rest = peer, b""

    def line(self):
        while b"\r\n" not in self.rest:
            more = self.peer.recv(4096)
            if not more:
                raise ConnectionError
            self.rest += more
        line, self.rest = self.rest.split(b"\r\n", 1)
        return line

    def bytes(self, count):
        while len(self.rest) < count:
            more = self.peer.recv(4096)
            if not more:
                raise ConnectionError
            self.rest += more
        out, self.rest = self.rest[:count], self.rest[count:]
        return out


def smtp(peer, secure):
    def say(text):
        peer.sendall(text.encode() + b"\r\n")

    lines, signed, sender, rcpt, manner = Lines(peer), "", "", "", ""
    say("220 mail.example.test ESMTP")
    while True:
        command = lines.line().decode("utf-8", "replace")
        word = command.upper().split(" ")[0]
        if word in ("EHLO", "HELO"):
            hello = command[5:]
            say("250-mail.example.test")
            if certificate and not secure:
                say("250-STARTTLS")
            say("250 AUTH PLAIN")
        elif word == "STARTTLS" and certificate:
            say("220 go")
            peer = context().wrap_socket(peer, server_side=True)
            lines, secure = Lines(peer), True
        elif word == "AUTH":
            proof = command.split(" ")[2] if command.count(" ") > 1 else ""
            if not proof:
                say("334 ")
                proof = lines.line().decode()
            _, user, password = base64.b64decode(proof).decode().split("\0")
            if (user, password) != ("xuncha", "open sesame"):
                say("535 5.7.8 authentication failed")
                continue
            signed = user
            say("235 welcome")
        elif word == "MAIL":
            sender = command.split("<")[1].split(">")[0]
            say("250 ok")
        elif word == "RCPT":
            rcpt = command.split("<")[1].split(">")[0]
            manner = rcpt.split("@")[0]
            if manner == "busy":
                say("451 4.7.1 greylisted, come again")
            elif manner == "nobody":
                say("550 5.1.1 no such user")
            elif manner == "leaving":
                say("421 4.3.2 shutting down")
                return
            elif manner == "garbage":
                peer.sendall(b"\x00\xff\x1b[2J not smtp\r\n" * 3)
                return
            elif manner == "silent":
                time.sleep(SILENCE)
                return
            elif manner == "endless":
                for _ in range(2000):
                    say("250-" + "x" * 400)
                return
            else:
                say("250 ok")
        elif word == "DATA":
            say("354 go on")
            text = []
            while (line := lines.line()) != b".":
                text.append(line[1:] if line.startswith(b"..") else line)
            if manner == "dropping":
                taken(kind="dropped", to=rcpt)
                return
            if manner == "refusing":
                say("554 5.7.1 content refused")
                continue
            taken(kind="mail", **{"from": sender}, to=rcpt, user=signed, secure=secure,
                  hello=hello, text=b"\r\n".join(text).decode("utf-8", "replace"),
                  longest=max(len(line) for line in text))
            say("250 2.0.0 queued as 4711")
        elif word == "QUIT":
            say("221 bye")
            return
        else:
            say("250 ok")


class Rate:
    """Uses of the last minute, by robot."""

    def __init__(self):
        self.uses, self.closed = {}, {}

    def over(self, robot, most, closes=0):
        now = time.monotonic()
        uses = [use for use in self.uses.get(robot, []) if use > now - 60]
        uses.append(now)
        self.uses[robot] = uses
        if len(uses) > most and closes:
            self.closed[robot] = now + closes
        return len(uses) > most or now < self.closed.get(robot, 0)


rate = Rate()


def sign(key, text):
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()).decode()


def wecom(query, headers, raw):
    if query.get("key") != ["k-1"]:
        return {"errcode": 93000, "errmsg": "invalid webhook url"}
    if rate.over("wecom", 20):
        return {"errcode": 45009, "errmsg": "api freq out of limit"}
    body = json.loads(raw)
    kind = body["msgtype"]
    content = body[kind]["content"]
    if len(content.encode()) > {"text": 2048, "markdown": 4096}[kind]:
        return {"errcode": 40058, "errmsg": "content size exceed limit"}
    taken(kind="wecom", type=kind, text=content)
    return {"errcode": 0, "errmsg": "ok"}


def dingtalk(query, headers, raw):
    if rate.over("dingtalk", 20, 600):
        return {"errcode": 130101, "errmsg": "send too fast, exceed 20 times per minute"}
    stamp = query.get("timestamp", ["0"])[0]
    if abs(time.time() * 1000 - int(stamp)) > 3600_000:
        return {"errcode": 310000, "errmsg": "timestamp not match"}
    if query.get("access_token") != ["t-1"] or query.get("sign") != [sign(SECRET, stamp + "\n" + SECRET)]:
        return {"errcode": 310000, "errmsg": "sign not match"}
    if len(raw) > 20000:
        return {"errcode": 460101, "errmsg": "message too long"}
    body = json.loads(raw)
    taken(kind="dingtalk", text=body["text"]["content"], bytes=len(raw))
    return {"errcode": 0, "errmsg": "ok"}


def feishu(query, headers, raw):
    if rate.over("feishu", 100):
        return {"code": 11232, "msg": "frequency limited"}
    if len(raw) > 20 * 1024:
        return {"code": 9499, "msg": "body too large"}
    body = json.loads(raw)
    stamp = body.get("timestamp", "0")
    if abs(time.time() - int(stamp)) > 3600 or body.get("sign") != sign(stamp + "\n" + SECRET, ""):
        return {"code": 19021, "msg": "sign match fail or timestamp is not within one hour"}
    taken(kind="feishu", text=body["content"]["text"], bytes=len(raw))
    return {"code": 0, "msg": "success"}


def webhook(query, headers, raw):
    stamp = headers.get("x-xuncha-timestamp", "0")
    want = "v1=" + hmac.new(SECRET.encode(), stamp.encode() + b"." + raw, hashlib.sha256).hexdigest()
    if headers.get("x-xuncha-signature") != want:
        return 403, {"error": "signature"}
    taken(kind="webhook", body=json.loads(raw), bytes=len(raw))
    return 204, None


def http(peer, _secure):
    lines = Lines(peer)
    method, target, _ = lines.line().decode().split(" ", 2)
    headers = {}
    while line := lines.line().decode():
        name, value = line.split(":", 1)
        headers[name.lower()] = value.strip()
    raw = lines.bytes(int(headers.get("content-length", "0")))
    path, _, query = target.partition("?")
    query = urllib.parse.parse_qs(query)

    def answer(status, text, extra=""):
        body = text if isinstance(text, bytes) else text.encode()
        peer.sendall(f"HTTP/1.1 {status} x\r\nContent-Length: {len(body)}\r\n{extra}"
                     "Connection: close\r\n\r\n".encode() + body)

    robots = {"/wecom": wecom, "/dingtalk": dingtalk, "/feishu/t-1": feishu}
    if path in robots:
        answer(200, json.dumps(robots[path](query, headers, raw)))
    elif path == "/webhook":
        status, body = webhook(query, headers, raw)
        answer(status, "" if body is None else json.dumps(body))
    elif path == "/garbage":
        answer(200, b"\x00\xff<html>\x1b[2J")
    elif path == "/empty":
        answer(200, "{}")
    elif path == "/half":
        peer.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"errcode":0,')
    elif path == "/silent":
        time.sleep(SILENCE)
    elif path == "/huge":
        answer(200, b"x" * (1 << 20))
    elif path.startswith("/status/"):
        answer(int(path[8:]), '{"errcode":0,"errmsg":"ok"}')
    elif path == "/moved":
        answer(302, "", "Location: /wecom?key=k-1\r\n")
    else:
        answer(404, "")


def serve(handler, secure):
    listener = socket.create_server(("127.0.0.1", 0))

    def one(peer):
        try:
            peer.settimeout(SILENCE)
            if secure:
                peer = context().wrap_socket(peer, server_side=True)
            handler(peer, secure)
        except Exception:
            pass
        finally:
            peer.close()

    def accept():
        while True:
            peer, _ = listener.accept()
            threading.Thread(target=one, args=(peer,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listener.getsockname()[1]


ports = {"smtp": serve(smtp, False), "http": serve(http, False)}
if certificate:
    ports["smtps"] = serve(smtp, True)
with open(os.path.join(directory, "ports.new"), "w", encoding="utf-8") as file:
    file.write(" ".join(f"{name}={port}" for name, port in ports.items()))
os.rename(os.path.join(directory, "ports.new"), os.path.join(directory, "ports"))
sys.stdin.read()
